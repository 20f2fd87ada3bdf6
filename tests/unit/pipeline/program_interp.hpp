// SPDX-License-Identifier: Apache-2.0
//
// What a pipeline program means, taken from its text alone (docs/pipeline-programs.md): no
// containers, selectors, stages or buckets. Fields are bits of headers; `same` makes bits one.
// Knows neither checksums nor hashes, and lets no time pass for meters.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "contract/reasons.hpp"
#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/compiler.hpp"

namespace fp::pipeline::test {

__extension__ typedef unsigned __int128 Wide;

// A bit of a header or of metadata: the instance ("meta.NAME" for metadata) and its number.
using BitName = std::pair<std::string, unsigned>;

struct InterpState {
  std::map<std::pair<std::string, std::string>, std::pair<uint64_t, uint64_t>> counter;
  std::map<std::pair<std::string, unsigned>, std::pair<uint64_t, uint64_t>> tokens;
  std::map<std::pair<std::string, unsigned>, uint32_t> reg;
};

class ProgramInterp {
 public:
  ProgramInterp(const Program& program, const std::vector<Entry>& entries, const Extras& extras)
      : program_(program), entries_(entries), extras_(extras) {
    for (const Same& s : program.same) {
      for (const FieldRef& a : s.fields) join(s.fields[0], a);
    }
  }

  struct Result {
    std::map<std::string, uint64_t> meta;
    std::vector<uint8_t> bytes;
    std::map<std::string, std::string> hit;  // table -> entry's `where`, or "default"
  };

  Result run(const std::vector<uint8_t>& frame, uint8_t port, InterpState& live) {
    parse(frame, port);
    Result out;
    for (size_t t = 0; t < program_.tables.size(); ++t) {
      if (program_.tables[t].else_of) continue;
      std::vector<const Table*> chain{&program_.tables[t]};
      for (const Table& u : program_.tables) {
        if (u.else_of == chain.back()->name) chain.push_back(&u);
      }
      apply(chain, live, out);
    }
    for (const std::string& m : meta_names()) {
      out.meta[m] = static_cast<uint64_t>(read({"meta", m, program_.tables[0].where}));
    }
    out.bytes = deparse(frame);
    return out;
  }

  // Value of a field of the frame as parsed; nothing when its header is not there.
  std::optional<std::vector<uint8_t>> parsed_value(const std::vector<uint8_t>& frame,
                                                   const FieldRef& ref) {
    parse(frame, 0);
    if (ref.instance != "meta" && offset_.count(ref.instance) == 0) return std::nullopt;
    return to_bytes(read(ref), width(ref));
  }

  static std::vector<uint8_t> to_bytes(Wide v, unsigned bits) {
    std::vector<uint8_t> out((bits + 7) / 8);
    for (size_t i = out.size(); i-- > 0; v >>= 8) out[i] = static_cast<uint8_t>(v);
    return out;
  }
  static Wide to_wide(const std::vector<uint8_t>& bytes) {
    Wide v = 0;
    for (const uint8_t b : bytes) v = v << 8 | b;
    return v;
  }

  unsigned width(const FieldRef& ref) const {
    if (ref.instance != "meta") return program_.state(ref.instance)->header->find(ref.field)->bits;
    for (const Metadata& m : program_.metadata) {
      if (m.name == ref.field) return m.bits;
    }
    if (ref.field == "group" || ref.field == "entropy") return 16;
    return ref.field == "recirc" ? 32 : 8;
  }

 private:
  std::vector<std::string> meta_names() const {
    std::vector<std::string> names = {"in_port", "out_port", "verdict", "reason",  "queue",
                                      "edit",    "pop",      "group",   "entropy", "recirc"};
    for (const Metadata& m : program_.metadata) names.push_back(m.name);
    return names;
  }

  // --- bits ------------------------------------------------------------------------------------

  // Bit `i` of a field's value, 0 the least significant.
  BitName bit(const FieldRef& ref, unsigned i) const {
    if (ref.instance == "meta") return {"meta." + ref.field, i};
    const HeaderField& f = *program_.state(ref.instance)->header->find(ref.field);
    return root({ref.instance, f.offset + f.bits - 1 - i});
  }
  BitName root(BitName b) const {
    for (auto it = joined_.find(b); it != joined_.end(); it = joined_.find(b)) b = it->second;
    return b;
  }
  void join(const FieldRef& a, const FieldRef& b) {
    for (unsigned i = 0; i < std::min(width(a), width(b)); ++i) {
      const BitName x = bit(a, i), y = bit(b, i);
      if (x != y) joined_[y] = x;
    }
  }

  Wide read(const FieldRef& ref) const {
    Wide v = 0;
    for (unsigned i = 0; i < width(ref); ++i) {
      const auto it = bits_.find(bit(ref, i));
      if (it != bits_.end() && it->second) v |= Wide{1} << i;
    }
    return v;
  }
  void write(const FieldRef& ref, Wide v) {
    for (unsigned i = 0; i < width(ref); ++i) bits_[bit(ref, i)] = (v >> i & 1) != 0;
  }

