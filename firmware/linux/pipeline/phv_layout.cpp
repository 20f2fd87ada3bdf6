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

}  // namespace

int meta_container(const std::string& field) {
  if (field == "in_port") return rmt::kMetaInPort;
  if (field == "out_port") return rmt::kMetaOutPort;
  if (field == "verdict") return rmt::kMetaVerdict;
  if (field == "reason") return rmt::kMetaReason;
  return -1;
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

  std::set<std::string> pinned;
  auto pin = [&](const FieldRef& ref) { pinned.insert(ref.name()); };
  for (const Table& t : program.tables) {
    for (const FieldRef& k : t.key) pin(k);
  }
  for (const Action& a : program.actions) {
    for (const Statement& s : a.body) {
      pin(s.to);
      if (s.from.field) pin(*s.from.field);
    }
  }
  for (const State& state : program.states) place(state, pinned);
}

void PhvLayout::place(const State& state, const std::set<std::string>& pinned) {
  std::vector<Placed>& out = placed_[state.name];
  for (const Unit& unit : units_of(*state.header, state.where)) {
    bool used = false;
    bool alone = false;
    for (const HeaderField& field : state.header->fields) {
      if (!inside(field, unit)) continue;
      const bool pin = pinned.count(state.name + "." + field.name) != 0;
      used |= pin || !field.shown.empty();
      alone |= pin;
    }
    if (!used) continue;
    const Bank bank = bank_of(unit.bits);
    const unsigned first =
        unit.bits == 8
            ? std::max({rmt::kMetaInPort, rmt::kMetaOutPort, rmt::kMetaVerdict, rmt::kMetaReason}) +
                  1
            : 0;
    int chosen = -1;
    for (unsigned i = first; i < bank.count && chosen < 0; ++i) {
      const unsigned id = bank.base + i;
      if (private_[id]) continue;
      if (alone && !occupants_[id].empty()) continue;
      const bool exclusive =
          std::all_of(occupants_[id].begin(), occupants_[id].end(), [&](const std::string& other) {
            return other != state.name && !reach_[other].count(state.name) &&
                   !reach_[state.name].count(other);
          });
      if (exclusive) chosen = static_cast<int>(id);
    }
    if (chosen < 0) {
      state.where.fail(
          "no free " + std::to_string(unit.bits) + "-bit container for header " + state.name,
          "at most " + std::to_string(bank.count - first) + " in use at a time");
    }
    occupants_[chosen].push_back(state.name);
    private_[chosen] = alone;
    out.push_back({unit, static_cast<uint8_t>(chosen)});
  }
}

std::vector<FieldPart> PhvLayout::parts(const FieldRef& ref) const {
  if (ref.instance == "meta") {
    const int id = meta_container(ref.field);
    if (id < 0) ref.where.fail(ref.field, "in_port, out_port, verdict or reason");
    return {{static_cast<uint8_t>(id), 0, 8}};
  }
  const State* state = program_.state(ref.instance);
  if (!state) ref.where.fail(ref.instance, "a state of the parse graph, or meta");
  const HeaderField* field = state->header->find(ref.field);
  if (!field) ref.where.fail(ref.field, "a field of header " + state->header->name);
  std::vector<FieldPart> out;
  for (const Placed& p : placed_.at(ref.instance)) {
    if (!inside(*field, p.unit)) continue;
    const unsigned from = std::max(field->offset, p.unit.offset);
    const unsigned to =
        std::min<unsigned>(field->offset + field->bits, p.unit.offset + p.unit.bits);
    out.push_back({p.container, static_cast<uint8_t>(p.unit.offset + p.unit.bits - to),
                   static_cast<uint8_t>(to - from)});
  }
  return out;
}

}  // namespace fp::pipeline
