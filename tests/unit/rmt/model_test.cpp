// SPDX-License-Identifier: Apache-2.0
//
// The cycle model of the whole RMT pipeline against the interpreter, without RTL.
#include <gtest/gtest.h>

#include <string_view>

#include "cmodel/common/crc32c.hpp"
#include "cmodel/rmt/rmt_model.hpp"
#include "tests/unit/rmt/random_match.hpp"
#include "tests/unit/rmt/rmt_bench.hpp"
#include "tests/unit/rmt/scoreboard.hpp"

namespace fp::rmt::test {
namespace {

class RmtModelPrograms : public ::testing::TestWithParam<uint64_t> {};

TEST_P(RmtModelPrograms, EveryFrameMeetsTheFateThatTheTablesMean) {
  sim::Random r(GetParam());
  ProgramShape shape;
  shape.states = static_cast<unsigned>(1 + r.below(16));
  shape.entries = static_cast<unsigned>(shape.states + r.below(kParserEntries - shape.states));
  const Program parse = random_program(r, shape);
  const RmtProgram program = random_rmt_program(r, parse, 10, 40);
  std::vector<Frame> frames;
  for (uint32_t i = 0; i < 2500; ++i) {
    frames.push_back(random_frame(r, parse));
    frames.back().tag = i;
  }
  RmtModel model;
  RmtBench bench(model, frames,
                 {.seed = GetParam(),
                  .in = sim::kSomeStalls,
                  .out = sim::kSomeStalls,
                  .axil_pause = 10,
                  .shuffle = GetParam(),
                  .skipping = true});
  bench.wait_init();
  bench.load(program, 0);
  bench.enable();
  ASSERT_TRUE(bench.run_axil());
  ASSERT_TRUE(bench.run(300'000, [&] { return bench.drained(); }));
  const Tally tally = check_frames(bench, frames, program);
  check_counters(bench, tally, frames.size());
  bench.tick(4);
  EXPECT_TRUE(model.idle());
}

INSTANTIATE_TEST_SUITE_P(Seeds, RmtModelPrograms, ::testing::Range<uint64_t>(1, 21));

// The tests place entries with a hash of their own; it must be the one the standard means.
TEST(RmtHash, PlacementHashIsCrc32c) {
  const std::string_view text = "123456789";
  EXPECT_EQ(crc32c({reinterpret_cast<const uint8_t*>(text.data()), text.size()}), 0xe3069283u);
  sim::Random r(1);
  for (unsigned i = 0; i < 1000; ++i) {
    KeyBytes key;
    for (uint8_t& b : key) b = static_cast<uint8_t>(r.next() >> 24);
    EXPECT_EQ(place_hash(key), crc32c(key));
  }
}

TEST(RmtBits, HeaderBitsBeyondTheGatewayMaskDoNotMatter) {
  StageProgram stage;
  stage.key.en[kExactKind] = true;
  stage.key.gw_mask[kExactKind] = 0x10;
  stage.key.gw_value[kExactKind] = 0x13;  // bits outside the mask are noise
  Stage dut(0);
  std::array<uint32_t, reg::kTblDataCount> words{};
  stage.key.pack(words.data());
  dut.write_row(0, 0, 0, words.data());
  for (const auto& [headers, runs] : {std::pair{0x10u, true},
                                      {0x13u, true},
                                      {0xfffffff0u, true},
                                      {0x03u, false},
                                      {0u, false},
                                      {0xffffffefu, false}}) {
    FrameSlot frame;
    frame.hdr_valid = headers;
    EXPECT_EQ(dut.lookup(frame).looked, runs) << std::hex << headers;
  }
}

}  // namespace
}  // namespace fp::rmt::test
