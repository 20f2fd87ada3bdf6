// SPDX-License-Identifier: Apache-2.0
//
// What a run ends with: stats.json (docs/cli.md, schema 1) and the closing table for people.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim-tb/stats/packet_log.hpp"

namespace fp::stats {

struct RunFacts {
  std::string profile;      // "paper", "asic"
  double ns_per_cycle = 0;  // exact for both profiles
  uint64_t seed = 0;
  uint64_t boot_cycles = 0;                                           // reset to READY
  uint64_t cycles = 0;                                                // READY to the end
  double wall_seconds = 0;                                            // never goes into a file
  std::vector<std::pair<std::string, std::string>> fidelity;          // block, "model", "rtl", ...
  std::vector<std::pair<std::string, nlohmann::ordered_json>> extra;  // added to stats.json as is
};

// What stats.json holds. The same run gives the same.
nlohmann::ordered_json stats_document(const RunFacts& facts, const Totals& totals);
// Its text.
std::string stats_json(const RunFacts& facts, const Totals& totals);

// The closing table, several lines.
std::string closing_table(const RunFacts& facts, const Totals& totals);

}  // namespace fp::stats
