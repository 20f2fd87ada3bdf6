// SPDX-License-Identifier: Apache-2.0
//
// The simulator once more, in a process of its own: SystemC elaborates once per process. Runs are
// deterministic, so that a second one finds again what a first one has seen.
#pragma once

#include <string>
#include <vector>

namespace fp::cli {

struct RerunResult {
  int status = -1;      // exit status; -1: it did not exit by itself
  std::string printed;  // its stdout
};

// flatproxy-sim with `args` (without the program's name); its stderr is dropped.
RerunResult rerun(const std::vector<std::string>& args);

}  // namespace fp::cli
