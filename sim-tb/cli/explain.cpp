// SPDX-License-Identifier: Apache-2.0
//
// flatproxy-sim explain: runs captures as `run` does and tells one packet's way.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <sstream>

#include "sim-tb/cli/command.hpp"
#include "sim-tb/cli/run.hpp"
#include "sim-tb/cli/scratch.hpp"
#include "sim-tb/explain/explanation.hpp"
#include "sim-tb/explain/pass_recorder.hpp"
#include "sim-tb/io/capture.hpp"
#include "sim-tb/stats/packet_log.hpp"

namespace fp::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ExplainOptions {
  RunOptions run;
  std::string packet;
  bool json = false;
};

struct Packet {
  unsigned wire = 0;
  uint64_t n = 0;
};

// PORT:N, or N at the port of the first --in.
Packet parse_packet(const ExplainOptions& o) {
  const char* const expected = "N or PORT:N with ports p0 to p3, N from 1";
  std::string port = o.run.in.at(0).substr(0, 2), number = o.packet;
  if (const size_t colon = o.packet.find(':'); colon != std::string::npos) {
    port = o.packet.substr(0, colon);
    number = o.packet.substr(colon + 1);
  }
  if (port.size() != 2 || port[0] != 'p' || port[1] < '0' || port[1] > '3') {
    refuse_flag("--packet", o.packet, expected);
  }
  Packet p{static_cast<unsigned>(port[1] - '0'), 0};
  const bool digits = !number.empty() && std::all_of(number.begin(), number.end(),
                                                     [](char c) { return c >= '0' && c <= '9'; });
  if (digits) p.n = parse_number("--packet", number);
  // A tag has room for so many.
  if (p.n == 0 || p.n >= uint64_t{1} << stats::kTagPortShift) {
    refuse_flag("--packet", o.packet, expected);
  }
  return p;
}

// The packet's line of packets.jsonl.
Json find_line(const std::string& out_dir, const ExplainOptions& o, const Packet& p) {
  std::istringstream lines(read_all(out_dir + "/packets.jsonl"));
  const std::string port = fmt::format("p{}", p.wire);
  uint64_t last = 0;
  for (std::string line; std::getline(lines, line);) {
    Json j = Json::parse(line);
    if (j.at("in") != port) continue;
    last = std::max(last, j.at("n").get<uint64_t>());
    if (j.at("n") == p.n) return j;
  }
  refuse_flag("--packet", o.packet,
              last == 0 ? fmt::format("a packet; none came in at {}", port)
                        : fmt::format("1 to {} at {}", last, port));
}

// The bytes of the copies that the line names.
std::vector<std::vector<uint8_t>> read_copies(const std::string& out_dir, const Json& line) {
  std::vector<std::vector<uint8_t>> copies;
  for (const Json& out : line.at("out")) {
    io::CaptureReader reader(
        fmt::format("{}/{}.pcapng", out_dir, out.at("port").get<std::string>()));
    io::CapturedFrame frame;
    bool found = false;
    while (!found && reader.next(frame)) found = frame.record == out.at("n");
    if (!found) throw std::logic_error("a copy that is not in its file");
    copies.push_back(frame.bytes);
  }
  return copies;
}

int run_explain(const ExplainOptions& o) {
  const Packet packet = parse_packet(o);
  explain::PassRecorder recorder(stats::frame_tag(packet.wire, packet.n));
  std::unique_ptr<Scratch> scratch;
  RunOptions options = o.run;
  if (options.out_dir.empty()) {
    scratch = std::make_unique<Scratch>();
    options.out_dir = scratch->path();
  }
  pipeline::Image image;
  pipeline::Program program;
  std::vector<pipeline::Entry> entries;
  uint64_t ready_cycle = 0;
  RunHooks hooks;
  hooks.observer = &recorder;
  hooks.quiet = true;
  hooks.booting = [&](BootImage& boot) {
    image = boot.image;
    program = std::move(boot.program);
    entries = std::move(boot.entries);
  };
  hooks.ended = [&](const platform::Result& result) { ready_cycle = result.boot_cycles; };
  const int status = run(options, hooks);
  // Cut short, but what was seen can be told; a difference between model and RTL cannot.
  if (status != kOk && status != kLimit) return status;

  Json line = find_line(options.out_dir, o, packet);
  auto copies = read_copies(options.out_dir, line);
  const explain::Material material{
      program, image, entries, recorder.passes(), std::move(line), ready_cycle, std::move(copies)};
  const Json told = explain::explanation(material);
  print_result(o.json ? told.dump() + "\n" : explain::explanation_text(told));
  return status;
}

}  // namespace

void register_explain(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ExplainOptions>();
  ExplainOptions& o = *options;
  CLI::App* sub = app.add_subcommand("explain", "Tell one packet's way through the pipeline.");
  add_run_flags(*sub, o.run, false);
  sub->add_option("--out-dir", o.run.out_dir, "also keep the run's files, in this directory")
      ->type_name("DIR");
  sub->add_option("--packet", o.packet, "PORT:N, or N at the first --in's port; N counts from 1")
      ->required()
      ->type_name("PORT:N");
  sub->add_flag("--json", o.json, "one JSON object (docs/cli.md)");
  sub->footer(
      "Examples:\n"
      "  flatproxy-sim explain --in p0=capture.pcap --packet 3\n"
      "  flatproxy-sim explain --config network.yaml --in p2=a.pcap --in p3=b.pcap --packet p3:7\n"
      "  flatproxy-sim explain --in p0=capture.pcap --packet 3 --json --fidelity rmt=lockstep");
  sub->callback([options, &exit_code] { exit_code = run_explain(*options); });
}

}  // namespace fp::cli
