// SPDX-License-Identifier: Apache-2.0
//
// Untimed interpreter of one match-action stage, written from what rmt.yaml says its tables mean.
// It knows nothing of hash rows or word order: keys are bytes, an exact entry hits when its key is
// equal, meters count in 128-bit integers. The outside truth of the RMT block's tests.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "contract/rmt.hpp"

namespace fp::rmt::test {

using KeyBytes = std::array<uint8_t, kKeyBits / 8>;

// Gateways of key_cfg.
inline constexpr unsigned kTernaryKind = 0, kExactKind = 1, kLpmKind = 2;

// One stage of one bank.
struct StageProgram {
  struct Placed {
    unsigned way = 0;
    unsigned row = 0;
    ExactEntry entry;
  };
  KeyCfg key;
  DefaultAction dflt;
  std::array<ActionInstr, kNumActions> actions{};
  std::array<ActionSide, kNumActions> sides{};
  std::vector<Placed> entries;
  std::map<unsigned, TernaryEntry> ternary;  // by row
  std::map<unsigned, LpmPivot> pivots;       // by index
  std::map<unsigned, LpmEntry> prefixes;     // by pivot * kLpmSlots + slot
  StateCfg state;
  std::map<unsigned, MeterCfg> meters;  // by row

  // f(TableId of stage 0, index, words[reg::kTblDataCount]) for every row that is not all zero.
  template <class F>
  void for_each_row(F&& f) const {
    std::array<uint32_t, reg::kTblDataCount> words{};
    const auto put = [&](TableId table, unsigned index, const auto& row) {
      words.fill(0);
      row.pack(words.data());
      f(table, index, static_cast<const uint32_t*>(words.data()));
    };
    put(TableId::kStage0Key, 0, key);
    put(TableId::kStage0Default, 0, dflt);
    put(TableId::kStage0State, 0, state);
    for (unsigned i = 0; i < kNumActions; ++i) {
      if (actions[i] != ActionInstr{}) put(TableId::kStage0Action, i, actions[i]);
      if (sides[i] != ActionSide{}) put(TableId::kStage0Side, i, sides[i]);
    }
    for (const Placed& p : entries) put(TableId::kStage0Exact, p.way * kExactRows + p.row, p.entry);
    for (const auto& [row, entry] : ternary) put(TableId::kStage0Ternary, row, entry);
    for (const auto& [row, entry] : pivots) put(TableId::kStage0LpmPivot, row, entry);
    for (const auto& [row, entry] : prefixes) put(TableId::kStage0LpmEntry, row, entry);
    for (const auto& [row, entry] : meters) put(TableId::kStage0Meter, row, entry);
  }
};

// What frames leave behind in a stage; rows that were never used are absent and 0.
struct StageMemory {
  struct Bucket {
    __int128 tc = 0, tp = 0;  // 1/65536 byte
    uint64_t last = 0;
  };
  std::map<unsigned, CounterRow> counters;
  std::map<unsigned, Bucket> meters;
  std::map<unsigned, uint32_t> registers;
};

// What a stage does to a frame, beside the header vector.
struct StageOutcome {
  bool looked_up = false;
  bool hit = false;
  std::optional<unsigned> action;
};

// CRC-32C bit by bit (RFC 3720). Not the model's code.
inline uint32_t place_hash(const KeyBytes& key) {
  uint32_t crc = 0xffffffffu;
  for (const uint8_t byte : key) {
    for (unsigned i = 0; i < 8; ++i) {
      const bool out = ((crc ^ (byte >> i)) & 1) != 0;
      crc = (crc >> 1) ^ (out ? 0x82f63b78u : 0);
    }
  }
  return ~crc;
}

// Key bytes, first byte first: eight words, three half words, two bytes, little-endian.
inline KeyBytes whole_key(const KeyCfg& cfg, const Phv& phv) {
  KeyBytes key{};
  size_t n = 0;
  const auto put = [&](uint32_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) key[n++] = static_cast<uint8_t>(value >> 8 * i);
  };
  for (const uint8_t s : cfg.sel32) put(phv.c32[s], 4);
  for (const uint8_t s : cfg.sel16) put(phv.c16[s], 2);
  for (const uint8_t s : cfg.sel8) put(phv.c8[s], 1);
  return key;
}
template <class Words>
uint8_t byte_of(const Words& words, size_t i) {
  return static_cast<uint8_t>(words[i / 4] >> 8 * (i % 4));
}
inline KeyBytes masked_key(const KeyCfg& cfg, const Phv& phv) {
  KeyBytes key = whole_key(cfg, phv);
  for (size_t i = 0; i < key.size(); ++i) {
    key[i] = static_cast<uint8_t>(key[i] & byte_of(cfg.mask, i));
  }
  return key;
}
// What an LPM entry sees: key bits 159:0, above them bits 287:256.
inline std::vector<uint8_t> lpm_key(const KeyBytes& key) {
  std::vector<uint8_t> out(key.begin(), key.begin() + 20);
  out.insert(out.end(), key.begin() + 32, key.begin() + 36);
  return out;
}

