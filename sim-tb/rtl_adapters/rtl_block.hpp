// SPDX-License-Identifier: Apache-2.0
//
// Verilated RTL behind a block's C++ interface. An adapter lists its ports once; clocking, reset,
// random power-up values, waveforms and coverage are here:
//
//   template <class Top = Vvq>                      // a second build (--x-assign unique) fits too
//   class VqRtl final : public RtlBlock<VqRtl<Top>, VqIf, Top> {
//    public:
//     using RtlBlock<VqRtl<Top>, VqIf, Top>::RtlBlock;
//     template <class Io> void ports(Io&& io, Top& t) {
//       io.rx(this->desc_rx, t.desc_rx_valid_i, t.desc_rx_data_i, t.desc_rx_ready_o);
//       io.tx(this->rd, t.rd_valid_o, t.rd_data_o, t.rd_ready_i);      // arrays of streams as well
//       io.axil(this->csr, t.axil_req_i, t.axil_rsp_o);
//       io.out(this->irq, t.irq_o);
//     }
//   };
#pragma once

#include <unistd.h>
#include <verilated.h>
#include <verilated_cov.h>
#include <verilated_fst_c.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "cmodel/common/axil.hpp"
#include "cmodel/common/block.hpp"
#include "cmodel/common/ports.hpp"
#include "cmodel/common/state_io.hpp"
#include "sim-tb/rtl_adapters/rtl_signals.hpp"
#include "sim-tb/rtl_adapters/rtl_state.hpp"
#include "sim-tb/trace/fst_window.hpp"

namespace fp::sim {

// Which mutant of a netlist made by fp_mutants (tests/mutants) is active: $FP_MUTANT, 0 for none.
// RTL proper has no such port.
template <class Top>
void select_mutant(Top& top) {
  if constexpr (requires { top.mut_sel; }) {
    const char* number = std::getenv("FP_MUTANT");
    top.mut_sel = number == nullptr ? 0 : std::atoi(number);
  }
}

// Appends the cover counts of a context as a new file in $FP_COVER_DIR, if that is set.
inline void write_cover(VerilatedContext& context) {
  static int files = 0;
  const char* dir = std::getenv("FP_COVER_DIR");
  if (dir == nullptr) return;
  context.coveragep()->forcePerInstance(true);
  const std::string name =
      std::string(dir) + "/" + std::to_string(::getpid()) + "_" + std::to_string(files++) + ".dat";
  context.coveragep()->write(name.c_str());
}

struct RtlOptions {
  // Values of registers without reset and of RAMs at power-up. Random ones need RTL built with
  // `--x-assign unique --x-initial unique` (fp_verilate ... FLAGS); otherwise they are zero.
  bool random_power_up = false;
  int seed = 1;  // of those values and of junk payloads, > 0
  // Random bits on a stream's payload while its valid is low: RTL must not look at them.
  bool junk_payloads = false;
  // A failed assertion aborts the program, unless a test wants to count them (errors()).
  bool count_errors = false;
};

template <class Derived, class If, class Top>
class RtlBlock : public If, public Traceable {
 public:
  // `args` go to If's constructor.
  template <class... Args>
  explicit RtlBlock(const RtlOptions& options = {}, Args&&... args)
      : If(std::forward<Args>(args)...), options_(options), junk_(options.seed) {
    context_.randReset(options.random_power_up ? 2 : 0);
    context_.randSeed(options.seed);
    context_.traceEverOn(true);
    if (options.count_errors) context_.errorLimit(1 << 30);
    top_ = std::make_unique<Top>(&context_);
    select_mutant(*top_);
  }
  ~RtlBlock() override {
    end_trace();
    top_->final();
    write_cover(context_);
    // Scopes are given back to the thread's context, which may be another block's, and gone.
    Verilated::threadContextp(&context_);
    fst_.reset();
    top_.reset();
  }

