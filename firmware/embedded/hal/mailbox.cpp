// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/hal/mailbox.hpp"

#include "firmware/embedded/hal/mmio.hpp"
#include "firmware/embedded/hal/watchdog.hpp"

namespace fw::hal::mailbox {

namespace {

namespace reg = fp::mailbox::reg;
using fp::mailbox::kSlotWords;
using fp::mailbox::MsgHeader;
constexpr uint32_t kBase = fp::mailbox::kCsrBase;

uint32_t slot(uint32_t data, unsigned channel) { return data + channel * kSlotWords * 4; }

}  // namespace

void enable_interrupts() {
  write(kBase, reg::IrqEnable{}.set_channels((1u << fp::mailbox::kNumChannels) - 1));
}

bool receive(unsigned channel, Message& message) {
  reg::InStatus status;
  status.raw = read32(reg::kInStatusAddr + reg::kInStatusStride * channel);
  if (!status.full()) return false;
  const uint32_t data = slot(reg::kInDataAddr, channel);
  const uint32_t first = read32(data);
  message.header = MsgHeader::unpack(&first);
  if (message.header.length >= kSlotWords) message.header.length = 0;
  for (unsigned i = 0; i < message.header.length; ++i) {
    message.body[i] = read32(data + 4 * (i + 1));
  }
  write32(reg::kInPopAddr + reg::kInPopStride * channel, reg::InPop{}.set_pop(true).raw);
  return true;
}

void send(unsigned channel, fp::mailbox::MsgId id, uint8_t seq, std::span<const uint32_t> body) {
  reg::OutStatus status;
  do {
    // A peer that does not take its mail is no fault of this program.
    watchdog::kick();
    status.raw = read32(reg::kOutStatusAddr + reg::kOutStatusStride * channel);
  } while (status.full());
  MsgHeader header;
  header.id = static_cast<uint8_t>(id);
  header.seq = seq;
  header.length = static_cast<uint16_t>(body.size());
  uint32_t first;
  header.pack(&first);
  const uint32_t data = slot(reg::kOutDataAddr, channel);
  write32(data, first);
  for (unsigned i = 0; i < body.size(); ++i) write32(data + 4 * (i + 1), body[i]);
  write32(reg::kOutPushAddr + reg::kOutPushStride * channel, reg::OutPush{}.set_push(true).raw);
}

}  // namespace fw::hal::mailbox
