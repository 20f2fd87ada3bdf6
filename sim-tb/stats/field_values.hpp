// SPDX-License-Identifier: Apache-2.0
//
// Header fields of a parse report as JSON, written as `tshark -T json` writes them, so that a run's
// fields can be compared with another dissector's.
#pragma once

#include <string>
#include <vector>

#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/field_map.hpp"

namespace fp::stats {

class FieldWriter {
 public:
  // Keeps a copy of the map, with repeated names gathered.
  explicit FieldWriter(pipeline::FieldMap map);

  // Appends a JSON object with every field whose header is valid: a string, or an array of strings,
  // outermost first, for a name that is present more than once.
  void append_json(uint32_t hdr_valid, const rmt::Phv& phv, std::string& out) const;

 private:
  struct Group {
    std::string name;
    std::vector<size_t> fields;  // indices into map_, in header order
  };
  pipeline::FieldMap map_;
  std::vector<Group> groups_;
};

// Appends the field's value as text. Up to 128 bits (addresses), 64 for numbers.
void append_value(const pipeline::Field& field, const rmt::Phv& phv, std::string& out);

}  // namespace fp::stats
