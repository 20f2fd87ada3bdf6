// SPDX-License-Identifier: Apache-2.0
//
// flatproxy-sim run: captures through the DPU.
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "firmware/linux/network/network_config.hpp"
#include "sim-tb/cli/boot_image.hpp"
#include "sim-tb/cli/command.hpp"
#include "sim-tb/io/capture.hpp"
#include "sim-tb/io/console_script.hpp"
#include "sim-tb/platform/platform.hpp"
#include "sim-tb/stats/report.hpp"

namespace fp::cli {
namespace {

namespace fs = std::filesystem;
using platform::Fidelity;

struct RunOptions {
  std::string config, pipeline = "mesh", out_dir, rate = "capture", profile = "paper", seed = "1",
                      max_cycles;
  std::string trace_fst, trace_window, console_in;
  std::vector<std::string> in, fidelity;
  // Gives every block every clock edge: shows that skipping changes nothing. For tests.
  bool no_skip = false;
  // A rerun that only records a waveform, in block time; see record_difference().
  std::string rerun_window;
};

volatile sig_atomic_t g_signal = 0;

void on_signal(int number) { g_signal = number; }

void catch_signals() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  // A second signal ends the program at once.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

// --- flags ---------------------------------------------------------------------------------------

unsigned parse_wire(const std::string& text, const std::string& whole) {
  if (text.size() == 2 && text[0] == 'p' && text[1] >= '0' && text[1] <= '3') {
    return static_cast<unsigned>(text[1] - '0');
  }
  refuse_flag("--in", whole, "PORT=FILE or PORT,PORT=FILE with ports p0 to p3");
}

std::vector<platform::Input> parse_inputs(const std::vector<std::string>& texts) {
  std::vector<platform::Input> inputs;
  std::vector<unsigned> used;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals + 1 == text.size()) {
      refuse_flag("--in", text, "PORT=FILE or PORT,PORT=FILE with ports p0 to p3");
    }
    platform::Input in;
    in.file = text.substr(equals + 1);
    const std::string ports = text.substr(0, equals);
    const size_t comma = ports.find(',');
    in.wire = parse_wire(ports.substr(0, comma), text);
    if (comma != std::string::npos) in.second = parse_wire(ports.substr(comma + 1), text);
    used.push_back(in.wire);
    if (in.second) used.push_back(*in.second);
    inputs.push_back(in);
  }
  std::sort(used.begin(), used.end());
  const auto twice = std::adjacent_find(used.begin(), used.end());
  if (twice != used.end()) {
    refuse_flag("--in", fmt::format("p{} twice", *twice), "each port at most once");
  }
  return inputs;
}

platform::Rate parse_rate(const std::string& text) {
  if (text == "capture") return platform::Rate::kCapture;
  if (text == "line") return platform::Rate::kLine;
  if (text == "max") return platform::Rate::kMax;
  refuse_flag("--rate", text, "capture, line or max");
}

platform::Profile parse_profile(const std::string& text) {
  if (text == platform::kPaper.name) return platform::kPaper;
  if (text == platform::kAsic.name) return platform::kAsic;
  refuse_flag("--profile", text, "paper or asic");
}

Fidelity parse_fidelity_value(const std::string& text, const std::string& whole) {
  for (const Fidelity f : {Fidelity::kModel, Fidelity::kRtl, Fidelity::kLockstep}) {
    if (text == platform::to_string(f)) return f;
  }
  refuse_flag("--fidelity", whole, "model, rtl or lockstep after the =");
}

