// SPDX-License-Identifier: Apache-2.0
//
// The VQ model against an independent host: streams arrive whole and in order, nobody waits for an
// event that never comes.
#include "cmodel/vq/vq_model.hpp"
#include "tests/unit/vq/bench.hpp"

namespace fp::vq::test {
namespace {

struct Case {
  const char* name;
  WorldOptions world;
  HostOptions host;
  unsigned mps_log2 = 8, mrrs_log2 = 9;
};

class Streams : public ::testing::TestWithParam<Case> {};

TEST_P(Streams, ArriveWholeAndNobodyWaitsForever) {
  const Case& c = GetParam();
  VqModel dut;
  Bench b(dut, c.world, c.host);
  b.configure();
  b.write(reg::kDmaCfg, c.mps_log2 | c.mrrs_log2 << 4 | 4 << 8);
  b.w.mps = 1u << c.mps_log2;
  b.start();
  ASSERT_TRUE(b.run(6'000'000, [&] { return b.host.done(); }))
      << "stuck after " << b.host.events << " events";
  ASSERT_FALSE(HasFatalFailure());
  b.host.running = false;
  ASSERT_TRUE(b.settle(100'000));
  uint64_t messages = 0;
  for (unsigned i = 0; i < c.host.rings; ++i) {
    b.host.check_tx(i);
    messages += b.host.rings[i].messages;
    // Every byte of ring credit came back once.
    EXPECT_EQ(b.w.returned[b.host.rings[i].conn_id], b.host.rings[i].rx_head_told);
  }
  EXPECT_EQ(b.w.live_cells(), 0u);
  // Whatever is left unread must be told: no event is missing, none too many.
  b.host.running = true;
  b.host.poll(100000);
  EXPECT_EQ(b.read(reg::kEvTail), b.host.ev_head);
  EXPECT_EQ(b.counter(reg::kRxMsgs), messages);
  EXPECT_EQ(b.counter(reg::kRxBytes), c.host.rx_goal * c.host.rings);
  EXPECT_EQ(b.counter(reg::kTxBytes), c.host.tx_goal * c.host.rings);
  EXPECT_EQ(b.counter(reg::kTxSegs), b.w.from_host.size());
  EXPECT_EQ(b.counter(reg::kEvents), b.host.events);
  EXPECT_EQ(b.counter(reg::kMsix), b.w.interrupts);
  EXPECT_EQ(b.counter(reg::kTlpWr), b.w.write_tlps);
  EXPECT_EQ(b.read(reg::kTxRefused), b.w.refused);
  EXPECT_EQ(b.read(reg::kErrCount), 0u);
  if (c.host.sleeps) {
    EXPECT_GT(b.host.wakes, 3u);
  }
  b.run(10);
  EXPECT_TRUE(dut.idle());
}

HostOptions host(unsigned rings, uint64_t goal, unsigned message) {
  HostOptions o;
  o.rings = rings;
  o.rx_goal = o.tx_goal = goal;
  o.max_message = message;
  return o;
}

Case make(const char* name, uint64_t seed, HostOptions h, void (*change)(Case&) = nullptr) {
  Case c{name, {}, h};
  c.world.seed = seed;
  if (change != nullptr) change(c);
  return c;
}

// Without this, gtest prints the bytes of the struct.
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

INSTANTIATE_TEST_SUITE_P(
    Random, Streams,
    ::testing::Values(
        make("plain", 1, host(8, 20000, 900)),
        make("one_ring", 2, host(1, 60000, 3000), [](Case& c) { c.host.ev_log2 = 5; }),
        make("all_rings", 3, host(64, 9000, 700),
             [](Case& c) {
               c.host.ev_log2 = 8;
               c.host.act = 60;
             }),
        make("large_rings", 4, host(4, 90000, 9000),
             [](Case& c) {
               c.host.rx_log2 = 14;
               c.host.tx_log2 = 13;
             }),
        make("small_messages", 5, host(8, 3000, 9)),
        make("no_stalls", 6, host(8, 40000, 2000), [](Case& c) { c.world.stall = 0; }),
        make("mostly_stalled", 7, host(8, 9000, 900), [](Case& c) { c.world.stall = 85; }),
        make("refusals", 8, host(8, 20000, 900), [](Case& c) { c.world.refuse = 30; }),
        make("starved", 9, host(8, 20000, 900),
             [](Case& c) {
               c.world.no_credit = 50;
               c.world.credit = 700;
             }),
        make("starved_and_refused", 10, host(8, 20000, 900),
             [](Case& c) {
               c.world.no_credit = 30;
               c.world.refuse = 30;
               c.world.credit = 2000;
             }),
        make("eager", 11, host(8, 20000, 300),
             [](Case& c) {
               c.host.eager_every = 2;
               c.host.act = 50;
             }),
        make("full_event_ring", 12, host(8, 20000, 100),
             [](Case& c) {
               c.host.ev_log2 = 5;
               c.host.lazy_events = true;
               c.host.eager_every = 1;
             }),
        make("mps128", 13, host(8, 20000, 900),
             [](Case& c) {
               c.mps_log2 = 7;
               c.mrrs_log2 = 7;
             }),
        make("mps512_shifted", 14, host(8, 20000, 900),
             [](Case& c) {
               c.mps_log2 = 9;
               c.host.shift = 0x12345;
             }),
        make("slow_reads", 15, host(8, 20000, 900), [](Case& c) { c.world.read_delay = 2000; })),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace fp::vq::test
