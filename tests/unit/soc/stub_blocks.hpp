// SPDX-License-Identifier: Apache-2.0
//
// Blocks as firmware sees them: the real register blocks (contract/BLOCK_regs.hpp), behind them
// what a test wants to be true. They keep a common diary, so that a test can check who was told
// first.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cmodel/common/block.hpp"
#include "cmodel/common/ports.hpp"
#include "contract/ideal_stream_regs.hpp"
#include "contract/mbuf_regs.hpp"
#include "contract/rmt_regs.hpp"
#include "contract/vq_regs.hpp"

namespace fp::soc::test {

using Diary = std::vector<std::string>;

template <class Regs, class Hw2Reg>
class Stub : public Block {
 public:
  explicit Stub(Diary& diary) : diary_(diary) {}

  AxilSlavePort& csr() { return regs_.axil.port; }
  auto& regs() const { return regs_.reg2hw(); }
  bool irq = false;
  uint64_t init_at = 0;  // cycle from which INIT_DONE shows

  void reset() override { regs_.reset(); }
  void eval(uint64_t now) override {
    hw_ = {};
    now_ = now;
    work();
    regs_.eval(hw_);
  }
  void commit() override {
    regs_.commit();
    irq = level();
  }
  bool idle() const override { return false; }
  uint64_t wake_at() const override { return kNever; }

  template <class A, class B, class F>
  static void zip_ports(A&, B&, F&&) {}

 protected:
  virtual void work() = 0;
  virtual bool level() const { return false; }
  void note(const std::string& what) { diary_.push_back(what); }

  Diary& diary_;
  mutable Regs regs_;
  Hw2Reg hw_;
  uint64_t now_ = 0;
};

class RmtStub : public Stub<rmt::Regs, rmt::Hw2Reg> {
 public:
  using Stub::Stub;
  struct Row {
    uint8_t table;
    uint16_t index;
    bool bank;
    std::vector<uint32_t> words;  // all of TBL_DATA
  };
  std::vector<Row> rows;
  std::array<uint16_t, 2> inflight{};
  bool refuse = false;
  unsigned packets = 0;  // still to be counted, one a cycle

 private:
  void work() override {
    const auto& r = regs();
    hw_.status_init_done_d = now_ >= init_at;
    hw_.pkt_in_inc = packets != 0 && packets-- != 0;
    for (unsigned b = 0; b < 2; ++b) hw_.inflight_count_d[b] = inflight[b];
    if (r.tbl_cmd_op_qe) {
      error_ = refuse;
      if (!refuse && r.tbl_cmd_op_q == static_cast<uint8_t>(rmt::TableOp::kWrite)) {
        rows.push_back({r.tbl_cmd_table_id_q,
                        r.tbl_cmd_index_q,
                        r.tbl_cmd_bank_q,
                        {r.tbl_data_word_q.begin(), r.tbl_data_word_q.end()}});
      }
    }
    hw_.tbl_status_error_d = error_;
  }
  bool error_ = false;
};

class MbufStub : public Stub<mbuf::Regs, mbuf::Hw2Reg> {
 public:
  using Stub::Stub;
  std::map<unsigned, mbuf::ConnRow> rows;
  bool refuse = false;
  uint8_t held = 0;  // cells that closing connections still hold

 private:
  void work() override {
    const auto& r = regs();
    hw_.status_init_done_d = now_ >= init_at;
    if (r.tbl_cmd_op_qe) {
      const unsigned id = r.tbl_cmd_index_q;
      const auto op = static_cast<mbuf::TblOp>(r.tbl_cmd_op_q);
      error_ = false;
      if (op == mbuf::TblOp::kWrite) {
        const auto row = mbuf::ConnRow::unpack(r.tbl_data_word_q.data());
        const bool open = rows.count(id) != 0 && rows[id].valid;
        error_ = row.valid ? open || refuse : !open;
        if (!error_) {
          note((row.valid ? "mbuf.open " : "mbuf.close ") + std::to_string(id));
          rows[id] = row;
        }
      } else {
        mbuf::ConnRow row = rows.count(id) != 0 ? rows[id] : mbuf::ConnRow{};
        row.held0 = held;
        row.pack(hw_.tbl_data_word_d.data());
        hw_.tbl_data_word_de.fill(true);
      }
    }
    hw_.tbl_status_error_d = error_;
  }
  bool error_ = false;
};

class VqStub : public Stub<vq::Regs, vq::Hw2Reg> {
 public:
  using Stub::Stub;
  struct Ring {
    vq::RingCfg cfg;
    vq::RingState state;
    std::optional<uint64_t> gone_at;
  };
  std::map<unsigned, Ring> rings;
  std::map<unsigned, vq::WindowCfg> windows;
  std::optional<vq::VqCfg> queue;
  bool refuse = false;
  uint64_t gone_delay = 500;  // cycles from clear to GONE
  uint64_t irq_delay = 0;     // cycles from there to the interrupt cause

