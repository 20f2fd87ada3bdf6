// SPDX-License-Identifier: Apache-2.0
//
// Host memory as a device sees it: I/O address ranges that somebody has mapped to real bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>

namespace fp::mem {

// Ranges never overlap. The bytes stay the mapper's and must outlive the mapping. One thread.
class HostMemory {
 public:
  // False: empty, wraps around, or overlaps a range mapped before.
  bool map(uint64_t iova, std::span<std::byte> bytes);
  // Takes away exactly the range mapped at `iova`; false when there is none of that size.
  bool unmap(uint64_t iova, uint64_t bytes);

  // Copies a run of bytes that must lie inside one range; false, and nothing copied, otherwise.
  bool read(uint64_t iova, std::span<std::byte> out) const;
  bool write(uint64_t iova, std::span<const std::byte> data);

 private:
  // The bytes at `iova`, or empty.
  std::span<std::byte> find(uint64_t iova, uint64_t bytes) const;

  std::map<uint64_t, std::span<std::byte>> ranges_;  // by first address
};

}  // namespace fp::mem
