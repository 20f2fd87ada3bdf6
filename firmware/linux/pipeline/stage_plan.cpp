// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/stage_plan.hpp"

#include <algorithm>
#include <bit>
#include <set>

#include "firmware/linux/pipeline/stage_allocator.hpp"

namespace fp::pipeline {

namespace {

constexpr unsigned kKinds = 3;

std::string list(const std::vector<std::string>& names, const char* between) {
  std::string out;
  for (const std::string& n : names) out += (out.empty() ? "" : between) + n;
  return out;
}

// Tries to put tables into one stage.
class StageBuilder {
 public:
  StageBuilder(const Program& program, const PhvLayout& layout,
               const std::map<const Table*, TableUses>& uses)
      : program_(program), layout_(layout), uses_(uses) {}

  // The stage, or what is short. `joined`: some of the tables are joined by else_of.
  std::optional<Misfit> build(const std::vector<const Table*>& tables, StagePlan& plan) const {
    plan = StagePlan{};
    plan.tables = tables;
    std::stable_sort(plan.tables.begin(), plan.tables.end(),
                     [](const Table* a, const Table* b) { return a->kind < b->kind; });
    for (size_t i = 1; i < plan.tables.size(); ++i) {
      if (plan.tables[i - 1]->kind == plan.tables[i]->kind) {
        return Misfit{"two " + std::string(to_string(plan.tables[i]->kind)) + " tables",
                      "one in a stage"};
      }
    }
    std::optional<Misfit> misfit;
    plan.key = KeyLayout(layout_, plan.tables, misfit);
    if (!misfit) misfit = hash(plan);
    if (!misfit) misfit = defaults(plan);
    if (!misfit) misfit = actions(plan);
    if (!misfit) misfit = state(plan);
    return misfit;
  }

 private:
  std::optional<Misfit> hash(StagePlan& plan) const {
    const Table* owner = nullptr;
    for (const Table* t : plan.tables) {
      if (t->kind != TableKind::kExact && !uses_.at(t).hash) continue;
      const Key mask = plan.key.mask(*t);
      if (owner != nullptr && mask != plan.hash_mask) {
        return Misfit{"a hash over the key of table " + owner->name +
                          " and one over that of table " + t->name,
                      "one in a stage"};
      }
      owner = t;
      plan.hash_mask = mask;
    }
    return std::nullopt;
  }

  // Tables of a chain have one default between them, all chains of a stage the same.
  const Table* head(const Table* t) const {
    while (t->else_of) t = program_.table(*t->else_of);
    return t;
  }
  std::optional<Misfit> defaults(StagePlan& plan) const {
    std::map<const Table*, std::optional<std::string>> by_chain;
    for (const Table* t : plan.tables) {
      std::optional<std::string>& d = by_chain[head(t)];
      if (t->default_action) d = t->default_action;
    }
    for (const auto& [table, d] : by_chain) {
      if (d != by_chain.begin()->second) return Misfit{"different defaults", "one in a stage"};
    }
    plan.default_action = by_chain.begin()->second;
    return std::nullopt;
  }

  std::optional<Misfit> actions(StagePlan& plan) const {
    for (const Table* t : plan.tables) {
      for (const std::string& a : t->all_actions()) {
        if (std::find(plan.actions.begin(), plan.actions.end(), a) == plan.actions.end()) {
          plan.actions.push_back(a);
        }
      }
    }
    if (plan.actions.size() <= rmt::kNumActions) return std::nullopt;
    return Misfit{std::to_string(plan.actions.size()) + " actions",
                  "at most " + std::to_string(rmt::kNumActions) + " in a stage",
                  plan.tables.front()->where.at("actions")};
  }

  static rmt::IndexSrc source(const RowChoice& row) {
    return row.kind == RowChoice::Kind::kHash ? rmt::IndexSrc::kHash : rmt::IndexSrc::kParam;
  }