 private:
  void work() override {
    hw_.status_init_done_d = now_ >= init_at;
    for (auto it = rings.begin(); it != rings.end();) {
      if (it->second.gone_at && now_ >= *it->second.gone_at) {
        note("vq.gone " + std::to_string(it->first));
        it = rings.erase(it);
        cause_at_ = now_ + irq_delay;
      } else {
        ++it;
      }
    }
    if (cause_at_ && now_ >= *cause_at_) {
      hw_.irq_status_gone_d = hw_.irq_status_gone_de = true;
      cause_at_.reset();
    }
    if (regs().tbl_cmd_op_qe) command();
    hw_.tbl_status_error_d = error_;
  }
  void command() {
    const auto& r = regs();
    const unsigned index = r.tbl_cmd_index_q;
    const auto op = static_cast<vq::TableOp>(r.tbl_cmd_op_q);
    const auto words = r.tbl_data_word_q.data();
    error_ = refuse;
    if (refuse) return;
    switch (static_cast<vq::TableId>(r.tbl_cmd_table_id_q)) {
      case vq::TableId::kWindow:
        windows[index] = op == vq::TableOp::kWrite ? vq::WindowCfg::unpack(words) : vq::WindowCfg{};
        return;
      case vq::TableId::kVq:
        queue = vq::VqCfg::unpack(words);
        return;
      case vq::TableId::kRingState:
        answer(rings.count(index) != 0 ? rings[index].state : vq::RingState{});
        return;
      case vq::TableId::kRing:
        break;
    }
    const bool bound = rings.count(index) != 0;
    switch (op) {
      case vq::TableOp::kWrite:
        error_ = bound;
        if (bound) return;
        rings[index].cfg = vq::RingCfg::unpack(words);
        rings[index].cfg.valid = true;
        return note("vq.bind " + std::to_string(index));
      case vq::TableOp::kOpen:
        error_ = !bound;
        return note("vq.open " + std::to_string(index));
      case vq::TableOp::kClear:
        error_ = !bound || rings[index].gone_at;
        if (!error_) rings[index].gone_at = now_ + gone_delay;
        return note("vq.clear " + std::to_string(index));
      default:
        return answer(bound ? rings[index].cfg : vq::RingCfg{});
    }
  }
  template <class T>
  void answer(const T& row) {
    std::array<uint32_t, T::kWords> words{};
    row.pack(words.data());
    hw_.tbl_data_word_d = {};
    std::copy(words.begin(), words.end(), hw_.tbl_data_word_d.begin());
    hw_.tbl_data_word_de.fill(true);
  }
  bool level() const override { return regs().irq_status_gone_q && regs().irq_enable_gone_q; }

  bool error_ = false;
  std::optional<uint64_t> cause_at_;
};

// RMT's cpu port: frames go in back to back, each behind its verdict's note; what the firmware
// sends is kept.
class CpuPortStub : public Block {
 public:
  Tx<common::PktBeat> to_queue;
  Tx<rmt::VerdictReport> notes;
  Rx<common::PktBeat> from_queue;

  struct Frame {
    std::vector<uint8_t> bytes;
    uint8_t reason = 0;  // 0: a copy of a flooded frame, without a note
    uint64_t at = 0;     // cycle of its note, or later
  };
  std::deque<Frame> frames;
  std::vector<std::vector<uint8_t>> sent;  // by the firmware
  bool deaf = false;                       // takes no frame

