// SPDX-License-Identifier: Apache-2.0
//
// Message buffer: the idle contract, different stalls on both sides, and faults that lockstep must
// find and name.
#include <gtest/gtest.h>

#include "sim-tb/lockstep/axil_bench.hpp"
#include "sim-tb/lockstep/fault.hpp"
#include "sim-tb/lockstep/idle_check.hpp"
#include "sim-tb/lockstep/stall_compare.hpp"
#include "tests/lockstep/mbuf/mbuf_pair.hpp"

namespace fp::mbuf::test {
namespace {

void check_idle(sim::IdleCheck<MbufIf>& block) {
  Config cfg;
  cfg.params = kSmall;
  cfg.seed = 4;
  cfg.pause = 70;
  cfg.evil = 5;
  Traffic t(block, cfg);
  t.start();
  for (unsigned burst = 0; burst < 8; ++burst) {
    t.producing = true;
    t.run(400);
    t.producing = false;
    t.run(1500);
  }
  ASSERT_FALSE(block.difference()) << block.difference()->text();
  EXPECT_GT(block.skipped_edges(), 1000u);
  EXPECT_TRUE(t.errors.empty()) << t.errors.front();
}

TEST(Idle, SkippedEdgesChangeNothingInTheModel) {
  sim::IdleCheck<MbufIf> block(make_model(), make_model());
  check_idle(block);
}
TEST(Idle, SkippedEdgesChangeNothingInTheRtl) {
  sim::IdleCheck<MbufIf> block(make_rtl(1), make_rtl(1));
  check_idle(block);
}

// One producer and no frees: cells are given in the order of the segments, whatever the stalls.
// Rule 6 of verification.md; read and free order are the scoreboard's business.
TEST(Stalls, DescriptorsDoNotDependOnThem) {
  sim::Random r(9);
  std::vector<MbufWr> beats;
  for (unsigned i = 0; i < 400; ++i) {
    MbufWr w;
    w.conn = {static_cast<uint32_t>(r.below(3)), 1};
    w.ts = i;
    for (uint64_t n = r.below(5); n > 0; --n) {
      w.nbytes = 64;
      w.last = false;
      beats.push_back(w);
    }
    w.nbytes = static_cast<uint8_t>(1 + r.below(64));
    w.last = true;
    beats.push_back(w);
  }
  sim::StallCompare<MbufIf> compare(make_model(), make_rtl(2), 7);
  std::vector<sim::AxilBench::Access> setup;
  const auto put = [&](uint16_t addr, uint32_t data) {
    setup.push_back({true, addr, data, 300, {}});
  };
  ConnRow row;
  row.valid = true;
  row.gen = 1;
  row.prod0 = 0;
  row.prod1 = 2;
  row.cap = 16;
  row.credit0 = row.credit1 = 1 << 20;
  uint32_t words[ConnRow::kWords];
  row.pack(words);
  for (unsigned k = 0; k < ConnRow::kWords; ++k) {
    put(static_cast<uint16_t>(reg::kTblData + 4 * k), words[k]);
  }
  for (uint32_t id = 0; id < 3; ++id) {
    put(reg::kTblCmd, id | 1u << 28);
    // The command is done long before these writes are.
    for (unsigned k = 0; k < 10; ++k) put(reg::kIrqEnable, 0);
  }
  put(reg::kCtrl, 1);
  compare.add([&](MbufIf& block) {
    auto master = std::make_shared<sim::AxilBench>(3, 20);
    connect(master->port, block.csr);
    for (const auto& a : setup) master->write(a.addr, a.data, a.not_before);
    return master;
  });
  compare.feed<MbufWr>([](MbufIf& b) -> auto& { return b.wr[0]; }, beats);
  compare.collect<common::MsgDesc>(
      "desc[0]", [](MbufIf& b) -> auto& { return b.desc[0]; },
      [](const common::MsgDesc&) { return 0; });
  const auto diff = compare.run(60000);
  EXPECT_FALSE(diff) << diff->port << " " << diff->index << " " << diff->field << " " << diff->found
                     << " " << diff->expected;
}

// Each fault changes one RTL output; lockstep must see it at that port.
struct Case {
  sim::Fault fault;
  const char* port;
  const char* field;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << (c.fault.port.empty() ? c.field : c.fault.port) << "_kind"
       << static_cast<int>(c.fault.kind);
}

class Faults : public ::testing::TestWithParam<Case> {};

TEST_P(Faults, AreFoundAndNamed) {
  auto shim = std::make_unique<sim::FaultShim<MbufIf>>(make_rtl(1), GetParam().fault);
  auto* faulty = shim.get();
  Pair dut(std::move(shim), make_model());
  Config cfg;
  cfg.params = kSmall;
  cfg.seed = 2;
  cfg.evil = 5;
  Traffic t(dut, cfg);
  t.stop = [&] { return dut.diverged(); };
  t.start();
  t.write_csr(reg::kIrqEnable, 1);
  for (unsigned i = 0; i < 20 && !dut.diverged(); ++i) {
    t.run(300);
    t.read_csr(reg::kSegments);
  }
  t.finish();
  const sim::FaultKind kind = GetParam().fault.kind;
  if (kind != sim::FaultKind::kIdle && kind != sim::FaultKind::kWakeAt) {
    EXPECT_TRUE(faulty->struck());  // the shim counts changes of ports only
  }
  ASSERT_TRUE(dut.diverged());
  EXPECT_EQ(dut.difference()->port, GetParam().port) << dut.difference()->text();
  EXPECT_EQ(dut.difference()->field.substr(0, std::string(GetParam().field).size()),
            GetParam().field)
      << dut.difference()->text();
}

using sim::FaultKind;
INSTANTIATE_TEST_SUITE_P(
    All, Faults,
    ::testing::Values(Case{{FaultKind::kFlipBit, "desc[0]", 5, 0, 45}, "desc[0]", "data."},
                      Case{{FaultKind::kFlipBit, "rdata[2]", 9, 0, 300}, "rdata[2]", "data.data"},
                      Case{{FaultKind::kRandomPayload, "cr[0]", 2, 0, 0}, "cr[0]", "data."},
                      Case{{FaultKind::kDrop, "desc[2]", 4, 0, 0}, "desc[2]", "valid"},
                      Case{{FaultKind::kDrop, "cevt[0]", 0, 0, 0}, "cevt[0]", "valid"},
                      Case{{FaultKind::kDuplicate, "desc[1]", 3, 0, 0}, "desc[1]", ""},
                      Case{{FaultKind::kLate, "rdata[1]", 7, 0, 0}, "rdata[1]", "valid"},
                      Case{{FaultKind::kLate, "cr[1]", 1, 0, 0}, "cr[1]", "valid"},
                      Case{{FaultKind::kSwap, "rdata[0]", 3, 0, 0}, "rdata[0]", ""},
                      Case{{FaultKind::kEarlyReady, "wr[1]", 0, 500, 0}, "wr[1]", "ready"},
                      Case{{FaultKind::kStuckReady, "free[2]", 0, 800, 0}, "free[2]", "ready"},
                      Case{{FaultKind::kStuckReady, "cret[0]", 0, 900, 0}, "cret[0]", "ready"},
                      Case{{FaultKind::kCsrData, "csr", 3, 0, 2}, "csr", "rdata"},
                      Case{{FaultKind::kCounter, "csr", 0, 0, reg::kSegments}, "csr", "rdata"},
                      Case{{FaultKind::kLevel, "irq", 0, 1000, 0}, "irq", "value"},
                      Case{{FaultKind::kIdle, "", 0, 1200, 0}, "block", "idle"},
                      Case{{FaultKind::kWakeAt, "", 0, 400, 0}, "block", "wake_at"}));

}  // namespace
}  // namespace fp::mbuf::test
