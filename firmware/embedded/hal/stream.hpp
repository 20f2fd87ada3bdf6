// SPDX-License-Identifier: Apache-2.0
//
// Driver of what stands in the TOE's place: new flows, answers, closed flows.
#pragma once

#include <cstdint>

#include "contract/common.hpp"
#include "contract/mailbox.hpp"

namespace fw::hal::stream {

struct Flow {
  uint16_t index;
  fp::mailbox::Family family;
  uint16_t local_port;
  uint16_t remote_port;
  std::array<uint8_t, 16> local_address;
  std::array<uint8_t, 16> remote_address;
};

struct Closed {
  uint16_t index;
  fp::common::ConnRef conn;
  bool reset;  // by RST or a fault, not by FIN both ways
};

void enable();

// The oldest new flow, removed from the block's list. False: there is none.
bool take_new(Flow& flow);
void accept(uint16_t index, fp::common::ConnRef conn);
void refuse(uint16_t index);

// The oldest closed flow, removed from the block's list. False: there is none.
bool take_closed(Closed& closed);
// Nothing refers to the flow any more.
void release(uint16_t index);

}  // namespace fw::hal::stream
