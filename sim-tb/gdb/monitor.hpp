// SPDX-License-Identifier: Apache-2.0
//
// The `monitor` commands: what stands around the core, in text. Nothing here changes anything or
// lets time pass.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmodel/common/block.hpp"
#include "contract/csr_row.hpp"

namespace fp::gdb {

// Registers by their contract.
struct RegisterFile {
  std::string name;
  uint32_t base = 0;  // address of offset 0 as the core sees it
  std::span<const contract::CsrRow> rows;
};

struct Clocked {
  std::string name;
  const Block* block = nullptr;
};

// A view of the platform; whoever makes it keeps what it points to.
struct SystemView {
  std::vector<Clocked> blocks;
  std::vector<RegisterFile> registers;
  std::function<uint64_t()> core_cycles;   // the core's local time, since reset
  std::function<uint64_t()> block_cycles;  // the blocks' time, since reset
  std::function<uint64_t()> ready_cycle;   // block time of READY; 0 before it
  std::function<bool()> asleep;            // the core stands in WFI with nothing pending
  // Side-effect-free reads (Surroundings::read).
  std::function<size_t(uint32_t addr, std::span<uint8_t> out)> read;
};

// Answers one command, with a line end; `console` is what the firmware printed last.
std::string answer_monitor(const SystemView& view, std::string_view console,
                           std::string_view command);

}  // namespace fp::gdb
