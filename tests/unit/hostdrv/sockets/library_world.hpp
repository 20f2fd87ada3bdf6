// SPDX-License-Identifier: Apache-2.0
//
// The library's half of a world: sockets and queue by the C ABI.
#pragma once

#include <arpa/inet.h>

#include <map>
#include <utility>

#include "tests/unit/hostdrv/sockets/world.hpp"

namespace flatproxy::sockets {

class LibrarySock final : public Sock {
 public:
  explicit LibrarySock(fp_sock* s) : s_(s) { fp_sock_set_user(s, this); }
  void close() override { fp_close(std::exchange(s_, nullptr)); }
  ssize_t send(const void* p, size_t n, int flags) override { return fp_send(s_, p, n, flags); }
  ssize_t recv(void* p, size_t n, int flags) override { return fp_recv(s_, p, n, flags); }
  ssize_t sendmsg(std::span<iovec> parts, int flags) override {
    msghdr m{};
    m.msg_iov = parts.data();
    m.msg_iovlen = parts.size();
    return fp_sendmsg(s_, &m, flags);
  }
  ssize_t recvmsg(std::span<iovec> parts, int flags) override {
    msghdr m{};
    m.msg_iov = parts.data();
    m.msg_iovlen = parts.size();
    return fp_recvmsg(s_, &m, flags);
  }
  int shutdown(int how) override { return fp_shutdown(s_, how); }
  int getsockopt(int level, int name, void* v, socklen_t* n) override {
    return fp_getsockopt(s_, level, name, v, n);
  }
  int setsockopt(int level, int name, const void* v, socklen_t n) override {
    return fp_setsockopt(s_, level, name, v, n);
  }
  int name(bool of_peer, sockaddr* a, socklen_t* n) override {
    return of_peer ? fp_getpeername(s_, a, n) : fp_getsockname(s_, a, n);
  }
  int nonblock(bool on) override { return fp_set_nonblock(s_, on ? 1 : 0); }
  int watch(uint32_t events) override { return fp_sock_watch(s_, events); }
  fp_sock* library() override { return s_; }

 private:
  fp_sock* s_;
};

class LibraryWorld : public World {
 public:
  int accept(Sock& listener, Sock** out, sockaddr* a, socklen_t* n) override {
    fp_sock* s = nullptr;
    const int status = fp_accept(listener.library(), queue_, a, n, &s);
    if (status == 0) *out = add(s);
    return status;
  }
  std::vector<Event> poll(int64_t timeout_ns, size_t most) override {
    std::vector<fp_event> ready(most);
    const int n = fp_poll(queue_, ready.data(), static_cast<int>(most), timeout_ns);
    std::vector<Event> out;
    for (int i = 0; i < n; ++i) {
      const fp_event& e = ready[static_cast<size_t>(i)];
      out.push_back({static_cast<Sock*>(static_cast<LibrarySock*>(e.user)), e.events});
    }
    return out;
  }
  int socket(int domain, int type, Sock** out) override {
    fp_sock* s = nullptr;
    const int status = fp_socket(queue_, domain, type, 0, &s);
    if (status == 0) *out = add(s);
    return status;
  }
  int connect(Sock& s, const sockaddr* a, socklen_t n) override {
    return fp_connect(s.library(), a, n);
  }
  fp_ctx* context() override { return context_; }
  fp_vq* queue() override { return queue_; }

 protected:
  Sock* add(fp_sock* s) {
    socks_.push_back(std::make_unique<LibrarySock>(s));
    return socks_.back().get();
  }
  // A listener bound to `port` of loopback.
  Sock* listen_on(int domain, int backlog, uint16_t port) {
    Sock* s = nullptr;
    EXPECT_EQ(socket(domain, SOCK_STREAM, &s), 0);
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(port);
    in6.sin6_addr = in6addr_loopback;
    EXPECT_EQ(domain == AF_INET6
                  ? fp_bind(s->library(), reinterpret_cast<sockaddr*>(&in6), sizeof in6)
                  : fp_bind(s->library(), reinterpret_cast<sockaddr*>(&in), sizeof in),
              0);
    EXPECT_EQ(fp_listen(s->library(), backlog), 0);
    return s;
  }
  fp_ctx* context_ = nullptr;
  fp_vq* queue_ = nullptr;

 private:
  std::vector<std::unique_ptr<LibrarySock>> socks_;
};

}  // namespace flatproxy::sockets
