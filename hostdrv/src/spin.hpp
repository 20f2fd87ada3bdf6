// SPDX-License-Identifier: Apache-2.0
//
// Bounded, adaptive spinning before a sleep. A wake-up across cores costs about 40 us, so a short
// wait is cheaper awake; but on a core that others need, spinning only keeps the other side from
// running, so a spin that fails shortens the next one.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>

namespace flatproxy {

class Spinner {
 public:
  explicit Spinner(uint32_t most_us = 0)
      : most_ns_(int64_t{alone() ? 0 : most_us} * 1000), now_ns_(most_ns_) {}

  bool enabled() const { return most_ns_ != 0; }

  // Calls `ready` until it answers true (then true) or the time is up.
  template <class Ready>
  bool spin(Ready ready) {
    if (most_ns_ == 0) return false;
    int64_t budget = now_ns_;
    if (budget < most_ns_ / kShortest) {
      // Gave up: now and then a full try finds out whether times have changed.
      if (++skipped_ % kRetryEvery != 0) return false;
      budget = most_ns_;
    }
    const auto end = Clock::now() + std::chrono::nanoseconds(budget);
    do {
      if (ready()) {
        now_ns_ = most_ns_;
        return true;
      }
    } while (Clock::now() < end);
    now_ns_ /= 2;
    return false;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr int64_t kShortest = 8;
  static constexpr uint32_t kRetryEvery = 16;

  // One core: whoever we wait for cannot run while we spin.
  static bool alone() {
    static const bool one = sysconf(_SC_NPROCESSORS_ONLN) <= 1;
    return one;
  }

  int64_t most_ns_;
  int64_t now_ns_;
  uint32_t skipped_ = 0;
};

}  // namespace flatproxy
