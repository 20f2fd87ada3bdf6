// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/explain/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "contract/common.hpp"
#include "sim-tb/explain/image_stages.hpp"
#include "sim-tb/explain/names.hpp"
#include "sim-tb/stats/field_values.hpp"

namespace fp::explain {
namespace {

using Json = nlohmann::ordered_json;
using pipeline::TableKind;
using rmt::TableId;

const char* colour_name(rmt::Colour colour) {
  return colour == rmt::Colour::kGreen    ? "green"
         : colour == rmt::Colour::kYellow ? "yellow"
                                          : "red";
}

const char* verdict_name(rmt::Verdict v) {
  return v == rmt::Verdict::kForward ? "forward" : v == rmt::Verdict::kSlow ? "slow" : "drop";
}

// Without the file, which may lie anywhere.
std::string short_origin(const std::string& where) {
  const size_t colon = where.rfind(": ");
  return colon == std::string::npos ? where : where.substr(colon + 2);
}

std::string parameter_text(pipeline::ParamValue value) {
  const auto whole = value.value();
  const auto low = static_cast<uint64_t>(whole);
  if (whole >> 64 == 0) return low < 65536 ? fmt::format("{}", low) : fmt::format("0x{:x}", low);
  return fmt::format("0x{:x}{:016x}", static_cast<uint64_t>(whole >> 64), low);
}

class Explainer {
 public:
  explicit Explainer(const Material& m) : m_(m), rows_(m.image), names_(m.program) {}

  Json run() {
    Json out;
    out["in"] = m_.line.at("in");
    out["n"] = m_.line.at("n");
    out["verdict"] = m_.line.at("verdict");
    out["reason"] = m_.line.at("reason");
    out["decided_by"] = nullptr;  // keeps its place
    out["cycle_in"] = m_.line.at("cycle_in");
    Json& passes = out["passes"] = Json::array();
    for (size_t i = 0; i < m_.passes.size(); ++i) passes.push_back(pass(i));
    compare_reports();
    out["decided_by"] = decision(passes);
    out["out"] = copies();
    return out;
  }

 private:
  [[noreturn]] static void disagree(const std::string& what, const std::string& found,
                                    const std::string& expected) {
    throw Disagreement(fmt::format("explain: {}: found {}, expected {}", what, found, expected));
  }
  static void agree(bool same, const std::string& what, const std::string& found,
                    const std::string& expected) {
    if (!same) disagree(what, found, expected);
  }

  Json pass(size_t number) {
    const Pass& p = m_.passes[number];
    Json out;
    out["pass"] = number;
    out["parse"] = parse(p);
    Json& stages = out["stages"] = Json::array();
    for (const StageStep& step : p.stages) {
      if (step.stage < m_.image.stages.size()) stages.push_back(stage(p, step));
    }
    if (p.sent) out["deparse"] = deparse(p);
    return out;
  }

  // --- parser ----------------------------------------------------------------------------------

