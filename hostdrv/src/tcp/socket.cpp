// SPDX-License-Identifier: Apache-2.0
//
// Sockets of back end tcp: names, connections, copying calls, events.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "hostdrv/src/socket_options.hpp"
#include "hostdrv/src/status_page.hpp"
#include "hostdrv/src/tcp/tcp.hpp"

namespace flatproxy {

static_assert(FP_IN == EPOLLIN && FP_OUT == EPOLLOUT && FP_ERR == EPOLLERR && FP_HUP == EPOLLHUP &&
              FP_RDHUP == EPOLLRDHUP && FP_ET == EPOLLET);

TcpSocket::TcpSocket(TcpQueue& q, int fd, int domain, bool nonblock)
    : queue_(q),
      fd_(fd),
      domain_(domain),
      nonblock_(nonblock),
      spinner_(q.owner().policy().spin_us) {}

TcpSocket::~TcpSocket() {
  withdraw(*this);
  disown(fd_);
}

int TcpSocket::bind(const sockaddr* a, socklen_t n) { return ::bind(fd_, a, n) < 0 ? -errno : 0; }

int TcpSocket::listen(int backlog) {
  if (::listen(fd_, backlog) < 0) return -errno;
  state_ = State::kListening;
  update_interest();
  publish(*this, true);
  return 0;
}

int TcpSocket::accept(fp_vq& to, sockaddr* a, socklen_t* n, fp_sock** out) {
  if (to.context != queue_.context) return -EINVAL;
  if (!nonblock_) spin_for(POLLIN);
  const int fd = accept4(fd_, a, n, SOCK_CLOEXEC);
  if (fd < 0) return -errno;
  own(fd);
  auto& q = static_cast<TcpQueue&>(to);
  auto s = std::make_unique<TcpSocket>(q, fd, domain_, false);
  s->state_ = State::kConnected;
  publish(*s, false);
  *out = s.get();
  // Last: it is the other queue's thread that owns the socket then.
  q.adopt(std::move(s));
  return 0;
}

int TcpSocket::connect(const sockaddr* a, socklen_t n) {
  if (::connect(fd_, a, n) == 0) {
    connected();
    update_interest();
    return 0;
  }
  const int error = errno;
  if (error == EINPROGRESS) {
    state_ = State::kConnecting;
    want_room_ = true;
    update_interest();
  }
  return -error;
}

void TcpSocket::connected() {
  if (state_ == State::kConnected) return;
  state_ = State::kConnected;
  publish(*this, false);
}

int TcpSocket::shutdown(int how) {
  if (how != SHUT_RD && unsent() != 0) {
    const int status = push(!nonblock_);
    if (status < 0) return status;
    shut_wr_ = true;
    if (unsent() != 0) {
      fin_due_ = true;  // FIN follows the last byte
      if (how == SHUT_WR) return 0;
      how = SHUT_RD;
    }
  }
  if (::shutdown(fd_, how) < 0) return -errno;
  if (how != SHUT_RD) shut_wr_ = true;
  return 0;
}

void TcpSocket::close() {
  if (unsent() != 0 && taken_error_ == 0) {
    linger abort{};
    socklen_t n = sizeof abort;
    const bool reset = ::getsockopt(fd_, SOL_SOCKET, SO_LINGER, &abort, &n) == 0 &&
                       abort.l_onoff != 0 && abort.l_linger == 0;
    if (!reset && push(!nonblock_) == 0 && unsent() != 0) {
      closed_ = true;  // the queue sends the rest
      queue_.begin_polling();
      update_interest();
      return;
    }
  }
  release();
}

void TcpSocket::release() { queue_.forget(*this); }

void TcpSocket::spin_for(short events) {
  if (!spinner_.enabled()) return;
  pollfd one{.fd = fd_, .events = events, .revents = 0};
  if (spinner_.spin([&] { return ::poll(&one, 1, 0) != 0; })) {
    count->spins.add(1);
  } else {
    count->sleeps.add(1);
  }
}

ssize_t TcpSocket::send(std::span<const iovec> from, int flags) {
  const bool wait = may_wait(flags);
  if (unsent() != 0) {
    const int status = push(wait);
    if (status < 0) return status;
    if (unsent() != 0) {
      missed_room();
      return -EAGAIN;
    }
  }
  flags |= MSG_NOSIGNAL;
  // A redirected send does not look whether we have sent our FIN.
  if (shut_wr_ && queue_.owner().policy().redirected) return -EPIPE;
  ssize_t n = 0;
  if (from.size() == 1) {
    n = ::send(fd_, from[0].iov_base, from[0].iov_len, flags);
  } else {
    msghdr m{};
    m.msg_iov = const_cast<iovec*>(from.data());
    m.msg_iovlen = from.size();
    n = ::sendmsg(fd_, &m, flags);
  }
  if (n < 0) {
    const int error = errno;
    if (error == EAGAIN) missed_room();
    // The kernel told the reason once, to fp_poll().
    if (error == EPIPE && taken_error_ != 0) return -std::exchange(taken_error_, 0);
    return -error;
  }
  count->tx_bytes.add(static_cast<uint64_t>(n));
  if (!wait && static_cast<size_t>(n) < bytes_of(from)) missed_room();
  return n;
}

ssize_t TcpSocket::recv_once(std::span<const iovec> to, int flags) const {
  ssize_t n = 0;
  if (to.size() == 1) {
    n = ::recv(fd_, to[0].iov_base, to[0].iov_len, flags);
  } else {
    msghdr m{};
    m.msg_iov = const_cast<iovec*>(to.data());
    m.msg_iovlen = to.size();
    n = ::recvmsg(fd_, &m, flags);
  }
  return n < 0 ? -errno : n;
}

ssize_t TcpSocket::kernel_recv(std::span<const iovec> to, int flags) {
  const bool redirected = queue_.owner().policy().redirected;
  ssize_t n = redirected ? recv_like_tcp(to, flags) : recv_once(to, flags);
  if (redirected && slot != nullptr) refresh_status();
  if ((n == 0 || n == -ENOTCONN) && taken_error_ != 0 && bytes_of(to) != 0) {
    return -std::exchange(taken_error_, 0);
  }
  return n;
}

ssize_t TcpSocket::recv(std::span<const iovec> to, int flags) {
  flags &= ~(MSG_NOSIGNAL | MSG_MORE);
  if (readable() != 0) return from_ring(to, flags);
  if (may_wait(flags) && state_ != State::kListening) spin_for(POLLIN);
  const ssize_t n = kernel_recv(to, flags);
  if (n > 0 && (flags & MSG_PEEK) == 0) count->rx_bytes.add(static_cast<uint64_t>(n));
  return n;
}

int TcpSocket::getsockopt(int level, int name, void* v, socklen_t* n) {
  if (!is_known_option(level, name)) return -ENOPROTOOPT;
  if (level == SOL_SOCKET && name == SO_ERROR && taken_error_ != 0) {
    if (*n < sizeof(int)) return -EINVAL;
    std::memcpy(v, &taken_error_, sizeof(int));
    *n = sizeof(int);
    taken_error_ = 0;
    return 0;
  }
  return ::getsockopt(fd_, level, name, v, n) < 0 ? -errno : 0;
}

int TcpSocket::setsockopt(int level, int name, const void* v, socklen_t n) {
  if (!is_known_option(level, name)) return -ENOPROTOOPT;
  return ::setsockopt(fd_, level, name, v, n) < 0 ? -errno : 0;
}

int TcpSocket::name(bool of_peer, sockaddr* a, socklen_t* n) const {
  const int status = of_peer ? getpeername(fd_, a, n) : getsockname(fd_, a, n);
  return status < 0 ? -errno : 0;
}

int TcpSocket::set_nonblock(bool on) {
  int value = on ? 1 : 0;
  if (ioctl(fd_, FIONBIO, &value) < 0) return -errno;
  nonblock_ = on;
  return 0;
}

int TcpSocket::backend() const {
  return state_ == State::kConnected ? queue_.owner().verdict(fd_).backend : queue_.owner().backend;
}

const char* TcpSocket::backend_reason() const {
  return state_ == State::kConnected ? queue_.owner().verdict(fd_).reason
                                     : queue_.owner().reason.c_str();
}

int TcpSocket::watch(uint32_t events) {
  if ((events & ~(FP_IN | FP_OUT | FP_RDHUP | FP_ET)) != 0) return -EINVAL;
  watched_ = true;
  mask_ = events;
  want_room_ = false;
  interest_ = 0;  // told anew, as epoll_ctl(EPOLL_CTL_MOD) reports once more what is the case
  update_interest();
  return 0;
}

void TcpSocket::missed_room() {
  count->tx_full.add(1);
  if (watched_) return;
  want_room_ = true;
  update_interest();
}

void TcpSocket::update_interest() {
  // Before they are connected, epoll would report sockets as hung up.
  if (!queue_.polled_.load(std::memory_order_relaxed) || state_ == State::kNew) return;
  uint32_t wanted = closed_ ? 0 : mask_;
  if (want_room_ || unsent() != 0) wanted |= EPOLLOUT;
  if (registered_ && wanted == interest_) return;
  epoll_event e{};
  e.events = interest_ = wanted;
  e.data.ptr = this;
  const int how = std::exchange(registered_, true) ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  epoll_ctl(queue_.epoll_, how, fd_, &e);
}

uint32_t TcpSocket::report(uint32_t events, int& error) {
  if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0 && unsent() != 0) push(false);
  if (closed_) {
    if (unsent() == 0) release();
    return 0;
  }
  if (state_ == State::kConnecting && (events & EPOLLOUT) != 0 && (events & EPOLLERR) == 0) {
    connected();
  }
  uint32_t out = events & (mask_ | FP_ERR | FP_HUP) & (FP_IN | FP_RDHUP | FP_ERR | FP_HUP);
  if ((events & EPOLLOUT) != 0 && (!windows_ || windows_->room() != 0)) {
    if (want_room_ || (watched_ && (mask_ & FP_OUT) != 0)) out |= FP_OUT;
    want_room_ = false;
  }
  if ((events & EPOLLERR) != 0) {
    int pending = 0;
    socklen_t n = sizeof pending;
    if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &pending, &n) == 0 && pending != 0) {
      taken_error_ = pending;
    }
  }
  if (taken_error_ != 0) out |= FP_ERR;
  error = taken_error_;
  update_interest();
  return out;
}

}  // namespace flatproxy
