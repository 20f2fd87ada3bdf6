// SPDX-License-Identifier: Apache-2.0
//
// Every fault a host, a peer or PCIe can cause: it stops the ring it concerns, is recorded, and
// touches nothing else. The other rings' streams are checked to the end each time.
#include <initializer_list>

#include "cmodel/vq/vq_model.hpp"
#include "tests/unit/vq/bench.hpp"

namespace fp::vq::test {
namespace {

constexpr unsigned kVictim = 2;

HostOptions small() {
  HostOptions o;
  o.rings = 6;
  o.rx_goal = o.tx_goal = 9000;
  return o;
}

class Faults : public ::testing::Test {
 protected:
  explicit Faults(const WorldOptions& world = {}, const HostOptions& host = small())
      : b(dut, world, host) {
    b.configure();
  }

  struct Record {
    bool valid;
    Fault code;
    uint32_t index, data, count;
  };
  Record record() {
    const uint32_t first = b.read(reg::kErrFirst);
    return {(first >> 31) != 0, static_cast<Fault>(first & 0xff), (first >> 8) & 0xfffff,
            b.read(reg::kErrData), b.read(reg::kErrCount)};
  }
  RingState state(unsigned ring) { return b.row<RingState>(TableId::kRingState, ring); }

  // The rings beside the victim run their streams to the end.
  void others_unharmed() {
    b.start();
    b.host.silent.insert(kVictim);
    ASSERT_TRUE(b.run(3'000'000, [&] { return b.host.done(); }));
    ASSERT_FALSE(HasFatalFailure());
    b.host.running = false;
    ASSERT_TRUE(b.settle(200'000));
    for (unsigned i = 0; i < b.host.o.rings; ++i) {
      if (i != kVictim) b.host.check_tx(i);
    }
  }
  void expect_stopped(Fault code, unsigned ring = kVictim) {
    const Record r = record();
    EXPECT_TRUE(r.valid);
    EXPECT_EQ(r.code, code);
    EXPECT_EQ(r.index, ring);
    EXPECT_TRUE(state(ring).stopped);
    b.host.poll(1000);
    EXPECT_TRUE(b.host.rings[ring].err) << "the host was not told";
  }
  void settle() { ASSERT_TRUE(b.settle(50'000, 500)); }
  common::MsgDesc send(unsigned ring, unsigned bytes) {
    std::vector<uint8_t> data(bytes);
    Host::Ring& r = b.host.rings[ring];
    for (unsigned k = 0; k < bytes; ++k) data[k] = pattern(ring, r.rx_sent + k);
    common::MsgDesc d = b.w.message(r.conn_id, r.gen, std::move(data));
    r.rx_sent += bytes;
    r.rx_credit -= bytes;
    b.w.desc_rx.items.push_back(d);
    return d;
  }
  void fill_tx(unsigned ring, unsigned bytes) {
    Host::Ring& r = b.host.rings[ring];
    for (unsigned k = 0; k < bytes; ++k, ++r.tx_tail) {
      b.w.memory[b.host.phys(b.host.tx_page(ring), r.tx_tail & 4095)] =
          pattern(1000 + ring, r.tx_tail);
    }
    r.tx_told = r.tx_tail;
    b.host.bell(ring, 0, r.tx_tail);
  }

  VqModel dut;
  Bench b;
};

struct BadIndex {
  const char* name;
  unsigned word;
  uint32_t value;
};
void PrintTo(const BadIndex& c, std::ostream* out) { *out << c.name; }

class BadIndices : public Faults, public ::testing::WithParamInterface<BadIndex> {};

TEST_P(BadIndices, StopThatRingAlone) {
  // 500 bytes received and 300 sent, all taken note of: now every direction can be wrong.
  send(kVictim, 500);
  fill_tx(kVictim, 300);
  settle();
  b.host.poll(100);
  b.host.rings[kVictim].rx_head = 500;
  b.host.bell(kVictim, 1, 500);
  b.host.bell(kVictim, 3, 300);
  settle();
  ASSERT_FALSE(state(kVictim).stopped);
  const uint64_t before = b.w.returned[b.host.rings[kVictim].conn_id];
  b.host.bell(kVictim, GetParam().word, GetParam().value);
  settle();
  expect_stopped(Fault::kBadIndex);
  EXPECT_EQ(record().data, GetParam().value);
  EXPECT_EQ(b.read(reg::kFaultBadIndex), 1u);
  EXPECT_EQ(b.w.returned[b.host.rings[kVictim].conn_id], before) << "credit for nonsense";
  // What else comes for it is dropped and its credit given back, so that nobody waits.
  send(kVictim, 100);
  fill_tx(kVictim, 100);
  settle();
  EXPECT_EQ(b.read(reg::kDropRingClosed), 1u);
  EXPECT_EQ(b.w.returned[b.host.rings[kVictim].conn_id], before + 100);
  EXPECT_EQ(b.w.live_cells(), 0u);
  EXPECT_EQ(b.w.tx_bytes[b.host.rings[kVictim].conn_id].size(), 300u);
  others_unharmed();
}

INSTANTIATE_TEST_SUITE_P(Words, BadIndices,
                         ::testing::Values(BadIndex{"tx_tail_beyond_the_ring", 0, 300 + 4097},
                                           BadIndex{"tx_tail_backwards", 0, 299},
                                           BadIndex{"tx_tail_far", 0, 0x80000000},
                                           BadIndex{"rx_head_beyond_tail", 1, 501},
                                           BadIndex{"rx_head_backwards", 1, 499},
                                           BadIndex{"rx_head_far", 1, 0xffffffff},
                                           BadIndex{"tx_seen_beyond_head", 3, 301},
                                           BadIndex{"tx_seen_backwards", 3, 299}),
                         [](const auto& info) { return info.param.name; });

TEST_F(Faults, TheLargestTxTailIsAccepted) {
  fill_tx(kVictim, 4096);
  settle();
  EXPECT_FALSE(record().valid);
  EXPECT_EQ(state(kVictim).tx_head, 4096u);
  EXPECT_EQ(b.w.tx_bytes[b.host.rings[kVictim].conn_id].size(), 4096u);
}

TEST_F(Faults, TxTailMayNotGoBackOverBytesNotFetchedYet) {
  b.w.o.no_credit = 100;  // the ring asks again and again: nothing settles
  fill_tx(kVictim, 300);
  b.run(1000);
  ASSERT_EQ(state(kVictim).tx_tail, 300u);
  ASSERT_EQ(state(kVictim).tx_head, 0u);
  b.host.bell(kVictim, 0, 200);
  b.run(1000);
  expect_stopped(Fault::kBadIndex);
}

TEST_F(Faults, DataAfterTheHostsFinStopsTheRing) {
  fill_tx(kVictim, 100);
  b.host.bell(kVictim, 2, 1);
  settle();
  ASSERT_EQ(b.w.from_host.size(), 1u);
  EXPECT_TRUE(b.w.from_host[0].fin);
  b.host.bell(kVictim, 0, 101);
  settle();
  expect_stopped(Fault::kBadIndex);
}

TEST_F(Faults, FinWithoutDataIsAMarkerAndRstDropsWhatWasNotFetched) {
  b.host.bell(0, 2, 1);
  settle();
  ASSERT_EQ(b.w.from_host.size(), 1u);
  EXPECT_TRUE(b.w.from_host[0].fin);
  EXPECT_EQ(b.w.from_host[0].seg_len, 0);
  EXPECT_EQ(b.w.from_host[0].dir, 1);
  b.host.bell(1, 2, 2);
  settle();
  fill_tx(1, 500);
  settle();
  ASSERT_EQ(b.w.from_host.size(), 2u);
  EXPECT_TRUE(b.w.from_host[1].rst);
  EXPECT_EQ(b.w.tx_bytes[b.host.rings[1].conn_id].size(), 0u);
}

TEST_F(Faults, ForeignDoorbellsAreIgnoredAndRecorded) {
  const HostOptions& o = b.host.o;
  struct Try {
    uint8_t fn;
    uint32_t addr;
  };
  const std::initializer_list<Try> tries = {
      {static_cast<uint8_t>(o.fn + 1), b.host.slot_addr(kVictim, 0)},  // another function
      {o.fn, b.host.slot_addr(o.rings, 0)},                            // a ring it does not own
      {o.fn, b.host.vq_addr(2)},                                       // reserved word
      {o.fn, kDbRegionBytes + b.host.slot_addr(kVictim, 0)},           // another queue
      {o.fn, b.host.slot_addr(kVictim, 0) + 1},                        // unaligned
  };
  uint32_t n = 0;
  for (const Try& t : tries) {
    b.w.doorbell(t.fn, t.addr, 64);
    settle();
    EXPECT_EQ(b.read(reg::kFaultBadDoorbell), ++n) << std::hex << t.addr;
  }
  EXPECT_EQ(record().code, Fault::kBadDoorbell);
  for (unsigned i = 0; i < o.rings; ++i) EXPECT_EQ(state(i).tx_tail, 0u);
  EXPECT_EQ(b.w.from_host.size(), 0u);
  others_unharmed();
}

TEST_F(Faults, MessagesOfForeignConnectionsAreFreedAndTouchNothing) {
  Host::Ring& r = b.host.rings[kVictim];
  const common::MsgDesc stale = b.w.message(r.conn_id, r.gen ^ 1, std::vector<uint8_t>(200, 1));
  const common::MsgDesc unknown = b.w.message(r.conn_id + 1, r.gen, std::vector<uint8_t>(200, 1));
  const common::MsgDesc beyond =
      b.w.message(r.conn_id + kNumConns, r.gen, std::vector<uint8_t>(200, 1));
  for (const auto& d : {stale, unknown, beyond}) b.w.desc_rx.items.push_back(d);
  b.w.on_write = [](const PcieWr&) { FAIL() << "host memory was written"; };
  settle();
  EXPECT_EQ(b.w.live_cells(), 0u);
  EXPECT_EQ(b.read(reg::kDropConnStale), 1u);
  EXPECT_EQ(b.read(reg::kDropConnUnknown), 2u);
  EXPECT_EQ(b.w.returned.size(), 0u);
  EXPECT_EQ(state(kVictim).rx_tail, 0u);
  b.w.on_write = nullptr;
  others_unharmed();
}

TEST_F(Faults, AMessageBeyondTheCreditStopsTheRingAndIsNotWritten) {
  send(kVictim, 4000);
  settle();
  b.w.on_write = [&](const PcieWr& w) {
    EXPECT_NE(w.addr >> 12, b.host.rx_page(kVictim)) << "written over unread data";
  };
  send(kVictim, 97);
  settle();
  expect_stopped(Fault::kRxOverrun);
  EXPECT_EQ(b.w.live_cells(), 0u);
  others_unharmed();
}

TEST_F(Faults, AMessageThatFillsTheRingExactlyIsWritten) {
  send(kVictim, 4000);
  send(kVictim, 96);
  settle();
  EXPECT_FALSE(record().valid);
  EXPECT_EQ(state(kVictim).rx_tail, 4096u);
}

TEST_F(Faults, AnRxRingOutsideItsWindowIsNeverWritten) {
  WindowCfg c = b.row<WindowCfg>(TableId::kWindow, 1);
  c.pages = kVictim;  // rings beyond are outside
  ASSERT_EQ(b.table(TableId::kWindow, 1, TableOp::kWrite, c), Fault::kNone);
  b.w.on_write = [&](const PcieWr& w) { EXPECT_NE(w.addr >> 12, b.host.rx_page(kVictim)); };
  send(kVictim, 300);
  settle();
  expect_stopped(Fault::kWindow);
  EXPECT_EQ(record().data, b.host.rx_page(kVictim));
  EXPECT_EQ(b.w.live_cells(), 0u);
  EXPECT_EQ(state(kVictim).rx_tail, 0u);
  c.pages = b.host.o.rings;
  ASSERT_EQ(b.table(TableId::kWindow, 1, TableOp::kWrite, c), Fault::kNone);
  others_unharmed();
}

TEST_F(Faults, ATxRingOutsideItsWindowIsNeverRead) {
  WindowCfg c = b.row<WindowCfg>(TableId::kWindow, 2);
  c.read = false;
  c.write = true;
  ASSERT_EQ(b.table(TableId::kWindow, 2, TableOp::kWrite, c), Fault::kNone);
  fill_tx(kVictim, 300);
  settle();
  expect_stopped(Fault::kWindow);
  EXPECT_EQ(b.read(reg::kTlpRd), 0u);
  c.read = true;
  ASSERT_EQ(b.table(TableId::kWindow, 2, TableOp::kWrite, c), Fault::kNone);
  others_unharmed();
}

TEST_F(Faults, AnEventRingOutsideItsWindowStopsTheQueueUntilItIsWrittenAgain) {
  WindowCfg c = b.row<WindowCfg>(TableId::kWindow, 0);
  c.fn ^= 1;
  ASSERT_EQ(b.table(TableId::kWindow, 0, TableOp::kWrite, c), Fault::kNone);
  send(kVictim, 300);
  settle();
  const Record r = record();
  EXPECT_EQ(r.code, Fault::kEvWindow);
  EXPECT_EQ(r.data, Host::kEvPage);
  EXPECT_NE(b.read(reg::kStatus) & reg::Status::kVqFaultMask, 0u);
  EXPECT_EQ(b.read(reg::kEvTail), 0u);
  // Data still flows; only events stopped.
  send(kVictim, 300);
  settle();
  EXPECT_EQ(state(kVictim).rx_tail, 600u);
}

TEST_F(Faults, AnImpossibleEvHeadStopsTheQueuesEvents) {
  send(kVictim, 10);
  settle();
  b.w.doorbell(b.host.o.fn, b.host.vq_addr(0), 2);
  settle();
  EXPECT_EQ(record().code, Fault::kBadEvHead);
  EXPECT_EQ(record().data, 2u);
  EXPECT_NE(b.read(reg::kStatus) & reg::Status::kVqFaultMask, 0u);
}

TEST_F(Faults, AFailedReadEndsTheSegmentWithAnErrorAndStopsTheRing) {
  b.w.o.read_error = 1000;
  fill_tx(kVictim, 3000);
  settle();
  expect_stopped(Fault::kCplError);
  ASSERT_EQ(b.w.from_host.size(), 1u);
  EXPECT_TRUE(b.w.from_host[0].err);
  EXPECT_EQ(b.w.from_host[0].err_code, static_cast<uint8_t>(Fault::kCplError));
  // The bytes before the failure are the stream's; nothing is invented after it.
  const auto& got = b.w.tx_bytes[b.host.rings[kVictim].conn_id];
  ASSERT_LT(got.size(), 3000u);
  for (size_t k = 0; k < got.size(); ++k) ASSERT_EQ(got[k], pattern(1000 + kVictim, k));
  EXPECT_EQ(state(kVictim).inflight, 0u);
  b.w.o.read_error = 0;
  b.w.from_host.clear();
  others_unharmed();
}

TEST_F(Faults, CompletionsNobodyWaitsForAreIgnored) {
  PcieCpl c;
  c.nbytes = 64;
  c.last = true;
  for (const uint8_t tag : {uint8_t{0}, uint8_t{31}, uint8_t{32}, uint8_t{255}}) {
    c.tag = tag;
    b.w.cpl.items.push_back(c);
  }
  settle();
  EXPECT_EQ(b.read(reg::kFaultBadCompletion), 4u);
  others_unharmed();
}

TEST_F(Faults, ACompletionOfTheWrongLengthIsAnError) {
  b.w.silent_reads = true;
  fill_tx(kVictim, 200);
  ASSERT_TRUE(b.run(5000, [&] { return !b.w.open_tags.empty(); }));
  PcieCpl c;
  c.tag = *b.w.open_tags.begin();
  c.nbytes = 64;
  c.last = true;  // 64 of 200 bytes
  b.w.cpl.items.push_back(c);
  b.w.open_tags.clear();
  settle();
  expect_stopped(Fault::kCplError);
  b.w.silent_reads = false;
  others_unharmed();
}

TEST_F(Faults, AReadThatMbufCutsShortStopsTheRing) {
  for (const unsigned beats : {0u, 1u, 3u, 4u}) {
    SCOPED_TRACE(beats);
    const unsigned ring = beats % 4 + (beats == 4 ? 4 : 0);
    const common::MsgDesc d = send(ring, 400);
    b.w.cut_read(d.first_cell, beats);
    settle();
    EXPECT_TRUE(state(ring).stopped);
    EXPECT_EQ(state(ring).rx_tail, 0u) << "the host would see bytes that never came";
  }
  EXPECT_EQ(b.read(reg::kFaultReadError), 4u);
  EXPECT_EQ(b.w.live_cells(), 0u);
}

TEST_F(Faults, PeersResetAndErrorReachTheHost) {
  common::MsgDesc d = b.w.message(b.host.rings[0].conn_id, b.host.rings[0].gen, {});
  d.rst = true;
  b.w.desc_rx.items.push_back(d);
  d = b.w.message(b.host.rings[1].conn_id, b.host.rings[1].gen, {});
  d.err = true;
  b.w.desc_rx.items.push_back(d);
  settle();
  b.host.poll(100);
  EXPECT_TRUE(b.host.rings[0].rst);
  EXPECT_FALSE(b.host.rings[0].err);
  EXPECT_TRUE(b.host.rings[1].err);
  EXPECT_EQ(b.w.frees, 0u) << "nothing to free";
}

// --- binding, closing, resetting
// -------------------------------------------------------------------

TEST_F(Faults, BindingIsRefusedWhenTheEventRingCouldOverflow) {
  // 6 rings are bound. A queue must be free of rings to be written, so a second bench is needed.
  VqModel other;
  HostOptions o = small();
  o.rings = 8;
  o.ev_log2 = 5;  // 32 slots: 2 * 8 + 16
  Bench c(other, {}, o);
  c.configure();
  VqCfg vq = c.host.vq_cfg();
  EXPECT_EQ(c.table(TableId::kVq, 0, TableOp::kWrite, vq), Fault::kTblInUse);
  o.rings = 9;
  VqModel third;
  Bench d(third, {}, o);
  d.wait_init();
  ASSERT_EQ(d.table(TableId::kVq, 0, TableOp::kWrite, d.host.vq_cfg()), Fault::kNone);
  for (unsigned i = 0; i < 8; ++i) {
    ASSERT_EQ(d.table(TableId::kRing, i, TableOp::kWrite, d.host.ring_cfg(i)), Fault::kNone) << i;
  }
  EXPECT_EQ(d.table(TableId::kRing, 8, TableOp::kWrite, d.host.ring_cfg(8)), Fault::kTblEvSlots);
  EXPECT_EQ(d.read(reg::kStatus) >> 8 & 0xff, 8u);
}

TEST_F(Faults, IllFormedTableCommandsAreRefusedAndChangeNothing) {
  RingCfg r = b.host.ring_cfg(0);
  EXPECT_EQ(b.table(TableId::kRing, 0, TableOp::kWrite, r), Fault::kTblInUse);
  EXPECT_EQ(b.table(TableId::kRing, 6, TableOp::kWrite, r), Fault::kTblBadIndex);
  EXPECT_EQ(b.table(TableId::kRing, 64, TableOp::kWrite, r), Fault::kTblBadIndex);
  EXPECT_EQ(b.command(0, 7, 4), Fault::kTblNotBound);
  EXPECT_EQ(b.command(0, 7, 3), Fault::kTblNotBound);
  EXPECT_EQ(b.command(0, 0, 5), Fault::kTblBadOp);
  EXPECT_EQ(b.command(1, 0, 1), Fault::kTblBadOp);
  EXPECT_EQ(b.command(2, 1, 2), Fault::kTblBadIndex);
  EXPECT_EQ(b.command(3, 8, 2), Fault::kTblBadIndex);
  EXPECT_EQ(b.command(4, 0, 2), Fault::kTblBadTable);
  WindowCfg w;
  w.base_page = kPageMask;
  w.pages = 2;
  w.valid = true;
  EXPECT_EQ(b.table(TableId::kWindow, 4, TableOp::kWrite, w), Fault::kTblBadValue);
  ASSERT_EQ(b.command(0, 5, 3), Fault::kNone);  // close ring 5, so that it could be bound
  settle();
  r = b.host.ring_cfg(5);
  for (auto change : std::initializer_list<void (*)(RingCfg&)>{
           [](RingCfg& c) { c.rx_log2 = 11; }, [](RingCfg& c) { c.tx_log2 = 11; },
           [](RingCfg& c) { c.conn_id = kNumConns; }, [](RingCfg& c) { c.tx_cls = 3; }}) {
    RingCfg bad = r;
    change(bad);
    EXPECT_EQ(b.table(TableId::kRing, 5, TableOp::kWrite, bad), Fault::kTblBadValue);
  }
  EXPECT_FALSE(b.row<RingCfg>(TableId::kRing, 5).valid);
  EXPECT_EQ(b.read(reg::kErrCount), 15u);
}

TEST_F(Faults, OpenAndGoneReachTheHostAndTheRingCanBeBoundAgain) {
  ASSERT_EQ(b.command(0, kVictim, 4), Fault::kNone);
  send(kVictim, 700);
  fill_tx(kVictim, 900);
  settle();
  b.host.poll(100);
  EXPECT_TRUE(b.host.rings[kVictim].open);
  ASSERT_EQ(b.command(0, kVictim, 3), Fault::kNone);
  settle();
  b.host.poll(100);
  EXPECT_TRUE(b.host.rings[kVictim].gone);
  EXPECT_NE(b.read(reg::kIrqStatus) & reg::IrqStatus::kGoneMask, 0u);
  EXPECT_FALSE(b.row<RingCfg>(TableId::kRing, kVictim).valid);
  // A new binding starts from zero whatever stood in the doorbell slot.
  Host::Ring fresh;
  fresh.conn_id = 999;
  fresh.gen = 9;
  fresh.rx_credit = 4096;
  b.host.rings[kVictim] = fresh;
  ASSERT_EQ(b.table(TableId::kRing, kVictim, TableOp::kWrite, b.host.ring_cfg(kVictim)),
            Fault::kNone);
  EXPECT_EQ(state(kVictim), RingState{});
  b.host.bell(kVictim, 1, 0);  // the slot is read, but says nothing of the old binding
  settle();
  EXPECT_EQ(state(kVictim).tx_tail, 0u);
  b.start();
  ASSERT_TRUE(b.run(3'000'000, [&] { return b.host.done(); }));
  b.host.check_tx(kVictim);
}

TEST_F(Faults, ClosingWaitsForDmaInWork) {
  b.w.o.read_delay = 1;
  b.w.silent_reads = true;
  fill_tx(kVictim, 900);
  ASSERT_TRUE(b.run(5000, [&] { return b.w.open_tags.size() == 2; }));
  fill_tx(kVictim, 100);
  ASSERT_TRUE(b.run(5000, [&] { return b.w.open_tags.size() == 3; }));
  ASSERT_EQ(b.command(0, kVictim, 3), Fault::kNone);
  b.run(3000);
  b.host.poll(100);
  EXPECT_FALSE(b.host.rings[kVictim].gone) << "reads of the ring are still under way";
  EXPECT_TRUE(state(kVictim).closing);
  const unsigned lengths[] = {512, 388, 100};
  unsigned addr = 0, read = 0;
  for (const uint8_t tag : std::set<uint8_t>(b.w.open_tags)) {
    for (unsigned of_tag = lengths[read++]; of_tag != 0;) {
      PcieCpl c;
      c.tag = tag;
      c.nbytes = static_cast<uint8_t>(std::min(of_tag, 64 - addr % 64));
      of_tag -= c.nbytes;
      addr += c.nbytes;
      c.last = of_tag == 0;
      b.w.cpl.items.push_back(c);
    }
  }
  b.w.open_tags.clear();
  b.w.silent_reads = false;
  settle();
  b.host.poll(100);
  EXPECT_TRUE(b.host.rings[kVictim].gone);
  // The segment being written goes on, the one behind it is given up.
  EXPECT_EQ(b.read(reg::kTxDiscarded), 1u);
  ASSERT_EQ(b.w.from_host.size(), 1u);
  EXPECT_EQ(b.w.from_host[0].seg_len, 900);
}

TEST_F(Faults, AFunctionLevelResetForgetsTheFunctionAndNothingStaysBehind) {
  b.start();
  b.run(4000);
  b.write(reg::kFlr, 1u << 31 | (b.host.o.fn + 1u));  // another function's does nothing here
  b.run(50);
  EXPECT_EQ(b.read(reg::kStatus) >> 8 & 0xff, 6u);
  b.write(reg::kFlr, 1u << 31 | b.host.o.fn);
  b.host.running = false;
  b.w.on_cycle = nullptr;
  ASSERT_TRUE(
      b.run(20000, [&] { return (b.read(reg::kStatus) & reg::Status::kFlrBusyMask) == 0; }));
  b.w.desc_rx.items.clear();
  b.w.db.items.clear();
  settle();
  EXPECT_EQ(b.read(reg::kStatus) >> 8 & 0xff, 0u);
  EXPECT_EQ(b.w.live_cells(), 0u) << "cells of the function's messages";
  for (unsigned i = 0; i < kNumWindows; ++i) {
    EXPECT_FALSE(b.row<WindowCfg>(TableId::kWindow, i).valid);
  }
  EXPECT_FALSE(b.row<VqCfg>(TableId::kVq, 0).valid);
  EXPECT_NE(b.read(reg::kIrqStatus) & reg::IrqStatus::kFlrDoneMask, 0u);
  b.w.on_write = [](const PcieWr&) { FAIL() << "a function without windows was written to"; };
  b.w.doorbell(b.host.o.fn, b.host.slot_addr(0, 0), 64);
  settle();
  EXPECT_GE(b.read(reg::kFaultBadDoorbell), 1u);
}

// --- interrupts
// -------------------------------------------------------------------------------------

TEST_F(Faults, ArmFiresAtOnceWhenTheHostIsBehindAndOnceLaterWhenItIsNot) {
  const auto arm = [&](uint32_t seen) { b.w.doorbell(b.host.o.fn, b.host.vq_addr(1), seen); };
  arm(0);
  settle();
  EXPECT_EQ(b.w.interrupts, 0u);
  send(0, 10);
  settle();
  EXPECT_EQ(b.w.interrupts, 1u);
  send(1, 10);
  settle();
  EXPECT_EQ(b.w.interrupts, 1u) << "not armed";
  arm(1);  // the host has seen one event of two
  settle();
  EXPECT_EQ(b.w.interrupts, 2u);
  arm(2);
  settle();
  EXPECT_EQ(b.w.interrupts, 2u);
  arm(2);  // a level: saying it again changes nothing
  settle();
  EXPECT_EQ(b.w.interrupts, 2u);
  send(2, 10);
  send(3, 10);
  settle();
  EXPECT_EQ(b.w.interrupts, 3u);
}

TEST_F(Faults, AFullEventRingHoldsEventsAndLosesNone) {
  VqModel other;
  HostOptions o = small();
  o.rings = 8;
  o.ev_log2 = 5;
  o.eager_every = 1;
  o.max_message = 20;
  Bench c(other, {}, o);
  c.configure();
  // 8 eager rings, 20 messages each, nobody reads events: 32 fit, the rest is held.
  for (unsigned k = 0; k < 20; ++k) {
    for (unsigned i = 0; i < 8; ++i) {
      Host::Ring& r = c.host.rings[i];
      std::vector<uint8_t> data{pattern(i, r.rx_sent)};
      r.rx_sent += 1;
      c.w.desc_rx.items.push_back(c.w.message(r.conn_id, r.gen, data));
    }
  }
  ASSERT_TRUE(c.settle(100'000, 500));
  EXPECT_EQ(c.read(reg::kEvTail), 32u);
  EXPECT_EQ(c.read(reg::kRxMsgs), 160u) << "data must not wait for events";
  EXPECT_EQ(c.read(reg::kEvHeld), 1u);
  c.host.poll(1000);
  EXPECT_EQ(c.host.events, 32u);
  c.host.tell_events();
  ASSERT_TRUE(c.settle(100'000, 500));
  c.host.poll(1000);
  for (unsigned i = 0; i < 8; ++i) EXPECT_EQ(c.host.rings[i].rx_tail, 20u) << i;
}

}  // namespace
}  // namespace fp::vq::test
