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
  // Fields that metadata takes as the header is parsed; a state visited later wins.
  struct Keep {
    std::string metadata;  // without "meta."
    const HeaderField* field;
    Yaml where;
  };
  std::vector<Keep> keep{};
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

// A whole container for the program's own use.
struct Metadata {
  std::string name;
  uint8_t bits = 0;  // 8, 16 or 32
  Yaml where;
};

// Fields of instances that exclude each other and lie in the same containers, right-aligned.
struct Same {
  std::vector<FieldRef> fields;
  Yaml where;
};

// What the deparser can remove: first byte removed, first byte kept.
struct Pop {
  std::string name;
  FieldRef from;
  FieldRef to;
  Yaml where;
};

struct Operand {
  enum class Kind { kNumber, kName, kParam, kField, kHash } kind = Kind::kNumber;
  uint64_t number = 0;
  std::string name{};  // kParam: parameter; kName: see value_of_name
  std::optional<FieldRef> field{};
};

struct Statement {
  enum class Op { kSet, kAdd, kSub, kAnd, kOr, kXor } op = Op::kSet;
  FieldRef to;
  Operand from;
  Yaml where;  // of `with`
};

// What an action does with the rows that its table's `state` names.
struct CountUse {
  Yaml where;
};
struct MeterUse {
  bool red_drop = false;
  Yaml where;
};
struct RegisterUse {
  enum class Op { kRead, kWrite, kAdd, kMax, kOr } op = Op::kRead;
  Operand from;  // kNumber is the number 1
  std::optional<FieldRef> to;
  Yaml where;
};

struct Action {
  struct Param {
    std::string name;
    uint8_t bits;  // 8, 16, 32, 48, 64 or 128
  };
  std::string name;
  std::vector<Param> params{};
  std::vector<Statement> body{};
  std::optional<CountUse> count{};
  std::optional<MeterUse> meter{};
  std::optional<RegisterUse> reg{};
  Yaml where;

  const Param* param(const std::string& name) const;
};

// Which row of a stage's state a frame uses.
struct RowChoice {
  enum class Kind { kEntry, kHash, kParam } kind = Kind::kHash;
  std::string param{};  // kParam
  Yaml where;
};

struct CounterState {
  RowChoice row;
  FieldRef bytes;
  Yaml where;
};
struct MeterState {
  RowChoice row;
  FieldRef bytes;
  FieldRef colour;
  bool aware = false;
  Yaml where;
};
struct RegisterState {
  RowChoice row;
  uint32_t size = 0;
  Yaml where;
};

// In the order in which hardware looks: the first kind that hits wins.
enum class TableKind { kTernary, kExact, kLpm };
const char* to_string(TableKind kind);

struct Table {
  std::string name;
  TableKind kind = TableKind::kExact;
  std::vector<FieldRef> key{};
  std::vector<std::string> when{};       // header instances that must be present
  std::optional<std::string> else_of{};  // table above whose stage it shares
  uint32_t size = 0;                     // entries it must hold
  std::vector<std::string> actions{};
  std::optional<std::string> default_action{};  // takes no parameters
  std::optional<CounterState> counter{};
  std::optional<MeterState> meter{};
  std::optional<RegisterState> reg{};
  Yaml where;

  // Its actions and its default, each once, in the order written.
  std::vector<std::string> all_actions() const;
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
  std::vector<Metadata> metadata;
  std::vector<Same> same;
  std::vector<Pop> pops;
  std::vector<Action> actions;
  std::vector<Table> tables;
  std::vector<Checksum> checksums;

  const HeaderType* header(const std::string& name) const;
  const State* state(const std::string& name) const;
  const Action* action(const std::string& name) const;
  const Table* table(const std::string& name) const;
  // The field a reference to a header names; nullptr for metadata. Throws InputError at `ref`.
  const HeaderField* field(const FieldRef& ref) const;

  Program() = default;
  Program(Program&&) = default;
  Program& operator=(Program&&) = default;
  Program(const Program&) = delete;
};

// Reads a program. Throws InputError.
Program load_program(const std::string& file);
Program parse_program(const std::string& text, const std::string& file);

// What a name means as a value of a field of `bits` bits: ports, verdicts, reasons, pops and
// colours, as docs/pipeline-programs.md lists them. Also for keys of entries.
std::optional<uint64_t> value_of_name(const Program& program, const std::string& field,
                                      unsigned bits, const std::string& name);

}  // namespace fp::pipeline
