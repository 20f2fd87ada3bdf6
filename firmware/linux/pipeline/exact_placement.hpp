// SPDX-License-Identifier: Apache-2.0
//
// Finds a row for every key of a 4-way exact-match table, each key having one candidate row a way.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "contract/rmt.hpp"

namespace fp::pipeline {

using Key = std::array<uint32_t, rmt::kKeyBits / 32>;

// CRC-32C (RFC 3720 section 12.1: Castagnoli, reflected, initial and final inversion) of the key's
// 40 bytes, bits 7:0 of word 0 first.
uint32_t crc32c(const Key& key);

// Row of `key` in way `way`, below ExactRows.
uint32_t exact_row(const Key& key, unsigned way);

// Table index (way * ExactRows + row) for every key, all different; or nothing when no placement
// exists. An augmenting-path matching, so it finds one whenever there is one.
std::optional<std::vector<uint16_t>> place_exact(std::span<const Key> keys);

}  // namespace fp::pipeline
