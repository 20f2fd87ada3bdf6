// SPDX-License-Identifier: Apache-2.0
//
// Boot self-test: is there memory, do the blocks' registers stand where the contract says reset
// leaves them, does a packet come back? Runs before anything is programmed.
#pragma once

#include <cstdint>
#include <span>

#include "contract/csr_row.hpp"

namespace fw::control {

// The first register of `rows` that does not read its reset value; null when all do. Bits that
// hardware may change at any time are left out.
struct BadRegister {
  const fp::contract::CsrRow* row = nullptr;
  uint32_t found = 0;
};
BadRegister check_registers(std::span<const fp::contract::CsrRow> rows, uint32_t base);

// The first word of `words` that does not keep what is written, null when all do: every data line
// by walking ones, every address line by a different word at each power of two. Destroys contents.
const volatile uint32_t* check_memory(volatile uint32_t* words, uint32_t count);

// Sends a packet of several beats through the packet queue's loop and compares what comes back.
bool check_packet();

// All of it; logs one line. False: the log says what was found.
bool self_test();

}  // namespace fw::control
