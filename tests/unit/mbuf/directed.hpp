// SPDX-License-Identifier: Apache-2.0
//
// Directed tests of the message buffer, for any build of 64 cells and 12 connections: include it in
// a test program and instantiate Directed with functions that make the block.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tests/unit/mbuf/traffic.hpp"

namespace fp::mbuf::test {

// Makes the block under test; named, so that test names are the same in every run.
struct MakeDut {
  const char* name;
  std::function<std::unique_ptr<MbufIf>()> make;
};
inline void PrintTo(const MakeDut& dut, std::ostream* out) { *out << dut.name; }

// Connection i of generation 1: producer 0 writes direction 0, producer 2 direction 1.
class Directed : public ::testing::TestWithParam<MakeDut> {
 protected:
  static constexpr unsigned kCells = 64;

  void SetUp() override {
    dut_ = GetParam().make();
    b_ = std::make_unique<Ends>(*dut_);
    b_->bring_up();
    b_->write_csr(reg::kRespFloor, 0);
  }

  bool open(uint32_t id, uint8_t cap = 8, uint32_t credit = 1 << 20,
            common::MsgCls cls = common::MsgCls::kRequest, uint8_t gen = 1) {
    ConnRow r;
    r.valid = true;
    r.gen = gen;
    r.cls = cls;
    r.prod0 = 0;
    r.prod1 = 2;
    r.cap = cap;
    r.credit0 = r.credit1 = credit;
    return !b_->table_write(id, r);
  }
  bool close(uint32_t id) { return !b_->table_write(id, ConnRow{}); }

  void write(unsigned p, uint32_t id, size_t len, bool dir = false,
             common::MsgCls cls = common::MsgCls::kRequest, uint8_t gen = 1) {
    size_t at = 0;
    do {
      MbufWr w;
      w.conn = {id, gen};
      w.dir = dir;
      w.cls = cls;
      w.nbytes = static_cast<uint8_t>(std::min<size_t>(64, len - at));
      for (unsigned i = 0; i < w.nbytes; ++i) w.data[i] = static_cast<uint8_t>(at + i + id);
      at += w.nbytes;
      w.last = at == len;
      b_->wr[p].queue.push_back(w);
    } while (at < len);
  }
  bool wait(const std::function<bool()>& until, uint64_t cycles = 5000) {
    for (const uint64_t end = b_->now + cycles; b_->now < end; b_->cycle()) {
      if (until()) return true;
    }
    return until();
  }
  common::MsgDesc next_desc(unsigned p) {
    EXPECT_TRUE(wait([&] { return !b_->desc[p].got.empty(); }));
    if (b_->desc[p].got.empty()) return {};
    const common::MsgDesc d = b_->desc[p].got.front();
    b_->desc[p].got.pop_front();
    return d;
  }
  common::MsgDesc store(unsigned p, uint32_t id, size_t len, bool dir = false,
                        common::MsgCls cls = common::MsgCls::kRequest, uint8_t gen = 1) {
    write(p, id, len, dir, cls, gen);
    return next_desc(p);
  }
  MbufCredit ask(unsigned p, uint32_t id, uint8_t gen = 1) {
    b_->cq[p].queue.push_back({id, gen});
    EXPECT_TRUE(wait([&] { return !b_->cr[p].got.empty(); }));
    const MbufCredit a = b_->cr[p].got.empty() ? MbufCredit{} : b_->cr[p].got.front();
    b_->cr[p].got.clear();
    return a;
  }
  void give_back(unsigned c, const common::MsgDesc& d) { b_->free[c].queue.push_back(d); }
  bool settle() {
    return wait([&] { return dut_->idle() && queues_empty(); }, 20000);
  }
  bool queues_empty() const {
    for (unsigned i = 0; i < 3; ++i) {
      if (!b_->wr[i].queue.empty() || !b_->cq[i].queue.empty() || !b_->rd[i].queue.empty() ||
          !b_->free[i].queue.empty() || !b_->cret[i].queue.empty()) {
        return false;
      }
    }
    return true;
  }
  unsigned free_cells() { return b_->read_csr(reg::kCells) & 0xffff; }
  uint32_t count(uint16_t addr) { return b_->read_csr(addr); }
  static uint8_t code(Reason r) { return static_cast<uint8_t>(r); }

