// SPDX-License-Identifier: Apache-2.0
//
// Zero-copy windows, and what else only the library has: back ends, statistics, options.
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tests/unit/hostdrv/sockets/world.hpp"

namespace flatproxy::sockets {
namespace {

class Windows : public SocketTest {
 protected:
  struct Opened {
    Sock* sock;
    fp_sock* s;
    Peer* peer;
  };
  Opened open_one() {
    const Pair p = open();
    return {p.sock, p.sock->library(), p.peer};
  }
};
INSTANTIATE_TEST_SUITE_P(Sockets, Windows,
                         testing::Values(Kind::kTcp, Kind::kSockmap, Kind::kDevice),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST_P(Windows, PeekedBytesStayUntilConsumed) {
  auto [sock, s, peer] = open_one();
  peer->send(100);
  const void* p = nullptr;
  ssize_t n = fp_rx_peek(s, &p);
  ASSERT_GT(n, 0);
  EXPECT_TRUE(world->until([&, h = s] {
    const void* again = nullptr;
    const ssize_t more = fp_rx_peek(h, &again);
    EXPECT_EQ(again, p) << "they do not move";
    return more == 100;
  }));
  EXPECT_EQ(std::memcmp(p, pattern(0), 100), 0);
  EXPECT_EQ(fp_rx_consume(s, 101), -EINVAL);
  EXPECT_EQ(fp_rx_consume(s, 30), 0);
  EXPECT_EQ(fp_rx_peek(s, &p), 70);
  EXPECT_EQ(std::memcmp(p, pattern(30), 70), 0);
  EXPECT_EQ(fp_rx_consume(s, 70), 0);
  fp_set_nonblock(s, 1);
  EXPECT_EQ(fp_rx_peek(s, &p), -EAGAIN);
  (void)sock;
}

// A message that has not come whole stays in the window.
TEST_P(Windows, MoreIsSeenBehindBytesThatAreLeft) {
  auto [sock, s, peer] = open_one();
  const void* p = nullptr;
  for (uint64_t bytes = 10; bytes <= 100; bytes += 10) {
    peer->send(10);
    EXPECT_TRUE(
        world->until([&, h = s] { return fp_rx_peek(h, &p) == static_cast<ssize_t>(bytes); }));
  }
  EXPECT_EQ(std::memcmp(p, pattern(0), 100), 0);
  (void)sock;
}

TEST_P(Windows, WindowsAreContiguousAcrossTheRingsEnd) {
  auto [sock, s, peer] = open_one();
#if defined(__SANITIZE_ADDRESS__)
  constexpr uint64_t kBytes = 200'000;
#else
  constexpr uint64_t kBytes = 1'000'000;
#endif
  peer->send(kBytes);
  uint64_t in = 0, out = 0;
  // Everything read is written back, in windows of odd sizes.
  while (in < kBytes) {
    const void* from = nullptr;
    const ssize_t readable = fp_rx_peek(s, &from);
    ASSERT_GT(readable, 0);
    ASSERT_EQ(
        std::memcmp(from, pattern(in), std::min<size_t>(static_cast<size_t>(readable), kPeriod)),
        0);
    for (ssize_t at = 0; at < readable;) {
      void* to = nullptr;
      const ssize_t room = fp_tx_reserve(s, static_cast<size_t>(readable - at), &to);
      ASSERT_GT(room, 0);
      std::memcpy(to, static_cast<const char*>(from) + at, static_cast<size_t>(room));
      ASSERT_EQ(fp_tx_commit(s, static_cast<size_t>(room), FP_MORE), 0);
      at += room;
    }
    ASSERT_EQ(fp_rx_consume(s, static_cast<size_t>(readable)), 0);
    ASSERT_EQ(fp_flush(world->queue()), 0);
    in += static_cast<uint64_t>(readable);
    out += static_cast<uint64_t>(readable);
  }
  EXPECT_TRUE(world->until([&, p = peer] { return p->received() == out; }));
  EXPECT_TRUE(peer->intact());
  (void)sock;
}

TEST_P(Windows, MoreIsHeldBackUntilFlush) {
  auto [sock, s, peer] = open_one();
  void* p = nullptr;
  ASSERT_EQ(fp_tx_reserve(s, 100, &p), 100);
  std::memcpy(p, pattern(0), 100);
  ASSERT_EQ(fp_tx_commit(s, 60, FP_MORE), 0);
  ASSERT_EQ(fp_tx_reserve(s, 100, &p), 100);
  std::memcpy(p, pattern(60), 100);
  ASSERT_EQ(fp_tx_commit(s, 100, FP_MORE), 0);
  EXPECT_EQ(peer->received(), 0u);
  EXPECT_EQ(fp_flush(world->queue()), 0);
  EXPECT_TRUE(world->until([&, q = peer] { return q->received() == 160; }));
  EXPECT_TRUE(peer->intact());
  EXPECT_EQ(fp_tx_commit(s, 1u << 30, 0), -EINVAL) << "more than there is room";
  EXPECT_EQ(fp_tx_commit(s, 0, 2), -EINVAL);
  (void)sock;
}

TEST_P(Windows, CopyingAndLendingCallsShareOneStream) {
  auto [sock, s, peer] = open_one();
  peer->send(100);
  const void* p = nullptr;
  ASSERT_TRUE(world->until([&, h = s] { return fp_rx_peek(h, &p) == 100; }));
  EXPECT_EQ(sock->recv_text(10), pattern(0, 10));
  ASSERT_EQ(fp_rx_peek(s, &p), 90);
  EXPECT_EQ(std::memcmp(p, pattern(10), 90), 0);
  EXPECT_EQ(sock->recv_text(10, MSG_PEEK), pattern(10, 10));
  peer->send(100);
  EXPECT_EQ(sock->recv_text(190, MSG_WAITALL), pattern(10, 190));
  void* w = nullptr;
  ASSERT_EQ(fp_tx_reserve(s, 10, &w), 10);
  std::memcpy(w, pattern(0), 10);
  ASSERT_EQ(fp_tx_commit(s, 10, FP_MORE), 0);
  EXPECT_EQ(sock->send(pattern(10), 10), 10) << "behind what was committed";
  EXPECT_TRUE(world->until([&, q = peer] { return q->received() == 20; }));
  EXPECT_TRUE(peer->intact());
}

TEST_P(Windows, BytesLeftInAWindowAreReportedAgain) {
  auto [sock, s, peer] = open_one();
  peer->send(100);
  const void* p = nullptr;
  ASSERT_TRUE(world->until([&, h = s] { return fp_rx_peek(h, &p) == 100; }));
  ASSERT_EQ(fp_rx_consume(s, 99), 0);
  EXPECT_EQ(fp_vq_arm(world->queue()) == -EAGAIN || events_of(*sock) == FP_IN, true);
  EXPECT_EQ(events_of(*sock), FP_IN);
  EXPECT_EQ(events_of(*sock), FP_IN);
  ASSERT_EQ(fp_rx_consume(s, 1), 0);
  EXPECT_EQ(events_of(*sock), 0u);
}

TEST_P(Windows, AFullRingGoesOnWhenThePeerReads) {
  auto [sock, s, peer] = open_one();
  peer->read(false);
  ASSERT_EQ(fp_set_nonblock(s, 1), 0);
  uint64_t sent = 0;
  for (int refusals = 0; refusals < 50;) {
    void* p = nullptr;
    const ssize_t room = fp_tx_reserve(s, 4000, &p);
    if (room < 0) {
      ASSERT_EQ(room, -EAGAIN);
      ++refusals;
      world->run();
      continue;
    }
    std::memcpy(p, pattern(sent), static_cast<size_t>(room));
    ASSERT_EQ(fp_tx_commit(s, static_cast<size_t>(room), 0), 0);
    sent += static_cast<uint64_t>(room);
  }
  // The end waits its turn behind what is committed.
  ASSERT_EQ(fp_shutdown(s, SHUT_WR), 0);
  peer->read(true);
  EXPECT_TRUE(world->until([&, q = peer] {
    events_of(*sock);
    return q->fin_seen();
  }));
  EXPECT_EQ(peer->received(), sent);
  EXPECT_TRUE(peer->intact());
  void* p = nullptr;
  EXPECT_EQ(fp_tx_reserve(s, 1, &p), -EPIPE);
}

TEST_P(Windows, ACloseStillSendsWhatIsCommitted) {
  auto [sock, s, peer] = open_one();
  peer->read(false);
  ASSERT_EQ(fp_set_nonblock(s, 1), 0);
  uint64_t sent = 0;
  for (int refusals = 0; refusals < 50;) {
    void* p = nullptr;
    const ssize_t room = fp_tx_reserve(s, 4000, &p);
    if (room < 0) {
      ++refusals;
      world->run();
      continue;
    }
    std::memcpy(p, pattern(sent), static_cast<size_t>(room));
    ASSERT_EQ(fp_tx_commit(s, static_cast<size_t>(room), 0), 0);
    sent += static_cast<uint64_t>(room);
  }
  sock->close();
  peer->read(true);
  EXPECT_TRUE(world->until([&, q = peer] {
    world->poll(0);
    return q->fin_seen();
  }));
  EXPECT_EQ(peer->received(), sent);
  EXPECT_TRUE(peer->intact());
}

TEST_P(Windows, CountersCount) {
  auto [sock, s, peer] = open_one();
  peer->send(300);
  EXPECT_EQ(sock->recv_text(300, MSG_WAITALL).size(), 300u);
  EXPECT_EQ(sock->send(pattern(0), 200), 200);
  fp_stats stats{};
  EXPECT_EQ(fp_sock_stats(s, &stats), -EINVAL) << "size first";
  stats.size = sizeof stats;
  ASSERT_EQ(fp_sock_stats(s, &stats), 0);
  EXPECT_EQ(stats.rx_bytes, 300u);
  EXPECT_EQ(stats.tx_bytes, 200u);
  // A caller from before the last fields were added.
  struct Old {
    size_t size;
    uint64_t rx_bytes, tx_bytes, events, notifies, guard;
  } old{40, 0, 0, 0, 0, 77};
  ASSERT_EQ(fp_sock_stats(s, reinterpret_cast<fp_stats*>(&old)), 0);
  EXPECT_EQ(old.rx_bytes, 300u);
  EXPECT_EQ(old.guard, 77u);
  ASSERT_EQ(fp_vq_stats(world->queue(), &stats), 0);
  EXPECT_EQ(stats.rx_bytes, 300u);
}

TEST_P(Windows, EverySocketSaysWhatItRunsOn) {
  auto [sock, s, peer] = open_one();
  if (GetParam() == Kind::kSockmap) {
    EXPECT_EQ(fp_ctx_backend(world->context()), FP_BE_SOCKMAP);
    EXPECT_EQ(fp_sock_backend(s), FP_BE_TCP) << "nobody has read yet";
    EXPECT_STREQ(fp_sock_backend_reason(s), "plain TCP: the peer has not been seen reading yet");
    // Both ends have read: from then on it is redirected, and says so.
    for (uint64_t round = 1; round <= 2; ++round) {
      peer->send(10);
      ASSERT_EQ(sock->recv_text(10), pattern(10 * (round - 1), 10));
      ASSERT_EQ(fp_send(s, pattern(10 * (round - 1)), 10, 0), 10);
      ASSERT_TRUE(world->until([&, p = peer] { return p->received() == 10 * round; }));
    }
    EXPECT_EQ(fp_sock_backend(s), FP_BE_SOCKMAP);
    EXPECT_STREQ(fp_sock_backend_reason(s), "sockmap: both ends are on this node and enrolled");
    // Nothing the library did on the first one leaves this program to TCP (FIONREAD would).
    EXPECT_STREQ(fp_sock_backend_reason(open_one().s),
                 "plain TCP: the peer has not been seen reading yet");
    return;
  }
  const bool tcp = GetParam() == Kind::kTcp;
  EXPECT_EQ(fp_sock_backend(s), tcp ? FP_BE_TCP : FP_BE_IN_PROCESS);
  EXPECT_STREQ(fp_backend_name(fp_sock_backend(s)), tcp ? "tcp" : "dpu");
  EXPECT_STREQ(fp_sock_backend_reason(s), fp_ctx_reason(world->context()));
  EXPECT_STREQ(fp_ctx_reason(world->context()),
               tcp ? "plain TCP: asked for" : "a device in this process");
  (void)sock, (void)peer;
}

TEST_P(Windows, ErrnoIsNeverTouched) {
  auto [sock, s, peer] = open_one();
  errno = 4711;
  char byte = 0;
  EXPECT_EQ(fp_recv(s, &byte, 1, MSG_DONTWAIT), -EAGAIN);
  EXPECT_EQ(fp_setsockopt(s, SOL_SOCKET, 9999, &byte, 1), -ENOPROTOOPT);
  fp_close(s);
  EXPECT_EQ(errno, 4711);
  (void)sock, (void)peer;
}

// --- fp_open() -----------------------------------------------------------------------------------

class Open : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* v : {"FLATPROXY_BACKEND", "FLATPROXY_DEVICE", "FLATPROXY_STRICT"}) unsetenv(v);
    setenv("FLATPROXY_PINS", "/nonexistent/pins", 1);
    fp_opts_init(&opts, sizeof opts);
    fp_set_log(
        [](void* user, int level, const char* line) {
          static_cast<Open*>(user)->lines.push_back(std::to_string(level) + " " + line);
        },
        this);
  }
  void TearDown() override {
    SetUp();
    unsetenv("FLATPROXY_PINS");
    if (!pins_.empty()) setenv("FLATPROXY_PINS", pins_.c_str(), 1);
    fp_set_log(nullptr, nullptr);
    fp_close_ctx(context);
  }
  fp_opts opts;
  fp_ctx* context = nullptr;
  std::vector<std::string> lines;

