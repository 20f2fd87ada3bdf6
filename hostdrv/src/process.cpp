// SPDX-License-Identifier: Apache-2.0
#include "hostdrv/src/process.hpp"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>

namespace flatproxy {

namespace {

// Linux's default upper limit of descriptors (fs.nr_open); a descriptor above it is not closed in
// children, which is no more than untidy.
constexpr int kMostFds = 1 << 20;
constexpr int kBits = 64;

std::atomic<uint64_t> process{1};
std::array<std::atomic<uint64_t>, kMostFds / kBits> owned;  // zero pages until used
std::atomic<int> highest{-1};                               // word of `owned`

void in_child() {
  process.fetch_add(1, std::memory_order_relaxed);
  for (int w = 0; w <= highest.load(std::memory_order_relaxed); ++w) {
    for (uint64_t bits = owned[static_cast<size_t>(w)].exchange(0); bits != 0; bits &= bits - 1) {
      ::close(w * kBits + __builtin_ctzll(bits));
    }
  }
}

const int registered = pthread_atfork(nullptr, nullptr, in_child);

}  // namespace

uint64_t this_process() { return process.load(std::memory_order_relaxed); }

void own(int fd) {
  (void)registered;
  if (fd < 0 || fd >= kMostFds) return;
  owned[static_cast<size_t>(fd / kBits)].fetch_or(uint64_t{1} << fd % kBits);
  int seen = highest.load();
  while (seen < fd / kBits && !highest.compare_exchange_weak(seen, fd / kBits)) {
  }
}

void disown(int fd) {
  if (fd >= 0 && fd < kMostFds) {
    owned[static_cast<size_t>(fd / kBits)].fetch_and(~(uint64_t{1} << fd % kBits));
  }
  ::close(fd);
}

}  // namespace flatproxy
