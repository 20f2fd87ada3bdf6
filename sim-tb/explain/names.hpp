// SPDX-License-Identifier: Apache-2.0
//
// A pipeline program's names for what lies in a header vector.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/field_map.hpp"
#include "firmware/linux/pipeline/phv_layout.hpp"
#include "firmware/linux/pipeline/program.hpp"

namespace fp::explain {

// "rmt.acl" for the code of a drop or slow verdict; the number where the code has no name.
std::string reason_name(uint8_t code);

class Names {
 public:
  // `program` must outlive it.
  explicit Names(const pipeline::Program& program);

  struct Value {
    std::string field;  // "ipv4.dst", "meta.bd"
    std::string text;
    bool operator==(const Value&) const = default;
  };

  // The value of a table's key field. Where its header is absent but one that shares its containers
  // (`same`) is there, that one's name; absent without one: nothing.
  std::optional<Value> key_value(const pipeline::FieldRef& field, uint32_t hdr_valid,
                                 const rmt::Phv& phv) const;

  // Fields of headers that are there, and metadata, that differ: {before, after}, in the program's
  // order.
  std::vector<std::pair<Value, Value>> changes(uint32_t hdr_valid, const rmt::Phv& before,
                                               const rmt::Phv& after) const;

 private:
  struct Named {
    std::string name;
    int header = -1;  // -1: metadata
    pipeline::Field field;
  };
  bool present(const Named& n, uint32_t hdr_valid) const {
    return n.header < 0 || (hdr_valid >> n.header & 1) != 0;
  }
  const Named* find(const std::string& name) const;
  static std::string text(const Named& n, const rmt::Phv& phv);

  const pipeline::Program& program_;
  std::vector<Named> named_;
};

}  // namespace fp::explain
