// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/control/selftest.hpp"

#include "contract/common.hpp"
#include "contract/mbuf.hpp"
#include "contract/mbuf_csr_table.hpp"
#include "contract/rmt.hpp"
#include "contract/rmt_csr_table.hpp"
#include "contract/vq.hpp"
#include "contract/vq_csr_table.hpp"
#include "firmware/embedded/hal/mmio.hpp"
#include "firmware/embedded/hal/pktq.hpp"
#include "firmware/embedded/runtime/log.hpp"

// Free RAM lies between the two (link.ld).
extern "C" uint32_t __bss_end[], __stack_limit[];

namespace fw::control {
namespace {

struct Block {
  const char* name;
  uint32_t base;
  std::span<const fp::contract::CsrRow> rows;
};

const Block kBlocks[] = {{"rmt", fp::rmt::kCsrBase, fp::rmt::kCsrTable},
                         {"mbuf", fp::mbuf::kCsrBase, fp::mbuf::kCsrTable},
                         {"vq", fp::vq::kCsrBase, fp::vq::kCsrTable}};

[[gnu::section(".bss.noinit")]] uint32_t packet[hal::pktq::kFrameWords];

uint32_t fixed_bits(const fp::contract::CsrRow& row) { return ~row.volatile_mask; }

}  // namespace

BadRegister check_registers(std::span<const fp::contract::CsrRow> rows, uint32_t base) {
  for (const auto& row : rows) {
    const uint32_t mask = fixed_bits(row);
    if (mask == 0) continue;
    const uint32_t found = hal::read32(base + row.offset);
    if ((found & mask) != (row.reset & mask)) return {&row, found};
  }
  return {};
}

const volatile uint32_t* check_memory(volatile uint32_t* words, uint32_t count) {
  for (uint32_t bit = 1; bit != 0; bit <<= 1) {
    words[0] = bit;
    if (words[0] != bit) return words;
  }
  // Two words that share a line would show the later one's number.
  words[0] = ~0u;
  for (uint32_t i = 1; i < count; i <<= 1) words[i] = i;
  for (uint32_t i = 1; i < count; i <<= 1) {
    if (words[i] != i) return words + i;
  }
  return words[0] == ~0u ? nullptr : words;
}

bool check_packet() {
  constexpr auto kClass = fp::pktq::RxClass::kFlooded;  // no verdict came with it
  constexpr uint32_t kBytes = 3 * fp::common::kBeatBytes + 7;
  constexpr uint32_t kWords = (kBytes + 3) / 4;
  // Padding behind the last byte comes back as 0.
  constexpr uint32_t kLast = (uint32_t{1} << 8 * (kBytes % 4)) - 1;
  static_assert(kBytes % 4 != 0);
  uint32_t sent[kWords];
  for (uint32_t i = 0; i < kWords; ++i) sent[i] = 0x9e3779b9 * (i + 1);
  sent[kWords - 1] &= kLast;
  hal::pktq::loop_back(true);
  hal::pktq::open(kClass, 1);
  hal::pktq::send(sent, kBytes);
  while (hal::pktq::busy()) {
  }
  hal::pktq::Received info{};
  const bool came = hal::pktq::take(kClass, packet, info);
  hal::pktq::open(kClass, 0);
  hal::pktq::loop_back(false);
  if (!came || info.length != kBytes) return false;
  for (uint32_t i = 0; i < kWords; ++i) {
    if (packet[i] != sent[i]) return false;
  }
  return true;
}

bool self_test() {
  const auto words = static_cast<uint32_t>(__stack_limit - __bss_end);
  if (const auto* bad = check_memory(__bss_end, words)) {
    log("self-test: memory at ", Hex{reinterpret_cast<uint32_t>(bad)}, " does not keep its word");
    return false;
  }
  unsigned registers = 0;
  for (const Block& block : kBlocks) {
    const BadRegister bad = check_registers(block.rows, block.base);
    if (bad.row != nullptr) {
      log("self-test: ", block.name, ".", bad.row->name, ": found ", Hex{bad.found}, ", expected ",
          Hex{bad.row->reset});
      return false;
    }
    for (const auto& row : block.rows) registers += fixed_bits(row) != 0;
  }
  if (!check_packet()) {
    log("self-test: packet queue: found another packet than was sent, expected the same");
    return false;
  }
  log("self-test: ", words, " words of memory, ", registers,
      " registers as reset leaves them, a packet came back");
  return true;
}

}  // namespace fw::control
