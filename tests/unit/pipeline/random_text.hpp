// SPDX-License-Identifier: Apache-2.0
//
// Random pipeline programs as text, with frames that walk them and entries that some frames hit.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim-tb/lockstep/random.hpp"
#include "tests/unit/pipeline/program_interp.hpp"

namespace fp::pipeline::test {

class RandomText {
 public:
  explicit RandomText(sim::Random& random) : random_(random) { write(); }

  const std::string& text() const { return text_; }

  // Headers a, then b or c, then d or e, some bytes behind them. Few values, so that they repeat.
  std::vector<uint8_t> frame() const {
    std::vector<uint8_t> f;
    const auto header = [&](unsigned bytes) {
      const auto sel = static_cast<uint8_t>(random_.below(8) < 7 ? 1 + random_.below(2) : 0);
      f.push_back(sel);
      for (unsigned i = 1; i < bytes; ++i) {
        f.push_back(random_.chance(60) ? 0 : static_cast<uint8_t>(random_.below(4)));
      }
      return sel;
    };
    if (const unsigned second = header(kBytesA); second != 0) {
      if (header(second == 1 ? kBytesB : kBytesC) != 0) header(kBytesD);
    }
    for (int i = 0; i < 20; ++i) f.push_back(static_cast<uint8_t>(random_.next() >> 20));
    return f;
  }

  // Entries for every table; values are those of some frame, or near them.
  std::vector<Entry> entries(const Program& program,
                             const std::vector<std::vector<uint8_t>>& frames) {
    std::vector<Entry> out;
    const Extras none;
    ProgramInterp interp(program, out, none);
    for (const Table& t : program.tables) {
      const unsigned n = static_cast<unsigned>(random_.below(t.size + 1));
      for (unsigned i = 0; i < n; ++i) {
        Entry e;
        e.table = t.name;
        e.where = t.name + "#" + std::to_string(i);
        e.action = t.actions[random_.below(t.actions.size())];
        if (t.kind == TableKind::kTernary) e.priority = static_cast<uint32_t>(random_.below(4));
        const auto& frame = frames[random_.below(frames.size())];
        for (const FieldRef& k : t.key) key(program, interp, t, k, frame, e);
        for (const Action::Param& p : program.action(e.action)->params) {
          e.params[p.name] = param(p);
        }
        out.push_back(std::move(e));
      }
    }
    return out;
  }

  Extras extras(const Program& program) const {
    Extras x;
    for (const Table& t : program.tables) {
      if (!t.meter) continue;
      for (unsigned row = 0; row < kRows; ++row) {
        rmt::MeterCfg cfg;
        cfg.cbs = static_cast<uint32_t>(random_.below(3000));
        cfg.pbs = cfg.cbs + static_cast<uint32_t>(random_.below(3000));
        if (random_.chance(80)) x.meters.push_back({t.name, row, cfg, "meters"});
      }
    }
    return x;
  }

 private:
  static constexpr unsigned kBytesA = 11, kBytesB = 25, kBytesC = 13, kBytesD = 8;
  static constexpr unsigned kRows = 5;  // rows that parameters name

  struct Named {
    std::string name;
    unsigned bits;
  };

  const Named& pick(const std::vector<Named>& from) const {
    return from[random_.below(from.size())];
  }

  const std::vector<Named>& targets() const {
    static const std::vector<Named> all = {
        {"a.f8", 8},          {"a.len", 16},      {"a.m48", 48},    {"b.x16", 16},
        {"b.y32", 32},        {"b.addr", 128},    {"c.x16", 16},    {"c.y32", 32},
        {"c.addr", 32},       {"d.u8", 8},        {"e.u8", 8},      {"d.v16", 16},
        {"e.v16", 16},        {"d.w32", 32},      {"e.w32", 32},    {"meta.m8", 8},
        {"meta.m16", 16},     {"meta.m32", 32},   {"meta.n32", 32}, {"meta.queue", 8},
        {"meta.out_port", 8}, {"meta.group", 16}, {"meta.edit", 8}, {"meta.recirc", 32}};
    return all;
  }

