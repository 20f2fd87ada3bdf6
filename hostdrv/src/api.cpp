// SPDX-License-Identifier: Apache-2.0
//
// The C ABI: checks handles, keeps errno, remembers failures; the back ends do the rest.
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstring>

#include "hostdrv/src/handles.hpp"
#include "hostdrv/src/log.hpp"
#include "hostdrv/src/status_page.hpp"

using namespace flatproxy;

namespace {

static_assert(sizeof(fp_opts) == 40 && sizeof(fp_event) == 24 && sizeof(fp_stats) == 64,
              "the ABI: fields are only added at the end");
// What a caller built against the first version has.
constexpr size_t kFirstStats = offsetof(fp_stats, tx_full);

constexpr int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE;
constexpr int kRecvFlags = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_PEEK | MSG_WAITALL;

// System calls change errno; callers of this library never see that.
class KeepErrno {
 public:
  KeepErrno() : kept_(errno) {}
  ~KeepErrno() { errno = kept_; }
  KeepErrno(const KeepErrno&) = delete;
  KeepErrno& operator=(const KeepErrno&) = delete;

 private:
  int kept_;
};

// Runs `body` on a handle of this process.
template <class Handle, class Body>
auto on(const char* call, Handle* h, Body body) -> decltype(body(*h)) {
  using Result = decltype(body(*h));
  if (h == nullptr) return static_cast<Result>(failed(call, -EINVAL));
  if (h->process != this_process()) {
    return static_cast<Result>(failed(call, explain(-ESTALE, "handle of the process before fork")));
  }
  const KeepErrno keep;
  const Result result = body(*h);
  return result < 0 ? static_cast<Result>(failed(call, result)) : result;
}

bool ours(const auto* h) { return h != nullptr && h->process == this_process(); }

int copy_stats(const fp_stats& from, fp_stats* out) {
  const size_t size = out->size;
  if (size < kFirstStats) return -EINVAL;
  std::memcpy(out, &from, std::min(size, sizeof from));
  out->size = size;
  return 0;
}

}  // namespace

