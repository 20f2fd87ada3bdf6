// SPDX-License-Identifier: Apache-2.0
//
// A temporary folder of a command's own, which goes away with everything in it.
#pragma once

#include <string>

namespace fp::cli {

class Scratch {
 public:
  // Throws io::EnvironmentError.
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The bytes of a file; empty when it cannot be read.
std::string read_all(const std::string& path);

}  // namespace fp::cli
