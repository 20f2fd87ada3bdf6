// SPDX-License-Identifier: Apache-2.0
// flatproxy-sim with nothing but its elf command, so that the command is tested without the rest of
// the program.
#include "sim-tb/cli/elf.hpp"

int main(int argc, char** argv) {
  CLI::App app("elf command under test", "flatproxy-sim");
  app.require_subcommand(1);
  int exit_code = 0;
  fp::cli::register_elf(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return exit_code;
}
