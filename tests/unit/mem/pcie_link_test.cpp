// SPDX-License-Identifier: Apache-2.0
//
// The PCIe rate model against arithmetic done by hand: order, latency, bandwidth, credit, faults.
#include "cmodel/mem/pcie_link.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "sim-tb/lockstep/random.hpp"
#include "sim-tb/lockstep/ticker.hpp"

namespace fp::mem {
namespace {

constexpr uint64_t kBase = 0x100000;

// A device that offers lists of requests and records what comes back.
class Device final : public Block {
 public:
  Tx<vq::PcieWr> wr;
  Tx<vq::PcieRd> rd;
  Rx<vq::PcieCpl> cpl;
  Rx<vq::PcieMmio> db;
  Tx<vq::Msix> msix;

  struct Got {
    uint64_t at;
    vq::PcieCpl beat;
  };
  std::vector<vq::PcieWr> writes;
  std::vector<vq::PcieRd> reads;
  unsigned interrupts = 0;
  std::vector<Got> got;
  std::vector<std::pair<uint64_t, vq::PcieMmio>> bells;
  std::vector<uint64_t> read_at, write_at;
  unsigned stall = 0;  // percent, of cpl and db

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("cpl", a.cpl, b.cpl);
    f("db", a.db, b.db);
  }
  void reset() override {
    wr.valid = rd.valid = msix.valid = false;
    cpl.ready = db.ready = false;
  }
  void eval(uint64_t now) override {
    if (wr.fires()) {
      ++w_;
      write_at.push_back(now);
    }
    if (rd.fires()) {
      ++r_;
      read_at.push_back(now);
    }
    if (msix.fires()) --interrupts;
    if (cpl.fires()) got.push_back({now, *cpl.data});
    if (db.fires()) bells.push_back({now, *db.data});
  }
  void commit() override {
    wr.valid = w_ < writes.size();
    if (wr.valid) wr.data = writes[w_];
    // A read or interrupt goes out after all writes, so that order shows.
    rd.valid = !wr.valid && r_ < reads.size();
    if (rd.valid) rd.data = reads[r_];
    msix.valid = !wr.valid && !rd.valid && interrupts > 0;
    cpl.ready = !random_.chance(stall);
    db.ready = !random_.chance(stall);
  }
  bool idle() const override {
    return w_ == writes.size() && r_ == reads.size() && interrupts == 0;
  }
  uint64_t wake_at() const override { return kNever; }

 private:
  size_t w_ = 0, r_ = 0;
  sim::Random random_{9};
};

class PcieLinkTest : public ::testing::Test {
 protected:
  explicit PcieLinkTest(const PcieConfig& config = {}) : ram(1 << 20), link(config, memory) {
    EXPECT_TRUE(memory.map(kBase, ram));
    connect(dev.wr, link.dma_wr);
    connect(dev.rd, link.dma_rd);
    connect(link.dma_rd_data, dev.cpl);
    connect(link.db, dev.db);
    connect(dev.msix, link.msix);
    link.on_msix = [this](uint16_t) {
      ++interrupts;
      seen_at_interrupt = ram[0];
    };
    ticker.add(dev);
    ticker.add(link);
    ticker.set_skipping(false);
    ticker.reset();
  }
  void write(uint64_t offset, unsigned bytes, uint8_t value) {
    for (unsigned done = 0; done < bytes;) {
      vq::PcieWr w;
      w.addr = kBase + offset + done;
      w.nbytes = static_cast<uint8_t>(std::min<uint64_t>(bytes - done, 64 - (w.addr & 63)));
      w.data.fill(value);
      done += w.nbytes;
      w.last = done == bytes;
      dev.writes.push_back(w);
    }
  }
  void read(uint64_t addr, unsigned bytes, uint8_t tag) {
    vq::PcieRd r;
    r.addr = addr;
    r.len = static_cast<uint16_t>(bytes);
    r.tag = tag;
    dev.reads.push_back(r);
  }
  void run(uint64_t cycles) { ticker.run_until(ticker.now() + cycles); }

