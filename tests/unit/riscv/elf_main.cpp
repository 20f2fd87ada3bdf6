// SPDX-License-Identifier: Apache-2.0
// flatproxy-sim with nothing but its elf command, so that the command is tested without the rest of
// the program.
#include <cstdio>

#include "sim-tb/cli/command.hpp"
#include "sim-tb/cli/elf.hpp"

int main(int argc, char** argv) {
  CLI::App app("elf command under test", "flatproxy-sim");
  app.require_subcommand(1);
  int exit_code = 0;
  fp::cli::register_elf(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : fp::cli::kUsage;
  } catch (const fp::cli::Failure& failure) {
    std::fprintf(stderr, "%s: %s\n", fp::cli::kProgram, failure.what());
    return failure.status();
  }
  return exit_code;
}
