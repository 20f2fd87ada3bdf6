// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace fp::cli {

Progress::Progress(uint64_t frames, bool always)
    : frames_(frames),
      terminal_(isatty(STDERR_FILENO) != 0),
      shown_(terminal_ || always),
      start_(Clock::now()),
      last_(start_) {}

void Progress::show(uint64_t cycle, uint64_t seen) {
  if (!shown_) return;
  const auto now = Clock::now();
  if (now - last_ < std::chrono::milliseconds(terminal_ ? 200 : 1000)) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double part = frames_ == 0 ? 0.0 : static_cast<double>(seen) / static_cast<double>(frames_);
  const std::string left =
      part > 0 ? fmt::format(", {:.0f} s left", seconds * (1 - part) / part) : "";
  const std::string line =
      fmt::format("{:3.0f}%  {} of {} frames, cycle {}, {:.0f} cycles/s{}", 100 * part, seen,
                  frames_, cycle, static_cast<double>(cycle) / seconds, left);
  std::fprintf(stderr, terminal_ ? "\r\033[K  %s" : "progress: %s\n", line.c_str());
}

void Progress::end() {
  if (terminal_) std::fputs("\r\033[K", stderr);
}

}  // namespace fp::cli
