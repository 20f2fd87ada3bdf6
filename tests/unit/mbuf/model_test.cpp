// SPDX-License-Identifier: Apache-2.0
//
// The message buffer's model against the scoreboard.
#include <gtest/gtest.h>

#include "cmodel/mbuf/mbuf_model.hpp"
#include "tests/unit/mbuf/directed.hpp"
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

INSTANTIATE_TEST_SUITE_P(Model, Directed,
                         ::testing::Values(MakeDut{
                             "model", [] { return std::make_unique<MbufModel>(Params{64, 12}); }}));

// 10,000 connections of one-byte segments whose readers never read: each is stopped by its own
// credit, and one more connection with a reader goes on at full speed.
TEST(Scale, TenThousandStalledConnectionsStallOnlyThemselves) {
  constexpr uint32_t kMany = 10000;
  MbufModel model(Params{32768, kMany + 1});
  Ends b(model);
  b.bring_up();
  ConnRow row;
  row.valid = true;
  row.gen = 1;
  row.prod0 = 0;
  row.prod1 = 2;
  row.cap = 1;
  row.credit0 = row.credit1 = 3;
  for (uint32_t id = 0; id <= kMany; ++id) {
    if (id == kMany) row.cap = 64, row.credit0 = 1u << 30;
    ASSERT_FALSE(b.table_write(id, row)) << id;
  }
  const auto segment = [&](uint32_t id, unsigned len) {
    MbufWr w;
    w.conn = {id, 1};
    w.nbytes = static_cast<uint8_t>(len);
    w.last = true;
    b.wr[0].queue.push_back(w);
  };
  for (unsigned round = 0; round < 5; ++round) {
    for (uint32_t id = 0; id < kMany; ++id) segment(id, 1);
  }
  uint64_t taken = 0;
  uint64_t refused = 0;
  const auto drain = [&] {
    for (; !b.desc[0].got.empty(); b.desc[0].got.pop_front()) {
      const auto& d = b.desc[0].got.front();
      (d.err ? refused : taken) += 1;
      if (d.conn_id == kMany) b.free[2].queue.push_back(d);
    }
  };
  while (!b.wr[0].queue.empty() && b.now < 2000000) {
    b.cycle();
    drain();
  }
  b.run(100);
  drain();
  EXPECT_EQ(taken, 3 * kMany);
  EXPECT_EQ(refused, 2 * kMany);
  EXPECT_EQ(b.read_csr(reg::kCells) >> 16, kMany) << "one cell each, not one per byte";
  taken = refused = 0;
  const uint64_t start = b.now;
  for (unsigned i = 0; i < 1000; ++i) segment(kMany, 64);
  while (taken + refused < 1000 && b.now < start + 100000) {
    b.cycle();
    drain();
  }
  EXPECT_EQ(taken, 1000u);
  EXPECT_LE(b.now - start, 1000u * 8);
  // Every one of them is told when its credit comes back, and none is lost.
  for (uint32_t id = 0; id < kMany; ++id) b.cret[2].queue.push_back({{id, 1}, 1});
  b.run(60000);
  EXPECT_EQ(b.cevt[0].got.size(), kMany);
}

}  // namespace
}  // namespace fp::mbuf::test
