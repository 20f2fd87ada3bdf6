// SPDX-License-Identifier: Apache-2.0
//
// The console's shell: a person asks the running firmware what it knows.
#pragma once

namespace fw::control {

// Takes what was typed and answers whole lines. True: there was something.
bool serve_console();

}  // namespace fw::control
