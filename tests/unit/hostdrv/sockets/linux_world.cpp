// SPDX-License-Identifier: Apache-2.0
//
// Linux's own sockets and epoll: the truth that the other worlds are held against.
#include <sys/epoll.h>

#include <utility>

#include "tests/unit/hostdrv/sockets/tcp_peer.hpp"

namespace flatproxy::sockets {

namespace {

template <class T>
T or_error(T result) {
  return result < 0 ? static_cast<T>(-errno) : result;
}

class LinuxSock final : public Sock {
 public:
  LinuxSock(int epoll_fd, int fd) : epoll_(epoll_fd), fd_(fd) {}
  ~LinuxSock() override {
    if (fd_ >= 0) ::close(fd_);
  }
  void close() override { ::close(std::exchange(fd_, -1)); }
  ssize_t send(const void* p, size_t n, int flags) override {
    return or_error(::send(fd_, p, n, flags | MSG_NOSIGNAL));
  }
  ssize_t recv(void* p, size_t n, int flags) override { return or_error(::recv(fd_, p, n, flags)); }
  ssize_t sendmsg(std::span<iovec> parts, int flags) override {
    msghdr m{};
    m.msg_iov = parts.data();
    m.msg_iovlen = parts.size();
    return or_error(::sendmsg(fd_, &m, flags | MSG_NOSIGNAL));
  }
  ssize_t recvmsg(std::span<iovec> parts, int flags) override {
    msghdr m{};
    m.msg_iov = parts.data();
    m.msg_iovlen = parts.size();
    return or_error(::recvmsg(fd_, &m, flags));
  }
  int shutdown(int how) override { return or_error(::shutdown(fd_, how)); }
  int getsockopt(int level, int name, void* v, socklen_t* n) override {
    return or_error(::getsockopt(fd_, level, name, v, n));
  }
  int setsockopt(int level, int name, const void* v, socklen_t n) override {
    return or_error(::setsockopt(fd_, level, name, v, n));
  }
  int name(bool of_peer, sockaddr* a, socklen_t* n) override {
    return or_error(of_peer ? getpeername(fd_, a, n) : getsockname(fd_, a, n));
  }
  int nonblock(bool on) override { return or_error(fcntl(fd_, F_SETFL, on ? O_NONBLOCK : 0)); }
  int watch(uint32_t events) override {
    epoll_event e{};
    e.events = events;
    e.data.ptr = this;
    const int op = in_epoll_ ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    in_epoll_ = true;
    return or_error(epoll_ctl(epoll_, op, fd_, &e));
  }
  void watch_by_default() {
    if (fd_ >= 0 && !in_epoll_) watch(EPOLLIN | EPOLLRDHUP);
  }
  int fd() const { return fd_; }

 private:
  int epoll_;
  int fd_;
  bool in_epoll_ = false;
};

class LinuxWorld final : public World {
 public:
  LinuxWorld() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {}
  ~LinuxWorld() override {
    socks_.clear();
    ::close(epoll_);
  }
  Sock* listen(int domain, int backlog) override {
    Sock* s = nullptr;
    EXPECT_EQ(socket(domain, SOCK_STREAM, &s), 0);
    sockaddr_storage a{};
    socklen_t n = sizeof(sockaddr_in);
    a.ss_family = static_cast<sa_family_t>(domain);
    if (domain == AF_INET6) {
      reinterpret_cast<sockaddr_in6&>(a).sin6_addr = in6addr_loopback;
      n = sizeof(sockaddr_in6);
    } else {
      reinterpret_cast<sockaddr_in&>(a).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    const int fd = static_cast<LinuxSock*>(s)->fd();
    EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&a), n), 0);
    EXPECT_EQ(::listen(fd, backlog), 0);
    return s;
  }
  Peer* connect(Sock& listener) override {
    sockaddr_storage a{};
    socklen_t n = sizeof a;
    listener.name(false, reinterpret_cast<sockaddr*>(&a), &n);
    return peers_.connect(a, n);
  }
  int accept(Sock& listener, Sock** out, sockaddr* a, socklen_t* n) override {
    const int fd = accept4(static_cast<LinuxSock&>(listener).fd(), a, n, SOCK_CLOEXEC);
    if (fd < 0) return -errno;
    *out = add(fd);
    return 0;
  }
  std::vector<Event> poll(int64_t timeout_ns, size_t most) override {
    // Sockets the test did not ask about are watched as the library's are.
    for (auto& s : socks_) s->watch_by_default();
    std::vector<epoll_event> ready(most);
    const int ms = timeout_ns < 0 ? -1 : static_cast<int>((timeout_ns + 999'999) / 1'000'000);
    const int n = epoll_wait(epoll_, ready.data(), static_cast<int>(most), ms);
    std::vector<Event> out;
    for (int i = 0; i < n; ++i) {
      const auto& e = ready[static_cast<size_t>(i)];
      out.push_back({static_cast<Sock*>(static_cast<LinuxSock*>(e.data.ptr)), e.events});
    }
    return out;
  }
  void run() override { usleep(200); }
  int socket(int domain, int type, Sock** out) override {
    const int fd = ::socket(domain, type | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    *out = add(fd);
    return 0;
  }
  int connect(Sock& s, const sockaddr* a, socklen_t n) override {
    return or_error(::connect(static_cast<LinuxSock&>(s).fd(), a, n));
  }
  unsigned most_connections() const override { return 1000; }

 private:
  Sock* add(int fd) {
    socks_.push_back(std::make_unique<LinuxSock>(epoll_, fd));
    return socks_.back().get();
  }
  int epoll_;
  TcpPeers peers_;
  std::vector<std::unique_ptr<LinuxSock>> socks_;
};

}  // namespace

std::unique_ptr<World> make_linux_world() { return std::make_unique<LinuxWorld>(); }

}  // namespace flatproxy::sockets
