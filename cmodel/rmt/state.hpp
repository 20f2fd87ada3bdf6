// SPDX-License-Identifier: Apache-2.0
//
// Model of rmt_counters, rmt_meters (with rmt_trtcm) and rmt_registers: state of one stage that
// frames change. One bank; a row's change is complete before the next frame's begins.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "contract/rmt.hpp"

namespace fp::rmt {

// Adds one frame of `bytes`; stays at all ones.
inline void count(CounterRow& row, uint16_t bytes) {
  if (row.packets != UINT64_MAX) ++row.packets;
  row.bytes = row.bytes > UINT64_MAX - bytes ? UINT64_MAX : row.bytes + bytes;
}

// RFC 2698 section 3: refills both buckets up to cycle `now`, then marks a frame of `bytes`.
// `before`: its colour so far, above yellow is red; looked at when `aware`.
inline Colour meter(const MeterCfg& cfg, MeterState& row, uint64_t now, uint16_t bytes, bool aware,
                    uint8_t before) {
  constexpr uint64_t kNowMask = (uint64_t{1} << 48) - 1;
  const uint64_t gone = std::min<uint64_t>((now - row.last) & kNowMask, UINT32_MAX);
  const auto refilled = [&](uint64_t tokens, uint32_t rate, uint32_t burst) {
    const uint64_t full = uint64_t{burst} << 16;
    uint64_t sum;
    if (!row.used || __builtin_add_overflow(tokens, rate * gone, &sum)) return full;
    return std::min(sum, full);
  };
  row.tc = refilled(row.tc, cfg.cir, cfg.cbs);
  row.tp = refilled(row.tp, cfg.pir, cfg.pbs);
  row.last = now & kNowMask;
  row.used = true;

  const uint64_t need = uint64_t{bytes} << 16;
  constexpr auto kYellow = static_cast<uint8_t>(Colour::kYellow);
  if (row.tp < need || (aware && before > kYellow)) return Colour::kRed;
  row.tp -= need;
  if (row.tc < need || (aware && before == kYellow)) return Colour::kYellow;
  row.tc -= need;
  return Colour::kGreen;
}

// Performs `op`, which exists and is not nop; returns its result.
inline uint32_t operate(RegOp op, uint32_t& r, uint32_t x) {
  const uint32_t was = r;
  switch (op) {
    case RegOp::kWrite:
      r = x;
      return was;
    case RegOp::kAdd:
      r += x;
      break;
    case RegOp::kMax:
      r = std::max(r, x);
      break;
    case RegOp::kOr:
      r |= x;
      break;
    default:
      break;
  }
  return r;
}

// The live tables of a stage.
struct StageState {
  std::array<CounterRow, kCounterRows> counters{};
  std::array<MeterState, kMeterRows> meters{};
  std::array<uint32_t, kRegisterRows> registers{};
};

}  // namespace fp::rmt
