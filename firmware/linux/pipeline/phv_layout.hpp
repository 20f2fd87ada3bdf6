// SPDX-License-Identifier: Apache-2.0
//
// Gives every header field that somebody uses a place in the packet header vector.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
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
  // an action refers to one of them; fields of `same` do share theirs. Throws InputError when the
  // containers do not suffice or `same` cannot be.
  explicit PhvLayout(const Program& program);

  // Units of an instance that are extracted, in header order.
  const std::vector<Placed>& units(const std::string& instance) const {
    return placed_.at(instance);
  }

  // Metadata containers that take a unit beside its own home: a later state may overwrite them.
  const std::vector<Placed>& kept(const std::string& instance) const { return kept_.at(instance); }

  // The containers that hold a field, most significant part first. Throws InputError at `ref` when
  // there is no such field.
  std::vector<FieldPart> parts(const FieldRef& ref) const;

  // No frame holds both instances.
  bool exclusive(const std::string& a, const std::string& b) const;
  // A frame may hold `a` and, somewhere behind it, `b`.
  bool precedes(const std::string& a, const std::string& b) const {
    return reach_.at(a).count(b) != 0;
  }

 private:
  struct FieldUnit {
    Unit unit;
    uint8_t lsb;   // of the field's bits in the unit
    uint8_t bits;  // of the field
  };
  using UnitName = std::pair<std::string, uint16_t>;  // instance, offset

  std::vector<FieldUnit> units_of_field(const FieldRef& ref) const;
  void pin_all();
  void join(const Same& same);
  void place_metadata();
  void place(const State& state);
  uint8_t take(const State& state, const Unit& unit, bool alone);
  std::optional<uint8_t> keeper(const State& state, const Unit& unit, bool& overwritten) const;

  const Program& program_;
  std::map<std::string, std::vector<Placed>> placed_;
  std::map<std::string, std::vector<Placed>> kept_;
  std::vector<std::vector<std::string>> occupants_;  // by container id
  std::vector<bool> private_;
  std::map<std::string, std::set<std::string>> reach_;  // state -> states after it
  std::set<std::string> pinned_;                        // fields a key or an action names
  std::map<UnitName, int> class_of_;                    // units that `same` joins
  std::map<int, int> class_home_;                       // class -> container
  std::map<std::string, uint8_t> metadata_;
};

// The units of a header type, used or not.
std::vector<Unit> units_of(const HeaderType& header, const Yaml& where);

// Container of a built-in metadata field.
std::optional<uint8_t> builtin_meta(const std::string& field);

// 8, 16 or 32.
unsigned container_bits(unsigned container);

}  // namespace fp::pipeline
