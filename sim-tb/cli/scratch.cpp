// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/cli/scratch.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim-tb/io/errors.hpp"

namespace fp::cli {

Scratch::Scratch() {
  std::error_code error;
  path_ = (std::filesystem::temp_directory_path(error) / "flatproxy-XXXXXX").string();
  if (error || mkdtemp(path_.data()) == nullptr) {
    throw io::EnvironmentError(fmt::format("{}: found {}, expected a temporary folder", path_,
                                           error ? error.message() : strerror(errno)));
  }
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace fp::cli
