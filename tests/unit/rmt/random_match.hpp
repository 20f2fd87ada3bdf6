// SPDX-License-Identifier: Apache-2.0
//
// Random match-action tables around a random parser program: keys are taken from headers that
// sample frames really have, so that lookups hit and miss in good measure.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include "sim-tb/lockstep/random.hpp"
#include "tests/unit/rmt/match_interp.hpp"
#include "tests/unit/rmt/random_program.hpp"

namespace fp::rmt::test {

// CRC-32C bit by bit (RFC 3720), the hash that places an entry. Not the model's code.
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
inline unsigned place_row(const KeyBytes& key, unsigned way) {
  return (place_hash(key) >> 8 * way) & 0xff;
}

namespace detail {

template <class Slot>
Slot random_slot(sim::Random& r, unsigned containers, unsigned use_percent) {
  Slot s;
  if (!r.chance(use_percent)) return s;
  s.op = static_cast<AluOp>(r.chance(97) ? r.below(7) : r.below(16));
  s.b = static_cast<AluB>(r.chance(97) ? r.below(3) : 3);
  s.src = static_cast<uint8_t>(r.below(containers));
  s.imm = static_cast<decltype(s.imm)>(r.next() >> 20);
  return s;
}

inline ActionInstr random_instr(sim::Random& r) {
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
    set(kMetaOutPort, r.chance(97) ? r.below(kNumPorts) : r.below(256));
    set(kMetaReason, r.below(14));
  }
  return a;
}

inline KeyCfg random_key(sim::Random& r, uint32_t seen_headers) {
  KeyCfg k;
  for (auto& s : k.sel32) s = static_cast<uint8_t>(r.below(kNumC32));
  for (auto& s : k.sel16) s = static_cast<uint8_t>(r.below(kNumC16));
  for (auto& s : k.sel8) s = static_cast<uint8_t>(r.below(kNumC8));
  // A few bits only, so that different frames share a key; sometimes all.
  const bool all = r.chance(15);
  for (uint32_t& m : k.mask) {
    m = all ? ~0u
            : static_cast<uint32_t>(r.next() >> 20) & static_cast<uint32_t>(r.next() >> 20) &
                  static_cast<uint32_t>(r.next() >> 20) & static_cast<uint32_t>(r.next() >> 20);
    if (!all && r.chance(50)) m = 0;
  }
  if (r.chance(50)) {
    k.gw_mask = 1u << r.below(kNumHeaders);
    k.gw_value = static_cast<uint32_t>(r.next() >> 20) & seen_headers;
    if (r.chance(60)) k.gw_value |= k.gw_mask & seen_headers;
    if (r.chance(60) && (k.gw_mask & seen_headers) == 0) k.gw_value &= ~k.gw_mask;
  }
  k.en = r.chance(93);
  return k;
}

}  // namespace detail

// Tables of one bank; `actions` instructions and up to `keys` entries a stage.
inline RmtProgram random_rmt_program(sim::Random& r, const Program& parse, unsigned actions = 12,
                                     unsigned keys = 48) {
  RmtProgram p;
  p.parse = parse;
  std::vector<Phv> phvs;
  std::vector<uint32_t> headers;
  std::vector<std::set<unsigned>> dirty;
  uint32_t seen = 0;
  for (unsigned i = 0; i < keys; ++i) {
    const Parsed parsed = interpret(parse, random_frame(r, parse));
    phvs.push_back(parsed.phv);
    headers.push_back(parsed.hdr_valid());
    dirty.emplace_back();
    seen |= headers.back();
  }
  for (unsigned s = 0; s < kNumStages; ++s) {
    StageProgram& stage = p.stages[s];
    stage.key = detail::random_key(r, seen);
    for (unsigned i = 0; i < actions; ++i) {
      stage.actions[r.below(kNumActions)] = detail::random_instr(r);
    }
    const auto params = [&] {
      std::array<uint32_t, kParamWords> out;
      for (uint32_t& w : out) w = static_cast<uint32_t>(r.next() >> 20);
      return out;
    };
    const auto used_action = [&] {
      unsigned a = static_cast<unsigned>(r.below(kNumActions));
      for (unsigned i = 0; i < kNumActions && stage.actions[a] == ActionInstr{}; ++i) {
        a = (a + 1) % kNumActions;
      }
      return static_cast<uint8_t>(a);
    };
    stage.dflt = {r.chance(80), used_action(), params()};
    std::set<unsigned> taken;
    for (const Phv& phv : phvs) {
      if (r.chance(30)) continue;
      const KeyBytes key = masked_key(stage.key, phv);
      StageProgram::Placed placed;
      placed.way = static_cast<unsigned>(r.below(kExactWays));
      placed.row = place_row(key, placed.way);
      if (!taken.insert(placed.way * kExactRows + placed.row).second) continue;
      placed.entry.valid = r.chance(95);
      placed.entry.action = used_action();
      placed.entry.params = params();
      for (size_t i = 0; i < key.size(); ++i) {
        placed.entry.key[i / 4] |= static_cast<uint32_t>(key[i]) << 8 * (i % 4);
      }
      stage.entries.push_back(placed);
    }
    // Keys of the next stage: what this one makes of the samples.
    Fate unused;
    for (size_t i = 0; i < phvs.size(); ++i) {
      run_stage(stage, s, headers[i], phvs[i], dirty[i], unused);
    }
  }
  return p;
}

// No parsing; every frame leaves by the port it came from.
inline RmtProgram echo_program() {
  RmtProgram p;
  p.stages[0].key.en = true;
  p.stages[0].dflt.en = true;
  ActionInstr& a = p.stages[0].actions[0];
  a.a8[kMetaVerdict] = {AluOp::kSet, AluB::kImm, 0, static_cast<uint8_t>(Verdict::kForward)};
  a.a8[kMetaOutPort] = {AluOp::kSet, AluB::kContainer, static_cast<uint8_t>(kMetaInPort), 0};
  return p;
}
// The same, but every frame leaves by `port`.
inline RmtProgram funnel_program(common::PortId port) {
  RmtProgram p = echo_program();
  p.stages[0].actions[0].a8[kMetaOutPort] = {AluOp::kSet, AluB::kImm, 0,
                                             static_cast<uint8_t>(port)};
  return p;
}

// `count` frames of one length, on the inputs in turn, tagged by their index.
inline std::vector<Frame> plain_frames(sim::Random& r, size_t count, size_t bytes) {
  std::vector<Frame> frames(count);
  for (size_t i = 0; i < count; ++i) {
    frames[i].bytes.resize(bytes);
    for (uint8_t& b : frames[i].bytes) b = detail::byte(r);
    frames[i].tag = static_cast<uint32_t>(i);
    frames[i].port = static_cast<common::PortId>(i % kNumPorts);
  }
  return frames;
}

// A frame as beats.
inline void append_beats(const Frame& frame, std::vector<common::PktBeat>& beats) {
  for (size_t at = 0; at < frame.bytes.size(); at += common::kBeatBytes) {
    common::PktBeat beat;
    const size_t n = std::min<size_t>(common::kBeatBytes, frame.bytes.size() - at);
    std::copy_n(frame.bytes.begin() + at, n, beat.data.begin());
    beat.nbytes = static_cast<uint8_t>(n);
    beat.sop = at == 0;
    beat.eop = at + n == frame.bytes.size();
    beat.err = beat.eop && frame.err;
    beat.port = frame.port;
    beat.tag = frame.tag;
    beats.push_back(beat);
  }
}

}  // namespace fp::rmt::test
