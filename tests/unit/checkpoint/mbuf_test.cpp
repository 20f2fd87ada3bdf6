// SPDX-License-Identifier: Apache-2.0
//
// The message buffer's model goes on from its checkpoint as if nothing had happened.
#include <gtest/gtest.h>

#include "cmodel/mbuf/mbuf_model.hpp"
#include "tests/unit/checkpoint/twin.hpp"
#include "tests/unit/mbuf/traffic.hpp"

namespace fp::mbuf::test {
namespace {

constexpr Params kSmall{64, 12};

Config config(uint64_t seed) {
  Config cfg;
  cfg.params = kSmall;
  cfg.seed = seed;
  cfg.pause = seed % 3 == 0 ? 0 : static_cast<unsigned>(seed * 13 % 60);
  cfg.evil = seed % 2 == 0 ? 8 : 0;
  cfg.churn = seed % 4 == 0 ? 5 : 0;
  cfg.conns = seed % 5 == 0 ? 12 : 6;
  return cfg;
}

class MbufCheckpoint : public ::testing::TestWithParam<uint64_t> {};

TEST_P(MbufCheckpoint, GoesOnFromAnyCycle) {
  const uint64_t seed = GetParam();
  MbufModel first(kSmall), second(kSmall);
  {
    Traffic other(second, config(seed + 100));
    other.start();
    other.run(3000);
  }
  fp::test::Twin<MbufIf> twin(first, second);
  sim::Random r(seed);
  twin.fork_at(fp::test::random_cycles(r, 200, 0, 12'000));
  Traffic t(twin, config(seed));
  t.start();
  t.run(12'000);
  EXPECT_TRUE(t.finish());
  EXPECT_TRUE(fp::test::same_life(twin, 150));
  EXPECT_GT(t.segments, 300u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, MbufCheckpoint, ::testing::Range<uint64_t>(1, 9));

TEST(MbufCheckpointImage, RefusesAnotherSize) {
  MbufModel small(kSmall), large;
  large.reset();
  const std::vector<uint8_t> image = fp::test::image_of(small);
  EXPECT_THROW(fp::test::load_image(large, image), StateError);
}

}  // namespace
}  // namespace fp::mbuf::test
