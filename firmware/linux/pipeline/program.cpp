// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/program.hpp"

#include <algorithm>
#include <bit>
#include <map>

namespace fp::pipeline {

namespace {

template <class T>
const T* by_name(const std::vector<T>& all, const std::string& name) {
  auto it = std::find_if(all.begin(), all.end(), [&](const T& t) { return t.name == name; });
  return it == all.end() ? nullptr : &*it;
}

FieldKind read_kind(const Yaml& y) {
  static const std::map<std::string, FieldKind> kinds = {
      {"decimal", FieldKind::kDecimal}, {"hex", FieldKind::kHex},   {"mac", FieldKind::kMac},
      {"ipv4", FieldKind::kIpv4},       {"ipv6", FieldKind::kIpv6}, {"bool", FieldKind::kBool}};
  auto it = kinds.find(y.text());
  if (it == kinds.end()) y.expected("decimal, hex, mac, ipv4, ipv6 or bool");
  return it->second;
}

// Names are joined by dots, so they hold none; some mean something else.
void check_name(const std::string& name, const Yaml& where,
                std::initializer_list<std::string_view> taken) {
  if (name.empty() || name.find('.') != std::string::npos || name == "*") {
    where.fail(name.empty() ? "an empty name" : name, "a name without dots");
  }
  for (std::string_view t : taken) {
    if (name == t) where.fail(name, "a name other than " + std::string(t));
  }
}

HeaderType read_header(const std::string& name, const Yaml& y) {
  constexpr unsigned kMostBits = 127 * 8;  // parser_action.need counts bytes in 7 bits
  HeaderType header;
  header.name = name;
  for (const Yaml& f : y.items()) {
    f.allow_keys({"name", "bits", "shown", "as"});
    HeaderField field;
    field.name = f.at("name").text();
    check_name(field.name, f.at("name"), {"to"});
    if (header.find(field.name)) f.at("name").fail(field.name + " again", "each field once");
    field.bits = f.at("bits").number(128);
    if (field.bits == 0) f.at("bits").expected("1 to 128");
    field.offset = header.bits;
    if (f.has("shown")) field.shown = f.at("shown").text();
    if (f.has("as")) field.kind = read_kind(f.at("as"));
    if (header.bits + field.bits > kMostBits) {
      y.fail(std::to_string(header.bits + field.bits) + " bits",
             "at most " + std::to_string(kMostBits / 8) + " bytes in a header");
    }
    header.bits += field.bits;
    header.fields.push_back(field);
  }
  if (header.bits == 0 || header.bits % 8 != 0) {
    y.fail(std::to_string(header.bits) + " bits", "whole bytes");
  }
  return header;
}

const HeaderField* need_field(const HeaderType& header, const Yaml& y, const std::string& name) {
  const HeaderField* field = header.find(name);
  if (!field) y.fail(name, "a field of header " + header.name);
  return field;
}

Edge read_edge(const State& state, const Yaml& y) {
  Edge edge{.conditions = {}, .to = Edge::To::kAccept, .target = "", .where = y};
  for (const auto& [key, value] : y.members()) {
    if (key == "to") {
      if (value.is_map()) {
        value.allow_keys({"drop", "slow"});
        const bool slow = value.has("slow");
        if (slow == value.has("drop")) value.expected("either drop or slow with a reason");
        edge.to = slow ? Edge::To::kSlow : Edge::To::kDrop;
        edge.target = value.at(slow ? "slow" : "drop").text();
      } else if (value.text() != "accept") {
        edge.to = Edge::To::kState;
        edge.target = value.text();
      }
      continue;
    }
    const HeaderField* field = need_field(*state.header, value, key);
    if (std::find(state.select.begin(), state.select.end(), field) == state.select.end()) {
      value.fail(key, "a field named in select");
    }
    const uint64_t all = field->bits >= 64 ? UINT64_MAX : (uint64_t{1} << field->bits) - 1;
    Edge::Condition condition{field, 0, all};
    if (value.is_map()) {
      value.allow_keys({"value", "mask"});
      condition.value = value.at("value").number(all);
      condition.mask = value.at("mask").number(all);
    } else {
      condition.value = value.number(all);
    }
    edge.conditions.push_back(condition);
  }
  if (!y.has("to")) y.at("to");  // reports the missing key
  return edge;
}

State read_state(const Program& program, const std::string& name, const Yaml& y) {
  y.allow_keys({"header", "length", "select", "next"});
  State state{.name = name, .where = y};
  state.header = program.header(y.at("header").text());
  if (!state.header) y.at("header").expected("a header defined above");
  state.length_bytes = state.header->bits / 8;
  if (y.has("length")) {
    Yaml length = y.at("length");
    length.allow_keys({"bytes", "field", "unit"});
    state.length_bytes = length.at("bytes").number(255);
    state.length_field = need_field(*state.header, length.at("field"), length.at("field").text());
    const uint64_t unit = length.at("unit").number(128);
    if (!std::has_single_bit(unit)) length.at("unit").expected("a power of two up to 128");
    state.length_unit_log2 = static_cast<uint8_t>(std::countr_zero(unit));
  }
  if (y.has("select")) {
    for (const Yaml& s : y.at("select").items()) {
      state.select.push_back(need_field(*state.header, s, s.text()));
    }
  }
  for (const Yaml& e : y.at("next").items()) state.edges.push_back(read_edge(state, e));
  if (state.edges.empty() || !state.edges.back().conditions.empty()) {
    y.at("next").fail("no alternative without conditions at the end",
                      "one, so that every frame goes somewhere");
  }
  return state;
}

FieldRef read_ref(const Yaml& y) {
  const std::string text = y.text();
  const size_t dot = text.find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == text.size()) {
    y.expected("INSTANCE.FIELD");
  }
  return {text.substr(0, dot), text.substr(dot + 1), y};
}

Action read_action(const std::string& name, const Yaml& y) {
  static const std::map<std::string, Statement::Op> ops = {
      {"set", Statement::Op::kSet}, {"add", Statement::Op::kAdd}, {"sub", Statement::Op::kSub},
      {"and", Statement::Op::kAnd}, {"or", Statement::Op::kOr},   {"xor", Statement::Op::kXor}};
  y.allow_keys({"params", "do"});
  Action action{.name = name, .params = {}, .body = {}, .where = y};
  if (y.has("params")) {
    for (const auto& [param, bits] : y.at("params").members()) {
      const uint64_t n = bits.number(32);
      if (n != 8 && n != 16 && n != 32) bits.expected("8, 16 or 32");
      action.params.push_back({param, static_cast<uint8_t>(n)});
    }
  }
  for (const Yaml& s : y.at("do").items()) {
    const auto members = s.members();
    if (members.size() != 2) s.expected("an operation with its target, and `with`");
    auto op = ops.find(members[0].first);
    if (op == ops.end()) members[0].second.fail(members[0].first, "set, add, sub, and, or or xor");
    Yaml with = s.at("with");
    Operand from;
    const std::string text = with.text();
    if (text[0] == '$') {
      from.kind = Operand::Kind::kParam;
      from.name = text.substr(1);
      if (!by_name(action.params, from.name)) with.expected("a parameter of this action");
    } else if (text.find('.') != std::string::npos) {
      from.kind = Operand::Kind::kField;
      from.field = read_ref(with);
    } else if (text[0] >= '0' && text[0] <= '9') {
      from.number = with.number(UINT32_MAX);
    } else {
      from.kind = Operand::Kind::kName;
      from.name = text;
    }
    action.body.push_back({op->second, read_ref(members[0].second), from, with});
  }
  return action;
}

Table read_table(const Program& program, const std::string& name, const Yaml& y) {
  y.allow_keys({"kind", "key", "when", "size", "actions", "default"});
  if (y.at("kind").text() != "exact") y.at("kind").expected("exact");
  Table table{.name = name, .where = y};
  for (const Yaml& k : y.at("key").items()) {
    FieldRef ref = read_ref(k);
    for (const FieldRef& other : table.key) {
      if (other.name() == ref.name()) k.fail(ref.name() + " again", "each field once");
    }
    table.key.push_back(std::move(ref));
  }
  if (table.key.empty()) y.at("key").expected("at least one field");
  if (y.has("when")) {
    for (const Yaml& w : y.at("when").items()) {
      if (!program.state(w.text())) w.expected("a state of the parse graph");
      table.when.push_back(w.text());
    }
  }
  table.size = static_cast<uint32_t>(y.at("size").number(1u << 20));
  for (const Yaml& a : y.at("actions").items()) {
    if (!program.action(a.text())) a.expected("an action defined above");
    table.actions.push_back(a.text());
  }
  if (y.has("default")) {
    const Action* action = program.action(y.at("default").text());
    if (!action || !action->params.empty())
      y.at("default").expected("an action without parameters");
    table.default_action = action->name;
  }
  return table;
}

}  // namespace

