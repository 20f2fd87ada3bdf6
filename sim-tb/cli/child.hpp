// SPDX-License-Identifier: Apache-2.0
//
// Runs this program once more as a child: SystemC elaborates once per process, so a second
// simulation is a second process, and one that dies takes nobody with it.
#pragma once

#include <signal.h>

#include <string>
#include <vector>

namespace fp::cli {

// Number of the signal that asked this program to end, 0 for none. Set by catch_signals()'s
// handler.
extern volatile sig_atomic_t g_signal;

// From here on SIGINT and SIGTERM set g_signal; a second one ends the program at once.
void catch_signals();

struct ChildEnd {
  int status = 0;  // exit status, when signal is 0
  int signal = 0;  // that killed it
};

// Runs this program with `args` in folder `folder` (empty: here), its stderr into the file `log`
// (created), its stdout nowhere. A signal that asks this program to end goes to the child, which
// closes its files; then g_signal is set. Throws io::EnvironmentError when no child can be made.
ChildEnd run_child(const std::vector<std::string>& args, const std::string& folder,
                   const std::string& log);

}  // namespace fp::cli
