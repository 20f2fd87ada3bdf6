// SPDX-License-Identifier: Apache-2.0
//
// Turns a pipeline program and its table entries into row images for the RMT's tables, or says why
// it does not fit. Nothing about packet formats is known here: only containers, extractors, TCAM
// entries, stages and their sizes (rtl/rmt/rmt.yaml).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "firmware/linux/pipeline/field_map.hpp"
#include "firmware/linux/pipeline/program.hpp"

namespace fp::pipeline {

// One table entry by names. Values are big-endian bytes, as long as the field (a part of a byte is
// right-aligned in its byte). A key field left out counts as zero.
struct Entry {
  std::string table;
  std::map<std::string, std::vector<uint8_t>> key;  // "instance.field" -> value
  std::string action;
  std::map<std::string, uint64_t> params;
  std::string where;  // who asked for it, for messages: "network.yaml:12: streams[0]"
};

// One row of one hardware table, least significant word first.
struct Row {
  uint8_t table;
  uint16_t index;
  std::vector<uint32_t> words;
};

struct Image {
  std::vector<Row> rows;  // everything the shadow bank needs, in writing order
  FieldMap fields;
  struct Stage {
    std::string table;
    std::vector<std::string> actions;  // by instruction index
  };
  std::vector<Stage> stages;         // by stage number
  std::vector<std::string> headers;  // instance name by header id
};

// Throws InputError naming the program's line, or the entry's origin, with the numbers that do not
// fit. Deterministic.
Image compile(const Program& program, std::span<const Entry> entries);

}  // namespace fp::pipeline