  // rst_ni low for two edges, inputs low (interfaces.md).
  void reset() override {
    Top& t = *top_;
    self().ports(Zero{}, t);
    if constexpr (requires { t.now_i; }) t.now_i = 0;
    t.rst_ni = 0;
    for (int edge = 0; edge < 2; ++edge) {
      t.clk_i = 0;
      t.eval();
      t.clk_i = 1;
      t.eval();
    }
    t.rst_ni = 1;
    sample();
  }

  void eval(uint64_t now) override {
    Top& t = *top_;
    if constexpr (requires { t.now_i; }) t.now_i = now;
    if (options_.junk_payloads) self().ports(Junk{junk_}, t);
    self().ports(Drive{}, t);
    dumping_ = window_.contains(now);
    if (dumping_) {
      // The clock is still high: this cycle's first half, with its inputs.
      if (!fst_) open_trace();
      t.eval();
      fst_->dump(now * kTicksPerCycle);
    } else if (fst_ && now >= window_.end) {
      end_trace();
    }
    t.clk_i = 0;
    t.eval();
    if (dumping_) fst_->dump(now * kTicksPerCycle + kTicksPerCycle / 2);
  }

  void commit() override {
    Top& t = *top_;
    t.clk_i = 1;
    t.eval();
    sample();
  }

  bool idle() const override { return idle_; }
  uint64_t wake_at() const override { return wake_at_; }

  void trace(const FstWindow& window) override {
    end_trace();
    window_ = window;
  }
  void end_trace() override {
    if (!fst_) return;
    fst_->close();
    fst_.reset();
    window_ = {};
  }

  // RTL that was not made with `--savable` (fp_verilate ... SAVABLE, or FP_SAVABLE for all) throws.
  void checkpoint(StateIo& io) override {
    io.place("rtl");
    if constexpr (SavableTop<Top>) {
      checkpoint_ports<If>(io, *this);
      io(idle_, wake_at_, junk_);
      rtl_state(io, *top_);
    } else {
      io.fail("RTL that cannot be saved", "a build with FP_SAVABLE=ON");
    }
  }

  // For tests: internals by `/*verilator public*/` names, failed assertions, cover counts.
  Top& top() { return *top_; }
  int errors() const { return context_.errorCount(); }
  VerilatedContext& context() { return context_; }

 private:
  static constexpr uint64_t kTicksPerCycle = 10;  // FST time unit is 100 ps, a cycle reads as 1 ns

  Derived& self() { return static_cast<Derived&>(*this); }

  void open_trace() {
    fst_ = std::make_unique<VerilatedFstC>();
    top_->trace(fst_.get(), 99);
    fst_->set_time_resolution("100ps");
    fst_->set_time_unit("1ns");
    fst_->open(window_.path.c_str());
  }

  void sample() {
    Top& t = *top_;
    self().ports(Sample{}, t);
    if constexpr (requires { t.idle_o; }) idle_ = t.idle_o != 0;
    if constexpr (requires { t.wake_at_o; }) wake_at_ = t.wake_at_o;
  }

  // What can be done with the list of ports. Elements of an array are numbered from 0.
  struct Zero {
    template <class P, class V, class D, class R>
    void rx(P&, V& valid, D& data, R&) {
      zero_signal(valid);
      zero_signal(data);
    }
    template <class P, class V, class D, class R>
    void tx(P&, V&, D&, R& ready) {
      zero_signal(ready);
    }
    template <class Q, class S>
    void axil(AxilSlavePort&, Q& req, S&) {
      zero_signal(req);
    }
    template <class P, class S>
    void out(P&, S&) {}
    template <class P, class S>
    void in(P&, S& signal) {
      zero_signal(signal);
    }
  };

