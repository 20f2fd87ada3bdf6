// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/phv_layout.hpp"

#include <algorithm>

#include "contract/rmt.hpp"

namespace fp::pipeline {

namespace {

struct Bank {
  unsigned base;
  unsigned count;
};

Bank bank_of(unsigned bits) {
  switch (bits) {
    case 8:
      return {0, rmt::kNumC8};
    case 16:
      return {rmt::kC16Base, rmt::kNumC16};
    default:
      return {rmt::kC32Base, rmt::kNumC32};
  }
}

bool inside(const HeaderField& field, const Unit& unit) {
  return field.offset < unit.offset + unit.bits && unit.offset < field.offset + field.bits;
}

struct BuiltIn {
  const char* name;
  unsigned container;
};

constexpr BuiltIn kBuiltIn[] = {
    {"in_port", rmt::kMetaInPort},
    {"out_port", rmt::kMetaOutPort},
    {"verdict", rmt::kMetaVerdict},
    {"reason", rmt::kMetaReason},
    {"queue", rmt::kMetaQueue},
    {"edit", rmt::kMetaEdit},
    {"pop", rmt::kMetaPop},
    {"group", rmt::kC16Base + rmt::kMetaGroup},
    {"entropy", rmt::kC16Base + rmt::kMetaEntropy},
    {"recirc", rmt::kC32Base + rmt::kMetaRecirc},
};

std::string widths(unsigned bits, unsigned lsb, unsigned container) {
  return std::to_string(bits) + " bits at bit " + std::to_string(lsb) + " of " +
         std::to_string(container);
}

}  // namespace

std::optional<uint8_t> builtin_meta(const std::string& field) {
  for (const BuiltIn& b : kBuiltIn) {
    if (field == b.name) return static_cast<uint8_t>(b.container);
  }
  return std::nullopt;
}

unsigned container_bits(unsigned container) {
  return container < rmt::kC16Base ? 8 : container < rmt::kC32Base ? 16 : 32;
}

// Fields are joined until they fill a container; longer ones are cut into 32-bit pieces and a rest.
std::vector<Unit> units_of(const HeaderType& header, const Yaml& where) {
  std::vector<Unit> units;
  uint16_t start = 0;
  for (const HeaderField& field : header.fields) {
    uint16_t run = field.offset + field.bits - start;
    if (run % 8 != 0 || run == 24) continue;
    while (run >= 32) {
      units.push_back({start, 32});
      start += 32;
      run -= 32;
    }
    if (run == 24) continue;
    if (run != 0) units.push_back({start, static_cast<uint8_t>(run)});
    start += run;
  }
  if (start != header.bits) {
    where.fail(std::to_string(header.bits - start) + " bits at the end of header " + header.name +
                   " that fill no container",
               "fields that add up to 8, 16 or 32 bits");
  }
  return units;
}

PhvLayout::PhvLayout(const Program& program)
    : program_(program), occupants_(rmt::kNumContainers), private_(rmt::kNumContainers) {
  // Transitive closure over at most a few dozen states.
  for (const State& state : program.states) {
    std::set<std::string>& after = reach_[state.name];
    std::vector<const State*> todo{&state};
    while (!todo.empty()) {
      const State* s = todo.back();
      todo.pop_back();
      for (const Edge& e : s->edges) {
        if (e.to == Edge::To::kState && after.insert(e.target).second) {
          todo.push_back(program.state(e.target));
        }
      }
    }
  }

  for (const BuiltIn& b : kBuiltIn) private_[b.container] = true;
  place_metadata();
  pin_all();
  for (const Same& same : program.same) join(same);
  for (const State& state : program.states) place(state);
}

void PhvLayout::pin_all() {
  auto pin = [&](const FieldRef& ref) { pinned_.insert(ref.name()); };
  for (const Table& t : program_.tables) {
    for (const FieldRef& k : t.key) pin(k);
    if (t.counter) pin(t.counter->bytes);
    if (t.meter) pin(t.meter->bytes);
  }
  for (const Action& a : program_.actions) {
    for (const Statement& s : a.body) {
      pin(s.to);
      if (s.from.field) pin(*s.from.field);
    }
    if (a.reg && a.reg->from.field) pin(*a.reg->from.field);
    if (a.reg && a.reg->to) pin(*a.reg->to);
  }
}

void PhvLayout::place_metadata() {
  for (const Metadata& m : program_.metadata) {
    const Bank bank = bank_of(m.bits);
    unsigned id = bank.base;
    while (id < bank.base + bank.count && private_[id]) ++id;
    if (id == bank.base + bank.count) {
      m.where.fail("no free " + std::to_string(m.bits) + "-bit container for meta." + m.name,
                   "at most " + std::to_string(bank.count) + ", built-in ones counted");
    }
    private_[id] = true;
    metadata_[m.name] = static_cast<uint8_t>(id);
  }
}

std::vector<PhvLayout::FieldUnit> PhvLayout::units_of_field(const FieldRef& ref) const {
  const HeaderField* field = program_.field(ref);
  if (!field) ref.where.fail(ref.name(), "a header field");
  const State& state = *program_.state(ref.instance);
  std::vector<FieldUnit> out;
  for (const Unit& u : units_of(*state.header, state.where)) {
    if (!inside(*field, u)) continue;
    const unsigned from = std::max(field->offset, u.offset);
    const unsigned to = std::min<unsigned>(field->offset + field->bits, u.offset + u.bits);
    out.push_back(
        {u, static_cast<uint8_t>(u.offset + u.bits - to), static_cast<uint8_t>(to - from)});
  }
  return out;
}

// Joins the units of the fields, from the least significant end.
void PhvLayout::join(const Same& same) {
  const FieldRef* longest = nullptr;
  std::vector<FieldUnit> most;
  for (const FieldRef& ref : same.fields) {
    const std::vector<FieldUnit> units = units_of_field(ref);
    if (units.size() > most.size()) {
      longest = &ref;
      most = units;
    }
  }
  for (const FieldRef& ref : same.fields) {
    const std::vector<FieldUnit> units = units_of_field(ref);
    for (const FieldRef& other : same.fields) {
      if (&other != &ref && !exclusive(other.instance, ref.instance)) {
        ref.where.fail(ref.name() + " and " + other.name() + " in one frame",
                       "headers that no frame holds together");
      }
    }
    for (size_t i = 1; i <= units.size(); ++i) {
      const FieldUnit& mine = units[units.size() - i];
      const FieldUnit& theirs = most[most.size() - i];
      if (mine.unit.bits != theirs.unit.bits || mine.lsb != theirs.lsb ||
          mine.bits != theirs.bits) {
        ref.where.fail(
            ref.name() + " as " + widths(mine.bits, mine.lsb, mine.unit.bits),
            widths(theirs.bits, theirs.lsb, theirs.unit.bits) + " as in " + longest->name());
      }
      // One class out of two, and its members must still exclude each other.
      const UnitName a{longest->instance, theirs.unit.offset};
      const UnitName b{ref.instance, mine.unit.offset};
      const int fresh = static_cast<int>(class_of_.size());
      const int keep = class_of_.emplace(a, fresh).first->second;
      const int gone = class_of_.emplace(b, keep).first->second;
      for (auto& [name, id] : class_of_) {
        if (id == gone) id = keep;
      }
      for (const auto& [name, id] : class_of_) {
        for (const auto& [other, id2] : class_of_) {
          if (id != keep || id2 != keep || name == other) continue;
          if (!exclusive(name.first, other.first)) {
            ref.where.fail(name.first + " and " + other.first + " in one container",
                           "headers that no frame holds together");
          }
        }
      }
    }
  }
}

uint8_t PhvLayout::take(const State& state, const Unit& unit, bool alone) {
  const Bank bank = bank_of(unit.bits);
  unsigned metadata = 0;
  for (unsigned id = bank.base; id < bank.base + bank.count; ++id) {
    metadata += private_[id] && occupants_[id].empty();
    if (private_[id] || (alone && !occupants_[id].empty())) continue;
    const bool free =
        std::all_of(occupants_[id].begin(), occupants_[id].end(),
                    [&](const std::string& other) { return exclusive(other, state.name); });
    if (free) return static_cast<uint8_t>(id);
  }
  state.where.fail(
      "no free " + std::to_string(unit.bits) + "-bit container for header " + state.name,
      "at most " + std::to_string(bank.count - metadata) + " in use at a time");
}

// The metadata that keeps a unit, if any; `overwritten`: a state further on may keep another there.
std::optional<uint8_t> PhvLayout::keeper(const State& state, const Unit& unit,
                                         bool& overwritten) const {
  for (const State::Keep& k : state.keep) {
    if (!inside(*k.field, unit)) continue;
    const auto home = metadata_.find(k.metadata);
    if (home == metadata_.end()) k.where.fail("meta." + k.metadata, "a name from metadata");
    if (k.field->offset != unit.offset || k.field->bits != unit.bits ||
        container_bits(home->second) != unit.bits) {
      k.where.fail(k.field->name, "a field that fills a container, as wide as meta." + k.metadata);
    }
    overwritten = false;
    for (const State& later : program_.states) {
      if (later.name == state.name || reach_.at(state.name).count(later.name) == 0) continue;
      for (const State::Keep& other : later.keep) overwritten |= other.metadata == k.metadata;
    }
    return home->second;
  }
  return std::nullopt;
}

void PhvLayout::place(const State& state) {
  std::vector<Placed>& out = placed_[state.name];
  std::vector<Placed>& kept = kept_[state.name];
  const auto use_of = [&](const State& s, const Unit& unit) {
    bool shown = false, pin = false;
    for (const HeaderField& field : s.header->fields) {
      if (!inside(field, unit)) continue;
      pin |= pinned_.count(s.name + "." + field.name) != 0;
      shown |= !field.shown.empty();
    }
    return std::pair{shown || pin, pin};
  };
  for (const Unit& unit : units_of(*state.header, state.where)) {
    auto [used, alone] = use_of(state, unit);
    const auto joined = class_of_.find({state.name, unit.offset});
    if (joined != class_of_.end()) {
      alone = true;
      for (const auto& [name, id] : class_of_) {
        if (id == joined->second) {
          used |= use_of(*program_.state(name.first), {name.second, unit.bits}).first;
        }
      }
    }
    bool overwritten = false;
    if (const auto meta = keeper(state, unit, overwritten)) {
      if (!used || (!overwritten && joined == class_of_.end())) {
        out.push_back({unit, *meta});
        continue;
      }
      kept.push_back({unit, *meta});
    }
    if (!used) continue;
    uint8_t home = 0;
    const auto known =
        joined == class_of_.end() ? class_home_.end() : class_home_.find(joined->second);
    if (known != class_home_.end()) {
      home = static_cast<uint8_t>(known->second);
    } else {
      home = take(state, unit, alone);
      if (joined != class_of_.end()) class_home_[joined->second] = home;
    }
    occupants_[home].push_back(state.name);
    private_[home] = alone;
    out.push_back({unit, home});
  }
}

bool PhvLayout::exclusive(const std::string& a, const std::string& b) const {
  return a != b && reach_.at(a).count(b) == 0 && reach_.at(b).count(a) == 0;
}

std::vector<FieldPart> PhvLayout::parts(const FieldRef& ref) const {
  if (ref.instance == "meta") {
    const auto own = metadata_.find(ref.field);
    const auto id = own != metadata_.end() ? own->second : builtin_meta(ref.field);
    if (!id) {
      std::string names;
      for (const BuiltIn& b : kBuiltIn) names += std::string(b.name) + ", ";
      ref.where.fail(ref.field, names + "or a name from metadata");
    }
    return {{*id, 0, static_cast<uint8_t>(container_bits(*id))}};
  }
  program_.field(ref);  // refuses what does not exist
  std::vector<FieldPart> out;
  const std::vector<Placed>& placed = placed_.at(ref.instance);
  for (const FieldUnit& u : units_of_field(ref)) {
    for (const Placed& p : placed) {
      if (p.unit.offset == u.unit.offset) out.push_back({p.container, u.lsb, u.bits});
    }
  }
  return out;
}

}  // namespace fp::pipeline
