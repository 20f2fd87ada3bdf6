// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "bpf/loader/status.hpp"
#include "hostdrv/tools/bpf.hpp"

namespace fp::cli {
namespace {

using nlohmann::ordered_json;

struct Options {
  std::string pins, prometheus;
  bool json = false;
};

ordered_json json_of(const bpf::Status& s, const std::vector<fp_record>& connections) {
  ordered_json j;
  j["attached"] = s.attached;
  j["pins"] = s.pins;
  j["redirected"] = s.counters[FP_redirected].count;
  j["tcp"] = ordered_json::object();
  ordered_json ends = ordered_json::object();
  for (uint32_t reason = 0; reason < FP_REASONS; ++reason) {
    const uint64_t n = s.counters[reason].count;
    if (reason != FP_redirected && n != 0) {
      (bpf::reason_counts_messages(reason) ? j["tcp"] : ends)[bpf::reason_name(reason)] = n;
    }
  }
  j["redirected_bytes"] = s.counters[FP_redirected].bytes;
  j["redirecting"] = s.redirecting;
  j["cgroup"] = s.cgroup;
  j["ends"] = ends;
  j["connections"] = ordered_json::array();
  for (const fp_record& r : connections) {
    const bpf::Endpoints e = bpf::endpoints_of(r);
    const bpf::Verdict v = bpf::verdict_of(r);
    j["connections"].push_back({{"local", e.local},
                                {"remote", e.remote},
                                {"backend", v.redirected ? "sockmap" : "tcp"},
                                {"reason", bpf::reason_name(v.reason)},
                                {"messages", r.pair.side[r.connection.side & 1].messages},
                                {"unread", r.waiting}});
  }
  return j;
}

void print(const bpf::Status& s, const std::vector<fp_record>& connections) {
  if (!s.attached) {
    std::printf("not attached\n");
    return;
  }
  std::printf("%s for %s\n", s.redirecting ? "redirecting" : "draining", s.cgroup.c_str());
  const fp_counter& done = s.counters[FP_redirected];
  std::printf("redirected %llu messages, %llu bytes\n", done.count, done.bytes);
  for (uint32_t reason = 0; reason < FP_REASONS; ++reason) {
    if (reason != FP_redirected && s.counters[reason].count != 0) {
      std::printf("%-20s %12llu %s: %s\n", bpf::reason_name(reason), s.counters[reason].count,
                  bpf::reason_counts_messages(reason) ? "messages" : "ends",
                  bpf::reason_text(reason));
    }
  }
  for (const fp_record& r : connections) {
    const bpf::Endpoints e = bpf::endpoints_of(r);
    const bpf::Verdict v = bpf::verdict_of(r);
    std::printf("%s-%s %s %s\n", e.local.c_str(), e.remote.c_str(),
                v.redirected ? "sockmap" : "tcp", bpf::reason_name(v.reason));
  }
}

int run(const Options& o) {
  bpf::require_kernel();
  const bpf::Status s = bpf::read_status(o.pins);
  std::vector<fp_record> connections;
  if (s.attached) {
    connections = bpf::list_connections(o.pins);
  }
  if (!o.prometheus.empty()) {
    bpf::write_file_atomically(o.prometheus, bpf::prometheus_text(s));
  }
  if (o.json) {
    std::printf("%s\n", json_of(s, connections).dump(2).c_str());
  } else {
    print(s, connections);
  }
  return s.attached ? kOk : kNo;
}

}  // namespace

void register_bpf_status(CLI::App& parent, int& status) {
  auto o = std::make_shared<Options>();
  CLI::App* command =
      parent.add_subcommand("status", "Is it redirecting, for whom, how much, why not.");
  command->add_flag("--json", o->json, "one object");
  command
      ->add_option("--prometheus", o->prometheus,
                   "also writes a textfile collector's file, in one step")
      ->type_name("FILE");
  add_pins_flag(*command, o->pins);
  command->footer(
      "Examples:\n"
      "  flatproxy bpf status\n"
      "  flatproxy bpf status --json\n"
      "  flatproxy bpf status --prometheus /var/lib/node_exporter/flatproxy.prom\n"
      "Exit: 1 when nothing is attached.");
  command->callback([o, &status] { status = run(*o); });
}

}  // namespace fp::cli