  void reset() override { from_queue.ready = false; }
  void eval(uint64_t now) override {
    if (from_queue.fires()) {
      const common::PktBeat& b = *from_queue.data;
      if (b.sop) open_.clear();
      open_.insert(open_.end(), b.data.begin(), b.data.begin() + b.nbytes);
      if (b.eop) sent.push_back(open_);
    }
    // Both streams are always taken.
    beat_valid_ = note_valid_ = false;
    if (frames.empty() || now < frames.front().at) return;
    const Frame& f = frames.front();
    if (!noted_) {
      ++tag_;
      note_valid_ = f.reason != 0;
      note_ = {};
      note_.tag = tag_;
      note_.verdict = rmt::Verdict::kSlow;
      note_.reason = f.reason;
      noted_ = true;
      return;
    }
    const size_t n = std::min<size_t>(f.bytes.size() - done_, common::kBeatBytes);
    beat_ = {};
    std::copy_n(f.bytes.begin() + static_cast<std::ptrdiff_t>(done_), n, beat_.data.begin());
    beat_.nbytes = static_cast<uint8_t>(n);
    beat_.sop = done_ == 0;
    done_ += n;
    beat_.eop = done_ == f.bytes.size();
    beat_.port = common::PortId::kP1;
    beat_.tag = tag_;
    beat_valid_ = true;
    if (!beat_.eop) return;
    frames.pop_front();
    noted_ = false;
    done_ = 0;
  }
  void commit() override {
    to_queue.valid = beat_valid_;
    to_queue.data = beat_;
    notes.valid = note_valid_;
    notes.data = note_;
    from_queue.ready = !deaf;
  }
  bool idle() const override { return false; }
  uint64_t wake_at() const override { return kNever; }

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("to_queue", a.to_queue, b.to_queue);
    f("notes", a.notes, b.notes);
    f("from_queue", a.from_queue, b.from_queue);
  }

 private:
  std::vector<uint8_t> open_;
  common::PktBeat beat_;
  rmt::VerdictReport note_;
  uint32_t tag_ = 0;
  size_t done_ = 0;
  bool noted_ = false;
  bool beat_valid_ = false;
  bool note_valid_ = false;
};

class StreamStub : public Stub<ideal_stream::Regs, ideal_stream::Hw2Reg> {
 public:
  using Stub::Stub;
  struct Flow {
    uint16_t index;
    bool v6;
    uint16_t local_port, remote_port;
    std::array<uint32_t, 4> local, remote;  // first byte in bits 31:24
  };
  struct Closed {
    uint16_t index;
    common::ConnRef conn;
    bool reset;
  };
  std::deque<Flow> flows;
  std::deque<Closed> closed;
  std::map<uint16_t, common::ConnRef> open;  // flow -> connection

 private:
  void work() override {
    const auto& r = regs();
    if (r.flow_pop_pop_qe && !flows.empty()) flows.pop_front();
    if (r.close_pop_pop_qe && !closed.empty()) closed.pop_front();
    const uint16_t index = r.answer_index_index_q;
    if (r.answer_accept_qe) {
      note((r.answer_accept_q ? "stream.accept " : "stream.refuse ") + std::to_string(index));
      if (r.answer_accept_q) open[index] = {.conn_id = r.answer_conn_id_q, .gen = r.answer_gen_q};
    }
    if (r.flow_free_free_qe) note("stream.free " + std::to_string(index));
    hw_.status_init_done_d = true;
    hw_.irq_status_flow_d = !flows.empty();
    hw_.irq_status_close_d = !closed.empty();
    if (!flows.empty()) {
      const Flow& f = flows.front();
      hw_.flow_info_index_d = f.index;
      hw_.flow_info_family_d = f.v6 ? ideal_stream::Family::kIpv6 : ideal_stream::Family::kIpv4;
      hw_.flow_ports_local_port_d = f.local_port;
      hw_.flow_ports_remote_port_d = f.remote_port;
      hw_.flow_local_word_d = f.local;
      hw_.flow_remote_word_d = f.remote;
    }
    if (!closed.empty()) {
      hw_.close_info_index_d = closed.front().index;
      hw_.close_info_rst_d = closed.front().reset;
      hw_.close_conn_conn_id_d = closed.front().conn.conn_id;
      hw_.close_conn_gen_d = closed.front().conn.gen;
    }
  }
  bool level() const override {
    return (!flows.empty() && regs().irq_enable_flow_q) ||
           (!closed.empty() && regs().irq_enable_close_q);
  }
};

}  // namespace fp::soc::test
