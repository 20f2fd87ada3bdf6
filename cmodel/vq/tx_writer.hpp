// SPDX-License-Identifier: Apache-2.0
//
// TX writer: tags, completions back into order, segments into mbuf. Twin of rtl/vq/vq_txw.sv.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/ram_1r1w.hpp"
#include "cmodel/common/state_io.hpp"
#include "cmodel/common/stream_fifo.hpp"
#include "cmodel/vq/ring_unit.hpp"
#include "contract/common.hpp"
#include "contract/vq.hpp"

namespace fp::vq {

class TxWriter {
 public:
  enum class State : uint8_t { kIdle, kCheck, kStream, kMark, kDesc, kFwd, kDone };
  struct Row {
    std::array<uint8_t, common::kBeatBytes> data{};
    uint8_t nbytes = 0;
  };
  struct Beat {
    Row row;
    bool end = false, err = false;
  };
  struct In {
    const PcieCpl* cpl = nullptr;  // a beat that moves
    const TxSeg* seg = nullptr;    // FIFO heads, null when empty
    const common::MsgDesc* desc = nullptr;
    bool rd_fire = false, rd_seg_end = false, rsp = false, wr_ready = false, desc_tx_ready = false;
    uint16_t rd_len = 0;
    uint64_t ts = 0;
    const RingAnswer* answer = nullptr;
  };
  struct Result {
    bool seg_pop = false, desc_pop = false, bad_cpl = false;
  };

  bool init_done() const { return rob_.init_done(); }
  bool tag_free() const { return t_.used != kNumTags; }
  uint8_t tag() const { return t_.alloc; }
  State state() const { return q_.state; }
  bool idle() const {
    return q_.state == State::kIdle && t_.used == 0 && out_.empty() && !pipe_.valid;
  }
  bool req_valid() const { return q_.state == State::kCheck || q_.state == State::kDone; }
  RingReq req(const TxSeg& seg) const {
    RingReq r;
    r.op = q_.state == State::kDone ? Op::kTxDone : Op::kTxCheck;
    r.ring = seg.ring;
    r.start = seg.start;
    r.len = seg.len;
    r.kind = q_.kind;
    return r;
  }

  // The beat offered to mbuf.
  bool wr_valid() const {
    return (q_.state == State::kStream && out_.out_valid() && !silent()) ||
           q_.state == State::kMark;
  }
  bool wr_err() const { return q_.state == State::kStream && fails(); }
  bool wr_last() const { return q_.state == State::kMark || out_.out_data().end; }
  bool wr_empty() const { return q_.state == State::kMark || fails(); }
  const Row& wr_row() const { return out_.out_data().row; }
  uint64_t wr_ts() const { return q_.ts; }
  const common::MsgDesc& desc_tx() const { return q_.desc; }

  void reset() {
    t_ = {};
    t_d_ = {};
    q_ = d_ = S{};
    pipe_ = pipe_d_ = {};
    rob_.reset();
    out_.reset();
  }

  Result eval(const In& in) {
    Result r;
    r.bad_cpl = completions(in);
    write(in, &r);
    return r;
  }

  void commit() {
    rob_.commit();
    out_.commit();
    if (completed_) {
      Tag& t = t_.tags[comp_tag_];
      t = comp_;
    }
    if (freed_) t_.tags[t_.head].busy = false;
    if (issued_) t_.tags[t_.alloc] = issue_;
    t_.used = t_d_.used;
    t_.head = t_d_.head;
    t_.alloc = t_d_.alloc;
    t_.beat = t_d_.beat;
    pipe_ = pipe_d_;
    q_ = d_;
  }

  void checkpoint(StateIo& io) {
    io(t_, t_d_, rob_, out_, pipe_, pipe_d_, q_, d_, row_in_, beat_in_, completed_, freed_, issued_,
       comp_tag_, comp_, issue_);
  }

 private:
  static constexpr unsigned kTagBeats = (1u << kMpsLog2Max) / common::kBeatBytes;
  struct Tag {
    bool busy = false, done = false, err = false, end = false;
    uint16_t exp = 0;  // bytes still to come
    uint8_t count = 0;
  };
  struct Tags {
    std::array<Tag, kNumTags> tags{};
    uint8_t alloc = 0, head = 0, used = 0, beat = 0;
  };
  struct Pipe {
    bool valid = false, err = false, end = false;
  };
  struct S {
    State state = State::kIdle;
    bool discard = false, failed = false;
    uint8_t kind = 0;
    uint64_t ts = 0;
    common::MsgDesc desc;
  };

  bool fails() const { return q_.failed || out_.out_data().err; }
  bool silent() const { return q_.discard || (fails() && !out_.out_data().end); }