// `all=` first, whatever the order of the words; then the blocks named.
platform::FidelityMap parse_fidelity(const std::vector<std::string>& texts) {
  platform::FidelityMap map{};
  std::vector<std::string> words;
  for (const std::string& text : texts) {
    for (size_t at = 0; at <= text.size();) {
      const size_t comma = std::min(text.find(',', at), text.size());
      words.push_back(text.substr(at, comma - at));
      at = comma + 1;
    }
  }
  for (const bool want_all : {true, false}) {
    for (const std::string& word : words) {
      const size_t equals = word.find('=');
      const std::string name = word.substr(0, equals);
      if ((name == "all") != want_all) continue;
      const Fidelity f =
          parse_fidelity_value(equals == std::string::npos ? "" : word.substr(equals + 1), word);
      bool known = want_all;
      for (uint8_t b = 0; b < platform::kNumBlocks; ++b) {
        const auto id = static_cast<platform::BlockId>(b);
        if (want_all) {
          map[b] = platform::has_rtl(id) ? f : Fidelity::kModel;
        } else if (name == platform::kBlockNames[b]) {
          known = true;
          if (f != Fidelity::kModel && !platform::has_rtl(id)) {
            throw Failure(kUnsupported,
                          fmt::format("--fidelity: found {}, expected a block with RTL", word));
          }
          map[b] = f;
        }
      }
      // Blocks of the design that have no RTL, or do not exist yet.
      const std::string_view modelled[] = {"ideal_stream", "soc", "mem", "riscv",
                                           "toe",          "np",  "dsa"};
      if (std::find(std::begin(modelled), std::end(modelled), name) != std::end(modelled)) {
        if (f == Fidelity::kModel) continue;
        throw Failure(kUnsupported,
                      fmt::format("--fidelity: found {}, expected a block with RTL", word));
      }
      if (!known) refuse_flag("--fidelity", word, "all or one of rmt, mbuf, vq, csr");
    }
  }
  return map;
}

std::optional<sim::FstWindow> parse_trace(const RunOptions& o) {
  if (o.trace_fst.empty() && o.trace_window.empty()) return {};
  if (o.trace_fst.empty()) refuse_flag("--trace-fst", "nothing", "a file, with --trace-window");
  if (o.trace_window.empty()) refuse_flag("--trace-window", "nothing", "A:B, with --trace-fst");
  const size_t colon = o.trace_window.find(':');
  if (colon == std::string::npos) refuse_flag("--trace-window", o.trace_window, "A:B in cycles");
  sim::FstWindow w{o.trace_fst, parse_number("--trace-window", o.trace_window.substr(0, colon)),
                   parse_number("--trace-window", o.trace_window.substr(colon + 1))};
  if (w.first >= w.end) refuse_flag("--trace-window", o.trace_window, "A:B with A below B");
  return w;
}

// --- set-up --------------------------------------------------------------------------------------

// The flag, then $FLATPROXY_CONFIG, then ./network.yaml, then the default; says which on stderr.
network::NetworkConfig find_config(const RunOptions& o, std::string& where) {
  std::string file = o.config, from = "--config";
  const char* env = std::getenv("FLATPROXY_CONFIG");
  if (file.empty() && env != nullptr && *env != '\0') {
    file = env;
    from = "$FLATPROXY_CONFIG";
  }
  std::error_code ignored;
  if (file.empty() && fs::exists("network.yaml", ignored)) {
    file = "./network.yaml";
    from = "found in the working directory";
  }
  if (file.empty()) {
    std::fprintf(stderr, "config: built-in default\n");
    where = "built-in configuration";
    return network::default_network_config();
  }
  std::fprintf(stderr, "config: %s (%s)\n", file.c_str(), from.c_str());
  where = file;
  return network::load_network_config(file);
}

void make_out_dir(const std::string& dir) {
  std::error_code error;
  if (fs::exists(dir, error) && !fs::is_directory(dir, error)) {
    refuse_flag("--out-dir", dir, "a directory");
  }
  fs::create_directories(dir, error);
  if (error) {
    throw io::EnvironmentError(
        fmt::format("{}: found {}, expected a directory that can be made", dir, error.message()));
  }
}

std::string beside_program(const char* name) {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  fs::path file = self.parent_path() / name;
  // Where `make install` puts it.
  if (!error && !fs::exists(file, error)) {
    const fs::path installed = self.parent_path().parent_path() / "share/flatproxy" / name;
    if (fs::exists(installed, error)) file = installed;
  }
  if (error || !fs::exists(file, error)) {
    throw io::EnvironmentError(fmt::format(
        "{}: found no such file, expected the firmware beside the program", file.string()));
  }
  return file.string();
}

