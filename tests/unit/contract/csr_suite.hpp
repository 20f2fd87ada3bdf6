// SPDX-License-Identifier: Apache-2.0
//
// CSR tests of any block, from its generated table: reset values, access types, reserved bits,
// aliasing, unmapped offsets, strobes, stalls and random load. Both the model and the RTL of a
// block instantiate it with a device type D:
//
//   struct RmtModelCsr {
//     static constexpr std::span<const fp::contract::CsrRow> kTable = fp::rmt::kCsrTable;
//     static constexpr uint32_t kSize = fp::rmt::kCsrSize;   // bytes
//     fp::AxilReq req;                  // master's side in this cycle
//     const fp::AxilRsp& rsp();         // slave's side in this cycle
//     void step();                      // one clock edge
//     void reset();                     // reset, then one edge so that READY is up
//     // Optional (absent: hardware may change volatile bits, every register may be written):
//     static constexpr bool kQuiet = true;              // no hardware activity: volatile bits rest
//     static bool writable(const fp::contract::CsrRow&);  // false: a write would upset the test
//     void load(bool on);                               // traffic while CSRs are accessed
//   };
//   INSTANTIATE_TYPED_TEST_SUITE_P(RmtModel, CsrSuite, RmtModelCsr);
//
// Include this header inside one translation unit per test program, outside any namespace.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "contract/csr_row.hpp"
#include "tests/unit/contract/csr_driver.hpp"

template <class D>
class CsrSuite : public ::testing::Test {
 protected:
  using Row = fp::contract::CsrRow;
  using Resp = fp::common::AxiResp;

  CsrSuite() {
    dut_.req = {};
    dut_.reset();
  }

  static constexpr bool quiet() {
    if constexpr (requires { D::kQuiet; }) return D::kQuiet;
    return false;
  }
  static bool writable(const Row& row) {
    if constexpr (requires { D::writable(row); }) return D::writable(row);
    return true;
  }
  void load(bool on) {
    if constexpr (requires { dut_.load(on); }) dut_.load(on);
  }

  // Bits whose value a test can know.
  static uint32_t known(const Row& row) { return quiet() ? ~0u : ~row.volatile_mask; }

  // What a read gives when software last wrote `written` over `before` and hardware rests.
  static uint32_t after(const Row& row, uint32_t before, uint32_t written) {
    return (before & row.ro_mask) | (written & row.rw_mask) | (before & ~written & row.w1c_mask);
  }

  void expect(const Row& row, uint32_t value, const char* when) {
    EXPECT_EQ(bus_.value(row.offset) & known(row), value & known(row)) << row.name << ' ' << when;
  }

  static std::vector<uint32_t> unmapped_offsets() {
    std::vector<uint32_t> out;
    for (uint32_t offset = 0; offset < 0x10000; offset += 4) {
      const bool mapped = std::any_of(D::kTable.begin(), D::kTable.end(),
                                      [&](const Row& row) { return row.offset == offset; });
      // All words of the block and its first ones past the end; a sample of the rest.
      if (!mapped && (offset < D::kSize + 64 || offset % 1021 < 4)) out.push_back(offset);
    }
    return out;
  }

  D dut_;
  fp::contract::CsrDriver<D> bus_{dut_};
  std::mt19937 random_{1};
};

TYPED_TEST_SUITE_P(CsrSuite);

TYPED_TEST_P(CsrSuite, ResetValues) {
  for (const auto& row : TypeParam::kTable) this->expect(row, row.reset, "after reset");
  // A write, then reset again: storage must really be reset.
  for (const auto& row : TypeParam::kTable) {
    if (this->writable(row)) this->bus_.put(row.offset, ~row.reset);
  }
  this->dut_.reset();
  for (const auto& row : TypeParam::kTable) this->expect(row, row.reset, "after a second reset");
}

TYPED_TEST_P(CsrSuite, AccessTypesAndReservedBits) {
  for (const auto& row : TypeParam::kTable) {
    if (!this->writable(row)) continue;
    uint32_t value = row.reset;
    for (const uint32_t written : {~0u, 0u, 0xa5a5a5a5u, 0x5a5a5a5au, ~0u}) {
      this->bus_.put(row.offset, written);
      value = this->after(row, value, written);
      this->expect(row, value, "after a write");
      EXPECT_EQ(this->bus_.value(row.offset) & (row.reserved_mask | row.wo_mask), 0u)
          << row.name << ": reserved or write-only bits read back";
    }
  }
}

TYPED_TEST_P(CsrSuite, RegistersDoNotAlias) {
  std::vector<uint32_t> values;
  for (const auto& row : TypeParam::kTable) {
    uint32_t value = row.reset;
    if (this->writable(row)) {
      const uint32_t written = row.offset * 2654435761u ^ 0x0f1e2d3cu;
      this->bus_.put(row.offset, written);
      value = this->after(row, value, written);
    }
    values.push_back(value);
  }
  size_t at = 0;
  for (const auto& row : TypeParam::kTable) {
    this->expect(row, values[at++], "after unique writes to every register");
  }
}

