// SPDX-License-Identifier: Apache-2.0
//
// The mailbox between the embedded core and the software outside it (rtl/soc/mailbox.yaml): one
// message slot per channel and direction.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "cmodel/common/state_io.hpp"
#include "cmodel/soc/device.hpp"
#include "contract/mailbox.hpp"

namespace fp::soc {

class Mailbox : public Device {
 public:
  explicit Mailbox(const sc_core::sc_module_name& name) : Device(name) {}

  // --- the outside -----------------------------------------------------------------------------
  // Puts a message (header first, at most SlotWords) into a channel's inbound slot; false while
  // the firmware has not emptied it, or when it is empty or too long.
  bool post(unsigned channel, std::span<const uint32_t> words);
  bool can_post(unsigned channel) const { return !channels_[channel].in_full; }
  // True while the firmware's message waits; take() empties the slot. The length is the header's,
  // cut to the slot.
  bool has_message(unsigned channel) const { return channels_[channel].out_full; }
  std::vector<uint32_t> take(unsigned channel);

  // Interrupt towards the core: some enabled channel holds an inbound message.
  bool irq() const;

  void checkpoint(StateIo& io) override { io(channels_, irq_enable_); }

 private:
  using Slot = std::array<uint32_t, mailbox::kSlotWords>;
  struct Channel {
    Slot in{};
    Slot out{};
    bool in_full = false;
    bool out_full = false;
  };

  bool peek(uint32_t offset, uint32_t& value) const override;
  bool write(uint32_t offset, uint32_t value) override;

  std::array<Channel, mailbox::kNumChannels> channels_;
  uint32_t irq_enable_ = 0;
};

}  // namespace fp::soc