  // Walks the parser's rows over the window by itself.
  Json parse(const Pass& p) {
    Json out;
    out["cycle"] = cycle(p.parsed_cycle);
    Json& steps = out["steps"] = Json::array();
    uint32_t valid = 0;
    unsigned state = rows_.parser_init.state, at = 0;
    auto look = rows_.parser_init.lookup_off;
    for (unsigned n = 0; n < rmt::kParserSteps; ++n) {
      const auto byte = [&](unsigned i) {
        const size_t k = at + i;
        return k < p.window.len ? p.window.bytes[k] : uint8_t{0};
      };
      const auto hit =
          std::find_if(rows_.parser_tcam.begin(), rows_.parser_tcam.end(), [&](const auto& row) {
            const rmt::ParserTcam& t = row.second;
            bool same = t.valid && ((state ^ t.state) & t.state_mask) == 0;
            for (unsigned i = 0; i < rmt::kLookupBytes; ++i) {
              same = same && ((byte(look[i]) ^ t.lookup[i]) & t.lookup_mask[i]) == 0;
            }
            return same;
          });
      if (hit == rows_.parser_tcam.end()) break;
      const rmt::ParserAction& a = rows_.parser_action[hit->first];
      Json step{{"row", hit->first}, {"offset", at}};
      step["header"] = a.mark ? Json(m_.image.headers.at(a.hdr_id)) : Json(nullptr);
      if (at + a.need > p.window.len) {
        step["short_of"] = at + a.need - p.window.len;
        steps.push_back(step);
        break;
      }
      if (a.mark) valid |= 1u << a.hdr_id;
      if (a.exc) step["exception"] = reason_name(a.exc_reason);
      steps.push_back(step);
      if (a.exc || a.done) break;
      at += a.adv_const;
      if (a.adv_var) at += unsigned((byte(a.adv_byte) & a.adv_mask) >> a.adv_shr) << a.adv_shl;
      state = a.next_state;
      look = a.lookup_off;
    }
    agree(valid == p.frame.hdr_valid, "headers found by the parser",
          fmt::format("0x{:08x}", p.frame.hdr_valid), fmt::format("0x{:08x}", valid));
    Json& headers = out["headers"] = Json::array();
    std::vector<std::pair<unsigned, std::string>> found;
    for (unsigned h = 0; h < m_.image.headers.size(); ++h) {
      if ((valid >> h & 1) != 0) found.emplace_back(p.window.hdr_off[h], m_.image.headers[h]);
    }
    std::sort(found.begin(), found.end());
    for (const auto& [offset, name] : found) {
      headers.push_back({{"header", name}, {"offset", offset}});
    }
    out["exception"] = nullptr;
    if (p.frame.exc.valid) {
      out["exception"] = {{"verdict", verdict_name(p.frame.exc.verdict)},
                          {"reason", reason_name(p.frame.exc.reason)}};
    }
    return out;
  }

  // --- stages ----------------------------------------------------------------------------------

  Json stage(const Pass& p, const StageStep& step) {
    const pipeline::Image::Stage& info = m_.image.stages[step.stage];
    const auto replayed = rows_.lookup(step.stage, p.frame.hdr_valid, step.before);
    compare_lookup(step, replayed);
    const bool hit = step.found.hit;

    Json out;
    out["stage"] = step.stage;
    out["cycle"] = cycle(step.cycle);
    Json& tables = out["tables"] = Json::array();
    Json entry = nullptr;
    const pipeline::Entry* given = nullptr;
    std::string owner;
    for (const auto& table : info.tables) {
      const bool part = takes_part(step.stage, table.kind, p.frame.hdr_valid);
      Json t{{"table", table.name}, {"kind", pipeline::to_string(table.kind)}};
      const bool mine = part && hit && replayed && replayed->kind == table.kind;
      t["result"] = !part ? "absent" : mine ? "hit" : entry.is_null() ? "miss" : "not asked";
      if (part) t["key"] = key(table.name, p.frame.hdr_valid, step.before);
      if (mine) {
        owner = table.name;
        entry = entry_of(step.stage, table, replayed->row, given);
        t["entry"] = entry;
      }
      tables.push_back(t);
    }
    out["table"] = owner.empty() ? Json(nullptr) : Json(owner);
    out["hit"] = hit;
    out["action"] = nullptr;
    if (step.found.run) action(step, info, given, owner, out);
    Json& changes = out["changes"] = Json::array();
    for (const auto& [a, b] : names_.changes(p.frame.hdr_valid, step.before, step.after)) {
      changes.push_back({{"field", a.field}, {"from", a.text}, {"to", b.text}});
    }
    compare_action(step);
    state(step, out);
    return out;
  }

  bool takes_part(unsigned stage, TableKind kind, uint32_t hdr_valid) const {
    const auto at = rows_.stages.find(stage);
    if (at == rows_.stages.end()) return false;
    const rmt::KeyCfg& cfg = at->second.key;
    const unsigned k = kind == TableKind::kTernary ? 0 : kind == TableKind::kExact ? 1 : 2;
    return cfg.en[k] && (hdr_valid & cfg.gw_mask[k]) == cfg.gw_value[k];
  }

  Json key(const std::string& table, uint32_t hdr_valid, const rmt::Phv& phv) const {
    Json out = Json::object();
    const pipeline::Table* t = m_.program.table(table);
    if (t == nullptr) return out;
    for (const pipeline::FieldRef& f : t->key) {
      if (const auto value = names_.key_value(f, hdr_valid, phv)) out[value->field] = value->text;
    }
    return out;
  }

