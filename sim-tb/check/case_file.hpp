// SPDX-License-Identifier: Apache-2.0
//
// A case folder's case.yaml (docs/cli.md): what `flatproxy-sim check` runs and what must come out.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "firmware/linux/common/yaml.hpp"

namespace fp::check {

// One value that stats.json must hold.
struct StatsValue {
  using Step = std::variant<std::string, size_t>;  // a member's name, an element's number
  std::string path;                                // as written
  std::vector<Step> steps;
  nlohmann::json value;  // a number, a string, true, false or null
};

// Files are named as written, relative to the case's folder.
struct Case {
  struct File {
    std::string path;
    config::Yaml where;
  };
  std::optional<File> config;
  std::optional<config::Yaml> mesh;
  std::vector<std::string> args;       // for `run`
  std::map<std::string, File> in;      // by "p0", or "p0,p1" for both ways of one recording
  std::map<std::string, File> expect;  // by output port
  std::vector<StatsValue> stats;
  std::vector<std::string> ignore_fields;  // io::is_field_name() holds
};

// Reads a case; looks at no other file. Throws config::InputError.
Case read_case(const config::Yaml& root);

// Reads FOLDER/case.yaml and sees that the files it names are there and that the captures are
// whole. Throws config::InputError, io::InputError.
Case load_case(const std::string& folder);

// The steps of a path such as packets.dropped, drops."rmt.parser.truncated" or
// tables.acl[0].packets; nothing when it is not one.
std::optional<std::vector<StatsValue::Step>> parse_stats_path(const std::string& path);

}  // namespace fp::check
