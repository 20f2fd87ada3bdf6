// SPDX-License-Identifier: Apache-2.0
//
// Struct layout: C++ pack()/unpack() against the SystemVerilog compiler's idea of the same struct
// (demo_probe.sv), and pack/unpack against each other.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "Vdemo_probe_rtl.h"
#include "contract/common.hpp"
#include "contract/demo.hpp"
#include "contract/diff.hpp"
#include "contract/verilated.hpp"

namespace {

using fp::contract::first_difference;
using fp::demo::Everything;
using fp::demo::Inner;

// Bits of a Verilator port or of a field's value, least significant first.
using Bits = std::vector<bool>;

Bits port_bits(const uint32_t* words, unsigned count) {
  Bits bits(count);
  for (unsigned i = 0; i < count; ++i) bits[i] = words[i / 32] >> (i % 32) & 1;
  return bits;
}

template <class Port>
Bits of_port(const Port& port, unsigned count) {
  if constexpr (std::is_integral_v<Port>) {
    const uint64_t value = port;
    const uint32_t words[2] = {static_cast<uint32_t>(value), static_cast<uint32_t>(value >> 32)};
    return port_bits(words, count);
  } else {
    return port_bits(port.data(), count);
  }
}

Bits of_value(uint64_t value, unsigned count) {
  Bits bits(count);
  for (unsigned i = 0; i < count; ++i) bits[i] = value >> i & 1;
  return bits;
}

template <class Array>
Bits of_array(const Array& array, unsigned bits_each) {
  Bits bits;
  for (const auto& element : array) {
    const Bits one = of_value(static_cast<uint64_t>(element), bits_each);
    bits.insert(bits.end(), one.begin(), one.end());
  }
  return bits;
}

template <class T>
T random_struct(std::mt19937& random) {
  uint32_t words[T::kWords];
  for (uint32_t& word : words) word = random();
  return T::unpack(words);
}

TEST(DemoLayout, SystemVerilogSeesWhatCppPacked) {
  VerilatedContext context;
  Vdemo_probe_rtl probe(&context);
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    const Everything v = random_struct<Everything>(random);
    fp::contract::to_port(probe.struct_i, v);
    probe.eval();
    EXPECT_EQ(of_port(probe.bytes_o, 128), of_array(v.bytes, 8));
    EXPECT_EQ(of_port(probe.bit0_o, 1), of_value(v.bit0, 1));
    EXPECT_EQ(of_port(probe.skewed_o, 40), of_array(v.skewed, 8));
    EXPECT_EQ(of_port(probe.wide_skewed_o, 100), port_bits(v.wide_skewed.data(), 100));
    EXPECT_EQ(of_port(probe.nibble_o, 4), of_value(v.nibble, 4));
    EXPECT_EQ(of_port(probe.word64_o, 64), of_value(v.word64, 64));
    EXPECT_EQ(of_port(probe.odd64_o, 61), of_value(v.odd64, 61));
    EXPECT_EQ(of_port(probe.one_kind_o, 2), of_value(static_cast<uint64_t>(v.one.kind), 2));
    EXPECT_EQ(of_port(probe.one_odd2_o, 5), of_value(v.one.odd[2], 5));
    EXPECT_EQ(of_port(probe.one_conn_id_o, 20), of_value(v.one.conn.conn_id, 20));
    EXPECT_EQ(of_port(probe.one_conn_gen_o, 4), of_value(v.one.conn.gen, 4));
    EXPECT_EQ(of_port(probe.one_port_o, 4), of_value(static_cast<uint64_t>(v.one.port), 4));
    EXPECT_EQ(first_difference(fp::contract::from_port<Inner>(probe.many2_o), v.many[2]), "");
    EXPECT_EQ(of_port(probe.enums_o, 14), of_array(v.enums, 2));
    EXPECT_EQ(of_port(probe.flags_o, 9), of_array(v.flags, 1));
    EXPECT_EQ(of_port(probe.mode_o, 1), of_value(static_cast<uint64_t>(v.mode), 1));
    EXPECT_EQ(of_port(probe.long_run_o, 300), of_array(v.long_run, 3));
    EXPECT_EQ(of_port(probe.long_run77_o, 3), of_value(v.long_run[77], 3));
    EXPECT_EQ(of_port(probe.halves_o, 64), of_array(v.halves, 16));
    EXPECT_EQ(of_port(probe.key_o, 320), port_bits(v.key.data(), 320));
    EXPECT_EQ(of_port(probe.wide_array1_o, 72), port_bits(v.wide_array[1].data(), 72));
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

TEST(DemoLayout, CppSeesWhatSystemVerilogAssembled) {
  VerilatedContext context;
  Vdemo_probe_rtl probe(&context);
  std::mt19937 random(8);
  for (int round = 0; round < 500; ++round) {
    const Everything base = random_struct<Everything>(random);
    const Everything part = random_struct<Everything>(random);
    fp::contract::to_port(probe.struct_i, base);
    std::copy_n(reinterpret_cast<const uint8_t*>(part.bytes.data()), 16,
                reinterpret_cast<uint8_t*>(probe.bytes_i.data()));
    probe.odd64_i = part.odd64;
    probe.one_conn_id_i = part.one.conn.conn_id;
    for (unsigned i = 0; i < 100; ++i) {
      fp::contract::put_bits(probe.long_run_i.data(), 3 * i, 3, part.long_run[i]);
    }
    fp::contract::to_port(probe.many0_i, part.many[0]);
    probe.eval();
    Everything expected = base;
    expected.bytes = part.bytes;
    expected.odd64 = part.odd64;
    expected.one.conn.conn_id = part.one.conn.conn_id;
    expected.long_run = part.long_run;
    expected.many[0] = part.many[0];
    ASSERT_EQ(first_difference(fp::contract::from_port<Everything>(probe.struct_o), expected), "");
  }
}

template <class T>
class RoundTrip : public ::testing::Test {};
using Types = ::testing::Types<Everything, Inner, fp::demo::Single, fp::demo::BeatPair,
                               fp::demo::AddRoute, fp::common::PktBeat, fp::common::MsgDesc,
                               fp::common::AxilReq, fp::common::AxilRsp>;
TYPED_TEST_SUITE(RoundTrip, Types);

TYPED_TEST(RoundTrip, UnpackOfPackIsTheSameAndPackIsCanonical) {
  std::mt19937 random(9);
  for (int round = 0; round < 1000; ++round) {
    const TypeParam v = random_struct<TypeParam>(random);
    uint32_t words[TypeParam::kWords], again[TypeParam::kWords];
    std::fill(std::begin(words), std::end(words), 0xdeadbeefu);
    std::fill(std::begin(again), std::end(again), 0x12345678u);
    v.pack(words);
    const TypeParam back = TypeParam::unpack(words);
    EXPECT_EQ(first_difference(v, back), "");
    back.pack(again);
    EXPECT_TRUE(std::equal(std::begin(words), std::end(words), again))
        << "pack leaves bits of the buffer as they were";
    if (TypeParam::kBits % 32) {
      EXPECT_EQ(words[TypeParam::kWords - 1] >> TypeParam::kBits % 32, 0u);
    }
  }
}

TEST(DemoLayout, DifferenceNamesTheField) {
  Everything a, b;
  EXPECT_EQ(first_difference(a, b), "");
  b.many[1].conn.gen = 3;
  EXPECT_EQ(first_difference(a, b, "beat"), "beat.many[1].conn.gen: 0 vs 0x3");
  a = b;
  a.enums[6] = fp::demo::Verdict::kDrop;
  EXPECT_EQ(first_difference(a, b), "enums[6]: drop (0x1) vs forward (0)");
}

TEST(DemoLayout, ValuesTooWideAreCut) {
  fp::common::ConnRef ref;
  ref.conn_id = 0xfff00001u;
  uint32_t word = 0;
  ref.pack(&word);
  EXPECT_EQ(word, 1u);
}

}  // namespace
