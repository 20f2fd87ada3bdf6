// SPDX-License-Identifier: Apache-2.0
//
// flatproxy-sim check: runs case folders and compares what comes out with what they expect.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim-tb/check/case_file.hpp"
#include "sim-tb/check/compare.hpp"
#include "sim-tb/cli/child.hpp"
#include "sim-tb/cli/command.hpp"
#include "sim-tb/cli/scratch.hpp"
#include "sim-tb/io/errors.hpp"
#include "sim-tb/io/pcapng_writer.hpp"

namespace fp::cli {
namespace {

namespace fs = std::filesystem;
using check::Case;
using check::Difference;
using Json = nlohmann::ordered_json;

struct CheckOptions {
  std::string folder, junit, keep;
  bool json = false;
};

// What became of one case.
struct Outcome {
  std::string name;
  std::string error{};  // the case could not be read or run: this line
  int error_status = kOk;
  std::optional<Difference> first{};
  std::vector<std::string> notes{};  // a line per port
  bool pass() const { return error.empty() && !first; }
};

// The case folders that `folder` means, in the order of their names.
std::vector<fs::path> find_cases(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw Failure(kUsage, folder + ": found no folder, expected a case folder or folders of cases");
  }
  if (fs::exists(fs::path(folder) / "case.yaml", error)) return {folder};
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (fs::exists(entry.path() / "case.yaml", error)) cases.push_back(entry.path());
  }
  if (cases.empty()) {
    throw Failure(kUsage,
                  folder + ": found no case.yaml, expected a case folder or folders of cases");
  }
  std::sort(cases.begin(), cases.end());
  return cases;
}

// The complaint that a run left, without the program's name.
std::string complaint(const std::string& log) {
  std::istringstream lines(log);
  const std::string prefix = std::string(kProgram) + ": ";
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(prefix, 0) == 0) found = line.substr(prefix.size());
  }
  return found;
}

// The flags of the run that a case stands for. It is run in the case's folder, to which the names
// of its files are relative.
std::vector<std::string> run_args(const Case& c, const std::string& out) {
  std::vector<std::string> args = {"run", "--out-dir", out};
  if (c.config) {
    args.insert(args.end(), {"--config", c.config->path});
  } else {
    args.emplace_back("--builtin-config");
  }
  for (const auto& [port, file] : c.in) args.insert(args.end(), {"--in", port + "=" + file.path});
  args.insert(args.end(), c.args.begin(), c.args.end());
  return args;
}

void compare_all(const Case& c, const fs::path& folder, const std::string& out, Outcome& outcome) {
  for (const auto& [port, file] : c.expect) {
    auto result = check::compare_captures(port, fmt::format("{}/{}.pcapng", out, port),
                                          (folder / file.path).string(), c.ignore_fields);
    outcome.notes.push_back(fmt::format("{}: {} frames, {} expected, {} of them different", port,
                                        result.found, result.expected, result.different));
    if (result.first && !outcome.first) outcome.first = std::move(result.first);
  }
  auto stats = check::compare_stats(read_all(out + "/stats.json"), c.stats);
  if (stats && !outcome.first) outcome.first = std::move(stats);
}

// Runs one case; `out` is a folder for its output that does not exist. Throws what reading throws.
Outcome run_case(const fs::path& folder, const std::string& name, const std::string& out,
                 const std::string& log) {
  Outcome outcome{.name = name};
  const Case c = check::load_case(folder.string());
  if (c.mesh) {
    throw Failure(kUnsupported, c.mesh->place() +
                                    ": found a mesh configuration, which this build does not "
                                    "support, expected it left out");
  }
  const ChildEnd end = run_child(run_args(c, out), folder.string(), log);
  if (g_signal != 0) return outcome;
  const std::string text = complaint(read_all(log));
  if (end.signal == 0 && (end.status == kUsage || end.status == kEnvironment)) {
    throw Failure(end.status, text.empty() ? folder.string() +
                                                 ": found a run that does not start, "
                                                 "expected one"
                                           : (folder / "case.yaml").string() + ": " + text);
  }
  if (end.signal != 0 || end.status != kOk) {
    Difference d;
    d.field = "exit status";
    d.found = end.signal != 0 ? fmt::format("signal {} ({})", end.signal, strsignal(end.signal))
                              : fmt::format("{}{}{}", end.status, text.empty() ? "" : ": ", text);
    d.expected = "0";
    outcome.first = d;
    return outcome;
  }
  compare_all(c, folder, out, outcome);
  return outcome;
}

