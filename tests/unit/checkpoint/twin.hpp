// SPDX-License-Identifier: Apache-2.0
//
// Shows that a block's checkpoint holds all of its state: the block runs in a bench; in given
// cycles its image is loaded into a second one that has lived another life, and from there on both
// get the same inputs and every output is compared in every cycle.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmodel/common/block.hpp"
#include "cmodel/common/state_io.hpp"
#include "sim-tb/lockstep/port_visit.hpp"
#include "sim-tb/lockstep/random.hpp"

namespace fp::test {

inline std::vector<uint8_t> image_of(Block& block) {
  std::vector<uint8_t> image;
  StateIo io = StateIo::save(image);
  block.checkpoint(io);
  return image;
}

inline void load_image(Block& block, const std::vector<uint8_t>& image) {
  StateIo io = StateIo::load(image);
  block.checkpoint(io);
  io.finish();
}

template <class If>
class Twin final : public If {
 public:
  // Both outlive the twin; `second` has been reset before and holds whatever state. `args` go to
  // If's constructor.
  template <class... Args>
  Twin(If& first, If& second, Args&&... args)
      : If(std::forward<Args>(args)...), first_(first), second_(second) {}

  // Loads the second one again in these cycles (block time), in order.
  void fork_at(std::vector<uint64_t> cycles) { forks_ = std::move(cycles); }

  // Also connects and resets the second one with the first: blocks that hand their inputs on to
  // others learn of connections there.
  void reset_second() { reset_second_ = true; }

  // The first difference, or nothing.
  const std::optional<std::string>& difference() const { return difference_; }
  unsigned forked() const { return forked_; }

  void reset() override {
    follow(first_);
    first_.reset();
    if (reset_second_) {
      follow(second_);
      second_.reset();
    }
    show();
  }
  void eval(uint64_t now) override {
    now_ = now;
    if (next_ < forks_.size() && now >= forks_[next_]) fork();
    first_.eval(now);
    if (forked_ > 0) second_.eval(now);
  }
  void commit() override {
    first_.commit();
    if (forked_ > 0) second_.commit();
    show();
    if (forked_ > 0) compare();
  }
  bool idle() const override { return first_.idle(); }
  uint64_t wake_at() const override { return first_.wake_at(); }

 private:
  void follow(If& inner) {
    If::zip_ports(inner, static_cast<If&>(*this),
                  [](const char*, auto& in, auto& out) { sim::share_inputs(in, out); });
  }
  void show() {
    If::zip_ports(static_cast<If&>(*this), first_,
                  [](const char*, auto& out, auto& in) { sim::publish(out, in); });
  }
  void fork() {
    while (next_ < forks_.size() && now_ >= forks_[next_]) ++next_;
    const std::vector<uint8_t> image = image_of(first_);
    load_image(second_, image);
    if (forked_++ == 0) follow(second_);
    // What was loaded says the same when it is saved again.
    if (!difference_ && image_of(second_) != image) difference_ = at("image", "", "", "");
    compare();
  }
  std::string at(const std::string& port, const std::string& field, const std::string& found,
                 const std::string& expected) const {
    return "cycle " + std::to_string(now_) + " " + port + "." + field + ": found " + found +
           ", expected " + expected;
  }
  void compare() {
    if (difference_) return;
    If::zip_ports(second_, first_, [&](const char* name, auto& s, auto& f) {
      if (difference_) return;
      if (auto d = sim::port_diff(s, f)) {
        difference_ = at(name + d->suffix, d->field, d->found, d->expected);
      }
    });
    if (difference_) return;
    if (second_.idle() != first_.idle()) difference_ = at("block", "idle", "other", "the same");
    if (second_.wake_at() != first_.wake_at()) {
      difference_ = at("block", "wake_at", std::to_string(second_.wake_at()),
                       std::to_string(first_.wake_at()));
    }
  }

  If& first_;
  If& second_;
  std::vector<uint64_t> forks_;
  size_t next_ = 0;
  unsigned forked_ = 0;
  bool reset_second_ = false;
  std::optional<std::string> difference_;
  uint64_t now_ = 0;
};

template <class If>
::testing::AssertionResult same_life(const Twin<If>& twin, unsigned forks) {
  if (twin.difference()) return ::testing::AssertionFailure() << *twin.difference();
  if (twin.forked() < forks) {
    return ::testing::AssertionFailure()
           << "found " << twin.forked() << " forks, expected " << forks;
  }
  return ::testing::AssertionSuccess();
}

// `count` cycles from `first` up to `end`, in order.
inline std::vector<uint64_t> random_cycles(sim::Random& r, unsigned count, uint64_t first,
                                           uint64_t end) {
  std::vector<uint64_t> cycles;
  for (unsigned i = 0; i < count; ++i) cycles.push_back(first + r.below(end - first));
  std::sort(cycles.begin(), cycles.end());
  return cycles;
}

}  // namespace fp::test
