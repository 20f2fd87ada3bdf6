// SPDX-License-Identifier: Apache-2.0
//
// How connections end: half closes, resets, closing with bytes under way.
#include "tests/unit/hostdrv/sockets/world.hpp"

namespace flatproxy::sockets {
namespace {

FP_SOCKET_SUITE(End);

TEST_P(End, ThePeersEndIsSeenBehindItsBytes) {
  auto [s, peer] = open();
  peer->send(5000);
  peer->fin();
  EXPECT_EQ(drain(*s, 5000), 5000u);
  char byte = 0;
  EXPECT_EQ(s->recv(&byte, 1), 0);
  EXPECT_EQ(s->recv(&byte, 1), 0) << "again and again";
  // Our half still works.
  EXPECT_EQ(s->send(pattern(0), 3000), 3000);
  EXPECT_TRUE(world->until([&, p = peer] { return p->received() == 3000; }));
  EXPECT_FALSE(peer->fin_seen());
}

TEST_P(End, OurEndLeavesTheOtherHalf) {
  auto [s, peer] = open();
  EXPECT_EQ(s->send(pattern(0), 3000), 3000);
  ASSERT_EQ(s->shutdown(SHUT_WR), 0);
  EXPECT_TRUE(world->until([&, p = peer] { return p->fin_seen(); }));
  EXPECT_EQ(peer->received(), 3000u) << "FIN behind the bytes";
  EXPECT_EQ(s->send(pattern(0), 1), -EPIPE);
  EXPECT_EQ(s->shutdown(SHUT_WR), 0) << "twice is once";
  peer->send(70'000);
  peer->fin();
  EXPECT_EQ(drain(*s, 70'000), 70'000u);
  char byte = 0;
  EXPECT_EQ(s->recv(&byte, 1), 0);
}

TEST_P(End, ShutRdEndsReadingAndNotWriting) {
  auto [s, peer] = open();
  peer->send(10);
  EXPECT_EQ(s->recv_text(4, MSG_WAITALL), pattern(0, 4));
  std::string six(6, '\0');
  EXPECT_EQ(s->recv(six.data(), 6, MSG_PEEK | MSG_WAITALL), 6);
  ASSERT_EQ(s->shutdown(SHUT_RD), 0);
  EXPECT_EQ(s->recv_text(100), pattern(4, 6)) << "what was there is still given";
  EXPECT_EQ(s->recv(six.data(), 6), 0) << "without waiting";
  EXPECT_EQ(s->send(pattern(0), 100), 100);
  EXPECT_TRUE(world->until([&, p = peer] { return p->received() == 100; }));
}

TEST_P(End, ShutRdwrIsBoth) {
  auto [s, peer] = open();
  EXPECT_EQ(s->send(pattern(0), 10), 10);
  ASSERT_EQ(s->shutdown(SHUT_RDWR), 0);
  char byte = 0;
  EXPECT_EQ(s->recv(&byte, 1), 0);
  EXPECT_EQ(s->send(&byte, 1), -EPIPE);
  EXPECT_TRUE(world->until([&, p = peer] { return p->fin_seen(); }));
  EXPECT_EQ(peer->received(), 10u);
}

TEST_P(End, AResetIsAnErrorBehindTheBytes) {
  auto [s, peer] = open();
  peer->send(100);
  std::string got(100, '\0');
  EXPECT_EQ(s->recv(got.data(), 100, MSG_PEEK | MSG_WAITALL), 100);
  peer->rst();
  // The reset reaches us while we wait for an event.
  EXPECT_TRUE(world->until(
      [&, sock = s] { return (events_of(*sock, 1'000'000) & (FP_ERR | FP_HUP)) != 0; }));
  EXPECT_EQ(s->recv_text(100), pattern(0, 100));
  char byte = 0;
  EXPECT_EQ(s->recv(&byte, 1), -ECONNRESET);
  const ssize_t n = s->send(&byte, 1);
  EXPECT_TRUE(n == -EPIPE || n == -ECONNRESET) << n;
}

TEST_P(End, AResetWakesABlockedReader) {
  auto [s, peer] = open();
  peer->rst();
  char byte = 0;
  EXPECT_EQ(s->recv(&byte, 1), -ECONNRESET);
}

TEST_P(End, LingerOfZeroResetsThePeer) {
  auto [s, peer] = open();
  ASSERT_EQ(s->linger_reset(), 0);
  s->close();
  EXPECT_TRUE(world->until([&, p = peer] { return p->rst_seen(); }));
  EXPECT_FALSE(peer->fin_seen());
}

TEST_P(End, CloseSendsWhatIsUnderWay) {
  auto [s, peer] = open();
  peer->read(false);
  ASSERT_EQ(s->nonblock(true), 0);
  uint64_t sent = 0;
  while (sent < 200'000) {
    const ssize_t n = s->send(pattern(sent), 4000);
    if (n < 0) break;
    sent += static_cast<uint64_t>(n);
  }
  ASSERT_GT(sent, 60'000u);
  s->close();
  peer->read(true);
  EXPECT_TRUE(world->until([&, p = peer] { return p->fin_seen(); }));
  EXPECT_EQ(peer->received(), sent);
  EXPECT_TRUE(peer->intact());
}

TEST_P(End, ClosingAListenerEndsWhoWaits) {
  Peer* waiting = world->connect(listener());
  Sock* first = nullptr;
  Peer* accepted = waiting;
  ASSERT_EQ(world->accept(listener(), &first), 0);
  waiting = world->connect(listener());
  if (world->own_time()) {
    for (int i = 0; i < 10; ++i) world->run();
  }
  listener().close();
  EXPECT_TRUE(world->until([&] {
    world->poll(0);
    return waiting->fin_seen() || waiting->rst_seen();
  }));
  accepted->send(3);
  EXPECT_EQ(first->recv_text(3, MSG_WAITALL), pattern(0, 3)) << "accepted ones live on";
}

// Rings, descriptors and generations come back.
TEST_P(End, ConnectionsComeAndGo) {
  for (int i = 0; i < 300; ++i) {
    auto [s, peer] = open();
    ASSERT_NE(s, nullptr) << i;
    peer->send(100);
    peer->fin();
    ASSERT_EQ(drain(*s, 200), 100u);
    ASSERT_EQ(s->send(pattern(0), 50), 50);
    s->close();
    ASSERT_TRUE(world->until([&, p = peer] { return p->fin_seen(); })) << i;
    ASSERT_EQ(peer->received(), 50u);
  }
}

TEST_P(End, UnconnectedSocketsSaySo) {
  Sock* s = nullptr;
  ASSERT_EQ(world->socket(AF_INET, SOCK_STREAM, &s), 0);
  char byte = 0;
  EXPECT_EQ(s->recv(&byte, 1), -ENOTCONN);
  const ssize_t n = s->send(&byte, 1);
  EXPECT_TRUE(n == -ENOTCONN || n == -EPIPE) << n;
  EXPECT_EQ(s->shutdown(SHUT_WR), -ENOTCONN);
  EXPECT_EQ(s->shutdown(17), -EINVAL);
  sockaddr_in a{};
  socklen_t len = sizeof a;
  EXPECT_EQ(s->name(true, reinterpret_cast<sockaddr*>(&a), &len), -ENOTCONN);
}

}  // namespace
}  // namespace flatproxy::sockets