  std::optional<Misfit> state(StagePlan& plan) const {
    const Table* counter = nullptr;
    const Table* meter = nullptr;
    const Table* reg = nullptr;
    const FieldRef* bytes = nullptr;
    unsigned rows = 0;
    for (const Table* t : plan.tables) {
      if (t->counter) {
        const bool by_entry = t->counter->row.kind == RowChoice::Kind::kEntry;
        if (counter != nullptr &&
            (!by_entry || plan.counter_half < 0 || head(t) != head(counter))) {
          return twice("counter", *counter, *t);
        }
        counter = t;
        plan.state.counter_src = source(t->counter->row);
        if (by_entry) {
          plan.counter_half = 0;
          plan.first_counter_row[t] = rows;
          rows += t->size;
        }
      }
      if (t->meter) {
        if (meter != nullptr) return twice("meter", *meter, *t);
        meter = t;
        plan.state.meter_src = source(t->meter->row);
        plan.state.meter_aware = t->meter->aware;
        plan.state.meter_dst = byte_container(t->meter->colour);
      }
      if (t->reg) {
        if (reg != nullptr) return twice("register", *reg, *t);
        reg = t;
        plan.state.reg_src = source(t->reg->row);
      }
      for (const FieldRef* b :
           {t->counter ? &t->counter->bytes : nullptr, t->meter ? &t->meter->bytes : nullptr}) {
        if (b == nullptr) continue;
        const uint8_t from = length_container(*b);
        if (bytes != nullptr && plan.state.len_src != from) {
          return Misfit{"lengths " + bytes->name() + " and " + b->name(),
                        "one for the counter and meter of a stage", b->where};
        }
        bytes = b;
        plan.state.len_src = from;
      }
    }
    if (plan.counter_half >= 0) {
      plan.default_counter_row = rows;
      if (plan.default_action && program_.action(*plan.default_action)->count) ++rows;
      if (rows > rmt::kCounterRows) {
        return Misfit{std::to_string(rows) + " counters",
                      "at most " + std::to_string(rmt::kCounterRows) + " in a stage",
                      counter->counter->row.where};
      }
    }
    return params(plan, counter, meter, reg);
  }

  static Misfit twice(const char* what, const Table& a, const Table& b) {
    return {"a " + std::string(what) + " in table " + a.name + " and one in table " + b.name,
            "one " + std::string(what) + " bank in a stage"};
  }

  uint8_t byte_container(const FieldRef& ref) const {
    const unsigned id = whole_container(layout_, ref);
    if (container_bits(id) != 8) ref.where.expected("a field of 8 bits");
    return static_cast<uint8_t>(id);
  }
  uint8_t length_container(const FieldRef& ref) const {
    const unsigned id = whole_container(layout_, ref);
    if (container_bits(id) != 16) ref.where.expected("a field of 16 bits");
    return static_cast<uint8_t>(id - rmt::kC16Base);
  }

  // Row numbers lie in half words that are the same for all actions of the stage: some order of
  // the last ones must leave room for the other parameters.
  std::optional<Misfit> params(StagePlan& plan, const Table* counter, const Table* meter,
                               const Table* reg) const {
    const auto name = [](const Table* t, const RowChoice* row) {
      return t != nullptr && row->kind == RowChoice::Kind::kParam ? row->param : std::string();
    };
    const std::string names[3] = {name(counter, counter ? &counter->counter->row : nullptr),
                                  name(meter, meter ? &meter->meter->row : nullptr),
                                  name(reg, reg ? &reg->reg->row : nullptr)};
    constexpr unsigned kLast = rmt::kParamWords * 2 - 1;
    unsigned halves[3] = {kLast - 2, kLast - 1, kLast};
    Misfit misfit;
    do {
      std::map<std::string, unsigned> of;  // two states may share a parameter
      for (unsigned i = 0; i < 3; ++i) {
        if (!names[i].empty()) of.emplace(names[i], halves[i]);
      }
      const bool by_entry = plan.counter_half >= 0;
      bool fits = true;
      for (const std::string& a : plan.actions) {
        const Action& action = *program_.action(a);
        std::map<std::string, unsigned> fixed;
        const bool used[3] = {action.count.has_value(), action.meter.has_value(),
                              action.reg.has_value()};
        for (unsigned i = 0; i < 3; ++i) {
          if (used[i] && !names[i].empty()) fixed.emplace(names[i], of.at(names[i]));
        }
        const auto layout = layout_params(
            action, fixed, by_entry && action.count ? static_cast<int>(halves[0]) : -1);
        if (!layout) {
          unsigned bits = by_entry && action.count ? 16 : 0;
          for (const Action::Param& p : action.params) bits += p.bits;
          misfit = {std::to_string(bits) + " bits of action data in action " + a,
                    "at most " + std::to_string(rmt::kParamWords * 32) + ", aligned", action.where};
          fits = false;
          break;
        }
        plan.params[a] = *layout;
      }
      if (fits) {
        if (by_entry) plan.counter_half = static_cast<int>(halves[0]);
        const auto half = [&](unsigned i) -> uint8_t {
          if (i == 0 && by_entry) return static_cast<uint8_t>(halves[0]);
          return static_cast<uint8_t>(names[i].empty() ? 0 : of.at(names[i]));
        };
        plan.state.counter_half = half(0);
        plan.state.meter_half = half(1);
        plan.state.reg_half = half(2);
        return std::nullopt;
      }
    } while (std::next_permutation(halves, halves + 3));
    return misfit;
  }

