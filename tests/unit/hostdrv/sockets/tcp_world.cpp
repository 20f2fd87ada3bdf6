// SPDX-License-Identifier: Apache-2.0
//
// The library over back end tcp.
#include "tests/unit/hostdrv/sockets/library_world.hpp"
#include "tests/unit/hostdrv/sockets/tcp_peer.hpp"

namespace flatproxy::sockets {

namespace {

class TcpWorld final : public LibraryWorld {
 public:
  TcpWorld() {
    fp_opts opts;
    fp_opts_init(&opts, sizeof opts);
    opts.backend = FP_BE_TCP;
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

std::unique_ptr<World> make_tcp_world() { return std::make_unique<TcpWorld>(); }

}  // namespace flatproxy::sockets
