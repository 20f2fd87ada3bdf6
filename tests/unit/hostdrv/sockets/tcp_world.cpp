// SPDX-License-Identifier: Apache-2.0
//
// The library over back end tcp, and over back end sockmap where $FLATPROXY_PINS names pins that
// cover this process; sockmap_world.py makes them.
#include <cstdlib>

#include "tests/unit/hostdrv/sockets/library_world.hpp"
#include "tests/unit/hostdrv/sockets/tcp_peer.hpp"

namespace flatproxy::sockets {

namespace {

// The programs enrol a program's connections after one has shown by plain TCP how it reads.
void show_how_we_read() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t n = sizeof at;
  auto* const a = reinterpret_cast<sockaddr*>(&at);
  ASSERT_EQ(::bind(listener, a, n), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  getsockname(listener, a, &n);
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::connect(client, a, n), 0);
  const int server = ::accept(listener, nullptr, nullptr);
  for (const auto& [from, to] : {std::pair{client, server}, std::pair{server, client}}) {
    char byte = 0;
    ASSERT_EQ(::send(from, &byte, 1, MSG_NOSIGNAL), 1);
    ASSERT_EQ(::recv(to, &byte, 1, 0), 1);
  }
  for (const int fd : {client, server, listener}) ::close(fd);
}

class TcpWorld final : public LibraryWorld {
 public:
  explicit TcpWorld(fp_backend backend) {
    fp_opts opts;
    fp_opts_init(&opts, sizeof opts);
    opts.backend = backend;
    opts.flags = FP_OPEN_STRICT;
    if (backend == FP_BE_SOCKMAP) show_how_we_read();
    EXPECT_EQ(fp_open(&opts, &context_), 0) << fp_last_error();
    EXPECT_EQ(fp_vq_create(context_, 0, &queue_), 0);
  }
  ~TcpWorld() override { fp_close_ctx(context_); }
  Sock* listen(int domain, int backlog) override { return listen_on(domain, backlog, 0); }
  Peer* connect(Sock& listener) override {
    sockaddr_storage a{};
    socklen_t n = sizeof a;
    listener.name(false, reinterpret_cast<sockaddr*>(&a), &n);
    return peers_.connect(a, n);
  }
  void run() override {
    fp_flush(queue_);
    usleep(200);
  }
  unsigned most_connections() const override { return 1000; }

 private:
  TcpPeers peers_;
};

}  // namespace

std::unique_ptr<World> make_tcp_world() { return std::make_unique<TcpWorld>(FP_BE_TCP); }

std::unique_ptr<World> make_sockmap_world() {
  if (std::getenv("FLATPROXY_PINS") == nullptr) return nullptr;
  return std::make_unique<TcpWorld>(FP_BE_SOCKMAP);
}

}  // namespace flatproxy::sockets
