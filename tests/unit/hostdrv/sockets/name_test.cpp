// SPDX-License-Identifier: Apache-2.0
//
// Names, address families, options, connecting.
#include <arpa/inet.h>
#include <netinet/tcp.h>

#include "tests/unit/hostdrv/sockets/world.hpp"

namespace flatproxy::sockets {
namespace {

FP_SOCKET_SUITE(Names);

TEST_P(Names, BothEndsHaveTheirs) {
  auto [s, peer] = open();
  sockaddr_in mine{}, theirs{}, bound{};
  socklen_t n = sizeof mine;
  ASSERT_EQ(listener().name(false, reinterpret_cast<sockaddr*>(&bound), &n), 0);
  ASSERT_EQ(s->name(false, reinterpret_cast<sockaddr*>(&mine), &n), 0);
  EXPECT_EQ(n, sizeof mine);
  EXPECT_EQ(mine.sin_family, AF_INET);
  EXPECT_EQ(mine.sin_port, bound.sin_port);
  EXPECT_EQ(ntohl(mine.sin_addr.s_addr), INADDR_LOOPBACK);
  ASSERT_EQ(s->name(true, reinterpret_cast<sockaddr*>(&theirs), &n), 0);
  EXPECT_EQ(ntohs(theirs.sin_port), peer->port());
  EXPECT_EQ(ntohl(theirs.sin_addr.s_addr), INADDR_LOOPBACK);
}

TEST_P(Names, AcceptTellsWhoCame) {
  Peer* peer = world->connect(listener());
  Sock* s = nullptr;
  sockaddr_in who{};
  socklen_t n = sizeof who;
  ASSERT_EQ(world->accept(listener(), &s, reinterpret_cast<sockaddr*>(&who), &n), 0);
  EXPECT_EQ(n, sizeof who);
  EXPECT_EQ(ntohs(who.sin_port), peer->port());
}

TEST_P(Names, AShortBufferIsCutAndTheLengthTold) {
  auto [s, peer] = open();
  (void)peer;
  sockaddr_in a{};
  socklen_t n = 2;
  ASSERT_EQ(s->name(false, reinterpret_cast<sockaddr*>(&a), &n), 0);
  EXPECT_EQ(n, sizeof a);
  EXPECT_EQ(a.sin_family, AF_INET);
  EXPECT_EQ(a.sin_port, 0);
}

TEST_P(Names, Ipv6CarriesBytesAndNames) {
  auto [s, peer] = open(AF_INET6);
  sockaddr_in6 a{};
  socklen_t n = sizeof a;
  ASSERT_EQ(s->name(true, reinterpret_cast<sockaddr*>(&a), &n), 0);
  EXPECT_EQ(n, sizeof a);
  EXPECT_EQ(a.sin6_family, AF_INET6);
  EXPECT_EQ(ntohs(a.sin6_port), peer->port());
  EXPECT_TRUE(IN6_IS_ADDR_LOOPBACK(&a.sin6_addr));
  peer->send(100'000);
  EXPECT_EQ(drain(*s, 100'000), 100'000u);
  EXPECT_EQ(s->send(pattern(0), 50'000), 50'000);
  EXPECT_TRUE(world->until([&, p = peer] { return p->received() == 50'000; }));
  EXPECT_TRUE(peer->intact());
}

TEST_P(Names, OptionsAreReadBack) {
  auto [s, peer] = open();
  (void)peer;
  EXPECT_EQ(s->get(SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  EXPECT_EQ(s->get(SOL_SOCKET, SO_DOMAIN), AF_INET);
  EXPECT_EQ(s->get(SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
  EXPECT_EQ(s->get(SOL_SOCKET, SO_ERROR), 0);
  EXPECT_EQ(s->get(SOL_SOCKET, SO_ACCEPTCONN), 0);
  EXPECT_EQ(listener().get(SOL_SOCKET, SO_ACCEPTCONN), 1);
  for (const int name : {SO_KEEPALIVE, SO_REUSEADDR}) {
    EXPECT_EQ(s->set(SOL_SOCKET, name, 1), 0);
    EXPECT_EQ(s->get(SOL_SOCKET, name), 1);
    EXPECT_EQ(s->set(SOL_SOCKET, name, 0), 0);
    EXPECT_EQ(s->get(SOL_SOCKET, name), 0);
  }
  EXPECT_EQ(s->set(IPPROTO_TCP, TCP_NODELAY, 1), 0);
  EXPECT_EQ(s->get(IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(s->set(SOL_SOCKET, SO_RCVBUF, 65536), 0);
  EXPECT_GE(s->get(SOL_SOCKET, SO_RCVBUF), 65536);
  EXPECT_EQ(s->set(SOL_SOCKET, SO_SNDBUF, 65536), 0);
  EXPECT_GE(s->get(SOL_SOCKET, SO_SNDBUF), 65536);
}

TEST_P(Names, WrongOptionsAreRefused) {
  auto [s, peer] = open();
  (void)peer;
  char byte = 1;
  EXPECT_EQ(s->setsockopt(SOL_SOCKET, SO_KEEPALIVE, &byte, 1), -EINVAL) << "too short";
  EXPECT_EQ(s->setsockopt(SOL_SOCKET, SO_LINGER, &byte, 1), -EINVAL);
  EXPECT_EQ(s->set(SOL_SOCKET, SO_TYPE, 1), -ENOPROTOOPT) << "to be read only";
  const timeval t{.tv_sec = 0, .tv_usec = 1'000'000};
  EXPECT_EQ(s->setsockopt(SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t), -EDOM);
  EXPECT_EQ(s->set(SOL_SOCKET, 9999, 1), -ENOPROTOOPT);
  if (is_linux()) return;  // it has more
  EXPECT_EQ(s->set(SOL_SOCKET, SO_RCVLOWAT, 1), -ENOPROTOOPT);
  EXPECT_EQ(s->set(IPPROTO_TCP, TCP_CORK, 1), -ENOPROTOOPT);
}

TEST_P(Names, WrongSocketsAreRefused) {
  Sock* s = nullptr;
  EXPECT_EQ(world->socket(1000, SOCK_STREAM, &s), -EAFNOSUPPORT);
  if (!is_linux()) {
    EXPECT_EQ(world->socket(AF_UNIX, SOCK_STREAM, &s), -EAFNOSUPPORT);
    EXPECT_EQ(world->socket(AF_INET, SOCK_DGRAM, &s), -EPROTONOSUPPORT);
  }
}

class Connecting : public SocketTest {
 protected:
  void SetUp() override {
    SocketTest::SetUp();
    if (IsSkipped()) return;
    if (!world->has_connect()) GTEST_SKIP() << "the device opens no connections yet";
  }
  // An accepting listener's address.
  std::pair<sockaddr_in, socklen_t> target() {
    sockaddr_in a{};
    socklen_t n = sizeof a;
    listener().name(false, reinterpret_cast<sockaddr*>(&a), &n);
    return {a, n};
  }
};
INSTANTIATE_TEST_SUITE_P(Sockets, Connecting,
                         testing::Values(Kind::kLinux, Kind::kTcp, Kind::kSockmap, Kind::kDevice),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST_P(Connecting, BlockingConnectsAndMovesBytes) {
  auto [a, n] = target();
  Sock* client = nullptr;
  Sock* server = nullptr;
  ASSERT_EQ(world->socket(AF_INET, SOCK_STREAM, &client), 0);
  ASSERT_EQ(world->connect(*client, reinterpret_cast<sockaddr*>(&a), n), 0);
  ASSERT_EQ(world->accept(listener(), &server), 0);
  EXPECT_EQ(client->send(pattern(0), 1000), 1000);
  EXPECT_EQ(server->recv_text(1000, MSG_WAITALL), pattern(0, 1000));
  EXPECT_EQ(world->connect(*client, reinterpret_cast<sockaddr*>(&a), n), -EISCONN);
}

TEST_P(Connecting, NonBlockingIsAnEventLater) {
  auto [a, n] = target();
  Sock* client = nullptr;
  ASSERT_EQ(world->socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, &client), 0);
  if (is_linux()) client->watch(FP_OUT | FP_ET);
  ASSERT_EQ(world->connect(*client, reinterpret_cast<sockaddr*>(&a), n), -EINPROGRESS);
  EXPECT_TRUE(world->until([&] { return (events_of(*client, 1'000'000) & FP_OUT) != 0; }));
  EXPECT_EQ(client->get(SOL_SOCKET, SO_ERROR), 0);
  EXPECT_EQ(client->send(pattern(0), 10), 10);
}

TEST_P(Connecting, ARefusalIsSaid) {
  auto [a, n] = target();
  listener().close();
  Sock* client = nullptr;
  ASSERT_EQ(world->socket(AF_INET, SOCK_STREAM, &client), 0);
  EXPECT_EQ(world->connect(*client, reinterpret_cast<sockaddr*>(&a), n), -ECONNREFUSED);
  ASSERT_EQ(world->socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, &client), 0);
  const int status = world->connect(*client, reinterpret_cast<sockaddr*>(&a), n);
  if (status == -EINPROGRESS) {
    EXPECT_TRUE(world->until([&] { return (events_of(*client, 1'000'000) & FP_ERR) != 0; }));
    EXPECT_EQ(client->get(SOL_SOCKET, SO_ERROR), ECONNREFUSED);
  } else {
    EXPECT_EQ(status, -ECONNREFUSED);
  }
}

}  // namespace
}  // namespace flatproxy::sockets