  HostMemory memory;
  std::vector<std::byte> ram;
  PcieLink link;
  Device dev;
  sim::Ticker ticker;
  unsigned interrupts = 0;
  std::byte seen_at_interrupt{0};
};

TEST_F(PcieLinkTest, AReadAndAnInterruptNeverPassAWrite) {
  write(0, 256, 0x5a);
  read(kBase, 64, 3);
  dev.interrupts = 1;
  run(1000);
  ASSERT_EQ(dev.got.size(), 1u);
  EXPECT_EQ(dev.got[0].beat.data[0], 0x5a);
  EXPECT_EQ(dev.got[0].beat.tag, 3);
  EXPECT_TRUE(dev.got[0].beat.last);
  EXPECT_EQ(interrupts, 1u);
  EXPECT_EQ(seen_at_interrupt, std::byte{0x5a});
}

TEST_F(PcieLinkTest, ASmallReadTakesTheLatencyOfItsParts) {
  run(10);
  read(kBase, 64, 0);
  run(1000);
  ASSERT_EQ(dev.got.size(), 1u);
  // At 4 ns and 31.5 B a cycle: request 24 B: 1 cycle, 100 up, 25 memory, 84 B: 3 cycles, 100 down.
  // Up to a cycle is lost to rounding at each of the four, and one to publish the beat.
  const uint64_t took = dev.got[0].at - dev.read_at[0];
  EXPECT_GE(took, 100u + 25 + 100 + 3);
  EXPECT_LE(took, 100u + 25 + 100 + 3 + 6);
}

TEST_F(PcieLinkTest, ReadsArriveAtTheRateOfTheLinkAndNoFaster) {
  constexpr unsigned kReads = 400;
  for (unsigned i = 0; i < kReads; ++i) {
    read(kBase + 512ull * i, 512, static_cast<uint8_t>(i % 32));
  }
  run(20'000);
  uint64_t bytes = 0;
  for (const auto& g : dev.got) bytes += g.beat.nbytes;
  ASSERT_EQ(bytes, 512u * kReads);
  const double cycles = static_cast<double>(dev.got.back().at - dev.got.front().at);
  // 512 bytes cross as two completions of 256 + 20 bytes on 7.877 GB/s.
  const double expected = kReads * 552.0 / 7.877e9 / 4e-9;
  EXPECT_NEAR(cycles, expected, 0.02 * expected);
}

TEST_F(PcieLinkTest, WritesAreHeldBackWhenTheirCreditIsUsedUp) {
  for (unsigned i = 0; i < 400; ++i) write(256ull * i, 256, 1);
  run(20'000);
  ASSERT_EQ(dev.write_at.size(), 1600u);
  // 64-byte beats could come one per cycle; the link takes 256 + 24 bytes in 8.89 cycles. All but
  // what fits into 16 KiB of credit has left when the last beat moves.
  const double cycles = static_cast<double>(dev.write_at.back() - dev.write_at.front());
  EXPECT_GT(cycles, (400 - 65) * 8.88);
  EXPECT_LT(cycles, 400 * 8.90);
  EXPECT_EQ(link.stats().write_tlps, 400u);
  EXPECT_EQ(link.stats().write_bytes, 102'400u);
}

TEST_F(PcieLinkTest, CompletionsEndOn64ByteBoundariesAndStayTogether) {
  dev.stall = 50;
  sim::Random r(4);
  std::vector<unsigned> lengths;
  for (unsigned i = 0; i < 60; ++i) {
    const uint64_t at = r.below(2000);
    const unsigned n = 1 + static_cast<unsigned>(r.below(512 - at % 512));
    for (unsigned k = 0; k < n; ++k) ram[at + k] = static_cast<std::byte>(at + k);
    read(kBase + at, n, static_cast<uint8_t>(i % 32));
    lengths.push_back(n);
  }
  run(30'000);
  size_t g = 0;
  for (unsigned i = 0; i < 60; ++i) {
    uint64_t at = dev.reads[i].addr;
    for (unsigned done = 0; done < lengths[i]; ++g) {
      ASSERT_LT(g, dev.got.size());
      const vq::PcieCpl& c = dev.got[g].beat;
      ASSERT_EQ(c.tag, i % 32);
      ASSERT_FALSE(c.err);
      ASSERT_LE((at & 63) + c.nbytes, 64u);
      for (unsigned k = 0; k < c.nbytes; ++k) {
        ASSERT_EQ(c.data[k], static_cast<uint8_t>(at - kBase + k));
      }
      at += c.nbytes;
      done += c.nbytes;
      ASSERT_EQ(c.last, done == lengths[i]);
    }
  }
  EXPECT_EQ(g, dev.got.size());
}

TEST_F(PcieLinkTest, RequestsOutsideHostMemoryAreAnsweredOrDroppedAndRecorded) {
  write(ram.size() - 64, 64, 1);
  vq::PcieWr w;
  w.addr = kBase + ram.size();
  w.nbytes = 4;
  w.last = true;
  dev.writes.push_back(w);
  read(kBase - 4, 8, 9);
  run(1000);
  EXPECT_EQ(link.stats().faults, 2u);
  EXPECT_EQ(link.stats().first_fault, kBase + ram.size());
  ASSERT_EQ(dev.got.size(), 1u);
  EXPECT_TRUE(dev.got[0].beat.err);
  EXPECT_TRUE(dev.got[0].beat.last);
  EXPECT_EQ(dev.got[0].beat.tag, 9);
  EXPECT_EQ(dev.got[0].beat.nbytes, 0);
}

TEST_F(PcieLinkTest, DoorbellsArriveInOrderAfterTheLatency) {
  dev.stall = 30;
  const uint64_t start = ticker.now();
  for (uint32_t i = 0; i < 100; ++i) link.post_doorbell(start, 2, 4 * i, i);
  run(2000);
  ASSERT_EQ(dev.bells.size(), 100u);
  for (uint32_t i = 0; i < 100; ++i) {
    EXPECT_EQ(dev.bells[i].second.addr, 4 * i);
    EXPECT_EQ(dev.bells[i].second.data, i);
    EXPECT_EQ(dev.bells[i].second.fn, 2);
  }
  EXPECT_GE(dev.bells[0].first - start, 100u);
}

TEST(PcieLinkSkip, JumpingOverIdleTimeChangesNothing) {
  const auto run = [](bool skip) {
    HostMemory memory;
    std::vector<std::byte> ram(65536);
    EXPECT_TRUE(memory.map(kBase, ram));
    PcieLink link({}, memory);
    Device dev;
    connect(dev.wr, link.dma_wr);
    connect(dev.rd, link.dma_rd);
    connect(link.dma_rd_data, dev.cpl);
    connect(link.db, dev.db);
    connect(dev.msix, link.msix);
    sim::Ticker ticker;
    ticker.add(dev);
    ticker.add(link);
    ticker.set_skipping(skip);
    ticker.reset();
    sim::Random r(5);
    for (int round = 0; round < 50; ++round) {
      vq::PcieRd q;
      q.addr = kBase + r.below(60000);
      q.len = static_cast<uint16_t>(1 + r.below(512 - q.addr % 512));
      q.tag = static_cast<uint8_t>(round % 32);
      dev.reads.push_back(q);
      link.post_doorbell(ticker.now(), 0, 0, static_cast<uint32_t>(round));
      ticker.run_until(ticker.now() + 100 + r.below(900));
    }
    std::vector<uint64_t> times;
    for (const auto& g : dev.got) times.push_back(g.at);
    for (const auto& bell : dev.bells) times.push_back(bell.first);
    return std::pair(times, ticker.edges());
  };
  const auto all = run(false);
  const auto skipped = run(true);
  EXPECT_EQ(all.first, skipped.first);
  EXPECT_LT(skipped.second, all.second / 4);
}

}  // namespace
}  // namespace fp::mem
