// SPDX-License-Identifier: Apache-2.0
//
// The connection controller: gives a new flow a connection, asks the host's service controller for
// its rings, binds them (FlatProxy paper, section IV-E), and takes everything apart at the end.
#pragma once

#include <cstdint>

#include "firmware/embedded/hal/mailbox.hpp"

namespace fw::control {

// A message of the host channel: window, queue, or the answer to a ring request.
void handle_host(const hal::mailbox::Message& message);

// Moves openings and closings on. True when something was done.
bool serve_connections();

// A closing waits for hardware that raises no interrupt; look again after this many cycles, 0 when
// nothing waits.
uint32_t poll_interval();

}  // namespace fw::control
