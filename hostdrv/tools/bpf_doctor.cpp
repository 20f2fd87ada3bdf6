// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "bpf/loader/self_test.hpp"
#include "hostdrv/tools/bpf.hpp"

namespace fp::cli {
namespace {

const char* name_of(bpf::Health health) {
  return health == bpf::Health::kOk ? "ok" : health == bpf::Health::kUnsafe ? "unsafe" : "missing";
}

int run(bool as_json) {
  const bpf::SelfTest test = bpf::self_test();
  bool unsafe = false;
  bool missing = false;
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const bpf::Check& c : test.checks) {
    unsafe |= c.health == bpf::Health::kUnsafe;
    missing |= c.health == bpf::Health::kMissing;
    if (as_json) {
      all.push_back({{"check", c.name}, {"result", name_of(c.health)}, {"detail", c.detail}});
    } else {
      std::printf("%-8s %-16s %s\n", name_of(c.health), c.name.c_str(), c.detail.c_str());
    }
  }
  if (as_json) {
    std::printf("%s\n", all.dump(2).c_str());
  }
  return unsafe ? kNo : missing ? kEnvironment : kOk;
}

}  // namespace

void register_bpf_doctor(CLI::App& parent, int& status) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = parent.add_subcommand(
      "doctor", "Tries the kernel out; names what is unsafe and switched off.");
  command->add_flag("--json", *json, "one array");
  command->footer(
      "Examples:\n  flatproxy bpf doctor\n  flatproxy bpf doctor --json\n"
      "Exit: 1 when anything is unsafe here, else 4 when anything is missing.");
  command->callback([json, &status] { status = run(*json); });
}

}  // namespace fp::cli