  // The configuration's entry that lies in `row`.
  Json entry_of(unsigned stage, const pipeline::Image::TableInfo& table, unsigned row,
                const pipeline::Entry*& given) const {
    for (size_t i = 0; i < table.entries.size(); ++i) {
      const auto& rows = table.entries[i].rows;
      if (std::find(rows.begin(), rows.end(), row) == rows.end()) continue;
      given = nth_entry(table.name, i);
      Json e{{"name", short_origin(table.entries[i].where)}, {"row", row}};
      if (table.kind == TableKind::kExact) {
        e["way"] = row / rmt::kExactRows;
        e["row"] = row % rmt::kExactRows;
      } else if (table.kind == TableKind::kLpm) {
        e["bucket"] = row / rmt::kLpmSlots;
        e["row"] = row % rmt::kLpmSlots;
      }
      return e;
    }
    disagree(fmt::format("stage {} table {}", stage, table.name), fmt::format("row {} hit", row),
             "a row of an entry");
  }

  const pipeline::Entry* nth_entry(const std::string& table, size_t n) const {
    for (const pipeline::Entry& e : m_.entries) {
      if (e.table == table && n-- == 0) return &e;
    }
    return nullptr;
  }

  void action(const StageStep& step, const pipeline::Image::Stage& info,
              const pipeline::Entry* given, std::string& owner, Json& out) const {
    const std::string name =
        step.found.action < info.actions.size() ? info.actions[step.found.action] : "";
    out["action"] = name.empty() ? Json(step.found.action) : Json(name);
    out["default"] = !step.found.hit;
    Json& params = out["params"] = Json::object();
    if (step.found.hit && given != nullptr) {
      for (const auto& [param, value] : given->params) params[param] = parameter_text(value);
    }
    if (!owner.empty()) return;
    // A default is its table's whose action it is.
    for (const auto& t : info.tables) {
      const pipeline::Table* table = m_.program.table(t.name);
      if (table != nullptr && table->default_action == name) owner = t.name;
    }
    if (!owner.empty()) out["table"] = owner;
  }

  void state(const StageStep& step, Json& out) const {
    const rmt::StateUse& use = step.use;
    if (use.counter.used) {
      out["counter"] = {{"row", use.counter.row},
                        {"packets", {use.counter.before.packets, use.counter.after.packets}},
                        {"bytes", {use.counter.before.bytes, use.counter.after.bytes}}};
    }
    if (use.meter.used) {
      // Tokens are kept in 1/65536 bytes.
      out["meter"] = {{"row", use.meter.row},
                      {"colour", colour_name(use.colour)},
                      {"committed_bytes", use.meter.after.tc >> 16},
                      {"peak_bytes", use.meter.after.tp >> 16}};
    }
    if (use.reg.used) {
      out["register"] = {{"row", use.reg.row}, {"value", {use.reg.before, use.reg.after}}};
    }
  }

  // --- the model against the replayed image -----------------------------------------------------

  static void compare_lookup(const StageStep& step, const std::optional<Hit>& replayed) {
    const auto text = [](bool hit, bool run, unsigned action) {
      return fmt::format("{}, {}", hit ? "a hit" : "no hit",
                         run ? fmt::format("action {}", action) : "no action");
    };
    const bool hit = replayed && !replayed->otherwise;
    const unsigned action = replayed ? replayed->action : 0;
    const bool same = step.found.hit == hit && step.found.run == replayed.has_value() &&
                      (!replayed || (step.found.action == action &&
                                     std::equal(replayed->params.begin(), replayed->params.end(),
                                                step.found.params.begin())));
    agree(same, fmt::format("stage {} lookup", step.stage),
          text(step.found.hit, step.found.run, step.found.action),
          text(hit, replayed.has_value(), action));
  }

  void compare_action(const StageStep& step) const {
    rmt::Phv phv = step.before;
    const rmt::StateUse& use = step.use;
    if (step.found.run) {
      rows_.run(step.stage, step.found.action, step.found.params, phv);
      // What the state gave back comes from the rows that the model used.
      const StageRows& rows = rows_.stages.at(step.stage);
      const auto side = rows.side.find(step.found.action);
      if (side != rows.side.end() && use.reg.used && side->second.reg_wr) {
        phv.c32[side->second.reg_dst] =
            side->second.reg_op == rmt::RegOp::kWrite ? use.reg.before : use.reg.after;
      }
      if (side != rows.side.end() && use.meter.used) {
        phv.c8[rows.state.meter_dst] = static_cast<uint8_t>(use.colour);
        if (side->second.red_drop && use.colour == rmt::Colour::kRed) {
          phv.c8[rmt::kMetaVerdict] = static_cast<uint8_t>(rmt::Verdict::kDrop);
          phv.c8[rmt::kMetaReason] = static_cast<uint8_t>(rmt::Reason::kMeter);
        }
      }
    }
    agree(phv == step.after, fmt::format("stage {} action", step.stage), "other fields",
          "those of the image's instruction");
  }

