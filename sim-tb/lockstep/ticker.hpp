// SPDX-License-Identifier: Apache-2.0
//
// Clocks a set of connected blocks: every cycle evaluates and commits those that may change, skips
// the idle ones (block.hpp's contract) and jumps over the time in which all are idle.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "cmodel/common/block.hpp"
#include "sim-tb/lockstep/port_visit.hpp"
#include "sim-tb/lockstep/random.hpp"

namespace fp::sim {

class Ticker {
 public:
  // Adds a block that the caller keeps; ports are connected before the first reset().
  // `extra`: levels besides the block's streams and registers that forbid skipping it while high.
  template <class If>
  void add(If& block, WakeFlags extra = {}) {
    entries_.push_back({&block,
                        [&block, extra = std::move(extra)] {
                          WakeFlags flags = wake_flags_of(block);
                          flags.insert(flags.end(), extra.begin(), extra.end());
                          return flags;
                        },
                        {},
                        false,
                        0});
  }

  void set_skipping(bool on) { skipping_ = on; }
  // Every cycle evaluates and commits in an order of its own; 0 keeps the order of add().
  void set_shuffle(uint64_t seed) {
    shuffle_ = seed != 0;
    random_ = Random(seed);
  }

  // Resets all blocks, in order; the next cycle is `now`.
  void reset(uint64_t now = 0) {
    order_.clear();
    for (Entry& e : entries_) {
      order_.push_back(static_cast<uint32_t>(order_.size()));
      e.block->reset();
    }
    for (Entry& e : entries_) e.flags = e.list_flags();
    now_ = now;
  }

  uint64_t now() const { return now_; }
  uint64_t edges() const { return edges_; }  // clock edges given, over all blocks
  uint64_t edges_of(size_t i) const { return entries_[i].edges; }

  // One cycle at now(), which then is one more.
  void tick() {
    select();
    step();
  }

  // Runs while now() < end and `stop` (asked after every cycle ticked) says false. Jumps to the
  // earliest wake_at when no block has anything to do; returns now().
  uint64_t run_until(uint64_t end, const std::function<bool()>& stop = {}) {
    while (now_ < end) {
      if (!select()) {
        now_ = std::min(end, earliest());
        continue;
      }
      step();
      if (stop && stop()) break;
    }
    return now_;
  }

  // Time and counts; the blocks' state is the caller's to move.
  void checkpoint(StateIo& io) {
    io(now_, edges_, random_);
    for (Entry& e : entries_) io(e.edges);
  }

  // Whether some block needs the clock at now().
  bool busy() { return select(); }

 private:
  struct Entry {
    Block* block;
    std::function<WakeFlags()> list_flags;
    WakeFlags flags;
    bool active;
    uint64_t edges;
  };

  // All choices are made on published state, before any block commits.
  bool select() {
    bool any = false;
    for (Entry& e : entries_) {
      e.active = !skipping_ || !e.block->idle() || now_ >= e.block->wake_at() || flagged(e);
      any = any || e.active;
    }
    return any;
  }
  static bool flagged(const Entry& e) {
    for (const bool* flag : e.flags) {
      if (*flag) return true;
    }
    return false;
  }
  uint64_t earliest() const {
    uint64_t at = kNever;
    for (const Entry& e : entries_) at = std::min(at, e.block->wake_at());
    return at;
  }

  void step() {
    order();
    for (uint32_t i : order_) {
      if (entries_[i].active) entries_[i].block->eval(now_);
    }
    order();
    for (uint32_t i : order_) {
      Entry& e = entries_[i];
      if (!e.active) continue;
      e.block->commit();
      ++e.edges;
      ++edges_;
    }
    ++now_;
  }
  void order() {
    if (!shuffle_) return;
    for (size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random_.below(i)]);
  }

  std::vector<Entry> entries_;
  std::vector<uint32_t> order_;
  bool skipping_ = true;
  bool shuffle_ = false;
  Random random_{1};
  uint64_t now_ = 0;
  uint64_t edges_ = 0;
};

}  // namespace fp::sim