  std::string of_bits(unsigned bits) const {
    for (;;) {
      const Named& n = pick(targets());
      if (n.bits == bits) return n.name;
    }
  }

  static std::string quote(const std::vector<std::string>& all) {
    std::string out;
    for (const std::string& s : all) out += (out.empty() ? "" : ", ") + s;
    return "[" + out + "]";
  }

  // One action of a table; `counts` and so on say which state it may use.
  void action(const std::string& name, bool with_params, bool counts, bool meters, bool registers,
              const std::string& counter_row, const std::string& colour, std::string& out) {
    std::map<std::string, unsigned> params;
    std::vector<std::string> body;
    std::set<std::string> written{colour};
    const auto free = [&](const std::string& field) {
      const auto same = same_.find(field);
      return written.insert(same == same_.end() ? field : same->second).second;
    };
    if (counts && random_.chance(70)) {
      body.push_back("{count: frame}");
      if (counter_row[0] == '$') params["rc"] = 16;
    }
    if (meters && with_params && random_.chance(70)) {
      body.push_back(random_.chance(50) ? "{meter: frame, red: drop}" : "{meter: frame}");
      params["rm"] = 16;
    }
    if (registers && with_params && random_.chance(70)) {
      static const char* ops[] = {"read", "write", "add", "max", "or"};
      const std::string op = ops[random_.below(5)];
      std::string s = "{register: " + op;
      if (op != "read" && random_.chance(70)) {
        s += ", with: ";
        if (random_.chance(50)) {
          s += of_bits(32);
        } else {
          s += "$x32";
          params["x32"] = 32;
        }
      }
      const std::string to = of_bits(32);
      if (free(to) && (op == "read" || random_.chance(60))) {
        s += ", to: " + to;
      } else if (op == "read") {
        s.clear();
      }
      if (!s.empty()) {
        body.push_back(s + "}");
        params["rr"] = 16;
      } else {
        params.erase("x32");
      }
    }
    const unsigned n = static_cast<unsigned>(random_.below(4));
    for (unsigned i = 0; i < n; ++i) {
      if (random_.chance(10) && free("meta.verdict")) {
        body.push_back("{set: meta.verdict, with: forward}");
        continue;
      }
      if (random_.chance(5) && free("meta.pop")) {
        body.push_back("{set: meta.pop, with: cut}");
        continue;
      }
      const Named& to = pick(targets());
      if (!free(to.name)) continue;
      static const char* ops[] = {"set", "and", "or", "xor", "add", "sub"};
      const std::string op = ops[random_.below(to.bits <= 32 ? 6 : 4)];
      std::string with;
      if (random_.chance(30)) {
        with = of_bits(to.bits);
      } else if (with_params && to.bits <= 48 && random_.chance(50)) {
        const std::string p = "p" + std::to_string(i);
        params[p] = to.bits;
        with = "$" + p;
      } else {
        with = std::to_string(random_.below(random_.chance(70) ? 4 : 256));
      }
      body.push_back("{" + op + ": " + to.name + ", with: " + with + "}");
    }
    out += "  " + name + ":\n";
    if (!params.empty()) {
      out += "    params: {";
      for (const auto& [p, bits] : params) {
        out += (p == params.begin()->first ? "" : ", ") + p + ": " + std::to_string(bits);
      }
      out += "}\n";
    }
    out += "    do:" + std::string(body.empty() ? " []" : "") + "\n";
    for (const std::string& s : body) out += "      - " + s + "\n";
  }

