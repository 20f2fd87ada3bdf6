// SPDX-License-Identifier: Apache-2.0
//
// What a table reads and writes: from this follows which tables must come after which.
#pragma once

#include <set>
#include <string>

#include "firmware/linux/pipeline/phv_layout.hpp"

namespace fp::pipeline {

struct TableUses {
  std::set<unsigned> reads;   // containers: key, operands, lengths, colours
  std::set<unsigned> writes;  // containers
  bool hash = false;          // an action or a row number takes the key's hash

  // Applied in the other order, the two would leave something else.
  bool conflicts(const TableUses& other) const;
};

// Throws InputError for fields that do not exist.
TableUses uses_of(const Program& program, const PhvLayout& layout, const Table& table);

// No frame has the headers of both `when` lists.
bool exclusive(const PhvLayout& layout, const Table& a, const Table& b);

// The single whole container a field is. Throws InputError when it is not.
unsigned whole_container(const PhvLayout& layout, const FieldRef& ref);
// The whole containers a field is, most significant first. Throws InputError when it is not.
std::vector<unsigned> whole_containers(const PhvLayout& layout, const FieldRef& ref);

}  // namespace fp::pipeline
