// SPDX-License-Identifier: Apache-2.0
#include "cmodel/soc/mailbox.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/unit/soc/bus_master.hpp"
#include "tests/unit/soc/fresh_systemc.hpp"

namespace fp::soc {
namespace {

namespace reg = mailbox::reg;
using test::BusMaster;

class MailboxTest : public testing::Test {
 protected:
  MailboxTest() : prepared_((test::fresh_systemc(), true)), box_("box"), core_("core") {
    core_.socket.bind(box_.socket);
    test::elaborate();
  }
  static uint32_t data(uint32_t base, unsigned channel, unsigned word) {
    return base + 4 * (channel * mailbox::kSlotWords + word);
  }
  static std::vector<uint32_t> numbered(size_t words, uint32_t first) {
    std::vector<uint32_t> m(words);
    std::iota(m.begin(), m.end(), first);
    return m;
  }

  bool prepared_;
  Mailbox box_;
  BusMaster core_;
};

TEST_F(MailboxTest, AnInboundMessageStandsUntilItIsPopped) {
  EXPECT_EQ(core_.read(reg::kInStatus), 0u);
  ASSERT_TRUE(box_.post(1, numbered(3, 100)));
  EXPECT_EQ(core_.read(reg::kInStatus), 0u) << "channel 0 is another one";
  EXPECT_EQ(core_.read(reg::kInStatus + 4), 1u);
  EXPECT_FALSE(box_.can_post(1));
  EXPECT_TRUE(box_.can_post(0));
  EXPECT_FALSE(box_.post(1, numbered(3, 200))) << "nothing is overwritten";
  for (unsigned w = 0; w < mailbox::kSlotWords; ++w) {
    EXPECT_EQ(core_.read(data(reg::kInData, 1, w)), w < 3 ? 100 + w : 0u) << "the rest is cleared";
  }
  core_.write(reg::kInPop + 4, 0);
  EXPECT_FALSE(box_.can_post(1)) << "zero pops nothing";
  core_.write(reg::kInPop + 4, 1);
  EXPECT_EQ(core_.read(reg::kInStatus + 4), 0u);
  EXPECT_TRUE(box_.post(1, numbered(1, 5)));
}

TEST_F(MailboxTest, EmptyAndOversizedMessagesAreRefused) {
  EXPECT_FALSE(box_.post(0, {}));
  EXPECT_FALSE(box_.post(0, numbered(mailbox::kSlotWords + 1, 0)));
  EXPECT_EQ(core_.read(reg::kInStatus), 0u);
  EXPECT_TRUE(box_.post(0, numbered(mailbox::kSlotWords, 0)));
}

TEST_F(MailboxTest, AnOutboundMessageIsSealedByThePush) {
  mailbox::MsgHeader header;
  header.id = 129;
  header.length = 2;
  uint32_t first;
  header.pack(&first);
  core_.write(data(reg::kOutData, 1, 0), first);
  core_.write(data(reg::kOutData, 1, 1), 11);
  core_.write(data(reg::kOutData, 1, 2), 22);
  core_.write(data(reg::kOutData, 1, 3), 33);
  EXPECT_FALSE(box_.has_message(1));
  EXPECT_TRUE(box_.take(1).empty());
  core_.write(reg::kOutPush + 4, 1);
  EXPECT_TRUE(box_.has_message(1));
  EXPECT_FALSE(box_.has_message(0));
  EXPECT_EQ(core_.read(reg::kOutStatus + 4), 1u);
  core_.write(data(reg::kOutData, 1, 1), 99);
  EXPECT_EQ(box_.take(1), (std::vector<uint32_t>{first, 11, 22})) << "as long as its header says";
  EXPECT_EQ(core_.read(reg::kOutStatus + 4), 0u);
  EXPECT_FALSE(box_.has_message(1));
}

TEST_F(MailboxTest, AHeaderThatLiesIsCutToTheSlot) {
  core_.write(data(reg::kOutData, 0, 0), 0xffff'0000);
  core_.write(reg::kOutPush, 1);
  EXPECT_EQ(box_.take(0).size(), mailbox::kSlotWords);
}

TEST_F(MailboxTest, InterruptsForEnabledChannelsWithMail) {
  box_.post(1, numbered(1, 0));
  EXPECT_FALSE(box_.irq());
  core_.write(reg::kIrqEnable, 0xfffffffd);
  EXPECT_EQ(core_.read(reg::kIrqEnable), 1u) << "two channels";
  EXPECT_FALSE(box_.irq());
  core_.write(reg::kIrqEnable, 2);
  EXPECT_TRUE(box_.irq());
  core_.write(reg::kInPop + 4, 1);
  EXPECT_FALSE(box_.irq());
}

TEST_F(MailboxTest, OtherAddressesAreErrors) {
  for (const uint32_t offset : {0x24u, 0x7fcu, 0x800u + 256 * 4, 0x1000u + 256 * 4, 0x1ffcu}) {
    core_.read(offset);
    EXPECT_FALSE(core_.ok()) << std::hex << offset;
    core_.write(offset, 1);
    EXPECT_FALSE(core_.ok()) << std::hex << offset;
  }
  for (const uint32_t offset : {reg::kInStatus, reg::kOutStatus, reg::kInData}) {
    core_.write(offset, 1);
    EXPECT_TRUE(core_.ok()) << "read-only registers ignore writes";
    EXPECT_EQ(core_.read(offset), 0u);
  }
}

}  // namespace
}  // namespace fp::soc
