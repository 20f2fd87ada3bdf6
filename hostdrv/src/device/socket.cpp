// SPDX-License-Identifier: Apache-2.0
//
// Sockets on a device: listeners, accepted connections, copying and zero-copy I/O.
#include "hostdrv/src/device/socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "hostdrv/src/device/service_controller.hpp"
#include "hostdrv/src/status_page.hpp"

namespace flatproxy {

namespace {

int copy_name(const sockaddr_storage& from, sockaddr* a, socklen_t* n) {
  const socklen_t full = from.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  std::memcpy(a, &from, std::min(*n, full));
  *n = full;
  return 0;
}

}  // namespace

int DeviceSocket::trouble() const {
  if (kind != Kind::kConnection) return -ENOTCONN;
  if (queue->lost) return -ENODEV;
  if (stopped) return -EIO;
  if (reset) return -ECONNRESET;
  return 0;
}

template <class Attempt>
ssize_t DeviceSocket::blocking(int flags, int64_t timeout_ns, Attempt attempt) {
  for (int64_t left = timeout_ns;;) {
    ssize_t n = attempt();
    if (n == -EAGAIN) {
      // What the device has said since the last look counts, as it would on Linux.
      const uint32_t seen = queue->ev_head;
      drain_events(*queue);
      if (queue->ev_head != seen) n = attempt();
    }
    if (n != -EAGAIN || nonblock || (flags & MSG_DONTWAIT) != 0) return n;
    const int status = queue->sleep(left);
    if (status == -ETIMEDOUT) return -EAGAIN;
    if (status < 0) return status;
  }
}

int DeviceSocket::bind(const sockaddr* a, socklen_t n) {
  if (kind != Kind::kListener || listening) return -EINVAL;
  const socklen_t need = local.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (n < need || a->sa_family != local.ss_family) return -EINVAL;
  std::memcpy(&local, a, need);
  return 0;
}

int DeviceSocket::listen(int most) {
  if (kind != Kind::kListener || most <= 0) return -EINVAL;
  backlog = static_cast<size_t>(most);
  if (!listening) publish(*this, true);
  listening = true;
  return 0;
}

int DeviceSocket::accept(fp_vq& to, sockaddr* a, socklen_t* n, fp_sock** out) {
  if (kind != Kind::kListener || !listening || &to != queue) return -EINVAL;
  return static_cast<int>(blocking(0, rx_timeout_ns, [&]() -> ssize_t {
    if (queue->lost) return -ENODEV;
    if (waiting.empty()) return -EAGAIN;
    DeviceSocket* c = waiting.front();
    if (a != nullptr) copy_name(c->remote, a, n);
    waiting.pop_front();
    c->accepted = true;
    c->listener = nullptr;
    publish(*c, false);
    *out = c;
    return 0;
  }));
}

int DeviceSocket::connect(const sockaddr*, socklen_t) {
  return kind == Kind::kConnection ? -EISCONN : -EOPNOTSUPP;
}

// --- bytes
// ----------------------------------------------------------------------------------------

ssize_t DeviceSocket::rx_peek(const void** p) {
  // Asked again without consuming: more is wanted.
  if (shown) drain_events(*queue);
  return blocking(0, rx_timeout_ns, [&]() -> ssize_t {
    if (queue->lost) return -ENODEV;
    if (readable() != 0) {
      shown = true;
      *p = rx.at(rx_head);
      return readable();
    }
    if (at_end()) return 0;
    const int status = trouble();
    return status < 0 ? status : -EAGAIN;
  });
}

int DeviceSocket::rx_consume(size_t n) {
  if (queue->lost) return -ENODEV;
  if (n > readable()) return -EINVAL;
  if (n == 0) return 0;
  rx_head += static_cast<uint32_t>(n);
  shown = false;
  mark(*this);
  return 0;
}

ssize_t DeviceSocket::tx_reserve(size_t want, void** p) {
  return blocking(0, tx_timeout_ns, [&]() -> ssize_t {
    const int status = trouble();
    if (status < 0) return status;
    if (fin_out || gone) return -EPIPE;
    if (room() < want && !want_room) {
      want_room = true;
      count->tx_full.add(1);
    }
    if (room() == 0) return -EAGAIN;
    *p = tx.at(tx_tail);
    return static_cast<ssize_t>(std::min(room(), want));
  });
}

int DeviceSocket::tx_commit(size_t n, bool more) {
  const int status = trouble();
  if (status < 0) return status;
  if (n > room() || fin_out) return -EINVAL;
  tx_tail += static_cast<uint32_t>(n);
  count->tx_bytes.add(n);
  mark(*this);
  if (!more) flush_socket(*this);
  return 0;
}

// As send(2): a blocking call ends when everything is in the ring, or with what is when it may wait
// no longer.
ssize_t DeviceSocket::send(std::span<const iovec> from, int flags) {
  size_t done = 0;
  for (const iovec& part : from) {
    for (size_t at = 0; at < part.iov_len || part.iov_len == 0;) {
      const bool was = nonblock;
      nonblock = was || (flags & MSG_DONTWAIT) != 0;
      void* window = nullptr;
      const ssize_t n = tx_reserve(part.iov_len - at, &window);
      nonblock = was;
      if (n < 0 && part.iov_len == 0 && n == -EAGAIN) break;  // nothing is always sent
      if (n < 0) return done != 0 ? static_cast<ssize_t>(done) : n;
      if (n == 0) break;
      std::memcpy(window, static_cast<const char*>(part.iov_base) + at, static_cast<size_t>(n));
      tx_commit(static_cast<size_t>(n), (flags & MSG_MORE) != 0);
      at += static_cast<size_t>(n);
      done += static_cast<size_t>(n);
    }
  }
  return static_cast<ssize_t>(done);
}

// Copies readable bytes, from place `from` on, into the parts of `to` behind their first `from`.
ssize_t DeviceSocket::take(std::span<const iovec> to, size_t from, bool peek) {
  size_t skip = from, done = 0;
  for (const iovec& part : to) {
    const size_t begin = std::min(skip, part.iov_len);
    skip -= begin;
    const uint32_t at = peek ? static_cast<uint32_t>(from + done) : 0;
    const size_t n = std::min<size_t>(part.iov_len - begin, readable() - at);
    if (n == 0) continue;
    std::memcpy(static_cast<char*>(part.iov_base) + begin, rx.at(rx_head + at), n);
    if (!peek) rx_consume(n);
    done += n;
  }
  return static_cast<ssize_t>(done);
}

ssize_t DeviceSocket::recv(std::span<const iovec> to, int flags) {
  const bool peek = (flags & MSG_PEEK) != 0;
  const size_t wanted = bytes_of(to);
  size_t done = 0;
  const ssize_t status = blocking(flags, rx_timeout_ns, [&]() -> ssize_t {
    const void* window = nullptr;
    const bool was = nonblock;
    nonblock = true;
    const ssize_t ready = rx_peek(&window);
    nonblock = was;
    if (ready < 0) return ready;
    if (peek) done = 0;
    const ssize_t n = take(to, done, peek);
    done += static_cast<size_t>(n);
    const bool all = (flags & MSG_WAITALL) == 0 || done == wanted;
    // A full ring holds all that a peek can ever see.
    if (ready == 0 || all || (peek && readable() == rx.size())) return 0;
    return -EAGAIN;
  });
  return status < 0 && done == 0 ? status : static_cast<ssize_t>(done);
}

// --- end
// ------------------------------------------------------------------------------------------

int DeviceSocket::shutdown(int how) {
  const int status = trouble();
  if (status < 0) return status == -ECONNRESET ? -ENOTCONN : status;
  if (how != SHUT_WR) {
    // As Linux does it: a reader gets what is there, then the end; the peer is not told.
    shut_rd = changed = true;
  }
  if (how != SHUT_RD && !fin_out) {
    fin_out = true;
    mark(*this);
    flush_socket(*this);
  }
  return 0;
}

// The rings stay mapped until the device and the firmware have let go of them.
void DeviceSocket::close() {
  DeviceQueue& q = *queue;
  withdraw(*this);
  if (kind == Kind::kListener) {
    for (auto& c : q.sockets) {
      if (c->listener != this || c->accepted) continue;
      c->listener = nullptr;
      abandon(*c);
      flush_socket(*c);
    }
    std::erase_if(q.sockets, [&](const auto& o) { return o.get() == this; });
  } else {
    rst_out = linger_option.l_onoff != 0 && linger_option.l_linger == 0 && !fin_told;
    abandon(*this);
    flush_socket(*this);
  }
  reap(q);
}

int DeviceSocket::name(bool of_peer, sockaddr* a, socklen_t* n) const {
  if (of_peer && kind != Kind::kConnection) return -ENOTCONN;
  return copy_name(of_peer ? remote : local, a, n);
}

int DeviceSocket::set_nonblock(bool on) {
  nonblock = on;
  return 0;
}

int DeviceSocket::backend() const { return queue->context->backend; }
const char* DeviceSocket::backend_reason() const { return queue->context->reason.c_str(); }

int DeviceSocket::watch(uint32_t events) {
  if ((events & ~(FP_IN | FP_OUT | FP_RDHUP | FP_ET)) != 0) return -EINVAL;
  watched = true;
  mask = events;
  changed = true;
  return 0;
}

}  // namespace flatproxy