  struct Drive {
    template <class T, class V, class D, class R>
    void rx(Rx<T>& port, V& valid, D& data, R&, unsigned i = 0) {
      put_bit(valid, i, *port.valid);
      if (*port.valid) put_payload(data, i, *port.data);
    }
    template <class T, size_t N, class V, class D, class R>
    void rx(std::array<Rx<T>, N>& ports, V& valid, D& data, R& ready) {
      for (unsigned i = 0; i < N; ++i) rx(ports[i], valid, data, ready, i);
    }
    template <class T, class V, class D, class R>
    void tx(Tx<T>& port, V&, D&, R& ready, unsigned i = 0) {
      put_bit(ready, i, *port.ready);
    }
    template <class T, size_t N, class V, class D, class R>
    void tx(std::array<Tx<T>, N>& ports, V& valid, D& data, R& ready) {
      for (unsigned i = 0; i < N; ++i) tx(ports[i], valid, data, ready, i);
    }
    template <class Q, class S>
    void axil(AxilSlavePort& port, Q& req, S&) {
      put_payload(req, 0, *port.req);
    }
    template <class P, class S>
    void out(P&, S&) {}
    template <class T, class S>
    void in(In<T>& port, S& signal, unsigned i = 0) {
      if (port.value != nullptr) put_payload(signal, i, *port.value);
    }
    template <class T, size_t N, class S>
    void in(std::array<In<T>, N>& ports, S& signal) {
      for (unsigned i = 0; i < N; ++i) in(ports[i], signal, i);
    }
  };

  struct Sample {
    template <class T, class V, class D, class R>
    void rx(Rx<T>& port, V&, D&, R& ready, unsigned i = 0) {
      port.ready = get_bit(ready, i);
    }
    template <class T, size_t N, class V, class D, class R>
    void rx(std::array<Rx<T>, N>& ports, V& valid, D& data, R& ready) {
      for (unsigned i = 0; i < N; ++i) rx(ports[i], valid, data, ready, i);
    }
    template <class T, class V, class D, class R>
    void tx(Tx<T>& port, V& valid, D& data, R&, unsigned i = 0) {
      port.valid = get_bit(valid, i);
      if (port.valid) port.data = get_payload<T>(data, i);
    }
    template <class T, size_t N, class V, class D, class R>
    void tx(std::array<Tx<T>, N>& ports, V& valid, D& data, R& ready) {
      for (unsigned i = 0; i < N; ++i) tx(ports[i], valid, data, ready, i);
    }
    template <class Q, class S>
    void axil(AxilSlavePort& port, Q&, S& rsp) {
      port.rsp = get_payload<AxilRsp>(rsp, 0);
    }
    template <class T, class S>
    void out(Out<T>& port, S& signal, unsigned i = 0) {
      port.value = get_payload<T>(signal, i);
    }
    template <class T, size_t N, class S>
    void out(std::array<Out<T>, N>& ports, S& signal) {
      for (unsigned i = 0; i < N; ++i) out(ports[i], signal, i);
    }
    template <class P, class S>
    void in(P&, S&) {}
  };

  struct Junk {
    uint64_t& state;

    uint32_t next() {  // xorshift64*, any non-zero state
      state ^= state >> 12;
      state ^= state << 25;
      state ^= state >> 27;
      return static_cast<uint32_t>((state * 0x2545f4914f6cdd1dull) >> 32);
    }
    template <class T, class V, class D, class R>
    void rx(Rx<T>&, V&, D& data, R&, unsigned i = 0) {
      uint32_t words[wire_words<T>()];
      for (uint32_t& word : words) word = next();
      put_signal(data, i * wire_bits<T>(), wire_bits<T>(), words);
    }
    template <class T, size_t N, class V, class D, class R>
    void rx(std::array<Rx<T>, N>& ports, V& valid, D& data, R& ready) {
      for (unsigned i = 0; i < N; ++i) rx(ports[i], valid, data, ready, i);
    }
    template <class P, class V, class D, class R>
    void tx(P&, V&, D&, R&) {}
    template <class Q, class S>
    void axil(AxilSlavePort&, Q&, S&) {}
    template <class P, class S>
    void out(P&, S&) {}
    template <class P, class S>
    void in(P&, S&) {}
  };

  RtlOptions options_;
  uint64_t junk_;
  VerilatedContext context_;  // outlives top_
  std::unique_ptr<Top> top_;
  std::unique_ptr<VerilatedFstC> fst_;
  FstWindow window_;
  bool dumping_ = false;
  bool idle_ = false;
  uint64_t wake_at_ = kNever;
};

}  // namespace fp::sim
