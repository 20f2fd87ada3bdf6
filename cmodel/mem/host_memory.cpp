// SPDX-License-Identifier: Apache-2.0
#include "cmodel/mem/host_memory.hpp"

#include <algorithm>

namespace fp::mem {

bool HostMemory::map(uint64_t iova, std::span<std::byte> bytes) {
  if (bytes.empty() || iova + bytes.size() < iova) return false;
  const auto next = ranges_.lower_bound(iova);
  if (next != ranges_.end() && next->first < iova + bytes.size()) return false;
  if (next != ranges_.begin()) {
    const auto& [start, range] = *std::prev(next);
    if (start + range.size() > iova) return false;
  }
  ranges_[iova] = bytes;
  return true;
}

bool HostMemory::unmap(uint64_t iova, uint64_t bytes) {
  const auto it = ranges_.find(iova);
  if (it == ranges_.end() || it->second.size() != bytes) return false;
  ranges_.erase(it);
  return true;
}

std::span<std::byte> HostMemory::find(uint64_t iova, uint64_t bytes) const {
  auto it = ranges_.upper_bound(iova);
  if (it == ranges_.begin()) return {};
  const auto& [start, range] = *--it;
  const uint64_t offset = iova - start;
  if (offset >= range.size() || bytes > range.size() - offset) return {};
  return range.subspan(offset, bytes);
}

bool HostMemory::read(uint64_t iova, std::span<std::byte> out) const {
  const auto from = find(iova, out.size());
  if (from.size() != out.size()) return false;
  std::copy(from.begin(), from.end(), out.begin());
  return true;
}

bool HostMemory::write(uint64_t iova, std::span<const std::byte> data) {
  const auto to = find(iova, data.size());
  if (to.size() != data.size()) return false;
  std::copy(data.begin(), data.end(), to.begin());
  return true;
}

}  // namespace fp::mem
