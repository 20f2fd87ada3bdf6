// SPDX-License-Identifier: Apache-2.0
//
// The commands of flatproxy-sim: each is one file with one register function, which adds the
// subcommand to `app`; when chosen, parsing runs it and stores its exit status.
#pragma once

#include "hostdrv/tools/common/command_line.hpp"

namespace fp::cli {

inline constexpr const char* kProgram = "flatproxy-sim";

void register_run(CLI::App& app, int& exit_code);
void register_check(CLI::App& app, int& exit_code);
void register_explain(CLI::App& app, int& exit_code);
// Commands of docs/cli.md that this build does not have: exit status 77.
void register_unsupported(CLI::App& app, int& exit_code);

}  // namespace fp::cli
