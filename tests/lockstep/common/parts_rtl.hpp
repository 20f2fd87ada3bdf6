// SPDX-License-Identifier: Apache-2.0
//
// Adapters of the common parts' benches, over any Verilated build of them, and level drivers.
#pragma once

#include <utility>

#include "sim-tb/lockstep/random.hpp"
#include "sim-tb/rtl_adapters/rtl_block.hpp"
#include "tests/lockstep/common/parts_if.hpp"

namespace fp::parts {

template <class Top>
class QueueRtl final : public sim::RtlBlock<QueueRtl<Top>, QueueIf, Top> {
 public:
  using sim::RtlBlock<QueueRtl<Top>, QueueIf, Top>::RtlBlock;
  template <class Io>
  void ports(Io&& io, Top& t) {
    io.rx(this->in, t.in_valid_i, t.in_data_i, t.in_ready_o);
    io.tx(this->out, t.out_valid_o, t.out_data_o, t.out_ready_i);
    io.in(this->hold, t.hold_i);
    io.out(this->level, t.level_o);
    io.out(this->full, t.full_o);
    io.out(this->empty, t.empty_o);
  }
};

template <class Top>
class ArbRtl final : public sim::RtlBlock<ArbRtl<Top>, ArbIf, Top> {
 public:
  using sim::RtlBlock<ArbRtl<Top>, ArbIf, Top>::RtlBlock;
  template <class Io>
  void ports(Io&& io, Top& t) {
    io.rx(this->in, t.in_valid_i, t.in_data_i, t.in_ready_o);
    io.tx(this->out, t.out_valid_o, t.out_data_o, t.out_ready_i);
    io.in(this->weight, t.weight_i);
  }
};

template <class Top>
class RamRtl final : public sim::RtlBlock<RamRtl<Top>, RamIf, Top> {
 public:
  using sim::RtlBlock<RamRtl<Top>, RamIf, Top>::RtlBlock;
  template <class Io>
  void ports(Io&& io, Top& t) {
    io.in(this->op, t.op_i);
    io.out(this->done, t.done_o);
    io.out(this->rd_data, t.rd_data_o);
  }
};

// A level that `next(cycle)` gives; shown from the cycle after.
template <class T, class F>
class LevelDriver final : public Block {
 public:
  Out<T> out;

  explicit LevelDriver(F next) : next_(std::move(next)) {}

  template <class A, class B, class G>
  static void zip_ports(A& a, B& b, G&& f) {
    f("out", a.out, b.out);
  }
  void reset() override { out.value = T{}; }
  void eval(uint64_t now) override { value_ = next_(now); }
  void commit() override { out.value = value_; }
  bool idle() const override { return false; }
  uint64_t wake_at() const override { return kNever; }

 private:
  F next_;
  T value_{};
};

}  // namespace fp::parts
