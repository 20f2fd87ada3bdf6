// SPDX-License-Identifier: Apache-2.0
//
// Peers over Linux's TCP, all driven by one thread of their own.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/unit/hostdrv/sockets/world.hpp"

namespace flatproxy::sockets {

class TcpPeers {
 public:
  TcpPeers() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), thread_([this] { loop(); }) {}
  ~TcpPeers() {
    stop_ = true;
    kick();
    thread_.join();
    for (auto& p : peers_) {
      if (p->fd >= 0) ::close(p->fd);
    }
    ::close(wake_);
  }
  TcpPeers(const TcpPeers&) = delete;
  TcpPeers& operator=(const TcpPeers&) = delete;

  Peer* connect(const sockaddr_storage& to, socklen_t n) {
    const int fd = ::socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto p = std::make_unique<One>();
    p->all = this;
    p->fd = fd;
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), n) < 0) p->no = true;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return add(std::move(p));
  }
  // A peer on a connection that the test accepted; takes `fd`.
  Peer* adopt(int fd) {
    auto p = std::make_unique<One>();
    p->all = this;
    p->fd = fd;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return add(std::move(p));
  }

 private:
  struct One final : Peer {
    TcpPeers* all = nullptr;
    int fd = -1;
    uint64_t to_send = 0, sent = 0, got = 0;
    bool fin_wanted = false, fin_done = false, reading = true, good = true;
    bool end = false, cut = false, no = false;

    void send(uint64_t bytes) override {
      change([&] { to_send += bytes; });
    }
    void fin() override {
      change([&] { fin_wanted = true; });
    }
    void rst() override {
      change([&] {
        const linger now{.l_onoff = 1, .l_linger = 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        ::close(fd);
        fd = -1;
      });
    }
    void read(bool on) override {
      change([&] { reading = on; });
    }
    uint64_t received() override { return look(got); }
    bool intact() override { return look(good); }
    bool fin_seen() override { return look(end); }
    bool rst_seen() override { return look(cut); }
    bool refused() override { return look(no); }
    int port() override {
      sockaddr_storage a{};
      socklen_t n = sizeof a;
      getsockname(fd, reinterpret_cast<sockaddr*>(&a), &n);
      return ntohs(a.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(a).sin6_port
                                           : reinterpret_cast<sockaddr_in&>(a).sin_port);
    }
    template <class F>
    void change(F f) {
      const std::lock_guard lock(all->mutex_);
      f();
      all->kick();
    }
    template <class T>
    T look(const T& value) {
      const std::lock_guard lock(all->mutex_);
      return value;
    }

    short wanted() const {
      short events = 0;
      if (reading && !end && !cut) events |= POLLIN;
      if (sent < to_send || (fin_wanted && !fin_done)) events |= POLLOUT;
      return events;
    }
    void act(short ready) {
      if ((ready & (POLLIN | POLLHUP | POLLERR)) != 0 && reading && !end && !cut) take();
      if ((ready & (POLLOUT | POLLERR)) != 0) give();
    }
    void take() {
      char buffer[65536];
      for (int round = 0; round < 16; ++round) {
        const ssize_t n = ::recv(fd, buffer, kPeriod < sizeof buffer ? kPeriod : sizeof buffer, 0);
        if (n > 0) {
          good = good && std::memcmp(buffer, pattern(got), static_cast<size_t>(n)) == 0;
          got += static_cast<uint64_t>(n);
          continue;
        }
        if (n == 0) end = true;
        if (n < 0 && errno != EAGAIN) cut = true;
        return;
      }
    }
    void give() {
      while (sent < to_send) {
        const ssize_t n =
            ::send(fd, pattern(sent), std::min<uint64_t>(to_send - sent, kPeriod), MSG_NOSIGNAL);
        if (n < 0) {
          if (errno != EAGAIN) cut = true, to_send = sent, fin_done = true;
          return;
        }
        sent += static_cast<uint64_t>(n);
      }
      if (fin_wanted && !fin_done) {
        ::shutdown(fd, SHUT_WR);
        fin_done = true;
      }
    }
  };

  Peer* add(std::unique_ptr<One> p) {
    const std::lock_guard lock(mutex_);
    peers_.push_back(std::move(p));
    kick();
    return peers_.back().get();
  }
  void kick() {
    const uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof one);
  }
  void loop() {
    std::vector<pollfd> fds;
    std::vector<One*> who;
    while (!stop_) {
      fds.assign(1, {wake_, POLLIN, 0});
      who.assign(1, nullptr);
      {
        const std::lock_guard lock(mutex_);
        for (auto& p : peers_) {
          const short events = p->fd < 0 ? short{0} : p->wanted();
          if (events == 0) continue;
          fds.push_back({p->fd, events, 0});
          who.push_back(p.get());
        }
      }
      if (::poll(fds.data(), fds.size(), -1) < 0) continue;
      uint64_t count = 0;
      (void)!::read(wake_, &count, sizeof count);
      const std::lock_guard lock(mutex_);
      for (size_t i = 1; i < fds.size(); ++i) {
        if (fds[i].revents != 0 && who[i]->fd == fds[i].fd) who[i]->act(fds[i].revents);
      }
    }
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<One>> peers_;
  std::atomic<bool> stop_{false};
  int wake_;
  std::thread thread_;
};

}  // namespace flatproxy::sockets
