// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/io/console_script.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <fstream>

#include "sim-tb/io/errors.hpp"

namespace fp::io {

std::vector<TypedLine> read_console_script(const std::string& file) {
  std::ifstream in(file);
  if (!in) {
    throw InputError(fmt::format("{}: found {}, expected a text file", file, std::strerror(errno)));
  }
  std::vector<TypedLine> lines;
  std::string text;
  uint64_t cycle = 0;
  for (unsigned number = 1; std::getline(in, text); ++number) {
    if (!text.empty() && text[0] == '@') {
      const char* const end = text.data() + text.size();
      uint64_t at = 0;
      const auto [after, error] = std::from_chars(text.data() + 1, end, at);
      if (error != std::errc() || (after != end && *after != ' ')) {
        throw InputError(fmt::format("{}:{}: @CYCLE: found {}, expected a number of cycles", file,
                                     number, text.substr(0, text.find(' '))));
      }
      if (at < cycle) {
        throw InputError(
            fmt::format("{}:{}: @CYCLE: found {}, expected at least {}", file, number, at, cycle));
      }
      cycle = at;
      text.erase(0, static_cast<size_t>(after - text.data()) + (after != end ? 1 : 0));
    }
    lines.push_back({cycle, text + "\n"});
  }
  if (in.bad()) throw EnvironmentError(fmt::format("{}: found a read error, expected text", file));
  return lines;
}

}  // namespace fp::io
