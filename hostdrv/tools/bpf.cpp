// SPDX-License-Identifier: Apache-2.0
#include "hostdrv/tools/bpf.hpp"

#include "bpf/loader/object.hpp"

namespace fp::cli {

void add_pins_flag(CLI::App& command, std::string& pins) {
  pins = bpf::kPins;
  command.add_option("--pins", pins, "where the pins are, in a bpffs")
      ->type_name("DIR")
      ->capture_default_str();
}

void register_bpf(CLI::App& app, int& status) {
  CLI::App* group = app.add_subcommand("bpf", "The short path between local sockets, by eBPF.");
  group->require_subcommand(1);
  group->footer(
      "Examples:\n"
      "  flatproxy bpf doctor\n"
      "  flatproxy bpf attach --cgroup /sys/fs/cgroup --policy /etc/flatproxy/bpf.yaml\n"
      "  flatproxy bpf status\n"
      "  flatproxy bpf explain 10.0.0.7:40112-10.0.0.9:8080\n"
      "  flatproxy bpf detach");
  register_bpf_attach(*group, status);
  register_bpf_detach(*group, status);
  register_bpf_status(*group, status);
  register_bpf_explain(*group, status);
  register_bpf_doctor(*group, status);
  add_missing_command(*group, "monitor", "time in applications, proxies and kernel, by service");
}

}  // namespace fp::cli
