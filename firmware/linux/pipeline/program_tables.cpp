// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "contract/common.hpp"
#include "contract/reasons.hpp"
#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/phv_layout.hpp"
#include "firmware/linux/pipeline/program_read.hpp"

namespace fp::pipeline {

FieldRef read_ref(const Yaml& y) {
  const std::string text = y.text();
  const size_t dot = text.find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == text.size()) {
    y.expected("INSTANCE.FIELD");
  }
  return {text.substr(0, dot), text.substr(dot + 1), y};
}

bool is_builtin_meta(const std::string& name) { return builtin_meta(name).has_value(); }

const char* to_string(TableKind kind) {
  switch (kind) {
    case TableKind::kTernary:
      return "ternary";
    case TableKind::kExact:
      return "exact";
    case TableKind::kLpm:
      return "lpm";
  }
  return "?";
}

const Action::Param* Action::param(const std::string& n) const { return by_name(params, n); }

std::vector<std::string> Table::all_actions() const {
  std::vector<std::string> all;
  const auto add = [&](const std::string& a) {
    if (std::find(all.begin(), all.end(), a) == all.end()) all.push_back(a);
  };
  for (const std::string& a : actions) add(a);
  if (default_action) add(*default_action);
  return all;
}

std::optional<uint64_t> value_of_name(const Program& program, const std::string& field,
                                      unsigned bits, const std::string& name) {
  if (field == "meta.verdict") {
    for (rmt::Verdict v : {rmt::Verdict::kDrop, rmt::Verdict::kForward, rmt::Verdict::kSlow}) {
      if (name == rmt::to_string(v)) return static_cast<uint64_t>(v);
    }
    return std::nullopt;
  }
  if (field == "meta.reason") {
    for (const ReasonInfo& r : kReasons) {
      if (r.block == std::string_view("rmt") && r.name == name) {
        return static_cast<uint8_t>(r.reason);
      }
    }
    return std::nullopt;
  }
  if (field == "meta.out_port" || field == "meta.in_port") {
    if (name == "multicast") return rmt::kOutMulticast;
    using common::PortId;
    for (PortId p : {PortId::kP0, PortId::kP1, PortId::kP2, PortId::kP3, PortId::kToe, PortId::kCpu,
                     PortId::kVf, PortId::kRecirc}) {
      if (name == common::to_string(p)) return static_cast<uint64_t>(p);
    }
    return std::nullopt;
  }
  if (field == "meta.pop") {
    for (size_t i = 0; i < program.pops.size(); ++i) {
      if (program.pops[i].name == name) return i + 1;
    }
    return std::nullopt;
  }
  if (bits != 8) return std::nullopt;
  for (rmt::Colour c : {rmt::Colour::kGreen, rmt::Colour::kYellow, rmt::Colour::kRed}) {
    if (name == rmt::to_string(c)) return static_cast<uint64_t>(c);
  }
  return std::nullopt;
}

