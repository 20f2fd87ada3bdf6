// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/program.hpp"

#include <algorithm>
#include <bit>
#include <map>

#include "firmware/linux/pipeline/program_read.hpp"

namespace fp::pipeline {

namespace {

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
  y.allow_keys({"header", "length", "select", "keep", "next"});
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
  if (y.has("keep")) {
    for (const auto& [name, field] : y.at("keep").members()) {
      if (!name.starts_with("meta.")) field.fail(name, "meta.NAME");
      state.keep.push_back({name.substr(5), need_field(*state.header, field, field.text()), field});
    }
  }
  for (const Yaml& e : y.at("next").items()) state.edges.push_back(read_edge(state, e));
  if (state.edges.empty() || !state.edges.back().conditions.empty()) {
    y.at("next").fail("no alternative without conditions at the end",
                      "one, so that every frame goes somewhere");
  }
  return state;
}

void read_metadata(Program& program, const Yaml& y) {
  for (const Yaml& m : y.items()) {
    m.allow_keys({"name", "bits"});
    Metadata meta{.name = m.at("name").text(), .where = m};
    check_name(meta.name, m.at("name"), {});
    if (is_builtin_meta(meta.name)) m.at("name").fail(meta.name, "a name that is not built in");
    if (by_name(program.metadata, meta.name)) {
      m.at("name").fail(meta.name + " again", "each name once");
    }
    const uint64_t bits = m.at("bits").number(32);
    if (bits != 8 && bits != 16 && bits != 32) m.at("bits").expected("8, 16 or 32");
    meta.bits = static_cast<uint8_t>(bits);
    program.metadata.push_back(meta);
  }
}

void read_same(Program& program, const Yaml& y) {
  for (const Yaml& s : y.items()) {
    Same same{.fields = {}, .where = s};
    for (const Yaml& f : s.items()) same.fields.push_back(read_ref(f));
    if (same.fields.size() < 2) s.expected("two fields or more");
    program.same.push_back(same);
  }
}

void read_pops(Program& program, const Yaml& y) {
  for (const auto& [name, p] : y.members()) {
    check_name(name, p, {});
    p.allow_keys({"from", "to"});
    program.pops.push_back({name, read_ref(p.at("from")), read_ref(p.at("to")), p});
  }
}

}  // namespace

const HeaderField* HeaderType::find(const std::string& field) const {
  return by_name(fields, field);
}
const HeaderType* Program::header(const std::string& n) const { return by_name(headers, n); }
const State* Program::state(const std::string& n) const { return by_name(states, n); }
const Action* Program::action(const std::string& n) const { return by_name(actions, n); }
const Table* Program::table(const std::string& n) const { return by_name(tables, n); }

const HeaderField* Program::field(const FieldRef& ref) const {
  if (ref.instance == "meta") return nullptr;
  const State* s = state(ref.instance);
  if (!s) ref.where.fail(ref.instance, "a state of the parse graph, or meta");
  const HeaderField* f = s->header->find(ref.field);
  if (!f) ref.where.fail(ref.field, "a field of header " + s->header->name);
  return f;
}

namespace {

Program read_program(const Yaml& y, const std::string& file) {
  Program program;
  program.file = file;
  y.allow_keys({"program", "headers", "parse", "metadata", "same", "pops", "actions", "tables",
                "checksums"});
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

  if (y.has("metadata")) read_metadata(program, y.at("metadata"));
  if (y.has("same")) read_same(program, y.at("same"));
  if (y.has("pops")) read_pops(program, y.at("pops"));
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
