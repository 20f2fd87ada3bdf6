// SPDX-License-Identifier: Apache-2.0
//
// Checks what left an RMT block against the untimed interpreter: reports, bytes, order, counters,
// conservation. Tags are the frames' numbers in the list given to the bench.
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
  uint64_t forwarded = 0, dropped = 0, slow = 0, tail = 0;
  std::array<uint64_t, 256> by_reason{};
  std::array<uint64_t, kNumStages> hits{}, misses{};
};

// `program_of(epoch)` judged the frames of that epoch. All frames must have been judged.
inline Tally check_frames(RmtBench& bench, const std::vector<Frame>& frames,
                          const std::function<const RmtProgram&(uint8_t)>& program_of) {
  Tally tally;
  const auto& verdicts = bench.verdicts().taken();
  EXPECT_EQ(verdicts.size(), frames.size()) << "one verdict per frame";
  EXPECT_EQ(bench.parsed().taken().size(), frames.size()) << "one parse report per frame";

  std::array<std::vector<Frame>, kNumPorts> expected;  // frames that must leave, in order
  std::array<uint32_t, kNumPorts> next_in{};           // inputs keep their order
  std::array<std::vector<uint32_t>, kNumPorts> by_port;
  for (const Frame& f : frames) by_port[static_cast<size_t>(f.port)].push_back(f.tag);

  for (size_t i = 0; i < verdicts.size() && i < bench.parsed().taken().size(); ++i) {
    const VerdictReport& v = verdicts[i];
    const ParseReport& r = bench.parsed().taken()[i];
    if (v.tag >= frames.size()) {
      ADD_FAILURE() << "verdict for unknown tag " << v.tag;
      return tally;
    }
    const Frame& f = frames[v.tag];
    const auto in_port = static_cast<unsigned>(f.port);
    EXPECT_EQ(v.port, in_port) << "frame " << v.tag;
    if (next_in[in_port] >= by_port[in_port].size() ||
        by_port[in_port][next_in[in_port]++] != v.tag) {
      ADD_FAILURE() << "frame " << v.tag << " judged out of order or twice";
      return tally;
    }
    const Fate fate = interpret_frame(program_of(v.epoch), f);
    EXPECT_EQ(r.tag, v.tag) << "reports in the same order";
    EXPECT_EQ(r.port, in_port) << "frame " << v.tag;
    EXPECT_EQ(r.hdr_valid, fate.parsed.hdr_valid()) << "frame " << v.tag;
    EXPECT_EQ(r.phv, fate.parsed.phv) << "frame " << v.tag;
    EXPECT_EQ(v.stage_hit, fate.stage_hit) << "frame " << v.tag;
    EXPECT_EQ(v.stage_action, fate.stage_action) << "frame " << v.tag;
    for (unsigned s = 0; s < kNumStages; ++s) {
      if (!fate.looked_up[s]) continue;
      ++((fate.stage_hit >> s & 1) != 0 ? tally.hits : tally.misses)[s];
    }
    ++tally.by_reason[v.reason];
    const bool tail = v.verdict == Verdict::kDrop && v.reason == uint8_t(Reason::kTmTailDrop) &&
                      fate.verdict != Verdict::kDrop;
    if (tail) {
      ++tally.tail;
      ++tally.dropped;
      EXPECT_EQ(v.out_port, fate.out_port) << "frame " << v.tag;
      continue;
    }
    EXPECT_EQ(v.verdict, fate.verdict) << "frame " << v.tag;
    EXPECT_EQ(v.reason, fate.reason) << "frame " << v.tag;
    EXPECT_EQ(v.out_port, fate.out_port) << "frame " << v.tag;
    switch (fate.verdict) {
      case Verdict::kDrop:
        ++tally.dropped;
        continue;
      case Verdict::kForward:
        ++tally.forwarded;
        break;
      case Verdict::kSlow:
        ++tally.slow;
        break;
    }
    Frame out = f;
    out.bytes = fate.bytes;
    expected[fate.out_port].push_back(std::move(out));
    if (::testing::Test::HasFailure()) return tally;
  }

  for (unsigned p = 0; p < kNumPorts; ++p) {
    std::vector<common::PktBeat> beats;
    for (const Frame& f : expected[p]) append_beats(f, beats);
    const auto& taken = bench.sink(p).taken();
    EXPECT_EQ(taken.size(), beats.size()) << "beats on out[" << p << "]";
    for (size_t i = 0; i < taken.size() && i < beats.size(); ++i) {
      common::PktBeat got = taken[i];
      for (size_t b = got.nbytes; b < got.data.size(); ++b) got.data[b] = 0;
      if (got != beats[i]) {
        ADD_FAILURE() << "out[" << p << "] beat " << i << ": frame " << got.tag << ", expected "
                      << beats[i].tag;
        return tally;
      }
    }
  }
  return tally;
}

inline Tally check_frames(RmtBench& bench, const std::vector<Frame>& frames,
                          const RmtProgram& program) {
  return check_frames(bench, frames, [&](uint8_t) -> const RmtProgram& { return program; });
}

// The registers agree with the tally, and nothing is lost: in = forwarded + dropped + slow.
inline void check_counters(RmtBench& bench, const Tally& tally, uint64_t frames) {
  EXPECT_EQ(bench.read64(reg::kPktIn), frames);
  EXPECT_EQ(bench.read64(reg::kForwarded), tally.forwarded);
  EXPECT_EQ(bench.read64(reg::kDropped), tally.dropped);
  EXPECT_EQ(bench.read64(reg::kSlow), tally.slow);
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
}

}  // namespace fp::rmt::test
