// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/gdb/monitor.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace fp::gdb {
namespace {

constexpr const char* kHelp =
    "monitor cycle                  model time of core and blocks\n"
    "monitor blocks                 each block: idle or busy, and when it wakes\n"
    "monitor block NAME [REGISTER]  registers of a block, or those that begin with REGISTER\n"
    "monitor console                what the firmware printed last\n"
    "monitor help                   this text\n"
    "Nothing here changes state or lets time pass. No register is left out: a read has no side\n"
    "effect in any block. Bits marked * are driven by hardware and stand as its register block\n"
    "last saw them. RTL answers to clock edges only: its registers cannot be read here.\n";

std::string_view word(std::string_view& text) {
  const size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view first = text.substr(0, end);
  text.remove_prefix(end);
  return first;
}

std::string cycle(const SystemView& view) {
  const uint64_t ready = view.ready_cycle();
  const uint64_t now = view.block_cycles();
  std::string text = fmt::format("core {} cycles{}\nblocks {} cycles", view.core_cycles(),
                                 view.asleep() ? ", asleep" : "", now);
  text += ready == 0 ? ", not READY yet\n" : fmt::format(", cycle {} after READY\n", now - ready);
  return text;
}

std::string blocks(const SystemView& view) {
  std::string text;
  for (const Clocked& b : view.blocks) {
    const uint64_t wake = b.block->wake_at();
    text += fmt::format("{:<14}{}", b.name, b.block->idle() ? "idle" : "busy");
    text += wake == kNever ? "\n" : fmt::format(", wakes at {}\n", wake);
  }
  return text;
}

std::string block(const SystemView& view, std::string_view name, std::string_view prefix) {
  std::string known;
  for (const RegisterFile& file : view.registers) {
    known += (known.empty() ? "" : ", ") + file.name;
    if (file.name != name) continue;
    std::string text;
    for (const contract::CsrRow& row : file.rows) {
      if (!std::string_view(row.name).starts_with(prefix)) continue;
      std::array<uint8_t, 4> bytes{};
      if (view.read(file.base + row.offset, bytes) != bytes.size()) {
        text += fmt::format("{:<24}cannot be read here\n", row.name);
        continue;
      }
      uint32_t value = 0;
      std::memcpy(&value, bytes.data(), sizeof(value));
      text +=
          fmt::format("{:<24}0x{:08x}{}\n", row.name, value, row.volatile_mask != 0 ? " *" : "");
    }
    if (!text.empty()) return text;
    return fmt::format("block {}: found {}, expected the beginning of a register's name\n", name,
                       prefix);
  }
  return fmt::format("block: found {}, expected one of {}\n", name.empty() ? "nothing" : name,
                     known);
}

}  // namespace

std::string answer_monitor(const SystemView& view, std::string_view console,
                           std::string_view command) {
  std::string_view rest = command;
  const std::string_view verb = word(rest);
  if (verb == "cycle") return cycle(view);
  if (verb == "blocks") return blocks(view);
  if (verb == "block") {
    const std::string_view name = word(rest);
    return block(view, name, word(rest));
  }
  if (verb == "console") return console.empty() ? "nothing yet\n" : std::string(console);
  if (verb == "help") return kHelp;
  return fmt::format("monitor: found {}, expected cycle, blocks, block, console or help\n",
                     verb.empty() ? "nothing" : verb);
}

}  // namespace fp::gdb
