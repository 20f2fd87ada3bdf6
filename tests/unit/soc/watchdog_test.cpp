// SPDX-License-Identifier: Apache-2.0
#include "cmodel/soc/watchdog.hpp"

#include <gtest/gtest.h>

#include "contract/wdt.hpp"
#include "tests/unit/soc/device_bench.hpp"

namespace fp::soc {
namespace {

class WatchdogTest : public testing::Test {
 protected:
  uint64_t awake = 50;
  test::Bench<Watchdog> b{[this] { return awake; }};
  void kick(uint32_t key) { b.master.write(wdt::reg::kKick, key); }
};

TEST_F(WatchdogTest, SleepsUntilStarted) {
  awake = 1'000'000'000;
  kick(wdt::kKickKey);
  EXPECT_FALSE(b.device.expired());
  EXPECT_EQ(b.device.deadline(), kNever);
  b.master.write(wdt::reg::kTimeout, 0);
  EXPECT_EQ(b.device.deadline(), kNever) << "0 starts nothing";
}

TEST_F(WatchdogTest, ExpiresWithoutAKickAndNotBefore) {
  b.master.write(wdt::reg::kTimeout, 100);
  EXPECT_EQ(b.device.deadline(), 150u);
  awake = 149;
  EXPECT_FALSE(b.device.expired());
  kick(wdt::kKickKey);
  awake = 248;
  EXPECT_FALSE(b.device.expired());
  awake = 249;
  EXPECT_TRUE(b.device.expired());
}

TEST_F(WatchdogTest, TakesNoOtherKeyAndCannotBeStopped) {
  b.master.write(wdt::reg::kTimeout, 100);
  awake = 120;
  kick(0);
  kick(wdt::kKickKey + 1);
  b.master.write(wdt::reg::kTimeout, 0);
  b.master.write(wdt::reg::kTimeout, 1'000'000);
  EXPECT_EQ(b.master.read(wdt::reg::kTimeout), 100u);
  EXPECT_EQ(b.device.deadline(), 150u);
}

}  // namespace
}  // namespace fp::soc
