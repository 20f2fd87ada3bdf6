// SPDX-License-Identifier: Apache-2.0
//
// A connection's life as the firmware leads it: who is asked and told, in which order, and how it
// ends when somebody refuses.
#include "tests/unit/soc/firmware_board.hpp"

namespace fp::soc {
namespace {

using mailbox::Status;
using test::Board;
using test::body_of;
using test::Diary;
using test::header_of;
using test::message;
using test::Words;

class Connections : public testing::Test {
 protected:
  void SetUp() override {
    board.boot();
    mailbox::Listen listen;
    listen.family = mailbox::Family::kIpv4;
    listen.port = 80;
    listen.address = {10, 0, 0, 1};
    ASSERT_EQ(board.ask_status(Board::kConfig, listen), Status::kOk);
    listen.family = mailbox::Family::kIpv6;
    for (uint8_t i = 0; i < 16; ++i) listen.address[i] = static_cast<uint8_t>(0xf0 + i);
    ASSERT_EQ(board.ask_status(Board::kConfig, listen), Status::kOk);
    board.start();
  }

  static test::StreamStub::Flow flow(uint16_t index, uint16_t port = 80) {
    return {index,
            false,
            port,
            static_cast<uint16_t>(5000 + index),
            {0x0a000001, 9, 9, 9},
            {0x0a000002, 9, 9, 9}};
  }
  mailbox::RingReply pair(common::ConnRef conn, uint32_t ring) {
    mailbox::RingReply r;
    r.conn = conn;
    r.status = Status::kOk;
    r.ring = ring;
    r.rx_log2 = 16;
    r.tx_log2 = 15;
    r.rx_iova = 0x1'0000'0000;
    r.tx_iova = 0x1'0010'0000;
    return r;
  }
  // Opens flow `index` on ring `ring`; the connection it got.
  common::ConnRef open(uint16_t index, uint32_t ring) {
    board.stream.flows.push_back(flow(index));
    const Words m = board.take(Board::kHost);
    EXPECT_FALSE(m.empty()) << board.console;
    const auto request = body_of<mailbox::RingRequest>(m);
    board.post(Board::kHost, message(pair(request.conn, ring), header_of(m).seq));
    EXPECT_TRUE(board.run_until([&] { return board.stream.open.count(index) != 0; }))
        << board.console;
    return request.conn;
  }
  bool noted(const std::string& what) const {
    return std::find(board.diary.begin(), board.diary.end(), what) != board.diary.end();
  }
  bool run_until_noted(const std::string& what, uint64_t cycles = 200'000) {
    return board.run_until([&] { return noted(what); }, cycles);
  }
  // It must end asleep: nothing keeps the core spinning.
  void expect_rest() {
    EXPECT_TRUE(board.run_until([&] { return board.soc->asleep(); })) << board.console;
    const uint64_t retired = board.soc->hart().retired();
    board.run(20'000);
    EXPECT_LT(board.soc->hart().retired() - retired, 100u);
    EXPECT_TRUE(board.alive()) << board.console;
  }

  Board board;
};

TEST_F(Connections, TheServiceControllerIsToldWhoCalls) {
  board.stream.flows.push_back(flow(7));
  Words m = board.take(Board::kHost);
  auto r = body_of<mailbox::RingRequest>(m);
  EXPECT_EQ(r.family, mailbox::Family::kIpv4);
  EXPECT_EQ(r.vq, 0);
  EXPECT_EQ(r.local_port, 80);
  EXPECT_EQ(r.remote_port, 5007);
  EXPECT_EQ(r.local_address, (std::array<uint8_t, 16>{10, 0, 0, 1}));
  EXPECT_EQ(r.remote_address, (std::array<uint8_t, 16>{10, 0, 0, 2}));
  // Only one request at a time.
  board.stream.flows.push_back(
      {8, true, 80, 6000, {0xf0f1f2f3, 0xf4f5f6f7, 0xf8f9fafb, 0xfcfdfeff}, {1, 2, 3, 4}});
  EXPECT_TRUE(board.take(Board::kHost, 20'000).empty());
  board.post(Board::kHost, message(pair(r.conn, 3)));
  m = board.take(Board::kHost);
  r = body_of<mailbox::RingRequest>(m);
  EXPECT_EQ(r.family, mailbox::Family::kIpv6);
  EXPECT_EQ(r.local_address[15], 0xff);
  EXPECT_EQ(r.remote_address,
            (std::array<uint8_t, 16>{0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4}));
}

TEST_F(Connections, OpenInMbufThenTheQueueThenTheStream) {
  const common::ConnRef conn = open(7, 3);
  EXPECT_EQ(board.diary, (Diary{"mbuf.open " + std::to_string(conn.conn_id), "vq.bind 3",
                                "vq.open 3", "stream.accept 7"}));
  EXPECT_EQ(board.stream.open.at(7), conn);
  const mbuf::ConnRow row = board.mbuf.rows.at(conn.conn_id);
  EXPECT_EQ(row.gen, conn.gen);
  EXPECT_EQ(row.prod0, mbuf::kToePort) << "the TOE's place writes direction 0";
  EXPECT_EQ(row.prod1, mbuf::kVqPort) << "the queues write direction 1";
  EXPECT_EQ(row.credit0, 1u << 16) << "what the RX ring holds";
  EXPECT_GT(row.credit1, 0u);
  EXPECT_EQ(row.cap, mbuf::kDefaultCap);
  const vq::RingCfg ring = board.vq.rings.at(3).cfg;
  EXPECT_EQ(ring.conn_id, conn.conn_id);
  EXPECT_EQ(ring.gen, conn.gen);
  EXPECT_EQ(ring.rx_page, 0x1'0000'0000u / vq::kPageBytes);
  EXPECT_EQ(ring.tx_page, 0x1'0010'0000u / vq::kPageBytes);
  EXPECT_EQ(ring.rx_log2, 16);
  EXPECT_EQ(ring.tx_log2, 15);
  EXPECT_TRUE(ring.tx_dir);
  EXPECT_EQ(ring.tx_cls, static_cast<uint8_t>(common::MsgCls::kResponse));
  expect_rest();
}

TEST_F(Connections, CloseWaitsForTheStreamsEndThenUndoesTheOpening) {
  const common::ConnRef conn = open(7, 3);
  const std::string id = std::to_string(conn.conn_id);
  board.diary.clear();
  board.mbuf.held = 2;
  board.stream.closed.push_back({7, conn, false});
  board.run(30'000);
  EXPECT_TRUE(board.diary.empty()) << "the peer's FIN has not reached the host";
  board.vq.rings.at(3).state.rx_fin = true;
  ASSERT_TRUE(run_until_noted("mbuf.close " + id)) << board.console;
  board.run(20'000);
  EXPECT_FALSE(noted("stream.free 7")) << "cells are still held";
  board.mbuf.held = 0;
  const Words m = board.take(Board::kHost);
  const auto release = body_of<mailbox::RingRelease>(m);
  EXPECT_EQ(release.conn, conn);
  EXPECT_EQ(release.ring, 3u);
  EXPECT_TRUE(release.bound);
  EXPECT_EQ(board.diary, (Diary{"vq.clear 3", "vq.gone 3", "mbuf.close " + id, "stream.free 7"}));
  expect_rest();
}

TEST_F(Connections, AResetDoesNotWaitForEver) {
  const common::ConnRef conn = open(7, 3);
  board.stream.closed.push_back({7, conn, true});
  EXPECT_FALSE(run_until_noted("vq.clear 3", 90'000));
  EXPECT_TRUE(run_until_noted("vq.clear 3", 30'000));
  EXPECT_TRUE(run_until_noted("stream.free 7"));
}

TEST_F(Connections, TheHostsOwnResetOrAStoppedRingIsNotWaitedFor) {
  for (const bool stopped : {false, true}) {
    const common::ConnRef conn = open(7, 3);
    board.diary.clear();
    (stopped ? board.vq.rings.at(3).state.stopped : board.vq.rings.at(3).state.ctl_rst) = true;
    board.stream.closed.push_back({7, conn, true});
    EXPECT_TRUE(run_until_noted("vq.clear 3", 5'000)) << board.console;
    ASSERT_FALSE(board.take(Board::kHost).empty());
    board.stream.open.clear();
  }
}

// The cause may come after the firmware has already seen the ring unbound.
TEST_F(Connections, ALateInterruptDoesNotKeepTheCoreAwake) {
  board.vq.irq_delay = 20'000;
  const common::ConnRef conn = open(7, 3);
  board.vq.rings.at(3).state.rx_fin = true;
  board.stream.closed.push_back({7, conn, false});
  ASSERT_FALSE(board.take(Board::kHost).empty());
  board.run(40'000);
  EXPECT_FALSE(board.vq.irq);
  expect_rest();
}

TEST_F(Connections, IdentifiersRestAndComeBackWithTheNextGeneration) {
  const common::ConnRef first = open(1, 3);
  const common::ConnRef second = open(2, 4);
  EXPECT_NE(first.conn_id, second.conn_id);
  board.vq.gone_delay = 10;
  std::map<uint32_t, uint8_t> next_gen{{second.conn_id, second.gen}};
  common::ConnRef last = first;
  unsigned reused = 0;
  for (unsigned round = 0; round < vq::kNumConns + 20; ++round) {
    board.vq.rings.at(3).state.rx_fin = true;
    board.stream.closed.push_back({1, last, false});
    ASSERT_FALSE(board.take(Board::kHost).empty()) << board.console;
    board.stream.open.erase(1);
    next_gen[last.conn_id] = (last.gen + 1) % 16;
    last = open(1, 3);
    ASSERT_NE(last.conn_id, second.conn_id) << "still open";
    ASSERT_LT(last.conn_id, vq::kNumConns);
    if (next_gen.count(last.conn_id) != 0) {
      ASSERT_EQ(last.gen, next_gen[last.conn_id]);
      ++reused;
    }
    board.diary.clear();
  }
  EXPECT_GT(reused, 10u);
}

TEST_F(Connections, NobodyListensNobodyIsAsked) {
  board.stream.flows.push_back(flow(5, 81));
  ASSERT_TRUE(run_until_noted("stream.refuse 5"));
  EXPECT_TRUE(board.take(Board::kHost, 10'000).empty());
  // An IPv6 listener is not for IPv4, whatever the bytes.
  test::StreamStub::Flow f = flow(6);
  f.local[0] = 0xf0f1f2f3;
  board.stream.flows.push_back(f);
  EXPECT_TRUE(run_until_noted("stream.refuse 6"));
  expect_rest();
}

TEST_F(Connections, TheHostMayRefuse) {
  board.stream.flows.push_back(flow(5));
  auto request = body_of<mailbox::RingRequest>(board.take(Board::kHost));
  mailbox::RingReply no;
  no.conn = request.conn;
  no.status = Status::kNoRoom;
  board.post(Board::kHost, message(no));
  ASSERT_TRUE(run_until_noted("stream.refuse 5"));
  EXPECT_EQ(board.diary, (Diary{"stream.refuse 5"})) << "nothing was opened";
  const common::ConnRef next = open(6, 3);
  EXPECT_NE(next, request.conn) << "the refused reference does not come back";
}

// Every refusal gives the pair back, saying that it was never bound.
TEST_F(Connections, ARefusedPairGoesBackUnbound) {
  const auto refused = [&](const mailbox::RingReply& reply_to, uint16_t index) {
    mailbox::RingReply reply = reply_to;
    board.diary.clear();
    board.stream.flows.push_back(flow(index));
    reply.conn = body_of<mailbox::RingRequest>(board.take(Board::kHost)).conn;
    board.post(Board::kHost, message(reply));
    const auto release = body_of<mailbox::RingRelease>(board.take(Board::kHost));
    EXPECT_EQ(release.conn, reply.conn);
    EXPECT_EQ(release.ring, reply.ring);
    EXPECT_FALSE(release.bound);
    EXPECT_TRUE(run_until_noted("stream.refuse " + std::to_string(index)));
    EXPECT_TRUE(board.vq.rings.empty());
    for (const auto& [id, row] : board.mbuf.rows) EXPECT_FALSE(row.valid) << id;
  };
  mailbox::RingReply good = pair({}, 3);
  board.mbuf.refuse = true;
  refused(good, 1);
  board.mbuf.refuse = false;
  board.vq.refuse = true;
  refused(good, 2);
  board.vq.refuse = false;
  mailbox::RingReply bad = good;
  bad.ring = 0x10000 + 3;  // the table's index has 16 bits
  refused(bad, 3);
  bad = good;
  bad.rx_iova += 8;  // not a page
  refused(bad, 4);
  open(5, 3);
}

TEST_F(Connections, AnswersToNobodysQuestionAreRefused) {
  EXPECT_EQ(board.ask_status(Board::kHost, pair({.conn_id = 0, .gen = 0}, 3)), Status::kBadState);
  board.stream.flows.push_back(flow(5));
  const auto request = body_of<mailbox::RingRequest>(board.take(Board::kHost));
  common::ConnRef other = request.conn;
  other.gen = static_cast<uint8_t>((other.gen + 1) % 16);
  EXPECT_EQ(board.ask_status(Board::kHost, pair(other, 3)), Status::kBadState);
  board.post(Board::kHost, message(pair(request.conn, 3)));
  EXPECT_TRUE(run_until_noted("stream.accept 5")) << "the question still stands";
}

TEST_F(Connections, AClosedFlowWithoutConnectionIsLetGo) {
  const common::ConnRef conn = open(7, 3);
  board.diary.clear();
  board.stream.closed.push_back(
      {9, {.conn_id = conn.conn_id, .gen = static_cast<uint8_t>((conn.gen + 1) % 16)}, false});
  board.stream.closed.push_back({10, {.conn_id = 0xfffff, .gen = 0}, false});
  ASSERT_TRUE(run_until_noted("stream.free 10"));
  EXPECT_EQ(board.diary, (Diary{"stream.free 9", "stream.free 10"}));
  EXPECT_EQ(board.vq.rings.count(3), 1u);
}

TEST_F(Connections, WindowsAndQueuesReachTheBlock) {
  mailbox::WindowSetup w;
  w.fn = 2;
  w.index = 5;
  w.iova = 0x1'0000'0000;
  w.length = 0x1000'0000;
  EXPECT_EQ(board.ask_status(Board::kHost, w), Status::kOk);
  const vq::WindowCfg row = board.vq.windows.at(5);
  EXPECT_EQ(row.base_page, 0x100000u);
  EXPECT_EQ(row.pages, 0x10000u);
  EXPECT_EQ(row.target_page, row.base_page);
  EXPECT_EQ(row.fn, 2);
  EXPECT_TRUE(row.read && row.write && row.valid);
  w.length = 0;
  EXPECT_EQ(board.ask_status(Board::kHost, w), Status::kOk);
  EXPECT_FALSE(board.vq.windows.at(5).valid);
  w.iova = 0x123;
  EXPECT_EQ(board.ask_status(Board::kHost, w), Status::kRefused);

  mailbox::VqSetup s;
  s.fn = 2;
  s.events_log2 = 10;
  s.vector = 3;
  s.ring_count = 64;
  s.events_iova = 0x2000;
  EXPECT_EQ(board.ask_status(Board::kHost, s), Status::kOk);
  EXPECT_EQ(board.vq.queue->ev_page, 2u);
  EXPECT_EQ(board.vq.queue->ev_log2, 10);
  EXPECT_EQ(board.vq.queue->vector, 3);
  EXPECT_EQ(board.vq.queue->ring_count, 64);
  EXPECT_EQ(board.vq.queue->fn, 2);
  EXPECT_TRUE(board.vq.queue->valid);
  // Values that the block's narrower fields would cut.
  for (const auto& bend : std::vector<std::function<void(mailbox::VqSetup&)>>{
           [](auto& x) { x.ring_count = 8192 + 5; }, [](auto& x) { x.vector = 2048 + 3; },
           [](auto& x) { x.vq = 1; }, [](auto& x) { x.events_iova = 0x2008; }}) {
    mailbox::VqSetup bad = s;
    bend(bad);
    board.vq.queue.reset();
    EXPECT_EQ(board.ask_status(Board::kHost, bad), Status::kRefused);
    EXPECT_FALSE(board.vq.queue);
  }
}

}  // namespace
}  // namespace fp::soc
