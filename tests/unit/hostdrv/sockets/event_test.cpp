// SPDX-License-Identifier: Apache-2.0
//
// Events: level and edge, room, waiting and its limits, many sockets of one queue.
#include <poll.h>
#include <sys/epoll.h>

#include <chrono>
#include <map>
#include <set>

#include "tests/unit/hostdrv/sockets/world.hpp"

namespace flatproxy::sockets {
namespace {

FP_SOCKET_SUITE(Events);

constexpr int64_t kSoonNs = 1'000'000;
constexpr int64_t kLongNs = 30'000'000'000;  // only a failure takes as long

TEST_P(Events, LevelReportsAsLongAsBytesWait) {
  auto [s, peer] = open();
  peer->send(10);
  EXPECT_EQ(events_of(*s, kLongNs), FP_IN);
  EXPECT_EQ(events_of(*s, kLongNs), FP_IN);
  ASSERT_EQ(s->recv_text(9, MSG_WAITALL).size(), 9u);
  EXPECT_EQ(events_of(*s, kLongNs), FP_IN);
  ASSERT_EQ(s->recv_text(9).size(), 1u);
  EXPECT_EQ(events_of(*s, kSoonNs), 0u);
}

TEST_P(Events, EdgeReportsOncePerChange) {
  auto [s, peer] = open();
  ASSERT_EQ(s->watch(FP_IN | FP_RDHUP | FP_ET), 0);
  EXPECT_EQ(events_of(*s, kSoonNs), 0u);
  peer->send(10);
  EXPECT_EQ(events_of(*s, kLongNs), FP_IN);
  EXPECT_EQ(events_of(*s, kSoonNs), 0u) << "told once";
  ASSERT_EQ(s->recv_text(4, MSG_WAITALL).size(), 4u);
  EXPECT_EQ(events_of(*s, kSoonNs), 0u) << "reading is no change";
  ASSERT_EQ(s->recv_text(6, MSG_WAITALL).size(), 6u);
  peer->send(10);
  EXPECT_EQ(events_of(*s, kLongNs), FP_IN);
  ASSERT_EQ(s->recv_text(10, MSG_WAITALL).size(), 10u);
  peer->fin();
  EXPECT_EQ(events_of(*s, kLongNs), FP_IN | FP_RDHUP);
  EXPECT_EQ(events_of(*s, kSoonNs), 0u);
}

TEST_P(Events, AskedForAgainAnEdgeReportsWhatIsTheCase) {
  auto [s, peer] = open();
  ASSERT_EQ(s->watch(FP_IN | FP_ET), 0);
  peer->send(10);
  EXPECT_EQ(events_of(*s, kLongNs), FP_IN);
  EXPECT_EQ(events_of(*s, kSoonNs), 0u);
  ASSERT_EQ(s->watch(FP_IN | FP_ET), 0);
  EXPECT_EQ(events_of(*s, kLongNs), FP_IN);
}

TEST_P(Events, LevelRoomIsReportedUntilThereIsNone) {
  auto [s, peer] = open();
  ASSERT_EQ(s->nonblock(true), 0);
  ASSERT_EQ(s->watch(FP_OUT), 0);
  EXPECT_EQ(events_of(*s, kLongNs), FP_OUT);
  EXPECT_EQ(events_of(*s, kLongNs), FP_OUT);
  peer->read(false);
  uint64_t sent = 0;
  for (int refusals = 0; refusals < 50;) {
    const ssize_t n = s->send(pattern(sent), 4000);
    if (n > 0) sent += static_cast<uint64_t>(n);
    if (n < 0) ++refusals, world->run();
  }
  EXPECT_EQ(events_of(*s, kSoonNs), 0u);
  peer->read(true);
  EXPECT_EQ(events_of(*s, kLongNs), FP_OUT);
}

TEST_P(Events, EdgeRoomIsReportedWhenItComesBack) {
  auto [s, peer] = open();
  ASSERT_EQ(s->nonblock(true), 0);
  ASSERT_EQ(s->watch(FP_OUT | FP_ET), 0);
  EXPECT_EQ(events_of(*s, kLongNs), FP_OUT) << "as it is";
  EXPECT_EQ(events_of(*s, kSoonNs), 0u);
  peer->read(false);
  uint64_t sent = 0;
  for (int refusals = 0; refusals < 50;) {
    const ssize_t n = s->send(pattern(sent), 4000);
    if (n > 0) sent += static_cast<uint64_t>(n);
    if (n < 0) ++refusals, world->run();
  }
  events_of(*s, kSoonNs);  // what came while it filled up
  peer->read(true);
  EXPECT_TRUE(world->until([&, sock = s] { return events_of(*sock, kSoonNs) == FP_OUT; }));
}

// What the library does for those who never ask: no FP_OUT until somebody missed room.
TEST_P(Events, RoomThatWasMissedIsReportedOnce) {
  if (is_linux()) GTEST_SKIP() << "the library's own convenience";
  auto [s, peer] = open();
  ASSERT_EQ(s->nonblock(true), 0);
  EXPECT_EQ(events_of(*s, kSoonNs), 0u);
  peer->read(false);
  uint64_t sent = 0;
  for (int refusals = 0; refusals < 50;) {
    const ssize_t n = s->send(pattern(sent), 4000);
    if (n > 0) sent += static_cast<uint64_t>(n);
    if (n < 0) ++refusals, world->run();
  }
  peer->read(true);
  EXPECT_EQ(events_of(*s, kLongNs), FP_OUT);
  EXPECT_TRUE(world->until([&, p = peer] { return p->received() == sent; }));
  events_of(*s);
  EXPECT_EQ(events_of(*s, kSoonNs), 0u);
}

TEST_P(Events, TheEndIsInAndRdhup) {
  auto [s, peer] = open();
  peer->fin();
  EXPECT_EQ(events_of(*s, kLongNs), FP_IN | FP_RDHUP);
  char byte = 0;
  EXPECT_EQ(s->recv(&byte, 1), 0);
  EXPECT_EQ(events_of(*s, kLongNs), FP_IN | FP_RDHUP) << "level";
}

TEST_P(Events, AResetIsAnError) {
  auto [s, peer] = open();
  peer->rst();
  const uint32_t events = events_of(*s, kLongNs);
  EXPECT_NE(events & FP_ERR, 0u) << events;
  EXPECT_EQ(s->get(SOL_SOCKET, SO_ERROR), ECONNRESET);
}

TEST_P(Events, AListenerIsReadableWhileOneWaits) {
  listener().nonblock(true);
  Sock* s = nullptr;
  EXPECT_EQ(world->accept(listener(), &s), -EAGAIN);
  world->connect(listener());
  EXPECT_EQ(events_of(listener(), kLongNs), FP_IN);
  EXPECT_EQ(events_of(listener(), kLongNs), FP_IN);
  EXPECT_EQ(world->accept(listener(), &s), 0);
  EXPECT_EQ(events_of(listener(), kSoonNs), 0u);
  EXPECT_EQ(world->accept(listener(), &s), -EAGAIN);
}

TEST_P(Events, WaitingEndsWithItsTime) {
  auto [s, peer] = open();
  EXPECT_TRUE(world->poll(0).empty());
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(world->poll(20'000'000).empty());
  if (!world->own_time()) {
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(20));
  }
  (void)s, (void)peer;
}

TEST_P(Events, ReadTimeoutsEndABlockingRead) {
  auto [s, peer] = open();
  ASSERT_EQ(s->timeout(SO_RCVTIMEO, 20'000), 0);
  char bytes[100];
  EXPECT_EQ(s->recv(bytes, 1), -EAGAIN);
  EXPECT_EQ(s->recv(bytes, 100, MSG_WAITALL), -EAGAIN);
  peer->send(10);
  EXPECT_EQ(s->recv(bytes, 100, MSG_WAITALL), 10) << "what came in time";
  timeval t{};
  socklen_t n = sizeof t;
  ASSERT_EQ(s->getsockopt(SOL_SOCKET, SO_RCVTIMEO, &t, &n), 0);
  EXPECT_EQ(t.tv_sec, 0);
  EXPECT_EQ(t.tv_usec, 20'000);
  EXPECT_EQ(s->timeout(SO_RCVTIMEO, 0), 0);
  peer->send(1);
  EXPECT_EQ(s->recv(bytes, 1), 1);
}

TEST_P(Events, WriteTimeoutsEndABlockingWrite) {
  auto [s, peer] = open();
  peer->read(false);
  ASSERT_EQ(s->timeout(SO_SNDTIMEO, 20'000), 0);
  const std::string piece = pattern(0, kPeriod);
  ssize_t n = 0;
  for (int i = 0; i < 2000; ++i) {
    n = s->send_text(piece);
    if (n != static_cast<ssize_t>(piece.size())) break;
  }
  EXPECT_LT(n, static_cast<ssize_t>(piece.size())) << "a part, and then";
  // A buffer may grow in between, as that of a connection does which goes back to plain TCP.
  for (int i = 0; i < 2000; ++i) {
    n = s->send_text(piece);
    if (n < 0) break;
  }
  EXPECT_EQ(n, -EAGAIN);
}

TEST_P(Events, AcceptHasTheReadTimeout) {
  ASSERT_EQ(listener().timeout(SO_RCVTIMEO, 20'000), 0);
  Sock* s = nullptr;
  EXPECT_EQ(world->accept(listener(), &s), -EAGAIN);
}

// As many as the transport has: 1000 on TCP, every ring of the device.
TEST_P(Events, ManySocketsShareAQueue) {
  const unsigned many = world->most_connections();
  std::map<Sock*, Peer*> pairs;
  for (unsigned i = 0; i < many; ++i) {
    const Pair p = open();
    ASSERT_NE(p.sock, nullptr) << i;
    pairs[p.sock] = p.peer;
  }
  ASSERT_EQ(pairs.size(), many);
  for (auto& [s, peer] : pairs) peer->send(100);
  std::set<Sock*> done;
  EXPECT_TRUE(world->until([&] {
    for (const Event& e : world->poll(kSoonNs, 16)) {
      if (e.sock == &listener()) continue;
      EXPECT_EQ(e.sock->recv_text(100, MSG_WAITALL), pattern(0, 100));
      EXPECT_EQ(e.sock->send(pattern(0), 100), 100);
      done.insert(e.sock);
    }
    return done.size() == many;
  })) << done.size();
  for (auto& [s, peer] : pairs) {
    ASSERT_TRUE(world->until([&, p = peer] { return p->received() == 100; }));
  }
}

TEST_P(Events, NobodyIsPassedOverWhenAllAreReady) {
  std::set<Sock*> all, seen;
  for (int i = 0; i < 20; ++i) {
    const Pair p = open();
    p.peer->send(1);
    all.insert(p.sock);
  }
  EXPECT_TRUE(world->until([&] {
    for (const Event& e : world->poll(kSoonNs, 3)) seen.insert(e.sock);
    return seen.size() == all.size();
  }));
  EXPECT_EQ(seen, all);
}

// The queue's descriptor in the caller's own epoll.
TEST_P(Events, TheQueueSleepsInTheCallersEpoll) {
  if (world->queue() == nullptr) GTEST_SKIP() << "epoll itself";
  const int fd = fp_vq_fd(world->queue());
  if (fd == -EOPNOTSUPP) GTEST_SKIP() << "a device in this process has no descriptor";
  auto [s, peer] = open();
  const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  epoll_event e{};
  e.events = EPOLLIN;
  ASSERT_EQ(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e), 0);
  ASSERT_EQ(fp_vq_arm(world->queue()), 0);
  EXPECT_EQ(epoll_wait(epoll_fd, &e, 1, 0), 0);
  peer->send(1);
  EXPECT_EQ(epoll_wait(epoll_fd, &e, 1, 30'000), 1);
  EXPECT_EQ(fp_vq_arm(world->queue()), -EAGAIN) << "not asleep over an event";
  EXPECT_EQ(events_of(*s), FP_IN);
  EXPECT_EQ(s->recv_text(1).size(), 1u);
  EXPECT_EQ(fp_vq_arm(world->queue()), 0);
  ::close(epoll_fd);
}

}  // namespace
}  // namespace flatproxy::sockets