  // --- parser and deparser ---------------------------------------------------------------------

  void parse(const std::vector<uint8_t>& frame, uint8_t port) {
    bits_.clear();
    offset_.clear();
    size_t at = 0;
    const State* state = &program_.states[0];
    while (state != nullptr) {
      offset_[state->name] = at;
      for (const HeaderField& f : state->header->fields) {
        Wide v = 0;
        for (unsigned i = 0; i < f.bits; ++i) {
          const size_t b = at * 8 + f.offset + i;
          v = v << 1 | (frame.at(b / 8) >> (7 - b % 8) & 1);
        }
        write({state->name, f.name, state->where}, v);
      }
      const State* next = nullptr;
      for (const Edge& e : state->edges) {
        bool holds = true;
        for (const Edge::Condition& c : e.conditions) {
          const Wide v = read({state->name, c.field->name, state->where});
          holds &= ((v ^ c.value) & c.mask) == 0;
        }
        if (!holds) continue;
        next = e.to == Edge::To::kState ? program_.state(e.target) : nullptr;
        break;
      }
      at += state->length_bytes;
      state = next;
    }
    const Yaml& y = program_.tables[0].where;
    write({"meta", "in_port", y}, port);
    write({"meta", "reason", y}, static_cast<uint8_t>(Reason::kNoRoute));
  }

  std::vector<uint8_t> deparse(const std::vector<uint8_t>& frame) const {
    std::vector<uint8_t> out = frame;
    for (const auto& [instance, at] : offset_) {
      for (unsigned i = 0; i < program_.state(instance)->header->bits; ++i) {
        const auto v = bits_.find(root({instance, i}));
        if (v == bits_.end()) continue;
        uint8_t& byte = out[at + i / 8];
        const auto mask = static_cast<uint8_t>(0x80 >> (i % 8));
        byte = static_cast<uint8_t>(v->second ? byte | mask : byte & ~mask);
      }
    }
    const auto pop = static_cast<size_t>(read({"meta", "pop", program_.tables[0].where}));
    if (pop == 0 || pop > program_.pops.size()) return out;
    const Pop& p = program_.pops[pop - 1];
    if (offset_.count(p.from.instance) == 0 || offset_.count(p.to.instance) == 0) return out;
    const auto place = [&](const FieldRef& f) {
      return static_cast<long>(offset_.at(f.instance) + program_.field(f)->offset / 8);
    };
    out.erase(out.begin() + place(p.from), out.begin() + place(p.to));
    return out;
  }

  // --- tables and actions ----------------------------------------------------------------------

  bool takes_part(const Table& t) const {
    return std::all_of(t.when.begin(), t.when.end(),
                       [&](const std::string& w) { return offset_.count(w) != 0; });
  }

  static Wide ones(unsigned bits) { return bits >= 128 ? ~Wide{0} : (Wide{1} << bits) - 1; }

  // The key field that `name` stands for: itself or one of the same `same`.
  const FieldRef& stands_for(const Table& t, const std::string& name) const {
    for (const FieldRef& k : t.key) {
      if (k.name() == name) return k;
    }
    for (const FieldRef& k : t.key) {
      for (const Same& s : program_.same) {
        bool mine = false, theirs = false;
        for (const FieldRef& f : s.fields) {
          mine |= f.name() == k.name();
          theirs |= f.name() == name;
        }
        if (mine && theirs) return k;
      }
    }
    throw std::logic_error("no such key field");
  }

  // Whether the entry matches, and how long its prefix is.
  bool matches(const Table& t, const Entry& e, unsigned& length) const {
    length = 0;
    for (const FieldRef& k : t.key) {
      const KeyValue* given = nullptr;
      std::string name;
      for (const auto& [n, v] : e.key) {
        if (stands_for(t, n).name() != k.name()) continue;
        given = &v;
        name = n;
      }
      const Wide v = read(k);
      if (given == nullptr) {
        if (t.kind != TableKind::kTernary && v != 0) return false;
        continue;
      }
      const size_t dot = name.find('.');
      const unsigned bits = width({name.substr(0, dot), name.substr(dot + 1), k.where});
      if (bits < 128 && v >> bits != 0) return false;
      Wide mask = ones(bits);
      if (given->mask) mask = to_wide(*given->mask);
      if (given->prefix) mask = ones(bits) & ~ones(bits - *given->prefix);
      if (((v ^ to_wide(given->value)) & mask) != 0) return false;
      if (t.kind == TableKind::kLpm && &k == &t.key.back()) {
        // Longer by the bits above a shorter field, which were compared with zero.
        length = width(k) - bits + (given->prefix ? *given->prefix : bits);
      }
    }
    return true;
  }

  const Entry* lookup(const Table& t) const {
    const Entry* best = nullptr;
    unsigned best_length = 0;
    for (const Entry& e : entries_) {
      unsigned length = 0;
      if (e.table != t.name || !matches(t, e, length)) continue;
      const bool better = best == nullptr ||
                          (t.kind == TableKind::kTernary && e.priority < best->priority) ||
                          (t.kind == TableKind::kLpm && length > best_length);
      if (!better) continue;
      best = &e;
      best_length = length;
    }
    return best;
  }