  // --- the model against the reports ------------------------------------------------------------

  void compare_reports() const {
    if (m_.passes.empty()) return;
    const Pass& first = m_.passes.front();
    std::string fields;
    stats::FieldWriter(m_.image.fields).append_json(first.frame.hdr_valid, first.frame.phv, fields);
    agree(Json::parse(fields) == m_.line.at("fields"), "reported fields",
          m_.line.at("fields").dump(), fields);
    const Pass& last = m_.passes.back();
    if (!last.sent || m_.line.at("verdict") == "held") return;
    Json reported = Json::array(), seen = Json::array();
    for (const auto& t : m_.line.at("tables")) reported.push_back({t.at("hit"), t.at("action")});
    for (const StageStep& s : last.stages) {
      if (s.stage >= m_.image.stages.size() || (!s.found.hit && !s.found.run)) continue;
      const auto& actions = m_.image.stages[s.stage].actions;
      seen.push_back({s.found.hit, s.found.run ? Json(actions.at(s.found.action)) : Json(nullptr)});
    }
    agree(reported == seen, "reported tables", reported.dump(), seen.dump());
    // The traffic manager may still drop what the stages let go, never the other way round.
    const std::string verdict = m_.line.at("verdict");
    const std::string mine = verdict_name(last.fate.verdict);
    agree(verdict == mine || verdict == "drop", "reported verdict", verdict, mine);
  }

  // --- what decided -----------------------------------------------------------------------------

  Json decision(const Json& passes) const {
    if (m_.line.at("verdict") == "held" || m_.passes.empty()) return nullptr;
    const Pass& last = m_.passes.back();
    const Json reason = m_.line.at("reason");
    if (reason == "capture.truncated" || reason == "oversize") return {{"part", "wire"}};
    if (last.frame.exc.valid && !last.error) {
      const Json& steps = passes.back().at("parse").at("steps");
      Json d{{"part", "parser"}};
      if (!steps.empty()) {
        d["header"] = steps.back().at("header");
        d["offset"] = steps.back().at("offset");
      }
      return d;
    }
    const bool by_stage = m_.line.at("verdict") == verdict_name(last.fate.verdict) &&
                          (reason.is_null() || reason == reason_name(last.fate.reason));
    if (!by_stage) return {{"part", "traffic manager"}, {"queue", last.fate.queue}};
    // The last action that wrote the verdict.
    for (size_t i = last.stages.size(); i-- > 0;) {
      const StageStep& step = last.stages[i];
      if (!step.found.run || !writes_verdict(step)) continue;
      for (const Json& s : passes.back().at("stages")) {
        if (s.at("stage") != step.stage) continue;
        Json d{{"part", "stage"}, {"stage", step.stage}, {"table", s.at("table")}};
        d["entry"] = nullptr;
        for (const Json& t : s.at("tables")) {
          if (t.contains("entry")) d["entry"] = t.at("entry").at("name");
        }
        d["action"] = s.at("action");
        if (s.contains("meter")) d["meter"] = s.at("meter").at("colour");
        return d;
      }
    }
    // Nobody did: the verdict that every frame starts with stood.
    Json missed = Json::array();
    for (const Json& s : passes.back().at("stages")) {
      for (const Json& t : s.at("tables")) {
        if (t.at("result") == "miss") missed.push_back(t.at("table"));
      }
    }
    return {{"part", "no stage"}, {"missed", missed}};
  }

  bool writes_verdict(const StageStep& step) const {
    rmt::Phv phv = step.before;
    if (rows_.run(step.stage, step.found.action, step.found.params, phv).count(rmt::kMetaVerdict) !=
        0) {
      return true;
    }
    return step.use.meter.used &&
           step.before.c8[rmt::kMetaVerdict] != step.after.c8[rmt::kMetaVerdict];
  }

  // --- behind the stages ------------------------------------------------------------------------

