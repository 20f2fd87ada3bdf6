// SPDX-License-Identifier: Apache-2.0
//
// A compiled image as the hardware holds it, row by row, and what its stages make of a header
// vector: an interpreter written from rmt.yaml that knows no cycles and shares nothing with the
// cycle model, so that one can be checked against the other. Time stands still: meters spend their
// bursts and get nothing back.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "contract/reasons.hpp"
#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/compiler.hpp"
#include "firmware/linux/pipeline/exact_placement.hpp"
#include "sim-tb/explain/reference_crc.hpp"

namespace fp::explain {

using pipeline::Image;
using pipeline::Key;
using pipeline::Row;
using pipeline::TableKind;

struct StageRows {
  rmt::KeyCfg key;
  rmt::DefaultAction otherwise;
  rmt::StateCfg state;
  std::map<unsigned, rmt::ExactEntry> exact;
  std::map<unsigned, rmt::TernaryEntry> ternary;
  std::map<unsigned, rmt::LpmPivot> pivot;
  std::map<unsigned, rmt::LpmEntry> lpm;
  std::map<unsigned, rmt::ActionInstr> action;
  std::map<unsigned, rmt::ActionSide> side;
  std::map<unsigned, rmt::MeterCfg> meter;
};

// What lives on from frame to frame.
struct LiveState {
  struct Counter {
    uint64_t packets = 0, bytes = 0;
    bool operator==(const Counter&) const = default;
  };
  struct Tokens {
    uint64_t committed, peak;
  };
  std::map<std::pair<unsigned, unsigned>, Counter> counter;  // by stage and row
  std::map<std::pair<unsigned, unsigned>, Tokens> meter;
  std::map<std::pair<unsigned, unsigned>, uint32_t> reg;
};

// What a stage does with a frame.
struct Hit {
  TableKind kind = TableKind::kExact;  // of the table that hit
  unsigned row = 0;
  bool otherwise = false;  // nothing hit: the default action
  unsigned action = 0;
  std::array<uint32_t, rmt::kParamWords> params{};
};

struct ImageStages {
  // Throws std::logic_error for a row of no table.
  explicit ImageStages(const Image& from) {
    for (const Row& r : from.rows) take(r);
  }

  void take(const Row& r) {
    using rmt::TableId;
    const auto words = r.words.data();
    unsigned table = r.table;
    StageRows* s = nullptr;
    if (table >= rmt::kStageTableBase) {
      s = &stages[(table - rmt::kStageTableBase) / rmt::kStageTableStride];
      table = rmt::kStageTableBase + (table - rmt::kStageTableBase) % rmt::kStageTableStride;
    }
    switch (static_cast<TableId>(table)) {
      case TableId::kParserInit:
        parser_init = rmt::ParserInit::unpack(words);
        break;
      case TableId::kParserTcam:
        parser_tcam[r.index] = rmt::ParserTcam::unpack(words);
        break;
      case TableId::kParserAction:
        parser_action[r.index] = rmt::ParserAction::unpack(words);
        break;
      case TableId::kDeparserSlot:
        deparser_slot[r.index] = rmt::DeparserSlot::unpack(words);
        break;
      case TableId::kDeparserCsum:
        deparser_csum[r.index] = rmt::DeparserCsum::unpack(words);
        break;
      case TableId::kDeparserPop:
        pops.at(r.index) = rmt::DeparserPop::unpack(words);
        break;
      case TableId::kGroup:
        groups[r.index] = rmt::McastGroup::unpack(words);
        break;
      case TableId::kEdit:
        edits[r.index] = rmt::EgressEdit::unpack(words);
        break;
      case TableId::kStage0Key:
        s->key = rmt::KeyCfg::unpack(words);
        break;
      case TableId::kStage0Exact:
        s->exact[r.index] = rmt::ExactEntry::unpack(words);
        break;
      case TableId::kStage0Action:
        s->action[r.index] = rmt::ActionInstr::unpack(words);
        break;
      case TableId::kStage0Default:
        s->otherwise = rmt::DefaultAction::unpack(words);
        break;
      case TableId::kStage0Ternary:
        s->ternary[r.index] = rmt::TernaryEntry::unpack(words);
        break;
      case TableId::kStage0LpmPivot:
        s->pivot[r.index] = rmt::LpmPivot::unpack(words);
        break;
      case TableId::kStage0LpmEntry:
        s->lpm[r.index] = rmt::LpmEntry::unpack(words);
        break;
      case TableId::kStage0Side:
        s->side[r.index] = rmt::ActionSide::unpack(words);
        break;
      case TableId::kStage0State:
        s->state = rmt::StateCfg::unpack(words);
        break;
      case TableId::kStage0Meter:
        s->meter[r.index] = rmt::MeterCfg::unpack(words);
        break;
      default:
        throw std::logic_error("row of no table");
    }
  }

