// SPDX-License-Identifier: Apache-2.0
//
// A block that is RTL and its model side by side: the RTL drives the world, the model gets the same
// inputs and its outputs are compared in every cycle (verification.md, rules 3 and 4). If is the
// block's interface class with its ports and `zip_ports` (docs/uarch/interfaces.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmodel/common/block.hpp"
#include "sim-tb/lockstep/difference.hpp"
#include "sim-tb/lockstep/port_visit.hpp"

namespace fp::sim {

template <class If>
class Lockstep final : public If, public Traceable {
 public:
  // Owns both. `args` go to If's constructor.
  template <class... Args>
  Lockstep(std::unique_ptr<If> rtl, std::unique_ptr<If> model, Args&&... args)
      : If(std::forward<Args>(args)...), rtl_(std::move(rtl)), model_(std::move(model)) {}

  // Called once, in the commit() (or reset()) that showed the first difference; set before use.
  std::function<void(const Difference&)> on_difference;

  const std::optional<Difference>& difference() const { return difference_; }
  bool diverged() const { return difference_.has_value(); }

  If& rtl() { return *rtl_; }
  If& model() { return *model_; }

  // Also connects the two to the ports' inputs, so connect the ports first and do not reconnect
  // without another reset.
  void reset() override {
    If::zip_ports(*rtl_, *this, [](const char*, auto& in, auto& out) { share_inputs(in, out); });
    If::zip_ports(*model_, *this, [](const char*, auto& in, auto& out) { share_inputs(in, out); });
    rtl_->reset();
    if (!diverged()) model_->reset();
    publish_and_compare();
  }

  void eval(uint64_t now) override {
    now_ = now + 1;
    note_tags();
    rtl_->eval(now);
    if (!diverged()) model_->eval(now);
  }

  void commit() override {
    rtl_->commit();
    if (!diverged()) model_->commit();
    publish_and_compare();
  }

  bool idle() const override { return rtl_->idle(); }
  uint64_t wake_at() const override { return rtl_->wake_at(); }

  // Both of the pair; one that has diverged cannot be saved.
  void checkpoint(StateIo& io) override {
    io.place("lockstep");
    if (diverged()) io.fail("a difference", "none");
    checkpoint_ports<If>(io, *this);
    io(now_);
    io.resized(tags_);
    rtl_->checkpoint(io);
    model_->checkpoint(io);
  }

  void trace(const FstWindow& window) override {
    if (auto* t = dynamic_cast<Traceable*>(rtl_.get())) t->trace(window);
  }
  void end_trace() override {
    if (auto* t = dynamic_cast<Traceable*>(rtl_.get())) t->end_trace();
  }

 private:
  void publish_and_compare() {
    If::zip_ports(*this, *rtl_, [](const char*, auto& out, auto& in) { publish(out, in); });
    if (diverged()) return;
    bool equal = model_->idle() == rtl_->idle() && model_->wake_at() == rtl_->wake_at();
    size_t slot = 0;
    If::zip_ports(*model_, *rtl_, [&](const char* name, auto& m, auto& r) {
      if (difference_) return;
      if (auto diff = port_diff(m, r)) {
        record(name, std::move(*diff), r, slot);
      }
      slot += TagSlots<std::remove_cvref_t<decltype(r)>>::value;
    });
    if (!equal && !difference_) {
      if (model_->idle() != rtl_->idle()) {
        difference_ = Difference{now_, "block", "idle", hex(model_->idle()), hex(rtl_->idle()), {}};
      } else {
        difference_ =
            Difference{now_, "block", "wake_at", hex(model_->wake_at()), hex(rtl_->wake_at()), {}};
      }
    }
    if (difference_ && on_difference) on_difference(*difference_);
  }

  template <class P>
  void record(const char* name, PortDiff diff, const P& rtl_port, size_t slot) {
    difference_ = Difference{now_,
                             name + diff.suffix,
                             std::move(diff.field),
                             std::move(diff.found),
                             std::move(diff.expected),
                             {}};
    if constexpr (TagSlots<P>::value > 0) difference_->tag = tag_of(rtl_port, diff.suffix, slot);
  }

  template <class T>
  std::optional<uint64_t> tag_of(const Rx<T>& port, const std::string&, size_t slot) {
    if (auto tag = tag_now(port)) return tag;
    return slot < tags_.size() ? tags_[slot] : std::nullopt;
  }
  template <class T>
  std::optional<uint64_t> tag_of(const Tx<T>& port, const std::string&, size_t slot) {
    if (auto tag = tag_now(port)) return tag;
    return slot < tags_.size() ? tags_[slot] : std::nullopt;
  }
  template <class P, size_t N>
  std::optional<uint64_t> tag_of(const std::array<P, N>& ports, const std::string& suffix,
                                 size_t slot) {
    const size_t i = std::stoul(suffix.substr(1));
    return tag_of(ports[i], suffix.substr(suffix.find(']') + 1), slot + i * TagSlots<P>::value);
  }

  // Remembers the tag on every stream in this cycle: the "last payload" of a later difference.
  void note_tags() {
    size_t slot = 0;
    If::zip_ports(*this, *this, [&](const char*, auto& port, auto&) { note(port, slot); });
  }
  template <class P>
  void note(const P& port, size_t& slot) {
    if constexpr (IsArray<P>::value) {
      if constexpr (TagSlots<P>::value > 0) {
        for (const auto& element : port) note(element, slot);
      }
    } else if constexpr (TagSlots<P>::value > 0) {
      if (tags_.size() <= slot) tags_.resize(slot + 1);
      if (auto tag = tag_now(port)) tags_[slot] = tag;
      ++slot;
    }
  }

  std::unique_ptr<If> rtl_;
  std::unique_ptr<If> model_;
  std::optional<Difference> difference_;
  std::vector<std::optional<uint64_t>> tags_;  // per tagged stream, in zip_ports order
  uint64_t now_ = 0;                           // cycle in which the outputs being compared are seen
};

}  // namespace fp::sim
