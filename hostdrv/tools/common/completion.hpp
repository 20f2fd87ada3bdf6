// SPDX-License-Identifier: Apache-2.0
//
// Shell completion made from a program's own command tree, so that no flag is written down twice.
// An option's type name tells its values: "a|b|c" is a choice, FILE in it a file, DIR a folder.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace fp::cli {

// Adds the command `completion bash|zsh|fish`, which prints the script for `app`; to be called when
// all other commands are there. Hidden commands and options (no group), and those in the group "Not
// in this build", are left out.
void register_completion(CLI::App& app, int& exit_code);

// The script itself; `shell` is bash, zsh or fish.
std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace fp::cli
