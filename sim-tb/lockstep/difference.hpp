// SPDX-License-Identifier: Apache-2.0
//
// The first place where a model and its RTL disagreed, as told to people and as a waveform window.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim-tb/trace/fst_window.hpp"

namespace fp::sim {

struct Difference {
  uint64_t cycle = 0;    // first cycle in which peers could see it
  std::string port;      // "out[2]", "csr", "irq"; "block" for idle and wake_at
  std::string field;     // "valid", "ready", "data.meta.conn_id", "rdata", "idle"
  std::string found;     // the model's value, hexadecimal
  std::string expected;  // the RTL's value, hexadecimal
  // Packet number of the payload on the port, else of the port's last payload; absent when the port
  // carries no tags or nothing has passed.
  std::optional<uint64_t> tag;

  // Cycles worth a waveform: 200 before, 50 after (verification.md, rule 4).
  FstWindow window(std::string path) const {
    constexpr uint64_t kBefore = 200;
    constexpr uint64_t kAfter = 50;
    return {std::move(path), cycle > kBefore ? cycle - kBefore : 0, cycle + kAfter};
  }

  // One line: "cycle 812 out[2].data.tag: found 0x7, expected 0x6 (packet 6)".
  std::string text() const {
    std::string line = "cycle " + std::to_string(cycle) + " " + port + "." + field + ": found " +
                       found + ", expected " + expected;
    if (tag) line += " (packet " + std::to_string(*tag) + ")";
    return line;
  }
};

}  // namespace fp::sim