std::vector<std::pair<std::string, std::string>> fidelity_rows(const platform::FidelityMap& map) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (size_t b = 0; b < map.size(); ++b) {
    std::string text = platform::to_string(map[b]);
    if (!platform::has_rtl(static_cast<platform::BlockId>(b))) text += " (no RTL in this build)";
    rows.emplace_back(platform::kBlockNames[b], text);
  }
  rows.emplace_back("ideal_stream", "(bench source, no RTL)");
  return rows;
}

nlohmann::ordered_json flows_json(const std::vector<platform::FlowSummary>& flows) {
  auto list = nlohmann::ordered_json::array();
  for (const platform::FlowSummary& f : flows) {
    const auto address = [&](const std::array<uint8_t, 16>& bytes) {
      return network::to_string(network::IpAddress{f.key.v6, bytes});
    };
    list.push_back({{"local", address(f.key.local)},
                    {"local_port", f.key.local_port},
                    {"remote", address(f.key.remote)},
                    {"remote_port", f.key.remote_port},
                    {"accepted", f.accepted},
                    {"bytes_in", f.bytes_in},
                    {"bytes_out", f.bytes_out},
                    {"out_of_order", f.out_of_order},
                    {"trimmed", f.trimmed},
                    {"no_room", f.no_room}});
  }
  return {{"flows", list}};
}

// {"acl": [{"entry": "acl[0]", "packets": 3, "bytes": 180}]}
nlohmann::ordered_json counts_json(const std::vector<platform::EntryCount>& counts) {
  nlohmann::ordered_json tables = nlohmann::ordered_json::object();
  for (const platform::EntryCount& c : counts) {
    tables[c.table].push_back({{"entry", c.entry}, {"packets", c.packets}, {"bytes", c.bytes}});
  }
  return tables;
}

// --- after a lockstep difference -----------------------------------------------------------------

// The run is deterministic: done again from the start, it makes the waveform around the difference.
// SystemC elaborates once per process, so the second run is a second process.
bool record_difference(const RunOptions& o, const sim::FstWindow& window) {
  const std::string scratch = o.out_dir + "/.rerun";
  std::vector<std::string> args = {
      "/proc/self/exe", "run",
      "--out-dir",      scratch,
      "--rate",         o.rate,
      "--profile",      o.profile,
      "--seed",         o.seed,
      "--trace-fst",    window.path,
      "--rerun-window", fmt::format("{}:{}", window.first, window.end)};
  if (!o.config.empty()) args.insert(args.end(), {"--config", o.config});
  args.insert(args.end(), {"--pipeline", o.pipeline});
  if (!o.console_in.empty()) args.insert(args.end(), {"--console-in", o.console_in});
  for (const auto& in : o.in) args.insert(args.end(), {"--in", in});
  for (const auto& f : o.fidelity) args.insert(args.end(), {"--fidelity", f});
  const pid_t pid = fork();
  if (pid == 0) {
    std::vector<char*> argv;
    for (auto& a : args) argv.push_back(a.data());
    argv.push_back(nullptr);
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(kInternal);
    execv(argv[0], argv.data());
    _exit(kInternal);
  }
  int status = 0;
  if (pid > 0) waitpid(pid, &status, 0);
  std::error_code ignored;
  fs::remove_all(scratch, ignored);
  return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == kNo;
}

int report_difference(const RunOptions& o, const platform::Result& r) {
  const sim::Difference& d = *r.difference;
  const std::string fst = o.out_dir + "/difference.fst";
  const bool recorded = record_difference(o, d.window(fst));
  std::string when = fmt::format("block time {}", d.cycle);
  if (r.boot_cycles != 0 && d.cycle >= r.boot_cycles) {
    when = fmt::format("cycle {}", d.cycle - r.boot_cycles);
  }
  std::fprintf(stderr, "%s: %s: %s %s.%s: found %s, expected %s%s%s\n", kProgram,
               r.differing_block.c_str(), when.c_str(), d.port.c_str(), d.field.c_str(),
               d.found.c_str(), d.expected.c_str(),
               d.tag ? (", " + stats::tag_text(static_cast<uint32_t>(*d.tag))).c_str() : "",
               recorded ? ("; waveform " + o.out_dir + "/difference*.fst").c_str()
                        : "; no waveform could be made");
  return kNo;
}

