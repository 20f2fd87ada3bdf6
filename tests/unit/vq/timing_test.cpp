// SPDX-License-Identifier: Apache-2.0
//
// The timing table of docs/uarch/vq.md, and throughput: nothing pauses in these tests, so a dead
// cycle is the block's.
#include "cmodel/vq/vq_model.hpp"
#include "tests/unit/vq/bench.hpp"

namespace fp::vq::test {
namespace {

HostOptions wide() {
  HostOptions o;
  o.rings = 2;
  o.rx_log2 = o.tx_log2 = 17;
  return o;
}

class Timing : public ::testing::Test {
 protected:
  Timing() : b(dut, {.seed = 1, .stall = 0, .read_delay = 1}, wide()) { b.configure(); }

  // Cycles until `what` holds, from now.
  template <class F>
  uint64_t until(F&& what) {
    const uint64_t start = b.ticker.now();
    EXPECT_TRUE(b.run(50'000, what));
    return b.ticker.now() - start;
  }
  void fill(unsigned ring, unsigned bytes) {
    for (unsigned k = 0; k < bytes; ++k) b.w.memory[b.host.phys(b.host.tx_page(ring), k)] = 1;
  }

  VqModel dut;
  Bench b;
};

TEST_F(Timing, TxTailReachesTheCreditQuery) {
  b.host.bell(0, 0, 64);
  until([&] { return *dut.db.valid; });
  // Seen in cycle t; the query is up in t + 8.
  EXPECT_EQ(until([&] { return dut.cq.valid; }), 8u);
}

TEST_F(Timing, TheEventFollowsTheLastDataBeat) {
  const auto& r = b.host.rings[0];
  b.w.desc_rx.items.push_back(b.w.message(r.conn_id, r.gen, std::vector<uint8_t>(64, 1)));
  until([&] { return dut.dma_wr.valid; });
  ASSERT_TRUE(dut.dma_wr.data.last);
  b.run(1);
  EXPECT_EQ(1 + until([&] { return dut.dma_wr.valid; }), 8u);
  EXPECT_EQ(dut.dma_wr.data.nbytes, 8);
}

TEST_F(Timing, ALongMessageIsWrittenOneBeatPerCycle) {
  const auto& r = b.host.rings[0];
  // Off by 60 bytes, so that every beat is shifted and page ends fall inside read beats.
  b.w.desc_rx.items.push_back(b.w.message(r.conn_id, r.gen, std::vector<uint8_t>(60, 1)));
  ASSERT_TRUE(b.settle(5000, 200));
  b.w.desc_rx.items.push_back(b.w.message(r.conn_id, r.gen, std::vector<uint8_t>(65000, 2)));
  until([&] { return dut.dma_wr.valid; });
  unsigned beats = 0, bytes = 0;
  while (bytes < 65000) {
    ASSERT_TRUE(dut.dma_wr.valid) << "after " << beats << " beats";
    bytes += dut.dma_wr.data.nbytes;
    ++beats;
    b.run(1);
  }
  EXPECT_EQ(beats, 1 + (65000 - 4 + 63) / 64);
}

TEST_F(Timing, MessagesFollowEachOtherWithFewDeadCycles) {
  const auto& r = b.host.rings[0];
  constexpr unsigned kCount = 20, kBytes = 2048;
  for (unsigned i = 0; i < kCount; ++i) {
    b.w.desc_rx.items.push_back(b.w.message(r.conn_id, r.gen, std::vector<uint8_t>(kBytes, 1)));
  }
  const uint64_t start = b.ticker.now();
  until([&] { return b.w.frees == kCount; });
  const double per_message = static_cast<double>(b.ticker.now() - start) / kCount;
  RecordProperty("cycles_per_message_beyond_beats", std::to_string(per_message - kBytes / 64));
  EXPECT_LT(per_message, kBytes / 64 + 25);  // 16 of its own, event and mbuf's answer beside
}

TEST_F(Timing, LongSegmentsAreReadAheadAndWrittenOneBeatPerCycle) {
  constexpr unsigned kBytes = 16 * 4096;
  fill(0, kBytes);
  b.host.bell(0, 0, kBytes);
  until([&] { return dut.wr.valid; });
  const uint64_t start = b.ticker.now();
  until([&] { return b.w.tx_bytes[b.host.rings[0].conn_id].size() == kBytes; });
  const double per_segment = static_cast<double>(b.ticker.now() - start) / 16;
  RecordProperty("cycles_per_segment", std::to_string(per_segment));
  EXPECT_LT(per_segment, 64 + 20);
}

}  // namespace
}  // namespace fp::vq::test
