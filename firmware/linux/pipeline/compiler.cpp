// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/compiler.hpp"

#include <algorithm>

#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/emit.hpp"

namespace fp::pipeline {

namespace {

void check_limits(const Program& program) {
  size_t entries = 0;
  for (const State& s : program.states) entries += s.edges.size();
  if (program.states.size() > rmt::kNumHeaders) {
    program.states.back().where.fail(std::to_string(program.states.size()) + " states",
                                     "at most " + std::to_string(rmt::kNumHeaders));
  }
  if (entries > rmt::kParserEntries) {
    program.states.back().where.fail(std::to_string(entries) + " parser entries",
                                     "at most " + std::to_string(rmt::kParserEntries));
  }
  for (const Table& t : program.tables) {
    const unsigned room = t.kind == TableKind::kExact ? rmt::kExactWays * rmt::kExactRows
                          : t.kind == TableKind::kLpm ? rmt::kLpmPivots * rmt::kLpmSlots
                                                      : rmt::kTernaryRows;
    if (t.size > room) {
      t.where.at("size").fail(std::to_string(t.size) + " entries",
                              "at most " + std::to_string(room) + " in a stage");
    }
  }
}

// Entries and meters of tables that are not there.
void check_tables(const Program& program, std::span<const Entry> entries, const Extras& extras) {
  const auto check = [&](const std::string& table, const std::string& where) {
    if (!program.table(table)) {
      throw InputError(where + ": found table " + table + ", expected one of program " +
                       program.name);
    }
  };
  for (const Entry& e : entries) check(e.table, e.where);
  for (const MeterRow& m : extras.meters) check(m.table, m.where);
}

// Actions that no table names are checked like the others.
void check_actions(const Program& program, const PhvLayout& layout) {
  for (const Action& action : program.actions) {
    const auto params = layout_params(action, {}, -1);
    if (!params) {
      unsigned bits = 0;
      for (const Action::Param& p : action.params) bits += p.bits;
      action.where.at("params").fail(std::to_string(bits) + " bits",
                                     "at most " + std::to_string(rmt::kParamWords * 32));
    }
    instruction_of(program, layout, action, *params);
    side_of(layout, action, *params);
  }
}

FieldMap field_map(const Program& program, const PhvLayout& layout) {
  FieldMap fields;
  for (const State& state : program.states) {
    for (const HeaderField& f : state.header->fields) {
      if (f.shown.empty()) continue;
      fields.push_back({f.shown, static_cast<uint8_t>(header_id(program, state.name)), f.kind,
                        static_cast<uint8_t>((f.bits + 3) / 4),
                        layout.parts({state.name, f.name, state.where})});
    }
  }
  return fields;
}

}  // namespace

unsigned header_id(const Program& program, const std::string& instance) {
  for (unsigned i = 0; i < program.states.size(); ++i) {
    if (program.states[i].name == instance) return i;
  }
  return 0;  // names were checked when the program was read
}

std::string Image::Stage::name() const {
  std::string out;
  for (const TableInfo& t : tables) out += (out.empty() ? "" : "|") + t.name;
  return out;
}

// A row comes after those it leads to: the deparser's first, the parser's last.
Image compile(const Program& program, std::span<const Entry> entries, const Extras& extras) {
  const PhvLayout layout(program);
  check_limits(program);
  Image image;
  for (const State& s : program.states) image.headers.push_back(s.name);
  check_actions(program, layout);
  const std::vector<StagePlan> plans = plan_stages(program, layout);
  check_tables(program, entries, extras);
  RowSink out(image.rows);
  emit_extras(extras, out);
  emit_deparser(program, layout, out);
  image.stages.resize(plans.size());
  for (unsigned s = 0; s < plans.size(); ++s) {
    emit_stage(program, layout, s, plans[s], entries, extras, image.stages[s], out);
  }
  emit_parser(program, layout, out);
  image.fields = field_map(program, layout);
  return image;
}

}  // namespace fp::pipeline
