// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/hal/pktq.hpp"

#include "firmware/embedded/hal/mmio.hpp"

namespace fw::hal::pktq {

namespace {

namespace reg = fp::pktq::reg;
using fp::pktq::RxClass;
constexpr uint32_t kBase = fp::pktq::kCsrBase;

}  // namespace

void open(RxClass cls, uint32_t frames) {
  const auto index = static_cast<uint32_t>(cls);
  write32(reg::kClassLimitAddr + reg::kClassLimitStride * index,
          reg::ClassLimit{}.set_frames(static_cast<uint8_t>(frames)).raw);
  const uint8_t enabled = read<reg::IrqEnable>(kBase).classes();
  write(kBase, reg::IrqEnable{}.set_classes(static_cast<uint8_t>(enabled | 1u << index)));
}

bool take(RxClass cls, uint32_t* words, Received& info) {
  if ((read<reg::Status>(kBase).classes() >> static_cast<uint32_t>(cls) & 1) == 0) return false;
  write(kBase, reg::RxSelect{}.set_index(static_cast<uint8_t>(cls)));
  const auto head = read<reg::RxInfo>(kBase);
  info = {head.length(), head.port(), head.reason()};
  uint32_t n = (info.length + 3) / 4;
  if (n > kFrameWords) n = kFrameWords;
  for (uint32_t i = 0; i < n; ++i) words[i] = read32(reg::kRxDataAddr + 4 * i);
  write(kBase, reg::RxPop{}.set_pop(true));
  return true;
}

uint32_t dropped(RxClass cls) {
  return read32(reg::kRxDropsAddr + reg::kRxDropsStride * static_cast<uint32_t>(cls));
}

void loop_back(bool on) { write(kBase, reg::Loopback{}.set_on(on)); }

bool busy() { return read<reg::Status>(kBase).tx_busy(); }

void send(const uint32_t* words, uint32_t length) {
  for (uint32_t i = 0; i < (length + 3) / 4; ++i) write32(reg::kTxDataAddr + 4 * i, words[i]);
  write(kBase, reg::TxSend{}.set_length(static_cast<uint16_t>(length)));
}

}  // namespace fw::hal::pktq
