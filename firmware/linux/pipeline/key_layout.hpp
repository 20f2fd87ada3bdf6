// SPDX-License-Identifier: Apache-2.0
//
// The 320-bit key of a stage: which selector brings which container, and where the bits of each
// table's key fields lie in it.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/exact_placement.hpp"
#include "firmware/linux/pipeline/phv_layout.hpp"

namespace fp::pipeline {

// A key field's run of bits inside the key.
struct KeyPart {
  unsigned key_bit;    // lowest bit in the key
  unsigned value_bit;  // lowest bit in the field's value
  unsigned bits;
  uint8_t container;
  uint8_t lsb;
};

struct KeyField {
  std::string name;
  unsigned bits;
  std::vector<KeyPart> parts;  // least significant first
};

// What does not fit: "found X, expected Y", and where that is said when it is one table's doing.
struct Misfit {
  std::string found;
  std::string expected;
  std::optional<Yaml> at{};
};

class KeyLayout {
 public:
  KeyLayout() = default;
  // `tables` share a stage. A longest-prefix table sees the first selectors only, so it comes
  // first. Sets `misfit` when the selectors do not suffice. Throws InputError for fields that do
  // not exist or that name a container's bits twice in one key.
  KeyLayout(const PhvLayout& layout, std::span<const Table* const> tables,
            std::optional<Misfit>& misfit);

  const std::vector<KeyField>& fields(const Table& table) const { return fields_.at(&table); }
  // Key bits of one table.
  Key mask(const Table& table) const;
  void set_selectors(rmt::KeyCfg& cfg) const;

 private:
  std::optional<unsigned> select(unsigned container, TableKind kind);

  std::map<const Table*, std::vector<KeyField>> fields_;
  std::vector<unsigned> chosen_[3];  // containers by width: 8, 16, 32 bits
};

void set_key_bits(Key& words, unsigned lsb, unsigned bits, uint32_t value);

}  // namespace fp::pipeline
