// SPDX-License-Identifier: Apache-2.0
//
// What a user types at the firmware's console, from a text file: one line of the file, one line
// typed. "@CYCLE TEXT" is typed at that cycle after READY, other lines right after the line before.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fp::io {

struct TypedLine {
  uint64_t cycle = 0;  // after READY; never before the line above
  std::string text;    // with its end of line
};

// Throws InputError "FILE:LINE: ...", or EnvironmentError when the file cannot be read.
std::vector<TypedLine> read_console_script(const std::string& file);

}  // namespace fp::io
