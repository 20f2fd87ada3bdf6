// SPDX-License-Identifier: Apache-2.0
//
// Commands that docs/cli.md promises and this build does not have yet: refused clearly.
#include "sim-tb/cli/command.hpp"

namespace fp::cli {

void register_unsupported(CLI::App& app, int&) {
  static constexpr struct {
    const char* name;
    const char* text;
  } kCommands[] = {
      {"messages", "HTTP messages through the NP cluster (not in this build)"},
      {"serve", "serve the device over vfio-user (not in this build)"},
  };
  for (const auto& command : kCommands) {
    CLI::App* sub = app.add_subcommand(command.name, command.text);
    sub->allow_extras();
    sub->group("Not in this build");
    sub->callback([name = std::string(command.name)] {
      throw Failure(
          kUnsupported,
          name + ": found a command that this build does not support, expected one of --help");
    });
  }
}

}  // namespace fp::cli
