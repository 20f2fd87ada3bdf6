// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <numeric>
#include <tuple>

#include "firmware/linux/pipeline/emit.hpp"
#include "firmware/linux/pipeline/entry_key.hpp"

namespace fp::pipeline {

namespace {

[[noreturn]] void refuse(const std::string& where, const std::string& found,
                         const std::string& expected) {
  throw InputError(where + ": found " + found + ", expected " + expected);
}

// The bits of a key that a longest-prefix table sees.
std::array<uint32_t, rmt::kLpmKeyBits / 32> lpm_words(const Key& key) {
  constexpr unsigned kLow = 5;                // words of sel32[0..4]
  constexpr unsigned kHigh = rmt::kKeySel32;  // word of sel16[0..1]
  std::array<uint32_t, rmt::kLpmKeyBits / 32> out{};
  std::copy(key.begin(), key.begin() + kLow, out.begin());
  out[kLow] = key[kHigh];
  return out;
}

class StageRows {
 public:
  StageRows(const Program& program, const PhvLayout& layout, unsigned stage, const StagePlan& plan,
            std::span<const Entry> entries, const Extras& extras, Image::Stage& info, RowSink& out)
      : program_(program),
        layout_(layout),
        base_(stage * rmt::kStageTableStride),
        plan_(plan),
        entries_(entries),
        extras_(extras),
        info_(info),
        out_(out) {}

  void run() {
    info_.actions = plan_.actions;
    emit(rmt::TableId::kStage0State, 0, plan_.state);
    meters();
    for (unsigned i = 0; i < plan_.actions.size(); ++i) {
      const Action& action = *program_.action(plan_.actions[i]);
      const ParamLayout& params = plan_.params.at(action.name);
      emit(rmt::TableId::kStage0Action, i, instruction_of(program_, layout_, action, params));
      emit(rmt::TableId::kStage0Side, i, side_of(layout_, action, params));
    }
    otherwise();
    for (const Table* table : plan_.tables) {
      Image::TableInfo t{table->name, table->kind, {}, table->all_actions(), {}};
      for (const FieldRef& k : table->key) t.key.push_back(k.name());
      info_.tables.push_back(std::move(t));
      entries(*table, info_.tables.back());
    }
    key();
  }

 private:
  template <class T>
  void emit(rmt::TableId id, unsigned index, const T& row) {
    out_.emit(static_cast<unsigned>(id) + base_, index, row);
  }

  void meters() {
    std::map<uint32_t, const std::string*> seen;
    for (const MeterRow& m : extras_.meters) {
      const auto here = std::find_if(plan_.tables.begin(), plan_.tables.end(),
                                     [&](const Table* t) { return t->name == m.table; });
      if (here == plan_.tables.end()) continue;
      if (!(*here)->meter) refuse(m.where, "a meter for table " + m.table, "a table with meters");
      if (m.index >= rmt::kMeterRows) {
        refuse(m.where, "meter " + std::to_string(m.index) + " of table " + m.table,
               "0 to " + std::to_string(rmt::kMeterRows - 1));
      }
      if (const auto [it, fresh] = seen.emplace(m.index, &m.where); !fresh) {
        refuse(m.where, "meter " + std::to_string(m.index) + " of " + *it->second, "each row once");
      }
      emit(rmt::TableId::kStage0Meter, m.index, m.cfg);
    }
  }

  void otherwise() {
    if (!plan_.default_action) return;
    info_.default_action = plan_.default_action;
    rmt::DefaultAction d;
    d.en = true;
    d.action = static_cast<uint8_t>(plan_.action_index(*plan_.default_action));
    if (plan_.counter_half >= 0 && program_.action(*plan_.default_action)->count) {
      set_half(d.params, plan_.default_counter_row);
      info_.default_counter_row = static_cast<uint16_t>(plan_.default_counter_row);
    }
    emit(rmt::TableId::kStage0Default, 0, d);
  }

  void set_half(std::array<uint32_t, rmt::kParamWords>& words, unsigned value) const {
    const auto half = static_cast<unsigned>(plan_.counter_half);
    words[half / 2] |= value << (half % 2 * 16);
  }

