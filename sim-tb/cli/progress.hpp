// SPDX-License-Identifier: Apache-2.0
//
// How far a long run is, for people: a line on stderr that rewrites itself on a terminal, and lines
// one below the other elsewhere when they were asked for.
#pragma once

#include <chrono>
#include <cstdint>

namespace fp::cli {

class Progress {
 public:
  // `frames`: input frames of the whole run. `always`: also when stderr is no terminal.
  Progress(uint64_t frames, bool always);

  // After `cycle` cycles, `seen` frames have come in. Shown at most five times a second on a
  // terminal, once a second elsewhere.
  void show(uint64_t cycle, uint64_t seen);
  // Clears the line.
  void end();

 private:
  using Clock = std::chrono::steady_clock;
  const uint64_t frames_;
  const bool terminal_, shown_;
  const Clock::time_point start_;
  Clock::time_point last_;
};

}  // namespace fp::cli
