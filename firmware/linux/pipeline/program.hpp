// SPDX-License-Identifier: Apache-2.0
//
// A pipeline program as written: headers, parse graph, actions, tables, checksums. Reading checks
// form and names; whether it fits the hardware is the compiler's business (compiler.hpp).
// docs/pipeline-programs.md is the language's reference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firmware/linux/common/yaml.hpp"
#include "firmware/linux/pipeline/field_map.hpp"

namespace fp::pipeline {

using config::InputError;
using config::Yaml;

struct HeaderField {
  std::string name;
  uint16_t bits = 0;
  uint16_t offset = 0;  // bits from the header's first bit
  std::string shown;    // dissector's name, empty when nobody asks for it
  FieldKind kind = FieldKind::kDecimal;
};

struct HeaderType {
  std::string name;
  std::vector<HeaderField> fields;
  uint16_t bits = 0;  // sum; whole bytes

  const HeaderField* find(const std::string& field) const;
};

// One alternative of a state: all conditions hold -> go on.
struct Edge {
  struct Condition {
    const HeaderField* field;
    uint64_t value;
    uint64_t mask;
  };
  std::vector<Condition> conditions;
  enum class To { kState, kAccept, kDrop, kSlow } to = To::kAccept;
  std::string target;  // state name, or reason name for drop and slow
  Yaml where;
};

// A state parses one header instance; the instance carries the state's name.
struct State {
  std::string name;
  const HeaderType* header = nullptr;
  uint16_t length_bytes = 0;                  // fixed part of the header's length
  const HeaderField* length_field = nullptr;  // plus this field ...
  uint8_t length_unit_log2 = 0;               // ... times a power of two bytes
  std::vector<const HeaderField*> select{};
  std::vector<Edge> edges{};  // first that holds wins; the last has no condition
  Yaml where;
};

// A place an action or key names: a field of a header instance, or metadata.
struct FieldRef {
  std::string instance;  // "meta" for metadata
  std::string field;
  Yaml where;

  std::string name() const { return instance + "." + field; }
};

struct Operand {
  enum class Kind { kNumber, kName, kParam, kField } kind = Kind::kNumber;
  uint64_t number = 0;
  std::string name;  // kParam: parameter; kName: a verdict or reason
  std::optional<FieldRef> field;
};

struct Statement {
  enum class Op { kSet, kAdd, kSub, kAnd, kOr, kXor } op = Op::kSet;
  FieldRef to;
  Operand from;
  Yaml where;  // of `with`
};

struct Action {
  struct Param {
    std::string name;
    uint8_t bits;  // 8, 16 or 32
  };
  std::string name;
  std::vector<Param> params;
  std::vector<Statement> body;
  Yaml where;
};

struct Table {
  std::string name;
  std::vector<FieldRef> key{};
  std::vector<std::string> when{};  // header instances that must be present
  uint32_t size = 0;                // entries it must hold
  std::vector<std::string> actions{};
  std::optional<std::string> default_action{};  // takes no parameters
  Yaml where;
};

struct Checksum {
  FieldRef field;
  std::vector<FieldRef> covers;
  bool zero_keeps = false;  // 0 means "no checksum" (UDP over IPv4)
  Yaml where;
};

struct Program {
  std::string name;
  std::string file;
  // Stable addresses: states and edges point into them.
  std::vector<HeaderType> headers;
  std::vector<State> states;  // states[0] is where every frame starts
  std::vector<Action> actions;
  std::vector<Table> tables;
  std::vector<Checksum> checksums;

  const HeaderType* header(const std::string& name) const;
  const State* state(const std::string& name) const;
  const Action* action(const std::string& name) const;
  const Table* table(const std::string& name) const;

  Program() = default;
  Program(Program&&) = default;
  Program& operator=(Program&&) = default;
  Program(const Program&) = delete;
};

// Reads a program. Throws InputError.
Program load_program(const std::string& file);
Program parse_program(const std::string& text, const std::string& file);

}  // namespace fp::pipeline
