// SPDX-License-Identifier: Apache-2.0
//
// What came out of a run beside what a case expects: frames byte by byte and in order, values of
// stats.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim-tb/check/case_file.hpp"

namespace fp::check {

// The first thing that is not as expected.
struct Difference {
  std::string port{};              // empty: not a port's
  uint64_t packet = 0;             // from 1; 0: not a packet's
  std::optional<uint64_t> byte{};  // offset in the frame
  std::string field;               // tshark's name; frame, frame.len, stats.PATH or exit status
  std::string found, expected;
  std::string context{};  // lines for people, may be empty
};

struct PortResult {
  uint64_t found = 0;      // frames
  uint64_t expected = 0;   // frames
  uint64_t different = 0;  // of those that both have
  std::optional<Difference> first;
};

// Compares the frames of two captures as an Ethernet MAC sees them; time stamps do not count, nor
// the bits of fields named in `ignore`. Throws io::InputError, also when the expected capture holds
// a frame that its recorder cut.
PortResult compare_captures(const std::string& port, const std::string& found,
                            const std::string& expected, const std::vector<std::string>& ignore);

// The first value that is not as the case says; `text` is stats.json.
std::optional<Difference> compare_stats(const std::string& text,
                                        const std::vector<StatsValue>& values);

}  // namespace fp::check