 private:
  const std::string pins_ = std::getenv("FLATPROXY_PINS") ? std::getenv("FLATPROXY_PINS") : "";
};

TEST_F(Open, AutoFallsBackToTcpWithOneLineThatSaysWhy) {
  ASSERT_EQ(fp_open(nullptr, &context), 0);
  EXPECT_EQ(fp_ctx_backend(context), FP_BE_TCP);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0], std::string("2 ") + fp_ctx_reason(context));
  EXPECT_EQ(lines[0].rfind("2 plain TCP: vfio: not in this build; vfio-user: not in this build; "
                           "sockmap: /nonexistent/pins: found No such file or directory, expected "
                           "the pins of flatproxy bpf attach",
                           0),
            0u)
      << lines[0];
}

TEST_F(Open, AskedForTcpIsNoLine) {
  opts.backend = FP_BE_TCP;
  ASSERT_EQ(fp_open(&opts, &context), 0);
  EXPECT_TRUE(lines.empty());
}

TEST_F(Open, StrictMeansNoOther) {
  opts.flags = FP_OPEN_STRICT;
  opts.backend = FP_BE_VFIO;
  EXPECT_EQ(fp_open(&opts, &context), -ENODEV);
  EXPECT_STREQ(fp_last_error(), "fp_open: vfio: not in this build");
  opts.backend = FP_BE_TCP;
  EXPECT_EQ(fp_open(&opts, &context), 0);
  fp_close_ctx(context);
  context = nullptr;
  opts.backend = FP_BE_SOCKMAP;
  EXPECT_EQ(fp_open(&opts, &context), -ENODEV);
  EXPECT_STREQ(fp_last_error(),
               "fp_open: sockmap: /nonexistent/pins: found No such file or directory, expected the "
               "pins of flatproxy bpf attach");
  opts.flags = 0;
  setenv("FLATPROXY_STRICT", "1", 1);
  setenv("FLATPROXY_BACKEND", "vfio-user", 1);
  EXPECT_EQ(fp_open(&opts, &context), -ENODEV) << "the environment wins";
}

