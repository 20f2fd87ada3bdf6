// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/table_uses.hpp"

#include <algorithm>

#include "contract/rmt.hpp"

namespace fp::pipeline {

std::vector<unsigned> whole_containers(const PhvLayout& layout, const FieldRef& ref) {
  std::vector<unsigned> out;
  for (const FieldPart& p : layout.parts(ref)) {
    if (p.bits != container_bits(p.container)) {
      ref.where.fail(ref.name(),
                     "a field that is one or several whole 8-, 16- or 32-bit containers");
    }
    out.push_back(p.container);
  }
  return out;
}

unsigned whole_container(const PhvLayout& layout, const FieldRef& ref) {
  const std::vector<unsigned> all = whole_containers(layout, ref);
  if (all.size() != 1) {
    ref.where.fail(ref.name(), "a field that is one whole 8-, 16- or 32-bit container");
  }
  return all[0];
}

bool TableUses::conflicts(const TableUses& other) const {
  const auto meet = [](const std::set<unsigned>& a, const std::set<unsigned>& b) {
    return std::any_of(a.begin(), a.end(), [&](unsigned c) { return b.count(c) != 0; });
  };
  return meet(writes, other.reads) || meet(writes, other.writes) || meet(reads, other.writes);
}

TableUses uses_of(const Program& program, const PhvLayout& layout, const Table& table) {
  TableUses uses;
  const auto add = [&](std::set<unsigned>& to, const FieldRef& ref) {
    for (const FieldPart& p : layout.parts(ref)) to.insert(p.container);
  };
  for (const FieldRef& k : table.key) add(uses.reads, k);
  bool counts = false, meters = false, registers = false;
  for (const std::string& name : table.all_actions()) {
    const Action& action = *program.action(name);
    for (const Statement& s : action.body) {
      add(uses.writes, s.to);
      if (s.op != Statement::Op::kSet) add(uses.reads, s.to);
      if (s.from.field) add(uses.reads, *s.from.field);
      uses.hash |= s.from.kind == Operand::Kind::kHash;
    }
    counts |= action.count.has_value();
    meters |= action.meter.has_value();
    registers |= action.reg.has_value();
    if (action.meter && action.meter->red_drop) {
      uses.writes.insert(rmt::kMetaVerdict);
      uses.writes.insert(rmt::kMetaReason);
    }
    if (action.reg && action.reg->from.field) add(uses.reads, *action.reg->from.field);
    if (action.reg && action.reg->to) add(uses.writes, *action.reg->to);
  }
  const auto hashes = [](const RowChoice& row) { return row.kind == RowChoice::Kind::kHash; };
  if (counts) {
    add(uses.reads, table.counter->bytes);
    uses.hash |= hashes(table.counter->row);
  }
  if (meters) {
    add(uses.reads, table.meter->bytes);
    add(uses.writes, table.meter->colour);
    if (table.meter->aware) add(uses.reads, table.meter->colour);
    uses.hash |= hashes(table.meter->row);
  }
  if (registers) uses.hash |= hashes(table.reg->row);
  return uses;
}

bool exclusive(const PhvLayout& layout, const Table& a, const Table& b) {
  for (const std::string& x : a.when) {
    for (const std::string& y : b.when) {
      if (layout.exclusive(x, y)) return true;
    }
  }
  return false;
}

}  // namespace fp::pipeline
