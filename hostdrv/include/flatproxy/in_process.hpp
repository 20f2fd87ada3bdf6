// SPDX-License-Identifier: Apache-2.0
//
// Opens a context on a transport that the caller provides and drives by hand. Everything runs on
// the caller's thread: call poll_control() and fp_poll() whenever model time has moved on.
#pragma once

#include "flatproxy/device_ops.hpp"
#include "flatproxy/flatproxy.h"

namespace flatproxy {

// What every connection's ring pair gets: log2 of the bytes, at least a page, at most 1 GiB.
struct RingSizes {
  uint8_t rx_log2 = 16;
  uint8_t tx_log2 = 16;
};

// `ops` must outlive the context. Memory for rings comes out of one range of I/O addresses, so runs
// are the same byte for byte.
fp_ctx* open_in_process(DeviceOps& ops, RingSizes sizes = {});
void close(fp_ctx* context);

// Talks to the firmware: registers windows and queues, answers ring requests. True when a message
// moved.
bool poll_control(fp_ctx* context);
// Nothing of the control conversation is waiting to be sent or answered.
bool control_idle(const fp_ctx* context);
// Firmware has accepted every window and queue announced so far.
bool control_ready(const fp_ctx* context);

}  // namespace flatproxy
