// SPDX-License-Identifier: Apache-2.0
//
// I/O addresses come from here, never from pointers: runs are the same byte for byte, and a device
// can be given one window over everything.
#pragma once

#include <cstdint>
#include <map>

namespace flatproxy {

// First fit over one range, in whole pages.
class IovaAllocator {
 public:
  IovaAllocator(uint64_t base, uint64_t bytes) { free_[base] = bytes; }

  // 0 when nothing fits.
  uint64_t allocate(uint64_t bytes) {
    for (auto it = free_.begin(); it != free_.end(); ++it) {
      if (it->second < bytes) continue;
      const uint64_t at = it->first;
      const uint64_t rest = it->second - bytes;
      free_.erase(it);
      if (rest != 0) free_[at + bytes] = rest;
      return at;
    }
    return 0;
  }

  void release(uint64_t at, uint64_t bytes) {
    auto next = free_.lower_bound(at);
    if (next != free_.end() && at + bytes == next->first) {
      bytes += next->second;
      next = free_.erase(next);
    }
    if (next != free_.begin()) {
      auto previous = std::prev(next);
      if (previous->first + previous->second == at) {
        previous->second += bytes;
        return;
      }
    }
    free_[at] = bytes;
  }

  // To or from a simulator's checkpoint (cmodel/common/state_io.hpp), as for all of the library.
  template <class Io>
  void checkpoint(Io& io) {
    io(free_);
  }

 private:
  std::map<uint64_t, uint64_t> free_;  // start -> bytes, never adjacent
};

}  // namespace flatproxy