inline bool same_key(const ExactEntry& entry, const KeyBytes& key) {
  for (size_t i = 0; i < key.size(); ++i) {
    if (byte_of(entry.key, i) != key[i]) return false;
  }
  return true;
}
// Value and mask of a ternary_entry, lpm_pivot or lpm_entry against key bytes.
template <class Entry, class Bytes>
bool matches(const Entry& entry, const Bytes& key) {
  if (!entry.valid) return false;
  for (size_t i = 0; i < key.size(); ++i) {
    const uint8_t care = byte_of(entry.mask, i);
    if ((key[i] & care) != (byte_of(entry.value, i) & care)) return false;
  }
  return true;
}

// The container `id` of any width.
inline uint64_t get_container(const Phv& phv, unsigned id) {
  if (id < kC16Base) return phv.c8[id];
  if (id < kC32Base) return phv.c16[id - kC16Base];
  return phv.c32[id - kC32Base];
}
inline void set_container(Phv& phv, unsigned id, uint64_t value) {
  if (id < kC16Base) {
    phv.c8[id] = static_cast<uint8_t>(value);
  } else if (id < kC32Base) {
    phv.c16[id - kC16Base] = static_cast<uint16_t>(value);
  } else {
    phv.c32[id - kC32Base] = static_cast<uint32_t>(value);
  }
}

using ActionData = std::array<uint32_t, kParamWords>;

// Runs one instruction: every slot reads `before`.
inline void run_action(const ActionInstr& instr, const ActionData& params, uint32_t hash, Phv& phv,
                       std::set<unsigned>& dirty) {
  const Phv before = phv;
  std::vector<uint8_t> data;
  for (const uint32_t w : params) {
    for (unsigned i = 0; i < 4; ++i) data.push_back(static_cast<uint8_t>(w >> 8 * i));
  }
  const auto slot = [&](const auto& s, unsigned base, unsigned i, unsigned bytes) {
    const uint64_t a = get_container(before, base + i);
    uint64_t b = 0;
    if (s.b == AluB::kContainer) b = get_container(before, base + s.src);
    if (s.b == AluB::kImm) b = s.imm;
    if (s.b == AluB::kParam) {
      const unsigned at = s.imm % (data.size() / bytes) * bytes;
      for (unsigned k = 0; k < bytes; ++k) b |= static_cast<uint64_t>(data[at + k]) << 8 * k;
    }
    if (s.b == AluB::kHash) b = hash % (uint64_t{1} << 8 * bytes);
    uint64_t r = 0;
    switch (s.op) {
      case AluOp::kSet:
        r = b;
        break;
      case AluOp::kAdd:
        r = a + b;
        break;
      case AluOp::kSub:
        r = a - b;
        break;
      case AluOp::kAnd:
        r = a & b;
        break;
      case AluOp::kOr:
        r = a | b;
        break;
      case AluOp::kXor:
        r = a ^ b;
        break;
      default:
        return;
    }
    set_container(phv, base + i, r);
    dirty.insert(base + i);
  };
  for (unsigned i = 0; i < kNumC8; ++i) slot(instr.a8[i], 0, i, 1);
  for (unsigned i = 0; i < kNumC16; ++i) slot(instr.a16[i], kC16Base, i, 2);
  for (unsigned i = 0; i < kNumC32; ++i) slot(instr.a32[i], kC32Base, i, 4);
}

