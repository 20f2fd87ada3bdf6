// SPDX-License-Identifier: Apache-2.0
//
// Translation of one page of a function's I/O addresses. Twin of rtl/vq/vq_xlate.sv.
#pragma once

#include <array>
#include <cstdint>

#include "contract/vq.hpp"

namespace fp::vq {

using Windows = std::array<WindowCfg, kNumWindows>;

inline constexpr uint64_t kPageMask = (uint64_t{1} << 52) - 1;

struct Translation {
  bool hit = false;
  uint64_t page = 0;  // 52 bits; 0 on a miss
};

// The lowest matching row wins.
inline Translation translate(const Windows& windows, uint8_t fn, bool write, uint64_t page) {
  for (const WindowCfg& w : windows) {
    const uint64_t into = (page - w.base_page) & kPageMask;
    if (w.valid && w.fn == fn && (write ? w.write : w.read) && page >= w.base_page &&
        into < w.pages) {
      return {true, (w.target_page + into) & kPageMask};
    }
  }
  return {};
}

}  // namespace fp::vq
