// SPDX-License-Identifier: Apache-2.0
//
// Turns a pipeline program and its table entries into row images for the RMT's tables, or says why
// it does not fit. Nothing about packet formats is known here: only containers, extractors, TCAM
// entries, stages and their sizes (rtl/rmt/rmt.yaml).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/field_map.hpp"
#include "firmware/linux/pipeline/program.hpp"

namespace fp::pipeline {

// Value of a key field: big-endian bytes, as long as the field (a part of a byte is right-aligned
// in its byte).
struct KeyValue {
  std::vector<uint8_t> value;
  std::optional<std::vector<uint8_t>> mask{};  // ternary; without: all bits
  std::optional<unsigned> prefix{};            // longest prefix, bits; without: all

  KeyValue() = default;
  KeyValue(std::vector<uint8_t> bytes) : value(std::move(bytes)) {}  // NOLINT: a value
  KeyValue(std::initializer_list<uint8_t> bytes) : value(bytes) {}   // NOLINT: a value
  static KeyValue masked(std::vector<uint8_t> bytes, std::vector<uint8_t> mask) {
    KeyValue v(std::move(bytes));
    v.mask = std::move(mask);
    return v;
  }
  static KeyValue prefixed(std::vector<uint8_t> bytes, unsigned length) {
    KeyValue v(std::move(bytes));
    v.prefix = length;
    return v;
  }
};

// Value of a parameter, up to 128 bits.
class ParamValue {
 public:
  ParamValue() = default;
  ParamValue(uint64_t value) : value_(value) {}  // NOLINT: a value
  // Big-endian bytes, at most 16.
  explicit ParamValue(std::span<const uint8_t> bytes) {
    for (const uint8_t b : bytes) value_ = value_ << 8 | b;
  }

  bool fits(unsigned bits) const { return bits >= 128 || value_ >> bits == 0; }
  // Takes the low `bits` (at most 32) off.
  uint32_t take(unsigned bits) {
    const auto low = static_cast<uint32_t>(value_ & ((uint64_t{1} << bits) - 1));
    value_ >>= bits;
    return low;
  }
  unsigned __int128 value() const { return value_; }
  // Its low 64 bits.
  uint64_t low() const { return static_cast<uint64_t>(value_); }

 private:
  unsigned __int128 value_ = 0;
};

// One table entry by names. A key field left out counts as zero in an exact key and for nothing in
// a ternary one. A field of `same` may stand for the key's.
struct Entry {
  std::string table;
  std::map<std::string, KeyValue> key;  // "instance.field" -> value
  std::string action;
  std::map<std::string, ParamValue> params;
  std::string where;      // who asked for it, for messages: "network.yaml:12: streams[0]"
  uint32_t priority = 0;  // ternary: the smaller wins, then the earlier
};

// What a configuration says beside entries. `where` as in Entry.
struct EditRow {
  uint32_t index;  // 1 .. NumEdits - 1
  rmt::EgressEdit edit;
  std::string where;
};
struct GroupRow {
  uint32_t index;  // below NumGroups
  rmt::McastGroup group;
  std::string where;
};
struct MeterRow {
  std::string table;
  uint32_t index;  // below MeterRows
  rmt::MeterCfg cfg;
  std::string where;
};
struct Extras {
  std::vector<EditRow> edits{};
  std::vector<GroupRow> groups{};
  std::vector<MeterRow> meters{};
};

// One row of one hardware table, least significant word first.
struct Row {
  uint8_t table;
  uint16_t index;
  std::vector<uint32_t> words;
};

struct Image {
  // The rows of a bank that are not zero, in writing order; every other row of the bank is zero
  // (bank.hpp sees to that).
  std::vector<Row> rows;
  FieldMap fields;

  // What tools need to explain a stage.
  struct EntryInfo {
    std::vector<uint16_t> rows;           // of the hardware table of the table's kind
    std::string where;                    // Entry::where
    std::optional<uint16_t> counter_row;  // when it counts by entry
  };
  struct TableInfo {
    std::string name;
    TableKind kind = TableKind::kExact;
    std::vector<std::string> key;      // field names
    std::vector<std::string> actions;  // with the default
    std::vector<EntryInfo> entries;    // in the order given
  };
  struct Stage {
    std::vector<TableInfo> tables;     // in the order hardware looks at them
    std::vector<std::string> actions;  // by instruction index
    std::optional<std::string> default_action;
    std::optional<uint16_t> default_counter_row;

    // The tables' names, joined by "|".
    std::string name() const;
  };
  std::vector<Stage> stages;         // by stage number
  std::vector<std::string> headers;  // instance name by header id
};

// Throws InputError naming the program's line, or the entry's origin, with the numbers that do not
// fit. Deterministic.
Image compile(const Program& program, std::span<const Entry> entries, const Extras& extras = {});

}  // namespace fp::pipeline