  // Tags and the reader; whether the completion was nobody's.
  bool completions(const In& in) {
    bool bad = false;
    completed_ = freed_ = issued_ = false;
    bool store = false;
    uint32_t wr_at = 0;
    if (in.cpl != nullptr) {
      const PcieCpl& c = *in.cpl;
      const uint32_t tag = c.tag % kNumTags;
      const Tag& t = t_.tags[tag];
      if (c.tag >= kNumTags || !t.busy || t.done) {
        bad = true;
      } else {
        const bool bad_beat = c.err || c.nbytes == 0 || c.nbytes > 64 || c.nbytes > t.exp ||
                              c.last != (c.nbytes == t.exp) || t.count == kTagBeats;
        store = !bad_beat && !t.err;
        wr_at = tag * kTagBeats + t.count % kTagBeats;
        completed_ = true;
        comp_tag_ = tag;
        comp_ = t;
        if (c.last) comp_.done = true;
        if (bad_beat) comp_.err = true;
        if (store) {
          comp_.exp = static_cast<uint16_t>(t.exp - c.nbytes);
          ++comp_.count;
          row_in_.data = c.data;
          row_in_.nbytes = c.nbytes;
        }
      }
    }

    const Tag& h = t_.tags[t_.head];
    const bool here = h.busy && out_.level() + pipe_.valid < kOutDepth;
    const bool head_err = h.err && h.done;
    const bool more = !h.err && t_.beat < h.count;
    const bool step = here && (more || head_err);
    const bool tag_end = head_err || (h.done && t_.beat + 1 == h.count);
    rob_.eval(store, wr_at, row_in_, step && more, t_.head * kTagBeats + t_.beat % kTagBeats);
    pipe_d_ = {step, head_err, step && tag_end && h.end};

    t_d_.alloc = t_.alloc;
    t_d_.head = t_.head;
    t_d_.used = t_.used;
    t_d_.beat = t_.beat;
    if (step) {
      ++t_d_.beat;
      if (tag_end) {
        freed_ = true;
        t_d_.head = (t_.head + 1) % kNumTags;
        t_d_.beat = 0;
        --t_d_.used;
      }
    }
    if (in.rd_fire) {
      issued_ = true;
      issue_ = {true, false, false, in.rd_seg_end, in.rd_len, 0};
      t_d_.alloc = (t_.alloc + 1) % kNumTags;
      ++t_d_.used;
    }
    return bad;
  }

  void write(const In& in, Result* r) {
    d_ = q_;
    bool out_pop = false;
    switch (q_.state) {
      case State::kIdle:
        if (in.seg != nullptr) d_.state = State::kCheck;
        break;
      case State::kCheck:
        if (in.rsp) {
          const bool ok = in.answer->res == kOk;
          d_.discard = !ok;
          d_.failed = false;
          d_.kind = kDoneDrop;
          d_.ts = in.ts;
          if (in.seg->len != 0) {
            d_.state = State::kStream;
          } else {
            d_.state = ok ? State::kMark : State::kDone;
          }
        }
        break;
      case State::kStream:
        if (out_.out_valid()) {
          out_pop = silent() || in.wr_ready;
          if (out_pop) {
            d_.failed = fails();
            if (out_.out_data().end) d_.state = q_.discard ? State::kDone : State::kDesc;
          }
        }
        break;
      case State::kMark:
        if (in.wr_ready) d_.state = State::kDesc;
        break;
      case State::kDesc:
        if (in.desc != nullptr) {
          r->desc_pop = true;
          d_.desc = *in.desc;
          if (!q_.failed && in.desc->err) {
            d_.kind = kDoneRefused;
            d_.state = State::kDone;
          } else {
            d_.kind = q_.failed ? kDoneErr : kDoneOk;
            d_.state = State::kFwd;
          }
        }
        break;
      case State::kFwd:
        if (in.desc_tx_ready) d_.state = State::kDone;
        break;
      case State::kDone:
        if (in.rsp) {
          r->seg_pop = true;
          d_.state = State::kIdle;
        }
        break;
    }
    if (pipe_.valid) {
      beat_in_.end = pipe_.end;
      beat_in_.err = pipe_.err;
      beat_in_.row = pipe_.err ? Row{} : rob_.rd_data();
      out_.eval(true, beat_in_, out_pop);
    } else {
      out_.eval(out_pop);
    }
  }

  static constexpr unsigned kOutDepth = 4;
  Tags t_, t_d_;
  Ram1r1w<Row> rob_{kNumTags * kTagBeats};
  StreamFifo<Beat> out_{kOutDepth};
  Pipe pipe_, pipe_d_;
  S q_, d_;
  Row row_in_;
  Beat beat_in_;
  bool completed_ = false, freed_ = false, issued_ = false;
  uint32_t comp_tag_ = 0;
  Tag comp_, issue_;
};

}  // namespace fp::vq
