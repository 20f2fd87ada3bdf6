/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flatproxy - socket direct for a DPU service-mesh proxy.  C ABI core.
 *
 * Returns 0 or a count on success and a negative errno on failure; errno is never touched.
 * Handles are opaque.  Structs that may grow start with their own size.
 *
 * Threads: a context is thread-safe; a queue and its sockets belong to one thread at a time.
 * fork: in a child every inherited handle answers -ESTALE and closing it does nothing; the child
 * may open its own.  No call raises SIGPIPE.
 *
 * What a call means is what the call of the same name without fp_ means on Linux; a manual page per
 * call says the rest.  The socket options are listed in fp_setsockopt(3).
 */
#ifndef FLATPROXY_H
#define FLATPROXY_H
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct fp_ctx fp_ctx;   /* process: back end, device, memory registry */
typedef struct fp_vq fp_vq;     /* virtual queue of a function, or its like */
typedef struct fp_sock fp_sock; /* belongs to one fp_vq for life; inherits its thread rule */

/* --- context -------------------------------------------------------------------------------- */
enum fp_backend {
  FP_BE_AUTO = 0,
  FP_BE_VFIO = 1,
  FP_BE_VFIO_USER = 2,
  FP_BE_SOCKMAP = 3,
  FP_BE_TCP = 4,
  FP_BE_IN_PROCESS = 5 /* a device in this process: tests and the simulator; cannot be asked for */
};

struct fp_opts {
  size_t opts_size;   /* sizeof(struct fp_opts) in the caller */
  uint32_t backend;   /* enum fp_backend; $FLATPROXY_BACKEND wins */
  uint32_t flags;     /* FP_OPEN_* */
  const char* device; /* "vfio-user:DIR/vf0.sock", "vfio:0000:3b:00.2"; $FLATPROXY_DEVICE */
  uint32_t rx_bytes,
      tx_bytes;      /* rings of zero-copy windows: powers of two, 4 KiB..1 GiB; 0: 64 KiB */
  uint32_t spin_us;  /* at most so long before sleeping; 0: never spin */
  uint32_t reserved; /* 0 */
};
#define FP_OPEN_STRICT (1u << 0) /* no falling back; with FP_BE_AUTO: anything but plain TCP */
#define FP_OPEN_STATUS                                                      \
  (1u << 1) /* show this process to `flatproxy status`; $FLATPROXY_STATUS=1 \
             */

/* Defaults: auto, no flags, spin_us 50.  Writes at most `opts_size` bytes. */
void fp_opts_init(struct fp_opts* o, size_t opts_size);
/* `o` NULL: the defaults.  -EINVAL: an option or variable is wrong (fp_last_error() names it);
 * -ENODEV: strict, and the back end is not to be had. */
int fp_open(const struct fp_opts* o, fp_ctx** out);
/* Destroys what is left of its queues, too. */
void fp_close_ctx(fp_ctx* c);
enum fp_backend fp_ctx_backend(const fp_ctx* c);
/* Why it is this back end: one line, the context's. */
const char* fp_ctx_reason(const fp_ctx* c);
/* "dpu", "sockmap", "tcp" or "auto". */
const char* fp_backend_name(int backend);

/* --- queues --------------------------------------------------------------------------------- */
/* flags: 0.  Belongs to the caller until fp_vq_destroy().  A device has as many as its function
 * (today one: -EBUSY), TCP any number. */
int fp_vq_create(fp_ctx* c, unsigned flags, fp_vq** out);
/* Closes every socket of the queue, then frees it. */
void fp_vq_destroy(fp_vq* q);
/* For poll(2), or epoll as FP_IN, once fp_vq_arm() has answered 0.  The library's: not to be read
 * or closed.  -EOPNOTSUPP: the transport has none. */
int fp_vq_fd(fp_vq* q);
/* Makes the next event wake fp_vq_fd().  -EAGAIN: events are pending already, do not sleep. */
int fp_vq_arm(fp_vq* q);

/* --- sockets -------------------------------------------------------------------------------- */
/* AF_INET or AF_INET6, SOCK_STREAM, SOCK_NONBLOCK or not.  -EAFNOSUPPORT, -EPROTONOSUPPORT. */
int fp_socket(fp_vq* q, int domain, int type, int protocol, fp_sock** out);
/* On a device a zero address or port takes any. */
int fp_bind(fp_sock* s, const struct sockaddr* a, socklen_t n);
/* At most `backlog` connections wait to be accepted. */
int fp_listen(fp_sock* s, int backlog);
/* The oldest waiting connection, blocking whatever the listener is; it belongs to queue `to`.
 * `a`, `n` may be NULL. */
int fp_accept(fp_sock* s, fp_vq* to, struct sockaddr* a, socklen_t* n, fp_sock** out);
/* -EINPROGRESS: FP_OUT and SO_ERROR tell.  -EOPNOTSUPP: the device cannot open connections yet. */
int fp_connect(fp_sock* s, const struct sockaddr* a, socklen_t n);
/* SHUT_WR sends what is committed, then FIN. */
int fp_shutdown(fp_sock* s, int how);
/* Gives the socket up; what is committed is still sent.  With SO_LINGER of 0 s: a reset. */
void fp_close(fp_sock* s);
/* Flags: MSG_DONTWAIT, MSG_NOSIGNAL (always so), MSG_MORE; MSG_PEEK, MSG_WAITALL.  Others:
 * -EOPNOTSUPP.  A blocking call on a transport that cannot wait answers -EAGAIN. */
