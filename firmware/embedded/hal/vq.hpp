// SPDX-License-Identifier: Apache-2.0
//
// Driver of the virtual queues: translation windows, queues, and binding memory blocks to rings.
#pragma once

#include <cstdint>

#include "contract/mailbox.hpp"

namespace fw::hal::vq {

bool init_done();
void enable();

// Rows that the block would not take as meant (its fields are narrower than the messages') are
// refused here, the others by the block.
bool set_window(const fp::mailbox::WindowSetup& window);
bool set_queue(const fp::mailbox::VqSetup& setup);

// Binds the pair to its connection and announces it to the service (OPEN event).
bool bind(const fp::mailbox::RingReply& pair);

// What a ring still has to do before it can be unbound.
enum class RingEnd {
  kFinished,  // both directions have ended, or the ring stopped, or is not bound
  kReset,     // the host has asked for a reset
  kWaiting,   // the peer's FIN or RST is still on its way to the host
};
RingEnd ring_end(uint32_t ring);

// Lets DMA in work finish and sends GONE; bound() turns false when that is done.
bool unbind(uint32_t ring);
bool bound(uint32_t ring);

// Level interrupt: acknowledges finished closings.
void acknowledge();

}  // namespace fw::hal::vq
