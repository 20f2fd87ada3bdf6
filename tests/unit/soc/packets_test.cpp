// SPDX-License-Identifier: Apache-2.0
//
// The packet handlers, on the build machine: what the recordings of tests/system/l2 do not reach.
#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <vector>

#include "contract/rmt.hpp"
#include "firmware/embedded/control/packets/answer.hpp"

namespace fw::packets {
namespace {

using Frame = std::vector<uint8_t>;
constexpr uint8_t kTtl = static_cast<uint16_t>(fp::rmt::Reason::kTtl) & 0xff;

Interfaces::Address address(uint16_t vlan, std::vector<uint8_t> bytes, uint8_t prefix) {
  Interfaces::Address a;
  a.family = bytes.size() == 16 ? fp::mailbox::Family::kIpv6 : fp::mailbox::Family::kIpv4;
  a.prefix = prefix;
  a.vlan = vlan;
  a.mac = {2, 0, 0, 0, 0, static_cast<uint8_t>(vlan)};
  a.address = {};
  std::copy(bytes.begin(), bytes.end(), a.address.begin());
  return a;
}

TEST(Checksum, IsTheSameAtEveryAlignmentAndLength) {
  std::mt19937 random(1);
  alignas(4) std::array<uint8_t, 2048> memory;
  for (unsigned round = 0; round < 2000; ++round) {
    for (uint8_t& b : memory) b = static_cast<uint8_t>(round % 3 == 0 ? 0xff : random());
    const size_t at = random() % 8, n = round < 200 ? round % 20 : random() % 2000;
    uint64_t sum = random() % 0x20000;
    const auto seed = static_cast<uint32_t>(sum);
    for (size_t i = 0; i < n; ++i) {
      sum += static_cast<uint64_t>(memory[at + i]) << (i % 2 == 0 ? 8 : 0);
    }
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    ASSERT_EQ(checksum_of(add_words(seed, {&memory[at], n})), static_cast<uint16_t>(~sum))
        << at << " " << n;
  }
}

TEST(Checksum, CopiesAreTheSameAtEveryAlignmentAndLength) {
  alignas(4) std::array<uint8_t, 64> from;
  std::iota(from.begin(), from.end(), uint8_t{1});
  for (unsigned a = 0; a < 4; ++a) {
    for (unsigned b = 0; b < 4; ++b) {
      for (unsigned n = 0; n < 40; ++n) {
        alignas(4) std::array<uint8_t, 64> to{};
        copy(&to[b], &from[a], n);
        for (unsigned i = 0; i < 60; ++i) {
          ASSERT_EQ(to[i], i >= b && i < b + n ? from[a + i - b] : 0) << a << b << n;
        }
      }
    }
  }
}

TEST(ErrorLimit, GivesItsBurstAndThenItsRate) {
  ErrorLimit limit(250'000'000);
  unsigned given = 0;
  for (int i = 0; i < 1000; ++i) given += limit.take(5) ? 1 : 0;
  EXPECT_EQ(given, 50u);
  // A millisecond a token, whatever the moments of asking.
  given = 0;
  for (uint64_t t = 5; t <= 5 + 25'000'000; t += 777) given += limit.take(t) ? 1 : 0;
  given += limit.take(5 + 25'000'000) ? 1 : 0;
  EXPECT_EQ(given, 100u);
  EXPECT_FALSE(limit.take(5 + 25'000'000));
  // A long silence earns the burst, and no more.
  given = 0;
  for (int i = 0; i < 1000; ++i) given += limit.take(UINT64_MAX / 2) ? 1 : 0;
  EXPECT_EQ(given, 50u);
}

TEST(Interfaces, KnowsAddressesByVlanAndNetworksByPrefix) {
  static Interfaces table;
  ASSERT_TRUE(table.add(address(10, {10, 0, 10, 1}, 22)));
  ASSERT_TRUE(table.add(address(10, {192, 0, 2, 1}, 31)));
  ASSERT_TRUE(table.add(address(20, {10, 0, 20, 1}, 25)));
  const auto v4 = [](uint8_t c, uint8_t d) { return std::array<uint8_t, 4>{10, 0, c, d}; };
  EXPECT_TRUE(table.own(10, v4(10, 1)));
  EXPECT_FALSE(table.own(20, v4(10, 1)));
  EXPECT_TRUE(table.own(v4(10, 1)));
  EXPECT_TRUE(table.connected(v4(8, 0)));
  EXPECT_TRUE(table.connected(v4(11, 255)));
  EXPECT_FALSE(table.connected(v4(12, 0)));
  EXPECT_FALSE(table.connected(v4(7, 255)));
  EXPECT_TRUE(table.broadcast(v4(11, 255).data()));
  EXPECT_FALSE(table.broadcast(v4(10, 255).data()));
  EXPECT_TRUE(table.broadcast(v4(20, 127).data()));
  EXPECT_FALSE(table.broadcast(v4(20, 255).data()));
  const std::array<uint8_t, 4> other = {192, 0, 2, 1};
  EXPECT_FALSE(table.broadcast(other.data())) << "RFC 3021";
  EXPECT_EQ(table.source_for(10, v4(11, 9))[2], 10);
  EXPECT_EQ(table.source_for(10, other)[0], 192);
  EXPECT_EQ(table.source_for(20, other)[2], 20) << "the VLAN's first";
  EXPECT_EQ(table.source_for(30, other), nullptr);
  EXPECT_EQ(table.mac(30), nullptr);
}

// A frame of the exception class with an IPv6 header chain before ICMPv6.
TEST(Errors, NeverAboutAnErrorBehindExtensionHeaders) {
  static Interfaces table;
  std::vector<uint8_t> own(16);
  own[0] = 0x20;
  own[15] = 1;
  ASSERT_TRUE(table.add(address(10, own, 64)));
  const auto ask = [](const std::vector<std::vector<uint8_t>>& chain, uint8_t first, uint8_t type) {
    Frame f(18 + 40);
    const Frame head = {2, 0, 0, 0, 0, 10, 2, 0, 0, 0, 0, 99, 0x81, 0, 0, 10, 0x86, 0xdd, 0x60};
    std::copy(head.begin(), head.end(), f.begin());
    f[18 + 6] = first;
    f[18 + 7] = 1;
    f[18 + 8] = 0x20;
    f[18 + 23] = 9;
    f[18 + 24] = 0x30;
    for (const auto& h : chain) f.insert(f.end(), h.begin(), h.end());
    f.insert(f.end(), {type, 0, 0, 0, 0, 0, 0, 0});
    f[18 + 5] = static_cast<uint8_t>(f.size() - 58);
    ErrorLimit limit(250'000'000);
    uint16_t id = 0;
    alignas(4) static std::array<uint8_t, kAnswerBytes> out;
    return answer({table, limit, id}, {f, kTtl, 0}, out).outcome;
  };
  const std::vector<uint8_t> options = {58, 0, 1, 4, 0, 0, 0, 0};
  std::vector<uint8_t> more = options;
  more[0] = 60;
  EXPECT_EQ(ask({}, 58, 128), Outcome::kTimeExceeded);
  EXPECT_EQ(ask({}, 58, 1), Outcome::kNotForUs);
  EXPECT_EQ(ask({options}, 0, 128), Outcome::kTimeExceeded);
  EXPECT_EQ(ask({options}, 0, 3), Outcome::kNotForUs);
  EXPECT_EQ(ask({more, more, options}, 0, 4), Outcome::kNotForUs);
  EXPECT_EQ(ask({more, more, more, more, more, more, more, more, options}, 0, 128),
            Outcome::kNotForUs)
      << "a giant chain";
  more[1] = 255;
  EXPECT_EQ(ask({more}, 60, 128), Outcome::kNotForUs) << "a header that ends behind the packet";
  EXPECT_EQ(ask({}, 17, 0), Outcome::kTimeExceeded);
}

}  // namespace
}  // namespace fw::packets
