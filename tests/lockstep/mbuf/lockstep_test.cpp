// SPDX-License-Identifier: Apache-2.0
//
// Message buffer: RTL and model in lockstep under the scoreboard's traffic. The RTL is the small
// build (64 cells, 12 connections), with assertions and random power-up values.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "tests/lockstep/mbuf/mbuf_pair.hpp"
#include "tests/unit/mbuf/directed.hpp"

namespace fp::mbuf::test {
namespace {

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

class Lockstep : public ::testing::TestWithParam<int> {};

TEST_P(Lockstep, ModelAndRtlAgreeInEveryCycle) {
  auto dut = make_pair_of(GetParam());
  Traffic t(*dut, config(static_cast<uint64_t>(GetParam())));
  t.stop = [&] { return dut->diverged(); };
  t.start();
  t.run(12000);
  EXPECT_TRUE(t.finish());
  ASSERT_FALSE(dut->diverged()) << dut->difference()->text();
  t.check_end();
  EXPECT_GT(t.segments, 300u);
}
INSTANTIATE_TEST_SUITE_P(Seeds, Lockstep, ::testing::Range(1, 9));

// One connection, no pauses, long segments: the peak rates and the bank conflicts.
TEST(Lockstep, AgreesAtFullLoad) {
  auto dut = make_pair_of(11);
  Config cfg = config(3);
  cfg.max_len = 4000;
  cfg.cap = 20;
  cfg.credit = 1 << 20;
  cfg.hold = 0;
  Traffic t(*dut, cfg);
  t.stop = [&] { return dut->diverged(); };
  t.start();
  t.run(12000);
  EXPECT_TRUE(t.finish());
  ASSERT_FALSE(dut->diverged()) << dut->difference()->text();
  t.check_end();
}

// Chains of up to 59 cells, and a cap that the whole memory cannot fill.
TEST(Lockstep, AgreesOnSegmentsOfManyCells) {
  auto dut = make_pair_of(13);
  Config cfg = config(3);
  cfg.conns = 1;
  cfg.max_len = 15000;
  cfg.cap = 100;
  cfg.credit = 1 << 20;
  cfg.hold = 0;
  for (cfg.seed = 1; cfg.seed <= 3; ++cfg.seed) {  // other producers each time
    Traffic t(*dut, cfg);
    t.stop = [&] { return dut->diverged(); };
    t.start();
    t.run(6000);
    EXPECT_TRUE(t.finish());
    ASSERT_FALSE(dut->diverged()) << dut->difference()->text();
    t.check_end();
    EXPECT_GT(t.bytes, 50000u);
  }
}

// The block is reset in the middle of everything; what comes after must not know what was before.
TEST(Lockstep, AgreesAfterResetAtAnyCycle) {
  auto dut = make_pair_of(5);
  Config cfg = config(2);
  cfg.conns = 3;
  Traffic t(*dut, cfg);
  t.stop = [&] { return dut->diverged(); };
  sim::Random r(17);
  for (unsigned i = 0; i < 1000 && !dut->diverged(); ++i) {
    t.start();
    t.run(r.below(120));
  }
  ASSERT_FALSE(dut->diverged()) << dut->difference()->text();
  t.start();
  t.run(2000);
  EXPECT_TRUE(t.finish());
  t.check_end();
}

// The directed cases once more, with the RTL deciding and the model compared.
class CheckedPair final : public MbufIf {
 public:
  CheckedPair() : pair_(make_pair_of(3)) {}
  ~CheckedPair() override {
    if (pair_->diverged()) ADD_FAILURE() << pair_->difference()->text();
  }
  void reset() override {
    zip_ports(*pair_, *this, [](const char*, auto& in, auto& out) { sim::share_inputs(in, out); });
    pair_->reset();
    show();
  }
  void eval(uint64_t now) override { pair_->eval(now); }
  void commit() override {
    pair_->commit();
    show();
  }
  bool idle() const override { return pair_->idle(); }
  uint64_t wake_at() const override { return pair_->wake_at(); }

 private:
  void show() {
    zip_ports(*this, *pair_, [](const char*, auto& out, auto& in) { sim::publish(out, in); });
  }
  std::unique_ptr<Pair> pair_;
};
INSTANTIATE_TEST_SUITE_P(Pair, Directed,
                         ::testing::Values(MakeDut{
                             "pair", [] { return std::make_unique<CheckedPair>(); }}));

}  // namespace
}  // namespace fp::mbuf::test
