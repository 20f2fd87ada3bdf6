// SPDX-License-Identifier: Apache-2.0
//
// The common parts behind block interfaces, as models built from their C++ twins; the RTL side is
// queue_bench.sv, arb_bench.sv and ram_bench.sv.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/arbiter.hpp"
#include "cmodel/common/block.hpp"
#include "cmodel/common/ports.hpp"
#include "cmodel/common/ram_1r1w.hpp"
#include "cmodel/common/skid_buffer.hpp"
#include "cmodel/common/stream_fifo.hpp"
#include "contract/common.hpp"

namespace fp::parts {

using common::PktBeat;

class QueueIf : public Block {
 public:
  std::array<Rx<PktBeat>, 4> in;
  std::array<Tx<PktBeat>, 4> out;
  In<bool> hold;
  std::array<Out<uint8_t>, 3> level;
  std::array<Out<bool>, 3> full;
  std::array<Out<bool>, 3> empty;

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("in", a.in, b.in);
    f("out", a.out, b.out);
    f("hold", a.hold, b.hold);
    f("level", a.level, b.level);
    f("full", a.full, b.full);
    f("empty", a.empty, b.empty);
  }
  // The bench is clocked always.
  bool idle() const override { return false; }
  uint64_t wake_at() const override { return kNever; }
};

class QueueModel final : public QueueIf {
 public:
  void reset() override {
    skid_.reset();
    for (auto& fifo : fifos_) fifo.reset();
    publish();
  }
  void eval(uint64_t) override {
    const bool h = hold.value != nullptr && *hold.value;
    drive(skid_, 0, h);
    for (unsigned i = 0; i < 3; ++i) drive(fifos_[i], i + 1, h);
  }
  void commit() override {
    skid_.commit();
    for (auto& fifo : fifos_) fifo.commit();
    publish();
  }

 private:
  template <class Queue>
  void drive(Queue& queue, unsigned i, bool h) {
    if (*in[i].valid) {
      queue.eval(true, *in[i].data, *out[i].ready, h);
    } else {
      queue.eval(*out[i].ready, h);
    }
  }
  template <class Queue>
  void show(const Queue& queue, unsigned i) {
    in[i].ready = queue.in_ready();
    out[i].valid = queue.out_valid();
    if (out[i].valid) out[i].data = queue.out_data();
  }
  void publish() {
    show(skid_, 0);
    for (unsigned i = 0; i < 3; ++i) {
      show(fifos_[i], i + 1);
      level[i].value = static_cast<uint8_t>(fifos_[i].level());
      full[i].value = fifos_[i].full();
      empty[i].value = fifos_[i].empty();
    }
  }

  SkidBuffer<PktBeat> skid_;
  std::array<StreamFifo<PktBeat>, 3> fifos_{StreamFifo<PktBeat>(2), StreamFifo<PktBeat>(3),
                                            StreamFifo<PktBeat>(8)};
};

// Beats of the arbiters' streams: bit 63 last, 43:40 stream, the others any payload.
inline constexpr uint64_t kLastBit = uint64_t{1} << 63;
inline constexpr unsigned kRr = 5;
inline constexpr unsigned kWrr = 4;

class ArbIf : public Block {
 public:
  std::array<Rx<uint64_t>, kRr + kWrr> in;
  std::array<Tx<uint64_t>, 2> out;
  In<uint16_t> weight;  // 3 bits a stream of the weighted arbiter

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("in", a.in, b.in);
    f("out", a.out, b.out);
    f("weight", a.weight, b.weight);
  }
  bool idle() const override { return false; }
  uint64_t wake_at() const override { return kNever; }
};

