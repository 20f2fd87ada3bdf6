// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/stats/report.hpp"

#include <fmt/format.h>

#include <iterator>

namespace fp::stats {
namespace {

using Json = nlohmann::ordered_json;

Json counts(const std::vector<std::pair<std::string, uint64_t>>& pairs) {
  Json j = Json::object();
  for (const auto& [name, n] : pairs) j[name] = n;
  return j;
}

}  // namespace

Json stats_document(const RunFacts& facts, const Totals& totals) {
  Json j;
  j["schema"] = 1;
  j["profile"] = facts.profile;
  j["seed"] = facts.seed;
  j["boot_cycles"] = facts.boot_cycles;
  j["cycles"] = facts.cycles;
  j["packets"] = {{"in", totals.in},           {"forwarded", totals.forwarded},
                  {"dropped", totals.dropped}, {"slow", totals.slow},
                  {"held", totals.held},       {"originated", totals.originated}};
  j["drops"] = counts(totals.drops);
  Json& latency = j["latency_cycles"];
  const bool any = totals.latency.total() > 0;
  latency["p50"] = any ? Json(totals.latency.percentile(50)) : Json(nullptr);
  latency["p99"] = any ? Json(totals.latency.percentile(99)) : Json(nullptr);
  latency["max"] = any ? Json(totals.latency.percentile(100)) : Json(nullptr);
  j["slow"] = counts(totals.slows);
  j["originated_dropped"] = totals.originated_dropped;
  for (const auto& [name, value] : facts.extra) j[name] = value;
  return j;
}

std::string stats_json(const RunFacts& facts, const Totals& totals) {
  return stats_document(facts, totals).dump(2) + "\n";
}

std::string closing_table(const RunFacts& facts, const Totals& totals) {
  std::string out;
  auto to = std::back_inserter(out);
  const auto row = [&](const std::string& name, const std::string& value) {
    fmt::format_to(to, "  {:<28} {}\n", name, value);
  };
  row("packets in", fmt::format("{}", totals.in));
  row("forwarded", fmt::format("{}", totals.forwarded));
  row("slow", fmt::format("{}", totals.slow));
  for (const auto& [name, n] : totals.slows) {
    if (n != 0) row("  " + name, fmt::format("{}", n));
  }
  row("dropped", fmt::format("{}", totals.dropped));
  for (const auto& [name, n] : totals.drops) {
    if (n != 0) row("  " + name, fmt::format("{}", n));
  }
  if (totals.held != 0) row("held", fmt::format("{}", totals.held));
  row("originated", fmt::format("{}", totals.originated));
  if (totals.latency.total() > 0) {
    for (const auto& [name, percent] : {std::pair{"latency p50", 50u}, {"latency p99", 99u}}) {
      const uint64_t cycles = totals.latency.percentile(percent);
      row(name, fmt::format("{} cycles, {:.0f} ns", cycles,
                            static_cast<double>(cycles) * facts.ns_per_cycle));
    }
  }
  row("boot", fmt::format("{} cycles", facts.boot_cycles));
  row("cycles",
      fmt::format("{} ({}, {:.0f} MHz)", facts.cycles, facts.profile, 1000.0 / facts.ns_per_cycle));
  for (const auto& [block, fidelity] : facts.fidelity) row(block, fidelity);
  row("wall time",
      fmt::format("{:.2f} s, {:.0f} cycles/s", facts.wall_seconds,
                  facts.wall_seconds > 0
                      ? static_cast<double>(facts.cycles + facts.boot_cycles) / facts.wall_seconds
                      : 0.0));
  return out;
}

}  // namespace fp::stats
