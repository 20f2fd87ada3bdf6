// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/cli/command.hpp"

#include <charconv>

namespace fp::cli {

void refuse_flag(const std::string& flag, const std::string& found, const std::string& expected) {
  throw Failure(kUsage,
                flag + ": found " + (found.empty() ? "nothing" : found) + ", expected " + expected);
}

uint64_t parse_number(const std::string& flag, const std::string& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    refuse_flag(flag, text, "a number from 0 to 18446744073709551615");
  }
  return value;
}

}  // namespace fp::cli
