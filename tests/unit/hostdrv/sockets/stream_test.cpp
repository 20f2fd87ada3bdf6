// SPDX-License-Identifier: Apache-2.0
//
// Bytes: blocking and not, whole and in parts, one and a hundred million.
#include <algorithm>
#include <array>
#include <cstring>

#include "tests/unit/hostdrv/sockets/world.hpp"

namespace flatproxy::sockets {
namespace {

FP_SOCKET_SUITE(Stream);

// Instrumented, the device's model is a hundred times slower.
#if defined(__SANITIZE_ADDRESS__)
constexpr uint64_t kMost = 200'000, kMuch = 300'000;
#else
constexpr uint64_t kMost = 100'000'000, kMuch = 32u << 20;
#endif

void send_all(Sock& s, uint64_t from, uint64_t bytes) {
  for (uint64_t at = 0; at < bytes;) {
    const size_t n = std::min<uint64_t>(bytes - at, kPeriod);
    ASSERT_EQ(s.send(pattern(from + at), n), static_cast<ssize_t>(n)) << "a blocking send is whole";
    at += n;
  }
}

TEST_P(Stream, ABlockingReadWaitsForBytes) {
  auto [s, peer] = open();
  peer->send(5);
  EXPECT_EQ(s->recv_text(100), pattern(0, 5)) << "what there is, not what there is room for";
}

TEST_P(Stream, ANonBlockingReadSaysEagain) {
  auto [s, peer] = open();
  ASSERT_EQ(s->nonblock(true), 0);
  char byte = 0;
  EXPECT_EQ(s->recv(&byte, 1), -EAGAIN);
  peer->send(1);
  EXPECT_TRUE(world->until([&, sock = s] { return sock->recv(&byte, 1) == 1; }));
  EXPECT_EQ(byte, *pattern(0));
  EXPECT_EQ(s->recv(&byte, 1), -EAGAIN);
  ASSERT_EQ(s->nonblock(false), 0);
  peer->send(1);
  EXPECT_EQ(s->recv(&byte, 1), 1) << "blocking again";
}

TEST_P(Stream, DontwaitMakesOneCallNonBlocking) {
  auto [s, peer] = open();
  char byte = 0;
  EXPECT_EQ(s->recv(&byte, 1, MSG_DONTWAIT), -EAGAIN);
  peer->send(1);
  EXPECT_EQ(s->recv(&byte, 1), 1);
}

TEST_P(Stream, ReadsTakePartsAndLoseNothing) {
  auto [s, peer] = open();
  peer->send(10'000);
  uint64_t got = 0;
  for (size_t piece = 1; got < 10'000; piece = piece % 997 + 13) {
    const std::string text = s->recv_text(piece);
    ASSERT_FALSE(text.empty());
    ASSERT_EQ(text, pattern(got, text.size()));
    got += text.size();
  }
}

TEST_P(Stream, PeekLeavesTheBytes) {
  auto [s, peer] = open();
  peer->send(100);
  EXPECT_EQ(s->recv_text(100, MSG_PEEK | MSG_WAITALL), pattern(0, 100));
  EXPECT_EQ(s->recv_text(10, MSG_PEEK), pattern(0, 10));
  EXPECT_EQ(s->recv_text(60), pattern(0, 60));
  EXPECT_EQ(s->recv_text(100, MSG_PEEK), pattern(60, 40));
  EXPECT_EQ(s->recv_text(100), pattern(60, 40));
  EXPECT_EQ(s->recv_text(1, MSG_PEEK | MSG_DONTWAIT), "");
}

TEST_P(Stream, APeekWaitsForMoreThanWasThere) {
  auto [s, peer] = open();
  peer->send(10);
  EXPECT_EQ(s->recv_text(10, MSG_PEEK | MSG_WAITALL), pattern(0, 10));
  peer->send(10);
  EXPECT_EQ(s->recv_text(20, MSG_PEEK | MSG_WAITALL), pattern(0, 20));
  EXPECT_EQ(s->recv_text(100), pattern(0, 20));
}

TEST_P(Stream, WaitallWaitsForAllOrTheEnd) {
  auto [s, peer] = open();
  peer->send(200'000);
  std::string all(200'000, '\0');
  EXPECT_EQ(s->recv(all.data(), all.size(), MSG_WAITALL), 200'000) << "more than any buffer holds";
  for (size_t at = 0; at < all.size(); at += kPeriod) {
    const size_t n = std::min<size_t>(kPeriod, all.size() - at);
    ASSERT_EQ(std::memcmp(all.data() + at, pattern(at), n), 0);
  }
  peer->send(30);
  peer->fin();
  EXPECT_EQ(s->recv(all.data(), 100, MSG_WAITALL), 30) << "the end came first";
  EXPECT_EQ(s->recv(all.data(), 100, MSG_WAITALL), 0);
}

TEST_P(Stream, WaitallAndDontwaitDoNotWait) {
  auto [s, peer] = open();
  char bytes[8];
  EXPECT_EQ(s->recv(bytes, 8, MSG_WAITALL | MSG_DONTWAIT), -EAGAIN);
  peer->send(3);
  ssize_t n = 0;
  EXPECT_TRUE(world->until([&, sock = s] {
    n = sock->recv(bytes, 8, MSG_WAITALL | MSG_DONTWAIT);
    return n != -EAGAIN;
  }));
  EXPECT_EQ(n, 3);
}

// Linux waits for a byte even when asked for none.
TEST_P(Stream, AReadOfNothingWaitsAllTheSame) {
  auto [s, peer] = open();
  char byte = 0;
  EXPECT_EQ(s->send(&byte, 0), 0);
  EXPECT_EQ(s->recv(&byte, 0, MSG_DONTWAIT), -EAGAIN);
  peer->send(1);
  EXPECT_EQ(s->recv(&byte, 0), 0);
  EXPECT_EQ(s->recv(&byte, 1), 1);
}

TEST_P(Stream, ScatteredAndGatheredBytesKeepTheirOrder) {
  auto [s, peer] = open();
  std::string a = pattern(0, 3), b, c = pattern(3, 40'000), d = pattern(40'003, 1);
  std::array<iovec, 4> out = {
      {{a.data(), a.size()}, {b.data(), b.size()}, {c.data(), c.size()}, {d.data(), d.size()}}};
  EXPECT_EQ(s->sendmsg(out), 40'004);
  EXPECT_TRUE(world->until([&, p = peer] { return p->received() == 40'004; }));
  EXPECT_TRUE(peer->intact());
  peer->send(1000);
  std::string x(1, '\0'), y(999, '\0');
  std::array<iovec, 2> in = {{{x.data(), 1}, {y.data(), 999}}};
  EXPECT_EQ(s->recvmsg(in, MSG_PEEK | MSG_WAITALL), 1000);
  EXPECT_EQ(x + y, pattern(0, 1000));
  x[0] = y[998] = 'x';
  EXPECT_EQ(s->recvmsg(in, MSG_WAITALL), 1000);
  EXPECT_EQ(x + y, pattern(0, 1000));
}

TEST_P(Stream, MsgMoreIsSentWithTheNext) {
  auto [s, peer] = open();
  EXPECT_EQ(s->send(pattern(0), 10, MSG_MORE), 10);
  EXPECT_EQ(s->send(pattern(10), 10), 10);
  EXPECT_TRUE(world->until([&, p = peer] { return p->received() == 20; }));
  EXPECT_TRUE(peer->intact());
}

// The peer does not read: a sender is stopped within bounds, and goes on when it does.
TEST_P(Stream, BackpressureStopsANonBlockingWriter) {
  auto [s, peer] = open();
  peer->read(false);
  ASSERT_EQ(s->nonblock(true), 0);
  uint64_t sent = 0;
  // Full is what stays full: TCP goes on growing its buffers for a while.
  for (int refusals = 0; refusals < 50;) {
    const ssize_t n = s->send(pattern(sent), 4000);
    if (n == -EAGAIN) {
      ++refusals;
      world->run();
      continue;
    }
    ASSERT_GT(n, 0);
    ASSERT_LE(n, 4000);
    sent += static_cast<uint64_t>(n);
    ASSERT_LT(sent, 64u << 20) << "no limit";
  }
  EXPECT_EQ(peer->received(), 0u);
  peer->read(true);
  EXPECT_TRUE(world->until([&, p = peer] { return p->received() == sent; }));
  EXPECT_TRUE(peer->intact());
  EXPECT_TRUE(world->until([&, sock = s] { return sock->send(pattern(sent), 1) == 1; }));
}

// We do not read: the peer is stopped within bounds, and nothing is lost.
TEST_P(Stream, BackpressureStopsThePeer) {
  auto [s, peer] = open();
  peer->send(kMuch);
  for (int i = 0; i < 50; ++i) world->run();
  EXPECT_EQ(drain(*s, kMuch), kMuch);
}

TEST_P(Stream, OneByteToAHundredMillion) {
  auto [s, peer] = open();
  uint64_t in = 0, out = 0;
  for (const uint64_t bytes : {uint64_t{1}, uint64_t{2}, uint64_t{1460}, uint64_t{4096},
                               uint64_t{65535}, uint64_t{65536}, uint64_t{65537}, kMost}) {
    peer->send(bytes);
    std::string buffer(kPeriod, '\0');
    for (uint64_t at = 0; at < bytes;) {
      const ssize_t n = s->recv(buffer.data(), std::min<uint64_t>(kPeriod, bytes - at));
      ASSERT_GT(n, 0);
      ASSERT_EQ(std::memcmp(buffer.data(), pattern(in), static_cast<size_t>(n)), 0) << in;
      in += static_cast<uint64_t>(n);
      at += static_cast<uint64_t>(n);
    }
    send_all(*s, out, bytes);
    out += bytes;
    ASSERT_TRUE(world->until([&, p = peer] { return p->received() == out; }));
    ASSERT_TRUE(peer->intact());
  }
}

TEST_P(Stream, FlagsWithoutMeaningHereAreRefused) {
  if (is_linux()) GTEST_SKIP() << "Linux has more flags than the library";
  auto [s, peer] = open();
  char byte = 0;
  EXPECT_EQ(s->send_text("x", MSG_OOB), -EOPNOTSUPP);
  EXPECT_EQ(s->recv(&byte, 1, MSG_OOB), -EOPNOTSUPP);
  EXPECT_EQ(s->recv(&byte, 1, MSG_ERRQUEUE), -EOPNOTSUPP);
}

}  // namespace
}  // namespace flatproxy::sockets
