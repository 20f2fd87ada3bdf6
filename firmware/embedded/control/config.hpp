// SPDX-License-Identifier: Apache-2.0
//
// The configuration plane's requests: table rows, epochs, listeners, start.
#pragma once

#include "contract/mailbox.hpp"
#include "firmware/embedded/hal/mailbox.hpp"

namespace fw::control {

// Says that the blocks are initialised and tables may come.
void say_hello();

// Carries out one message of the configuration channel and answers it.
void handle_config(const hal::mailbox::Message& message);

// The listener for a destination, or nullptr.
const fp::mailbox::Listen* find_listener(fp::mailbox::Family family,
                                         const std::array<uint8_t, 16>& address, uint16_t port);

}  // namespace fw::control
