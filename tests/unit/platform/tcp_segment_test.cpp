// SPDX-License-Identifier: Apache-2.0
//
// Segments taken apart and put together; checksums against RFC 1071 summed by hand.
#include "sim-tb/platform/tcp_segment.hpp"

#include <gtest/gtest.h>

namespace fp::platform {
namespace {

using Frame = std::vector<uint8_t>;

LinkHeader link(int tags, bool v6) {
  Frame h = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
  for (int i = 0; i < tags; ++i) {
    h.insert(h.end(), {static_cast<uint8_t>(i == 0 && tags == 2 ? 0x88 : 0x81),
                       static_cast<uint8_t>(i == 0 && tags == 2 ? 0xa8 : 0x00), 0, 5});
  }
  h.insert(h.end(), {static_cast<uint8_t>(v6 ? 0x86 : 0x08), static_cast<uint8_t>(v6 ? 0xdd : 0)});
  return answer_header(h);
}

FlowKey key(bool v6) {
  FlowKey k;
  k.v6 = v6;
  for (uint8_t i = 0; i < (v6 ? 16 : 4); ++i) {
    k.local[i] = static_cast<uint8_t>(10 + i);
    k.remote[i] = static_cast<uint8_t>(200 - i);
  }
  k.local_port = 80;
  k.remote_port = 51000;
  return k;
}

uint32_t sum(const uint8_t* p, size_t n) {
  uint32_t s = 0;
  for (size_t i = 0; i < n; ++i) s += i % 2 == 0 ? static_cast<uint32_t>(p[i] << 8) : p[i];
  return s;
}

uint16_t folded(uint32_t s) {
  while (s >> 16 != 0) s = (s & 0xffff) + (s >> 16);
  return static_cast<uint16_t>(s);
}

Frame build(int tags, bool v6, const Frame& payload, TcpFlags flags) {
  Frame frame;
  build_segment(link(tags, v6), key(v6),
                {.flags = flags,
                 .seq = 0x01020304,
                 .ack = 0xf0000001,
                 .window = 512,
                 .hop_limit = 64,
                 .ip_id = 9},
                payload, frame);
  return frame;
}

TEST(TcpSegment, BuiltFramesReadBackWithSidesExchangedAndRightChecksums) {
  for (const int tags : {0, 1, 2}) {
    for (const bool v6 : {false, true}) {
      for (const size_t size : {0, 1, 2, 5, 64, 1459, 1460}) {
        Frame payload(size);
        for (size_t i = 0; i < size; ++i) payload[i] = static_cast<uint8_t>(i * 7 + 1);
        const TcpFlags flags{
            .fin = size == 1, .syn = false, .rst = size == 2, .psh = true, .ack = true};
        const Frame frame = build(tags, v6, payload, flags);
        ASSERT_GE(frame.size(), 60u);
        const auto s = parse_segment(frame);
        ASSERT_TRUE(s) << tags << v6 << size;
        FlowKey other = key(v6);
        std::swap(other.local, other.remote);
        std::swap(other.local_port, other.remote_port);
        EXPECT_EQ(s->key, other);
        EXPECT_EQ(s->seq, 0x01020304u);
        EXPECT_EQ(s->ack, 0xf0000001u);
        EXPECT_EQ(s->flags.fin, flags.fin);
        EXPECT_EQ(s->flags.rst, flags.rst);
        EXPECT_TRUE(s->flags.psh && s->flags.ack && !s->flags.syn);
        EXPECT_EQ(Frame(s->payload.begin(), s->payload.end()), payload);
        EXPECT_EQ(s->link[5], 1) << "MACs are exchanged";
        EXPECT_EQ(s->link.size(), 14u + 4u * static_cast<size_t>(tags));

        const uint8_t* ip = frame.data() + s->link.size();
        const size_t header = v6 ? 40 : 20;
        const size_t tcp = 20 + size;
        if (!v6) {
          EXPECT_EQ(folded(sum(ip, 20)), 0xffff);
          EXPECT_EQ(ip[2] << 8 | ip[3], static_cast<int>(20 + tcp));
        }
        const uint32_t pseudo =
            sum(ip + (v6 ? 8 : 12), v6 ? 32 : 8) + 6 + static_cast<uint32_t>(tcp);
        EXPECT_EQ(folded(pseudo + sum(ip + header, tcp)), 0xffff) << tags << v6 << size;
      }
    }
  }
}

TEST(TcpSegment, FragmentsOtherProtocolsAndShortFramesAreNothing) {
  const Frame good = build(0, false, {1, 2, 3}, {});
  ASSERT_TRUE(parse_segment(good));
  for (size_t n = 0; n < 14 + 20 + 20 + 3; ++n) {
    EXPECT_FALSE(parse_segment(std::span(good).first(n))) << n;
  }
  const auto with = [&](size_t at, uint8_t value) {
    Frame f = good;
    f[at] = value;
    return parse_segment(f).has_value();
  };
  EXPECT_TRUE(with(14, 0x45));
  EXPECT_FALSE(with(14, 0x44)) << "IHL below 5";
  EXPECT_FALSE(with(14, 0x55)) << "version 5";
  EXPECT_FALSE(with(14 + 6, 0x20)) << "more fragments";
  EXPECT_FALSE(with(14 + 7, 0x01)) << "a later fragment";
  EXPECT_FALSE(with(14 + 9, 17)) << "UDP";
  EXPECT_FALSE(with(14 + 3, 39)) << "no room for TCP";
  EXPECT_FALSE(with(14 + 2, 0xff)) << "longer than the frame";
  EXPECT_FALSE(with(14 + 20 + 12, 0x40)) << "data offset below 5";
  EXPECT_FALSE(with(14 + 20 + 12, 0xf0)) << "data offset beyond the segment";
  EXPECT_FALSE(with(12, 0x12)) << "another EtherType";
}

TEST(TcpSegment, Ipv6ExtensionHeadersAreWalkedAndOnlyAtomicFragmentsPass) {
  const Frame plain = build(0, true, {9, 8, 7}, {});
  const auto with_extension = [&](uint8_t type, Frame extension) {
    extension[0] = 6;
    Frame f = plain;
    f[14 + 6] = type;
    f.insert(f.begin() + 54, extension.begin(), extension.end());
    const size_t length = 20 + 3 + extension.size();
    f[14 + 4] = static_cast<uint8_t>(length >> 8);
    f[14 + 5] = static_cast<uint8_t>(length);
    const auto s = parse_segment(f);
    return s && s->payload.size() == 3 && s->payload[0] == 9;
  };
  EXPECT_TRUE(with_extension(0, Frame(8, 0)));
  Frame sixteen(16, 0);
  sixteen[1] = 1;
  EXPECT_TRUE(with_extension(60, sixteen));
  EXPECT_TRUE(with_extension(44, Frame(8, 0))) << "atomic fragment";
  Frame fragment(8, 0);
  fragment[3] = 1;
  EXPECT_FALSE(with_extension(44, fragment)) << "more fragments";
  Frame endless(8, 0);
  endless[1] = 255;
  EXPECT_FALSE(with_extension(0, endless)) << "longer than the packet";
}

TEST(TcpSegment, AnOffloadedTotalLengthOfZeroMeansTheRest) {
  Frame f = build(0, false, Frame(100, 5), {});
  f[14 + 2] = f[14 + 3] = 0;
  const auto s = parse_segment(f);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->payload.size(), 100u);
}

}  // namespace
}  // namespace fp::platform
