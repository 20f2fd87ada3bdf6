// SPDX-License-Identifier: Apache-2.0
//
// The message buffer's model against the scoreboard.
#include <gtest/gtest.h>

#include "cmodel/mbuf/mbuf_model.hpp"
#include "tests/unit/mbuf/traffic.hpp"

namespace fp::mbuf::test {
namespace {

class Scoreboard : public ::testing::TestWithParam<int> {};

TEST_P(Scoreboard, EveryByteArrivesAndEveryCellComesBack) {
  Config cfg;
  cfg.params = {64, 12};
  cfg.seed = static_cast<uint64_t>(GetParam());
  cfg.pause = cfg.seed % 3 == 0 ? 0 : static_cast<unsigned>(cfg.seed * 13 % 60);
  cfg.evil = cfg.seed % 2 == 0 ? 8 : 0;
  cfg.churn = cfg.seed % 4 == 0 ? 5 : 0;
  MbufModel model(cfg.params);
  Traffic t(model, cfg);
  t.start();
  t.run(20000);
  EXPECT_TRUE(t.finish());
  t.check_end();
  EXPECT_GT(t.segments, 500u);
}
INSTANTIATE_TEST_SUITE_P(Seeds, Scoreboard, ::testing::Range(1, 13));

}  // namespace
}  // namespace fp::mbuf::test