  // A row number in a parameter must be one the table has.
  void check_rows(const Table& table, const Action& action, const Entry& e) const {
    const auto check = [&](bool used, const RowChoice* row, unsigned rows, const char* what) {
      if (!used || row->kind != RowChoice::Kind::kParam) return;
      const uint64_t given = e.params.at(row->param).low();
      if (given >= rows) {
        refuse(e.where, std::string(what) + " " + std::to_string(given),
               row->param + " below " + std::to_string(rows));
      }
    };
    check(action.count.has_value(), table.counter ? &table.counter->row : nullptr,
          rmt::kCounterRows, "counter");
    check(action.meter.has_value(), table.meter ? &table.meter->row : nullptr, rmt::kMeterRows,
          "meter");
    check(action.reg.has_value(), table.reg ? &table.reg->row : nullptr,
          table.reg ? table.reg->size : 0, "register");
  }

  // What an entry does: action index and action data.
  template <class T>
  void set_action(const Table& table, const Entry& e, unsigned nth, Image::EntryInfo& info,
                  T& row) const {
    if (std::find(table.actions.begin(), table.actions.end(), e.action) == table.actions.end()) {
      refuse(e.where, "action " + e.action, "one of table " + table.name);
    }
    const Action& action = *program_.action(e.action);
    for (const auto& [name, value] : e.params) {
      if (!action.param(name)) refuse(e.where, "parameter " + name, "one of action " + action.name);
    }
    const ParamLayout& layout = plan_.params.at(action.name);
    for (const Action::Param& p : action.params) {
      const auto given = e.params.find(p.name);
      if (given == e.params.end()) {
        refuse(e.where, "no parameter " + p.name, "it for action " + action.name);
      }
      ParamValue value = given->second;
      if (!value.fits(p.bits)) {
        refuse(e.where, std::to_string(value.low()),
               p.name + " in " + std::to_string(p.bits) + " bits");
      }
      const std::vector<ParamPart>& parts = layout.parts.at(p.name);
      for (size_t i = parts.size(); i-- > 0;) {
        row.params[parts[i].bit / 32] |= value.take(parts[i].bits) << parts[i].bit % 32;
      }
    }
    check_rows(table, action, e);
    const auto first = plan_.first_counter_row.find(&table);
    if (action.count && first != plan_.first_counter_row.end()) {
      set_half(row.params, first->second + nth);
      info.counter_row = static_cast<uint16_t>(first->second + nth);
    }
    row.valid = true;
    row.action = static_cast<uint8_t>(plan_.action_index(action.name));
  }

  void entries(const Table& table, Image::TableInfo& info) {
    std::vector<const Entry*> mine;
    std::vector<EntryMatch> matches;
    std::map<std::tuple<Key, Key, uint32_t>, const Entry*> seen;
    for (const Entry& e : entries_) {
      if (e.table != table.name) continue;
      mine.push_back(&e);
      if (mine.size() > table.size) continue;  // counted, and refused below
      matches.push_back(match_of(program_, layout_, plan_.key, table, e));
      if (e.priority != 0 && table.kind != TableKind::kTernary) {
        refuse(e.where, "priority " + std::to_string(e.priority),
               "none in " + std::string(to_string(table.kind)) + " table " + table.name);
      }
      const EntryMatch& m = matches.back();
      const auto [it, fresh] = seen.emplace(std::tuple{m.value, m.mask, e.priority}, &e);
      if (!fresh) {
        refuse(e.where, "the same key as " + it->second->where,
               "each entry once in table " + table.name);
      }
    }
    if (mine.size() > table.size) {
      refuse(mine.back()->where, std::to_string(mine.size()) + " entries",
             "at most " + std::to_string(table.size) + " (table " + table.name + " of " +
                 program_.name + ")");
    }
    info.entries.resize(mine.size());
    for (size_t i = 0; i < mine.size(); ++i) info.entries[i].where = mine[i]->where;
    if (mine.empty()) return;
    switch (table.kind) {
      case TableKind::kExact:
        return exact(table, mine, matches, info);
      case TableKind::kTernary:
        return ternary(table, mine, matches, info);
      case TableKind::kLpm:
        return lpm(table, mine, matches, info);
    }
  }

  void exact(const Table& table, const std::vector<const Entry*>& mine,
             const std::vector<EntryMatch>& matches, Image::TableInfo& info) {
    std::vector<Key> keys;
    std::vector<rmt::ExactEntry> rows(mine.size());
    for (unsigned i = 0; i < mine.size(); ++i) {
      keys.push_back(matches[i].value);
      set_action(table, *mine[i], i, info.entries[i], rows[i]);
      std::copy(keys[i].begin(), keys[i].end(), rows[i].key.begin());
    }
    const auto places = place_exact(keys);
    if (!places) {
      refuse(mine.back()->where, std::to_string(keys.size()) + " entries that collide",
             "a set that fits " + std::to_string(rmt::kExactWays) + " ways of " +
                 std::to_string(rmt::kExactRows) + " rows (table " + table.name + ")");
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      info.entries[i].rows = {(*places)[i]};
      emit(rmt::TableId::kStage0Exact, (*places)[i], rows[i]);
    }
  }

