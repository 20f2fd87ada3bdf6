// SPDX-License-Identifier: Apache-2.0
//
// flatproxy: the installed command line. docs/cli.md is the contract.
#include <string>

#include "hostdrv/tools/common/completion.hpp"
#include "hostdrv/tools/status.hpp"

namespace fp::cli {
namespace {

int classify(const std::exception&) { return kInternal; }

int run_main(int argc, char** argv) {
  CLI::App app{"Socket direct for service meshes: status, tools and the eBPF path.", "flatproxy"};
  app.set_version_flag("--version", std::string("flatproxy ") + FP_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  flatproxy status --json\n"
      "Exit: 0 ok, 1 the answer is no, 2 usage or input, 3 limit, 4 environment, 70 our bug,\n"
      "77 unsupported, 128+n signal n.");
  int status = kOk;
  register_status(app, status);
  register_completion(app, status);
  return run_program(app, status, argc, argv, classify);
}

}  // namespace
}  // namespace fp::cli

int main(int argc, char** argv) { return fp::cli::run_main(argc, argv); }
