// SPDX-License-Identifier: Apache-2.0
//
// Ports and model of the block on which the lockstep harness is tried out (tally.sv).
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/arbiter.hpp"
#include "cmodel/common/axil.hpp"
#include "cmodel/common/block.hpp"
#include "cmodel/common/ports.hpp"
#include "cmodel/common/skid_buffer.hpp"
#include "cmodel/common/stream_fifo.hpp"
#include "contract/tally.hpp"
#include "contract/tally_regs.hpp"

namespace fp::tally {

class TallyIf : public Block {
 public:
  std::array<Rx<Item>, 2> in;
  Tx<Result> out;
  AxilSlavePort csr;
  Out<bool> irq;

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("in", a.in, b.in);
    f("out", a.out, b.out);
    f("csr", a.csr, b.csr);
    f("irq", a.irq, b.irq);
  }
};

class TallyModel : public TallyIf {
 public:
  void reset() override {
    for (auto& skid : skids_) skid.reset();
    arb_.reset();
    fifo_.reset();
    regs_.reset();
    sums_ = {};
    deadline_ = kNever;
    publish();
  }

  void eval(uint64_t now) override {
    const Reg2Hw& cfg = regs_.reg2hw();
    uint64_t req = 0;
    for (unsigned i = 0; i < 2; ++i) {
      if (skids_[i].out_valid() && cfg.ctrl_enable_q) req |= uint64_t{1} << i;
    }
    const int g = arb_.pick(req);
    accept_ = g >= 0 && fifo_.in_ready();
    arb_.eval(g, accept_, true);
    for (unsigned i = 0; i < 2; ++i) {
      const bool pop = accept_ && g == static_cast<int>(i);
      if (*in[i].valid) {
        skids_[i].eval(true, *in[i].data, pop);
      } else {
        skids_[i].eval(pop);
      }
    }
    if (accept_) {
      granted_ = g;
      const Item& item = skids_[g].out_data();
      result_ = {item, item.tag, (sums_[g] + item.value) & kSumMask, g == 1};
      fifo_.eval(true, result_, *out.ready);
    } else {
      fifo_.eval(*out.ready);
    }
    Hw2Reg hw{};
    const bool expired = now >= deadline_;
    deadline_d_ = deadline_;
    if (cfg.period_qe) {
      deadline_d_ = cfg.period_cycles_q == 0 ? kNever : now + cfg.period_cycles_q;
    } else if (expired) {
      deadline_d_ = deadline_ + cfg.period_cycles_q;
    }
    hw.status_tick_d = true;
    hw.status_tick_de = expired;
    hw.items_inc = accept_;
    regs_.axil.port.req = csr.req;
    regs_.eval(hw);
  }

  void commit() override {
    for (auto& skid : skids_) skid.commit();
    arb_.commit();
    fifo_.commit();
    regs_.commit();
    if (accept_) sums_[granted_] = result_.sum;
    deadline_ = deadline_d_;
    publish();
  }

  bool idle() const override {
    return skids_[0].idle() && skids_[1].idle() && fifo_.idle() && regs_.idle();
  }
  uint64_t wake_at() const override { return deadline_; }

 private:
  static constexpr uint32_t kSumMask = (1u << 21) - 1;

  void publish() {
    for (unsigned i = 0; i < 2; ++i) in[i].ready = skids_[i].in_ready();
    out.valid = fifo_.out_valid();
    if (out.valid) out.data = fifo_.out_data();
    csr.rsp = regs_.axil.port.rsp;
    irq.value = regs_.reg2hw().status_tick_q && regs_.reg2hw().intr_en_tick_q;
  }

  std::array<SkidBuffer<Item>, 2> skids_;
  RrArbiter arb_{2};
  StreamFifo<Result> fifo_{4};
  Regs regs_;
  std::array<uint32_t, 2> sums_{};
  Result result_{};
  uint64_t deadline_ = kNever;
  uint64_t deadline_d_ = kNever;
  int granted_ = 0;
  bool accept_ = false;
};

}  // namespace fp::tally
