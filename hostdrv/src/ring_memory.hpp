// SPDX-License-Identifier: Apache-2.0
//
// Ring memory: a memfd mapped twice back to back, so that a window across the end is contiguous.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace flatproxy {

class RingMemory {
 public:
  RingMemory() = default;
  // `bytes` is a power of two and a multiple of the page size. Check valid().
  explicit RingMemory(size_t bytes);
  ~RingMemory();
  RingMemory(RingMemory&& other) noexcept;
  RingMemory& operator=(RingMemory&& other) noexcept;

  bool valid() const { return base_ != nullptr; }
  size_t size() const { return bytes_; }
  // Byte at a monotonic index; size() bytes from there are contiguous.
  std::byte* at(uint32_t index) const { return base_ + (index & (bytes_ - 1)); }
  // One copy of the memory, as the device sees it.
  std::span<std::byte> memory() const { return {base_, bytes_}; }

 private:
  std::byte* base_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace flatproxy
