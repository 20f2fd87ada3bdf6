// SPDX-License-Identifier: Apache-2.0
//
// Value/mask rows as rmt_ternary and rmt_lpm compare them: a row matches when
// (key ^ value) & mask is 0, the lowest valid one wins. Laid out by key word, eight rows beside
// each other, so that a compiler compares eight at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "cmodel/common/state_io.hpp"

namespace fp::rmt {

// kRows: a multiple of 8.
template <unsigned kKeyWords, unsigned kRows>
class MaskedRows {
 public:
  static constexpr unsigned kNone = kRows;  // find(): no row matches

  MaskedRows() { clear(); }

  void clear() {
    std::memset(value_, 0, sizeof value_);
    std::memset(mask_, 0, sizeof mask_);
    std::memset(invalid_, 0xff, sizeof invalid_);
    blocks_ = used_words_ = 0;
  }

  void set(unsigned row, bool valid, const uint32_t* value, const uint32_t* mask) {
    for (unsigned w = 0; w < kKeyWords; ++w) {
      value_[w][row] = value[w];
      mask_[w][row] = mask[w];
    }
    invalid_[row] = valid ? 0 : ~0u;
    // Nothing is compared behind the highest valid row, nor key words that no row looks at.
    blocks_ = 0;
    for (unsigned r = 0; r < kRows; ++r) {
      if (this->valid(r)) blocks_ = r / kLanes + 1;
    }
    used_words_ = 0;
    for (unsigned w = 0; w < kKeyWords; ++w) {
      bool used = false;
      for (unsigned r = 0; r < kRows; ++r) used |= this->mask(r, w) != 0;
      if (used) used_[used_words_++] = static_cast<uint8_t>(w);
    }
  }

  bool valid(unsigned row) const { return invalid_[row] == 0; }
  uint32_t value(unsigned row, unsigned word) const { return value_[word][row]; }
  uint32_t mask(unsigned row, unsigned word) const { return mask_[word][row]; }

  // The lowest valid row that matches `key` (kKeyWords words), or kNone.
  unsigned find(const uint32_t* key) const {
    for (unsigned row = 0; row < blocks_ * kLanes; row += kLanes) {
      Quad low = load(invalid_ + row), high = load(invalid_ + row + 4);
      for (unsigned i = 0; i < used_words_; ++i) {
        const unsigned w = used_[i];
        const Quad k = {key[w], key[w], key[w], key[w]};
        low |= (load(value_[w] + row) ^ k) & load(mask_[w] + row);
        high |= (load(value_[w] + row + 4) ^ k) & load(mask_[w] + row + 4);
        if ((i & 1) == 0 && !any_zero(low, high)) break;
      }
      if (!any_zero(low, high)) continue;
      for (unsigned l = 0; l < kLanes; ++l) {
        if ((l < 4 ? low[l] : high[l - 4]) == 0) return row + l;
      }
    }
    return kNone;
  }

  void checkpoint(StateIo& io) {
    io.raw(value_, sizeof value_);
    io.raw(mask_, sizeof mask_);
    io.raw(invalid_, sizeof invalid_);
    io(used_, used_words_, blocks_);
  }

 private:
  static constexpr unsigned kLanes = 8;
  static_assert(kRows % kLanes == 0);
  // As wide as every x86-64 and AArch64 has; wider vectors of g++ become scalar without -march.
  typedef uint32_t Quad __attribute__((vector_size(16)));

  static Quad load(const uint32_t* rows) {
    Quad quad;
    std::memcpy(&quad, rows, sizeof quad);
    return quad;
  }
  static bool any_zero(Quad low, Quad high) {
    typedef uint64_t Pair __attribute__((vector_size(16)));
    const auto zero = (low == Quad{}) | (high == Quad{});
    Pair halves;
    std::memcpy(&halves, &zero, sizeof halves);
    return (halves[0] | halves[1]) != 0;
  }

  alignas(16) uint32_t value_[kKeyWords][kRows];
  alignas(16) uint32_t mask_[kKeyWords][kRows];
  alignas(16) uint32_t invalid_[kRows];    // all ones where a row takes no part
  std::array<uint8_t, kKeyWords> used_{};  // key words that some row looks at
  unsigned used_words_ = 0;
  unsigned blocks_ = 0;  // of kLanes rows, up to the highest valid one
};

}  // namespace fp::rmt
