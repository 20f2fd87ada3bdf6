// SPDX-License-Identifier: Apache-2.0
//
// Random tables of one match-action stage, of every kind, around sample header vectors: lookups hit
// and miss in good measure, kinds overlap, and few enough rows of state are used that frames meet.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include "sim-tb/lockstep/random.hpp"
#include "tests/unit/rmt/stage_interp.hpp"

namespace fp::rmt::test {

inline unsigned place_row(const KeyBytes& key, unsigned way) {
  return (place_hash(key) >> 8 * way) & 0xff;
}

// A frame as a stage sees it.
struct Sample {
  Phv phv;
  uint32_t hdr_valid = 0;
};

namespace detail {

inline uint32_t word(sim::Random& r) { return static_cast<uint32_t>(r.next() >> 20); }

template <class Slot>
Slot random_slot(sim::Random& r, unsigned containers, unsigned use_percent) {
  Slot s;
  if (!r.chance(use_percent)) return s;
  s.op = static_cast<AluOp>(r.chance(97) ? r.below(7) : r.below(16));
  s.b = static_cast<AluB>(r.below(4));
  s.src = static_cast<uint8_t>(r.below(containers));
  s.imm = static_cast<decltype(s.imm)>(r.next() >> 20);
  return s;
}

// Values that make an egress edit or a multicast group of a random program, mostly.
inline constexpr unsigned kSomeEdits = 12;
inline constexpr unsigned kSomeGroups = 10;

inline ActionInstr random_instr(sim::Random& r, bool recirculate) {
  ActionInstr a;
  const unsigned use = static_cast<unsigned>(r.chance(80) ? r.below(30) : r.below(101));
  for (auto& s : a.a8) s = random_slot<Alu8>(r, kNumC8, use);
  for (auto& s : a.a16) s = random_slot<Alu16>(r, kNumC16, use);
  for (auto& s : a.a32) s = random_slot<Alu32>(r, kNumC32, use);
  // Mostly a verdict that lets frames through, seldom nonsense.
  if (r.chance(85)) {
    const auto set = [&](unsigned container, uint64_t value) {
      a.a8[container] = {AluOp::kSet, AluB::kImm, 0, static_cast<uint8_t>(value)};
    };
    set(kMetaVerdict, r.chance(85) ? 1 : r.below(4));
    set(kMetaOutPort, r.chance(75)   ? r.below(kNumPorts)
                      : r.chance(80) ? kOutMulticast
                                     : r.below(256));
    set(kMetaQueue, r.below(256));
    set(kMetaEdit, r.chance(60) ? 0 : r.below(kSomeEdits));
    set(kMetaPop, r.chance(60) ? 0 : r.below(kNumPops + 2));
    a.a16[kMetaGroup] = {AluOp::kSet, AluB::kImm, 0, static_cast<uint16_t>(r.below(kSomeGroups))};
    set(kMetaReason, r.below(20));
  }
  auto& out_port = a.a8[kMetaOutPort];
  constexpr auto kRecirc = static_cast<uint8_t>(common::PortId::kRecirc);
  if (recirculate && r.chance(20)) {
    out_port = {AluOp::kSet, AluB::kImm, 0, kRecirc};
  } else if (!recirculate && out_port.op != AluOp::kNop) {
    // Nothing but a set can keep it off that one value.
    out_port.op = AluOp::kSet;
    out_port.b = AluB::kImm;
    if (out_port.imm == kRecirc) out_port.imm = 0;
  }
  return a;
}

// Every bit pattern that the table can hold may come up, also operations that do not exist.
inline ActionSide random_side(sim::Random& r, bool recirculate) {
  ActionSide s;
  s.count = r.chance(60);
  s.meter = r.chance(60);
  s.red_drop = r.chance(50);
  s.reg_op = static_cast<RegOp>(r.chance(95) ? r.below(6) : r.below(8));
  s.x = static_cast<RegX>(r.chance(95) ? r.below(3) : 3);
  s.x_src = static_cast<uint8_t>(r.below(32));
  s.reg_wr = r.chance(60);
  s.reg_dst = static_cast<uint8_t>(r.below(kNumC32));
  if (recirculate) {  // counters only: sums do not tell the order
    s.meter = false;
    s.reg_op = RegOp::kNop;
  }
  return s;
}

inline StateCfg random_state(sim::Random& r) {
  const auto src = [&] {
    return static_cast<IndexSrc>(r.chance(70) ? 1 : r.chance(70) ? 2 : r.below(4));
  };
  const auto half = [&] { return static_cast<uint8_t>(r.below(8)); };
  StateCfg c;
  c.counter_src = src();
  c.counter_half = half();
  c.meter_src = src();
  c.meter_half = half();
  c.meter_dst = static_cast<uint8_t>(r.below(kNumC8));
  c.meter_aware = r.chance(50);
  c.reg_src = src();
  c.reg_half = half();
  c.len_src = static_cast<uint8_t>(r.below(kNumC16));
  return c;
}

// Rates and bursts at which frames of up to 64 KB see all three colours.
inline MeterCfg random_meter(sim::Random& r) {
  MeterCfg m;
  const auto any = [&](unsigned bits) { return word(r) >> (32 - 1 - r.below(bits)); };
  m.cir = any(28);
  m.pir = r.chance(80) ? m.cir + any(28) : any(32);
  m.cbs = any(20);
  m.pbs = r.chance(80) ? m.cbs + any(20) : any(32);
  return m;
}

inline KeyCfg random_key(sim::Random& r, uint32_t seen_headers) {
  KeyCfg k;
  for (auto& s : k.sel32) s = static_cast<uint8_t>(r.below(kNumC32));
  for (auto& s : k.sel16) s = static_cast<uint8_t>(r.below(kNumC16));
  for (auto& s : k.sel8) s = static_cast<uint8_t>(r.below(kNumC8));
  // A few bits only, so that different frames share a key; sometimes all.
  const bool all = r.chance(15);
  for (uint32_t& m : k.mask) {
    m = all ? ~0u : word(r) & word(r) & word(r) & word(r);
    if (!all && r.chance(50)) m = 0;
  }
  for (unsigned kind = 0; kind < 3; ++kind) {
    uint32_t& mask = k.gw_mask[kind];
    uint32_t& value = k.gw_value[kind];
    if (r.chance(50)) {
      mask = 1u << r.below(kNumHeaders);
      value = word(r) & seen_headers;
      if (r.chance(60)) value |= mask & seen_headers;
      if (r.chance(60) && (mask & seen_headers) == 0) value &= ~mask;
    }
    k.en[kind] = r.chance(70);
  }
  return k;
}

// Value and mask words of `Entry` around key bytes that a sample really has. The mask looks at
// `bits` leading bits (from the first byte on), or at any bits when 0 is given.
template <class Entry, class Bytes>
void aim(sim::Random& r, Entry& e, const Bytes& key, unsigned bits = 0) {
  e.value = {};
  e.mask = {};
  const unsigned style = static_cast<unsigned>(r.below(4));
  for (size_t i = 0; i < key.size(); ++i) {
    uint32_t care = 0;
    if (bits != 0) {
      const unsigned left = 8 * i < bits ? bits - static_cast<unsigned>(8 * i) : 0;
      care = left >= 8 ? 0xff : 0xff00u >> left & 0xff;
    } else if (r.chance(style == 0 ? 5 : 25)) {
      care = style == 1 ? 0xff : word(r) & word(r) & 0xff;
    }
    uint32_t value = key[i];
    if (r.chance(70)) value ^= word(r) & ~care;  // bits that do not count are noise
    if (r.chance(1)) value ^= 1u << r.below(8);  // now and then a near miss
    e.value[i / 4] |= (value & 0xff) << 8 * (i % 4);
    e.mask[i / 4] |= care << 8 * (i % 4);
  }
}

}  // namespace detail

// How a random stage is shaped.
struct StageShape {
  unsigned actions = 12;  // instructions and sides that are not all 0, at most
  unsigned ternary = 24;  // rows
  unsigned pivots = 12;
  unsigned prefixes = 40;                // entries in all buckets
  unsigned meters = 6;                   // rows with rates
  bool state = true;                     // actions count, meter and use registers
  unsigned ternary_rows = kTernaryRows;  // rows that there are
  unsigned pivot_rows = kLpmPivots;
  // Frames may come round again; then no row of state that a later frame sees is changed.
  bool recirculate = false;
};

// Tables of one stage and bank.
inline StageProgram random_stage(sim::Random& r, const std::vector<Sample>& samples,
                                 const StageShape& shape) {
  StageProgram stage;
  uint32_t seen = 0;
  for (const Sample& s : samples) seen |= s.hdr_valid;
  stage.key = detail::random_key(r, seen);
  stage.state = detail::random_state(r);
  for (unsigned i = 0; i < shape.actions; ++i) {
    const unsigned a = static_cast<unsigned>(r.below(kNumActions));
    stage.actions[a] = detail::random_instr(r, shape.recirculate);
    if (shape.state && r.chance(60)) stage.sides[a] = detail::random_side(r, shape.recirculate);
  }
  // Few different half words, so that frames share rows; sometimes any.
  const bool few = r.chance(80);
  const auto params = [&] {
    ActionData out;
    for (uint32_t& w : out) w = detail::word(r) & (few ? 0x04010403u : ~0u);
    return out;
  };
  const auto used_action = [&] {
    unsigned a = static_cast<unsigned>(r.below(kNumActions));
    for (unsigned i = 0; i < kNumActions && stage.actions[a] == ActionInstr{}; ++i) {
      a = (a + 1) % kNumActions;
    }
    return static_cast<uint8_t>(a);
  };
  const auto fill = [&](auto& entry) {
    entry.valid = r.chance(95);
    entry.action = used_action();
    entry.params = params();
  };
  const auto some_key = [&] { return whole_key(stage.key, samples[r.below(samples.size())].phv); };
  stage.dflt = {r.chance(80), used_action(), params()};
  for (unsigned i = 0; i < shape.meters; ++i) {
    // The rows that `few` half words name come first.
    stage.meters[few ? static_cast<unsigned>(r.below(4)) : static_cast<unsigned>(r.below(256))] =
        detail::random_meter(r);
  }
  std::set<unsigned> taken;
  for (const Sample& sample : samples) {
    if (r.chance(30)) continue;
    const KeyBytes key = masked_key(stage.key, sample.phv);
    StageProgram::Placed placed;
    placed.way = static_cast<unsigned>(r.below(kExactWays));
    placed.row = place_row(key, placed.way);
    if (!taken.insert(placed.way * kExactRows + placed.row).second) continue;
    fill(placed.entry);
    for (size_t i = 0; i < key.size(); ++i) {
      placed.entry.key[i / 4] |= static_cast<uint32_t>(key[i]) << 8 * (i % 4);
    }
    stage.entries.push_back(placed);
  }
  for (unsigned i = 0; i < shape.ternary; ++i) {
    TernaryEntry entry;
    fill(entry);
    detail::aim(r, entry, some_key());
    stage.ternary[static_cast<unsigned>(r.below(shape.ternary_rows))] = entry;
  }
  std::vector<unsigned> buckets;
  for (unsigned i = 0; i < shape.pivots; ++i) {
    LpmPivot pivot;
    pivot.valid = r.chance(95);
    const auto bits = static_cast<unsigned>(r.chance(80) ? 1 + r.below(12) : 0);
    detail::aim(r, pivot, lpm_key(some_key()), bits);
    buckets.push_back(static_cast<unsigned>(r.below(shape.pivot_rows)));
    stage.pivots[buckets.back()] = pivot;
  }
  for (unsigned i = 0; i < shape.prefixes && !buckets.empty(); ++i) {
    LpmEntry entry;
    fill(entry);
    // Mostly a key that its pivot lets through.
    const unsigned bucket = buckets[r.below(buckets.size())];
    auto key = lpm_key(some_key());
    for (unsigned tries = 0; tries < 8 && !matches(stage.pivots[bucket], key); ++tries) {
      key = lpm_key(some_key());
    }
    detail::aim(r, entry, key, static_cast<unsigned>(1 + r.below(r.chance(50) ? 33 : 192)));
    stage.prefixes[bucket * kLpmSlots + static_cast<unsigned>(r.below(kLpmSlots))] = entry;
  }
  return stage;
}

}  // namespace fp::rmt::test
