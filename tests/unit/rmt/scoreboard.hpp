// SPDX-License-Identifier: Apache-2.0
//
// Checks what left an RMT block against the untimed interpreter: reports, bytes, copies, order,
// counters, conservation. Tags are the frames' numbers in the list given to the bench.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "tests/unit/rmt/match_interp.hpp"
#include "tests/unit/rmt/rmt_bench.hpp"

namespace fp::rmt::test {

struct Tally {
  uint64_t forwarded = 0, dropped = 0, slow = 0;
  uint64_t tail = 0;  // of these dropped: no room, though the tables let them through
  uint64_t copies = 0, recirculated = 0, faults = 0, pops = 0, edits = 0;
  std::array<uint64_t, 256> by_reason{};
  std::array<uint64_t, kNumStages> hits{}, misses{};
  Memory memory;  // what the frames left in the stages' counters, meters and registers
};

namespace detail {

// What one queue of an output must send, in order.
struct Leaving {
  uint32_t tag = 0;
  Bytes bytes;
  bool maybe = false;  // a copy of several, some of which found no room
};
using Outgoing = std::array<std::array<std::vector<Leaving>, kNumQueues>, kNumPorts>;

inline bool no_room(const VerdictReport& v) {
  return v.verdict == Verdict::kDrop &&
         (v.reason == uint8_t(Reason::kTmTailDrop) || v.reason == uint8_t(Reason::kTmNoCell));
}

// Takes what an output sent apart into frames and finds each at the head of one of its queues.
inline void check_output(unsigned port, const std::vector<common::PktBeat>& beats,
                         const std::vector<Frame>& frames, Outgoing& outgoing,
                         std::vector<unsigned>& left) {
  std::array<size_t, kNumQueues> at{};
  Bytes bytes;
  for (size_t i = 0; i < beats.size(); ++i) {
    const common::PktBeat& b = beats[i];
    ASSERT_EQ(b.sop, bytes.empty()) << "out[" << port << "] beat " << i;
    ASSERT_TRUE(b.nbytes == common::kBeatBytes || (b.eop && b.nbytes >= 1 && b.nbytes < 64));
    ASSERT_FALSE(b.err);
    ASSERT_LT(b.tag, frames.size());
    ASSERT_EQ(b.port, frames[b.tag].port) << "frame " << b.tag;
    bytes.insert(bytes.end(), b.data.begin(), b.data.begin() + b.nbytes);
    for (unsigned k = b.nbytes; k < common::kBeatBytes; ++k) {
      ASSERT_EQ(b.data[k], 0) << "frame " << b.tag << " has bytes behind its end";
    }
    if (!b.eop) continue;
    bool found = false;
    for (unsigned q = 0; q < kNumQueues && !found; ++q) {
      const std::vector<Leaving>& list = outgoing[port][q];
      for (size_t k = at[q]; k < list.size(); ++k) {
        if (list[k].tag == b.tag && list[k].bytes == bytes) {
          at[q] = k + 1;
          found = true;
          break;
        }
        if (!list[k].maybe) break;
      }
    }
    ASSERT_TRUE(found) << "out[" << port << "] frame " << b.tag << " of " << bytes.size()
                       << " bytes: not what comes next in any of its queues";
    ++left[b.tag];
    bytes.clear();
  }
  ASSERT_TRUE(bytes.empty()) << "out[" << port << "] ends inside a frame";
  for (unsigned q = 0; q < kNumQueues; ++q) {
    const std::vector<Leaving>& list = outgoing[port][q];
    for (size_t k = at[q]; k < list.size(); ++k) {
      ASSERT_TRUE(list[k].maybe) << "out[" << port << "] never sent frame " << list[k].tag;
    }
  }
}

}  // namespace detail

// `program_of(epoch)` judged the frames of that epoch. All frames must have been judged.
inline Tally check_frames(RmtBench& bench, const std::vector<Frame>& frames,
                          const std::function<const RmtProgram&(uint8_t)>& program_of) {
  Tally tally;
  const auto& verdicts = bench.verdicts().taken();
  const auto& reports = bench.parsed().taken();
  EXPECT_EQ(verdicts.size(), frames.size()) << "one verdict per frame";
  EXPECT_EQ(reports.size(), frames.size()) << "one parse report per frame";

  // Frames enter in the order of their input, and are reported as they entered.
  std::map<uint32_t, size_t> report_of;
  std::array<std::vector<uint32_t>, kNumPorts> by_port;
  std::array<uint32_t, kNumPorts> next_in{};
  for (const Frame& f : frames) by_port[static_cast<size_t>(f.port)].push_back(f.tag);
  for (size_t i = 0; i < reports.size(); ++i) {
    const ParseReport& r = reports[i];
    if (r.port >= kNumPorts || next_in[r.port] >= by_port[r.port].size() ||
        by_port[r.port][next_in[r.port]++] != r.tag) {
      ADD_FAILURE() << "frame " << r.tag << " parsed out of order or twice";
      return tally;
    }
    report_of[r.tag] = i;
  }

  detail::Outgoing outgoing;
  std::vector<unsigned> copies(frames.size()), left(frames.size());
  std::vector<bool> judged(frames.size());
  size_t last_direct = 0;  // report of the last frame that took one pass
  for (const VerdictReport& v : verdicts) {
    if (v.tag >= frames.size() || judged[v.tag] || !report_of.contains(v.tag)) {
      ADD_FAILURE() << "verdict for unknown tag " << v.tag << ", or a second one";
      return tally;
    }
    judged[v.tag] = true;
    const Frame& f = frames[v.tag];
    const auto in_port = static_cast<unsigned>(f.port);
    const RmtProgram& program = program_of(v.epoch);
    // As many passes as it took: what a frame did on a pass that never was must not be remembered.
    std::vector<Fate> passes;
    for (Frame pass = f; passes.size() <= v.passes;
         pass = next_pass(program, std::move(pass), passes.back())) {
      passes.push_back(
          interpret_pass(program, pass, tally.memory, bench.parsed().cycles()[report_of[v.tag]]));
      if (!passes.back().again) break;
    }
    const ParseReport& r = reports[report_of[v.tag]];
    EXPECT_EQ(v.port, in_port) << "frame " << v.tag;
    EXPECT_EQ(r.hdr_valid, passes[0].parsed.hdr_valid()) << "frame " << v.tag;
    EXPECT_EQ(r.phv, passes[0].parsed.phv) << "frame " << v.tag;
    if (v.passes >= passes.size()) {
      ADD_FAILURE() << "frame " << v.tag << " went round " << int(v.passes) << " times";
      return tally;
    }
    if (v.passes == 0) {
      EXPECT_GE(report_of[v.tag], last_direct) << "frame " << v.tag << " judged out of order";
      last_direct = report_of[v.tag];
    }
    const Fate& fate = passes[v.passes];
    for (unsigned k = 0; k <= v.passes; ++k) {
      for (unsigned s = 0; s < kNumStages; ++s) {
        if (!passes[k].looked_up[s]) continue;
        ++((passes[k].stage_hit >> s & 1) != 0 ? tally.hits : tally.misses)[s];
      }
    }
    tally.recirculated += v.passes;
    EXPECT_EQ(v.stage_hit, fate.stage_hit) << "frame " << v.tag;
    EXPECT_EQ(v.stage_action, fate.stage_action) << "frame " << v.tag;
    ++tally.by_reason[v.reason];
    EXPECT_EQ(v.copies == 0, v.verdict == Verdict::kDrop) << "frame " << v.tag;
    tally.copies += v.copies;
    copies[v.tag] = v.copies;
    const bool refused = detail::no_room(v) && (fate.verdict != Verdict::kDrop || fate.again);
    // A multicast frame that was refused at once has not looked at its copies.
    if (!refused) tally.faults += fate.bad_copies;
    if (v.reason == uint8_t(Reason::kBadPort) && v.verdict == Verdict::kDrop) ++tally.faults;
    if (refused) {
      ++tally.tail;
      ++tally.dropped;
      const bool named = v.reason == uint8_t(Reason::kTmTailDrop) && !fate.group;
      EXPECT_EQ(v.out_port, named ? fate.copies[0].port : 0) << "frame " << v.tag;
      continue;
    }
    EXPECT_FALSE(fate.again) << "frame " << v.tag << " was to go round once more";
    EXPECT_EQ(v.verdict, fate.verdict) << "frame " << v.tag;
    EXPECT_EQ(v.reason, fate.reason) << "frame " << v.tag;
    EXPECT_EQ(v.out_port, fate.group ? 0 : fate.out_port) << "frame " << v.tag;
    switch (fate.verdict) {
      case Verdict::kDrop:
        ++tally.dropped;
        break;
      case Verdict::kForward:
        ++tally.forwarded;
        break;
      case Verdict::kSlow:
        ++tally.slow;
        break;
    }
    if (fate.verdict == Verdict::kDrop) continue;
    EXPECT_LE(v.copies, fate.copies.size()) << "frame " << v.tag;
    for (const WantedCopy& c : fate.copies) {
      const Bytes bytes = copy_bytes(program, fate, c);
      tally.edits += bytes.size() != fate.bytes.size();
      tally.pops += fate.bytes.size() != f.bytes.size();
      outgoing[c.port][c.queue].push_back({v.tag, bytes, v.copies < fate.copies.size()});
    }
    if (::testing::Test::HasFailure()) return tally;
  }

  for (unsigned p = 0; p < kNumPorts; ++p) {
    detail::check_output(p, bench.sink(p).taken(), frames, outgoing, left);
    if (::testing::Test::HasFailure()) return tally;
  }
  EXPECT_EQ(left, copies) << "copies that left and copies reported";
  return tally;
}

inline Tally check_frames(RmtBench& bench, const std::vector<Frame>& frames,
                          const RmtProgram& program) {
  return check_frames(bench, frames, [&](uint8_t) -> const RmtProgram& { return program; });
}

// The registers agree with the tally, and nothing is lost: in = forwarded + dropped + slow, every
// cell is free again.
inline void check_counters(RmtBench& bench, const Tally& tally, uint64_t frames) {
  EXPECT_EQ(bench.read64(reg::kPktIn), frames);
  EXPECT_EQ(bench.read64(reg::kForwarded), tally.forwarded);
  EXPECT_EQ(bench.read64(reg::kDropped), tally.dropped);
  EXPECT_EQ(bench.read64(reg::kSlow), tally.slow);
  EXPECT_EQ(bench.read64(reg::kCopies), tally.copies);
  EXPECT_EQ(bench.read64(reg::kRecirculated), tally.recirculated);
  EXPECT_EQ(tally.forwarded + tally.dropped + tally.slow, frames);
  const std::map<Reason, uint32_t> counters = {
      {Reason::kNoRoute, reg::kDropNoRoute},
      {Reason::kParserTruncated, reg::kDropParserTruncated},
      {Reason::kParserWindow, reg::kSlowParserWindow},
      {Reason::kParserDepth, reg::kSlowParserDepth},
      {Reason::kFragment, reg::kSlowFragment},
      {Reason::kFrameError, reg::kDropFrameError},
      {Reason::kTmTailDrop, reg::kDropTmTail},
      {Reason::kBadPort, reg::kDropBadPort},
      {Reason::kProgram, reg::kDropProgram},
      {Reason::kHeaderError, reg::kDropHeaderError},
      {Reason::kMeter, reg::kDropMeter},
      {Reason::kRecircLimit, reg::kDropRecircLimit},
      {Reason::kTmNoCell, reg::kDropTmNoCell},
      {Reason::kAcl, reg::kDropAcl},
      {Reason::kVlan, reg::kDropVlan},
      {Reason::kTunnel, reg::kDropTunnel},
      {Reason::kUnreachable, reg::kSlowUnreachable},
      {Reason::kTtl, reg::kSlowTtl},
      {Reason::kLocal, reg::kSlowLocal},
  };
  for (const auto& [reason, offset] : counters) {
    EXPECT_EQ(bench.read(offset), tally.by_reason[static_cast<uint8_t>(reason)])
        << to_string(reason);
  }
  for (unsigned s = 0; s < kNumStages; ++s) {
    EXPECT_EQ(bench.read(reg::StageHit::offset_of(s)), tally.hits[s]) << "stage " << s;
    EXPECT_EQ(bench.read(reg::StageMiss::offset_of(s)), tally.misses[s]) << "stage " << s;
  }
  EXPECT_EQ(bench.read(reg::Inflight::offset_of(0)), 0u);
  EXPECT_EQ(bench.read(reg::Inflight::offset_of(1)), 0u);
  EXPECT_EQ(bench.read(reg::kCellsFree), kTmCells);
}

// What frames left behind is what the live tables hold; up to `rows` rows of each table.
inline void check_state(RmtBench& bench, const Memory& memory, unsigned rows = 16) {
  const auto row = [&](unsigned stage, TableId stage0, unsigned index, auto want) {
    const auto words =
        bench.read_row(static_cast<unsigned>(stage0) + stage * kStageTableStride, 0, index);
    EXPECT_EQ(decltype(want)::unpack(words.data()), want)
        << "stage " << stage << " table " << static_cast<unsigned>(stage0) << " row " << index;
  };
  for (unsigned s = 0; s < kNumStages; ++s) {
    unsigned left = rows;
    for (const auto& [index, want] : memory[s].counters) {
      if (left-- == 0) break;
      row(s, TableId::kStage0Counter, index, want);
    }
    left = rows;
    for (const auto& [index, want] : memory[s].meters) {
      if (left-- == 0) break;
      row(s, TableId::kStage0MeterState, index,
          MeterState{true, static_cast<uint64_t>(want.tc), static_cast<uint64_t>(want.tp),
                     want.last});
    }
    left = rows;
    for (const auto& [index, want] : memory[s].registers) {
      if (left-- == 0) break;
      row(s, TableId::kStage0Register, index, RegisterRow{want});
    }
  }
}

}  // namespace fp::rmt::test
