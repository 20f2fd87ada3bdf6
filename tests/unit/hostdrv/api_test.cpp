// SPDX-License-Identifier: Apache-2.0
//
// Opening, listening, accepting, moving bytes.
#include <arpa/inet.h>

#include "tests/unit/hostdrv/host_bench.hpp"

namespace flatproxy::test {
namespace {

class Api : public HostBench {};

TEST_F(Api, AnnouncesItsMemoryAndItsQueue) {
  EXPECT_EQ(device.window.fn, 3);
  EXPECT_EQ(device.setup.fn, 3);
  EXPECT_EQ(device.setup.vq, 0);
  EXPECT_EQ(device.setup.ring_count, vq::kNumRings);
  EXPECT_GE(1u << device.setup.events_log2, 2 * vq::kNumRings + vq::kEvSlotSlack)
      << "or the last rings are never bound";
  EXPECT_EQ(device.mapped.count(device.setup.events_iova), 1u);
  EXPECT_EQ(device.mapped[device.setup.events_iova].size(),
            (size_t{1} << device.setup.events_log2) * vq::kEventBytes);
  fp_vq* second = nullptr;
  EXPECT_EQ(fp_vq_create(context, 0, &second), -EBUSY);
  EXPECT_EQ(fp_vq_create(context, 1, &second), -EINVAL);
}

TEST_F(Api, EchoesAMessage) {
  fp_sock* s = open(5);
  const uint32_t ring = ring_of(5);
  EXPECT_EQ(events_of(s), 0u);
  deliver(ring, "hello");
  EXPECT_EQ(events_of(s), 0u) << "no event, no data";
  device.write_events();
  EXPECT_EQ(events_of(s), FP_IN);
  EXPECT_EQ(receive(s), "hello");
  EXPECT_EQ(events_of(s), 0u);
  EXPECT_EQ(device.rings[ring].rx_head, 5u) << "fp_poll flushes";
  EXPECT_EQ(send(s, "world"), 5);
  EXPECT_EQ(device.rings[ring].tx_tail, 5u) << "fp_send notifies";
  device.fetch(ring, 100);
  EXPECT_EQ(text_of(device.rings[ring].from_host), "world");
}

TEST_F(Api, NamesAreThoseOfTheConnection) {
  fp_sock* s = open(5);
  sockaddr_in a{};
  socklen_t n = sizeof a;
  ASSERT_EQ(fp_getpeername(s, reinterpret_cast<sockaddr*>(&a), &n), 0);
  EXPECT_EQ(a.sin_family, AF_INET);
  EXPECT_EQ(ntohs(a.sin_port), 10005);
  EXPECT_EQ(ntohl(a.sin_addr.s_addr), 0x0a000002u);
  EXPECT_EQ(n, sizeof a);
  ASSERT_EQ(fp_getsockname(s, reinterpret_cast<sockaddr*>(&a), &n), 0);
  EXPECT_EQ(ntohs(a.sin_port), 80);
  EXPECT_EQ(fp_getpeername(listener, reinterpret_cast<sockaddr*>(&a), &n), -ENOTCONN);
  EXPECT_EQ(fp_getsockname(s, nullptr, &n), -EINVAL);
}

TEST_F(Api, WindowsAcrossTheRingsEndAreContiguous) {
  fp_sock* s = open(5);
  const uint32_t ring = ring_of(5);
  std::string sent, got;
  for (int i = 0; i < 40; ++i) {
    const std::string part(300, static_cast<char>('a' + i % 26));
    deliver(ring, part);
    sent += part;
    device.write_events();
    ASSERT_EQ(events_of(s), FP_IN);
    const void* window = nullptr;
    ASSERT_EQ(fp_rx_peek(s, &window), 300);
    got.append(static_cast<const char*>(window), 300);
    void* room = nullptr;
    ASSERT_EQ(fp_tx_reserve(s, 300, &room), 300);
    std::memcpy(room, window, 300);
    ASSERT_EQ(fp_tx_commit(s, 300, FP_MORE), 0);
    EXPECT_EQ(device.rings[ring].tx_tail, static_cast<uint32_t>(300 * i)) << "FP_MORE waits";
    ASSERT_EQ(fp_rx_consume(s, 300), 0);
    ASSERT_EQ(fp_flush(queue), 0);
    device.fetch(ring, 4096);
  }
  EXPECT_EQ(got, sent);
  EXPECT_EQ(text_of(device.rings[ring].from_host), sent);
}

TEST_F(Api, BackpressureBothWays) {
  fp_sock* s = open(5);
  const uint32_t ring = ring_of(5);
  // TX: the ring takes 4096 bytes and no more.
  EXPECT_EQ(send(s, std::string(5000, 'x')), 4096);
  EXPECT_EQ(send(s, "y"), -EAGAIN);
  EXPECT_EQ(events_of(s), 0u);
  device.fetch(ring, 1000);
  EXPECT_EQ(send(s, "y"), -EAGAIN) << "the event has not come";
  device.write_events();
  EXPECT_EQ(events_of(s), FP_OUT);
  EXPECT_EQ(events_of(s), 0u) << "edge-triggered";
  EXPECT_EQ(device.rings[ring].tx_seen, 1000u);
  EXPECT_EQ(send(s, std::string(2000, 'z')), 1000);
  device.fetch(ring, 10);
  device.write_events();
  EXPECT_EQ(events_of(s), FP_OUT);
  // RX: 4096 bytes and then the device has to wait for rx_head.
  deliver(ring, std::string(4096, 'a'));
  device.write_events();
  EXPECT_EQ(device.rings[ring].room(), 0u);
  EXPECT_NE(events_of(s) & FP_IN, 0u);
  EXPECT_EQ(receive(s, 1).size(), 1u);
  fp_flush(queue);
  EXPECT_EQ(device.rings[ring].room(), 1u);
  EXPECT_EQ(receive(s).size(), 4095u);
  fp_flush(queue);
  EXPECT_EQ(device.rings[ring].room(), 4096u);
}

// Nobody asked for room: nobody is told.
TEST_F(Api, RoomThatNobodyMissedIsNoEvent) {
  fp_sock* s = open(5);
  const uint32_t ring = ring_of(5);
  EXPECT_EQ(send(s, "x"), 1);
  device.fetch(ring, 1);
  EXPECT_EQ(device.write_events(), 1u);
  EXPECT_EQ(events_of(s), 0u);
  EXPECT_EQ(device.rings[ring].tx_seen, 1u) << "taken note of all the same";
}

TEST_F(Api, DataLeftBehindAreReportedAgain) {
  fp_sock* s = open(5);
  const uint32_t ring = ring_of(5);
  deliver(ring, "abcd");
  device.write_events();
  EXPECT_EQ(events_of(s), FP_IN);
  EXPECT_EQ(receive(s, 1), "a");
  deliver(ring, "ef");
  EXPECT_EQ(device.write_events(), 0u) << "one rx event outstanding";
  EXPECT_EQ(events_of(s), FP_IN) << "level-triggered";
  EXPECT_EQ(device.write_events(), 1u) << "rx_head moved and data remain";
  EXPECT_EQ(events_of(s), FP_IN);
  EXPECT_EQ(receive(s), "bcdef");
}

TEST_F(Api, RequestsThatNobodyServesAreRefused) {
  const auto status = [&](uint32_t id, uint16_t port, uint16_t vq_number) {
    device.replies.clear();
    device.request({.conn_id = id, .gen = 0}, port, vq_number);
    talk();
    EXPECT_EQ(device.replies.size(), 1u);
    EXPECT_EQ(device.replies.at(0).conn.conn_id, id);
    return device.replies.at(0).status;
  };
  fp_sock* other = nullptr;
  ASSERT_EQ(fp_socket(queue, AF_INET, SOCK_STREAM, 0, &other), 0);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(81);
  a.sin_addr.s_addr = htonl(0x0a000063);
  ASSERT_EQ(fp_bind(listener, reinterpret_cast<sockaddr*>(&a), sizeof a), -EINVAL) << "listening";
  ASSERT_EQ(fp_bind(other, reinterpret_cast<sockaddr*>(&a), sizeof a), 0);
  fp_close(listener);
  listener = other;
  EXPECT_EQ(status(1, 81, 0), mb::Status::kNoRoom) << "not listening yet";
  ASSERT_EQ(fp_listen(other, 1), 0);
  EXPECT_EQ(status(2, 81, 0), mb::Status::kNoRoom) << "another address";
  EXPECT_EQ(status(3, 80, 0), mb::Status::kNoRoom) << "another port";
  EXPECT_EQ(status(4, 81, 1), mb::Status::kBadState) << "another queue";
  EXPECT_EQ(device.mapped.size(), 1u) << "the event ring alone";
}

TEST_F(Api, TheBacklogCountsOfferedAndWaitingOnes) {
  for (uint32_t id = 0; id < 9; ++id) {
    device.request({.conn_id = id, .gen = 0});
    talk();
    if (id % 2 == 0) device.write_events();  // some are open, some only offered
    EXPECT_EQ(device.replies.back().status, id < 8 ? mb::Status::kOk : mb::Status::kNoRoom);
  }
  EXPECT_EQ(events_of(listener), FP_IN);
  fp_sock* s = nullptr;
  sockaddr_in a{};
  socklen_t n = sizeof a;
  device.write_events();
  events_of(listener);
  for (uint32_t id = 0; id < 8; ++id) {
    ASSERT_EQ(fp_accept(listener, queue, reinterpret_cast<sockaddr*>(&a), &n, &s), 0);
    EXPECT_EQ(ntohs(a.sin_port), 10000 + id) << "in the order they came";
  }
  EXPECT_EQ(fp_accept(listener, queue, nullptr, nullptr, &s), -EAGAIN);
  device.request({.conn_id = 20, .gen = 0});
  talk();
  EXPECT_EQ(device.replies.back().status, mb::Status::kOk) << "accepting makes room";
}

TEST_F(Api, EveryRingCanBeUsedAndNoneTwice) {
  std::set<uint32_t> used;
  for (uint32_t id = 0; id < vq::kNumRings; ++id) {
    ASSERT_NE(open(id), nullptr);
    EXPECT_TRUE(used.insert(ring_of(id)).second);
  }
  device.request({.conn_id = 500, .gen = 0});
  talk();
  EXPECT_EQ(device.replies.back().status, mb::Status::kNoRoom);
}

TEST_F(Api, AMapThatFailsIsARefusalWithoutLeak) {
  for (int nth : {1, 2}) {
    device.refuse_maps = nth;
    device.request({.conn_id = 1, .gen = 0});
    talk();
    EXPECT_EQ(device.replies.back().status, mb::Status::kNoRoom);
    EXPECT_EQ(device.mapped.size(), 1u);
  }
  device.refuse_maps = 0;
  EXPECT_NE(open(2), nullptr);
}

TEST_F(Api, WrongCallsAreRefused) {
  fp_sock* s = nullptr;
  EXPECT_EQ(fp_socket(queue, AF_UNIX, SOCK_STREAM, 0, &s), -EAFNOSUPPORT);
  EXPECT_EQ(fp_socket(queue, AF_INET, SOCK_DGRAM, 0, &s), -EPROTONOSUPPORT);
  EXPECT_EQ(fp_socket(queue, AF_INET, SOCK_STREAM, IPPROTO_UDP, &s), -EPROTONOSUPPORT);
  EXPECT_EQ(fp_listen(listener, 0), -EINVAL);
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  ASSERT_EQ(fp_socket(queue, AF_INET, SOCK_STREAM, IPPROTO_TCP, &s), 0);
  EXPECT_EQ(fp_bind(s, reinterpret_cast<sockaddr*>(&six), sizeof six), -EINVAL);
  const void* p = nullptr;
  EXPECT_EQ(fp_rx_peek(s, &p), -ENOTCONN);
  EXPECT_EQ(send(s, "x"), -ENOTCONN);
  EXPECT_EQ(fp_shutdown(s, SHUT_WR), -ENOTCONN);
  fp_close(s);
  s = open(1);
  EXPECT_EQ(fp_accept(s, queue, nullptr, nullptr, &listener), -EINVAL);
  EXPECT_EQ(fp_shutdown(s, SHUT_RD), 0);
  EXPECT_EQ(fp_send(s, "x", 1, MSG_OOB), -EOPNOTSUPP);
  EXPECT_EQ(fp_rx_consume(s, 1), -EINVAL) << "more than there is";
  EXPECT_EQ(fp_tx_commit(s, 4097, 0), -EINVAL) << "more than there is room";
  fp_event ev;
  EXPECT_EQ(fp_poll(queue, &ev, 0, 0), -EINVAL);
  EXPECT_EQ(fp_poll(queue, &ev, 1, 1), -EINVAL) << "in-process devices cannot wait";
  fp_close(nullptr);
}

TEST_F(Api, StatisticsCount) {
  fp_sock* s = open(5);
  fp_stats stats{};
  EXPECT_EQ(fp_sock_stats(s, &stats), -EINVAL) << "size first";
  deliver(ring_of(5), "abc");
  device.write_events();
  events_of(s);
  send(s, "12345");
  stats.size = sizeof stats;
  ASSERT_EQ(fp_sock_stats(s, &stats), 0);
  EXPECT_EQ(stats.rx_bytes, 3u);
  EXPECT_EQ(stats.tx_bytes, 5u);
  stats.size = sizeof stats;
  ASSERT_EQ(fp_vq_stats(queue, &stats), 0);
  EXPECT_EQ(stats.events, device.ev_tail);
  EXPECT_EQ(stats.notifies, device.doorbells);
}

}  // namespace
}  // namespace flatproxy::test
