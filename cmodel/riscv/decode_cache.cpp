// SPDX-License-Identifier: Apache-2.0
#include "cmodel/riscv/decode_cache.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace fp::riscv {
namespace {

void reset(CodePage& page) {
  std::fill_n(page.slots.begin(), kSlotsPerPage, Slot{});
  page.slots[kSlotsPerPage].op = Op::kPageEnd;
  page.slots[kSlotsPerPage + 1].op = Op::kPageEnd;
}

}  // namespace

DecodeCache::DecodeCache(std::size_t max_pages) : max_pages_(std::max<std::size_t>(max_pages, 1)) {}

void DecodeCache::add_region(std::uint32_t base, std::span<std::uint8_t> memory, bool writable,
                             bool executable) {
  const std::uint64_t end = std::uint64_t{base} + memory.size();
  if (base % 4 != 0 || memory.size() % 4 != 0 || memory.empty() ||
      memory.size() > 0xffffffffu - 3 || end > (std::uint64_t{1} << 32)) {
    throw std::invalid_argument("memory region: bad base or size");
  }
  const auto size = static_cast<std::uint32_t>(memory.size());
  for (const auto& other : regions_) {
    if (base < std::uint64_t{other->base} + other->size && other->base < end) {
      throw std::invalid_argument("memory region: overlaps another");
    }
  }
  auto region = std::make_unique<Region>();
  region->base = base;
  region->size = size;
  region->host = memory.data();
  region->writable = writable;
  region->executable = executable;
  const std::size_t pages = (memory.size() + kPageBytes - 1) / kPageBytes;
  region->pages.resize(pages, nullptr);
  region->store_flags.resize(pages, 0);
  regions_.push_back(std::move(region));
}

const Region* DecodeCache::find(std::uint32_t addr) const {
  for (const auto& region : regions_) {
    if (region->contains(addr)) return region.get();
  }
  return nullptr;
}

Region* DecodeCache::find(std::uint32_t addr) {
  return const_cast<Region*>(std::as_const(*this).find(addr));
}

CodePage& DecodeCache::page(Region& region, std::uint32_t offset) {
  const std::uint32_t index = offset / kPageBytes;
  if (region.pages[index] != nullptr) return *region.pages[index];

  if (used_ == pool_.size() && used_ < max_pages_) {
    pool_.push_back({.page = std::make_unique<CodePage>()});
  }
  Entry* entry = nullptr;
  if (used_ < pool_.size()) {
    entry = &pool_[used_++];
  } else {
    entry = &pool_[next_victim_];
    next_victim_ = (next_victim_ + 1) % pool_.size();
    entry->region->pages[entry->index] = nullptr;
  }
  reset(*entry->page);
  entry->region = &region;
  entry->index = index;
  region.pages[index] = entry->page.get();
  region.store_flags[index] |= kHasCode;
  // The last slot may reach into the next page.
  if (index + 1 < region.store_flags.size()) region.store_flags[index + 1] |= kHasCode;
  return *entry->page;
}

void DecodeCache::drop(Region& region, std::uint32_t offset, std::uint32_t size) {
  if (size == 0) return;
  // A slot depends on the four bytes from its own place on.
  const std::uint32_t first = offset / 2 == 0 ? 0 : offset / 2 - 1;
  const std::uint32_t last = (offset + (size - 1)) / 2;
  for (std::uint32_t slot = first; slot <= last;) {
    const std::uint32_t index = slot / kSlotsPerPage;
    const std::uint32_t page_last = std::min(last, index * kSlotsPerPage + (kSlotsPerPage - 1));
    if (CodePage* page = region.pages[index]; page != nullptr) {
      std::fill(page->slots.begin() + slot % kSlotsPerPage,
                page->slots.begin() + page_last % kSlotsPerPage + 1, Slot{});
    }
    slot = page_last + 1;
  }
}

template <typename Visit>
void DecodeCache::for_each_part(std::uint32_t addr, std::uint32_t size, Visit visit) {
  const std::uint64_t end = std::uint64_t{addr} + size;
  for (const auto& region : regions_) {
    const std::uint64_t first = std::max<std::uint64_t>(addr, region->base);
    const std::uint64_t last = std::min(end, std::uint64_t{region->base} + region->size);
    if (first >= last) continue;
    visit(*region, static_cast<std::uint32_t>(first - region->base),
          static_cast<std::uint32_t>(last - first));
  }
}

void DecodeCache::drop_range(std::uint32_t addr, std::uint32_t size) {
  for_each_part(addr, size, drop);
}

void DecodeCache::watch_range(std::uint32_t addr, std::uint32_t size) {
  for_each_part(addr, size, [](Region& region, std::uint32_t offset, std::uint32_t bytes) {
    const std::uint32_t last = (offset + (bytes - 1)) / kPageBytes;
    for (std::uint32_t page = offset / kPageBytes; page <= last; ++page) {
      region.store_flags[page] |= kWatched;
    }
  });
}

void DecodeCache::clear() {
  for (std::size_t i = 0; i < used_; ++i) {
    Region& region = *pool_[i].region;
    const std::size_t index = pool_[i].index;
    region.pages[index] = nullptr;
    region.store_flags[index] &= ~kHasCode;
    if (index + 1 < region.store_flags.size()) region.store_flags[index + 1] &= ~kHasCode;
  }
  used_ = 0;
  next_victim_ = 0;
}

}  // namespace fp::riscv
