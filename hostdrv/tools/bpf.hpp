// SPDX-License-Identifier: Apache-2.0
//
// The commands `flatproxy bpf ...`, one file each. Each register function adds one command to
// `parent`; `status` takes its exit status (docs/cli.md).
#pragma once

#include <string>

#include "hostdrv/tools/common/command_line.hpp"

namespace fp::cli {

inline constexpr const char* kProgram = "flatproxy";

// Adds `bpf` with all of its commands.
void register_bpf(CLI::App& app, int& status);

void register_bpf_attach(CLI::App& parent, int& status);
void register_bpf_detach(CLI::App& parent, int& status);
void register_bpf_status(CLI::App& parent, int& status);
void register_bpf_explain(CLI::App& parent, int& status);
void register_bpf_doctor(CLI::App& parent, int& status);

// --pins DIR, with the place everything else looks at as its default.
void add_pins_flag(CLI::App& command, std::string& pins);

}  // namespace fp::cli
