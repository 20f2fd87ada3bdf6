// SPDX-License-Identifier: Apache-2.0
//
// Untimed interpreter of the match-action tables, written from what rmt.yaml says they mean, and
// the fate of a frame from parse to bytes out. It knows nothing of hash rows: an entry hits when
// its key is equal. The outside truth of the RMT block's tests.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include "tests/unit/rmt/parse_interp.hpp"
#include "tests/unit/rmt/random_program.hpp"

namespace fp::rmt::test {

using KeyBytes = std::array<uint8_t, kKeyBits / 8>;

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
  std::vector<Placed> entries;
};

// One bank of the whole block.
struct RmtProgram {
  Program parse;
  std::array<StageProgram, kNumStages> stages;

  // f(table id, index, words[reg::kTblDataCount]) for every row that is not all zero.
  template <class F>
  void for_each_row(F&& f) const {
    parse.for_each_row([&](TableId table, unsigned index, const uint32_t* words) {
      f(static_cast<unsigned>(table), index, words);
    });
    std::array<uint32_t, reg::kTblDataCount> words{};
    const auto put = [&](unsigned table, unsigned index, const auto& row) {
      words.fill(0);
      row.pack(words.data());
      f(table, index, static_cast<const uint32_t*>(words.data()));
    };
    for (unsigned s = 0; s < kNumStages; ++s) {
      const unsigned base = kStageTableBase + s * kStageTableStride;
      const auto id = [&](TableId stage0) {
        return base + static_cast<unsigned>(stage0) - kStageTableBase;
      };
      put(id(TableId::kStage0Key), 0, stages[s].key);
      put(id(TableId::kStage0Default), 0, stages[s].dflt);
      for (unsigned i = 0; i < kNumActions; ++i) {
        if (stages[s].actions[i] == ActionInstr{}) continue;
        put(id(TableId::kStage0Action), i, stages[s].actions[i]);
      }
      for (const StageProgram::Placed& p : stages[s].entries) {
        put(id(TableId::kStage0Exact), p.way * kExactRows + p.row, p.entry);
      }
    }
  }
};

// What must become of a frame, tail drop aside.
struct Fate {
  Parsed parsed;
  Verdict verdict = Verdict::kDrop;
  uint8_t reason = 0;
  uint8_t out_port = 0;
  uint8_t stage_hit = 0;
  std::array<uint8_t, 8> stage_action{};
  std::array<bool, kNumStages> looked_up{};
  std::vector<uint8_t> bytes;  // as it would leave
};

// Key bytes, first byte first: eight words, three half words, two bytes, little-endian, masked.
inline KeyBytes masked_key(const KeyCfg& cfg, const Phv& phv) {
  KeyBytes key{};
  size_t n = 0;
  const auto put = [&](uint32_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) key[n++] = static_cast<uint8_t>(value >> 8 * i);
  };
  for (const uint8_t s : cfg.sel32) put(phv.c32[s], 4);
  for (const uint8_t s : cfg.sel16) put(phv.c16[s], 2);
  for (const uint8_t s : cfg.sel8) put(phv.c8[s], 1);
  for (size_t i = 0; i < key.size(); ++i) {
    key[i] = static_cast<uint8_t>(key[i] & (cfg.mask[i / 4] >> 8 * (i % 4)));
  }
  return key;
}

inline bool same_key(const ExactEntry& entry, const KeyBytes& key) {
  for (size_t i = 0; i < key.size(); ++i) {
    if (static_cast<uint8_t>(entry.key[i / 4] >> 8 * (i % 4)) != key[i]) return false;
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

// Runs one instruction: every slot reads `before`.
inline void run_action(const ActionInstr& instr, const std::array<uint32_t, kParamWords>& params,
                       Phv& phv, std::set<unsigned>& dirty) {
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

// One stage; `fate` gets its report.
inline void run_stage(const StageProgram& stage, unsigned s, uint32_t hdr_valid, Phv& phv,
                      std::set<unsigned>& dirty, Fate& fate) {
  if (!stage.key.en) return;
  if ((hdr_valid & stage.key.gw_mask) != (stage.key.gw_value & stage.key.gw_mask)) return;
  fate.looked_up[s] = true;
  const KeyBytes key = masked_key(stage.key, phv);
  const StageProgram::Placed* hit = nullptr;
  for (const StageProgram::Placed& p : stage.entries) {
    if (!p.entry.valid || !same_key(p.entry, key)) continue;
    if (hit == nullptr || p.way < hit->way) hit = &p;
  }
  if (hit != nullptr) {
    fate.stage_hit |= static_cast<uint8_t>(1u << s);
    fate.stage_action[s] = static_cast<uint8_t>(hit->entry.action + 1);
    run_action(stage.actions[hit->entry.action], hit->entry.params, phv, dirty);
  } else if (stage.dflt.en) {
    fate.stage_action[s] = static_cast<uint8_t>(stage.dflt.action + 1);
    run_action(stage.actions[stage.dflt.action], stage.dflt.params, phv, dirty);
  }
}

// The whole block on one frame.
inline Fate interpret_frame(const RmtProgram& p, const Frame& frame) {
  Fate fate;
  fate.parsed = interpret(p.parse, frame);
  Phv phv = fate.parsed.phv;
  std::set<unsigned> dirty;
  for (unsigned s = 0; s < kNumStages; ++s) {
    run_stage(p.stages[s], s, fate.parsed.hdr_valid(), phv, dirty, fate);
  }
  fate.bytes = deparse(p.parse, frame, fate.parsed, phv, dirty);

  unsigned verdict = phv.c8[kMetaVerdict];
  fate.reason = phv.c8[kMetaReason];
  if (verdict > static_cast<unsigned>(Verdict::kSlow)) {
    // A verdict that does not exist counts as none chosen.
    verdict = static_cast<unsigned>(Verdict::kDrop);
    fate.reason = static_cast<uint8_t>(Reason::kNoRoute);
  }
  if (fate.parsed.exc) {
    verdict = static_cast<unsigned>(fate.parsed.exc->verdict);
    fate.reason = fate.parsed.exc->reason;
  }
  if (frame.err) {
    fate.reason = static_cast<uint8_t>(Reason::kFrameError);
  } else if (verdict == static_cast<unsigned>(Verdict::kForward)) {
    if (phv.c8[kMetaOutPort] < kNumPorts) {
      fate.verdict = Verdict::kForward;
      fate.reason = 0;
      fate.out_port = phv.c8[kMetaOutPort];
    } else {
      fate.reason = static_cast<uint8_t>(Reason::kBadPort);
    }
  } else if (verdict == static_cast<unsigned>(Verdict::kSlow)) {
    fate.verdict = Verdict::kSlow;
    fate.out_port = static_cast<uint8_t>(common::PortId::kCpu);
  }
  return fate;
}

}  // namespace fp::rmt::test
