// SPDX-License-Identifier: Apache-2.0
//
// Log lines and the words behind fp_last_error().
#pragma once

#include "flatproxy/flatproxy.h"

namespace flatproxy {

// One line, without newline. Any thread.
__attribute__((format(printf, 2, 3))) void log(fp_log_level level, const char* format, ...);

// Says why the call that is about to fail does so; answers `error`.
__attribute__((format(printf, 2, 3))) int explain(int error, const char* format, ...);
// Remembers that `call` failed with `error` (negative errno) in this thread; answers `error`.
long failed(const char* call, long error);

}  // namespace flatproxy