namespace {

Operand read_operand(const Action& action, const Yaml& with) {
  Operand from;
  const std::string text = with.text();
  if (text[0] == '$') {
    from.kind = Operand::Kind::kParam;
    from.name = text.substr(1);
    if (!action.param(from.name)) with.expected("a parameter of this action");
  } else if (text.find('.') != std::string::npos) {
    from.kind = Operand::Kind::kField;
    from.field = read_ref(with);
  } else if (text[0] >= '0' && text[0] <= '9') {
    from.number = with.number(UINT32_MAX);
  } else if (text == "hash") {
    from.kind = Operand::Kind::kHash;
  } else {
    from.kind = Operand::Kind::kName;
    from.name = text;
  }
  return from;
}

void read_count(Action& action, const Yaml& s) {
  s.allow_keys({"count"});
  if (s.at("count").text() != "frame") s.at("count").expected("frame");
  if (action.count) s.at("count").fail("count again", "it once in an action");
  action.count = CountUse{s.at("count")};
}

void read_meter(Action& action, const Yaml& s) {
  s.allow_keys({"meter", "red"});
  if (s.at("meter").text() != "frame") s.at("meter").expected("frame");
  if (action.meter) s.at("meter").fail("meter again", "it once in an action");
  action.meter = MeterUse{.red_drop = false, .where = s.at("meter")};
  if (s.has("red")) {
    const std::string red = s.at("red").text();
    if (red != "drop" && red != "keep") s.at("red").expected("drop or keep");
    action.meter->red_drop = red == "drop";
  }
}

void read_register(Action& action, const Yaml& s) {
  static const std::map<std::string, RegisterUse::Op> ops = {{"read", RegisterUse::Op::kRead},
                                                             {"write", RegisterUse::Op::kWrite},
                                                             {"add", RegisterUse::Op::kAdd},
                                                             {"max", RegisterUse::Op::kMax},
                                                             {"or", RegisterUse::Op::kOr}};
  s.allow_keys({"register", "with", "to"});
  const Yaml y = s.at("register");
  const auto op = ops.find(y.text());
  if (op == ops.end()) y.expected("read, write, add, max or or");
  if (action.reg) y.fail("register again", "it once in an action");
  action.reg = RegisterUse{.op = op->second, .from = {}, .to = {}, .where = y};
  action.reg->from.number = 1;
  if (s.has("with")) {
    const Yaml with = s.at("with");
    if (op->second == RegisterUse::Op::kRead) with.expected("nothing: a read has no operand");
    action.reg->from = read_operand(action, with);
    const Operand& from = action.reg->from;
    const bool one = from.kind == Operand::Kind::kNumber && from.number == 1;
    if (!one && from.kind != Operand::Kind::kParam && from.kind != Operand::Kind::kField) {
      with.expected("1, a 32-bit field or a 32-bit parameter");
    }
    if (from.kind == Operand::Kind::kParam && action.param(from.name)->bits != 32) {
      with.expected("a parameter of 32 bits");
    }
  }
  if (s.has("to")) action.reg->to = read_ref(s.at("to"));
  if (op->second == RegisterUse::Op::kRead && !s.has("to")) s.expected("`to`: where a read goes");
}

void read_statement(Action& action, const Yaml& s) {
  static const std::map<std::string, Statement::Op> ops = {
      {"set", Statement::Op::kSet}, {"add", Statement::Op::kAdd}, {"sub", Statement::Op::kSub},
      {"and", Statement::Op::kAnd}, {"or", Statement::Op::kOr},   {"xor", Statement::Op::kXor}};
  if (s.has("count")) return read_count(action, s);
  if (s.has("meter")) return read_meter(action, s);
  if (s.has("register")) return read_register(action, s);
  const auto members = s.members();
  if (members.size() != 2) s.expected("an operation with its target, and `with`");
  auto op = ops.find(members[0].first);
  if (op == ops.end()) {
    members[0].second.fail(members[0].first,
                           "set, add, sub, and, or, xor, count, meter or register");
  }
  const Yaml with = s.at("with");
  const Operand from = read_operand(action, with);
  action.body.push_back({op->second, read_ref(members[0].second), from, with});
}

// --- tables ------------------------------------------------------------------------------------

RowChoice read_row(const Yaml& y, bool entry_allowed) {
  const std::string text = y.text();
  if (text == "hash") return {RowChoice::Kind::kHash, "", y};
  if (text == "entry" && entry_allowed) return {RowChoice::Kind::kEntry, "", y};
  if (text.size() > 1 && text[0] == '$') return {RowChoice::Kind::kParam, text.substr(1), y};
  y.expected(entry_allowed ? "entry, hash or $parameter" : "hash or $parameter");
}

void read_state(Table& table, const Yaml& y) {
  y.allow_keys({"counter", "meter", "register"});
  if (y.has("counter")) {
    const Yaml c = y.at("counter");
    c.allow_keys({"row", "bytes"});
    table.counter = CounterState{read_row(c.at("row"), true), read_ref(c.at("bytes")), c};
  }
  if (y.has("meter")) {
    const Yaml m = y.at("meter");
    m.allow_keys({"row", "colour", "aware", "bytes"});
    table.meter = MeterState{read_row(m.at("row"), false), read_ref(m.at("bytes")),
                             read_ref(m.at("colour")), false, m};
    if (table.meter->colour.instance != "meta") m.at("colour").expected("a metadata field");
    if (m.has("aware")) table.meter->aware = m.at("aware").boolean();
  }
  if (y.has("register")) {
    const Yaml r = y.at("register");
    r.allow_keys({"row", "size"});
    table.reg = RegisterState{read_row(r.at("row"), false), rmt::kRegisterRows, r};
    if (r.has("size")) {
      table.reg->size = static_cast<uint32_t>(r.at("size").number(1u << 20));
      if (table.reg->size == 0 || table.reg->size > rmt::kRegisterRows) {
        r.at("size").fail(std::to_string(table.reg->size) + " registers",
                          "1 to " + std::to_string(rmt::kRegisterRows) + " in a stage");
      }
      if (table.reg->row.kind == RowChoice::Kind::kHash && table.reg->size != rmt::kRegisterRows) {
        r.at("size").fail(std::to_string(table.reg->size) + " registers",
                          std::to_string(rmt::kRegisterRows) + ": the hash reaches all");
      }
    }
  }
}

// The state that an action of the table uses must be there, with its row's parameter.
void check_uses(const Table& table, const Action& action, const Yaml& at) {
  const auto check = [&](bool used, const RowChoice* row, const char* what) {
    if (!used) return;
    if (row == nullptr) {
      at.fail("action " + action.name + " with a " + what,
              "state." + std::string(what) + " in table " + table.name);
    }
    if (row->kind != RowChoice::Kind::kParam) return;
    const Action::Param* p = action.param(row->param);
    if (p == nullptr || p->bits != 16) {
      row->where.fail("$" + row->param,
                      "a 16-bit parameter of action " + action.name + ", which uses the " + what);
    }
  };
  check(action.count.has_value(), table.counter ? &table.counter->row : nullptr, "counter");
  check(action.meter.has_value(), table.meter ? &table.meter->row : nullptr, "meter");
  check(action.reg.has_value(), table.reg ? &table.reg->row : nullptr, "register");
}

void read_else_of(const Program& program, Table& table, const Yaml& y) {
  const Table* first = program.table(y.text());
  if (!first) y.expected("a table defined above");
  for (const Table& t : program.tables) {
    if (t.else_of == first->name) {
      y.fail(first->name + " again", "else_of " + t.name + ", which is looked at after it");
    }
  }
  if (first->kind >= table.kind) {
    y.fail(std::string(to_string(table.kind)) + " table after " + to_string(first->kind) +
               " table " + first->name,
           "the hardware's order ternary, exact, lpm");
  }
  table.else_of = first->name;
  for (const Table* t = first; t != nullptr;
       t = t->else_of ? program.table(*t->else_of) : nullptr) {
    if (t->default_action && table.default_action) {
      y.fail("a default here and one of table " + t->name,
             "one default for tables joined by else_of");
    }
  }
}

}  // namespace