  void write() {
    text_ =
        "program: random\nheaders:\n"
        "  ta: [{name: sel, bits: 8}, {name: f8, bits: 8}, {name: len, bits: 16}, {name: m48, "
        "bits: "
        "48}, {name: p4, bits: 4}, {name: q4, bits: 4}]\n"
        "  tb: [{name: sel, bits: 8}, {name: x16, bits: 16}, {name: y32, bits: 32}, {name: addr, "
        "bits: 128}, {name: p4, bits: 4}, {name: q12, bits: 12}]\n"
        "  tc: [{name: sel, bits: 8}, {name: x16, bits: 16}, {name: y32, bits: 32}, {name: addr, "
        "bits: 32}, {name: p4, bits: 4}, {name: q12, bits: 12}]\n"
        "  td: [{name: sel, bits: 8}, {name: u8, bits: 8}, {name: v16, bits: 16}, {name: w32, "
        "bits: "
        "32}]\n"
        "parse:\n  start: a\n  states:\n"
        "    a: {header: ta, select: [sel], next: [{sel: 1, to: b}, {sel: 2, to: c}, {to: "
        "accept}]}\n"
        "    b: {header: tb, select: [sel], next: [{sel: 1, to: d}, {sel: 2, to: e}, {to: "
        "accept}]}\n"
        "    c: {header: tc, select: [sel], next: [{sel: 1, to: d}, {sel: 2, to: e}, {to: "
        "accept}]}\n"
        "    d: {header: td, next: [{to: accept}]}\n"
        "    e: {header: td, next: [{to: accept}]}\n"
        "metadata: [{name: m8, bits: 8}, {name: m16, bits: 16}, {name: m32, bits: 32}, {name: n32, "
        "bits: 32}]\n"
        "pops: {cut: {from: a.m48, to: b.x16}}\n";
    std::string same;
    for (const auto& [x, y] :
         std::vector<std::pair<std::string, std::string>>{{"b.addr", "c.addr"},
                                                          {"c.x16", "b.x16"},
                                                          {"b.y32", "c.y32"},
                                                          {"b.sel", "c.sel"},
                                                          {"d.u8", "e.u8"},
                                                          {"d.v16", "e.v16"},
                                                          {"e.w32", "d.w32"},
                                                          {"b.q12", "c.q12"}}) {
      if (!random_.chance(60)) continue;
      same += "  - [" + x + ", " + y + "]\n";
      same_[x] = x;
      same_[y] = x;
    }
    if (!same.empty()) text_ += "same:\n" + same;

    std::string actions, tables;
    const unsigned n = 1 + static_cast<unsigned>(random_.below(7));
    std::string last;  // table that else_of may name
    unsigned last_kind = 0;
    for (unsigned t = 0; t < n; ++t) {
      const std::string name = "t" + std::to_string(t);
      unsigned kind = static_cast<unsigned>(random_.below(3));
      const bool joined = !last.empty() && last_kind < 2 && random_.chance(30);
      if (joined) kind = last_kind + 1 + static_cast<unsigned>(random_.below(2 - last_kind));
      static const char* kinds[] = {"ternary", "exact", "lpm"};
      const bool count = random_.chance(30), meter = random_.chance(20), reg = random_.chance(25);
      const std::string row = random_.chance(60) ? "entry" : "$rc";
      const std::string colour = random_.chance(50) ? "meta.m8" : "meta.queue";
      const bool otherwise = !joined && random_.chance(40);
      std::vector<std::string> names;
      for (unsigned i = 0; i < 1 + random_.below(3); ++i) {
        names.push_back(name + "_a" + std::to_string(i));
        action(names.back(), true, count, meter, reg, row, meter ? colour : "", actions);
      }
      if (otherwise) {
        action(name + "_d", false, count && row == "entry", false, false, row, "", actions);
      }
      tables += "  " + name + ":\n    kind: " + kinds[kind] + "\n    key: " + key_fields(kind) +
                "\n    size: " + std::to_string(4 + random_.below(20)) +
                "\n    actions: " + quote(names) + "\n";
      if (joined) tables += "    else_of: " + last + "\n";
      static const char* instances[] = {"a", "b", "c", "d", "e"};
      if (random_.chance(60)) {
        tables += "    when: [" + std::string(instances[random_.below(5)]) + "]\n";
      }
      if (otherwise) tables += "    default: " + name + "_d\n";
      if (count || meter || reg) tables += "    state:\n";
      const std::string bytes = random_.chance(50) ? "a.len" : "meta.m16";
      if (count) tables += "      counter: {row: " + row + ", bytes: " + bytes + "}\n";
      if (meter) {
        tables += "      meter: {row: $rm, colour: " + colour + ", bytes: " + bytes +
                  (random_.chance(30) ? ", aware: true" : "") + "}\n";
      }
      if (reg) tables += "      register: {row: $rr, size: " + std::to_string(kRows) + "}\n";
      last = name;
      last_kind = kind;
    }
    text_ += "actions:\n" + actions + "tables:\n" + tables;
  }

