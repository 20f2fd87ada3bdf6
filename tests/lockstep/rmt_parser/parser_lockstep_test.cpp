// SPDX-License-Identifier: Apache-2.0
//
// Window, parser and deparser RTL against their models, cycle by cycle, over random programs,
// traffic and table writes; and the frames that came through against the interpreter.
#include <gtest/gtest.h>

#include <deque>
#include <set>

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
    const uint32_t v = r.chance(10) ? (r.chance(50) ? 0 : ~0u) : static_cast<uint32_t>(r.next() >> 9);
    if (c < kC16Base) f.phv.c8[c] = static_cast<uint8_t>(v);
    else if (c < kC32Base) f.phv.c16[c - kC16Base] = static_cast<uint16_t>(v);
    else f.phv.c32[c - kC32Base] = v;
    f.set_dirty(c);
  }
  if (r.chance(70)) f.phv.c8[kMetaVerdict] = static_cast<uint8_t>(r.below(4));
  f.stage_hit = static_cast<uint8_t>(r.next() >> 20);
  for (uint8_t& a : f.stage_action) a = static_cast<uint8_t>(r.next() >> 20);
}

ProgramShape random_shape(sim::Random& r) {
  ProgramShape shape;
  shape.states = static_cast<unsigned>(1 + r.below(24));
  shape.entries = static_cast<unsigned>(shape.states + r.below(kParserEntries - shape.states + 1));
  shape.done_percent = static_cast<unsigned>(r.below(30));
  shape.max_advance = static_cast<unsigned>(2 + r.below(50));
  return shape;
}

class Lockstep : public testing::TestWithParam<unsigned> {};

// Traffic in one bank while the other bank is written and read back; then they change places.
TEST_P(Lockstep, RandomProgramsAndTrafficAgreeInEveryCycle) {
  Verilated::randReset(GetParam() % 3 == 0 ? 0 : 2);
  Verilated::randSeed(static_cast<int>(GetParam() + 1));
  sim::Random r(GetParam() + 100);
  sim::Random stages(GetParam() + 200);
  constexpr unsigned kLatencies[] = {2, 10, 40};
  std::deque<std::pair<std::vector<uint8_t>, uint32_t>> want;
  std::array<Program, kNumBanks> programs;
  std::deque<std::pair<Frame, Parsed>> in_flight;

  EdgePair pair(kLatencies[GetParam() % 3], [&](FrameSlot& f) {
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
    want.emplace_back(deparse(programs[frame.epoch % kNumBanks], frame, parsed, f.phv, dirty), f.tag);
    in_flight.pop_front();
  });
  programs[0] = random_program(r, random_shape(r));
  pair.load(0, programs[0]);

  unsigned frames = 0;
  for (unsigned phase = 0; phase < 12; ++phase) {
    const unsigned bank = phase % kNumBanks;
    BeatSource source(r.next(), static_cast<unsigned>(r.below(3) * r.below(40)));
    for (unsigned i = 0; i < 150; ++i, ++frames) {
      Frame f = random_frame(r, programs[bank]);
      f.epoch = static_cast<uint8_t>(phase);
      f.tag = frames;
      in_flight.emplace_back(f, interpret(programs[bank], f));
      source.push(std::move(f));
    }
    // Rows of the bank no frame uses, written while the others run.
    const Program next = random_program(r, random_shape(r));
    next.for_each_row([&](TableId table, unsigned index, const uint32_t* words) {
      if (testing::Test::HasFailure()) return;
      pair.write_row(table, 1 - bank, index, words);
      pair.cycle(source.next());
      if (r.chance(20)) {
        pair.read_row(table, static_cast<unsigned>(r.below(2)) == 0 ? bank : 1 - bank, index);
        pair.cycle(source.next());
      }
    });
    pair.drain(source);
    ASSERT_FALSE(testing::Test::HasFailure()) << "phase " << phase;
    programs[1 - bank] = next;
  }
  ASSERT_EQ(pair.sink.received.size(), frames);
  for (unsigned i = 0; i < frames; ++i) {
    ASSERT_EQ(pair.sink.received[i].frame.tag, want[i].second);
    ASSERT_EQ(pair.sink.received[i].frame.bytes, want[i].first) << "frame " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Lockstep, testing::Range(0u, 12u));

TEST(RmtEdge, ResetInAnyCycleForgetsEverything) {
  sim::Random r(7);
  EdgePair pair(10, [&](FrameSlot& f) { random_stages(r, f); });
  for (unsigned round = 0; round < 60; ++round) {
    const Program p = random_program(r, ProgramShape{});
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
  EdgePair pair(10, [&](FrameSlot& f) {
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

}  // namespace
}  // namespace fp::rmt::test
