// SPDX-License-Identifier: Apache-2.0
// Directly mapped memory of a hart and the decoded instructions kept beside it: one slot per
// half-word, in pages of 4 KiB taken from a bounded pool. Stores drop exactly the slots they
// overlap, so a slot never differs from memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cmodel/riscv/decode.hpp"

namespace fp::riscv {

inline constexpr std::uint32_t kPageBytes = 4096;
inline constexpr std::uint32_t kSlotsPerPage = kPageBytes / 2;

/// Decoded form of one page. The two slots behind the last stay Op::kPageEnd; the second is reached
/// by a four-byte instruction that starts in the last half-word.
struct CodePage {
  std::array<Slot, kSlotsPerPage + 2> slots;
};

/// Bits of Region::store_flags.
inline constexpr std::uint8_t kHasCode = 1;  ///< A decoded slot may depend on the page's bytes.
inline constexpr std::uint8_t kWatched = 2;  ///< A watched range touches the page.

/// One range of host memory that the hart reads and writes without asking the bus.
struct Region {
  std::uint32_t base = 0;
  std::uint32_t size = 0;  ///< Bytes, a multiple of 4.
  std::uint8_t* host = nullptr;
  bool writable = false;
  bool executable = false;
  std::vector<CodePage*> pages;  ///< One entry per page of the region; null: nothing decoded.
  std::vector<std::uint8_t> store_flags;  ///< One entry per page: what a store must look after.

  bool contains(std::uint32_t addr) const { return addr - base < size; }
};

class DecodeCache {
 public:
  /// Keeps at most `max_pages` (at least 1) decoded pages of 16 KiB each; they are allocated on
  /// first use.
  explicit DecodeCache(std::size_t max_pages);

  /// Adds a region; the memory stays the caller's and must outlive the cache. Throws
  /// std::invalid_argument if base or size is not a multiple of 4, the size is zero, the end lies
  /// beyond 2^32 or the range overlaps another region.
  void add_region(std::uint32_t base, std::span<std::uint8_t> memory, bool writable,
                  bool executable);

  /// The region with `addr`, or null. Valid as long as the cache: regions are never moved or
  /// removed.
  Region* find(std::uint32_t addr);
  const Region* find(std::uint32_t addr) const;

  /// A page for `offset` bytes into `region`, empty if it was not cached; another page may lose its
  /// place for it.
  CodePage& page(Region& region, std::uint32_t offset);

  /// Forgets the slots that depend on `size` bytes at `offset` of `region`.
  static void drop(Region& region, std::uint32_t offset, std::uint32_t size);

  /// Forgets the slots that depend on `size` bytes at guest address `addr`, mapped or not.
  void drop_range(std::uint32_t addr, std::uint32_t size);

  /// Marks the pages of `size` bytes at guest address `addr` as watched, those that are mapped.
  void watch_range(std::uint32_t addr, std::uint32_t size);

  /// Forgets everything decoded.
  void clear();

 private:
  struct Entry {
    std::unique_ptr<CodePage> page;
    Region* region = nullptr;
    std::uint32_t index = 0;
  };

  // Calls visit(region, offset, size) for the mapped parts of a guest address range.
  template <typename Visit>
  void for_each_part(std::uint32_t addr, std::uint32_t size, Visit visit);

  std::size_t max_pages_;
  std::size_t used_ = 0;  // entries of the pool in use, from the front
  std::size_t next_victim_ = 0;
  std::vector<Entry> pool_;
  std::vector<std::unique_ptr<Region>> regions_;
};

}  // namespace fp::riscv
