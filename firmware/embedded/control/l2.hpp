// SPDX-License-Identifier: Apache-2.0
//
// The L2 controller: the router's addresses, and the frames that the pipeline leaves to the control
// core. It takes one frame a class and round of the main loop, so that no flood keeps the mailbox
// waiting for longer than three frames take.
#pragma once

#include <cstdint>

#include "contract/mailbox.hpp"

namespace fw::control {

// An address the core answers for from now on. no_room: the table is full; refused: it has it.
fp::mailbox::Status add_address(const fp::mailbox::InterfaceAddress& address);

// Opens the packet queue, if there is an address to answer for.
void start_packets();

// Answers at most one frame of each class. True when a frame was taken.
bool serve_packets();

// Prints what became of the frames taken so far, and how many of each open class found no room.
void show_packets();

}  // namespace fw::control
