// SPDX-License-Identifier: Apache-2.0
//
// A shim around a block that breaks one of its outputs on purpose. Tests put it between RTL and
// Lockstep to show that each kind of fault is found and named; never part of a platform.
#pragma once

#include <any>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "cmodel/common/block.hpp"
#include "sim-tb/lockstep/port_visit.hpp"
#include "sim-tb/lockstep/random.hpp"
#include "sim-tb/trace/fst_window.hpp"

namespace fp::sim {

enum class FaultKind {
  kNone,
  // Stream outputs; `nth` counts payloads of the port from 0.
  kFlipBit,        // bit `bit` of the payload
  kRandomPayload,  // all bits of the payload, as an X would
  kDrop,           // the payload never appears
  kDuplicate,      // the payload appears twice
  kLate,           // the payload appears one cycle late
  kSwap,           // the payload changes places with the next one
  // Stream inputs; from cycle `at` on.
  kEarlyReady,  // ready is up in the first cycle in which it should be low
  kStuckReady,  // ready stays at `bit` & 1
  // Registers.
  kCsrData,  // bit `bit` of the nth read's data
  kCounter,  // reads of address `bit` give one more
  // Levels; from cycle `at` on.
  kLevel,   // bit 0 of an Out port
  kIdle,    // idle is inverted
  kWakeAt,  // wake_at is one cycle later (0 when it was kNever)
};

struct Fault {
  FaultKind kind = FaultKind::kNone;
  std::string port;  // "out[2]"; empty for kIdle and kWakeAt
  uint64_t nth = 0;
  uint64_t at = 0;  // cycle as seen by peers
  unsigned bit = 0;
};

template <class If>
class FaultShim final : public If, public Traceable {
 public:
  template <class... Args>
  FaultShim(std::unique_ptr<If> inner, Fault fault, Args&&... args)
      : If(std::forward<Args>(args)...), inner_(std::move(inner)), fault_(std::move(fault)) {}

  // Whether the fault has changed an output so far.
  bool struck() const { return struck_; }

  void reset() override {
    ready_.clear();
    If::zip_ports(*inner_, *this, [this](const char*, auto& in, auto& out) { bind(in, out); });
    state_ = {};
    inner_->reset();
    show();
  }
  void eval(uint64_t now) override {
    seen_ = now + 1;
    size_t slot = 0;
    If::zip_ports(*inner_, *this,
                  [&](const char* name, auto& in, auto& out) { before(name, in, out, slot); });
    inner_->eval(now);
  }
  void commit() override {
    inner_->commit();
    show();
  }
  void trace(const FstWindow& window) override {
    if (auto* t = dynamic_cast<Traceable*>(inner_.get())) t->trace(window);
  }
  void end_trace() override {
    if (auto* t = dynamic_cast<Traceable*>(inner_.get())) t->end_trace();
  }
  bool idle() const override {
    return inner_->idle() ^ (fault_.kind == FaultKind::kIdle && seen_ >= fault_.at);
  }
  uint64_t wake_at() const override {
    return inner_->wake_at() + (fault_.kind == FaultKind::kWakeAt && seen_ >= fault_.at ? 1 : 0);
  }

 private:
  // How the target stream output goes on in the next cycle.
  enum class Mode { kPass, kHide, kSwallow, kHeld };
  struct State {
    Mode mode = Mode::kPass;
    uint64_t beat = 0;  // payloads taken from the inner block
    bool inner_fired = false;
    bool outer_fired = false;
    bool late = false;
    bool duplicated = false;
    bool swapped = false;
    uint64_t reads = 0;
    uint32_t araddr = 0;
    bool was_rvalid = false;
    std::any held;
  };

  // Inputs go through, except that the inner block's view of ready is ours.
  template <class T>
  void bind(Tx<T>& in, Tx<T>&) {
    ready_.push_back(false);
    in.ready = &ready_.back();
  }
  template <class P>
  void bind(P& in, P& out) {
    if constexpr (IsArray<P>::value) {
      for (size_t i = 0; i < in.size(); ++i) bind(in[i], out[i]);
    } else {
      share_inputs(in, out);
    }
  }

  template <class P>
  void before(const std::string& name, P& in, P& out, size_t& slot) {
    if constexpr (IsArray<P>::value) {
      for (size_t i = 0; i < in.size(); ++i) {
        before(name + "[" + std::to_string(i) + "]", in[i], out[i], slot);
      }
    } else {
      before_one(name, in, out, slot);
    }
  }
  template <class P>
  void before_one(const std::string&, P&, P&, size_t&) {}
  template <class T>
  void before_one(const std::string& name, Tx<T>& in, Tx<T>& out, size_t& slot) {
    bool& ready = ready_[slot++];
    ready = *out.ready;
    if (name != fault_.port) return;
    if (state_.mode == Mode::kSwallow) ready = true;
    if (state_.mode == Mode::kHide || state_.mode == Mode::kHeld) ready = false;
    state_.inner_fired = in.valid && ready;
    state_.outer_fired = out.fires();
  }
  void before_one(const std::string& name, AxilSlavePort& in, AxilSlavePort&, size_t&) {
    if (name == fault_.port && in.req->arvalid && in.rsp.arready) state_.araddr = in.req->araddr;
  }