TYPED_TEST_P(CsrSuite, UnmappedOffsetsAnswerSlverr) {
  using Resp = fp::common::AxiResp;
  for (const uint32_t offset : this->unmapped_offsets()) {
    const auto read = this->bus_.read(offset);
    ASSERT_EQ(read.resp, Resp::kSlverr) << "read of unmapped offset " << offset;
    ASSERT_EQ(read.data, 0u) << "read of unmapped offset " << offset;
    ASSERT_EQ(this->bus_.write(offset, ~0u).resp, Resp::kSlverr)
        << "write of unmapped offset " << offset;
  }
  for (const auto& row : TypeParam::kTable) {
    for (uint32_t low = 1; low < 4; ++low) {
      EXPECT_EQ(this->bus_.read(row.offset + low).resp, Resp::kSlverr) << row.name << '+' << low;
      EXPECT_EQ(this->bus_.write(row.offset + low, ~row.reset).resp, Resp::kSlverr)
          << row.name << '+' << low;
    }
    this->expect(row, row.reset, "after unmapped and unaligned writes");
  }
}

TYPED_TEST_P(CsrSuite, PartialStrobesAnswerSlverr) {
  for (const auto& row : TypeParam::kTable) {
    for (unsigned strobes = 0; strobes < 15; ++strobes) {
      EXPECT_EQ(this->bus_.write(row.offset, ~row.reset, static_cast<uint8_t>(strobes)).resp,
                fp::common::AxiResp::kSlverr)
          << row.name << " strobes " << strobes;
    }
    this->expect(row, row.reset, "after writes with partial strobes");
  }
}

TYPED_TEST_P(CsrSuite, StallsOnEveryChannel) {
  for (const auto& row : TypeParam::kTable) {
    uint32_t value = row.reset;
    for (unsigned order = 0; order < 6; ++order) {
      const fp::contract::Stalls stalls{order % 3 * 2, (order + 1) % 3 * 2, order % 4, order,
                                        order};
      if (this->writable(row)) {
        const uint32_t written = row.offset * 40503u + order * 0x01234567u;
        EXPECT_EQ(this->bus_.write(row.offset, written, 0xf, stalls).resp,
                  fp::common::AxiResp::kOkay);
        value = this->after(row, value, written);
      }
      EXPECT_EQ(this->bus_.read(row.offset, stalls).data & this->known(row),
                value & this->known(row))
          << row.name;
    }
  }
}

// Address and data offered together with a read: both answered, in a bounded time.
TYPED_TEST_P(CsrSuite, SimultaneousReadAndWrite) {
  for (const auto& row : TypeParam::kTable) {
    if (!this->writable(row)) continue;
    auto& req = this->dut_.req;
    req = {};
    req.awvalid = req.wvalid = req.arvalid = req.bready = req.rready = true;
    req.awaddr = req.araddr = static_cast<uint16_t>(row.offset);
    req.wdata = row.reset;
    req.wstrb = 0xf;
    unsigned reads = 0, writes = 0;
    for (unsigned cycle = 0; cycle < 16 && (reads == 0 || writes == 0); ++cycle) {
      const fp::AxilRsp rsp = this->dut_.rsp();
      EXPECT_FALSE(rsp.bvalid && rsp.rvalid) << "two accesses at a time";
      reads += rsp.rvalid;
      writes += rsp.bvalid;
      this->dut_.step();
      if (rsp.awready) req.awvalid = false;
      if (rsp.wready) req.wvalid = false;
      if (rsp.arready) req.arvalid = false;
    }
    EXPECT_EQ(reads, 1u) << row.name;
    EXPECT_EQ(writes, 1u) << row.name;
    req = {};
    this->dut_.step();
  }
}

TYPED_TEST_P(CsrSuite, RandomAccessesUnderLoad) {
  std::vector<uint32_t> values;
  for (const auto& row : TypeParam::kTable) values.push_back(row.reset);
  this->load(true);
  for (unsigned round = 0; round < 2000; ++round) {
    const size_t at = this->random_() % TypeParam::kTable.size();
    const auto& row = TypeParam::kTable[at];
    const uint32_t bits = this->random_();
    const fp::contract::Stalls stalls{bits & 3, bits >> 2 & 3, bits >> 4 & 3, bits >> 6 & 3,
                                      bits >> 8 & 3};
    if ((bits >> 10 & 1) && this->writable(row)) {
      const uint32_t written = this->random_();
      EXPECT_EQ(this->bus_.write(row.offset, written, 0xf, stalls).resp,
                fp::common::AxiResp::kOkay);
      values[at] = this->after(row, values[at], written);
    } else {
      EXPECT_EQ(this->bus_.read(row.offset, stalls).data & ~row.volatile_mask,
                values[at] & ~row.volatile_mask)
          << row.name;
    }
    if (::testing::Test::HasFailure()) break;
  }
  this->load(false);
}

REGISTER_TYPED_TEST_SUITE_P(CsrSuite, ResetValues, AccessTypesAndReservedBits, RegistersDoNotAlias,
                            UnmappedOffsetsAnswerSlverr, PartialStrobesAnswerSlverr,
                            StallsOnEveryChannel, SimultaneousReadAndWrite,
                            RandomAccessesUnderLoad);
