// SPDX-License-Identifier: Apache-2.0
//
// What every kind of table gives for a key: the action and its data.
#pragma once

#include <array>
#include <cstdint>

#include "contract/rmt.hpp"

namespace fp::rmt {

inline constexpr unsigned kKeyWords = kKeyBits / 32;
using Key = std::array<uint32_t, kKeyWords>;  // first selector at bit 0
using Params = std::array<uint32_t, kParamWords>;

struct Hit {
  Params params{};
  uint8_t action = 0;
};

}  // namespace fp::rmt
