// SPDX-License-Identifier: Apache-2.0
#include "hostdrv/src/ring_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <utility>

namespace flatproxy {

RingMemory::RingMemory(size_t bytes) {
  const int fd = memfd_create("flatproxy-ring", MFD_CLOEXEC);
  if (fd < 0) return;
  if (ftruncate(fd, static_cast<off_t>(bytes)) == 0) {
    void* area = mmap(nullptr, 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area != MAP_FAILED) {
      auto* base = static_cast<std::byte*>(area);
      constexpr int kProt = PROT_READ | PROT_WRITE;
      if (mmap(base, bytes, kProt, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED &&
          mmap(base + bytes, bytes, kProt, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED) {
        // A forked child must not reach a device's memory (docs: fork rule).
        madvise(base, 2 * bytes, MADV_DONTFORK);
        base_ = base;
        bytes_ = bytes;
      } else {
        munmap(base, 2 * bytes);
      }
    }
  }
  ::close(fd);
}

RingMemory::~RingMemory() {
  if (base_ != nullptr) munmap(base_, 2 * bytes_);
}

RingMemory::RingMemory(RingMemory&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

RingMemory& RingMemory::operator=(RingMemory&& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace flatproxy
