// SPDX-License-Identifier: Apache-2.0
//
// What the RMT lockstep tests share: the pair of RTL and model, a program with matching frames.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "Vrtl_rmt_x.h"
#include "cmodel/rmt/rmt_model.hpp"
#include "sim-tb/lockstep/lockstep.hpp"
#include "sim-tb/rtl_adapters/rmt_rtl.hpp"
#include "tests/unit/rmt/random_match.hpp"
#include "tests/unit/rmt/rmt_bench.hpp"
#include "tests/unit/rmt/scoreboard.hpp"

namespace fp::rmt::test {

using Pair = sim::Lockstep<RmtIf>;

// By default RTL with assertions; Vrtl_rmt, without, is faster.
template <class Top = Vrtl_rmt_x>
std::unique_ptr<Pair> make_pair_of(const sim::RtlOptions& options = {}) {
  return std::make_unique<Pair>(std::make_unique<RmtRtl<Top>>(options),
                                std::make_unique<RmtModel>());
}

inline ::testing::AssertionResult agrees(const Pair& pair) {
  if (!pair.diverged()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << pair.difference()->text();
}

// Loads the rows of `program` that are not empty: enough when the tables are still as after reset.
inline void load_few(RmtBench& bench, const RmtProgram& program, unsigned bank) {
  program.for_each_row([&](unsigned table, unsigned index, const uint32_t* words) {
    if (std::all_of(words, words + reg::kTblDataCount, [](uint32_t w) { return w == 0; })) return;
    bench.load_row(table, bank, index, words);
  });
}

// Frames that walk `program`, tagged by their index, spread over the inputs.
inline std::vector<Frame> random_frames(sim::Random& r, const Program& program, size_t count) {
  std::vector<Frame> frames;
  for (size_t i = 0; i < count; ++i) {
    frames.push_back(random_frame(r, program));
    frames.back().tag = static_cast<uint32_t>(i);
  }
  return frames;
}

}  // namespace fp::rmt::test