// RFC 2698 section 3 with the buckets of meter_cfg and meter_state.
inline Colour mark_frame(const MeterCfg& cfg, std::optional<StageMemory::Bucket>& bucket,
                         uint64_t now, unsigned bytes, bool aware, unsigned colour_before) {
  const __int128 unit = 65536;
  const __int128 committed = cfg.cbs * unit, peak = cfg.pbs * unit;
  if (!bucket) {
    bucket = StageMemory::Bucket{committed, peak, now};
  } else {
    const __int128 longest = (__int128{1} << 32) - 1;
    // Time is known to 48 bits.
    __int128 dt = (now - bucket->last) & ((uint64_t{1} << 48) - 1);
    if (dt > longest) dt = longest;
    bucket->tc = std::min<__int128>(committed, bucket->tc + cfg.cir * dt);
    bucket->tp = std::min<__int128>(peak, bucket->tp + cfg.pir * dt);
    bucket->last = now;
  }
  const __int128 b = bytes * unit;
  if ((aware && colour_before >= 2) || bucket->tp - b < 0) return Colour::kRed;
  bucket->tp -= b;
  if ((aware && colour_before == 1) || bucket->tc - b < 0) return Colour::kYellow;
  bucket->tc -= b;
  return Colour::kGreen;
}

// What the action does beside its instruction. `before`: the vector as it entered the stage.
inline void run_side(const StageProgram& stage, const ActionSide& side, const ActionData& params,
                     uint32_t hash, uint64_t now, const Phv& before, Phv& phv,
                     std::set<unsigned>& dirty, StageMemory& memory) {
  const auto write = [&](unsigned id, uint64_t value) {
    set_container(phv, id, value);
    dirty.insert(id);
  };
  const auto row = [&](IndexSrc src, unsigned half, unsigned rows) -> std::optional<unsigned> {
    if (src == IndexSrc::kHash) return hash % rows;
    if (src == IndexSrc::kParam) return (params[half / 2] >> 16 * (half % 2)) % 65536 % rows;
    return std::nullopt;
  };
  const StateCfg& cfg = stage.state;
  const unsigned bytes = before.c16[cfg.len_src];
  if (side.count) {
    if (const auto at = row(cfg.counter_src, cfg.counter_half, kCounterRows)) {
      CounterRow& c = memory.counters[*at];
      const auto add = [](uint64_t& sum, unsigned n) {
        sum = static_cast<uint64_t>(
            std::min<unsigned __int128>(static_cast<unsigned __int128>(sum) + n, ~uint64_t{0}));
      };
      add(c.packets, 1);
      add(c.bytes, bytes);
    }
  }
  if (const auto at = row(cfg.reg_src, cfg.reg_half, kRegisterRows)) {
    uint32_t x = 0;
    if (side.x == RegX::kOne) x = 1;
    if (side.x == RegX::kContainer) x = before.c32[side.x_src];
    if (side.x == RegX::kParam) x = params[side.x_src & 3];
    const auto found = memory.registers.find(*at);
    const uint32_t old = found == memory.registers.end() ? 0 : found->second;
    std::optional<uint32_t> now_holds, result;
    if (side.reg_op == RegOp::kRead) result = old;
    if (side.reg_op == RegOp::kWrite) now_holds = x, result = old;
    if (side.reg_op == RegOp::kAdd) result = now_holds = old + x;
    if (side.reg_op == RegOp::kMax) result = now_holds = old < x ? x : old;
    if (side.reg_op == RegOp::kOr) result = now_holds = old | x;
    if (now_holds) memory.registers[*at] = *now_holds;
    if (result && side.reg_wr) write(kC32Base + side.reg_dst, *result);
  }
  if (!side.meter) return;
  const auto at = row(cfg.meter_src, cfg.meter_half, kMeterRows);
  if (!at) return;
  const auto rates = stage.meters.find(*at);
  std::optional<StageMemory::Bucket> bucket;
  if (const auto found = memory.meters.find(*at); found != memory.meters.end()) {
    bucket = found->second;
  }
  const Colour colour = mark_frame(rates == stage.meters.end() ? MeterCfg{} : rates->second, bucket,
                                   now, bytes, cfg.meter_aware, before.c8[cfg.meter_dst]);
  memory.meters[*at] = *bucket;
  write(cfg.meter_dst, static_cast<uint64_t>(colour));
  if (side.red_drop && colour == Colour::kRed) {
    write(kMetaVerdict, static_cast<uint64_t>(Verdict::kDrop));
    write(kMetaReason, static_cast<uint64_t>(Reason::kMeter) & 0xff);
  }
}

