// SPDX-License-Identifier: Apache-2.0
//
// Sockets: listeners, accepted connections, copying and zero-copy I/O.
#include "hostdrv/src/socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "hostdrv/src/service_controller.hpp"

using namespace flatproxy;

namespace {

// What keeps a connection from being used, or 0.
int trouble(const fp_sock& s) {
  if (s.kind != fp_sock::Kind::kConnection) return -ENOTCONN;
  if (s.queue->lost) return -ENODEV;
  if (s.stopped) return -EIO;
  if (s.reset) return -ECONNRESET;
  return 0;
}

int copy_name(const sockaddr_storage& from, sockaddr* a, socklen_t* n) {
  if (a == nullptr || n == nullptr) return -EINVAL;
  const socklen_t full = from.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  std::memcpy(a, &from, std::min(*n, full));
  *n = full;
  return 0;
}

}  // namespace

extern "C" {

int fp_socket(fp_vq* q, int domain, int type, int protocol, fp_sock** out) {
  if (domain != AF_INET && domain != AF_INET6) return -EAFNOSUPPORT;
  if (type != SOCK_STREAM || (protocol != 0 && protocol != IPPROTO_TCP)) return -EPROTONOSUPPORT;
  auto s = std::make_unique<fp_sock>();
  s->queue = q;
  s->local.ss_family = static_cast<sa_family_t>(domain);
  *out = s.get();
  q->sockets.push_back(std::move(s));
  return 0;
}

int fp_bind(fp_sock* s, const struct sockaddr* a, socklen_t n) {
  if (s->kind != fp_sock::Kind::kListener || s->listening) return -EINVAL;
  const socklen_t need =
      s->local.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (a == nullptr || n < need || a->sa_family != s->local.ss_family) return -EINVAL;
  std::memcpy(&s->local, a, need);
  return 0;
}

int fp_listen(fp_sock* s, int backlog) {
  if (s->kind != fp_sock::Kind::kListener || backlog <= 0) return -EINVAL;
  s->backlog = static_cast<size_t>(backlog);
  s->listening = true;
  return 0;
}

int fp_accept(fp_sock* s, fp_vq* to, struct sockaddr* a, socklen_t* n, fp_sock** out) {
  if (s->kind != fp_sock::Kind::kListener || !s->listening || to != s->queue) return -EINVAL;
  if (s->queue->lost) return -ENODEV;
  if (s->waiting.empty()) return -EAGAIN;
  fp_sock* c = s->waiting.front();
  if (a != nullptr) {
    const int status = copy_name(c->remote, a, n);
    if (status < 0) return status;
  }
  s->waiting.pop_front();
  c->accepted = true;
  c->listener = nullptr;
  *out = c;
  return 0;
}

ssize_t fp_rx_peek(fp_sock* s, const void** p) {
  if (s->queue->lost) return -ENODEV;
  const uint32_t bytes = s->rx_tail - s->rx_head;
  if (bytes != 0) {
    *p = s->rx.at(s->rx_head);
    return bytes;
  }
  const int status = trouble(*s);
  if (status < 0) return status;
  return s->fin_in ? 0 : -EAGAIN;
}

int fp_rx_consume(fp_sock* s, size_t n) {
  if (s->queue->lost) return -ENODEV;
  if (n > s->rx_tail - s->rx_head) return -EINVAL;
  if (n == 0) return 0;
  s->rx_head += static_cast<uint32_t>(n);
  mark(*s);
  return 0;
}

ssize_t fp_tx_reserve(fp_sock* s, size_t want, void** p) {
  const int status = trouble(*s);
  if (status < 0) return status;
  if (s->fin_out || s->gone) return -EPIPE;
  const size_t room = s->tx.size() - (s->tx_tail - s->tx_head);
  if (room < want) s->want_room = true;
  if (room == 0) return -EAGAIN;
  *p = s->tx.at(s->tx_tail);
  return static_cast<ssize_t>(std::min(room, want));
}

int fp_tx_commit(fp_sock* s, size_t n, unsigned flags) {
  const int status = trouble(*s);
  if (status < 0) return status;
  if (n > s->tx.size() - (s->tx_tail - s->tx_head) || s->fin_out) return -EINVAL;
  s->tx_tail += static_cast<uint32_t>(n);
  s->tx_bytes += n;
  mark(*s);
  if ((flags & FP_MORE) == 0) flush_socket(*s);
  return 0;
}

ssize_t fp_send(fp_sock* s, const void* p, size_t n, int flags) {
  if (flags != 0) return -EOPNOTSUPP;
  void* window = nullptr;
  const ssize_t room = fp_tx_reserve(s, n, &window);
  if (room <= 0) return room;
  std::memcpy(window, p, static_cast<size_t>(room));
  fp_tx_commit(s, static_cast<size_t>(room), 0);
  return room;
}

ssize_t fp_recv(fp_sock* s, void* p, size_t n, int flags) {
  if (flags != 0) return -EOPNOTSUPP;
  const void* window = nullptr;
  const ssize_t bytes = fp_rx_peek(s, &window);
  if (bytes <= 0) return bytes;
  const size_t taken = std::min(n, static_cast<size_t>(bytes));
  std::memcpy(p, window, taken);
  fp_rx_consume(s, taken);
  return static_cast<ssize_t>(taken);
}

int fp_shutdown(fp_sock* s, int how) {
  if (how != SHUT_WR) return -EOPNOTSUPP;
  const int status = trouble(*s);
  if (status < 0) return status;
  if (s->fin_out) return 0;
  s->fin_out = true;
  mark(*s);
  flush_socket(*s);
  return 0;
}

// The rings stay mapped until the device and the firmware have let go of them.
void fp_close(fp_sock* s) {
  if (s == nullptr) return;
  fp_vq& q = *s->queue;
  if (s->kind == fp_sock::Kind::kListener) {
    for (auto& c : q.sockets) {
      if (c->listener != s || c->accepted) continue;
      c->listener = nullptr;
      abandon(*c);
      flush_socket(*c);
    }
    std::erase_if(q.sockets, [&](const auto& o) { return o.get() == s; });
  } else {
    abandon(*s);
    flush_socket(*s);
  }
  reap(q);
}

int fp_getsockname(const fp_sock* s, struct sockaddr* a, socklen_t* n) {
  return copy_name(s->local, a, n);
}

int fp_getpeername(const fp_sock* s, struct sockaddr* a, socklen_t* n) {
  if (s->kind != fp_sock::Kind::kConnection) return -ENOTCONN;
  return copy_name(s->remote, a, n);
}

void fp_sock_set_user(fp_sock* s, void* user) { s->user = user; }

int fp_sock_stats(const fp_sock* s, struct fp_stats* out) {
  if (out->size < sizeof *out) return -EINVAL;
  *out = {sizeof *out, s->rx_bytes, s->tx_bytes, 0, 0};
  return 0;
}

}  // extern "C"
