// SPDX-License-Identifier: Apache-2.0
//
// Test-bench ends of a stream: a source that offers a given list of payloads with idle cycles in
// between, and a sink that records what it takes while pushing back.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "cmodel/common/block.hpp"
#include "cmodel/common/ports.hpp"
#include "sim-tb/lockstep/random.hpp"

namespace fp::sim {

// When an end pauses. Percent: each cycle by chance. On/off: `on` active cycles, then `off` paused.
struct StallPattern {
  unsigned percent = 0;
  unsigned on = 0;
  unsigned off = 0;

  bool pauses(uint64_t cycle, Random& random) const {
    if (on + off > 0 && cycle % (on + off) >= on) return true;
    return percent > 0 && random.chance(percent);
  }
};

// The rows and columns of the stimulus matrix: none, some, mostly, in bursts.
inline constexpr StallPattern kNoStalls{};
inline constexpr StallPattern kSomeStalls{30, 0, 0};
inline constexpr StallPattern kMostlyStalled{85, 0, 0};
inline constexpr StallPattern kBurstStalls{0, 11, 7};

template <class T>
class StreamSource final : public Block {
 public:
  Tx<T> out;

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("out", a.out, b.out);
  }

  StreamSource(std::vector<T> items, StallPattern pattern, uint64_t seed)
      : items_(std::move(items)), pattern_(pattern), seed_(seed), random_(seed) {}

  void push(T item) { items_.push_back(std::move(item)); }
  size_t sent() const { return sent_; }  // payloads taken by the consumer
  bool done() const { return sent_ == items_.size(); }

  // Offers the list from its start again.
  void reset() override {
    out.valid = false;
    valid_ = false;
    sent_ = 0;
    random_ = Random(seed_);
  }
  void eval(uint64_t now) override {
    fired_ = out.fires();
    valid_ = out.valid && !fired_;
    const size_t next = sent_ + (fired_ ? 1 : 0);
    if (!valid_ && next < items_.size()) valid_ = !pattern_.pauses(now, random_);
  }
  void commit() override {
    if (fired_) ++sent_;
    if (valid_ && (!out.valid || fired_)) out.data = items_[sent_];
    out.valid = valid_;
  }
  bool idle() const override { return done(); }
  uint64_t wake_at() const override { return kNever; }

 private:
  std::vector<T> items_;
  StallPattern pattern_;
  uint64_t seed_;
  Random random_;
  size_t sent_ = 0;
  bool valid_ = false;
  bool fired_ = false;
};

template <class T>
class StreamSink final : public Block {
 public:
  Rx<T> in;

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("in", a.in, b.in);
  }

  StreamSink(StallPattern pattern, uint64_t seed) : pattern_(pattern), seed_(seed), random_(seed) {}

  const std::vector<T>& taken() const { return taken_; }
  const std::vector<uint64_t>& cycles() const { return cycles_; }  // of each payload taken

  void reset() override {
    in.ready = false;
    fired_ = false;
    taken_.clear();
    cycles_.clear();
    random_ = Random(seed_);
  }
  void eval(uint64_t now) override {
    fired_ = in.fires();
    if (fired_) {
      taken_.push_back(*in.data);
      cycles_.push_back(now);
    }
    ready_ = !pattern_.pauses(now, random_);
  }
  void commit() override { in.ready = ready_; }
  // A sink that never pauses keeps its ready up and may be skipped; another one changes it.
  bool idle() const override { return in.ready && pattern_.percent == 0 && pattern_.off == 0; }
  uint64_t wake_at() const override { return kNever; }

 private:
  StallPattern pattern_;
  uint64_t seed_;
  Random random_;
  std::vector<T> taken_;
  std::vector<uint64_t> cycles_;
  bool ready_ = false;
  bool fired_ = false;
};

}  // namespace fp::sim
