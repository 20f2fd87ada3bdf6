// SPDX-License-Identifier: Apache-2.0
//
// stats.json as Prometheus text (exposition format 0.0.4), for dashboards that already exist.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace fp::stats {

// `stats` is what stats_json() gives. Every number in it becomes a sample named flatproxy_...;
// values that are null are left out.
std::string prometheus_text(const nlohmann::ordered_json& stats);

}  // namespace fp::stats