ssize_t fp_send(fp_sock* s, const void* p, size_t n, int flags);
ssize_t fp_recv(fp_sock* s, void* p, size_t n, int flags);
/* Names and control data: -EOPNOTSUPP. */
ssize_t fp_sendmsg(fp_sock* s, const struct msghdr* m, int flags);
ssize_t fp_recvmsg(fp_sock* s, struct msghdr* m, int flags);
int fp_getsockopt(fp_sock* s, int level, int name, void* v, socklen_t* n);
int fp_setsockopt(fp_sock* s, int level, int name, const void* v, socklen_t n);
int fp_getsockname(const fp_sock* s, struct sockaddr* a, socklen_t* n);
int fp_getpeername(const fp_sock* s, struct sockaddr* a, socklen_t* n);
int fp_set_nonblock(fp_sock* s, int on);
/* What this connection really runs on (enum fp_backend), and why: one line, valid until the next
 * call with this socket. */
int fp_sock_backend(const fp_sock* s);
const char* fp_sock_backend_reason(const fp_sock* s);

/* --- zero copy: windows into the socket's own rings ----------------------------------------- */
/* fp_rx_peek() lends the readable bytes; they stay valid until fp_rx_consume() covers them.  It
 * blocks only while there are none.
 * fp_tx_reserve() lends up to `want` free TX bytes; after fp_tx_commit() they belong to the library
 * and must not be written.  Windows are contiguous (each ring is mapped twice back to back).
 * Counts in bytes; -EAGAIN and stream errors as for the copying calls. */
ssize_t fp_rx_peek(fp_sock* s, const void** p);
int fp_rx_consume(fp_sock* s, size_t n);
ssize_t fp_tx_reserve(fp_sock* s, size_t want, void** p);
int fp_tx_commit(fp_sock* s, size_t n, unsigned flags);
#define FP_MORE (1u << 0) /* do not send yet: fp_flush() does, or the next commit without it */
/* Hands on everything consumed and committed so far. */
int fp_flush(fp_vq* q);

/* --- events --------------------------------------------------------------------------------- */
struct fp_event {
  fp_sock* sock;
  void* user;
  uint32_t events;
  int32_t error; /* positive errno with FP_ERR */
};
#define FP_IN 0x1u
#define FP_OUT 0x4u
#define FP_ERR 0x8u
#define FP_HUP 0x10u
#define FP_RDHUP 0x2000u       /* EPOLL* values on purpose */
#define FP_DEVGONE 0x80000000u /* device lost: every socket of the queue is dead */
#define FP_ET 0x80000000u      /* in fp_sock_watch() only */
/* Sockets of the queue with something to report, at most `max`.  timeout_ns: 0 does not wait, < 0
 * without end; model time on an in-process device (-EINVAL if it cannot wait).  -EINTR. */
int fp_poll(fp_vq* q, struct fp_event* ev, int max, int64_t timeout_ns);
/* What a socket reports: of FP_IN, FP_OUT, FP_RDHUP (FP_ERR and FP_HUP always), level-triggered, or
 * with FP_ET once per change.  Until this is called: FP_IN | FP_RDHUP level-triggered, and FP_OUT
 * once after a call found less room than it asked for or a connection was begun. */
int fp_sock_watch(fp_sock* s, uint32_t events);
void fp_sock_set_user(fp_sock* s, void* user);

/* --- introspection -------------------------------------------------------------------------- */
struct fp_stats {
  size_t size; /* sizeof(struct fp_stats) in the caller */
  uint64_t rx_bytes, tx_bytes;
  uint64_t events;   /* queue: taken from the device, or from the kernel */
  uint64_t notifies; /* queue: doorbells */
  uint64_t tx_full;  /* calls that found less room than they asked for */
  uint64_t spins;    /* waits that ended while spinning */
  uint64_t sleeps;   /* waits that slept; without spin_us, those of fp_poll() only */
};
int fp_sock_stats(const fp_sock* s, struct fp_stats* out);
int fp_vq_stats(const fp_vq* q, struct fp_stats* out);
const char* fp_version(void);
/* The last failure of a call in this thread, in words: "fp_open: FLATPROXY_BACKEND: found x,
 * expected ...".  Valid until the thread's next call. */
const char* fp_last_error(void);

enum fp_log_level { FP_LOG_ERROR = 0, FP_LOG_WARN = 1, FP_LOG_INFO = 2, FP_LOG_DEBUG = 3 };
typedef void (*fp_log_fn)(void* user, int level, const char* line);
/* Where log lines go, process-wide: without newline.  NULL: stderr.  $FLATPROXY_LOG is the most
 * talkative level: none, error, warn, info (default) or debug. */
void fp_set_log(fp_log_fn fn, void* user);

#ifdef __cplusplus
}
#endif
#endif
