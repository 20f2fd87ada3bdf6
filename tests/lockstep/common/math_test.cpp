// SPDX-License-Identifier: Apache-2.0
//
// crc32c, toeplitz and csum_add: RTL against the C++ functions on random words, both against
// published vectors (tests/unit/common has more of them for the functions alone).
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <span>

#include "Vmath_bench_rtl.h"
#include "cmodel/common/crc32c.hpp"
#include "cmodel/common/csum.hpp"
#include "cmodel/common/toeplitz.hpp"
#include "sim-tb/lockstep/random.hpp"
#include "sim-tb/rtl_adapters/rtl_block.hpp"

namespace fp {
namespace {

struct Math {
  VerilatedContext context;
  Vmath_bench_rtl top{&context};
  std::array<uint8_t, 64> data{};
  std::array<uint8_t, 40> key{};

  Math() { sim::select_mutant(top); }
  ~Math() { top.final(); }
  void step(bool reset = false) {
    std::memcpy(top.data_i.data(), data.data(), data.size());
    std::memcpy(top.key_i.data(), key.data(), key.size());
    top.rst_ni = !reset;
    top.clk_i = 0;
    top.eval();
    top.clk_i = 1;
    top.eval();
  }
  uint32_t crc(unsigned i) const { return top.crc_o[i]; }
  uint32_t hash(unsigned i) const { return static_cast<uint32_t>(top.hash_o >> (32 * i)); }
  uint16_t sum(unsigned i) const { return static_cast<uint16_t>(top.sum_o >> (16 * i)); }
};

TEST(Math, RtlAgreesWithTheFunctionsOnRandomWords) {
  Math m;
  sim::Random random(1);
  constexpr size_t kCrcBytes[5] = {1, 8, 13, 40, 64};
  constexpr size_t kHashBytes[2] = {12, 36};
  constexpr size_t kTerms[3] = {2, 5, 32};
  for (int i = 0; i < 20000; ++i) {
    const unsigned dense = static_cast<unsigned>(random.below(4));
    for (auto& b : m.data) {
      b = dense == 0 ? 0xff : dense == 1 ? 0 : static_cast<uint8_t>(random.next() >> 30);
    }
    // Sparse words show a single wrong column.
    if (dense < 2) m.data[random.below(64)] ^= static_cast<uint8_t>(1u << random.below(8));
    for (auto& b : m.key) b = static_cast<uint8_t>(random.next() >> 30);
    m.step();
    std::array<uint16_t, 32> terms;
    std::memcpy(terms.data(), m.data.data(), 64);
    for (unsigned k = 0; k < 5; ++k) {
      ASSERT_EQ(m.crc(k), crc32c(std::span(m.data).first(kCrcBytes[k]))) << k;
    }
    for (unsigned k = 0; k < 2; ++k) {
      ASSERT_EQ(m.hash(k), toeplitz(m.key, std::span(m.data).first(kHashBytes[k]))) << k;
    }
    for (unsigned k = 0; k < 3; ++k) {
      ASSERT_EQ(m.sum(k), csum_add(std::span(terms).first(kTerms[k]))) << k;
    }
  }
  m.step(true);
  for (unsigned k = 0; k < 5; ++k) EXPECT_EQ(m.crc(k), 0u);
}

// The CRC is affine, so these 321 words decide all 2^320.
TEST(Math, Crc40BytesIsRightOnABasis) {
  Math m;
  for (int bit = -1; bit < 320; ++bit) {
    m.data.fill(0);
    if (bit >= 0) m.data[bit / 8] = static_cast<uint8_t>(1u << (bit % 8));
    m.step();
    uint32_t crc = ~0u;  // bit by bit, as RFC 3720 describes it
    for (int i = 0; i < 320; ++i) {
      const bool in = (m.data[i / 8] >> (i % 8)) & 1;
      crc = (crc >> 1) ^ (((crc & 1) != 0) != in ? 0x82f63b78u : 0);
    }
    ASSERT_EQ(m.crc(3), ~crc) << bit;
  }
}

// Microsoft, "Verifying the RSS hash calculation": IPv4 with ports, first vector.
TEST(Math, ToeplitzMatchesMicrosoftsVector) {
  Math m;
  m.key = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
           0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
           0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};
  // 66.9.149.187:2794 -> 161.142.100.80:1766
  const uint8_t tuple[12] = {66, 9, 149, 187, 161, 142, 100, 80, 0x0a, 0xea, 0x06, 0xe6};
  std::memcpy(m.data.data(), tuple, 12);
  m.step();
  EXPECT_EQ(m.hash(0), 0x51ccc178u);
  EXPECT_EQ(m.hash(1), 0x51ccc178u);  // padded with zeros to 36 bytes
}

}  // namespace
}  // namespace fp