Action read_action(const std::string& name, const Yaml& y) {
  y.allow_keys({"params", "do"});
  Action action{.name = name, .where = y};
  if (y.has("params")) {
    for (const auto& [param, bits] : y.at("params").members()) {
      const uint64_t n = bits.number(128);
      if (n != 8 && n != 16 && n != 32 && n != 48 && n != 64 && n != 128) {
        bits.expected("8, 16, 32, 48, 64 or 128");
      }
      action.params.push_back({param, static_cast<uint8_t>(n)});
    }
  }
  for (const Yaml& s : y.at("do").items()) read_statement(action, s);
  return action;
}

Table read_table(const Program& program, const std::string& name, const Yaml& y) {
  static const std::map<std::string, TableKind> kinds = {
      {"exact", TableKind::kExact}, {"ternary", TableKind::kTernary}, {"lpm", TableKind::kLpm}};
  y.allow_keys({"kind", "key", "when", "else_of", "size", "actions", "default", "state"});
  const auto kind = kinds.find(y.at("kind").text());
  if (kind == kinds.end()) y.at("kind").expected("exact, ternary or lpm");
  Table table{.name = name, .kind = kind->second, .where = y};
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
  if (y.has("state")) read_state(table, y.at("state"));
  for (const Yaml& a : y.at("actions").items()) {
    const Action* action = program.action(a.text());
    if (!action) a.expected("an action defined above");
    check_uses(table, *action, a);
    table.actions.push_back(a.text());
  }
  if (y.has("default")) {
    const Action* action = program.action(y.at("default").text());
    if (!action || !action->params.empty())
      y.at("default").expected("an action without parameters");
    check_uses(table, *action, y.at("default"));
    table.default_action = action->name;
  }
  if (y.has("else_of")) read_else_of(program, table, y.at("else_of"));
  return table;
}

}  // namespace fp::pipeline
