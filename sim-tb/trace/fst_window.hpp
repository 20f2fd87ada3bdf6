// SPDX-License-Identifier: Apache-2.0
//
// Which cycles of a Verilated block go into an FST file, and who can record them. A window can be
// asked for at any time before its first cycle; a window in the past needs a second run, which
// gives the same bytes (the simulator is deterministic).
#pragma once

#include <cstdint>
#include <string>

namespace fp::sim {

// Cycles [first, end); 1 ns in the file is one cycle, so a time read off the viewer is `now`.
struct FstWindow {
  std::string path;
  uint64_t first = 0;
  uint64_t end = 0;

  bool contains(uint64_t now) const { return now >= first && now < end; }
};

// A block whose signals can be recorded.
class Traceable {
 public:
  virtual ~Traceable() = default;

  // Records `window` into its file; replaces an earlier window, whose file is closed. Cycles that
  // the platform skips (idle) leave no samples. The file exists only if a cycle of it was ticked.
  virtual void trace(const FstWindow& window) = 0;

  // Closes the file now; the destructor does so as well.
  virtual void end_trace() = 0;
};

}  // namespace fp::sim