  const Program& program_;
  const PhvLayout& layout_;
  const std::map<const Table*, TableUses>& uses_;
};

class Planner {
 public:
  Planner(const Program& program, const PhvLayout& layout)
      : program_(program), layout_(layout), builder_(program, layout, uses_) {}

  std::vector<StagePlan> run() {
    for (const Table& t : program_.tables) {
      uses_[&t] = uses_of(program_, layout_, t);
      check_colour(t);
    }
    group();
    check_groups();
    order();
    problem_.fits = [this](uint32_t set) { return fits(set); };
    const auto stages = allocate(problem_, rmt::kNumStages);
    if (!stages) explain();
    std::vector<StagePlan> plans(
        groups_.empty() ? 0 : *std::max_element(stages->begin(), stages->end()) + 1);
    for (unsigned s = 0; s < plans.size(); ++s) {
      uint32_t set = 0;
      for (unsigned g = 0; g < groups_.size(); ++g) set |= uint32_t{(*stages)[g] == s} << g;
      builder_.build(tables_of(set), plans[s]);
    }
    return plans;
  }

 private:
  // The colour wins over a statement that writes the same field, which would be lost.
  void check_colour(const Table& t) const {
    if (!t.meter) return;
    const unsigned dst = whole_container(layout_, t.meter->colour);
    for (const std::string& name : t.all_actions()) {
      const Action& action = *program_.action(name);
      if (!action.meter) continue;
      for (const Statement& s : action.body) {
        const std::vector<unsigned> to = whole_containers(layout_, s.to);
        if (std::find(to.begin(), to.end(), dst) != to.end()) {
          s.to.where.fail(s.to.name() + ", which takes the colour of table " + t.name,
                          "each field once in an action");
        }
      }
    }
  }

  // Tables joined by else_of are one group.
  void group() {
    std::map<std::string, unsigned> of;
    for (const Table& t : program_.tables) {
      if (t.else_of) {
        const unsigned g = of.at(*t.else_of);
        of[t.name] = g;
        groups_[g].push_back(&t);
      } else {
        of[t.name] = static_cast<unsigned>(groups_.size());
        groups_.push_back({&t});
      }
    }
  }

  void check_groups() {
    if (program_.tables.size() > rmt::kNumStages * kKinds) {
      program_.tables.back().where.fail(std::to_string(program_.tables.size()) + " tables",
                                        "at most " + std::to_string(rmt::kNumStages * kKinds) +
                                            ", " + std::to_string(kKinds) + " in each of " +
                                            std::to_string(rmt::kNumStages) + " stages");
    }
    StagePlan plan;
    for (const Table& t : program_.tables) {
      if (const auto m = builder_.build({&t}, plan)) {
        (m->at ? *m->at : t.where.at("key")).fail(m->found, m->expected);
      }
    }
    for (const std::vector<const Table*>& g : groups_) {
      if (g.size() == 1) continue;
      if (const auto m = builder_.build(g, plan)) {
        g.back()->where.at("else_of").fail(m->found + ", with table " + *g.back()->else_of,
                                           m->expected);
      }
    }
  }

  bool must_follow(const Table* late, const Table* early) const {
    return early < late && !exclusive(layout_, *early, *late) &&
           uses_.at(early).conflicts(uses_.at(late));
  }

  void order() {
    problem_.after.assign(groups_.size(), 0);
    for (unsigned i = 0; i < groups_.size(); ++i) {
      for (unsigned j = 0; j < groups_.size(); ++j) {
        if (i == j) continue;
        for (const Table* late : groups_[i]) {
          for (const Table* early : groups_[j]) {
            if (must_follow(late, early)) problem_.after[i] |= 1u << j;
          }
        }
      }
    }
  }

  std::vector<const Table*> tables_of(uint32_t set) const {
    std::vector<const Table*> tables;
    for (unsigned g = 0; g < groups_.size(); ++g) {
      if (set >> g & 1) tables.insert(tables.end(), groups_[g].begin(), groups_[g].end());
    }
    return tables;
  }

  std::optional<Misfit> clash(uint32_t set) const {
    const std::vector<const Table*> tables = tables_of(set);
    for (const Table* a : tables) {
      for (const Table* b : tables) {
        if (a < b && group_of(a) != group_of(b) && !exclusive(layout_, *a, *b)) {
          return Misfit{"", "headers that exclude each other"};
        }
      }
    }
    StagePlan plan;
    return builder_.build(tables, plan);
  }

