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
#include "tests/unit/rmt/egress_interp.hpp"
#include "tests/unit/rmt/match_interp.hpp"
#include "tests/unit/rmt/random_program.hpp"
#include "tests/unit/rmt/random_stage.hpp"

namespace fp::rmt::test {

// Tables of one bank; every stage of this shape, with up to `keys` exact entries.
inline RmtProgram random_rmt_program(sim::Random& r, const Program& parse, const StageShape& shape,
                                     unsigned keys = 48) {
  RmtProgram p;
  p.parse = parse;
  for (unsigned i = 1; i < detail::kSomeEdits; ++i) p.edits[i] = random_edit(r);
  for (unsigned i = 0; i < detail::kSomeGroups; ++i)
    p.groups[i] = random_group(r, detail::kSomeEdits);
  std::vector<Sample> samples;
  for (unsigned i = 0; i < keys; ++i) {
    const Parsed parsed = interpret(parse, random_frame(r, parse));
    samples.push_back({parsed.phv, parsed.hdr_valid()});
  }
  for (StageProgram& stage : p.stages) {
    stage = random_stage(r, samples, shape);
    // Keys of the next stage: what this one makes of the samples.
    StageMemory memory;
    for (Sample& s : samples) {
      std::set<unsigned> dirty;
      run_stage(stage, s.hdr_valid, s.phv, dirty, memory, 0);
    }
  }
  // Whatever the stages before did to the verdict, the last one mostly has a say, so that a good
  // part of the frames leaves.
  StageProgram& last = p.stages[kNumStages - 1];
  last.key.en[kExactKind] = last.dflt.en = true;
  last.key.gw_mask[kExactKind] = 0;
  for (ActionSide& side : last.sides) side.red_drop = false;
  last.state.meter_dst |= 8;  // no metadata
  for (unsigned a = 0; a < kNumActions; ++a) {
    ActionInstr& instr = last.actions[a];
    if (a != last.dflt.action && (instr == ActionInstr{} || r.chance(20))) continue;
    const auto set = [&](unsigned container, uint64_t value) {
      instr.a8[container] = {AluOp::kSet, AluB::kImm, 0, static_cast<uint8_t>(value)};
    };
    set(kMetaVerdict, static_cast<uint64_t>(Verdict::kForward));
    set(kMetaOutPort, r.below(kNumPorts));
  }
  return p;
}

inline RmtProgram random_rmt_program(sim::Random& r, const Program& parse, unsigned actions = 12,
                                     unsigned keys = 48) {
  // In which order frames act when some come round again nobody outside can tell: such programs
  // keep no state that a later frame could see.
  const bool recirculate = r.chance(50);
  return random_rmt_program(r, parse, StageShape{.actions = actions, .recirculate = recirculate},
                            keys);
}

// No parsing; every frame leaves by the port it came from.
inline RmtProgram echo_program() {
  RmtProgram p;
  p.stages[0].key.en[kExactKind] = true;
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