class ArbModel final : public ArbIf {
 public:
  void reset() override {
    for (auto& s : ins_) s.reset();
    for (auto& s : outs_) s.reset();
    rr_.reset();
    wrr_.reset();
    publish();
  }
  void eval(uint64_t) override {
    const uint64_t req = requests();
    const int r = rr_.pick(req & 0x1f);
    const int w = wrr_.pick(req >> kRr);
    const bool r_accept = r >= 0 && outs_[0].in_ready();
    const bool w_accept = w >= 0 && outs_[1].in_ready();
    const uint64_t r_beat = r >= 0 ? ins_[r].out_data() : 0;
    const uint64_t w_beat = w >= 0 ? ins_[kRr + w].out_data() : 0;
    rr_.eval(r, r_accept, (r_beat & kLastBit) != 0);
    const uint32_t weights = weight.value == nullptr ? 0 : *weight.value;
    wrr_.eval(w, w_accept, (w_beat & kLastBit) != 0, w >= 0 ? (weights >> (3 * w)) & 7 : 0);
    outs_[0].eval(r >= 0, r_beat, *out[0].ready);
    outs_[1].eval(w >= 0, w_beat, *out[1].ready);
    for (unsigned i = 0; i < kRr + kWrr; ++i) {
      const bool pop = i < kRr ? r_accept && r == static_cast<int>(i)
                               : w_accept && w == static_cast<int>(i - kRr);
      if (*in[i].valid) {
        ins_[i].eval(true, *in[i].data, pop);
      } else {
        ins_[i].eval(pop);
      }
    }
  }
  void commit() override {
    for (auto& s : ins_) s.commit();
    for (auto& s : outs_) s.commit();
    rr_.commit();
    wrr_.commit();
    publish();
  }

 private:
  uint64_t requests() const {
    uint64_t req = 0;
    for (unsigned i = 0; i < kRr + kWrr; ++i) req |= uint64_t{ins_[i].out_valid()} << i;
    return req;
  }
  void publish() {
    for (unsigned i = 0; i < kRr + kWrr; ++i) in[i].ready = ins_[i].in_ready();
    for (unsigned i = 0; i < 2; ++i) {
      out[i].valid = outs_[i].out_valid();
      if (out[i].valid) out[i].data = outs_[i].out_data();
    }
  }

  std::array<SkidBuffer<uint64_t>, kRr + kWrr> ins_;
  std::array<SkidBuffer<uint64_t>, 2> outs_;
  RrArbiter rr_{kRr};
  WrrArbiter wrr_{kWrr};
};

// One operation word a cycle, as ram_bench.sv reads it.
struct RamOp {
  static uint64_t make(bool wr, unsigned wr_addr, uint32_t data, bool rd, unsigned rd_addr) {
    return data | (uint64_t{wr_addr} << 32) | (uint64_t{rd_addr} << 36) | (uint64_t{wr} << 40) |
           (uint64_t{rd} << 41);
  }
};

class RamIf : public Block {
 public:
  In<uint64_t> op;
  std::array<Out<bool>, 2> done;
  std::array<Out<uint32_t>, 2> rd_data;

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("op", a.op, b.op);
    f("done", a.done, b.done);
    f("rd_data", a.rd_data, b.rd_data);
  }
  bool idle() const override { return false; }
  uint64_t wake_at() const override { return kNever; }
};

class RamModel final : public RamIf {
 public:
  void reset() override {
    big_.reset();
    small_.reset();
    read_ = {};
    publish();
  }
  void eval(uint64_t) override {
    const uint64_t word = op.value == nullptr ? 0 : *op.value;
    const bool wr = (word >> 40) & 1;
    const bool rd = (word >> 41) & 1;
    const unsigned wa = (word >> 32) & 15;
    const unsigned ra = (word >> 36) & 15;
    if (wr) {
      big_.eval(true, wa, static_cast<uint32_t>(word), rd, ra);
      small_.eval(true, wa & 7, static_cast<uint32_t>(word), rd, ra & 7);
    } else {
      big_.eval(rd, ra);
      small_.eval(rd, ra & 7);
    }
    read_d_ = {read_[0] || (rd && big_.init_done()), read_[1] || (rd && small_.init_done())};
  }
  void commit() override {
    big_.commit();
    small_.commit();
    read_ = read_d_;
    publish();
  }

 private:
  void publish() {
    done[0].value = big_.init_done();
    done[1].value = small_.init_done();
    rd_data[0].value = read_[0] ? big_.rd_data() : 0;
    rd_data[1].value = read_[1] ? small_.rd_data() : 0;
  }

  Ram1r1w<uint32_t> big_{16};
  Ram1r1w<uint32_t> small_{5, 0x5a5a01a5};
  std::array<bool, 2> read_{};
  std::array<bool, 2> read_d_{};
};

}  // namespace fp::parts
