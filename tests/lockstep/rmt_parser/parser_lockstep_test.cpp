// SPDX-License-Identifier: Apache-2.0
//
// Window, parser and deparser RTL against their models, cycle by cycle, over random programs,
// traffic and table writes; and the frames that came through against the interpreter.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>
#include <string>

#include "tests/lockstep/rmt_parser/edge_pair.hpp"
#include "tests/unit/rmt/classic_program.hpp"
#include "tests/unit/rmt/parse_interp.hpp"
#include "tests/unit/rmt/random_program.hpp"

namespace fp::rmt::test {
namespace {

// Changes random containers as stages would.
void random_stages(sim::Random& r, FrameSlot& f) {
  const unsigned percent = static_cast<unsigned>(r.below(3) * r.below(50));
  for (unsigned c = 0; c < kNumContainers && percent != 0; ++c) {
    if (!r.chance(percent)) continue;
    const uint32_t v =
        r.chance(10) ? (r.chance(50) ? 0 : ~0u) : static_cast<uint32_t>(r.next() >> 9);
    if (c < kC16Base)
      f.phv.c8[c] = static_cast<uint8_t>(v);
    else if (c < kC32Base)
      f.phv.c16[c - kC16Base] = static_cast<uint16_t>(v);
    else
      f.phv.c32[c - kC32Base] = v;
    f.set_dirty(c);
  }
  if (r.chance(60)) f.phv.c8[kMetaPop] = static_cast<uint8_t>(r.below(kNumPops + 2));
  if (r.chance(70)) f.phv.c8[kMetaVerdict] = static_cast<uint8_t>(r.below(4));
  f.stage_hit = static_cast<uint8_t>(r.next() >> 20);
  for (uint8_t& a : f.stage_action) a = static_cast<uint8_t>(r.next() >> 20);
}

ProgramShape random_shape(sim::Random& r) {
  ProgramShape shape;
  shape.rows = kHeldEntries;
  shape.states = static_cast<unsigned>(1 + r.below(24));
  shape.entries = static_cast<unsigned>(shape.states + r.below(kHeldEntries - shape.states + 1));
  shape.done_percent = static_cast<unsigned>(r.below(30));
  shape.max_advance = static_cast<unsigned>(2 + r.below(50));
  return shape;
}

using Cover = std::map<std::string, uint64_t>;

// Traffic in both banks, then in one while the other is written and read back; then they change
// places without waiting for the pipeline to empty.
void run_random(unsigned seed, Cover& cover) {
  sim::Random r(seed + 100);
  sim::Random stages(seed + 200);
  constexpr unsigned kLatencies[] = {2, 10, 40};
  std::deque<std::pair<std::vector<uint8_t>, uint32_t>> want;
  std::array<Program, kNumBanks> programs;
  std::deque<std::pair<Frame, Parsed>> in_flight;

  EdgePair pair(kLatencies[seed % 3], static_cast<int>(seed + 1), [&](FrameSlot& f) {
    // The interpreter says what the parser must have handed over, and what must leave.
    ASSERT_FALSE(in_flight.empty());
    const auto& [frame, parsed] = in_flight.front();
    ASSERT_EQ(f.tag, frame.tag);
    ASSERT_TRUE(f.phv == parsed.phv);
    ASSERT_EQ(f.hdr_valid, parsed.hdr_valid());
    ASSERT_EQ(f.exc.valid, parsed.exc.has_value());
    random_stages(stages, f);
    std::set<unsigned> dirty;
    for (unsigned c = 0; c < kNumContainers; ++c) {
      if (f.is_dirty(c)) dirty.insert(c);
    }
    want.emplace_back(deparse(programs[frame.epoch % kNumBanks], frame, parsed, f.phv, dirty),
                      f.tag);
    in_flight.pop_front();
  });
  for (unsigned bank = 0; bank < kNumBanks; ++bank) {
    programs[bank] = random_program(r, random_shape(r));
    pair.load(bank, programs[bank]);
  }

  unsigned frames = 0;
  for (unsigned phase = 0; phase < 12; ++phase) {
    const unsigned bank = phase % kNumBanks;
    // Every fourth phase is a burst of frames of one beat: one in every engine, a frame a cycle.
    const bool burst = phase % 4 == 3;
    BeatSource source(r.next(), burst ? 0 : static_cast<unsigned>(r.below(3) * r.below(40)));
    const auto push = [&](uint8_t epoch) {
      const Program& p = programs[epoch % kNumBanks];
      Frame f = random_frame(r, p);
      f.epoch = epoch;
      f.tag = frames++;
      if (r.chance(20)) {
        f.passes = static_cast<uint8_t>(1 + r.below(kMaxPasses));
        f.recirc = static_cast<uint32_t>(r.next() >> 20);
      }
      if (burst) f.bytes.resize(std::min<size_t>(f.bytes.size(), 1 + r.below(64)));
      in_flight.emplace_back(f, interpret(p, f));
      source.push(std::move(f));
    };
    // The epoch changes with frames of the old one still inside; then both in turn.
    for (unsigned i = 0; i < 50; ++i) push(static_cast<uint8_t>(phase + (r.chance(50) ? 0 : 1)));
    const unsigned mixed = frames;
    for (unsigned i = 0; i < 100; ++i) push(static_cast<uint8_t>(phase));
    while (pair.sink.received.size() < mixed && !testing::Test::HasFailure()) {
      pair.cycle(source.next());
    }
    // Rows of the bank that no frame uses any more, written while the others run.
    const Program next = random_program(r, random_shape(r));
    next.for_each_row([&](TableId table, unsigned index, const uint32_t* words) {
      if (testing::Test::HasFailure()) return;
      pair.write_row(table, 1 - bank, index, words);
      pair.cycle(source.next());
      if (r.chance(20)) {
        pair.read_row(table, r.chance(50) ? bank : 1 - bank, index);
        pair.cycle(source.next());
      }
    });
    programs[1 - bank] = next;
    while (!source.empty() && !testing::Test::HasFailure()) pair.cycle(source.next());
    ASSERT_FALSE(testing::Test::HasFailure()) << "phase " << phase;
  }
  BeatSource nothing(1, 0);
  pair.drain(nothing);
  ASSERT_EQ(pair.sink.received.size(), frames);
  for (unsigned i = 0; i < frames; ++i) {
    ASSERT_EQ(pair.sink.received[i].frame.tag, want[i].second);
    ASSERT_EQ(pair.sink.received[i].frame.bytes, want[i].first) << "frame " << i;
  }
  pair.add_cover(cover);
}

class Lockstep : public testing::TestWithParam<unsigned> {};

TEST_P(Lockstep, RandomProgramsAndTrafficAgreeInEveryCycle) {
  Cover cover;
  run_random(GetParam(), cover);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Lockstep, testing::Range(0u, 12u));

TEST(RmtEdge, ResetInAnyCycleForgetsEverything) {
  sim::Random r(7);
  EdgePair pair(10, 5, [&](FrameSlot& f) { random_stages(r, f); });
  for (unsigned round = 0; round < 60; ++round) {
    const Program p = random_program(r, random_shape(r));
    pair.load(0, p);
    BeatSource source(r.next(), 10);
    for (unsigned i = 0; i < 20; ++i) source.push(random_frame(r, p));
    for (uint64_t n = r.below(80); n > 0; --n) pair.cycle(source.next());
    pair.reset();
    // Unprogrammed, a frame passes unparsed.
    BeatSource after(r.next(), 0);
    after.push(random_frame(r, p));
    pair.drain(after);
    ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
    ASSERT_EQ(pair.sink.received.size(), 1u);
  }
}

TEST(RmtEdge, ClassicPacketsAgreeAtEveryLengthAndIhl) {
  sim::Random r(8);
  EdgePair pair(10, 5, [&](FrameSlot& f) {
    f.phv.c32[box::kSrcAddr] ^= static_cast<uint32_t>(r.next() >> 8);
    f.set_dirty(kC32Base + box::kSrcAddr);
  });
  Program p = classic_program();
  p.slots[9] = {true, hdr::kIpv4, kC32Base + box::kSrcAddr, 12, 3};
  p.units[0] = {true, hdr::kIpv4, 10, false};
  p.units[1] = {true, hdr::kTcp, 16, false};
  pair.load(1, p);
  BeatSource source(1, 0);
  for (unsigned options = 0; options < 11; ++options) {
    const std::vector<uint8_t> packet = ipv4_packet(r, options % 2 != 0 ? 6 : 17, options, 300);
    for (size_t n = 1; n <= packet.size(); n += n < 280 ? 1 : 17) {
      Frame f{{packet.begin(), packet.begin() + static_cast<long>(n)}};
      f.epoch = 1;
      source.push(std::move(f));
    }
  }
  pair.drain(source);
}

TEST(RmtEdge, RandomTrafficHitsEveryCoverPoint) {
  if (is_netlist<Vrmt_edge_rtl>()) GTEST_SKIP() << "a netlist has no cover points";
  Cover cover;
  for (unsigned seed = 20; seed < 26; ++seed) run_random(seed, cover);
  EXPECT_GE(cover.size(), 15u);  // the bind file is part of the build
  for (const auto& [point, count] : cover) EXPECT_GT(count, 0u) << point;
}

}  // namespace
}  // namespace fp::rmt::test
