// SPDX-License-Identifier: Apache-2.0
//
// crc32c, toeplitz and csum_add against published vectors.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "cmodel/common/crc32c.hpp"
#include "cmodel/common/csum.hpp"
#include "cmodel/common/toeplitz.hpp"

namespace fp {
namespace {

// RFC 3720, B.4: the CRC is printed there as bytes on the wire, least significant first.
uint32_t wire(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  return a | (uint32_t{b} << 8) | (uint32_t{c} << 16) | (uint32_t{d} << 24);
}

TEST(Crc32c, MatchesRfc3720Appendix) {
  std::array<uint8_t, 32> data;
  data.fill(0);
  EXPECT_EQ(crc32c(data), wire(0xaa, 0x36, 0x91, 0x8a));
  data.fill(0xff);
  EXPECT_EQ(crc32c(data), wire(0x43, 0xab, 0xa8, 0x62));
  std::iota(data.begin(), data.end(), uint8_t{0});
  EXPECT_EQ(crc32c(data), wire(0x4e, 0x79, 0xdd, 0x46));
  std::iota(data.rbegin(), data.rend(), uint8_t{0});
  EXPECT_EQ(crc32c(data), wire(0x5c, 0xdb, 0x3f, 0x11));
  const std::array<uint8_t, 48> read10{
      0x01, 0xc0, 0, 0,    0, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0,
      0,    0,    0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0,    0};
  EXPECT_EQ(crc32c(read10), wire(0x56, 0x3a, 0x96, 0xd9));
}

TEST(Crc32c, MatchesTheCheckValueAndAnyLength) {
  const std::string check = "123456789";  // catalogue of parametrised CRCs: CRC-32/ISCSI
  EXPECT_EQ(crc32c({reinterpret_cast<const uint8_t*>(check.data()), check.size()}), 0xe3069283u);
  EXPECT_EQ(crc32c({}), 0u);
  // Every length, against the bit-serial definition.
  std::vector<uint8_t> data;
  for (int n = 0; n < 70; ++n) {
    uint32_t crc = ~0u;
    for (uint8_t byte : data) {
      crc ^= byte;
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0);
    }
    EXPECT_EQ(crc32c(data), ~crc) << n;
    data.push_back(static_cast<uint8_t>(37 * n + 11));
  }
}

constexpr std::array<uint8_t, 40> kKey{0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                       0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                       0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                       0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

struct V4 {
  std::array<uint8_t, 4> src, dst;
  uint16_t sport, dport;
  uint32_t ip_only, with_ports;
};

// Microsoft, "Verifying the RSS hash calculation", IPv4.
TEST(Toeplitz, MatchesMicrosoftsIpv4Vectors) {
  const V4 vectors[] = {
      {{66, 9, 149, 187}, {161, 142, 100, 80}, 2794, 1766, 0x323e8fc2, 0x51ccc178},
      {{199, 92, 111, 2}, {65, 69, 140, 83}, 14230, 4739, 0xd718262a, 0xc626b0ea},
      {{24, 19, 198, 95}, {12, 22, 207, 184}, 12898, 38024, 0xd2d0a5de, 0x5c2b394a},
      {{38, 27, 205, 30}, {209, 142, 163, 6}, 48228, 2217, 0x82989176, 0xafc7327f},
      {{153, 39, 163, 191}, {202, 188, 127, 2}, 44251, 1303, 0x5d1809c5, 0x10e828a2},
  };
  for (const V4& v : vectors) {
    std::array<uint8_t, 12> tuple{};
    std::memcpy(tuple.data(), v.src.data(), 4);
    std::memcpy(tuple.data() + 4, v.dst.data(), 4);
    EXPECT_EQ(toeplitz(kKey, std::span(tuple).first(8)), v.ip_only);
    tuple[8] = static_cast<uint8_t>(v.sport >> 8);
    tuple[9] = static_cast<uint8_t>(v.sport);
    tuple[10] = static_cast<uint8_t>(v.dport >> 8);
    tuple[11] = static_cast<uint8_t>(v.dport);
    EXPECT_EQ(toeplitz(kKey, tuple), v.with_ports);
  }
}

// The same page, IPv6: 3ffe:2501:200:1fff::7 to 3ffe:2501:200:3::1, ports 2794 and 1766.
TEST(Toeplitz, MatchesMicrosoftsIpv6Vector) {
  const std::array<uint8_t, 36> tuple{
      0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x1f, 0xff, 0, 0, 0, 0, 0, 0, 0,    7,    0x3f, 0xfe,
      0x25, 0x01, 2,    0,    0,    3,    0,    0,    0, 0, 0, 0, 0, 1, 0x0a, 0xea, 0x06, 0xe6};
  EXPECT_EQ(toeplitz(kKey, std::span(tuple).first(32)), 0x2cc18cd5u);
  EXPECT_EQ(toeplitz(kKey, tuple), 0x40207d3du);
}

// RFC 1071, section 3: the sum of 0001 f203 f4f5 f6f7 is ddf2 after folding.
TEST(CsumAdd, MatchesRfc1071Example) {
  const std::array<uint16_t, 4> terms{0x0001, 0xf203, 0xf4f5, 0xf6f7};
  EXPECT_EQ(csum_add(terms), 0xddf2);
  EXPECT_EQ(csum_add(csum_add(0x0001, 0xf203), csum_add(0xf4f5, 0xf6f7)), 0xddf2);
}

TEST(CsumAdd, FoldsEveryCarryAndGivesZeroForZerosOnly) {
  EXPECT_EQ(csum_add(0, 0), 0);
  EXPECT_EQ(csum_add(0xffff, 0), 0xffff);
  EXPECT_EQ(csum_add(0xffff, 1), 1);
  EXPECT_EQ(csum_add(0xffff, 0xffff), 0xffff);
  // The first fold itself carries: 65536 terms of 0xffff add up to 0xffff0000.
  const std::vector<uint16_t> many(65536, 0xffff);
  EXPECT_EQ(csum_add(many), 0xffff);
  const std::vector<uint16_t> three{0xffff, 0xffff, 0x0001};
  EXPECT_EQ(csum_add(three), 1);
}

}  // namespace
}  // namespace fp