// --- the run -------------------------------------------------------------------------------------

int run(const RunOptions& o) {
  platform::Config config;
  config.inputs = parse_inputs(o.in);
  config.skipping = !o.no_skip;
  config.rate = parse_rate(o.rate);
  config.profile = parse_profile(o.profile);
  config.fidelity = parse_fidelity(o.fidelity);
  const uint64_t seed = parse_number("--seed", o.seed);
  if (!o.max_cycles.empty()) config.max_cycles = parse_number("--max-cycles", o.max_cycles);
  const bool has_rtl = std::any_of(config.fidelity.begin(), config.fidelity.end(),
                                   [](Fidelity f) { return f != Fidelity::kModel; });
  if (!o.rerun_window.empty()) {
    RunOptions traced = o;
    traced.trace_window = o.rerun_window;
    config.trace = parse_trace(traced);
    config.trace_absolute = true;
    config.stop_at = config.trace->end;
  } else {
    config.trace = parse_trace(o);
  }
  if (config.trace && !has_rtl) {
    refuse_flag("--trace-fst", "every block a model", "--fidelity with a block in rtl or lockstep");
  }

  // Another program than mesh knows no network.yaml: --config fills its tables.
  const bool own_program = o.pipeline != "mesh";
  std::string where;
  const network::NetworkConfig network =
      own_program ? network::default_network_config() : find_config(o, where);
  uint64_t first_ns = UINT64_MAX;
  for (const platform::Input& in : config.inputs) {
    const io::CaptureSummary summary = io::check_capture(in.file);
    if (summary.frames > 0) first_ns = std::min(first_ns, summary.first_ns);
  }
  config.first_ns = first_ns == UINT64_MAX ? 0 : first_ns;
  BootImage boot =
      own_program ? make_boot_image(o.pipeline, o.config)
                  : make_boot_image(network, where, 1'000'000'000 / config.profile.ns_per_cycle);
  config.image = std::move(boot.image);
  config.listens = std::move(boot.listens);
  if (!o.console_in.empty()) config.typed = io::read_console_script(o.console_in);
  config.firmware = beside_program("flatproxy-firmware.elf");
  make_out_dir(o.out_dir);
  config.out_dir = o.out_dir;

  stats::RunFacts facts;
  facts.profile = config.profile.name;
  facts.ns_per_cycle = config.profile.ns_per_cycle;
  facts.seed = seed;
  facts.fidelity = fidelity_rows(config.fidelity);
  for (size_t b = 0; b < config.fidelity.size(); ++b) {
    std::fprintf(stderr, "%s%s=%s", b == 0 ? "fidelity: " : " ", platform::kBlockNames[b],
                 platform::to_string(config.fidelity[b]));
  }
  std::fprintf(stderr, " ideal_stream (bench source, no RTL)\n");

  catch_signals();
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  const auto start = std::chrono::steady_clock::now();
  const auto host = make_host(network, config.profile.ns_per_cycle);
  platform::Platform dpu("platform", config, host.get());
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const platform::Result result = dpu.run([] { return g_signal != 0; },
                                          [&](uint64_t cycle, uint64_t frames) {
                                            if (terminal) {
                                              std::fprintf(stderr, "\r  cycle %llu, %llu packets ",
                                                           static_cast<unsigned long long>(cycle),
                                                           static_cast<unsigned long long>(frames));
                                            }
                                          });
  if (terminal) std::fprintf(stderr, "\r\033[K");
  facts.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  facts.boot_cycles = result.boot_cycles;
  facts.cycles = result.cycles;
  facts.extra.emplace_back("ideal_stream", flows_json(dpu.flows()));
  facts.extra.emplace_back("tables", counts_json(dpu.counts()));

  io::OutputFile stats_file(o.out_dir + "/stats.json");
  stats_file.append(stats::stats_json(facts, dpu.totals()));
  stats_file.close();
  std::fputs(stats::closing_table(facts, dpu.totals()).c_str(), stderr);

  switch (result.end) {
    case platform::End::kDone:
      return kOk;
    case platform::End::kLimit:
      std::fprintf(stderr,
                   "%s: --max-cycles: found work left after %s cycles, expected the run to end\n",
                   kProgram, o.max_cycles.c_str());
      return kLimit;
    case platform::End::kSignal:
      return kSignalBase + g_signal;
    case platform::End::kDifference:
      return o.rerun_window.empty() ? report_difference(o, result) : kNo;
  }
  return kInternal;
}

}  // namespace

