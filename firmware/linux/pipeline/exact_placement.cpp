// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/exact_placement.hpp"

namespace fp::pipeline {

uint32_t crc32c(const Key& key) {
  constexpr uint32_t kPolynomial = 0x82f63b78;  // 0x1edc6f41 reflected
  uint32_t crc = ~0u;
  for (uint32_t word : key) {
    crc ^= word;
    for (int bit = 0; bit < 32; ++bit) crc = (crc >> 1) ^ (crc & 1 ? kPolynomial : 0);
  }
  return ~crc;
}

uint32_t exact_row(const Key& key, unsigned way) {
  return (crc32c(key) >> (8 * way)) & (rmt::kExactRows - 1);
}

namespace {

class Matching {
 public:
  explicit Matching(std::span<const Key> keys)
      : keys_(keys), owner_(rmt::kExactWays * rmt::kExactRows, -1), seen_(owner_.size(), -1) {}

  // Gives key `k` a slot, moving others along an alternating path when needed.
  bool place(int k, int round) {
    for (unsigned way = 0; way < rmt::kExactWays; ++way) {
      const unsigned slot = way * rmt::kExactRows + exact_row(keys_[k], way);
      if (seen_[slot] == round) continue;
      seen_[slot] = round;
      if (owner_[slot] < 0 || place(owner_[slot], round)) {
        owner_[slot] = k;
        return true;
      }
    }
    return false;
  }

  const std::vector<int>& owners() const { return owner_; }

 private:
  std::span<const Key> keys_;
  std::vector<int> owner_;  // key in each slot
  std::vector<int> seen_;   // last round that tried a slot
};

}  // namespace

std::optional<std::vector<uint16_t>> place_exact(std::span<const Key> keys) {
  Matching matching(keys);
  for (size_t k = 0; k < keys.size(); ++k) {
    if (!matching.place(static_cast<int>(k), static_cast<int>(k))) return std::nullopt;
  }
  std::vector<uint16_t> index(keys.size());
  for (size_t slot = 0; slot < matching.owners().size(); ++slot) {
    if (matching.owners()[slot] >= 0) {
      index[matching.owners()[slot]] = static_cast<uint16_t>(slot);
    }
  }
  return index;
}

}  // namespace fp::pipeline
