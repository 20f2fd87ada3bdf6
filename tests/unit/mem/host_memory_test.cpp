// SPDX-License-Identifier: Apache-2.0
#include "cmodel/mem/host_memory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace fp::mem {
namespace {

TEST(HostMemory, TransfersMustLieInsideOneRange) {
  HostMemory memory;
  std::vector<std::byte> a(4096), b(4096);
  ASSERT_TRUE(memory.map(0x10000, a));
  ASSERT_TRUE(memory.map(0x11000, b));  // neighbours are not one range
  std::array<std::byte, 16> data;
  data.fill(std::byte{7});
  EXPECT_TRUE(memory.write(0x10ff0, data));
  EXPECT_EQ(a[4095], std::byte{7});
  EXPECT_FALSE(memory.write(0x10ff1, data));
  EXPECT_EQ(a[4080], std::byte{7});
  EXPECT_EQ(b[0], std::byte{0}) << "a refused write must not be done in part";
  EXPECT_FALSE(memory.read(0xfff0, data));
  EXPECT_FALSE(memory.read(0x12000, data));
  EXPECT_FALSE(memory.read(0xfffffffffffffff8, data));
  EXPECT_TRUE(memory.read(0x11000, data));
}

TEST(HostMemory, RangesNeverOverlapAndGoOnlyAsTheyCame) {
  HostMemory memory;
  std::vector<std::byte> a(4096);
  ASSERT_TRUE(memory.map(0x10000, a));
  for (const uint64_t at : {0xf001ull, 0x10000ull, 0x10fffull}) {
    EXPECT_FALSE(memory.map(at, a)) << std::hex << at;
  }
  EXPECT_FALSE(memory.map(0xfffffffffffffff0, a)) << "wraps around";
  EXPECT_FALSE(memory.map(0x20000, {})) << "empty";
  EXPECT_FALSE(memory.unmap(0x10000, 4095));
  EXPECT_FALSE(memory.unmap(0x10001, 4096));
  EXPECT_TRUE(memory.unmap(0x10000, 4096));
  EXPECT_FALSE(memory.unmap(0x10000, 4096));
  std::array<std::byte, 1> data{};
  EXPECT_FALSE(memory.write(0x10000, data)) << "gone after unmap";
}

}  // namespace
}  // namespace fp::mem
