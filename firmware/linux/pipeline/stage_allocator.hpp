// SPDX-License-Identifier: Apache-2.0
//
// Finds a stage for everything that wants one: a search over the sets that a stage may hold.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace fp::pipeline {

// Sets of items are bit masks; at most 32 items.
struct StageProblem {
  std::vector<uint32_t> after{};  // item -> items that must be in an earlier stage
  // Whether a set of items may share a stage. A subset of a set that may, may too. Asked with sets
  // of items of which any two may.
  std::function<bool(uint32_t set)> fits{};
};

// A stage below `stages` for every item, or nothing when there is no placement. Deterministic;
// earlier items get earlier stages where there is a choice.
std::optional<std::vector<unsigned>> allocate(const StageProblem& problem, unsigned stages);

// The longest sequence of items each of which must come after the one before; empty when `after`
// has a cycle.
std::vector<unsigned> longest_chain(const StageProblem& problem);

// Items of which no two may share a stage and no placement may merge; found greedily.
std::vector<unsigned> crowd(const StageProblem& problem);

}  // namespace fp::pipeline
