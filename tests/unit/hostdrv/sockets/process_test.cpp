// SPDX-License-Identifier: Apache-2.0
//
// Threads and processes: a queue per thread, a context for all, and the fork rule.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "tests/unit/hostdrv/sockets/world.hpp"

namespace flatproxy::sockets {
namespace {

class Process : public SocketTest {};
INSTANTIATE_TEST_SUITE_P(Sockets, Process,
                         testing::Values(Kind::kTcp, Kind::kSockmap, Kind::kDevice),
                         [](const auto& info) { return std::string(name_of(info.param)); });

// Runs `child` in a forked process; the number of the first check that failed, 0 for none.
template <class Child>
int in_child(Child child) {
  const pid_t pid = fork();
  if (pid == 0) {
    alarm(60);
    _exit(child());
  }
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status)) << "killed by " << WTERMSIG(status);
  return WEXITSTATUS(status);
}

TEST_P(Process, AChildMustNotTouchInheritedHandles) {
  auto [s, peer] = open();
  fp_sock* h = s->library();
  fp_sock* l = listener().library();
  fp_vq* q = world->queue();
  fp_ctx* c = world->context();
  const int wrong = in_child([=] {
    char byte = 0;
    const void* p = nullptr;
    void* w = nullptr;
    fp_event ev;
    fp_vq* other = nullptr;
    fp_sock* sock = nullptr;
    fp_stats stats{};
    stats.size = sizeof stats;
    socklen_t n = sizeof stats;
    const long results[] = {fp_recv(h, &byte, 1, 0),
                            fp_send(h, &byte, 1, 0),
                            fp_rx_peek(h, &p),
                            fp_tx_reserve(h, 1, &w),
                            fp_tx_commit(h, 0, 0),
                            fp_shutdown(h, SHUT_WR),
                            fp_accept(l, q, nullptr, nullptr, &sock),
                            fp_getsockopt(h, SOL_SOCKET, SO_ERROR, &stats, &n),
                            fp_sock_watch(h, FP_IN),
                            fp_sock_stats(h, &stats),
                            fp_poll(q, &ev, 1, 0),
                            fp_vq_arm(q),
                            fp_flush(q),
                            fp_vq_fd(q),
                            fp_socket(q, AF_INET, SOCK_STREAM, 0, &sock),
                            fp_vq_create(c, 0, &other)};
    int number = 1;
    for (const long result : results) {
      if (result != -ESTALE) return number;
      ++number;
    }
    fp_close(h);
    fp_close(l);
    fp_vq_destroy(q);
    fp_close_ctx(c);
    return 0;
  });
  EXPECT_EQ(wrong, 0);
  // Nothing of the parent's was hurt.
  peer->send(10);
  EXPECT_EQ(s->recv_text(10, MSG_WAITALL), pattern(0, 10));
  EXPECT_EQ(s->send(pattern(0), 10), 10);
  EXPECT_TRUE(world->until([&, p = peer] { return p->received() == 10; }));
}

TEST_P(Process, AChildHoldsNoConnectionOpen) {
  auto [s, peer] = open();
  int hold[2];
  ASSERT_EQ(pipe(hold), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    char byte = 0;
    ::close(hold[1]);
    (void)!::read(hold[0], &byte, 1);
    _exit(0);
  }
  s->close();
  EXPECT_TRUE(world->until([&, p = peer] { return p->fin_seen(); })) << "the child has a copy";
  ::close(hold[1]);
  ::close(hold[0]);
  int status = 0;
  waitpid(pid, &status, 0);
}

TEST_P(Process, AChildOpensItsOwn) {
  (void)listener();
  const int wrong = in_child([] {
    fp_opts opts;
    fp_opts_init(&opts, sizeof opts);
    opts.backend = FP_BE_TCP;
    fp_ctx* c = nullptr;
    fp_vq* q = nullptr;
    fp_sock *l = nullptr, *a = nullptr, *b = nullptr;
    if (fp_open(&opts, &c) != 0 || fp_vq_create(c, 0, &q) != 0) return 1;
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t n = sizeof at;
    if (fp_socket(q, AF_INET, SOCK_STREAM, 0, &l) != 0) return 2;
    if (fp_bind(l, reinterpret_cast<sockaddr*>(&at), n) != 0 || fp_listen(l, 1) != 0) return 3;
    if (fp_getsockname(l, reinterpret_cast<sockaddr*>(&at), &n) != 0) return 4;
    if (fp_socket(q, AF_INET, SOCK_STREAM, 0, &a) != 0) return 5;
    if (fp_connect(a, reinterpret_cast<sockaddr*>(&at), n) != 0) return 6;
    if (fp_accept(l, q, nullptr, nullptr, &b) != 0) return 7;
    char text[4] = "abc";
    if (fp_send(a, text, 3, 0) != 3 || fp_recv(b, text, 3, MSG_WAITALL) != 3) return 8;
    fp_close_ctx(c);
    return 0;
  });
  EXPECT_EQ(wrong, 0);
}

// A device in this process has one queue and its thread.
class Threads : public SocketTest {};
INSTANTIATE_TEST_SUITE_P(Sockets, Threads, testing::Values(Kind::kTcp, Kind::kSockmap),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST_P(Threads, EachHasAQueueAndAllShareAContext) {
  constexpr int kThreads = 8, kRounds = 50;
  sockaddr_in at{};
  socklen_t n = sizeof at;
  ASSERT_EQ(listener().name(false, reinterpret_cast<sockaddr*>(&at), &n), 0);
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      fp_vq* q = nullptr;
      if (fp_vq_create(world->context(), 0, &q) != 0) return;
      for (int i = 0; i < kRounds; ++i) {
        fp_sock* s = nullptr;
        char text[100];
        if (fp_socket(q, AF_INET, SOCK_STREAM, 0, &s) != 0) break;
        if (fp_connect(s, reinterpret_cast<const sockaddr*>(&at), n) == 0 &&
            fp_send(s, pattern(0), 100, 0) == 100 && fp_recv(s, text, 100, MSG_WAITALL) == 100 &&
            std::memcmp(text, pattern(0), 100) == 0) {
          ++good;
        }
        fp_close(s);
      }
      fp_vq_destroy(q);
    });
  }
  // One thread accepts for the queues of two others.
  fp_vq* queues[2] = {};
  for (fp_vq*& q : queues) ASSERT_EQ(fp_vq_create(world->context(), 0, &q), 0);
  std::atomic<bool> stop{false};
  for (fp_vq* q : queues) {
    threads.emplace_back([&, q] {
      fp_event ev[16];
      while (!stop) {
        const int ready = fp_poll(q, ev, 16, 10'000'000);
        for (int i = 0; i < ready; ++i) {
          char text[100];
          const ssize_t got = fp_recv(ev[i].sock, text, sizeof text, 0);
          if (got <= 0 || fp_send(ev[i].sock, text, static_cast<size_t>(got), 0) != got) {
            fp_close(ev[i].sock);
          }
        }
      }
    });
  }
  for (int i = 0; i < kThreads * kRounds; ++i) {
    fp_sock* s = nullptr;
    ASSERT_EQ(fp_accept(listener().library(), queues[i % 2], nullptr, nullptr, &s), 0);
  }
  for (int t = 0; t < kThreads; ++t) threads[static_cast<size_t>(t)].join();
  stop = true;
  for (size_t t = kThreads; t < threads.size(); ++t) threads[t].join();
  for (fp_vq* q : queues) fp_vq_destroy(q);
  EXPECT_EQ(good, kThreads * kRounds);
}

}  // namespace
}  // namespace flatproxy::sockets