void register_run(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  RunOptions& o = *options;
  CLI::App* sub = app.add_subcommand("run", "Send captures through the DPU.");
  sub->add_option(
      "--config", o.config,
      "network.yaml (docs/network-yaml.md); with another pipeline program than mesh, the "
      "file with its table entries (docs/pipeline-programs.md)");
  sub->add_option("--pipeline", o.pipeline,
                  "pipeline program: mesh, flowstats or a YAML file (docs/pipeline-programs.md)")
      ->capture_default_str();
  sub->add_option(
         "--in", o.in,
         "PORT=FILE, or PORT,PORT=FILE for the two directions of one recording; repeatable")
      ->required()
      ->allow_extra_args(false);
  sub->add_option("--out-dir", o.out_dir, "directory for captures, packets.jsonl, stats.json")
      ->required();
  sub->add_option("--rate", o.rate, "capture (its own stamps), line (back to back) or max")
      ->capture_default_str();
  sub->add_option("--profile", o.profile, "paper (25 Gb/s, 250 MHz) or asic (100 Gb/s, 1 GHz)")
      ->capture_default_str();
  sub->add_option("--seed", o.seed, "recorded in stats.json; nothing here is random yet")
      ->capture_default_str();
  sub->add_option("--max-cycles", o.max_cycles, "stop after N cycles (exit 3)");
  sub->add_option(
         "--fidelity", o.fidelity,
         "all=F or BLOCK=F, comma-separated; F: model, rtl, lockstep; blocks: rmt, mbuf, vq, csr")
      ->allow_extra_args(false);
  sub->add_option("--trace-fst", o.trace_fst, "record RTL blocks into this FST file");
  sub->add_option("--trace-window", o.trace_window, "A:B, cycles to record, from READY");
  sub->add_option(
      "--console-in", o.console_in,
      "lines typed at the firmware's console from READY on; \"@CYCLE TEXT\" types TEXT at "
      "that cycle (docs/firmware.md)");
  sub->add_option("--rerun-window", o.rerun_window)->group("");
  sub->add_flag("--no-skip", o.no_skip)->group("");
  for (const char* flag :
       {"--mesh", "--filter", "--gdb", "--trace-packet", "--save-at", "--restore"}) {
    sub->add_option_function<std::vector<std::string>>(
           flag,
           [flag](const std::vector<std::string>&) {
             throw Failure(kUnsupported, std::string(flag) +
                                             ": found a flag that this build does "
                                             "not support, expected it left out");
           })
        ->expected(0, 2)
        ->trigger_on_parse()
        ->group("Not in this build");
  }
  sub->footer(
      "Examples:\n"
      "  flatproxy-sim run --in p0=capture.pcap --out-dir out\n"
      "  flatproxy-sim run --in p0,p1=both-ways.pcapng --rate line --profile asic --out-dir out\n"
      "  flatproxy-sim run --in p0=a.pcap --in p2=b.pcap --fidelity all=lockstep --out-dir out\n"
      "  flatproxy-sim run --in p0=a.pcap --fidelity rmt=rtl --trace-fst w.fst --trace-window "
      "0:500 "
      "--out-dir out\n"
      "  flatproxy-sim run --in p0=a.pcap --pipeline my.yaml --config entries.yaml --out-dir out");
  sub->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace fp::cli
