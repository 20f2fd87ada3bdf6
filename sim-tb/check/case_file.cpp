// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/check/case_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "sim-tb/io/capture.hpp"
#include "sim-tb/io/dissect.hpp"

namespace fp::check {
namespace {

namespace fs = std::filesystem;
using config::Yaml;

constexpr std::array kWires = {"p0", "p1", "p2", "p3"};
constexpr std::array kOutputs = {"p0", "p1", "p2", "p3", "cpu", "toe", "vf"};
// Flags of `run` that the case itself gives, that need somebody at the terminal, or that would make
// the run another one than the case's.
constexpr std::array kNotInCases = {"--in",
                                    "--out-dir",
                                    "--config",
                                    "--mesh",
                                    "--gdb",
                                    "--help",
                                    "-h",
                                    "--trace-fst",
                                    "--trace-window",
                                    "--save-at",
                                    "--trace-packet",
                                    "--trace-perfetto",
                                    "--restore",
                                    "--progress",
                                    "--version",
                                    "--builtin-config"};

template <class List>
bool among(const List& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

Case::File file_of(const Yaml& node) {
  std::string path = node.text();
  // The kernel would see a shorter name.
  if (path.find('\0') != std::string::npos) node.expected("a file name");
  return {std::move(path), node};
}

void read_inputs(const Yaml& node, Case& out) {
  std::vector<std::string> used;
  for (const auto& [ports, file] : node.members()) {
    const size_t comma = ports.find(',');
    for (const std::string& port :
         comma == std::string::npos
             ? std::vector{ports}
             : std::vector{ports.substr(0, comma), ports.substr(comma + 1)}) {
      if (!among(kWires, port)) file.fail(ports, "PORT or PORT,PORT with ports p0 to p3");
      if (among(used, port)) file.fail(port + " twice", "each port at most once");
      used.push_back(port);
    }
    out.in.emplace(ports, file_of(file));
  }
  if (out.in.empty()) node.fail("no input", "at least one PORT: FILE");
}

nlohmann::json value_of(const Yaml& node) {
  if (node.is_null()) return nullptr;
  std::string text = node.text();
  // What JSON calls a number, true, false or null; all else is a string.
  nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
  if (value.is_discarded() || value.is_structured()) return text;
  return value;
}

void check_file(const Case::File& file, const fs::path& folder, const char* kind) {
  const fs::path path = folder / file.path;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) file.where.fail(path.string() + ", no such file", kind);
  if (!fs::is_regular_file(status)) file.where.fail(path.string() + ", no file", kind);
}

}  // namespace

std::optional<std::vector<StatsValue::Step>> parse_stats_path(const std::string& path) {
  std::vector<StatsValue::Step> steps;
  size_t at = 0;
  for (bool first = true; first || at < path.size(); first = false) {
    if (!first && path[at] == '[') {
      size_t index = 0;
      const char* const end = path.data() + path.size();
      const auto [stop, error] = std::from_chars(path.data() + at + 1, end, index);
      if (error != std::errc() || stop == end || *stop != ']') return {};
      steps.emplace_back(index);
      at = static_cast<size_t>(stop - path.data()) + 1;
      continue;
    }
    if (!first && path[at++] != '.') return {};
    if (at < path.size() && path[at] == '"') {
      const size_t close = path.find('"', at + 1);
      if (close == std::string::npos) return {};
      steps.emplace_back(path.substr(at + 1, close - at - 1));
      at = close + 1;
    } else {
      const size_t end = std::min(path.find_first_of(".[\"", at), path.size());
      if (end == at) return {};
      steps.emplace_back(path.substr(at, end - at));
      at = end;
    }
  }
  return steps;
}

Case read_case(const Yaml& root) {
  root.allow_keys({"config", "mesh", "args", "in", "expect", "stats", "ignore_fields"});
  Case out;
  if (root.has("config")) out.config = file_of(root.at("config"));
  if (root.has("mesh")) {
    out.mesh = root.at("mesh");
    out.mesh->text();
  }
  if (root.has("args")) {
    for (const Yaml& item : root.at("args").items()) {
      const std::string arg = item.text();
      if (arg.find('\0') != std::string::npos) item.expected("an argument");
      if (among(kNotInCases, arg.substr(0, arg.find('=')))) {
        item.expected("flags of run that leave its input and output to the case");
      }
      out.args.push_back(arg);
    }
  }
  read_inputs(root.at("in"), out);
  if (root.has("expect")) {
    for (const auto& [port, node] : root.at("expect").members()) {
      if (!among(kOutputs, port)) node.fail(port, "one of p0, p1, p2, p3, cpu, toe, vf");
      out.expect.emplace(port, file_of(node));
    }
  }
  if (root.has("stats")) {
    for (const auto& [path, node] : root.at("stats").members()) {
      auto steps = parse_stats_path(path);
      if (!steps) node.fail(path, "a path such as packets.dropped or drops.\"rmt.acl\"");
      out.stats.push_back({path, std::move(*steps), value_of(node)});
    }
  }
  if (root.has("ignore_fields")) {
    for (const Yaml& item : root.at("ignore_fields").items()) {
      const std::string name = item.text();
      if (!io::is_field_name(name)) item.expected("a header field by its tshark name");
      out.ignore_fields.push_back(name);
    }
  }
  // A case that nothing can fail says nothing.
  if (out.expect.empty() && out.stats.empty()) {
    root.fail("neither expect nor stats", "something that can fail");
  }
  return out;
}

Case load_case(const std::string& folder) {
  Case out = read_case(Yaml::load_file((fs::path(folder) / "case.yaml").string()));
  if (out.config) check_file(*out.config, folder, "a readable YAML file");
  for (const auto* files : {&out.in, &out.expect}) {
    for (const auto& [port, capture] : *files) {
      check_file(capture, folder, "a capture");
      io::check_capture((fs::path(folder) / capture.path).string());
    }
  }
  return out;
}

}  // namespace fp::check
