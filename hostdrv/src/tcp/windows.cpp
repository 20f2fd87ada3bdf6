// SPDX-License-Identifier: Apache-2.0
//
// Zero-copy windows over tcp, and the copying calls of a socket that has bytes in its rings.
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "hostdrv/src/tcp/tcp.hpp"

namespace flatproxy {

int TcpSocket::need_windows() {
  if (state_ == State::kNew || state_ == State::kListening) return -ENOTCONN;
  if (windows_) return 0;
  auto w = std::make_unique<Windows>();
  w->rx = RingMemory(queue_.owner().policy().rx_bytes);
  w->tx = RingMemory(queue_.owner().policy().tx_bytes);
  if (!w->rx.valid() || !w->tx.valid()) return -ENOMEM;
  windows_ = std::move(w);
  return 0;
}

void TcpSocket::mark_ready() {
  if (in_ready_ || readable() == 0) return;
  in_ready_ = true;
  queue_.ready_.push_back(this);
}

void TcpSocket::fill() {
  Windows& w = *windows_;
  const size_t free = w.rx.size() - w.readable();
  if (free == 0) return;
  const iovec at{w.rx.at(w.rx_tail), free};
  const ssize_t n = kernel_recv({&at, 1}, MSG_DONTWAIT);
  if (n > 0) {
    w.rx_tail += static_cast<uint32_t>(n);
    count->rx_bytes.add(static_cast<uint64_t>(n));
  } else if (n < 0 && n != -EAGAIN && n != -EINTR) {
    taken_error_ = static_cast<int>(-n);  // readable bytes come first
  }
}

ssize_t TcpSocket::rx_peek(const void** p) {
  const int status = need_windows();
  if (status < 0) return status;
  Windows& w = *windows_;
  if (w.readable() != 0) {
    if (w.shown) fill();  // asked again without consuming: more is wanted
  } else {
    if (!nonblock_) spin_for(POLLIN);
    const iovec at{w.rx.at(w.rx_tail), w.rx.size()};
    const ssize_t n = kernel_recv({&at, 1}, 0);
    if (n <= 0) return n;
    w.rx_tail += static_cast<uint32_t>(n);
    count->rx_bytes.add(static_cast<uint64_t>(n));
  }
  w.shown = true;
  mark_ready();
  *p = w.rx.at(w.rx_head);
  return w.readable();
}

int TcpSocket::rx_consume(size_t n) {
  if (n > readable()) return -EINVAL;
  if (n == 0) return 0;
  windows_->rx_head += static_cast<uint32_t>(n);
  windows_->shown = false;
  return 0;
}

ssize_t TcpSocket::from_ring(std::span<const iovec> to, int flags) {
  Windows& w = *windows_;
  const bool peek = (flags & MSG_PEEK) != 0;
  const size_t wanted = bytes_of(to);
  if (peek && wanted > w.readable()) fill();
  size_t done = 0;
  for (const iovec& part : to) {
    const size_t n = std::min<size_t>(part.iov_len, w.readable() - (peek ? done : 0));
    std::memcpy(part.iov_base, w.rx.at(w.rx_head + static_cast<uint32_t>(peek ? done : 0)), n);
    if (!peek) rx_consume(n);
    done += n;
    if (n == part.iov_len || peek) continue;
    // The ring is empty. What the caller insists on comes from the kernel, part by part.
    if ((flags & MSG_WAITALL) == 0 || !may_wait(flags)) break;
    const iovec rest{static_cast<char*>(part.iov_base) + n, part.iov_len - n};
    const ssize_t more = kernel_recv({&rest, 1}, flags);
    if (more <= 0) {
      if (more < 0 && more != -EAGAIN && more != -EINTR) taken_error_ = static_cast<int>(-more);
      break;
    }
    count->rx_bytes.add(static_cast<uint64_t>(more));
    done += static_cast<size_t>(more);
    if (static_cast<size_t>(more) < rest.iov_len) break;
  }
  return static_cast<ssize_t>(done);
}

ssize_t TcpSocket::tx_reserve(size_t want, void** p) {
  const int status = need_windows();
  if (status < 0) return status;
  if (shut_wr_) return -EPIPE;
  if (taken_error_ != 0) return -std::exchange(taken_error_, 0);
  Windows& w = *windows_;
  if (w.room() < want && w.unsent() != 0) {
    const int sent = push(!nonblock_ && w.room() == 0);
    if (sent < 0) return sent;
  }
  if (w.room() < want) missed_room();
  if (w.room() == 0) return -EAGAIN;
  *p = w.tx.at(w.tx_tail);
  return static_cast<ssize_t>(std::min<size_t>(w.room(), want));
}

int TcpSocket::tx_commit(size_t n, bool more) {
  const int status = need_windows();
  if (status < 0) return status;
  Windows& w = *windows_;
  if (n > w.room() || shut_wr_) return -EINVAL;
  w.tx_tail += static_cast<uint32_t>(n);
  count->tx_bytes.add(n);
  if (!more) {
    // Nobody else moves what a blocking caller leaves behind; a timeout leaves it to the queue.
    const int sent = push(!nonblock_);
    return sent == -EAGAIN || sent == -EINTR ? 0 : sent;
  }
  if (!in_dirty_ && n != 0) {
    in_dirty_ = true;
    queue_.dirty_.push_back(this);
  }
  return 0;
}

int TcpSocket::push(bool wait) {
  Windows& w = *windows_;
  while (w.unsent() != 0) {
    const ssize_t n = ::send(fd_, w.tx.at(w.tx_head), w.unsent(),
                             MSG_NOSIGNAL | (wait && !nonblock_ ? 0 : MSG_DONTWAIT));
    if (n < 0) {
      const int error = errno;
      if (error == EAGAIN || error == EINTR || error == ENOTCONN) {
        // Not now: the queue goes on when epoll tells.
        if (wait && error != ENOTCONN) return -error;
        update_interest();
        return 0;
      }
      w.tx_head = w.tx_tail;  // nobody will ever take them
      return -error;
    }
    w.tx_head += static_cast<uint32_t>(n);
  }
  update_interest();
  if (std::exchange(fin_due_, false)) ::shutdown(fd_, SHUT_WR);
  return 0;
}

}  // namespace flatproxy
