// SPDX-License-Identifier: Apache-2.0
#include "cmodel/soc/devices.hpp"

#include <gtest/gtest.h>

#include <string>

#include "contract/intc.hpp"
#include "contract/sysctl.hpp"
#include "tests/unit/soc/device_bench.hpp"

namespace fp::soc {
namespace {

using test::Bench;

TEST(Clint, CountsWhatThePlatformCounts) {
  uint64_t now = 0x1'2345'6789;
  Bench<Clint> b([&] { return now; });
  EXPECT_EQ(b.master.read(0xbff8), 0x23456789u);
  EXPECT_EQ(b.master.read(0xbffc), 0x1u);
  b.master.write(0xbff8, 0);
  EXPECT_FALSE(b.master.ok()) << "mtime is the platform's clock";
}

TEST(Clint, TheTimerLineIsALevelFromTheDeadlineOn) {
  Bench<Clint> b([] { return uint64_t{0}; });
  EXPECT_FALSE(b.device.timer_pending(UINT64_MAX - 1)) << "unset after reset";
  b.master.write(0x4004, 1);
  b.master.write(0x4000, 0x10);
  EXPECT_EQ(b.device.deadline(), 0x1'0000'0010u);
  EXPECT_EQ(b.master.read(0x4000), 0x10u);
  EXPECT_EQ(b.master.read(0x4004), 1u);
  EXPECT_FALSE(b.device.timer_pending(0x1'0000'000f));
  EXPECT_TRUE(b.device.timer_pending(0x1'0000'0010));
  EXPECT_TRUE(b.device.timer_pending(0x2'0000'0000));
}

TEST(Clint, SoftwareInterruptIsBitZero) {
  Bench<Clint> b([] { return uint64_t{0}; });
  b.master.write(0, 0xfffffffe);
  EXPECT_FALSE(b.device.software_pending());
  b.master.write(0, 1);
  EXPECT_TRUE(b.device.software_pending());
  EXPECT_EQ(b.master.read(0), 1u);
}

TEST(Intc, RaisesForPendingAndEnabledLinesOnly) {
  Bench<Intc> b;
  b.device.set_lines(0b1010);
  EXPECT_FALSE(b.device.external_pending());
  b.master.write(intc::reg::kEnable, 0xffff0004);
  EXPECT_EQ(b.master.read(intc::reg::kEnable), 4u) << "sixteen lines";
  EXPECT_FALSE(b.device.external_pending());
  b.master.write(intc::reg::kEnable, 2);
  EXPECT_TRUE(b.device.external_pending());
  EXPECT_EQ(b.master.read(intc::reg::kPending), 0b1010u);
  b.device.set_lines(0b1000);
  EXPECT_FALSE(b.device.external_pending()) << "a level, not a memory";
}

TEST(Sysctl, KeepsTheCrashRecordAndTellsTheClock) {
  Bench<Sysctl> b(123'000'000u);
  EXPECT_EQ(b.device.crash_record(), 0u);
  EXPECT_EQ(b.master.read(sysctl::reg::kClockHz), 123'000'000u);
  b.master.write(sysctl::reg::kCrash, 0x80001234);
  EXPECT_EQ(b.device.crash_record(), 0x80001234u);
  EXPECT_EQ(b.master.read(sysctl::reg::kCrash), 0x80001234u);
}

TEST(Device, TakesAlignedWordsOfKnownRegistersOnly) {
  Bench<Sysctl> b(1u);
  for (const unsigned size : {1u, 2u, 8u}) {
    b.master.read(0, size > 4 ? 4 : size);
    EXPECT_EQ(b.master.ok(), size > 4);
  }
  b.master.read(2);
  EXPECT_EQ(b.master.status, tlm::TLM_BURST_ERROR_RESPONSE);
  b.master.read(8);
  EXPECT_EQ(b.master.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  b.master.write(0xffc, 1);
  EXPECT_EQ(b.master.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

}  // namespace
}  // namespace fp::soc

// libsystemc's own main() refers to it.
int sc_main(int, char**) { return 0; }
