// SPDX-License-Identifier: Apache-2.0
//
// Exact latency percentiles: one count per value, no sampling, no bins.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "cmodel/common/state_io.hpp"

namespace fp::stats {

class LatencyCounts {
 public:
  // `cycles`: one frame's latency.
  void add(uint64_t cycles) {
    ++total_;
    if (cycles < kDirect) {
      ++direct_[cycles];
    } else {
      ++rare_[cycles];
    }
  }

  uint64_t total() const { return total_; }

  // The smallest latency that at least `percent` % of the frames do not exceed (nearest rank), so
  // 100 is the maximum. `total()` must not be 0.
  uint64_t percentile(unsigned percent) const {
    const uint64_t rank = total_ / 100 * percent + (total_ % 100 * percent + 99) / 100;
    uint64_t seen = 0;
    for (uint64_t i = 0; i < kDirect; ++i) {
      seen += direct_[i];
      if (seen >= rank && seen > 0) return i;
    }
    for (const auto& [cycles, count] : rare_) {
      seen += count;
      if (seen >= rank) return cycles;
    }
    return 0;
  }

  void checkpoint(StateIo& io) { io(direct_, rare_, total_); }

 private:
  static constexpr uint64_t kDirect = 4096;  // longer ones are rare enough for a tree
  std::vector<uint64_t> direct_ = std::vector<uint64_t>(kDirect, 0);
  std::map<uint64_t, uint64_t> rare_;
  uint64_t total_ = 0;
};

}  // namespace fp::stats