  static uint64_t container(const rmt::Phv& phv, unsigned id) {
    if (id < rmt::kC16Base) return phv.c8[id];
    if (id < rmt::kC32Base) return phv.c16[id - rmt::kC16Base];
    return phv.c32[id - rmt::kC32Base];
  }

  // The 320-bit key of a stage, before the mask.
  static Key key_of(const rmt::KeyCfg& cfg, const rmt::Phv& phv) {
    Key key{};
    for (unsigned i = 0; i < rmt::kKeySel32; ++i) key[i] = phv.c32[cfg.sel32[i]];
    key[8] = phv.c16[cfg.sel16[0]] | static_cast<uint32_t>(phv.c16[cfg.sel16[1]]) << 16;
    key[9] = phv.c16[cfg.sel16[2]] | static_cast<uint32_t>(phv.c8[cfg.sel8[0]]) << 16 |
             static_cast<uint32_t>(phv.c8[cfg.sel8[1]]) << 24;
    return key;
  }

  static uint32_t hash_of(const rmt::KeyCfg& cfg, const Key& key) {
    std::vector<uint8_t> bytes;
    for (unsigned i = 0; i < 4 * key.size(); ++i) {
      bytes.push_back(static_cast<uint8_t>((key[i / 4] & cfg.mask[i / 4]) >> 8 * (i % 4)));
    }
    return reference_crc(bytes);
  }

  template <class Value, class Words>
  static bool equal(const Words& key, const Value& value, const Value& mask) {
    for (size_t i = 0; i < key.size(); ++i) {
      if (((key[i] ^ value[i]) & mask[i]) != 0) return false;
    }
    return true;
  }

  // What a stage does, by rmt.yaml: each table behind its gateway, ternary over exact over longest
  // prefix over default; within a table the lowest row or way.
  std::optional<Hit> lookup(unsigned stage, uint32_t hdr_valid, const rmt::Phv& phv) const {
    const auto found = stages.find(stage);
    if (found == stages.end()) return std::nullopt;
    const StageRows& s = found->second;
    const rmt::KeyCfg& cfg = s.key;
    bool open[3];
    for (unsigned k = 0; k < 3; ++k) {
      open[k] = cfg.en[k] && (hdr_valid & cfg.gw_mask[k]) == cfg.gw_value[k];
    }
    const Key key = key_of(cfg, phv);
    if (open[0]) {
      for (const auto& [row, e] : s.ternary) {
        if (!e.valid || !equal(key, e.value, e.mask)) continue;
        return Hit{TableKind::kTernary, row, false, e.action, e.params};
      }
    }
    if (open[1]) {
      const uint32_t crc = hash_of(cfg, key);
      Key masked = key;
      for (size_t i = 0; i < key.size(); ++i) masked[i] &= cfg.mask[i];
      for (unsigned way = 0; way < rmt::kExactWays; ++way) {
        const unsigned row = way * rmt::kExactRows + (crc >> 8 * way & 0xff);
        const auto e = s.exact.find(row);
        if (e == s.exact.end() || !e->second.valid || e->second.key != masked) continue;
        return Hit{TableKind::kExact, row, false, e->second.action, e->second.params};
      }
    }
    if (open[2]) {
      // Key bits 159:0 and, above them, 287:256.
      const std::array<uint32_t, 6> seen = {key[0], key[1], key[2], key[3], key[4], key[8]};
      for (const auto& [bucket, p] : s.pivot) {
        if (!p.valid || !equal(seen, p.value, p.mask)) continue;
        for (unsigned slot = 0; slot < rmt::kLpmSlots; ++slot) {
          const unsigned row = bucket * rmt::kLpmSlots + slot;
          const auto e = s.lpm.find(row);
          if (e == s.lpm.end() || !e->second.valid) continue;
          if (!equal(seen, e->second.value, e->second.mask)) continue;
          return Hit{TableKind::kLpm, row, false, e->second.action, e->second.params};
        }
        break;  // the lowest pivot names the bucket, whatever it holds
      }
    }
    if ((open[0] || open[1] || open[2]) && s.otherwise.en) {
      return Hit{TableKind::kExact, 0, true, s.otherwise.action, s.otherwise.params};
    }
    return std::nullopt;
  }

