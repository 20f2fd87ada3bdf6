// SPDX-License-Identifier: Apache-2.0
//
// CSR interconnect: model and RTL in lockstep under random accesses and slaves of random slowness,
// against a scoreboard that knows only which slot was addressed.
#include <gtest/gtest.h>

#include <memory>

#include "Vrtl_csr_x.h"
#include "cmodel/soc/csr_model.hpp"
#include "sim-tb/lockstep/lockstep.hpp"
#include "sim-tb/lockstep/random.hpp"
#include "sim-tb/lockstep/ticker.hpp"
#include "sim-tb/rtl_adapters/csr_rtl.hpp"
#include "tests/unit/soc/csr_bench.hpp"

namespace fp::soc {
namespace {

using sim::Lockstep;
using sim::Random;

struct Bench {
  Bench(std::unique_ptr<CsrIf> rtl, uint64_t seed)
      : dut(std::move(rtl), std::make_unique<CsrModel>()), ends(dut, seed) {}

  Lockstep<CsrIf> dut;
  test::CsrBench ends;
};

TEST(CsrInterconnect, RoutesEveryAccessInLockstep) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    Bench bench(std::make_unique<CsrRtl<>>(), seed);
    bench.ends.ticker.run_until(50'000);
    ASSERT_FALSE(bench.dut.diverged()) << bench.dut.difference()->text();
    EXPECT_GT(bench.ends.master.reads, 500u);
    EXPECT_GT(bench.ends.master.writes, 500u);
    bench.ends.check_writes();
  }
}

TEST(CsrInterconnect, PowerUpValuesAndResetsDoNotMatter) {
  for (int seed = 1; seed <= 5; ++seed) {
    sim::RtlOptions options;
    options.random_power_up = true;
    options.seed = seed;
    Bench bench(std::make_unique<CsrRtl<Vrtl_csr_x>>(options), static_cast<uint64_t>(seed));
    Random random(static_cast<uint64_t>(seed));
    for (int reset = 0; reset < 200; ++reset) {
      bench.ends.ticker.run_until(bench.ends.ticker.now() + 1 + random.below(60));
      ASSERT_FALSE(bench.dut.diverged()) << bench.dut.difference()->text();
      bench.ends.ticker.reset(bench.ends.ticker.now());
    }
  }
}

// A register block's front end (rtl/common/axil_slave.sv's twin) that answers at once.
class PromptSlave : public Block {
 public:
  AxilSlave axil;

  void reset() override { axil.reset(); }
  void eval(uint64_t) override { axil.eval(0xabcd0000u | axil.access().addr, false); }
  void commit() override { axil.commit(); }
  bool idle() const override { return false; }
  uint64_t wake_at() const override { return kNever; }
  template <class A, class B, class F>
  static void zip_ports(A&, B&, F&&) {}
};

// The timing table of docs/uarch/csr.md, cycle by cycle.
template <class Csr>
class Timing {
 public:
  Timing() {
    csr_.up_req.value = &req_;
    for (unsigned i = 0; i < CsrIf::kNumSlaves; ++i) {
      connect(static_cast<CsrIf&>(csr_), i, slaves_[i].axil.port);
      ticker_.add(slaves_[i]);
    }
    ticker_.add(static_cast<CsrIf&>(csr_));
    ticker_.set_skipping(false);
    ticker_.reset();
    ticker_.tick();  // the readys rise
  }

  void read() {
    EXPECT_TRUE(up().arready);
    req_.arvalid = req_.rready = true;
    req_.araddr = 2u << 16 | 0x40;
    for (unsigned t = 1; t <= 6; ++t) {
      ticker_.tick();
      req_.arvalid = false;
      const common::AxilReq& down = csr_.down_req[1].value;
      EXPECT_EQ(down.arvalid, t == 2) << t;
      EXPECT_EQ(down.rready, t == 3 || t == 4) << t;
      EXPECT_EQ(slaves_[1].axil.port.rsp.rvalid, t == 4) << t;
      EXPECT_EQ(up().rvalid, t == 5) << t;
      EXPECT_EQ(up().arready, t == 6) << t;
      if (t == 5) {
        EXPECT_EQ(up().rdata, 0xabcd0040u);
      }
    }
  }
  void write() {
    req_ = {};
    req_.awvalid = req_.wvalid = req_.bready = true;
    req_.awaddr = 8u << 16;
    req_.wstrb = 0xf;
    for (unsigned t = 1; t <= 6; ++t) {
      ticker_.tick();
      req_.awvalid = req_.wvalid = false;
      const common::AxilReq& down = csr_.down_req[3].value;
      EXPECT_EQ(down.awvalid, t == 2) << t;
      EXPECT_EQ(down.wvalid, t == 2) << t;
      EXPECT_EQ(down.bready, t == 3 || t == 4) << t;
      EXPECT_EQ(up().bvalid, t == 5) << t;
      EXPECT_EQ(up().awready, t == 6) << t;
    }
  }
  void decode_error() {
    req_ = {};
    req_.arvalid = req_.rready = true;
    req_.araddr = 15u << 16;
    for (unsigned t = 1; t <= 3; ++t) {
      ticker_.tick();
      req_.arvalid = false;
      EXPECT_EQ(up().rvalid, t == 2) << t;
      if (t == 2) {
        EXPECT_EQ(up().rresp, common::AxiResp::kDecerr);
      }
      EXPECT_EQ(up().arready, t == 3) << t;
    }
  }

 private:
  const common::AxilRsp& up() const { return csr_.up_rsp.value; }

  Csr csr_;
  CsrReq req_;
  std::array<PromptSlave, CsrIf::kNumSlaves> slaves_;
  sim::Ticker ticker_;
};

template <class Csr>
class CsrTiming : public testing::Test {};
using Implementations = testing::Types<CsrModel, CsrRtl<>>;
TYPED_TEST_SUITE(CsrTiming, Implementations);

TYPED_TEST(CsrTiming, AccessesTakeTheCyclesOfTheTable) {
  Timing<TypeParam> timing;
  timing.read();
  timing.write();
  timing.decode_error();
  timing.read();
}

}  // namespace
}  // namespace fp::soc
