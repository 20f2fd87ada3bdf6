// SPDX-License-Identifier: Apache-2.0
//
// Untimed interpreter of the whole block, written from what rmt.yaml says: the fate of a frame from
// parse to bytes out. The outside truth of the RMT block's tests.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include "tests/unit/rmt/parse_interp.hpp"
#include "tests/unit/rmt/random_program.hpp"
#include "tests/unit/rmt/stage_interp.hpp"

namespace fp::rmt::test {

// One bank of the whole block.
struct RmtProgram {
  Program parse;
  std::array<StageProgram, kNumStages> stages;
  std::array<McastGroup, kNumGroups> groups{};
  std::array<EgressEdit, kNumEdits> edits{};  // 0 is none

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
    for (unsigned i = 0; i < kNumGroups; ++i) {
      if (groups[i] == McastGroup{}) continue;
      put(static_cast<unsigned>(TableId::kGroup), i, groups[i]);
    }
    for (unsigned i = 0; i < kNumEdits; ++i) {
      if (edits[i] == EgressEdit{}) continue;
      put(static_cast<unsigned>(TableId::kEdit), i, edits[i]);
    }
    for (unsigned s = 0; s < kNumStages; ++s) {
      stages[s].for_each_row([&](TableId stage0, unsigned index, const uint32_t* row) {
        f(static_cast<unsigned>(stage0) + s * kStageTableStride, index, row);
      });
    }
  }
};

// What must become of a frame in one pass, full queues aside.
struct Fate {
  Parsed parsed;
  Verdict verdict = Verdict::kDrop;
  uint8_t reason = 0;
  uint8_t out_port = 0;
  uint8_t stage_hit = 0;
  std::array<uint8_t, 8> stage_action{};
  std::array<bool, kNumStages> looked_up{};
  std::vector<uint8_t> bytes;  // as the deparser sends it
  bool again = false;          // it goes to the input once more
  bool group = false;          // `copies` are those of a multicast group
  std::vector<WantedCopy> copies;
  unsigned bad_copies = 0;
  uint16_t entropy = 0;
  uint32_t recirc = 0;  // word for the next pass
};

// What frames leave behind in all stages.
using Memory = std::array<StageMemory, kNumStages>;

// The whole block on one frame, once; it changes `memory`. `now`: the cycle in which its parse
// report is, or would be, up.
inline Fate interpret_pass(const RmtProgram& p, const Frame& frame, Memory& memory, uint64_t now) {
  Fate fate;
  fate.parsed = interpret(p.parse, frame);
  Phv phv = fate.parsed.phv;
  std::set<unsigned> dirty;
  for (unsigned s = 0; s < kNumStages; ++s) {
    // The report is up while the frame is in stage 0's first step.
    const uint64_t acts = now + s * kStageCycles + kStageCycles - 1;
    const StageOutcome outcome =
        run_stage(p.stages[s], fate.parsed.hdr_valid(), phv, dirty, memory[s], acts);
    fate.looked_up[s] = outcome.looked_up;
    if (outcome.hit) fate.stage_hit |= static_cast<uint8_t>(1u << s);
    if (outcome.action) fate.stage_action[s] = static_cast<uint8_t>(*outcome.action + 1);
  }
  fate.bytes = deparse(p.parse, frame, fate.parsed, phv, dirty);
  fate.entropy = phv.c16[kMetaEntropy] % 0x4000;
  fate.recirc = phv.c32[kMetaRecirc];

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
  const unsigned port = phv.c8[kMetaOutPort];
  const WantedCopy one{port, phv.c8[kMetaQueue] % kNumQueues,
                       fate.parsed.exc ? uint8_t{0} : phv.c8[kMetaEdit]};
  if (frame.err) {
    fate.reason = static_cast<uint8_t>(Reason::kFrameError);
  } else if (verdict == static_cast<unsigned>(Verdict::kForward)) {
    if (port < kNumPorts) {
      fate.verdict = Verdict::kForward;
      fate.reason = 0;
      fate.out_port = static_cast<uint8_t>(port);
      fate.copies = {one};
    } else if (port == kOutMulticast) {
      const McastGroup& group = p.groups[phv.c16[kMetaGroup] % kNumGroups];
      fate.group = true;
      fate.copies = wanted_copies(group, static_cast<unsigned>(frame.port));
      fate.bad_copies = bad_copies(group);
      const bool any = !fate.copies.empty();
      fate.verdict = any ? Verdict::kForward : Verdict::kDrop;
      fate.reason = any ? 0 : static_cast<uint8_t>(Reason::kNoRoute);
    } else if (port != static_cast<unsigned>(common::PortId::kRecirc)) {
      fate.reason = static_cast<uint8_t>(Reason::kBadPort);
    } else if (frame.passes == kMaxPasses) {
      fate.reason = static_cast<uint8_t>(Reason::kRecircLimit);
    } else {
      fate.again = true;
      fate.copies = {one};
    }
  } else if (verdict == static_cast<unsigned>(Verdict::kSlow)) {
    fate.verdict = Verdict::kSlow;
    fate.out_port = static_cast<uint8_t>(common::PortId::kCpu);
    fate.copies = {{fate.out_port, one.queue, one.edit}};
  }
  return fate;
}

// The bytes of a copy as they leave.
inline Bytes copy_bytes(const RmtProgram& p, const Fate& fate, const WantedCopy& copy) {
  if (copy.edit == 0) return fate.bytes;
  return edited(fate.bytes, p.edits[copy.edit], fate.entropy);
}

// The frame as it comes in again after a pass that ended in recirculation.
inline Frame next_pass(const RmtProgram& p, Frame frame, const Fate& fate) {
  frame.bytes = copy_bytes(p, fate, fate.copies[0]);
  ++frame.passes;
  frame.recirc = fate.recirc;
  return frame;
}

}  // namespace fp::rmt::test