  // Runs an action on a PHV; answers the containers written.
  std::set<unsigned> run(unsigned stage, unsigned action,
                         const std::array<uint32_t, rmt::kParamWords>& params, rmt::Phv& phv,
                         LiveState* live = nullptr) const {
    const StageRows& s = stages.at(stage);
    const auto known = s.action.find(action);
    const rmt::ActionInstr instr = known == s.action.end() ? rmt::ActionInstr{} : known->second;
    const rmt::Phv before = phv;
    const uint32_t hash = hash_of(s.key, key_of(s.key, before));
    std::set<unsigned> dirty;
    const auto one = [&](const auto& slot, unsigned base, unsigned i, unsigned bits) -> uint64_t {
      const uint64_t a = container(before, base + i);
      if (slot.op == rmt::AluOp::kNop) return a;
      dirty.insert(base + i);
      uint64_t b = slot.imm;
      if (slot.b == rmt::AluB::kContainer) b = container(before, base + slot.src);
      if (slot.b == rmt::AluB::kParam) b = params.at(slot.imm * bits / 32) >> slot.imm * bits % 32;
      if (slot.b == rmt::AluB::kHash) b = hash;
      switch (slot.op) {
        case rmt::AluOp::kSet:
          return b;
        case rmt::AluOp::kAdd:
          return a + b;
        case rmt::AluOp::kSub:
          return a - b;
        case rmt::AluOp::kAnd:
          return a & b;
        case rmt::AluOp::kOr:
          return a | b;
        case rmt::AluOp::kXor:
          return a ^ b;
        default:
          throw std::logic_error("no such operation");
      }
    };
    for (unsigned i = 0; i < rmt::kNumC8; ++i) {
      phv.c8[i] = static_cast<uint8_t>(one(instr.a8[i], 0, i, 8));
    }
    for (unsigned i = 0; i < rmt::kNumC16; ++i) {
      phv.c16[i] = static_cast<uint16_t>(one(instr.a16[i], rmt::kC16Base, i, 16));
    }
    for (unsigned i = 0; i < rmt::kNumC32; ++i) {
      phv.c32[i] = static_cast<uint32_t>(one(instr.a32[i], rmt::kC32Base, i, 32));
    }
    const auto side = s.side.find(action);
    if (live != nullptr && side != s.side.end()) {
      run_side(stage, s, side->second, params, hash, before, phv, dirty, *live);
    }
    return dirty;
  }

  static std::optional<unsigned> row_of(rmt::IndexSrc src, unsigned half, unsigned rows,
                                        const std::array<uint32_t, rmt::kParamWords>& params,
                                        uint32_t hash) {
    if (src == rmt::IndexSrc::kNone) return std::nullopt;
    if (src == rmt::IndexSrc::kHash) return hash % rows;
    return (params[half / 2] >> 16 * (half % 2) & 0xffff) % rows;
  }

