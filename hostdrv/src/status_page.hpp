// SPDX-License-Identifier: Apache-2.0
//
// What `flatproxy status` reads: a file per process, mapped by both, in which the sockets count
// directly. Publishing costs a socket nothing after it was opened, and readers stop nobody.
//
// The file is DIRECTORY/PID; the directory is $FLATPROXY_STATUS_DIR, else
// $XDG_RUNTIME_DIR/flatproxy, else /run/flatproxy for root and /tmp/flatproxy-UID for others. The
// process holds a lock (flock) on its file for life: a file that can be locked is stale.
#pragma once

#include <cstdint>
#include <string>

#include "hostdrv/src/handles.hpp"

namespace flatproxy {

// One socket. `version` is odd while the slot changes and rises with every change; readers take a
// slot only when it was even and the same before and after.
struct StatusSlot {
  std::atomic<uint32_t> version;
  uint32_t used;  // 0 free, 1 listener, 2 connection
  uint32_t backend;
  uint32_t queue;
  char local[64], remote[64];  // "192.0.2.1:80", "[2001:db8::1]:80"
  char reason[256];
  Counters count;
};

struct StatusHeader {
  static constexpr uint32_t kMagic = 0x31737066;  // "fps1"
  static constexpr uint32_t kSlots = 4096;        // sockets beyond are counted only
  uint32_t magic;
  uint32_t slot_bytes;  // sizeof(StatusSlot)
  uint32_t slots;
  uint32_t pid;
  char program[32];
  std::atomic<uint32_t> contexts, queues;
  std::atomic<uint32_t> unlisted;  // sockets that found no slot
  uint32_t backend;                // of the context opened last
  char reason[256];
  StatusSlot slot[kSlots];
};

static_assert(sizeof(StatusSlot) == 4 * 4 + 64 + 64 + 256 + sizeof(Counters));

std::string status_directory();

// Begins publishing this process, once; further calls count contexts only. 0 or a negative errno.
int status_open(const fp_ctx& c);
void status_close(const fp_ctx& c);
void status_queues(int change);

// A socket that listens or is connected becomes visible; without status_open() nothing happens.
void publish(fp_sock& s, bool listener);
// Its back end and reason have changed.
void republish(fp_sock& s);
// Takes it back, with what it counted.
void withdraw(fp_sock& s);

}  // namespace flatproxy
