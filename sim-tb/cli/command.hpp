// SPDX-License-Identifier: Apache-2.0
//
// What the commands of flatproxy-sim share: exit statuses and error lines (docs/cli.md), and how a
// command puts itself on the command line. Each command is one file with one register function.
#pragma once

#include <CLI/CLI.hpp>
#include <stdexcept>
#include <string>

namespace fp::cli {

inline constexpr const char* kProgram = "flatproxy-sim";

enum ExitStatus : int {
  kOk = 0,
  kNo = 1,           // ran, and the answer is no
  kUsage = 2,        // bad usage or input
  kLimit = 3,        // limit reached
  kEnvironment = 4,  // the environment lacks something, named
  kInternal = 70,    // our bug, or firmware crashed
  kUnsupported = 77,
  kSignalBase = 128,
};

// Ends the program with `status` after one line "flatproxy-sim: WHAT" on stderr.
class Failure : public std::runtime_error {
 public:
  Failure(int status, const std::string& what) : std::runtime_error(what), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

// "--FLAG: found X, expected Y", exit status 2.
[[noreturn]] void refuse_flag(const std::string& flag, const std::string& found,
                              const std::string& expected);

// Decimal, whole text. Refuses by flag.
uint64_t parse_number(const std::string& flag, const std::string& text);

// Each adds its subcommand to `app`; when chosen, parsing runs it and stores its exit status.
void register_run(CLI::App& app, int& exit_code);
// Commands of docs/cli.md that this build does not have: exit status 77.
void register_unsupported(CLI::App& app, int& exit_code);

}  // namespace fp::cli
