// SPDX-License-Identifier: Apache-2.0
//
// Driver of the virtual queues: translation windows, queues, and binding memory blocks to rings.
#pragma once

#include <cstdint>

#include "contract/mailbox.hpp"

namespace fw::hal::vq {

bool init_done();
void enable();

bool set_window(const fp::mailbox::WindowSetup& window);
bool set_queue(const fp::mailbox::VqSetup& setup);

// Binds the pair to its connection and announces it to the service (OPEN event).
bool bind(const fp::mailbox::RingReply& pair);
// Lets the ring finish and sends GONE; bound() turns false when that is done.
bool unbind(uint32_t ring);
bool bound(uint32_t ring);

// Level interrupt: acknowledges finished closings.
void acknowledge();

}  // namespace fw::hal::vq
