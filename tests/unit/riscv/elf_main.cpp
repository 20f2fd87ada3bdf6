// SPDX-License-Identifier: Apache-2.0
// flatproxy-sim with nothing but its elf command, so that the command is tested without the rest of
// the program.
#include "sim-tb/cli/command.hpp"
#include "sim-tb/cli/elf.hpp"

int main(int argc, char** argv) {
  CLI::App app("elf command under test", fp::cli::kProgram);
  app.require_subcommand(1);
  int status = fp::cli::kOk;
  fp::cli::register_elf(app, status);
  return fp::cli::run_program(app, status, argc, argv,
                              [](const std::exception&) -> int { return fp::cli::kInternal; });
}