  Json deparse(const Pass& p) const {
    const rmt::FrameFate& f = p.fate;
    Json out;
    out["cycle"] = cycle(p.first_beat);
    out["last_cycle"] = cycle(p.last_beat);
    out["bytes"] = p.bytes.size();
    out["verdict"] = verdict_name(f.verdict);
    if (f.verdict != rmt::Verdict::kForward) out["reason"] = reason_name(f.reason);
    if (f.verdict == rmt::Verdict::kDrop) return out;
    out["to"] = f.out_port == rmt::kOutMulticast ? fmt::format("group {}", f.group)
                : f.out_port <= static_cast<uint8_t>(common::PortId::kRecirc)
                    ? common::to_string(static_cast<common::PortId>(f.out_port))
                    : fmt::format("{}", f.out_port);
    out["queue"] = f.queue;
    out["edit"] = f.edit;
    const uint8_t pop = p.stages.empty() ? 0 : p.stages.back().after.c8[rmt::kMetaPop];
    if (pop != 0 && pop <= m_.program.pops.size()) out["pop"] = m_.program.pops[pop - 1].name;
    return out;
  }

  // What left the traffic manager, with the edit that egress made.
  Json copies() const {
    Json out = Json::array();
    const Json& left = m_.line.at("out");
    if (m_.passes.empty() || !m_.passes.back().sent) return left;
    const Pass& last = m_.passes.back();
    for (size_t i = 0; i < left.size(); ++i) {
      Json copy = left[i];
      uint8_t edit = last.fate.edit, queue = last.fate.queue;
      if (last.fate.out_port == rmt::kOutMulticast) {
        const auto group = rows_.groups.find(last.fate.group);
        if (group == rows_.groups.end()) disagree("multicast group", "copies", "a group");
        for (const rmt::GroupCopy& c : group->second.copy) {
          if (c.en && copy.at("port") == common::to_string(static_cast<common::PortId>(c.port)) &&
              !used(out, copy.at("port"), c)) {
            edit = c.edit;
            queue = c.queue;
          }
        }
      }
      copy["queue"] = queue;
      copy["waited"] = copy.at("cycle").get<int64_t>() - cycle(last.last_beat);
      copy["bytes"] = m_.copies.at(i).size();
      copy["edit"] = nullptr;
      const auto row = rows_.edits.find(edit);
      if (edit != 0 && row != rows_.edits.end()) {
        copy["edit"] = {{"row", edit}, {"at", row->second.at}, {"inserted", row->second.len}};
      }
      compare_copy(last, edit, m_.copies.at(i), copy.at("port"));
      out.push_back(copy);
    }
    return out;
  }

  // Whether an earlier copy to the same port had this row of the group.
  static bool used(const Json& out, const Json& port, const rmt::GroupCopy& c) {
    return std::any_of(out.begin(), out.end(), [&](const Json& o) {
      return o.at("port") == port && o.at("queue") == c.queue &&
             (o.at("edit").is_null() ? c.edit == 0 : o.at("edit").at("row") == c.edit);
    });
  }

  // Behind the deparser only an edit changes a frame, and a MAC pads it.
  void compare_copy(const Pass& last, uint8_t edit, const std::vector<uint8_t>& copy,
                    const std::string& port) const {
    std::vector<uint8_t> expected = last.bytes;
    const auto row = rows_.edits.find(edit);
    const rmt::EgressEdit none{};
    const rmt::EgressEdit& e = edit == 0 || row == rows_.edits.end() ? none : row->second;
    const size_t at = e.at < expected.size() ? e.at : 0, n = at == e.at ? e.len : 0;
    std::vector<uint8_t> rest = copy;
    if (rest.size() >= at + n) {
      rest.erase(rest.begin() + static_cast<long>(at), rest.begin() + static_cast<long>(at + n));
    }
    if (rest.size() > expected.size() && rest.size() + n <= 60) expected.resize(rest.size());
    agree(rest == expected, fmt::format("the copy at {}", port),
          fmt::format("{} other bytes", copy.size()), "those that the deparser sent");
  }

  int64_t cycle(uint64_t block_time) const {
    return static_cast<int64_t>(block_time) - static_cast<int64_t>(m_.ready_cycle);
  }

  const Material& m_;
  mutable ImageStages rows_;
  const Names names_;
};

}  // namespace

Json explanation(const Material& m) { return Explainer(m).run(); }

}  // namespace fp::explain
