// SPDX-License-Identifier: Apache-2.0
#include "cmodel/soc/uart.hpp"

#include <gtest/gtest.h>

#include <string>

#include "contract/uart.hpp"
#include "tests/unit/soc/device_bench.hpp"

namespace fp::soc {
namespace {

// 1152 kHz: ten bits of 115,200 baud are 100 cycles.
constexpr uint32_t kClockHz = 1'152'000;
constexpr uint64_t kChar = 100;

class UartTest : public testing::Test {
 protected:
  uint64_t now = 0;
  std::string sent;
  test::Bench<Uart> b{kClockHz, [this] { return now; }, [this](char c) { sent += c; }};

  uart::reg::Status status() { return uart::reg::Status{b.master.read(uart::reg::kStatus)}; }
  void pop() { b.master.write(uart::reg::kRxpop, uart::reg::Rxpop{}.set_pop(true).raw); }
};

TEST_F(UartTest, SendsEachCharacterOnce) {
  EXPECT_TRUE(status().tx_ready());
  for (const char c : std::string("ok\n")) {
    b.master.write(uart::reg::kTxdata, static_cast<uint8_t>(c));
  }
  b.master.write(uart::reg::kStatus, 'x');
  EXPECT_TRUE(b.master.ok()) << "read-only registers ignore writes";
  EXPECT_EQ(b.master.read(uart::reg::kTxdata), 0u);
  EXPECT_EQ(sent, "ok\n");
}

TEST_F(UartTest, ACharacterArrivesWhenItsTenBitsHave) {
  b.device.type(1000, "ab");
  EXPECT_EQ(b.device.next_arrival(), 1000u);
  now = 999;
  EXPECT_FALSE(status().rx_ready());
  EXPECT_FALSE(b.device.irq());
  now = 1000;
  EXPECT_TRUE(b.device.irq());
  EXPECT_EQ(b.device.next_arrival(), 1000 + kChar);
  EXPECT_EQ(b.master.read(uart::reg::kRxdata), 'a') << "a read takes nothing";
  EXPECT_EQ(b.master.read(uart::reg::kRxdata), 'a');
  pop();
  EXPECT_FALSE(b.device.irq());
  EXPECT_EQ(b.master.read(uart::reg::kRxdata), 0u);
  now = 1000 + kChar;
  EXPECT_EQ(b.master.read(uart::reg::kRxdata), 'b');
  pop();
  pop();
  EXPECT_EQ(b.device.next_arrival(), kNever);
}

TEST_F(UartTest, TheLineIsSlowerThanATypist) {
  b.device.type(0, "a");
  b.device.type(1, "b");
  now = kChar - 1;
  b.device.irq();
  EXPECT_EQ(b.device.next_arrival(), kChar) << "`a` is complete at 0, `b` one character later";
}

TEST_F(UartTest, AFullFifoLosesTheNewest) {
  const std::string text = "0123456789abcdefXY";
  static_assert(uart::kRxDepth == 16);
  b.device.type(0, text);
  now = text.size() * kChar;
  EXPECT_TRUE(status().rx_overrun());
  std::string got;
  while (status().rx_ready()) {
    got += static_cast<char>(b.master.read(uart::reg::kRxdata));
    pop();
  }
  EXPECT_EQ(got, "0123456789abcdef");
  EXPECT_FALSE(status().rx_overrun()) << "told once";
}

}  // namespace
}  // namespace fp::soc
