// SPDX-License-Identifier: Apache-2.0
//
// Driver of the message buffer: opens and closes connections.
#pragma once

#include <cstdint>

#include "contract/common.hpp"

namespace fw::hal::mbuf {

bool init_done();
void enable();

// Opens a connection between the TOE's place (direction 0 comes from there) and the virtual queues.
// Credits are bytes the reader of each direction can take. False: the block refused it.
bool open(fp::common::ConnRef conn, uint32_t credit_to_host, uint32_t credit_to_wire);

// No new segments from now on; cells in flight drain.
bool close(fp::common::ConnRef conn);

// Nothing of the connection is held any more.
bool drained(fp::common::ConnRef conn);

}  // namespace fw::hal::mbuf
