// SPDX-License-Identifier: Apache-2.0
// A hart with a little RAM and a scripted bus, for tests that place instructions by hand.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <map>
#include <vector>

#include "cmodel/riscv/hart.hpp"

namespace fp::riscv::test {

/// A bus on which nothing answers.
class NoBus final : public Bus {
 public:
  BusReply read(std::uint32_t, unsigned, std::uint32_t&) override {
    return {.status = BusStatus::kFault};
  }
  BusReply write(std::uint32_t, unsigned, std::uint32_t) override {
    return {.status = BusStatus::kFault};
  }
};

/// Answers reads and writes below 0x1000 from byte-addressed registers with `reply`; records every
/// access.
class ScriptedBus final : public Bus {
 public:
  struct Access {
    bool is_write;
    std::uint32_t addr;
    unsigned size;
    std::uint32_t value;
    bool operator==(const Access&) const = default;
  };

  BusReply read(std::uint32_t addr, unsigned size, std::uint32_t& out) override {
    accesses.push_back({false, addr, size, 0});
    if (addr >= 0x1000) return {.status = BusStatus::kFault};
    if (reply.status != BusStatus::kOk) return reply;
    out = 0;
    for (unsigned i = 0; i < size; ++i) out |= std::uint32_t{bytes[addr + i]} << (8 * i);
    return reply;
  }
  BusReply write(std::uint32_t addr, unsigned size, std::uint32_t value) override {
    accesses.push_back({true, addr, size, value});
    if (addr >= 0x1000) return {.status = BusStatus::kFault};
    if (reply.status != BusStatus::kOk) return reply;
    for (unsigned i = 0; i < size; ++i)
      bytes[addr + i] = static_cast<std::uint8_t>(value >> (8 * i));
    if (on_write_mip != nullptr) on_write_mip->set_mip(value);
    return reply;
  }
  std::uint64_t time() override { return now; }

  void put(std::uint32_t addr, std::uint32_t word) {
    for (unsigned i = 0; i < 4; ++i) bytes[addr + i] = static_cast<std::uint8_t>(word >> (8 * i));
  }

  BusReply reply{};
  std::uint64_t now = 0;
  Hart* on_write_mip =
      nullptr;  ///< Every write sets this hart's interrupt lines to the value written.
  std::vector<Access> accesses;
  std::map<std::uint32_t, std::uint8_t> bytes;
};

inline constexpr std::uint32_t kRam = 0x80000000;
inline constexpr std::uint32_t kRamBytes = 0x8000;
inline constexpr std::uint32_t kHandler = kRam + 0x1000;  ///< mtvec of Machine.
inline constexpr std::uint32_t kData = kRam + 0x4000;

/// RAM full of c.nop-free zeros: what a test does not place is an illegal instruction.
class Machine {
 public:
  explicit Machine(HartConfig config = {}) : hart_config(with_pc(config)), hart(hart_config, bus) {
    hart.add_memory(kRam, ram);
    hart.set_csr(kMtvec, kHandler);
  }

  void put(std::uint32_t addr, std::initializer_list<std::uint32_t> words) {
    for (const std::uint32_t word : words) {
      std::memcpy(ram.data() + (addr - kRam), &word, 4);
      addr += 4;
    }
  }
  void put16(std::uint32_t addr, std::initializer_list<std::uint16_t> halves) {
    for (const std::uint16_t half : halves) {
      std::memcpy(ram.data() + (addr - kRam), &half, 2);
      addr += 2;
    }
  }
  std::uint32_t word(std::uint32_t addr) const {
    std::uint32_t value = 0;
    std::memcpy(&value, ram.data() + (addr - kRam), 4);
    return value;
  }
  std::uint32_t csr(std::uint32_t number) { return hart.csr(number).value(); }

  static HartConfig with_pc(HartConfig config) {
    config.reset_pc = kRam;
    return config;
  }

  std::vector<std::uint8_t> ram = std::vector<std::uint8_t>(kRamBytes);
  ScriptedBus bus;
  HartConfig hart_config;
  Hart hart;
};

}  // namespace fp::riscv::test
