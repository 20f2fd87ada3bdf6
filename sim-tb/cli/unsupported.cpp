// SPDX-License-Identifier: Apache-2.0
//
// Commands that docs/cli.md promises and this build does not have yet: refused clearly.
#include "sim-tb/cli/command.hpp"

namespace fp::cli {

void register_unsupported(CLI::App& app, int&) {
  add_missing_command(app, "messages", "HTTP messages through the NP cluster");
  add_missing_command(app, "serve", "serve the device over vfio-user");
}

}  // namespace fp::cli
