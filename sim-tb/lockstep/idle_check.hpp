// SPDX-License-Identifier: Apache-2.0
//
// Shows that a block keeps the idle contract: of two instances with the same inputs one gets every
// clock edge and drives the world, the other is skipped whenever the contract allows it, and the
// outputs are compared in every cycle. Tick an IdleCheck without skipping.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "cmodel/common/block.hpp"
#include "sim-tb/lockstep/difference.hpp"
#include "sim-tb/lockstep/port_visit.hpp"

namespace fp::sim {

template <class If>
class IdleCheck final : public If {
 public:
  // Owns both, which must be built alike (both models, or both RTL). `args` go to If's constructor.
  template <class... Args>
  IdleCheck(std::unique_ptr<If> ticked, std::unique_ptr<If> skipped, Args&&... args)
      : If(std::forward<Args>(args)...), ticked_(std::move(ticked)), skipped_(std::move(skipped)) {}

  // `found` is the skipped instance's value, `expected` the one that got every edge.
  const std::optional<Difference>& difference() const { return difference_; }
  uint64_t skipped_edges() const { return skipped_edges_; }

  void reset() override {
    If::zip_ports(*ticked_, *this, [](const char*, auto& in, auto& out) { share_inputs(in, out); });
    If::zip_ports(*skipped_, *this,
                  [](const char*, auto& in, auto& out) { share_inputs(in, out); });
    ticked_->reset();
    skipped_->reset();
    compare(0);
    If::zip_ports(*this, *ticked_, [](const char*, auto& out, auto& in) { publish(out, in); });
    flags_ = wake_flags_of(static_cast<If&>(*this));
  }

  void eval(uint64_t now) override {
    now_ = now;
    active_ = !skipped_->idle() || now >= skipped_->wake_at();
    for (const bool* flag : flags_) active_ = active_ || *flag;
    ticked_->eval(now);
    if (active_) skipped_->eval(now);
  }

  void commit() override {
    ticked_->commit();
    if (active_) {
      skipped_->commit();
    } else {
      ++skipped_edges_;
    }
    compare(now_ + 1);
    If::zip_ports(*this, *ticked_, [](const char*, auto& out, auto& in) { publish(out, in); });
  }

  // Never skipped itself.
  bool idle() const override { return false; }
  uint64_t wake_at() const override { return kNever; }

 private:
  void compare(uint64_t cycle) {
    if (difference_) return;
    If::zip_ports(*skipped_, *ticked_, [&](const char* name, auto& s, auto& t) {
      if (difference_) return;
      if (auto d = port_diff(s, t)) {
        difference_ = Difference{cycle, name + d->suffix, d->field, d->found, d->expected, {}};
      }
    });
    if (difference_) return;
    if (skipped_->idle() != ticked_->idle()) {
      difference_ =
          Difference{cycle, "block", "idle", hex(skipped_->idle()), hex(ticked_->idle()), {}};
    } else if (skipped_->wake_at() != ticked_->wake_at()) {
      difference_ = Difference{
          cycle, "block", "wake_at", hex(skipped_->wake_at()), hex(ticked_->wake_at()), {}};
    }
  }

  std::unique_ptr<If> ticked_;
  std::unique_ptr<If> skipped_;
  WakeFlags flags_;
  std::optional<Difference> difference_;
  uint64_t now_ = 0;
  uint64_t skipped_edges_ = 0;
  bool active_ = true;
};

}  // namespace fp::sim