  std::string key_fields(unsigned kind) {
    static const std::vector<Named> any = {
        {"a.f8", 8},       {"a.len", 16},  {"a.m48", 48},  {"a.p4", 4},        {"b.addr", 128},
        {"b.q12", 12},     {"c.addr", 32}, {"b.x16", 16},  {"c.y32", 32},      {"d.u8", 8},
        {"e.v16", 16},     {"d.w32", 32},  {"meta.m8", 8}, {"meta.m16", 16},   {"meta.m32", 32},
        {"meta.queue", 8}, {"b.sel", 8},   {"c.sel", 8},   {"meta.in_port", 8}};
    static const std::vector<Named> wide = {{"a.len", 16},   {"b.x16", 16},    {"c.y32", 32},
                                            {"d.w32", 32},   {"meta.m16", 16}, {"meta.m32", 32},
                                            {"b.addr", 128}, {"c.addr", 32},   {"b.q12", 12}};
    std::vector<std::string> names;
    const unsigned n = 1 + static_cast<unsigned>(random_.below(3));
    std::set<std::string> taken;
    while (names.size() < n) {
      const std::string name = pick(kind == 2 ? wide : any).name;
      const auto same = same_.find(name);
      if (taken.insert(same == same_.end() ? name : same->second).second) names.push_back(name);
    }
    return quote(names);
  }

  uint64_t param(const Action::Param& p) const {
    if (p.name[0] == 'r') return random_.below(kRows);
    const uint64_t v = random_.chance(70) ? random_.below(4) : random_.next();
    return p.bits == 64 ? v : v & ((uint64_t{1} << p.bits) - 1);
  }

  void key(const Program& program, ProgramInterp& interp, const Table& t, const FieldRef& k,
           const std::vector<uint8_t>& frame, Entry& e) const {
    FieldRef ref = k;
    // The shorter field of the same containers.
    if (ref.name() == "b.addr" && same_.count("b.addr") != 0 && random_.chance(50)) {
      ref = {"c", "addr", k.where};
    }
    const bool prefixed = t.kind == TableKind::kLpm && k.name() == t.key.back().name();
    if (!prefixed && random_.chance(t.kind == TableKind::kTernary ? 30 : 8)) return;
    const unsigned bits = interp.width(ref);
    std::vector<uint8_t> value((bits + 7) / 8);
    if (ref.instance == "meta") {
      value.back() = static_cast<uint8_t>(random_.below(3));
    } else if (const auto seen = interp.parsed_value(frame, ref)) {
      value = *seen;
      if (random_.chance(10)) value.back() ^= 1;
    }
    KeyValue v(value);
    if (t.kind == TableKind::kTernary && random_.chance(60)) {
      std::vector<uint8_t> mask;
      for (size_t i = 0; i < value.size(); ++i) {
        mask.push_back(random_.chance(50) ? 0 : static_cast<uint8_t>(random_.below(256)));
      }
      if (bits % 8 != 0) mask[0] &= static_cast<uint8_t>((1u << bits % 8) - 1);
      v.mask = mask;
    }
    if (prefixed && random_.chance(80)) v.prefix = static_cast<unsigned>(random_.below(bits + 1));
    e.key[ref.name()] = v;
    (void)program;
  }

  sim::Random& random_;
  std::string text_;
  std::map<std::string, std::string> same_;
};

}  // namespace fp::pipeline::test