  static void run_side(unsigned stage, const StageRows& s, const rmt::ActionSide& side,
                       const std::array<uint32_t, rmt::kParamWords>& params, uint32_t hash,
                       const rmt::Phv& before, rmt::Phv& phv, std::set<unsigned>& dirty,
                       LiveState& live) {
    const rmt::StateCfg& cfg = s.state;
    const uint64_t length = before.c16[cfg.len_src];
    const auto counter = row_of(cfg.counter_src, cfg.counter_half, rmt::kCounterRows, params, hash);
    if (side.count && counter) {
      ++live.counter[{stage, *counter}].packets;
      live.counter[{stage, *counter}].bytes += length;
    }
    const auto reg = row_of(cfg.reg_src, cfg.reg_half, rmt::kRegisterRows, params, hash);
    if (side.reg_op != rmt::RegOp::kNop && reg) {
      uint32_t& r = live.reg[{stage, *reg}];
      uint32_t x = 1;
      if (side.x == rmt::RegX::kContainer) x = before.c32[side.x_src];
      if (side.x == rmt::RegX::kParam) x = params.at(side.x_src);
      const uint32_t old = r;
      if (side.reg_op == rmt::RegOp::kWrite) r = x;
      if (side.reg_op == rmt::RegOp::kAdd) r += x;
      if (side.reg_op == rmt::RegOp::kMax) r = std::max(r, x);
      if (side.reg_op == rmt::RegOp::kOr) r |= x;
      if (side.reg_wr) {
        phv.c32[side.reg_dst] = side.reg_op == rmt::RegOp::kWrite ? old : r;
        dirty.insert(rmt::kC32Base + side.reg_dst);
      }
    }
    const auto meter = row_of(cfg.meter_src, cfg.meter_half, rmt::kMeterRows, params, hash);
    if (side.meter && meter) {
      const auto given = s.meter.find(*meter);
      const rmt::MeterCfg m = given == s.meter.end() ? rmt::MeterCfg{} : given->second;
      auto& t = live.meter.emplace(std::pair{stage, *meter}, LiveState::Tokens{m.cbs, m.pbs})
                    .first->second;
      const unsigned was = cfg.meter_aware ? before.c8[cfg.meter_dst] : 0;
      rmt::Colour colour = rmt::Colour::kGreen;  // RFC 2698 section 3
      if (was >= 2 || t.peak < length) {
        colour = rmt::Colour::kRed;
      } else if (was == 1 || t.committed < length) {
        colour = rmt::Colour::kYellow;
        t.peak -= length;
      } else {
        t.peak -= length;
        t.committed -= length;
      }
      phv.c8[cfg.meter_dst] = static_cast<uint8_t>(colour);
      dirty.insert(cfg.meter_dst);
      if (side.red_drop && colour == rmt::Colour::kRed) {
        phv.c8[rmt::kMetaVerdict] = static_cast<uint8_t>(rmt::Verdict::kDrop);
        phv.c8[rmt::kMetaReason] = static_cast<uint8_t>(Reason::kMeter);
        dirty.insert({rmt::kMetaVerdict, rmt::kMetaReason});
      }
    }
  }

  rmt::ParserInit parser_init;
  std::map<unsigned, rmt::ParserTcam> parser_tcam;
  std::map<unsigned, rmt::ParserAction> parser_action;
  std::map<unsigned, rmt::DeparserSlot> deparser_slot;
  std::map<unsigned, rmt::DeparserCsum> deparser_csum;
  std::array<rmt::DeparserPop, rmt::kNumPops> pops{};
  std::map<unsigned, rmt::McastGroup> groups;
  std::map<unsigned, rmt::EgressEdit> edits;
  std::map<unsigned, StageRows> stages;
};

}  // namespace fp::explain
