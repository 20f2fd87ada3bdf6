// SPDX-License-Identifier: Apache-2.0
//
// The random numbers of tests: the same sequence from the same seed on every machine and library.
#pragma once

#include <cstdint>

#include "cmodel/common/state_io.hpp"

namespace fp::sim {

// Small deterministic generator (xorshift64*); never std::rand, whose sequence is the library's.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ull + 1) {
    for (int i = 0; i < 4; ++i) next();
  }
  uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1dull;
  }
  // 0..n-1, n > 0.
  uint64_t below(uint64_t n) { return (next() >> 16) % n; }
  bool chance(unsigned percent) { return below(100) < percent; }

  void checkpoint(StateIo& io) { io(state_); }

 private:
  uint64_t state_;
};

}  // namespace fp::sim