  void apply(const std::vector<const Table*>& chain, InterpState& live, Result& out) {
    bool part = false;
    for (const Table* t : chain) {
      if (!takes_part(*t)) continue;
      part = true;
      if (const Entry* e = lookup(*t)) {
        out.hit[t->name] = e->where;
        return act(*t, *program_.action(e->action), e, live);
      }
    }
    if (!part) return;
    for (const Table* t : chain) {
      if (!t->default_action) continue;
      out.hit[t->name] = "default";
      return act(*t, *program_.action(*t->default_action), nullptr, live);
    }
  }

  unsigned row(const RowChoice& r, const Entry* e) const {
    if (r.kind != RowChoice::Kind::kParam) throw std::logic_error("a row by hash");
    return static_cast<unsigned>(e->params.at(r.param).low());
  }

  Wide operand(const Operand& from, const FieldRef& to, const Entry* e) const {
    switch (from.kind) {
      case Operand::Kind::kNumber:
        return from.number;
      case Operand::Kind::kParam:
        return e->params.at(from.name).value();
      case Operand::Kind::kField:
        return read(*from.field);
      case Operand::Kind::kName: {
        if (to.name() == "meta.pop") {
          for (size_t i = 0; i < program_.pops.size(); ++i) {
            if (program_.pops[i].name == from.name) return i + 1;
          }
        }
        static const std::map<std::string, unsigned> names = {
            {"forward", 1}, {"slow", 2}, {"drop", 0}, {"cpu", 5}, {"yellow", 1}, {"red", 2}};
        return names.at(from.name);
      }
      default:
        throw std::logic_error("an operand this interpreter does not know");
    }
  }

  void act(const Table& t, const Action& a, const Entry* e, InterpState& live) {
    std::vector<std::pair<FieldRef, Wide>> writes;
    for (const Statement& s : a.body) {
      const Wide x = operand(s.from, s.to, e), old = read(s.to);
      Wide v = x;
      if (s.op == Statement::Op::kAdd) v = old + x;
      if (s.op == Statement::Op::kSub) v = old - x;
      if (s.op == Statement::Op::kAnd) v = old & x;
      if (s.op == Statement::Op::kOr) v = old | x;
      if (s.op == Statement::Op::kXor) v = old ^ x;
      writes.emplace_back(s.to, v);
    }
    if (a.count) {
      const auto length = static_cast<uint64_t>(read(t.counter->bytes));
      const std::string who = t.counter->row.kind == RowChoice::Kind::kEntry
                                  ? (e != nullptr ? e->where : "default")
                                  : std::to_string(row(t.counter->row, e));
      auto& c = live.counter[{t.name, who}];
      ++c.first;
      c.second += length;
    }
    if (a.reg) {
      uint32_t& r = live.reg[{t.name, row(t.reg->row, e)}];
      const auto x = static_cast<uint32_t>(operand(a.reg->from, t.key[0], e));
      const uint32_t old = r;
      if (a.reg->op == RegisterUse::Op::kWrite) r = x;
      if (a.reg->op == RegisterUse::Op::kAdd) r += x;
      if (a.reg->op == RegisterUse::Op::kMax) r = std::max(r, x);
      if (a.reg->op == RegisterUse::Op::kOr) r |= x;
      if (a.reg->to) {
        writes.emplace_back(*a.reg->to, a.reg->op == RegisterUse::Op::kWrite ? old : r);
      }
    }
    if (a.meter) meter(t, *a.meter, row(t.meter->row, e), live, writes);
    for (const auto& [to, v] : writes) write(to, v);
  }

  void meter(const Table& t, const MeterUse& use, unsigned row, InterpState& live,
             std::vector<std::pair<FieldRef, Wide>>& writes) {
    rmt::MeterCfg cfg;
    for (const MeterRow& m : extras_.meters) {
      if (m.table == t.name && m.index == row) cfg = m.cfg;
    }
    auto& [committed, peak] =
        live.tokens.emplace(std::pair{t.name, row}, std::pair{cfg.cbs, cfg.pbs}).first->second;
    const auto length = static_cast<uint64_t>(read(t.meter->bytes));
    const Wide was = t.meter->aware ? read(t.meter->colour) : 0;
    unsigned colour = 0;
    if (was >= 2 || peak < length) {
      colour = 2;
    } else {
      peak -= length;
      if (was == 1 || committed < length) {
        colour = 1;
      } else {
        committed -= length;
      }
    }
    writes.emplace_back(t.meter->colour, colour);
    if (use.red_drop && colour == 2) {
      writes.emplace_back(FieldRef{"meta", "verdict", t.where}, 0);
      writes.emplace_back(FieldRef{"meta", "reason", t.where},
                          static_cast<uint8_t>(Reason::kMeter));
    }
  }

  const Program& program_;
  const std::vector<Entry>& entries_;
  const Extras& extras_;
  std::map<BitName, BitName> joined_;
  std::map<BitName, bool> bits_;
  std::map<std::string, size_t> offset_;
};

}  // namespace fp::pipeline::test