  uint32_t events_before_ = 0;
  std::unique_ptr<MbufIf> dut_;
  std::unique_ptr<Ends> b_;
};

TEST_P(Directed, OneByteSegmentsShareTheirCells) {
  ASSERT_TRUE(open(3));
  std::vector<common::MsgDesc> held;
  for (unsigned i = 0; i < 600; ++i) held.push_back(store(0, 3, 1));
  ASSERT_TRUE(settle());
  EXPECT_EQ(free_cells(), kCells - 3) << "600 bytes lie in three cells";
  EXPECT_EQ(held[255].offset, 255);
  EXPECT_EQ(held[256].offset, 0);
  EXPECT_NE(held[255].first_cell, held[256].first_cell);
  for (const auto& d : held) give_back(2, d);
  ASSERT_TRUE(settle());
  EXPECT_EQ(free_cells(), kCells);
}

TEST_P(Directed, AConsumerThatTookEverythingEndsTheOpenCell) {
  ASSERT_TRUE(open(0));
  const auto first = store(0, 0, 10);
  give_back(2, first);
  ASSERT_TRUE(settle());
  EXPECT_EQ(free_cells(), kCells);
  const auto second = store(0, 0, 10);
  EXPECT_EQ(second.offset, 0) << "a new cell, not the freed one's tail";
}

TEST_P(Directed, AReaderThatNeverFreesStallsOnlyItsConnection) {
  ASSERT_TRUE(open(1, 4));
  ASSERT_TRUE(open(2, 4));
  for (unsigned i = 0; i < 4; ++i) EXPECT_FALSE(store(0, 1, 256).err);
  const auto refused = store(0, 1, 1);
  EXPECT_TRUE(refused.err);
  EXPECT_EQ(refused.err_code, code(Reason::kMbufCellCap));
  EXPECT_EQ(refused.seg_len, 0);
  EXPECT_EQ(refused.n_cells, 0);
  for (unsigned i = 0; i < 100; ++i) {
    const auto d = store(0, 2, 700);
    EXPECT_FALSE(d.err) << i;
    give_back(2, d);
    write(0, 1, 64);
    EXPECT_TRUE(next_desc(0).err);
    ASSERT_TRUE(settle());
  }
}

TEST_P(Directed, CreditIsTheSmallerOfRingAndCells) {
  ASSERT_TRUE(open(0, 4, 300));
  ASSERT_TRUE(open(1, 2, 5000));
  EXPECT_EQ(ask(0, 0).bytes, 300u);
  EXPECT_EQ(ask(0, 0).cells, 4);
  EXPECT_EQ(ask(0, 1).bytes, 512u);
  store(0, 1, 100);
  EXPECT_EQ(ask(0, 1).bytes, 412u) << "156 in the open cell and one more";
  EXPECT_EQ(ask(0, 1).cells, 1);
  EXPECT_EQ(ask(2, 1).bytes, 512u) << "the other direction is its own";
  EXPECT_FALSE(ask(1, 1).ok) << "not its producer";
  EXPECT_FALSE(ask(0, 5).ok) << "not open";
  EXPECT_FALSE(ask(0, 0, 7).ok) << "another generation";
  EXPECT_FALSE(ask(0, 900000).ok) << "beyond the table";
}

TEST_P(Directed, AnEventFollowsTheReturnOfCredit) {
  ASSERT_TRUE(open(4, 8, 100));
  const auto first = store(0, 4, 100);
  const auto refused = store(0, 4, 1);
  EXPECT_EQ(refused.err_code, code(Reason::kMbufNoCredit));
  b_->run(50);
  EXPECT_TRUE(b_->cevt[0].got.empty());
  give_back(2, first);
  b_->run(50);
  EXPECT_TRUE(b_->cevt[0].got.empty()) << "cells alone are no credit";
  b_->cret[2].queue.push_back({{4, 1}, 60});
  ASSERT_TRUE(wait([&] { return !b_->cevt[0].got.empty(); }));
  EXPECT_EQ(b_->cevt[0].got.front().conn_id, 4u);
  EXPECT_EQ(ask(0, 4).bytes, 60u);
  b_->run(50);
  EXPECT_EQ(b_->cevt[0].got.size(), 1u) << "once";
}

TEST_P(Directed, AQueryThatFoundNothingIsAnsweredByAnEvent) {
  ASSERT_TRUE(open(4, 1));
  const auto d = store(0, 4, 256);
  EXPECT_EQ(ask(0, 4).bytes, 0u);
  give_back(2, d);
  ASSERT_TRUE(wait([&] { return !b_->cevt[0].got.empty(); }));
}

// The queue of events has a place for every direction; who lets more gather waits for itself.
TEST_P(Directed, AProducerThatLeavesItsEventsIsHeldOffAndLosesNone) {
  for (unsigned p = 0; p < 3; ++p) {
    const unsigned consumer = (p + 1) % 3;
    ConnRow r;
    r.valid = true;
    r.gen = 1;
    r.prod0 = static_cast<uint8_t>(p);
    r.prod1 = static_cast<uint8_t>(consumer);
    r.cap = 1;
    ASSERT_FALSE(b_->table_write(p, r));
    b_->cevt[p].closed = true;
    unsigned fired = 0;
    // No credit: the segment is refused and arms; one byte of credit fires; a segment takes it.
    for (; fired < 40; ++fired) {
      write(p, p, 1);
      if (!wait([&] { return !b_->desc[p].got.empty(); }, 300)) break;
      EXPECT_EQ(next_desc(p).err_code, code(Reason::kMbufNoCredit));
      b_->cret[consumer].queue.push_back({{p, 1}, 1});
      write(p, p, 1);
      if (!wait([&] { return !b_->desc[p].got.empty(); }, 300)) break;
      const auto d = next_desc(p);
      // The segment may be seen before the credit: then it is refused and the event comes later.
      if (!d.err) give_back(consumer, d);
      b_->run(30);
      if (d.err) {
        write(p, p, 1);
        if (!wait([&] { return !b_->desc[p].got.empty(); }, 300)) break;
        give_back(consumer, next_desc(p));
      }
    }
    EXPECT_LT(fired, 40u) << "held off";
    EXPECT_GE(fired, 25u) << "but not before the queue is nearly full";
    const auto made = count(reg::kEvents);
    b_->cevt[p].closed = false;
    ASSERT_TRUE(settle());
    EXPECT_EQ(b_->cevt[p].got.size() + (p > 0 ? events_before_ : 0), count(reg::kEvents));
    EXPECT_GE(count(reg::kEvents), made);
    events_before_ = count(reg::kEvents);
    for (; !b_->desc[p].got.empty(); b_->desc[p].got.pop_front()) {
      give_back(consumer, b_->desc[p].got.front());
    }
    ASSERT_TRUE(settle());
  }
}

TEST_P(Directed, ResponsesDrainWhenRequestsTookTheirShare) {
  b_->write_csr(reg::kRespFloor, 6);
  for (uint32_t id = 0; id < 4; ++id) ASSERT_TRUE(open(id, 60));
  // Reservations: 8 cells; 64 - 8 - 6 shared cells for requests, and the writer's own reservation.
  unsigned taken = 0;
  while (!store(0, 0, 256, false, common::MsgCls::kRequest).err && taken < 100) ++taken;
  EXPECT_EQ(taken, 64u - 8 - 6 + 1);
  EXPECT_EQ(store(0, 0, 1, false, common::MsgCls::kControl).err_code, code(Reason::kMbufNoCells));
  unsigned answers = 0;
  while (!store(2, 1, 256, true, common::MsgCls::kResponse).err && answers < 100) ++answers;
  EXPECT_EQ(answers, 6u + 1) << "the floor and its reservation";
  // Whoever holds nothing still has its cell.
  EXPECT_FALSE(store(0, 3, 256).err);
}

TEST_P(Directed, AClassKeepsWithinItsLimit) {
  for (uint8_t c = 0; c < kNumClasses; ++c) {
    const auto cls = static_cast<common::MsgCls>(c);
    const auto other = static_cast<common::MsgCls>((c + 1) % kNumClasses);
    const auto limit = static_cast<uint16_t>(reg::kSharedLimit + 4 * c);
    const auto used = static_cast<uint16_t>(reg::kSharedUsed + 4 * c);
    const uint32_t most = b_->read_csr(used) + 2;
    b_->write_csr(limit, most);
    ASSERT_TRUE(open(c, 60));
    for (unsigned i = 0; i < 3; ++i) {
      EXPECT_FALSE(store(0, c, 256, false, cls).err) << "reservation and two";
    }
    EXPECT_EQ(store(0, c, 256, false, cls).err_code, code(Reason::kMbufNoCells));
    EXPECT_FALSE(store(0, c, 256, false, other).err);
    EXPECT_EQ(b_->read_csr(used), most);
    b_->write_csr(limit, 0xffff);
  }
}

TEST_P(Directed, ARefusedSegmentGivesEverythingBack) {
  ASSERT_TRUE(open(0, 3));
  const auto kept = store(0, 0, 100);
  const auto refused = store(0, 0, 900);
  EXPECT_EQ(refused.err_code, code(Reason::kMbufCellCap));
  ASSERT_TRUE(settle());
  EXPECT_EQ(free_cells(), kCells - 1);
  EXPECT_EQ(b_->table_read(0).credit0, (1u << 20) - 100);
  // The first segment is untouched.
  b_->rd[2].queue.push_back({{0, 1}, kept.first_cell, kept.offset, 100});
  ASSERT_TRUE(wait([&] { return b_->rdata[2].got.size() == 2; }));
  for (unsigned i = 0; i < 100; ++i) EXPECT_EQ(b_->rdata[2].got[i / 64].data[i % 64], i);
}

TEST_P(Directed, MarkersNeedNoCreditAndNoCell) {
  ASSERT_TRUE(open(0, 1, 0));
  MbufWr w;
  w.conn = {0, 1};
  w.last = w.fin = true;
  b_->wr[0].queue.push_back(w);
  const auto d = next_desc(0);
  EXPECT_TRUE(d.fin);
  EXPECT_FALSE(d.err);
  EXPECT_EQ(d.n_cells, 0);
  give_back(2, d);
  ASSERT_TRUE(settle());
  EXPECT_EQ(count(reg::kErrCount), 0u);
}

TEST_P(Directed, CloseLetsDataInFlightDrainAndRefusesWhatFollows) {
  ASSERT_TRUE(open(7));
  const auto d = store(0, 7, 600);
  EXPECT_EQ(count(reg::kReserved), 1u);
  ASSERT_TRUE(close(7));
  EXPECT_EQ(count(reg::kReserved), 0u);
  EXPECT_FALSE(close(7)) << "already closed";
  EXPECT_EQ(store(0, 7, 5).err_code, code(Reason::kMbufStale));
  EXPECT_FALSE(open(7, 8, 1000, common::MsgCls::kRequest, 2)) << "still draining";
  EXPECT_EQ(b_->table_read(7).held0, 3);
  b_->rd[2].queue.push_back({{7, 1}, d.first_cell, d.offset, 600});
  ASSERT_TRUE(wait([&] { return b_->rdata[2].got.size() == 10; }));
  EXPECT_TRUE(b_->rdata[2].got.back().last);
  EXPECT_FALSE(b_->rdata[2].got.back().err);
  EXPECT_EQ(b_->rdata[2].got.back().csum, [] {
    std::string text;
    for (unsigned i = 0; i < 600; ++i) text.push_back(static_cast<char>(i % 64 + i / 64 * 64 + 7));
    return rfc1071(text);
  }());
  give_back(2, d);
  ASSERT_TRUE(settle());
  EXPECT_EQ(free_cells(), kCells);
  EXPECT_TRUE(open(7, 8, 1000, common::MsgCls::kRequest, 2));
  EXPECT_EQ(store(0, 7, 5).err_code, code(Reason::kMbufStale)) << "the old generation";
  give_back(2, d);
  ASSERT_TRUE(settle());
  EXPECT_EQ(count(reg::kFaultDeadCell), 1u) << "freed twice";
}

TEST_P(Directed, ASegmentUnderWayWhenItsConnectionClosesIsRefused) {
  ASSERT_TRUE(open(5));
  write(0, 5, 500);
  b_->wr[0].queue.pop_back();
  ASSERT_TRUE(wait([&] { return b_->wr[0].queue.empty(); }));
  ASSERT_TRUE(close(5));
  EXPECT_EQ(b_->table_read(5).busy0, 1);
  MbufWr w;
  w.conn = {5, 1};
  w.nbytes = 3;
  w.last = true;
  b_->wr[0].queue.push_back(w);
  EXPECT_EQ(next_desc(0).err_code, code(Reason::kMbufStale));
  ASSERT_TRUE(settle());
  EXPECT_EQ(free_cells(), kCells);
  EXPECT_EQ(count(reg::kReserved), 0u);
}

TEST_P(Directed, ABadFreeTouchesNothing) {
  ASSERT_TRUE(open(0));
  ASSERT_TRUE(open(1));
  const auto d = store(0, 0, 700);
  const auto other = store(0, 1, 700);
  const auto try_free = [&](common::MsgDesc bad, uint16_t counter) {
    const uint32_t before = count(counter);
    give_back(2, bad);
    ASSERT_TRUE(settle());
    EXPECT_EQ(count(counter), before + 1);
    EXPECT_EQ(b_->table_read(0).held0, 3);
    EXPECT_EQ(b_->table_read(1).held0, 3);
    EXPECT_EQ(free_cells(), kCells - 6);
  };
  auto bad = d;
  bad.n_cells = 4;
  try_free(bad, reg::kFaultBadChain);
  bad = d;
  bad.last_cell = other.last_cell;
  try_free(bad, reg::kFaultBadChain);
  bad = d;
  bad.conn_id = 1;
  try_free(bad, reg::kFaultForeignCell);
  bad = d;
  bad.dir = 1;
  try_free(bad, reg::kFaultForeignCell);
  bad = d;
  bad.gen = 2;
  try_free(bad, reg::kDropStale);
  bad = d;
  bad.first_cell = kCells;
  try_free(bad, reg::kFaultBadCell);
  bad = d;
  bad.last_cell = 0xffff;
  try_free(bad, reg::kFaultBadCell);
  bad = d;
  bad.conn_id = 12;
  try_free(bad, reg::kDropBadConn);
  bad = d;
  bad.first_cell = bad.last_cell = static_cast<uint16_t>((other.last_cell + 5) % kCells);
  bad.n_cells = 1;
  try_free(bad, reg::kFaultDeadCell);
  EXPECT_EQ(count(reg::kErrCount), 9u);
  // The record shows the first one; cleared, it shows the next.
  EXPECT_EQ(count(reg::kErrFirst), 1u << 31 | static_cast<uint32_t>(Source::kFree) << 8 | 2u << 12 |
                                       code(Reason::kMbufBadChain));
  EXPECT_EQ(count(reg::kErrConn), 1u << 20);
  EXPECT_FALSE(dut_->irq.value);
  b_->write_csr(reg::kIrqEnable, 1);
  b_->run(3);
  EXPECT_TRUE(dut_->irq.value);
  b_->write_csr(reg::kErrFirst, 1u << 31);
  b_->write_csr(reg::kIrqStatus, 1);
  b_->run(3);
  EXPECT_FALSE(dut_->irq.value);
  give_back(2, d);
  give_back(2, d);
  give_back(2, other);
  ASSERT_TRUE(settle());
  EXPECT_EQ(free_cells(), kCells);
  EXPECT_EQ(count(reg::kErrFirst) & 0xff, code(Reason::kMbufDeadCell)) << "back to back";
}

// Its descriptor waits for a place, so the segment's cell is stored and owned but not committed.
TEST_P(Directed, ACellIsNotFreedBeforeItsDescriptorIsOut) {
  ASSERT_TRUE(open(0, 8));
  b_->desc[0].closed = true;
  for (unsigned i = 0; i < 3; ++i) write(0, 0, 256);
  b_->run(60);
  common::MsgDesc forged;
  forged.conn_id = 0;
  forged.gen = 1;
  forged.n_cells = 1;
  forged.first_cell = forged.last_cell = 2;  // the third cell ever taken
  give_back(2, forged);
  b_->run(60);
  EXPECT_EQ(count(reg::kFaultForeignCell), 1u);
  b_->desc[0].closed = false;
  ASSERT_TRUE(wait([&] { return b_->desc[0].got.size() == 3; }));
  EXPECT_EQ(b_->desc[0].got.back().first_cell, 2) << "as the forgery guessed";
  EXPECT_EQ(free_cells(), kCells - 3);
}

TEST_P(Directed, ABadReadGivesNoBytes) {
  ASSERT_TRUE(open(0));
  const auto d = store(0, 0, 300);
  const auto read = [&](uint32_t id, uint8_t gen, uint16_t cell, uint8_t offset, uint16_t len) {
    b_->rd[1].queue.push_back({{id, gen}, cell, offset, len});
    EXPECT_TRUE(wait([&] { return !b_->rdata[1].got.empty() && b_->rdata[1].got.back().last; }));
    const MbufRdata last = b_->rdata[1].got.back();
    const size_t beats = b_->rdata[1].got.size();
    b_->rdata[1].got.clear();
    return std::pair<unsigned, size_t>(last.err ? last.err_code : 0, beats);
  };
  using P = std::pair<unsigned, size_t>;
  EXPECT_EQ(read(0, 1, d.first_cell, 0, 300), P(0, 5));
  EXPECT_EQ(read(0, 1, d.first_cell, 0, 0), P(code(Reason::kMbufBadChain), 1));
  EXPECT_EQ(read(0, 2, d.first_cell, 0, 300), P(code(Reason::kMbufStale), 1));
  EXPECT_EQ(read(1, 1, d.first_cell, 0, 300), P(code(Reason::kMbufForeignCell), 1));
  EXPECT_EQ(read(12, 1, d.first_cell, 0, 300), P(code(Reason::kMbufBadConn), 1));
  EXPECT_EQ(read(0, 1, 64, 0, 300), P(code(Reason::kMbufBadCell), 1));
  EXPECT_EQ(read(0, 1, static_cast<uint16_t>((d.last_cell + 7) % kCells), 0, 300),
            P(code(Reason::kMbufDeadCell), 1));
  EXPECT_EQ(read(0, 1, d.first_cell, 0, 600), P(code(Reason::kMbufBadChain), 9)) << "512 bytes";
  EXPECT_EQ(read(0, 1, d.first_cell, 0, 300), P(0, 5)) << "and the port goes on";
}

TEST_P(Directed, OpeningNeedsTwoCellsToReserve) {
  for (uint32_t id = 0; id < 12; ++id) ASSERT_TRUE(open(id));
  EXPECT_EQ(count(reg::kReserved), 24u);
  EXPECT_FALSE(open(0)) << "open already";
  for (uint32_t id = 1; id < 12; ++id) ASSERT_TRUE(close(id));
  ASSERT_TRUE(close(0));
  ASSERT_TRUE(open(0, 62));
  while (!store(0, 0, 256).err) continue;
  EXPECT_FALSE(open(1)) << "no cells left to reserve";
  ConnRow r;
  r.valid = true;
  r.prod0 = 3;
  r.cap = 1;
  EXPECT_TRUE(b_->table_write(2, r)) << "no such producer";
  r.prod0 = r.cap = 0;
  EXPECT_TRUE(b_->table_write(2, r)) << "no cap";
  EXPECT_TRUE(b_->table_write(12, ConnRow{})) << "no such row";
}

// docs/uarch/mbuf.md, Timing: k + 2 cycles for k beats of changing connections, k + 5 for one.
TEST_P(Directed, SegmentsFollowEachOtherAsThePageSays) {
  for (uint32_t id = 0; id < 2; ++id) ASSERT_TRUE(open(id, 20));
  const auto cycles = [&](bool alternate, unsigned beats) {
    std::vector<uint64_t> at;
    for (uint32_t i = 0; i < 4; ++i) write(0, alternate ? i % 2 : 0, 64 * beats);
    size_t seen = 0;
    const uint64_t start = b_->now;
    while (at.size() < 4 && b_->now < start + 500) {
      b_->cycle();
      if (b_->desc[0].got.size() > seen) {
        seen = b_->desc[0].got.size();
        at.push_back(b_->now);
      }
    }
    EXPECT_EQ(at.size(), 4u);
    for (const auto& d : b_->desc[0].got) give_back(2, d);
    b_->desc[0].got.clear();
    EXPECT_TRUE(settle());
    return at.size() == 4 ? at[3] - at[2] : 0;
  };
  EXPECT_EQ(cycles(true, 8), 8u + 2);
  EXPECT_EQ(cycles(false, 8), 8u + 5);
}

TEST_P(Directed, ReadsGiveOneBeatACycle) {
  ASSERT_TRUE(open(0, 20));
  const auto d = store(0, 0, 4096);
  for (unsigned c = 0; c < 3; ++c) b_->rd[c].queue.push_back({{0, 1}, d.first_cell, 0, 4096});
  ASSERT_TRUE(wait([&] { return !b_->rdata[0].got.empty(); }));
  const uint64_t start = b_->now;
  ASSERT_TRUE(wait([&] {
    return b_->rdata[0].got.size() == 64 && b_->rdata[1].got.size() == 64 &&
           b_->rdata[2].got.size() == 64;
  }));
  EXPECT_LE(b_->now - start, 64u + 4) << "three readers side by side on one chain";
}

}  // namespace fp::mbuf::test
