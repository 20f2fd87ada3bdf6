// SPDX-License-Identifier: Apache-2.0
//
// Generated registers: the CSR suite on twin and RTL, the documented rules one by one, and both in
// lockstep under random traffic, random hardware and random resets.
#include <gtest/gtest.h>

#include <random>

#include "contract/diff.hpp"
#include "tests/unit/contract/csr_suite.hpp"
#include "tests/unit/contract/demo_dut.hpp"

using fp::demo::ModelDut;
using fp::demo::RtlDut;

INSTANTIATE_TYPED_TEST_SUITE_P(DemoModel, CsrSuite, ModelDut);
INSTANTIATE_TYPED_TEST_SUITE_P(DemoRtl, CsrSuite, RtlDut);

namespace {

namespace reg = fp::demo::reg;
using fp::common::AxiResp;
using fp::demo::Verdict;

template <class Dut>
class RegisterRules : public ::testing::Test {
 protected:
  RegisterRules() { dut_.reset(); }
  Dut dut_;
  fp::contract::CsrDriver<Dut> bus_{dut_};

  // Puts a write of full strobes on the bus; afterwards cycle t (acceptance) is over.
  void accept_write(uint32_t offset, uint32_t data) {
    ASSERT_TRUE(dut_.rsp().awready && dut_.rsp().wready);
    dut_.req.awvalid = dut_.req.wvalid = true;
    dut_.req.awaddr = static_cast<uint16_t>(offset);
    dut_.req.wdata = data;
    dut_.req.wstrb = 0xf;
    dut_.req.bready = true;
    dut_.step();
    dut_.req.awvalid = dut_.req.wvalid = false;
  }
};

using Duts = ::testing::Types<ModelDut, RtlDut>;
TYPED_TEST_SUITE(RegisterRules, Duts);

// docs/contract.md: accepted in t, value and BVALID in t+2, READY again in t+3.
TYPED_TEST(RegisterRules, WriteTiming) {
  this->accept_write(reg::kCtrl, reg::Ctrl{}.set_mode(Verdict::kDrop).set_start(true).raw);
  EXPECT_FALSE(this->dut_.rsp().awready);  // t+1
  EXPECT_FALSE(this->dut_.rsp().bvalid);
  EXPECT_EQ(this->dut_.reg2hw().ctrl_mode_q, Verdict::kSlow);
  EXPECT_FALSE(this->dut_.reg2hw().ctrl_start_qe);
  this->dut_.step();
  EXPECT_TRUE(this->dut_.rsp().bvalid);  // t+2
  EXPECT_EQ(this->dut_.reg2hw().ctrl_mode_q, Verdict::kDrop);
  EXPECT_TRUE(this->dut_.reg2hw().ctrl_start_q);
  EXPECT_TRUE(this->dut_.reg2hw().ctrl_start_qe);
  this->dut_.step();
  EXPECT_FALSE(this->dut_.rsp().bvalid);  // t+3
  EXPECT_TRUE(this->dut_.rsp().awready && this->dut_.rsp().wready);
  EXPECT_FALSE(this->dut_.reg2hw().ctrl_start_qe);
  EXPECT_TRUE(this->dut_.reg2hw().ctrl_start_q);
}

TYPED_TEST(RegisterRules, ReadTiming) {
  EXPECT_EQ(this->bus_.read(reg::kCtrl).latency, 2u);
  EXPECT_EQ(this->bus_.write(reg::kCtrl, 0).latency, 2u);
}

TYPED_TEST(RegisterRules, SoftwareWriteBeatsHardware) {
  this->dut_.hw.fault_last_de = true;
  this->dut_.hw.fault_last_d = 0x11111;
  this->accept_write(reg::kFault, 0x22222000u);
  EXPECT_EQ(this->dut_.reg2hw().fault_last_q, 0x11111u);
  this->dut_.step();
  EXPECT_EQ(this->dut_.reg2hw().fault_last_q, 0x22222u);
  this->dut_.step();
  EXPECT_EQ(this->dut_.reg2hw().fault_last_q, 0x11111u);
}

TYPED_TEST(RegisterRules, SettingBeatsClearing) {
  this->bus_.put(reg::kFault, 0xf0);
  EXPECT_EQ(this->dut_.reg2hw().fault_seen_q, 0u);
  this->dut_.hw.fault_seen_de = true;
  this->dut_.hw.fault_seen_d = 0x3;
  this->dut_.step();
  this->dut_.hw.fault_seen_d = 0x1;
  this->accept_write(reg::kFault, 0xf0);
  this->dut_.step();
  EXPECT_EQ(this->dut_.reg2hw().fault_seen_q, 0x1u) << "bit 1 cleared, bit 0 set in the same cycle";
}

TYPED_TEST(RegisterRules, LiveAndStoredStatus) {
  this->dut_.hw.status_busy_d = true;
  this->dut_.hw.status_level_d = 0x77;
  const uint32_t busy = this->bus_.value(reg::kStatus);
  EXPECT_TRUE(reg::Status{busy}.busy());
  EXPECT_EQ(reg::Status{busy}.level(), 0x5a) << "without de nothing loads";
  EXPECT_EQ(reg::Status{busy}.version(), 3);
  this->dut_.hw = {};
  this->dut_.hw.status_level_de = true;
  this->dut_.hw.status_level_d = 0x78;
  this->dut_.step();
  this->dut_.hw = {};
  EXPECT_EQ(reg::Status{this->bus_.value(reg::kStatus)}.level(), 0x78);
  EXPECT_FALSE(reg::Status{this->bus_.value(reg::kStatus)}.busy());
}

TYPED_TEST(RegisterRules, CountersCountAndSaturate) {
  this->dut_.hw.pkt_in_inc = true;
  this->dut_.hw.port_bytes_inc[2] = 100;
  this->dut_.hw.drop_inc = 0x80000000u;
  this->dut_.hw.port_err_inc[1] = 0x3fffffffu;
  for (int i = 0; i < 5; ++i) this->dut_.step();
  this->dut_.hw = {};
  EXPECT_EQ(this->bus_.value(reg::kPktIn), 5u);
  EXPECT_EQ(this->bus_.value(reg::kPktIn + 4), 0u);
  EXPECT_EQ(this->bus_.value(reg::PortBytes::offset_of(2)), 500u);
  EXPECT_EQ(this->bus_.value(reg::PortBytes::offset_of(1)), 0u);
  EXPECT_EQ(this->bus_.value(reg::kDrop), 0xffffffffu);
  EXPECT_EQ(this->bus_.value(reg::PortErr::offset_of(1)), 0xffffffffu);
  EXPECT_EQ(this->bus_.value(reg::PortErr::offset_of(2)), 0u);
}

TYPED_TEST(RegisterRules, CounterCarriesIntoItsHighWord) {
  this->dut_.hw.port_bytes_inc[0] = 127;
  for (int i = 0; i < 3; ++i) this->dut_.step();
  this->dut_.hw = {};
  this->bus_.put(reg::kPktIn, 77);  // a counter ignores writes
  EXPECT_EQ(this->bus_.value(reg::kPktIn), 0u);
  EXPECT_EQ(this->bus_.value(reg::PortBytes::offset_of(0)), 381u);
}

TYPED_TEST(RegisterRules, ArrayElementsPulseAlone) {
  this->accept_write(reg::Ring::offset_of(4), 0x80000123u);
  this->dut_.step();
  for (unsigned i = 0; i < fp::demo::kNumPorts; ++i) {
    EXPECT_EQ(this->dut_.reg2hw().ring_go_qe[i], i == 4) << i;
    EXPECT_EQ(this->dut_.reg2hw().ring_qe[i], i == 4) << i;
    EXPECT_EQ(this->dut_.reg2hw().ring_head_q[i], i == 4 ? 0x123 : 7) << i;
    EXPECT_EQ(this->dut_.reg2hw().ring_id_q[i], 9) << i;
  }
}

template <class T, class Random>
T random_struct(Random& random) {
  uint32_t words[T::kWords];
  for (uint32_t& word : words) word = random();
  return T::unpack(words);
}

class RegisterLockstep : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Seeds, RegisterLockstep, ::testing::Range(1, 6));