  void show() {
    If::zip_ports(*inner_, *this,
                  [this](const char* name, auto& in, auto& out) { after(name, in, out); });
  }
  template <class P>
  void after(const std::string& name, P& in, P& out) {
    if constexpr (IsArray<P>::value) {
      for (size_t i = 0; i < in.size(); ++i) {
        after(name + "[" + std::to_string(i) + "]", in[i], out[i]);
      }
    } else {
      publish(out, in);
      if (name == fault_.port) break_one(in, out);
    }
  }

  template <class P>
  void break_one(P&, P&) {}
  template <class T>
  void break_one(Out<T>&, Out<T>& out) {
    if (fault_.kind != FaultKind::kLevel || seen_ < fault_.at) return;
    out.value = static_cast<T>(static_cast<uint64_t>(out.value) ^ 1);
    struck_ = true;
  }
  template <class T>
  void break_one(Rx<T>& in, Rx<T>& out) {
    if (seen_ < fault_.at) return;
    if (fault_.kind == FaultKind::kEarlyReady && !struck_ && !in.ready) out.ready = true;
    if (fault_.kind == FaultKind::kStuckReady) out.ready = (fault_.bit & 1) != 0;
    struck_ = struck_ || out.ready != in.ready;
  }
  void break_one(AxilSlavePort& in, AxilSlavePort& out) {
    const bool first = in.rsp.rvalid && !state_.was_rvalid;
    state_.was_rvalid = in.rsp.rvalid;
    if (first) ++state_.reads;
    if (!in.rsp.rvalid) return;
    if (fault_.kind == FaultKind::kCsrData && state_.reads == fault_.nth + 1) {
      out.rsp.rdata ^= 1u << fault_.bit;
      struck_ = true;
    }
    if (fault_.kind == FaultKind::kCounter && state_.araddr == fault_.bit) {
      ++out.rsp.rdata;
      struck_ = true;
    }
  }
  template <class T>
  void break_one(Tx<T>& in, Tx<T>& out) {
    State& s = state_;
    const bool was_last = s.inner_fired && s.beat == fault_.nth;        // payload nth just left
    const bool after_next = s.inner_fired && s.beat == fault_.nth + 1;  // the one behind it
    if (s.inner_fired) ++s.beat;
    const bool was_held = s.mode == Mode::kHeld;
    if (was_held && s.outer_fired) s.held.reset();
    s.mode = Mode::kPass;
    s.inner_fired = false;
    const bool hit = in.valid && s.beat == fault_.nth;
    switch (fault_.kind) {
      case FaultKind::kFlipBit:
        if (hit)
          struck_ = change(out.data,
                           [this](uint32_t* w) { w[fault_.bit / 32] ^= 1u << (fault_.bit % 32); });
        break;
      case FaultKind::kRandomPayload:
        if (hit)
          struck_ = change(out.data, [this](uint32_t* w) {
            Random random(fault_.nth + 1);
            for (unsigned i = 0; i < words<T>(); ++i) w[i] = static_cast<uint32_t>(random.next());
          });
        break;
      case FaultKind::kDrop:
        if (hit) hide(out, Mode::kSwallow);
        break;
      case FaultKind::kLate:
        if (hit && !s.late) {
          s.late = true;
          hide(out, Mode::kHide);
        }
        break;
      case FaultKind::kDuplicate:
        if (was_last && !s.duplicated) {
          s.duplicated = true;
          s.held = last_;
        }
        if (hit) last_ = in.data;
        if (s.held.has_value()) hold(out);
        break;
      case FaultKind::kSwap:
        if (hit) {
          s.held = in.data;
          hide(out, Mode::kSwallow);
        } else if (s.held.has_value()) {
          if (after_next) s.swapped = true;
          if (s.swapped) hold(out);
        }
        break;
      default:
        break;
    }
  }

  template <class T>
  static constexpr unsigned words() {
    if constexpr (requires { T::kWords; }) {
      return T::kWords;
    } else {
      return (sizeof(T) + 3) / 4;
    }
  }
  template <class T, class F>
  static bool change(T& data, F&& f) {
    uint32_t w[words<T>() + 1] = {};
    if constexpr (requires { T::kWords; }) {
      data.pack(w);
      f(w);
      data = T::unpack(w);
    } else {
      __builtin_memcpy(w, &data, sizeof data);
      f(w);
      __builtin_memcpy(&data, w, sizeof data);
    }
    return true;
  }
  template <class T>
  void hide(Tx<T>& out, Mode mode) {
    out.valid = false;
    state_.mode = mode;
    struck_ = true;
  }
  template <class T>
  void hold(Tx<T>& out) {
    out.valid = true;
    out.data = std::any_cast<T>(state_.held);
    state_.mode = Mode::kHeld;
    struck_ = true;
  }

  std::unique_ptr<If> inner_;
  Fault fault_;
  State state_;
  std::any last_;
  std::deque<bool> ready_;  // what the inner block's stream outputs see as ready; stable addresses
  uint64_t seen_ = 0;       // cycle in which the outputs being shown are seen
  bool struck_ = false;
};

}  // namespace fp::sim
