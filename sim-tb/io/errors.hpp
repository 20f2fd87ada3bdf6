// SPDX-License-Identifier: Apache-2.0
//
// Failures a user can mend, by exit status (docs/cli.md). what() is the line printed after the
// program's name.
#pragma once

#include <stdexcept>

namespace fp::io {

// Bad usage or input: exit status 2. "FILE: FIELD: found X, expected Y".
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The environment lacks something, full disks included: exit status 4.
class EnvironmentError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace fp::io