const HeaderField* HeaderType::find(const std::string& field) const {
  return by_name(fields, field);
}
const HeaderType* Program::header(const std::string& n) const { return by_name(headers, n); }
const State* Program::state(const std::string& n) const { return by_name(states, n); }
const Action* Program::action(const std::string& n) const { return by_name(actions, n); }
const Table* Program::table(const std::string& n) const { return by_name(tables, n); }

namespace {

Program read_program(const Yaml& y, const std::string& file) {
  Program program;
  program.file = file;
  y.allow_keys({"program", "headers", "parse", "actions", "tables", "checksums"});
  program.name = y.at("program").text();

  const auto headers = y.at("headers").members();
  program.headers.reserve(headers.size());
  for (const auto& [name, h] : headers) program.headers.push_back(read_header(name, h));

  Yaml parse = y.at("parse");
  parse.allow_keys({"start", "states"});
  const std::string start = parse.at("start").text();
  for (const auto& [name, s] : parse.at("states").members()) {
    check_name(name, s, {"meta", "accept"});
    program.states.push_back(read_state(program, name, s));
  }
  auto first = std::find_if(program.states.begin(), program.states.end(),
                            [&](const State& s) { return s.name == start; });
  if (first == program.states.end()) parse.at("start").expected("a state");
  std::rotate(program.states.begin(), first, first + 1);
  for (const State& state : program.states) {
    for (const Edge& edge : state.edges) {
      if (edge.to == Edge::To::kState && !program.state(edge.target)) {
        edge.where.at("to").expected("a state, accept, or drop/slow with a reason");
      }
    }
  }

  for (const auto& [name, a] : y.at("actions").members()) {
    program.actions.push_back(read_action(name, a));
  }
  for (const auto& [name, t] : y.at("tables").members()) {
    program.tables.push_back(read_table(program, name, t));
  }
  if (y.has("checksums")) {
    for (const Yaml& c : y.at("checksums").items()) {
      c.allow_keys({"field", "covers", "zero_keeps"});
      Checksum checksum{.field = read_ref(c.at("field")), .covers = {}, .where = c};
      for (const Yaml& f : c.at("covers").items()) checksum.covers.push_back(read_ref(f));
      if (c.has("zero_keeps")) checksum.zero_keeps = c.at("zero_keeps").boolean();
      program.checksums.push_back(checksum);
    }
  }
  return program;
}

}  // namespace

Program load_program(const std::string& file) { return read_program(Yaml::load_file(file), file); }

Program parse_program(const std::string& text, const std::string& file) {
  return read_program(Yaml::load_text(text, file), file);
}

}  // namespace fp::pipeline
