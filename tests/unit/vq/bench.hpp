// SPDX-License-Identifier: Apache-2.0
//
// A VQ block, its world and a host, with the calls firmware would make.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "sim-tb/lockstep/ticker.hpp"
#include "tests/unit/vq/host.hpp"
#include "tests/unit/vq/world.hpp"

namespace fp::vq::test {

class Bench {
 public:
  Bench(VqIf& dut, const WorldOptions& world, const HostOptions& host_options, uint64_t shuffle = 0)
      : dut_(dut), w(world), host(w, host_options) {
    connect_all(dut_, w);
    ticker.add(w);
    ticker.add(dut_);
    ticker.set_skipping(false);
    ticker.set_shuffle(shuffle);
    ticker.reset();
  }

  VqIf& dut_;
  World w;
  Host host;
  sim::Ticker ticker;

  template <class F>
  bool run(uint64_t cycles, F&& stop) {
    for (uint64_t i = 0; i < cycles; ++i) {
      if (stop() || ::testing::Test::HasFatalFailure()) return true;
      ticker.tick();
    }
    return stop();
  }
  void run(uint64_t cycles) {
    run(cycles, [] { return false; });
  }

  void write(uint32_t addr, uint32_t data) {
    w.csr_start(true, addr, data);
    ASSERT_TRUE(run(2000, [&] { return !w.csr_busy; }));
    ASSERT_FALSE(w.csr_error) << std::hex << addr;
  }
  uint32_t read(uint32_t addr) {
    w.csr_start(false, addr, 0);
    EXPECT_TRUE(run(2000, [&] { return !w.csr_busy; }));
    return w.csr_data;
  }
  uint64_t counter(uint32_t addr) { return read(addr) | uint64_t{read(addr + 4)} << 32; }

  // A table command; returns the fault code, kNone when it was done.
  template <class Row>
  Fault table(TableId id, unsigned index, TableOp op, const Row& row) {
    uint32_t words[8] = {};
    row.pack(words);
    if (op == TableOp::kWrite) {
      for (unsigned i = 0; i < Row::kWords; ++i) write(reg::kTblData + 4 * i, words[i]);
    }
    return command(static_cast<unsigned>(id), index, static_cast<unsigned>(op));
  }
  Fault command(unsigned id, unsigned index, unsigned op) {
    write(reg::kTblCmd, index | id << 16 | op << 28);
    uint32_t status = 1;
    for (int i = 0; i < 3000 && (status & 1) != 0; ++i) status = read(reg::kTblStatus);
    EXPECT_EQ(status & 1, 0u) << "the command does not finish";
    return (status & 2) != 0 ? static_cast<Fault>((status >> 8) & 0xff) : Fault::kNone;
  }
  template <class Row>
  Row row(TableId id, unsigned index) {
    EXPECT_EQ(command(static_cast<unsigned>(id), index, static_cast<unsigned>(TableOp::kRead)),
              Fault::kNone);
    uint32_t words[8] = {};
    for (unsigned i = 0; i < Row::kWords; ++i) words[i] = read(reg::kTblData + 4 * i);
    return Row::unpack(words);
  }

  void wait_init() {
    for (int i = 0; i < 2000 && (read(reg::kStatus) & 1) == 0; ++i) {
    }
    ASSERT_EQ(read(reg::kStatus) & 1, 1u);
  }

  // What firmware does at start: windows, queue, rings, enable.
  void configure() {
    wait_init();
    const HostOptions& o = host.o;
    const auto window = [&](uint64_t page, uint64_t pages, bool rd, bool wr) {
      WindowCfg c;
      c.base_page = page;
      c.pages = pages;
      c.target_page = page + o.shift;
      c.fn = o.fn;
      c.read = rd;
      c.write = wr;
      c.valid = true;
      ASSERT_EQ(table(TableId::kWindow, windows_++, TableOp::kWrite, c), Fault::kNone);
    };
    windows_ = 0;
    const uint64_t ev_pages =
        ((uint64_t{1} << o.ev_log2) * kEventBytes + kPageBytes - 1) / kPageBytes;
    window(Host::kEvPage, ev_pages, false, true);
    window(Host::kRxPage, o.rings * host.ring_pages(o.rx_log2), false, true);
    window(Host::kTxPage, o.rings * host.ring_pages(o.tx_log2), true, false);
    ASSERT_EQ(table(TableId::kVq, 0, TableOp::kWrite, host.vq_cfg()), Fault::kNone);
    for (unsigned i = 0; i < o.rings; ++i) {
      ASSERT_EQ(table(TableId::kRing, i, TableOp::kWrite, host.ring_cfg(i)), Fault::kNone);
    }
    write(reg::kCtrl, 1);
  }
  void start() {
    w.on_cycle = [this](uint64_t) { host.step(); };
  }

  // Until nothing happens any more for `quiet` cycles; true when that came in time.
  bool settle(uint64_t cycles, uint64_t quiet = 3000) {
    w.last_activity = ticker.now();
    return run(cycles, [&] { return w.quiet() && ticker.now() > w.last_activity + quiet; });
  }

 private:
  unsigned windows_ = 0;
};

}  // namespace fp::vq::test
