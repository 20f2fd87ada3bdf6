// SPDX-License-Identifier: Apache-2.0
//
// Generated message validation, enumerations, constants and the aggregate of reasons.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "contract/demo.hpp"

namespace {

using fp::contract::MsgError;
using fp::demo::AddRoute;

std::array<uint32_t, AddRoute::kWords> packed(const AddRoute& message) {
  std::array<uint32_t, AddRoute::kWords> words;
  message.pack(words.data());
  return words;
}

AddRoute good() {
  AddRoute message;
  message.port = 5;
  message.verdict = fp::demo::Verdict::kSlow;
  message.weights = {0, 100, 50, 1};
  message.cls = {fp::common::MsgCls::kControl, fp::common::MsgCls::kResponse};
  return message;
}

TEST(DemoMessages, AGoodMessagePasses) {
  EXPECT_TRUE(fp::demo::validate_add_route(packed(good())).ok());
  EXPECT_TRUE(fp::demo::validate_message(3, packed(good())).ok());
  const uint32_t cookie = 0xffffffffu;
  EXPECT_TRUE(fp::demo::validate_message(1, {&cookie, 1}).ok());
}

TEST(DemoMessages, LengthMustBeExact) {
  std::vector<uint32_t> words(AddRoute::kWords + 1);
  for (size_t size = 0; size <= words.size(); ++size) {
    const auto check = fp::demo::validate_message(3, {words.data(), size});
    EXPECT_EQ(check.error == MsgError::kLength, size != AddRoute::kWords) << size;
  }
}

TEST(DemoMessages, UnknownIdsAreRefused) {
  for (const uint32_t id : {0u, 2u, 4u, 0x10003u, ~0u}) {
    EXPECT_EQ(fp::demo::validate_message(id, packed(good())).error, MsgError::kUnknownId);
    EXPECT_EQ(fp::demo::message_words(id), 0u);
  }
  EXPECT_EQ(fp::demo::message_words(3), AddRoute::kWords);
}

TEST(DemoMessages, UndefinedEnumValuesAreRefused) {
  AddRoute message = good();
  message.verdict = static_cast<fp::demo::Verdict>(3);
  auto check = fp::demo::validate_add_route(packed(message));
  EXPECT_EQ(check.error, MsgError::kEnum);
  EXPECT_STREQ(check.field, "verdict");
  message = good();
  message.cls[1] = static_cast<fp::common::MsgCls>(3);
  check = fp::demo::validate_add_route(packed(message));
  EXPECT_EQ(check.error, MsgError::kEnum);
  EXPECT_STREQ(check.field, "cls[1]");
}

TEST(DemoMessages, ValuesAboveTheirMaximumAreRefused) {
  AddRoute message = good();
  message.port = 6;
  auto check = fp::demo::validate_add_route(packed(message));
  EXPECT_EQ(check.error, MsgError::kRange);
  EXPECT_STREQ(check.field, "port");
  message = good();
  message.weights[3] = 101;
  check = fp::demo::validate_add_route(packed(message));
  EXPECT_EQ(check.error, MsgError::kRange);
  EXPECT_EQ(std::string_view(check.field).substr(0, 7), "weights");
}

// Every bit that no member owns must be zero: flip each bit of a good message's buffer.
TEST(DemoMessages, ReservedBitsMustBeZero) {
  const auto base = packed(good());
  unsigned reserved = 0;
  for (unsigned bit = 0; bit < AddRoute::kWords * 32; ++bit) {
    auto words = base;
    words[bit / 32] ^= 1u << bit % 32;
    const bool owned = !(AddRoute::unpack(words.data()) == good());
    const auto check = fp::demo::validate_add_route(words);
    EXPECT_EQ(check.error == MsgError::kReserved, !owned) << "bit " << bit;
    reserved += !owned;
  }
  EXPECT_EQ(reserved, AddRoute::kWords * 32 - (3 + 2 + 24 + 32 + 4));
}

TEST(DemoContract, ConstantsAreTheYamls) {
  static_assert(fp::demo::kNumPorts == 6);
  static_assert(fp::demo::kPortBits == 3);
  static_assert(fp::demo::kKey == 0x123456);
  static_assert(fp::demo::kWide == 0x100000001ull);
  static_assert(fp::demo::kTotal == 6 * 4 + 64 / 2);
  static_assert(fp::demo::reg::kRingBaseAddr == 0x7fff0000u + 0x24);
  static_assert(fp::demo::reg::Ring::offset_of(5) == 0x20 + 5 * 8);
  static_assert(fp::demo::reg::Ctrl::kReset == 0xbeef0021u);
  static_assert(static_cast<unsigned>(fp::demo::Reason::kDemoBusy) == 0xc802);
  EXPECT_STREQ(to_string(fp::demo::Reason::kDemoTruncated), "demo.truncated");
  EXPECT_STREQ(to_string(fp::demo::Verdict::kDrop), "drop");
  EXPECT_STREQ(to_string(static_cast<fp::demo::Verdict>(3)), "?");
  EXPECT_FALSE(is_valid(static_cast<fp::demo::Verdict>(3)));
}

TEST(DemoContract, AccessorsTouchTheirFieldOnly) {
  using Ctrl = fp::demo::reg::Ctrl;
  Ctrl ctrl{0xffffffffu};
  ctrl.set_mode(fp::demo::Verdict::kDrop);
  EXPECT_EQ(ctrl.raw, 0xffffffdfu);
  EXPECT_EQ(ctrl.mode(), fp::demo::Verdict::kDrop);
  EXPECT_EQ(Ctrl{}.set_scratch(0x1234).raw, 0x12340000u);
}

}  // namespace
