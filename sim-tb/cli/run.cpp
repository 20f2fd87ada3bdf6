// SPDX-License-Identifier: Apache-2.0
//
// flatproxy-sim run: captures through the DPU.
#include "sim-tb/cli/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "firmware/linux/network/network_config.hpp"
#include "sim-tb/cli/boot_image.hpp"
#include "sim-tb/cli/child.hpp"
#include "sim-tb/cli/command.hpp"
#include "sim-tb/cli/progress.hpp"
#include "sim-tb/gdb/server.hpp"
#include "sim-tb/io/capture.hpp"
#include "sim-tb/io/console_script.hpp"
#include "sim-tb/platform/platform.hpp"
#include "sim-tb/stats/prometheus.hpp"
#include "sim-tb/stats/report.hpp"
#include "sim-tb/trace/gtkw.hpp"

namespace fp::cli {
namespace {

namespace fs = std::filesystem;
using platform::Fidelity;

// --- flags ---------------------------------------------------------------------------------------

unsigned parse_wire(const std::string& text, const std::string& whole, const char* flag = "--in",
                    const char* expected = "PORT=FILE or PORT,PORT=FILE with ports p0 to p3") {
  if (text.size() == 2 && text[0] == 'p' && text[1] >= '0' && text[1] <= '3') {
    return static_cast<unsigned>(text[1] - '0');
  }
  refuse_flag(flag, whole, expected);
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

uint16_t parse_port(const std::string& text) {
  uint32_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port > UINT16_MAX) {
    refuse_flag("--gdb", text, "a port from 0 to 65535");
  }
  return static_cast<uint16_t>(port);
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

// "p1:7", or "7" of the first --in's port. As a tag.
uint32_t parse_packet(const std::string& text, const std::vector<platform::Input>& inputs) {
  const auto refuse = [&](const std::string& found) {
    refuse_flag("--trace-packet", found, "N or PORT:N; N counts from 1");
  };
  std::optional<unsigned> wire;
  std::string number = text;
  if (const size_t colon = text.find(':'); colon != std::string::npos) {
    wire = parse_wire(text.substr(0, colon), text, "--trace-packet", "PORT:N with ports p0 to p3");
    number = text.substr(colon + 1);
  } else if (!inputs.empty()) {
    wire = inputs[0].wire;
  }
  uint32_t n = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), n);
  if (!wire || error != std::errc() || end != number.data() + number.size() || n == 0 ||
      n >= 1u << stats::kTagPortShift) {
    refuse(text);
  }
  return stats::frame_tag(wire.value_or(0), n);
}

// Cycles shown before a frame's first beat and behind its last.
constexpr uint64_t kPacketMargin = 20;

sim::FstWindow packet_window(const std::string& path, const stats::Stay& stay) {
  return {path, stay.first - std::min(stay.first, kPacketMargin), stay.last + kPacketMargin + 1};
}

std::optional<sim::FstWindow> parse_trace(const RunOptions& o) {
  if (!o.trace_packet.empty()) {
    if (o.trace_fst.empty()) refuse_flag("--trace-fst", "nothing", "a file, with --trace-packet");
    if (!o.trace_window.empty()) {
      refuse_flag("--trace-window", o.trace_window, "it or --trace-packet, not both");
    }
    return {};  // known when the frame was found
  }
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

// Where find_config() found nothing else.
constexpr const char* kBuiltIn = "built-in configuration";

// The flag, then $FLATPROXY_CONFIG, then ./network.yaml, then the default; says which on stderr.
network::NetworkConfig find_config(const RunOptions& o, std::string& where) {
  std::string file = o.config, from = "--config";
  const char* env = std::getenv("FLATPROXY_CONFIG");
  if (o.builtin_config) env = nullptr;
  if (file.empty() && env != nullptr && *env != '\0') {
    file = env;
    from = "$FLATPROXY_CONFIG";
  }
  std::error_code ignored;
  if (file.empty() && !o.builtin_config && fs::exists("network.yaml", ignored)) {
    file = "./network.yaml";
    from = "found in the working directory";
  }
  if (file.empty()) {
    std::fprintf(stderr, "config: built-in default\n");
    where = kBuiltIn;
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

// The flags that decide what a run does, for a rerun into `scratch`.
std::vector<std::string> same_run(const RunOptions& o, const std::string& scratch) {
  std::vector<std::string> args = {"run",  "--out-dir",  scratch,   "--rate",
                                   o.rate, "--profile",  o.profile, "--seed",
                                   o.seed, "--pipeline", o.pipeline};
  if (!o.config.empty()) args.insert(args.end(), {"--config", o.config});
  if (!o.console_in.empty()) args.insert(args.end(), {"--console-in", o.console_in});
  for (const auto& in : o.in) args.insert(args.end(), {"--in", in});
  if (!o.filter.empty()) args.insert(args.end(), {"--filter", o.filter});
  if (o.builtin_config) args.emplace_back("--builtin-config");
  return args;
}

// The run is deterministic: done again from the start, it makes the waveform around the difference.
// SystemC elaborates once per process, so the second run is a second process.
bool record_difference(const RunOptions& o, const sim::FstWindow& window) {
  const std::string scratch = o.out_dir + "/.rerun";
  std::vector<std::string> args = same_run(o, scratch);
  args.insert(args.end(), {"--trace-fst", window.path, "--rerun-window",
                           fmt::format("{}:{}", window.first, window.end)});
  for (const auto& f : o.fidelity) args.insert(args.end(), {"--fidelity", f});
  const ChildEnd end = run_child(args, "", "/dev/null");
  std::error_code ignored;
  fs::remove_all(scratch, ignored);
  // It stops behind the window, or ends by itself before.
  return end.signal == 0 && (end.status == kNo || end.status == kOk);
}

// Where --trace-packet's frame is, found by a run of the models: they have the RTL's cycles.
stats::Stay find_packet(const RunOptions& o) {
  const std::string scratch = o.out_dir + "/.rerun";
  std::vector<std::string> args = same_run(o, scratch);
  args.insert(args.end(), {"--find-packet", o.trace_packet});
  if (!o.max_cycles.empty()) args.insert(args.end(), {"--max-cycles", o.max_cycles});
  const ChildEnd end = run_child(args, "", "/dev/null");
  stats::Stay stay;
  const bool found = static_cast<bool>(std::ifstream(scratch + "/stay") >> stay.first >> stay.last);
  std::error_code ignored;
  fs::remove_all(scratch, ignored);
  if (found) return stay;
  if (g_signal != 0) throw Failure(kSignalBase + g_signal, "--trace-packet: found a signal");
  if (end.signal != 0 || (end.status != kOk && end.status != kLimit)) {
    throw Failure(kInternal,
                  fmt::format("--trace-packet: found status {} of the run that looks for "
                              "the frame, expected 0",
                              end.status));
  }
  refuse_flag("--trace-packet", o.trace_packet, "a frame that the run accepts");
}

// A GTKWave save file beside each waveform that was made.
void write_save_files(const std::vector<std::string>& waveforms) {
#if FP_FST_READER
  for (const std::string& file : waveforms) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) continue;
    const auto signals = sim::read_fst_signals(file);
    if (signals.empty()) continue;
    io::OutputFile save(fs::path(file).replace_extension(".gtkw").string());
    save.append(sim::gtkwave_save(fs::absolute(file).string(), signals));
    save.close();
  }
#else
  static_cast<void>(waveforms);
#endif
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

// `debugger` is filled with --gdb and must outlive the platform.
int simulate(const RunOptions& o, const RunHooks& hooks, std::optional<gdb::Server>& debugger) {
  platform::Config config;
  config.inputs = parse_inputs(o.in);
  config.filter = o.filter;
  config.skipping = !o.no_skip;
  config.rate = parse_rate(o.rate);
  config.profile = parse_profile(o.profile);
  config.fidelity = parse_fidelity(o.fidelity);
  config.observer = hooks.observer;
  if (hooks.observer != nullptr && config.fidelity[platform::kRmt] == Fidelity::kRtl) {
    config.fidelity[platform::kRmt] = Fidelity::kLockstep;
  }
  const uint64_t seed = parse_number("--seed", o.seed);
  const uint16_t gdb_port = o.gdb.empty() ? uint16_t{0} : parse_port(o.gdb);
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
  const std::string& packet = o.trace_packet.empty() ? o.find_packet : o.trace_packet;
  if (!packet.empty()) config.watched = parse_packet(packet, config.inputs);
  if ((config.trace || !o.trace_packet.empty()) && !has_rtl) {
    refuse_flag("--trace-fst", "every block a model", "--fidelity with a block in rtl or lockstep");
  }

  // Another program than mesh knows no network.yaml: --config fills its tables.
  const bool own_program = o.pipeline != "mesh";
  std::string where;
  const network::NetworkConfig network =
      own_program ? network::default_network_config() : find_config(o, where);
  uint64_t first_ns = UINT64_MAX, frames = 0, left_out = 0;
  for (const platform::Input& in : config.inputs) {
    const io::CaptureSummary summary = io::check_capture(in.file, o.filter);
    if (summary.frames > 0) first_ns = std::min(first_ns, summary.first_ns);
    frames += summary.frames;
    left_out += summary.left_out;
  }
  if (!o.filter.empty()) {
    fmt::print(stderr, "filter: {} of {} frames left out\n", left_out, frames + left_out);
  }
  config.first_ns = first_ns == UINT64_MAX ? 0 : first_ns;
  BootImage boot =
      own_program ? make_boot_image(o.pipeline, o.config)
                  : make_boot_image(network, where, 1'000'000'000 / config.profile.ns_per_cycle);
  if (hooks.booting) hooks.booting(boot);
  config.image = std::move(boot.image);
  config.listens = std::move(boot.listens);
  if (!o.console_in.empty()) config.typed = io::read_console_script(o.console_in);
  config.addresses = std::move(boot.addresses);
  config.firmware = beside_program("flatproxy-firmware.elf");
  const bool built_in = !own_program && where == kBuiltIn;
  prepare_checkpoints(o.checkpoint,
                      {.seed = seed,
                       .pipeline = o.pipeline,
                       .tables = own_program ? o.config : (built_in ? "" : where),
                       .console_in = o.console_in},
                      config);
  make_out_dir(o.out_dir);
  config.out_dir = o.out_dir;
  std::optional<stats::Stay> found;
  if (!o.trace_packet.empty()) {
    found = find_packet(o);
    config.trace = packet_window(o.trace_fst, *found);
  }

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
  if (!o.gdb.empty()) {
    // gdb's kill is an interrupt.
    debugger.emplace(gdb_port, [] { return g_signal != 0; }, [] { g_signal = SIGINT; });
    config.debugger = &*debugger;
  }
  std::optional<sim::PerfettoTrace> time_line;
  if (!o.trace_perfetto.empty()) {
    config.perfetto = &time_line.emplace(o.trace_perfetto, config.profile.ns_per_cycle);
  }
  platform::Platform dpu("platform", config, host.get());
  Progress progress(frames, o.progress);
  const platform::Result result =
      dpu.run([] { return g_signal != 0; },
              [&](uint64_t cycle, uint64_t seen) { progress.show(cycle, seen); });
  progress.end();
  facts.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  write_save_files(result.traces);
  if (!o.find_packet.empty() && result.stay) {
    std::ofstream(o.out_dir + "/stay") << result.stay->first << ' ' << result.stay->last << '\n';
  }
  if (found && result.end == platform::End::kDone && result.stay != found) {
    // A block whose RTL takes other cycles than its model: lockstep says where.
    std::fprintf(stderr,
                 "--trace-packet: the frame stayed for cycles %llu to %llu, its models said "
                 "%llu to %llu; the waveform may miss a part\n",
                 static_cast<unsigned long long>(result.stay ? result.stay->first : 0),
                 static_cast<unsigned long long>(result.stay ? result.stay->last : 0),
                 static_cast<unsigned long long>(found->first),
                 static_cast<unsigned long long>(found->last));
  }
  facts.boot_cycles = result.boot_cycles;
  facts.cycles = result.cycles;
  facts.extra.emplace_back("ideal_stream", flows_json(dpu.flows()));
  facts.extra.emplace_back("tables", counts_json(dpu.counts()));

  const nlohmann::ordered_json all = stats::stats_document(facts, dpu.totals());
  for (const auto& [name, text] :
       {std::pair{"stats.json", all.dump(2) + "\n"}, {"stats.prom", stats::prometheus_text(all)}}) {
    io::OutputFile file(o.out_dir + "/" + name);
    file.append(text);
    file.close();
  }
  if (hooks.ended) hooks.ended(result);
  if (!hooks.quiet) std::fputs(stats::closing_table(facts, dpu.totals()).c_str(), stderr);

  switch (result.end) {
    case platform::End::kDone:
      return checkpoint_status(config, result, kOk);
    case platform::End::kLimit:
      std::fprintf(stderr,
                   "%s: --max-cycles: found work left after %s cycles, expected the run to end\n",
                   kProgram, o.max_cycles.c_str());
      return checkpoint_status(config, result, kLimit);
    case platform::End::kSignal:
      return checkpoint_status(config, result, kSignalBase + g_signal);
    case platform::End::kDifference:
      return o.rerun_window.empty() ? report_difference(o, result) : kNo;
  }
  return kInternal;
}

}  // namespace

int run(const RunOptions& o, const RunHooks& hooks) {
  std::optional<gdb::Server> debugger;
  const auto tell = [&](int status) {
    if (debugger) debugger->ended(status);
  };
  try {
    const int status = simulate(o, hooks, debugger);
    tell(status);
    return status;
  } catch (const io::EnvironmentError&) {
    tell(kEnvironment);
    throw;
  } catch (...) {
    tell(kInternal);
    throw;
  }
}

void add_run_flags(CLI::App& sub, RunOptions& o, bool out_dir) {
  sub.add_option(
         "--config", o.config,
         "network.yaml (docs/network-yaml.md); with another pipeline program than mesh, the "
         "file with its table entries (docs/pipeline-programs.md)")
      ->type_name("FILE");
  sub.add_option("--pipeline", o.pipeline,
                 "pipeline program: mesh, flowstats or a YAML file (docs/pipeline-programs.md)")
      ->type_name("mesh|flowstats|FILE")
      ->capture_default_str();
  sub.add_option("--in", o.in,
                 "PORT=FILE, or PORT,PORT=FILE for the two directions of one recording; repeatable")
      ->required()
      ->type_name("PORT=FILE")
      ->allow_extra_args(false);
  if (out_dir) {
    sub.add_option("--out-dir", o.out_dir, "directory for captures, packets.jsonl, statistics")
        ->required()
        ->type_name("DIR");
  }
  sub.add_option("--rate", o.rate, "capture (its own stamps), line (back to back) or max")
      ->type_name("capture|line|max")
      ->capture_default_str();
  sub.add_option("--profile", o.profile, "paper (25 Gb/s, 250 MHz) or asic (100 Gb/s, 1 GHz)")
      ->type_name("paper|asic")
      ->capture_default_str();
  sub.add_option("--seed", o.seed, "recorded in stats.json; nothing here is random yet")
      ->type_name("N")
      ->capture_default_str();
  sub.add_option("--max-cycles", o.max_cycles, "stop after N cycles (exit 3)")->type_name("N");
  sub.add_option("--filter", o.filter,
                 "take only the input frames that match (pcap-filter(7)); the others do not count")
      ->type_name("BPF");
  sub.add_option(
         "--fidelity", o.fidelity,
         "all=F or BLOCK=F, comma-separated; F: model, rtl, lockstep; blocks: rmt, mbuf, vq, csr")
      ->type_name("all=model|all=rtl|all=lockstep|rmt=|mbuf=|vq=|csr=")
      ->allow_extra_args(false);
  sub.add_flag("--progress", o.progress, "progress on stderr also when it is no terminal");
  sub.add_flag("--builtin-config", o.builtin_config)->group("");
  sub.add_flag("--no-skip", o.no_skip)->group("");
}

void register_run(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  RunOptions& o = *options;
  CLI::App* sub = app.add_subcommand("run", "Send captures through the DPU.");
  add_run_flags(*sub, o, true);
  sub->add_option("--trace-fst", o.trace_fst, "record RTL blocks into this FST file")
      ->type_name("FILE");
  sub->add_option("--trace-window", o.trace_window, "A:B, cycles to record, from READY")
      ->type_name("A:B");
  sub->add_option("--console-in", o.console_in,
                  "lines typed at the firmware's console from READY on; \"@CYCLE TEXT\" types TEXT "
                  "at that cycle (docs/firmware.md)")
      ->type_name("FILE");
  sub->add_option("--trace-packet", o.trace_packet,
                  "N or PORT:N: record the cycles of this frame's stay instead")
      ->type_name("N|PORT:N");
  sub->add_option("--trace-perfetto", o.trace_perfetto,
                  "write a time line of wires, RMT and control core, for ui.perfetto.dev")
      ->type_name("FILE");
  sub->add_option("--gdb", o.gdb,
                  "wait for GDB on this port of 127.0.0.1 (0: any) before the core's first "
                  "instruction")
      ->type_name("PORT");
  add_checkpoint_options(*sub, o.checkpoint);
  sub->add_option("--rerun-window", o.rerun_window)->group("");
  sub->add_option("--find-packet", o.find_packet)->group("");
  for (const char* flag : {"--mesh"}) {
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
      "  flatproxy-sim run --in p0=a.pcap --trace-perfetto trace.json --out-dir out\n"
      "  flatproxy-sim run --in p0=a.pcap --filter 'tcp port 80' --out-dir out\n"
      "  flatproxy-sim run --in p0=a.pcap --pipeline my.yaml --config entries.yaml --out-dir out\n"
      "  flatproxy-sim run --in p0=a.pcap --save-at 100000 a.ckpt --out-dir out\n"
      "  flatproxy-sim run --in p0=a.pcap --restore a.ckpt --out-dir out2");
  sub->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace fp::cli