// --- reports -------------------------------------------------------------------------------------

Json first_json(const std::optional<Difference>& first) {
  if (!first) return nullptr;
  Json j;
  j["port"] = first->port.empty() ? Json(nullptr) : Json(first->port);
  j["packet"] = first->packet == 0 ? Json(nullptr) : Json(first->packet);
  j["byte"] = first->byte ? Json(*first->byte) : Json(nullptr);
  j["field"] = first->field;
  j["found"] = first->found;
  j["expected"] = first->expected;
  return j;
}

Json outcome_json(const Outcome& o) {
  Json j;
  j["pass"] = o.pass();
  j["first"] = first_json(o.first);
  j["case"] = o.name;
  if (!o.error.empty()) j["error"] = o.error;
  return j;
}

// One line: where, what was found, what was expected.
std::string first_line(const Difference& d) {
  std::string where;
  if (!d.port.empty()) where += d.port + " ";
  if (d.packet != 0) where += fmt::format("packet {} ", d.packet);
  if (d.byte) where += fmt::format("byte {} ", *d.byte);
  return fmt::format("{}{}: found {}, expected {}", where, d.field, d.found, d.expected);
}

std::string human_text(const Outcome& o) {
  std::string out = fmt::format("{}  {}\n", o.pass() ? "pass" : "FAIL", o.name);
  if (!o.error.empty()) out += "  " + o.error + "\n";
  if (o.first) out += "  " + first_line(*o.first) + "\n" + o.first->context;
  if (!o.pass()) {
    for (const std::string& note : o.notes) out += "  " + note + "\n";
  }
  return out;
}

// XML 1.0 has no place for most control characters.
std::string xml(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t' ? '?' : c;
    }
  }
  return out;
}

std::string junit_text(const std::vector<Outcome>& outcomes) {
  const auto count = [&](auto&& f) { return std::count_if(outcomes.begin(), outcomes.end(), f); };
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "<testsuite name=\"flatproxy-sim check\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n",
      outcomes.size(), count([](const Outcome& o) { return o.first.has_value(); }),
      count([](const Outcome& o) { return !o.error.empty(); }));
  for (const Outcome& o : outcomes) {
    out += fmt::format("<testcase classname=\"check\" name=\"{}\"", xml(o.name));
    if (o.pass()) {
      out += "/>\n";
      continue;
    }
    const char* const kind = o.first ? "failure" : "error";
    const std::string line = o.first ? first_line(*o.first) : o.error;
    out += fmt::format(">\n<{0} message=\"{1}\">{2}</{0}>\n</testcase>\n", kind, xml(line),
                       xml(human_text(o)));
  }
  return out + "</testsuite>\n</testsuites>\n";
}

// --- the command ---------------------------------------------------------------------------------

// Exit status of an exception while a case is read or run; what is no case's fault goes on up.
int status_of(const std::exception& e) {
  if (const auto* f = dynamic_cast<const Failure*>(&e)) return f->status();
  if (dynamic_cast<const io::EnvironmentError*>(&e) != nullptr) return kEnvironment;
  if (dynamic_cast<const config::InputError*>(&e) != nullptr) return kUsage;
  if (dynamic_cast<const io::InputError*>(&e) != nullptr) return kUsage;
  throw;
}