TEST_P(RegisterLockstep, RandomTrafficHardwareAndResets) {
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  ModelDut model;
  RtlDut rtl(GetParam());
  fp::AxilReq req;
  unsigned writes = 0, reads = 0, errors = 0;
  for (unsigned cycle = 0; cycle < 100'000; ++cycle) {
    const std::string difference = fp::contract::first_difference(model.rsp(), rtl.rsp(), "axil_o");
    ASSERT_EQ(difference, "") << "model vs RTL in cycle " << cycle;
    ASSERT_EQ(fp::contract::first_difference(model.reg2hw(), rtl.reg2hw(), "reg2hw"), "")
        << "model vs RTL in cycle " << cycle;
    const fp::AxilRsp& rsp = rtl.rsp();
    if (random() % 2000 == 0) {
      model.hold_reset();
      rtl.hold_reset();
      req = {};
      continue;
    }
    // A master that keeps valid and payload until ready, with phases of stalls and of full speed.
    const unsigned hold = cycle / 5000 % 3 == 0 ? 1 : 3;
    auto offset = [&] {
      const auto table = ModelDut::kTable;
      return static_cast<uint16_t>(random() % 8 == 0 ? random()
                                                     : table[random() % table.size()].offset);
    };
    if (!req.awvalid && random() % hold == 0) {
      req.awvalid = true;
      req.awaddr = offset();
    }
    if (!req.wvalid && random() % hold == 0) {
      req.wvalid = true;
      req.wdata = random();
      req.wstrb = random() % 16 == 0 ? random() & 15 : 15;
    }
    if (!req.arvalid && random() % hold == 0) {
      req.arvalid = true;
      req.araddr = offset();
    }
    req.bready = random() % hold == 0;
    req.rready = random() % hold == 0;
    model.req = rtl.req = req;
    if (cycle / 3000 % 2 == 0 || random() % 4 == 0) {
      model.hw = random_struct<fp::demo::Hw2Reg>(random);
      // Small steps most of the time, so that counters are not always saturated.
      if (random() % 64 != 0) {
        model.hw.drop_inc &= 0xff;
        for (auto& inc : model.hw.port_err_inc) inc &= 3;
      }
    } else {
      model.hw = {};
    }
    rtl.hw = model.hw;
    writes += rsp.bvalid && req.bready;
    reads += rsp.rvalid && req.rready;
    errors += rsp.rvalid && req.rready && rsp.rresp == AxiResp::kSlverr;
    if (rsp.awready) req.awvalid = false;
    if (rsp.wready) req.wvalid = false;
    if (rsp.arready) req.arvalid = false;
    // The wire values of this cycle stand in model.req/rtl.req; `req` is already the next cycle's.
    model.step();
    rtl.step();
  }
  EXPECT_GT(writes, 8000u);
  EXPECT_GT(reads, 8000u);
  EXPECT_GT(errors, 500u);
}

// The idle contract: while idle, an edge without input changes nothing.
TEST(RegisterTwin, IdleEdgesChangeNothing) {
  ModelDut dut;
  dut.reset();
  fp::contract::CsrDriver<ModelDut> bus(dut);
  bus.put(reg::kKick, 5);
  for (int i = 0; i < 4; ++i) {
    if (dut.regs.idle()) {
      const auto rsp = dut.rsp();
      const auto out = dut.reg2hw();
      dut.step();
      EXPECT_EQ(fp::contract::first_difference(rsp, dut.rsp()), "");
      EXPECT_EQ(fp::contract::first_difference(out, dut.reg2hw()), "");
    } else {
      dut.step();
    }
  }
  EXPECT_TRUE(dut.regs.idle());
}

}  // namespace
