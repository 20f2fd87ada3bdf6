// SPDX-License-Identifier: Apache-2.0
//
// The message buffer at its default size, 4096 cells and 1024 connections, in lockstep.
#include <gtest/gtest.h>

#include <memory>

#include "Vrtl_mbuf.h"
#include "cmodel/mbuf/mbuf_model.hpp"
#include "sim-tb/lockstep/lockstep.hpp"
#include "sim-tb/rtl_adapters/mbuf_rtl.hpp"
#include "tests/unit/mbuf/traffic.hpp"

namespace fp::mbuf::test {
namespace {

TEST(DefaultSize, ModelAndRtlAgreeWithSixtyFourConnections) {
  sim::Lockstep<MbufIf> dut(std::make_unique<MbufRtl<Vrtl_mbuf>>(), std::make_unique<MbufModel>());
  Config cfg;
  cfg.seed = 6;
  cfg.conns = 64;
  cfg.cap = 64;
  cfg.credit = 1 << 16;
  cfg.max_len = 9000;
  cfg.pause = 5;
  cfg.evil = 3;
  cfg.churn = 2;
  Traffic t(dut, cfg);
  t.stop = [&] { return dut.diverged(); };
  t.start();
  t.run(15000);
  EXPECT_TRUE(t.finish());
  ASSERT_FALSE(dut.diverged()) << dut.difference()->text();
  t.check_end();
  EXPECT_GT(t.segments, 500u);
}

}  // namespace
}  // namespace fp::mbuf::test
