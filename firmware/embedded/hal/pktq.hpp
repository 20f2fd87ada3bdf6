// SPDX-License-Identifier: Apache-2.0
//
// Driver of the packet queue: frames that the pipeline left to the control core, and the core's own
// frames into the pipeline.
#pragma once

#include <cstdint>
#include <span>

#include "contract/pktq.hpp"

namespace fw::hal::pktq {

// Words of the longest frame.
inline constexpr uint32_t kFrameWords = fp::pktq::kWindowWords;

struct Received {
  uint32_t length;  // bytes
  uint8_t port;     // source, common.port_id
  uint8_t reason;   // code within rmt, 0 for a frame without a slow verdict
};

// Frames of this class may wait from now on, `frames` of them, and raise the interrupt; 0: none.
void open(fp::pktq::RxClass cls, uint32_t frames);

// Copies the oldest frame of a class, kFrameWords at most, and removes it from the queue. False:
// there is none.
bool take(fp::pktq::RxClass cls, uint32_t* words, Received& info);

// Frames of a class for which there was no room, saturating.
uint32_t dropped(fp::pktq::RxClass cls);

// The transmit buffer still holds the frame sent last.
bool busy();

// Frames sent come back as received ones, for self-tests while RMT is disabled.
void loop_back(bool on);

// Sends `length` bytes, at most a frame's; not while busy.
void send(const uint32_t* words, uint32_t length);

}  // namespace fw::hal::pktq
