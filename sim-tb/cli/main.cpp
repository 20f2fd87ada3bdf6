// SPDX-License-Identifier: Apache-2.0
//
// flatproxy-sim: the simulator's command line. docs/cli.md is the contract.
#include <signal.h>

#include <cstdlib>
#include <string>

#include "firmware/linux/common/yaml.hpp"
#include "hostdrv/tools/common/completion.hpp"
#include "sim-tb/cli/command.hpp"
#include "sim-tb/cli/elf.hpp"
#include "sim-tb/io/errors.hpp"

namespace fp::cli {
namespace {

int classify(const std::exception& e) {
  if (dynamic_cast<const config::InputError*>(&e) != nullptr) return kUsage;
  if (dynamic_cast<const io::InputError*>(&e) != nullptr) return kUsage;
  if (dynamic_cast<const io::EnvironmentError*>(&e) != nullptr) return kEnvironment;
  return kInternal;
}

int run_main(int argc, char** argv) {
  CLI::App app{"Cycle-level simulator of the flatproxy DPU.", kProgram};
  app.set_version_flag("--version", std::string(kProgram) + " " + FP_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  flatproxy-sim run --in p0=capture.pcap --out-dir out\n"
      "  flatproxy-sim run --config network.yaml --in p0,p1=both-ways.pcapng --out-dir out\n"
      "  flatproxy-sim check tests/cases\n"
      "  flatproxy-sim explain --in p0=capture.pcap --packet 3\n"
      "  flatproxy-sim completion bash > /etc/bash_completion.d/flatproxy-sim\n"
      "  flatproxy-sim elf --core embedded rv32ui-p-add.elf\n"
      "Exit: 0 ok, 1 the answer is no, 2 usage or input, 3 limit, 4 environment, 70 our bug,\n"
      "77 unsupported, 128+n signal n.");
  int status = kOk;
  register_run(app, status);
  register_check(app, status);
  register_explain(app, status);
  register_elf(app, status);
  register_unsupported(app, status);
  register_completion(app, status);
  return run_program(app, status, argc, argv, classify);
}

}  // namespace
}  // namespace fp::cli

int main(int argc, char** argv) {
  // A file that may not grow is told as a full disk is: by the failed write.
  signal(SIGXFSZ, SIG_IGN);
  // The library's banner is nobody's result.
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  return fp::cli::run_main(argc, argv);
}

// libsystemc's own main() refers to it.
extern "C" int sc_main(int, char**);
extern "C" int sc_main(int, char**) { return 0; }