extern "C" {

// --- context and queues
// ---------------------------------------------------------------------------

void fp_close_ctx(fp_ctx* c) {
  if (!ours(c)) return;
  const KeepErrno keep;
  status_close(*c);
  delete c;
}

enum fp_backend fp_ctx_backend(const fp_ctx* c) { return c->backend; }
const char* fp_ctx_reason(const fp_ctx* c) { return c->reason.c_str(); }

const char* fp_backend_name(int backend) {
  switch (backend) {
    case FP_BE_VFIO:
    case FP_BE_VFIO_USER:
    case FP_BE_IN_PROCESS:
      return "dpu";
    case FP_BE_SOCKMAP:
      return "sockmap";
    case FP_BE_TCP:
      return "tcp";
    default:
      return "auto";
  }
}

int fp_vq_create(fp_ctx* c, unsigned flags, fp_vq** out) {
  return on("fp_vq_create", c, [&](fp_ctx& ctx) {
    if (out == nullptr || flags != 0) return -EINVAL;
    const int status = ctx.create_queue(out);
    if (status == 0) status_queues(1);
    return status;
  });
}

void fp_vq_destroy(fp_vq* q) {
  if (!ours(q)) return;
  const KeepErrno keep;
  q->context->destroy_queue(*q);
  status_queues(-1);
}

int fp_vq_fd(fp_vq* q) {
  return on("fp_vq_fd", q, [](fp_vq& v) { return v.fd(); });
}
int fp_vq_arm(fp_vq* q) {
  return on("fp_vq_arm", q, [](fp_vq& v) { return v.arm(); });
}
int fp_flush(fp_vq* q) {
  return on("fp_flush", q, [](fp_vq& v) { return v.flush(); });
}
int fp_poll(fp_vq* q, struct fp_event* ev, int max, int64_t timeout_ns) {
  return on("fp_poll", q, [&](fp_vq& v) {
    if (ev == nullptr || max <= 0) return -EINVAL;
    return v.poll({ev, static_cast<size_t>(max)}, timeout_ns);
  });
}
int fp_vq_stats(const fp_vq* q, struct fp_stats* out) {
  return on("fp_vq_stats", q, [&](const fp_vq& v) {
    if (out == nullptr) return -EINVAL;
    fp_stats all{};
    v.stats(all);
    return copy_stats(all, out);
  });
}

// --- sockets
// --------------------------------------------------------------------------------------

int fp_socket(fp_vq* q, int domain, int type, int protocol, fp_sock** out) {
  return on("fp_socket", q, [&](fp_vq& v) {
    if (out == nullptr) return -EINVAL;
    if (domain != AF_INET && domain != AF_INET6) return -EAFNOSUPPORT;
    if ((type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != SOCK_STREAM ||
        (protocol != 0 && protocol != IPPROTO_TCP)) {
      return -EPROTONOSUPPORT;
    }
    return v.socket(domain, (type & SOCK_NONBLOCK) != 0, out);
  });
}
int fp_bind(fp_sock* s, const struct sockaddr* a, socklen_t n) {
  return on("fp_bind", s, [&](fp_sock& sock) { return a == nullptr ? -EINVAL : sock.bind(a, n); });
}
int fp_listen(fp_sock* s, int backlog) {
  return on("fp_listen", s, [&](fp_sock& sock) { return sock.listen(backlog); });
}
int fp_accept(fp_sock* s, fp_vq* to, struct sockaddr* a, socklen_t* n, fp_sock** out) {
  return on("fp_accept", s, [&](fp_sock& sock) {
    if (to == nullptr || out == nullptr || (a != nullptr && n == nullptr)) return -EINVAL;
    return sock.accept(*to, a, n, out);
  });
}
int fp_connect(fp_sock* s, const struct sockaddr* a, socklen_t n) {
  return on("fp_connect", s,
            [&](fp_sock& sock) { return a == nullptr ? -EINVAL : sock.connect(a, n); });
}
int fp_shutdown(fp_sock* s, int how) {
  return on("fp_shutdown", s, [&](fp_sock& sock) {
    return how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR ? -EINVAL : sock.shutdown(how);
  });
}
void fp_close(fp_sock* s) {
  if (!ours(s)) return;
  const KeepErrno keep;
  s->close();
}

ssize_t fp_send(fp_sock* s, const void* p, size_t n, int flags) {
  return on("fp_send", s, [&](fp_sock& sock) -> ssize_t {
    if ((flags & ~kSendFlags) != 0) return -EOPNOTSUPP;
    const iovec from{const_cast<void*>(p), n};
    return sock.send({&from, 1}, flags);
  });
}
ssize_t fp_recv(fp_sock* s, void* p, size_t n, int flags) {
  return on("fp_recv", s, [&](fp_sock& sock) -> ssize_t {
    if ((flags & ~kRecvFlags) != 0) return -EOPNOTSUPP;
    const iovec to{p, n};
    return sock.recv({&to, 1}, flags);
  });
}
ssize_t fp_sendmsg(fp_sock* s, const struct msghdr* m, int flags) {
  return on("fp_sendmsg", s, [&](fp_sock& sock) -> ssize_t {
    if (m == nullptr) return -EINVAL;
    if ((flags & ~kSendFlags) != 0 || m->msg_namelen != 0 || m->msg_controllen != 0) {
      return -EOPNOTSUPP;
    }
    if (m->msg_iovlen > IOV_MAX) return -EMSGSIZE;
    return sock.send({m->msg_iov, m->msg_iovlen}, flags);
  });
}
ssize_t fp_recvmsg(fp_sock* s, struct msghdr* m, int flags) {
  return on("fp_recvmsg", s, [&](fp_sock& sock) -> ssize_t {
    if (m == nullptr) return -EINVAL;
    if ((flags & ~kRecvFlags) != 0 || m->msg_namelen != 0 || m->msg_controllen != 0) {
      return -EOPNOTSUPP;
    }
    if (m->msg_iovlen > IOV_MAX) return -EMSGSIZE;
    m->msg_flags = 0;
    return sock.recv({m->msg_iov, m->msg_iovlen}, flags);
  });
}

int fp_getsockopt(fp_sock* s, int level, int name, void* v, socklen_t* n) {
  return on("fp_getsockopt", s, [&](fp_sock& sock) {
    return v == nullptr || n == nullptr ? -EINVAL : sock.getsockopt(level, name, v, n);
  });
}
int fp_setsockopt(fp_sock* s, int level, int name, const void* v, socklen_t n) {
  return on("fp_setsockopt", s, [&](fp_sock& sock) {
    return v == nullptr ? -EINVAL : sock.setsockopt(level, name, v, n);
  });
}
int fp_getsockname(const fp_sock* s, struct sockaddr* a, socklen_t* n) {
  return on("fp_getsockname", s, [&](const fp_sock& sock) {
    return a == nullptr || n == nullptr ? -EINVAL : sock.name(false, a, n);
  });
}
int fp_getpeername(const fp_sock* s, struct sockaddr* a, socklen_t* n) {
  return on("fp_getpeername", s, [&](const fp_sock& sock) {
    return a == nullptr || n == nullptr ? -EINVAL : sock.name(true, a, n);
  });
}
int fp_set_nonblock(fp_sock* s, int on_or_off) {
  return on("fp_set_nonblock", s, [&](fp_sock& sock) { return sock.set_nonblock(on_or_off != 0); });
}
int fp_sock_backend(const fp_sock* s) {
  return on("fp_sock_backend", s, [](const fp_sock& sock) { return sock.backend(); });
}
const char* fp_sock_backend_reason(const fp_sock* s) {
  if (!ours(s)) return "handle of the process before fork";
  const KeepErrno keep;
  return s->backend_reason();
}

// --- windows and events
// ---------------------------------------------------------------------------

ssize_t fp_rx_peek(fp_sock* s, const void** p) {
  return on("fp_rx_peek", s,
            [&](fp_sock& sock) -> ssize_t { return p == nullptr ? -EINVAL : sock.rx_peek(p); });
}
int fp_rx_consume(fp_sock* s, size_t n) {
  return on("fp_rx_consume", s, [&](fp_sock& sock) { return sock.rx_consume(n); });
}
ssize_t fp_tx_reserve(fp_sock* s, size_t want, void** p) {
  return on("fp_tx_reserve", s, [&](fp_sock& sock) -> ssize_t {
    return p == nullptr ? -EINVAL : sock.tx_reserve(want, p);
  });
}
int fp_tx_commit(fp_sock* s, size_t n, unsigned flags) {
  return on("fp_tx_commit", s, [&](fp_sock& sock) {
    return (flags & ~FP_MORE) != 0 ? -EINVAL : sock.tx_commit(n, (flags & FP_MORE) != 0);
  });
}
int fp_sock_watch(fp_sock* s, uint32_t events) {
  return on("fp_sock_watch", s, [&](fp_sock& sock) { return sock.watch(events); });
}
void fp_sock_set_user(fp_sock* s, void* user) {
  if (ours(s)) s->user = user;
}
int fp_sock_stats(const fp_sock* s, struct fp_stats* out) {
  return on("fp_sock_stats", s, [&](const fp_sock& sock) {
    if (out == nullptr) return -EINVAL;
    fp_stats all{};
    all.rx_bytes = sock.count->rx_bytes.get();
    all.tx_bytes = sock.count->tx_bytes.get();
    all.tx_full = sock.count->tx_full.get();
    all.spins = sock.count->spins.get();
    all.sleeps = sock.count->sleeps.get();
    return copy_stats(all, out);
  });
}

const char* fp_version(void) { return FLATPROXY_VERSION; }

}  // extern "C"
