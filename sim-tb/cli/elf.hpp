// SPDX-License-Identifier: Apache-2.0
// The command `flatproxy-sim elf`: runs an ISA test program on the embedded or NP core's
// instruction-set simulator.
#pragma once

#include <CLI/CLI.hpp>

namespace fp::cli {

/// Adds the subcommand to `app`. When it is chosen, parsing runs it and stores its exit status in
/// `exit_code`, which must outlive the parse.
void register_elf(CLI::App& app, int& exit_code);

}  // namespace fp::cli
