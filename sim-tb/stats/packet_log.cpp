// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/stats/packet_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

#include "contract/reasons.hpp"

namespace fp::stats {
namespace {

// By PacketLog::Verdict.
constexpr const char* kVerdicts[] = {"held", "forward", "drop", "slow"};

constexpr uint16_t kRmtReasons = static_cast<uint16_t>(rmt::Reason::kNoRoute) & 0xff00;

}  // namespace

PacketLog::PacketLog(const std::string& path, pipeline::FieldMap fields,
                     std::vector<StageNames> stages)
    : file_(path), fields_(std::move(fields)), stages_(std::move(stages)) {
  drop_index_.fill(-1);
  slow_index_.fill(-1);
  for (size_t code = 0; code < names_.size(); ++code) {
    const ReasonInfo* const info = find_reason(static_cast<Reason>(kRmtReasons | code));
    if (info == nullptr) {
      // Tables may name any code; one without a name still counts, by number.
      names_[code] = fmt::format("rmt.{}", code);
      continue;
    }
    names_[code] = std::string(info->block) + "." + info->name;
    const bool slow = info->verdict == ReasonVerdict::kSlow;
    (slow ? slow_index_ : drop_index_)[code] =
        static_cast<int>((slow ? totals_.slows : totals_.drops).size());
    (slow ? totals_.slows : totals_.drops).emplace_back(names_[code], 0);
  }
  mark_index_ = totals_.drops.size();
  totals_.drops.emplace_back(io::mark_reason(io::FrameMark::kCutByRecorder), 0);
  totals_.drops.emplace_back(io::mark_reason(io::FrameMark::kOversize), 0);
}

std::string tag_text(uint32_t tag) {
  if ((tag & kOriginatedTag) != 0)
    return fmt::format("originated packet {}", tag & ~kOriginatedTag);
  return fmt::format("p{} packet {}", tag_wire(tag), tag_number(tag));
}

PacketLog::Entry& PacketLog::entry(uint32_t tag) {
  Wire& wire = wires_[tag_wire(tag)];
  const uint32_t index = tag_number(tag - static_cast<uint32_t>(wire.first));
  while (wire.entries.size() <= index) wire.entries.emplace_back();
  return wire.entries[index];
}

void PacketLog::accepted(uint32_t tag, io::FrameMark mark, uint64_t cycle) {
  Entry& e = entry(tag);
  e.accepted = true;
  e.mark = mark;
  e.cycle_in = cycle;
  if (tag == watched_) stay_ = {cycle, cycle};
  ++totals_.in;
  ++open_;
}

void PacketLog::parsed(const rmt::ParseReport& report) {
  if ((report.tag & kOriginatedTag) != 0) return;
  Entry& e = entry(report.tag);
  e.parsed = true;
  e.hdr_valid = report.hdr_valid;
  e.phv = report.phv;
}

const char* PacketLog::count_reason(uint8_t code, io::FrameMark mark, Verdict verdict) {
  if (mark != io::FrameMark::kNone && verdict == Verdict::kDrop) {
    // The wire knew before the pipeline that the frame could not be kept.
    ++totals_.drops[mark_index_ + (mark == io::FrameMark::kOversize ? 1 : 0)].second;
    return io::mark_reason(mark);
  }
  auto& index = verdict == Verdict::kSlow ? slow_index_ : drop_index_;
  auto& counts = verdict == Verdict::kSlow ? totals_.slows : totals_.drops;
  if (index[code] < 0) {
    index[code] = static_cast<int>(counts.size());
    counts.emplace_back(names_[code], 0);
  }
  ++counts[static_cast<size_t>(index[code])].second;
  return names_[code].c_str();
}

void PacketLog::judged(const rmt::VerdictReport& report) {
  if ((report.tag & kOriginatedTag) != 0) {
    if (report.verdict == rmt::Verdict::kDrop) ++totals_.originated_dropped;
    return;
  }
  seen(report.tag);
  Entry& e = entry(report.tag);
  e.stage_hit = report.stage_hit;
  e.stage_action = report.stage_action;
  e.copies_due = report.copies;
  switch (report.verdict) {
    case rmt::Verdict::kForward:
      e.verdict = Verdict::kForward;
      ++totals_.forwarded;
      break;
    case rmt::Verdict::kSlow:
      e.verdict = Verdict::kSlow;
      ++totals_.slow;
      break;
    default:
      e.verdict = Verdict::kDrop;
      ++totals_.dropped;
      break;
  }
  if (e.verdict != Verdict::kForward) e.reason = count_reason(report.reason, e.mark, e.verdict);
  flush(tag_wire(report.tag));
}

void PacketLog::left(uint32_t tag, common::PortId port, uint64_t n, uint64_t cycle) {
  if ((tag & kOriginatedTag) != 0) {
    ++totals_.originated;
    return;
  }
  seen(tag);
  Entry& e = entry(tag);
  if (e.copies.empty()) totals_.latency.add(cycle - e.cycle_in);
  e.copies.push_back({port, n, cycle});
  flush(tag_wire(tag));
}

bool PacketLog::complete(const Entry& e) const {
  if (!e.accepted || e.verdict == Verdict::kNone) return false;
  return e.copies.size() >= e.copies_due;
}

void PacketLog::flush(unsigned wire) {
  Wire& w = wires_[wire];
  while (!w.entries.empty() && complete(w.entries.front())) {
    write(wire, w.first, w.entries.front());
    w.entries.pop_front();
    ++w.first;
    --open_;
  }
}

std::pair<std::string, std::string> PacketLog::action_names(size_t s, size_t action) const {
  const auto& names = stages_[s].actions;
  if (action < names.size()) return {names[action].table, names[action].action};
  return {stages_[s].table, fmt::format("{}", action)};
}

std::string PacketLog::comment(uint32_t tag) {
  std::string out = tag_text(tag);
  if ((tag & kOriginatedTag) != 0) return out;
  const Entry& e = entry(tag);
  // A copy of a multicast frame may leave before the frame is judged.
  if (e.verdict == Verdict::kNone) return out;
  out += fmt::format(": {}", kVerdicts[static_cast<size_t>(e.verdict)]);
  if (e.reason != nullptr) out += fmt::format(" {}", e.reason);
  for (size_t s = 0; s < stages_.size() && s < e.stage_action.size(); ++s) {
    if (e.stage_action[s] == 0) continue;
    const auto [table, action] = action_names(s, e.stage_action[s] - 1u);
    out += fmt::format("; {} {} {}", table, (e.stage_hit >> s & 1) != 0 ? "hit" : "miss", action);
  }
  return out;
}

void PacketLog::write(unsigned wire, uint64_t n, Entry& e) {
  line_.clear();
  auto to = std::back_inserter(line_);
  fmt::format_to(to, R"({{"in":"p{}","n":{},"verdict":"{}","reason":)", wire, n,
                 kVerdicts[static_cast<size_t>(e.verdict)]);
  if (e.reason != nullptr) {
    fmt::format_to(to, R"("{}")", e.reason);
  } else {
    line_ += "null";
  }
  line_ += R"(,"out":[)";
  // Ports that send in one cycle are asked in any order.
  std::sort(e.copies.begin(), e.copies.end(), [](const Copy& a, const Copy& b) {
    return std::tie(a.cycle, a.port) < std::tie(b.cycle, b.port);
  });
  for (const Copy& copy : e.copies) {
    fmt::format_to(to, R"({}{{"port":"{}","n":{},"cycle":{}}})", &copy == &e.copies[0] ? "" : ",",
                   common::to_string(copy.port), copy.n, copy.cycle);
  }
  fmt::format_to(to, R"(],"cycle_in":{},"tables":[)", e.cycle_in);
  bool first = true;
  for (size_t s = 0; s < stages_.size() && s < e.stage_action.size(); ++s) {
    const bool hit = (e.stage_hit >> s & 1) != 0;
    if (!hit && e.stage_action[s] == 0) continue;
    const auto [table, action] = e.stage_action[s] == 0 ? std::pair{stages_[s].table, std::string()}
                                                        : action_names(s, e.stage_action[s] - 1u);
    fmt::format_to(to, R"({}{{"table":"{}","hit":{},"action":)", first ? "" : ",", table, hit);
    first = false;
    if (e.stage_action[s] == 0) {
      line_ += "null}";
    } else {
      fmt::format_to(to, R"("{}"}})", action);
    }
  }
  line_ += "]";
  if (on_end_) on_end_(frame_tag(wire, n), e.cycle_in, complete(e), line_ + "}");
  line_ += R"(,"fields":)";
  if (e.parsed) {
    fields_.append_json(e.hdr_valid, e.phv, line_);
  } else {
    line_ += "{}";
  }
  line_ += "}\n";
  file_.append(line_);
}

void PacketLog::checkpoint(StateIo& io) {
  io.place("packet log");
  io(file_, open_, drop_index_, slow_index_);
  Totals& t = totals_;
  io(t.in, t.forwarded, t.dropped, t.slow, t.held, t.originated, t.originated_dropped, t.latency);
  io.resized(t.drops);
  io.resized(t.slows);
  // Reasons are names of ours: saved by number, 0 for none.
  const auto reason = [&](Entry& e) {
    const std::array marks = {io::mark_reason(io::FrameMark::kCutByRecorder),
                              io::mark_reason(io::FrameMark::kOversize)};
    const auto name = [&](size_t i) {
      return i < names_.size() ? names_[i].c_str() : marks[i - names_.size()];
    };
    const size_t most = names_.size() + marks.size();
    uint32_t number = 0;
    for (size_t i = 0; i < most && number == 0 && e.reason != nullptr; ++i) {
      if (name(i) == e.reason) number = static_cast<uint32_t>(i) + 1;
    }
    io(number);
    if (number > most) io.fail("reason " + std::to_string(number), "a known one");
    e.reason = number == 0 ? nullptr : name(number - 1);
  };
  for (Wire& wire : wires_) {
    io(wire.first);
    const size_t n = io.length(wire.entries.size());
    if (io.loading()) wire.entries.clear();
    for (size_t i = 0; i < n; ++i) {
      Entry& e = io.loading() ? wire.entries.emplace_back() : wire.entries[i];
      io(e.accepted, e.parsed, e.verdict, e.mark, e.stage_hit, e.stage_action, e.cycle_in,
         e.copies_due, e.hdr_valid, e.phv);
      io.resized(e.copies);
      reason(e);
    }
  }
}

void PacketLog::finish() {
  for (unsigned wire = 0; wire < kNumWires; ++wire) {
    Wire& w = wires_[wire];
    for (Entry& e : w.entries) {
      if (e.accepted) {
        if (e.verdict == Verdict::kNone) ++totals_.held;
        write(wire, w.first, e);
        --open_;
      }
      ++w.first;
    }
    w.entries.clear();
  }
  file_.close();
}

}  // namespace fp::stats