TEST_F(Open, WithoutStrictANamedBackEndIsWhereTheSearchBegins) {
  setenv("FLATPROXY_BACKEND", "vfio-user", 1);
  ASSERT_EQ(fp_open(&opts, &context), 0);
  EXPECT_EQ(std::string(fp_ctx_reason(context)).find("vfio:"), std::string::npos);
  EXPECT_NE(std::string(fp_ctx_reason(context)).find("vfio-user: not in this build"),
            std::string::npos);
}

TEST_F(Open, WrongOptionsAreNamed) {
  const auto refused = [&](int status, const std::string& words) {
    EXPECT_EQ(fp_open(&opts, &context), status);
    EXPECT_NE(std::string(fp_last_error()).find(words), std::string::npos) << fp_last_error();
    fp_opts_init(&opts, sizeof opts);
  };
  setenv("FLATPROXY_BACKEND", "dpdk", 1);
  refused(-EINVAL, "FLATPROXY_BACKEND: found dpdk, expected auto, vfio");
  unsetenv("FLATPROXY_BACKEND");
  setenv("FLATPROXY_DEVICE", "eth0", 1);
  refused(-EINVAL, "device: found eth0, expected vfio:ADDRESS or vfio-user:PATH");
  unsetenv("FLATPROXY_DEVICE");
  opts.rx_bytes = 5000;
  refused(-EINVAL, "rx_bytes: found 5000, expected a power of two");
  opts.flags = 1u << 20;
  refused(-EINVAL, "flags");
  opts.backend = FP_BE_IN_PROCESS;
  refused(-EINVAL, "backend: found 5");
  opts.opts_size = 8;
  refused(-EINVAL, "opts_size: found 8");
}

TEST_F(Open, OptionsOfANewerCallerAreTakenIfZero) {
  struct Newer {
    fp_opts known;
    uint64_t later;
  } newer{};
  fp_opts_init(&newer.known, sizeof newer);
  newer.known.backend = FP_BE_TCP;
  ASSERT_EQ(fp_open(&newer.known, &context), 0);
  fp_close_ctx(context);
  context = nullptr;
  newer.later = 1;
  EXPECT_EQ(fp_open(&newer.known, &context), -E2BIG);
}

TEST_F(Open, NullHandlesAreRefused) {
  EXPECT_EQ(fp_vq_create(nullptr, 0, nullptr), -EINVAL);
  EXPECT_EQ(fp_send(nullptr, "x", 1, 0), -EINVAL);
  EXPECT_STREQ(fp_last_error(), "fp_send: Invalid argument");
  EXPECT_EQ(fp_poll(nullptr, nullptr, 1, 0), -EINVAL);
  fp_close(nullptr);
  fp_vq_destroy(nullptr);
  fp_close_ctx(nullptr);
}

}  // namespace
}  // namespace flatproxy::sockets
