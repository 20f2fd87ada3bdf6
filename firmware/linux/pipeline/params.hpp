// SPDX-License-Identifier: Apache-2.0
//
// Where an action's parameters lie in the 128 bits of action data of an entry.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "firmware/linux/pipeline/program.hpp"

namespace fp::pipeline {

// One aligned run of bits: a parameter longer than 32 bits is cut like a field, 32 bits first.
struct ParamPart {
  unsigned bit;   // lowest bit in the action data
  unsigned bits;  // 8, 16 or 32
};

struct ParamLayout {
  std::map<std::string, std::vector<ParamPart>> parts;  // most significant first
};

// `fixed`: half word of parameters that name a row of the stage's state; `taken`: a half word that
// belongs to nobody's parameter, or -1. Nothing when the action data does not suffice.
std::optional<ParamLayout> layout_params(const Action& action,
                                         const std::map<std::string, unsigned>& fixed, int taken);

}  // namespace fp::pipeline
