// SPDX-License-Identifier: Apache-2.0
//
// Framing. Expected frames are those of GDB's manual, or summed by hand.
#include "sim-tb/gdb/packet.hpp"

#include <gtest/gtest.h>

namespace fp::gdb {
namespace {

using Kind = PacketReader::Kind;

// The last thing that came of `bytes`.
Kind feed(PacketReader& reader, std::string_view bytes) {
  Kind kind = Kind::kNothing;
  for (const char byte : bytes) kind = reader.push(byte);
  return kind;
}

TEST(Packet, AFrameCarriesTheSumOfItsCharacters) {
  EXPECT_EQ(frame("OK"), "$OK#9a");
  EXPECT_EQ(frame(""), "$#00");
  PacketReader reader;
  EXPECT_EQ(feed(reader, "$OK#9a"), Kind::kPacket);
  EXPECT_EQ(reader.payload(), "OK");
  EXPECT_EQ(feed(reader, "$OK#9A"), Kind::kPacket);
  EXPECT_EQ(feed(reader, "$OK#9b"), Kind::kBad);
  EXPECT_EQ(feed(reader, "$OK#g9"), Kind::kBad);
  EXPECT_EQ(feed(reader, "$OK#9a"), Kind::kPacket);
}

TEST(Packet, EveryByteSurvivesTheTrip) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  const std::string framed = frame(all);
  // Only the frame itself has these characters bare.
  EXPECT_EQ(framed.find('$', 1), std::string::npos);
  EXPECT_EQ(framed.find('#'), framed.size() - 3);
  EXPECT_EQ(framed.find('*'), std::string::npos);
  EXPECT_NE(framed.find("}\x03"), std::string::npos);  // '#' ^ 0x20
  PacketReader reader;
  ASSERT_EQ(feed(reader, framed), Kind::kPacket);
  EXPECT_EQ(reader.payload(), all);
}

TEST(Packet, BetweenPacketsSingleBytesCount) {
  PacketReader reader;
  EXPECT_EQ(reader.push('+'), Kind::kAck);
  EXPECT_EQ(reader.push('-'), Kind::kNak);
  EXPECT_EQ(reader.push('\x03'), Kind::kInterrupt);
  EXPECT_EQ(reader.push('x'), Kind::kNothing);
  // Inside one they are its contents.
  EXPECT_EQ(feed(reader, "$+-\x03#5b"), Kind::kPacket);
  EXPECT_EQ(reader.payload(), "+-\x03");
}

TEST(Packet, ACutPacketIsForgottenWhenTheNextBegins) {
  PacketReader reader;
  EXPECT_EQ(feed(reader, "$m80000000,4$?#3f"), Kind::kPacket);
  EXPECT_EQ(reader.payload(), "?");
  EXPECT_EQ(feed(reader, "$X0,1:}#1d"), Kind::kBad) << "cut inside an escape";
}

TEST(Packet, ATooLongPacketIsBadAndBounded) {
  PacketReader reader;
  const std::string fits(kPacketSize, 'a');
  EXPECT_EQ(feed(reader, frame(fits)), Kind::kPacket);
  EXPECT_EQ(feed(reader, frame(fits + "a")), Kind::kBad);
  EXPECT_EQ(reader.payload().size(), kPacketSize);
}

TEST(Packet, NumbersAreMostSignificantFirstAndWordsTheOtherWay) {
  EXPECT_EQ(number_from_hex("80000010"), 0x80000010u);
  EXPECT_EQ(number_from_hex("0000000000001"), 1u);
  EXPECT_EQ(number_from_hex(""), std::nullopt);
  EXPECT_EQ(number_from_hex("12g"), std::nullopt);
  EXPECT_EQ(number_from_hex("100000000"), std::nullopt);
  EXPECT_EQ(word_to_hex(0x12345678), "78563412");
  EXPECT_EQ(word_from_hex("78563412"), 0x12345678u);
  EXPECT_EQ(word_from_hex("785634"), std::nullopt);
  EXPECT_EQ(from_hex("7"), std::nullopt);
  EXPECT_EQ(from_hex("-1"), std::nullopt);
}

}  // namespace
}  // namespace fp::gdb
