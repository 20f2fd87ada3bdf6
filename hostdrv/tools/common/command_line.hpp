// SPDX-License-Identifier: Apache-2.0
//
// What the command lines of both programs share: exit statuses and error lines (docs/cli.md). Each
// command of a program is one file with one register function; main() hands the whole to
// run_program().
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>

namespace fp::cli {

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

// Ends the program with `status` after one line "PROGRAM: WHAT" on stderr.
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

// Prints a result on stdout; what cannot be written ends the program with kEnvironment.
void print_result(const std::string& text);

// Decimal, whole text. Refuses by flag.
uint64_t parse_number(const std::string& flag, const std::string& text);

// A command that docs/cli.md promises and this build does not have yet: it is there, and choosing
// it ends with kUnsupported.
void add_missing_command(CLI::App& app, const std::string& name, const std::string& text);

// Parses the arguments, which runs the chosen command, and returns the process's exit status:
// `status` as the command left it, or that of its complaint. `classify` names the exit status of an
// exception that is not a Failure; kInternal for what it does not know.
int run_program(CLI::App& app, const int& status, int argc, char** argv,
                int (*classify)(const std::exception&));

}  // namespace fp::cli
