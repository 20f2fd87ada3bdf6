// SPDX-License-Identifier: Apache-2.0
//
// flatproxy: the installed command line. docs/cli.md is the contract.
#include <string>

#include "hostdrv/tools/bpf.hpp"
#include "hostdrv/tools/common/completion.hpp"
#include "hostdrv/tools/status.hpp"
#ifdef FP_WITH_BPF
#include "bpf/loader/object.hpp"
#include "firmware/linux/common/yaml.hpp"
#endif

namespace fp::cli {
namespace {

int classify(const std::exception& e) {
#ifdef FP_WITH_BPF
  if (dynamic_cast<const config::InputError*>(&e) != nullptr) return kUsage;
  if (dynamic_cast<const bpf::Error*>(&e) != nullptr) return kEnvironment;
#endif
  static_cast<void>(e);
  return kInternal;
}

int run_main(int argc, char** argv) {
  CLI::App app{"Socket direct for service meshes: status, tools and the eBPF path.", kProgram};
  app.set_version_flag("--version", std::string(kProgram) + " " + FP_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  flatproxy status --json\n"
      "  flatproxy bpf attach --cgroup /sys/fs/cgroup\n"
      "  flatproxy bpf status --json\n"
      "  flatproxy completion bash > /etc/bash_completion.d/flatproxy\n"
      "Exit: 0 ok, 1 the answer is no, 2 usage or input, 3 limit, 4 environment, 70 our bug,\n"
      "77 unsupported, 128+n signal n.");
  int status = kOk;
#ifdef FP_WITH_BPF
  register_bpf(app, status);
#else
  add_missing_command(app, "bpf", "the short path by eBPF: built without clang or libbpf");
#endif
  register_status(app, status);
  add_missing_command(app, "exec", "run a program on the library's sockets");
  add_missing_command(app, "config", "validate and apply the mesh's configuration");
  register_completion(app, status);
  return run_program(app, status, argc, argv, classify);
}

}  // namespace
}  // namespace fp::cli

int main(int argc, char** argv) { return fp::cli::run_main(argc, argv); }
