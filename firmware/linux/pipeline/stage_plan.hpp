// SPDX-License-Identifier: Apache-2.0
//
// Which tables share a stage, and what a stage needs of the hardware: selectors, hash, state rows,
// action data.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "firmware/linux/pipeline/key_layout.hpp"
#include "firmware/linux/pipeline/params.hpp"
#include "firmware/linux/pipeline/table_uses.hpp"

namespace fp::pipeline {

struct StagePlan {
  std::vector<const Table*> tables;  // in the order hardware looks at them
  KeyLayout key;
  Key hash_mask{};                            // key bits under the stage's hash and its exact table
  std::vector<std::string> actions;           // by instruction index
  std::map<std::string, ParamLayout> params;  // by action
  std::optional<std::string> default_action{};  // of the tables together
  rmt::StateCfg state{};
  int counter_half = -1;  // half word that holds an entry's counter row
  std::map<const Table*, unsigned> first_counter_row;  // tables that count by entry
  unsigned default_counter_row = 0;

  unsigned action_index(const std::string& action) const;
};

// A stage for every table. Throws InputError saying what does not fit. Deterministic.
std::vector<StagePlan> plan_stages(const Program& program, const PhvLayout& layout);

}  // namespace fp::pipeline
