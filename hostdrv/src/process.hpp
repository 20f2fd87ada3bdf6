// SPDX-License-Identifier: Apache-2.0
//
// The fork rule: handles belong to the process that made them, and a forked child holds no copy of
// their descriptors (a copy would keep a connection open that its owner has closed).
#pragma once

#include <cstdint>

namespace flatproxy {

// Another number in every process that comes out of a fork. A load; never a system call.
uint64_t this_process();

// Descriptors that a forked child must close: from own() until disown(). Any thread.
void own(int fd);
// Forgets and closes it.
void disown(int fd);

}  // namespace flatproxy