// One stage on one frame; `now`: the cycle in which the frame is in the stage's last step.
inline StageOutcome run_stage(const StageProgram& stage, uint32_t hdr_valid, Phv& phv,
                              std::set<unsigned>& dirty, StageMemory& memory, uint64_t now) {
  StageOutcome outcome;
  const auto open = [&](unsigned kind) {
    const KeyCfg& k = stage.key;
    return k.en[kind] && (hdr_valid & k.gw_mask[kind]) == (k.gw_value[kind] & k.gw_mask[kind]);
  };
  const KeyBytes key = whole_key(stage.key, phv);
  const KeyBytes masked = masked_key(stage.key, phv);
  ActionData params{};
  const auto take = [&](const auto& entry) {
    outcome.hit = true;
    outcome.action = entry.action;
    params = entry.params;
  };
  if (open(kTernaryKind)) {
    outcome.looked_up = true;
    for (const auto& [row, entry] : stage.ternary) {
      if (!outcome.hit && matches(entry, key)) take(entry);
    }
  }
  if (open(kExactKind)) {
    outcome.looked_up = true;
    const StageProgram::Placed* hit = nullptr;
    for (const StageProgram::Placed& p : stage.entries) {
      if (!p.entry.valid || !same_key(p.entry, masked)) continue;
      if (hit == nullptr || p.way < hit->way) hit = &p;
    }
    if (!outcome.hit && hit != nullptr) take(hit->entry);
  }
  if (open(kLpmKind)) {
    outcome.looked_up = true;
    const auto bytes = lpm_key(key);
    for (const auto& [index, pivot] : stage.pivots) {
      if (!matches(pivot, bytes)) continue;
      for (unsigned slot = 0; slot < kLpmSlots; ++slot) {
        const auto entry = stage.prefixes.find(index * kLpmSlots + slot);
        if (entry == stage.prefixes.end() || outcome.hit) continue;
        if (matches(entry->second, bytes)) take(entry->second);
      }
      break;
    }
  }
  if (outcome.looked_up && !outcome.hit && stage.dflt.en) {
    outcome.action = stage.dflt.action;
    params = stage.dflt.params;
  }
  if (outcome.action) {
    const Phv before = phv;
    const uint32_t hash = place_hash(masked);
    run_action(stage.actions[*outcome.action], params, hash, phv, dirty);
    run_side(stage, stage.sides[*outcome.action], params, hash, now, before, phv, dirty, memory);
  }
  return outcome;
}

}  // namespace fp::rmt::test