Outcome try_case(const CheckOptions& o, const fs::path& folder, const Scratch& scratch,
                 bool several) {
  // "." has no name of its own.
  std::error_code ignored;
  const std::string name = fs::weakly_canonical(folder, ignored).filename().string();
  const std::string out = scratch.path() + "/out";
  Outcome outcome{.name = name};
  try {
    outcome = run_case(folder, name, out, scratch.path() + "/log");
  } catch (const std::exception& e) {
    // One case alone: its complaint is the program's.
    if (!several) throw;
    outcome.error_status = status_of(e);
    outcome.error = e.what();
    std::fprintf(stderr, "%s: %s\n", kProgram, e.what());
  }
  if (!o.keep.empty() && !outcome.pass() && fs::exists(out, ignored)) {
    const fs::path to = fs::path(o.keep) / name;
    std::error_code error;
    fs::copy(out, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing, error);
    if (error) {
      throw io::EnvironmentError(fmt::format("{}: found {}, expected room for a failed case",
                                             to.string(), error.message()));
    }
  }
  fs::remove_all(out, ignored);
  return outcome;
}

int run_check(const CheckOptions& o) {
  const std::vector<fs::path> folders = find_cases(o.folder);
  // Before the work, not after it.
  io::OutputFile junit;
  if (!o.junit.empty()) junit = io::OutputFile(o.junit);
  if (!o.keep.empty()) {
    std::error_code error;
    fs::create_directories(o.keep, error);
    if (error) {
      throw io::EnvironmentError(
          fmt::format("{}: found {}, expected a folder that can be made", o.keep, error.message()));
    }
  }
  catch_signals();
  const Scratch scratch;
  const bool terminal = isatty(STDERR_FILENO) != 0;
  std::vector<Outcome> outcomes;
  for (const fs::path& folder : folders) {
    if (terminal) {
      std::fprintf(stderr, "\r\033[K  case %zu of %zu: %s", outcomes.size() + 1, folders.size(),
                   folder.filename().c_str());
    }
    Outcome outcome = try_case(o, folder, scratch, folders.size() > 1);
    if (terminal) std::fprintf(stderr, "\r\033[K");
    if (g_signal != 0) break;
    if (!o.json) print_result(human_text(outcome));
    outcomes.push_back(std::move(outcome));
  }

  int status = kOk;
  std::optional<Difference> first;
  Json cases = Json::array();
  for (const Outcome& outcome : outcomes) {
    if (outcome.error_status != kOk) {
      // The smallest: bad input before a lacking environment.
      status = status <= kNo ? outcome.error_status : std::min(status, outcome.error_status);
    } else if (outcome.first && status == kOk) {
      status = kNo;
    }
    if (!first) first = outcome.first;
    cases.push_back(outcome_json(outcome));
  }
  if (junit.is_open()) {
    junit.append(junit_text(outcomes));
    junit.close();
  }
  if (o.json) {
    Json all;
    if (folders.size() == 1 && !cases.empty()) {
      all = cases[0];
    } else {
      all["pass"] = status == kOk && g_signal == 0;
      all["first"] = first_json(first);
      all["cases"] = cases;
    }
    print_result(all.dump() + "\n");
  } else if (folders.size() > 1) {
    const auto passed =
        std::count_if(outcomes.begin(), outcomes.end(), [](const Outcome& c) { return c.pass(); });
    print_result(fmt::format("{} of {} cases passed\n", passed, folders.size()));
  }
  return g_signal != 0 ? kSignalBase + g_signal : status;
}

}  // namespace

void register_check(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<CheckOptions>();
  CheckOptions& o = *options;
  CLI::App* sub = app.add_subcommand("check", "Run case folders and compare their output.");
  sub->add_option("DIR", o.folder, "a folder with case.yaml, or a folder of such folders")
      ->required()
      ->type_name("DIR");
  sub->add_flag("--json", o.json, "the result as one JSON object");
  sub->add_option("--junit", o.junit, "write the results as JUnit XML into this file")
      ->type_name("FILE");
  sub->add_option("--keep", o.keep, "keep the output of failing cases in DIR/CASE")
      ->type_name("DIR");
  sub->footer(
      "case.yaml: config, args, in, expect, stats, ignore_fields (docs/cli.md).\n"
      "Examples:\n"
      "  flatproxy-sim check tests/cases/wire\n"
      "  flatproxy-sim check tests/cases --junit results.xml --keep failed\n"
      "  flatproxy-sim check my-case --json");
  sub->callback([options, &exit_code] { exit_code = run_check(*options); });
}

}  // namespace fp::cli
