// SPDX-License-Identifier: Apache-2.0
//
// Gives every header field that somebody uses a place in the packet header vector.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "firmware/linux/pipeline/program.hpp"

namespace fp::pipeline {

// 8, 16 or 32 consecutive bits of a header that share a container.
struct Unit {
  uint16_t offset;  // bits from the header's first bit; a multiple of 8
  uint8_t bits;
};

// A unit's home.
struct Placed {
  Unit unit;
  uint8_t container;  // container id
};

class PhvLayout {
 public:
  // Two instances that never occur in one frame may share containers, except where a table key or
  // an action refers to one of them. Throws InputError when the containers do not suffice.
  explicit PhvLayout(const Program& program);

  // Units of an instance that are extracted, in header order.
  const std::vector<Placed>& units(const std::string& instance) const {
    return placed_.at(instance);
  }

  // The containers that hold a field, most significant part first. Throws InputError at `ref` when
  // there is no such field.
  std::vector<FieldPart> parts(const FieldRef& ref) const;

 private:
  void place(const State& state, const std::set<std::string>& pinned);

  const Program& program_;
  std::map<std::string, std::vector<Placed>> placed_;
  std::vector<std::vector<std::string>> occupants_;  // by container id
  std::vector<bool> private_;
  std::map<std::string, std::set<std::string>> reach_;  // state -> states after it
};

// The units of a header type, used or not.
std::vector<Unit> units_of(const HeaderType& header, const Yaml& where);

// 8-bit container of a metadata field, or -1.
int meta_container(const std::string& field);

}  // namespace fp::pipeline