  void ternary(const Table& table, const std::vector<const Entry*>& mine,
               const std::vector<EntryMatch>& matches, Image::TableInfo& info) {
    std::vector<unsigned> order(mine.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](unsigned a, unsigned b) { return mine[a]->priority < mine[b]->priority; });
    for (unsigned index = 0; index < order.size(); ++index) {
      const unsigned i = order[index];
      rmt::TernaryEntry row;
      set_action(table, *mine[i], i, info.entries[i], row);
      std::copy(matches[i].value.begin(), matches[i].value.end(), row.value.begin());
      std::copy(matches[i].mask.begin(), matches[i].mask.end(), row.mask.begin());
      info.entries[i].rows = {static_cast<uint16_t>(index)};
      emit(rmt::TableId::kStage0Ternary, index, row);
    }
  }

  void lpm(const Table& table, const std::vector<const Entry*>& mine,
           const std::vector<EntryMatch>& matches, Image::TableInfo& info) {
    std::vector<LpmPrefix> prefixes;
    for (const EntryMatch& m : matches) prefixes.push_back(m.prefix);
    const std::vector<LpmBucket> buckets = make_buckets(prefixes);
    if (buckets.size() > rmt::kLpmPivots) {
      refuse(mine.back()->where,
             std::to_string(mine.size()) + " prefixes that need " + std::to_string(buckets.size()) +
                 " buckets",
             "at most " + std::to_string(rmt::kLpmPivots) + " buckets of " +
                 std::to_string(rmt::kLpmSlots) + " (table " + table.name + ")");
    }
    std::vector<rmt::LpmEntry> rows(mine.size());
    for (unsigned i = 0; i < mine.size(); ++i) {
      set_action(table, *mine[i], i, info.entries[i], rows[i]);
      rows[i].value = lpm_words(matches[i].value);
      rows[i].mask = lpm_words(matches[i].mask);
    }
    const std::vector<unsigned> bits = prefix_bits(plan_.key, table);
    for (unsigned b = 0; b < buckets.size(); ++b) {
      for (unsigned slot = 0; slot < buckets[b].slots.size(); ++slot) {
        const unsigned i = buckets[b].slots[slot];
        const unsigned index = b * rmt::kLpmSlots + slot;
        info.entries[i].rows.push_back(static_cast<uint16_t>(index));
        emit(rmt::TableId::kStage0LpmEntry, index, rows[i]);
      }
      Key value{}, mask{};
      for (unsigned i = 0; i < buckets[b].pivot.length; ++i) {
        set_key_bits(mask, bits[i], 1, 1);
        set_key_bits(value, bits[i], 1, buckets[b].pivot.bits[i]);
      }
      rmt::LpmPivot pivot;
      pivot.valid = true;
      pivot.value = lpm_words(value);
      pivot.mask = lpm_words(mask);
      emit(rmt::TableId::kStage0LpmPivot, b, pivot);
    }
  }

  void key() {
    rmt::KeyCfg cfg;
    plan_.key.set_selectors(cfg);
    std::copy(plan_.hash_mask.begin(), plan_.hash_mask.end(), cfg.mask.begin());
    for (const Table* table : plan_.tables) {
      const auto kind = static_cast<unsigned>(table->kind);
      cfg.en[kind] = true;
      for (const std::string& instance : table->when) {
        cfg.gw_mask[kind] |= 1u << header_id(program_, instance);
        cfg.gw_value[kind] |= 1u << header_id(program_, instance);
      }
    }
    emit(rmt::TableId::kStage0Key, 0, cfg);
  }

  const Program& program_;
  const PhvLayout& layout_;
  unsigned base_;  // distance of the stage's table ids from stage 0's
  const StagePlan& plan_;
  std::span<const Entry> entries_;
  const Extras& extras_;
  Image::Stage& info_;
  RowSink& out_;
};

}  // namespace

void emit_stage(const Program& program, const PhvLayout& layout, unsigned stage,
                const StagePlan& plan, std::span<const Entry> entries, const Extras& extras,
                Image::Stage& info, RowSink& out) {
  StageRows(program, layout, stage, plan, entries, extras, info, out).run();
}

}  // namespace fp::pipeline