  unsigned group_of(const Table* t) const {
    for (unsigned g = 0; g < groups_.size(); ++g) {
      if (std::find(groups_[g].begin(), groups_[g].end(), t) != groups_[g].end()) return g;
    }
    return 0;
  }

  bool fits(uint32_t set) {
    const auto known = fits_.find(set);
    if (known != fits_.end()) return known->second;
    return fits_[set] = !clash(set);
  }

  std::string name_of(unsigned group) const {
    std::vector<std::string> names;
    for (const Table* t : groups_[group]) names.push_back(t->name);
    return list(names, "|");
  }
  std::vector<std::string> names_of(const std::vector<unsigned>& groups) const {
    std::vector<std::string> names;
    for (unsigned g : groups) names.push_back(name_of(g));
    return names;
  }

  [[noreturn]] void explain() {
    const Yaml& where = program_.tables.back().where;
    const std::string stages = "at most " + std::to_string(rmt::kNumStages) + " stages";
    const std::vector<unsigned> chain = longest_chain(problem_);
    if (chain.empty()) explain_cycle();
    if (chain.size() > rmt::kNumStages) {
      where.fail(
          "a chain of " + std::to_string(chain.size()) + " tables that each need the one before",
          stages + ": " + list(names_of(chain), " > "));
    }
    for (TableKind kind : {TableKind::kTernary, TableKind::kExact, TableKind::kLpm}) {
      const auto n = std::count_if(program_.tables.begin(), program_.tables.end(),
                                   [&](const Table& t) { return t.kind == kind; });
      if (n > static_cast<long>(rmt::kNumStages)) {
        where.fail(std::to_string(n) + " " + to_string(kind) + " tables",
                   "at most " + std::to_string(rmt::kNumStages) + ", one a stage");
      }
    }
    const std::vector<unsigned> apart = crowd(problem_);
    std::string why;
    for (unsigned a = 0; a < groups_.size(); ++a) {
      for (unsigned b = a + 1; b < groups_.size(); ++b) {
        const bool ordered = (problem_.after[a] >> b & 1) != 0 || (problem_.after[b] >> a & 1) != 0;
        const auto m = ordered ? std::nullopt : clash(1u << a | 1u << b);
        if (m && !m->found.empty() && why.empty()) {
          why = "; " + name_of(a) + " and " + name_of(b) + " could share one but for " + m->found;
        }
      }
    }
    if (apart.size() > rmt::kNumStages) {
      where.fail(std::to_string(apart.size()) + " tables of which no two can share a stage",
                 stages + ": " + list(names_of(apart), ", ") + why);
    }
    where.fail(std::to_string(groups_.size()) + " tables or chains of else_of with no placement",
               stages + ": the longest chain is " + std::to_string(chain.size()) + " (" +
                   list(names_of(chain), " > ") + "), " + std::to_string(apart.size()) +
                   " share no stage (" + list(names_of(apart), ", ") + ")" + why);
  }

  // else_of asks for a stage that another table must lie before and after.
  [[noreturn]] void explain_cycle() {
    for (unsigned g = 0; g < groups_.size(); ++g) {
      for (const Table* t : groups_[g]) {
        if (!t->else_of) continue;
        // What must lie after the group, directly or not, and before this table.
        std::set<unsigned> later{g};
        for (unsigned round = 0; round < groups_.size(); ++round) {
          for (unsigned i = 0; i < groups_.size(); ++i) {
            for (unsigned j : std::set<unsigned>(later)) {
              if (problem_.after[i] >> j & 1) later.insert(i);
            }
          }
        }
        for (const Table& between : program_.tables) {
          const unsigned b = group_of(&between);
          if (b != g && later.count(b) != 0 && must_follow(t, &between)) {
            t->where.at("else_of").fail("a table that needs " + between.name +
                                            ", which needs a stage after that of " + *t->else_of,
                                        "tables that can share a stage");
          }
        }
      }
    }
    program_.tables.back().where.fail("tables that need each other", "an order of stages");
  }

  const Program& program_;
  const PhvLayout& layout_;
  std::map<const Table*, TableUses> uses_;
  StageBuilder builder_;
  std::vector<std::vector<const Table*>> groups_;
  StageProblem problem_;
  std::map<uint32_t, bool> fits_;
};

}  // namespace

unsigned StagePlan::action_index(const std::string& action) const {
  return static_cast<unsigned>(std::find(actions.begin(), actions.end(), action) - actions.begin());
}

std::vector<StagePlan> plan_stages(const Program& program, const PhvLayout& layout) {
  return Planner(program, layout).run();
}

}  // namespace fp::pipeline
