// SPDX-License-Identifier: Apache-2.0
//
// Runs a hart under a debugger: breakpoints, watchpoints and single steps. The hart retires the
// same instructions in the same cycles as with Hart::run(); nothing is written into its memory.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "cmodel/riscv/hart.hpp"

namespace fp::gdb {

// Kinds of the protocol's Z packets, by their number.
enum class Point : uint8_t { kSoftware = 0, kHardware = 1, kWrite = 2, kRead = 3, kAccess = 4 };

// Why the core stands still.
struct Stop {
  enum class Why : uint8_t { kAttach, kPoint, kStep, kInterrupt, kCrash };
  Why why = Why::kAttach;
  Point point = Point::kSoftware;  // kPoint: which
  uint32_t addr = 0;               // a watchpoint's: first byte that was touched and is watched
};

// One thread.
class RunLoop {
 public:
  // Breakpoints and watchpoints there may be, together: each costs every instruction something.
  static constexpr size_t kMaxPoints = 1024;

  explicit RunLoop(riscv::Hart& hart) : hart_(hart) {}

  // `bytes`: length of a watched range, at least 1; breakpoints ignore it. False: no room, or
  // nothing to watch. Setting one twice counts once.
  bool insert(Point point, uint32_t addr, uint32_t bytes);
  // False: there is none.
  bool remove(Point point, uint32_t addr, uint32_t bytes);
  void clear();

  struct Outcome {
    std::optional<Stop> stop;
    bool over = false;  // Hart::run() would have returned: budget, bus access or sleep
  };
  // Executes until a stop, or until Hart::run(cycles) would have returned. `step`: one instruction
  // or trap is a stop.
  Outcome run(uint64_t cycles, bool step);

 private:
  struct Watch {
    uint32_t addr;
    uint32_t bytes;
    Point point;
    bool operator==(const Watch&) const = default;
  };
  struct Access {
    uint32_t addr;
    unsigned bytes;
    bool read;
    bool write;
  };

  std::optional<Access> next_access() const;
  std::optional<Stop> touched(const Access& access) const;

  riscv::Hart& hart_;
  std::set<std::pair<uint32_t, Point>> breakpoints_;
  std::vector<Watch> watches_;
};

}  // namespace fp::gdb
