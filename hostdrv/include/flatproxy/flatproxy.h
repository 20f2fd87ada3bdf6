/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flatproxy - socket direct for a DPU service-mesh proxy.  C ABI core.
 *
 * Returns 0 or a count on success and a negative errno on failure; errno is never touched.
 * Handles are opaque.  Structs that may grow start with their own size.
 *
 * Threads: a context is thread-safe; a queue and its sockets belong to one thread at a time.
 */
#ifndef FLATPROXY_H
#define FLATPROXY_H
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct fp_ctx fp_ctx;   /* process: device and memory registry */
typedef struct fp_vq fp_vq;     /* virtual queue of a function */
typedef struct fp_sock fp_sock; /* belongs to one fp_vq for life; inherits its thread rule */

/* Creates queue number 0 of the context's function: its event ring and doorbells.  -EBUSY: it
 * exists already.  The queue belongs to the caller until fp_vq_destroy(). */
int fp_vq_create(fp_ctx* c, unsigned flags, fp_vq** out);
/* Closes every socket of the queue, then frees it. */
void fp_vq_destroy(fp_vq* q);
/* Asks for one interrupt at the next event.  -EAGAIN: events are already pending, do not sleep. */
int fp_vq_arm(fp_vq* q);

/* --- sockets ------------------------------------------------------------------------------ */
/* A listener; AF_INET or AF_INET6, SOCK_STREAM.  -EAFNOSUPPORT, -EPROTONOSUPPORT, -ENOMEM. */
int fp_socket(fp_vq* q, int domain, int type, int protocol, fp_sock** out);
/* The address the listener stands for; a zero address accepts any.  -EINVAL. */
int fp_bind(fp_sock* s, const struct sockaddr* a, socklen_t n);
/* At most `backlog` connections wait to be accepted; beyond that rings are refused.  -EINVAL. */
int fp_listen(fp_sock* s, int backlog);
/* The oldest waiting connection; -EAGAIN when there is none.  `to` must be the listener's queue. */
int fp_accept(fp_sock* s, fp_vq* to, struct sockaddr* a, socklen_t* n, fp_sock** out);
/* SHUT_WR sends what is committed, then FIN.  SHUT_RD and SHUT_RDWR: -EOPNOTSUPP yet. */
int fp_shutdown(fp_sock* s, int how);
/* Gives the socket up.  Its rings go back to the system when the device lets go of them. */
void fp_close(fp_sock* s);
/* Copying calls; flags must be 0.  -EAGAIN: nothing readable, no room; fp_recv() returns 0 at the
 * end of the stream; -ECONNRESET, -EPIPE, -EIO (the device stopped the ring). */
ssize_t fp_send(fp_sock* s, const void* p, size_t n, int flags);
ssize_t fp_recv(fp_sock* s, void* p, size_t n, int flags);
int fp_getsockname(const fp_sock* s, struct sockaddr* a, socklen_t* n);
int fp_getpeername(const fp_sock* s, struct sockaddr* a, socklen_t* n);

/* --- zero copy: windows into the socket's own rings ---------------------------------------- */
/* fp_rx_peek() lends the readable bytes; they stay valid until fp_rx_consume() covers them.
 * fp_tx_reserve() lends up to `want` free TX bytes; after fp_tx_commit() they belong to the device
 * and must not be written.  Windows are contiguous (each ring is mapped twice back to back).
 * Counts in bytes; -EAGAIN and stream errors as for the copying calls. */
ssize_t fp_rx_peek(fp_sock* s, const void** p);
int fp_rx_consume(fp_sock* s, size_t n);
ssize_t fp_tx_reserve(fp_sock* s, size_t want, void** p);
int fp_tx_commit(fp_sock* s, size_t n, unsigned flags);
#define FP_MORE (1u << 0) /* do not notify the device yet */
/* One doorbell per socket for everything consumed and committed so far. */
int fp_flush(fp_vq* q);

/* --- events -------------------------------------------------------------------------------- */
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
/* Takes new device events in and reports sockets whose state changed, level-triggered on FP_IN and
 * FP_RDHUP, edge-triggered on FP_OUT.  timeout_ns must be 0 on an in-process device. */
int fp_poll(fp_vq* q, struct fp_event* ev, int max, int64_t timeout_ns);
void fp_sock_set_user(fp_sock* s, void* user);

/* --- introspection ------------------------------------------------------------------------- */
struct fp_stats {
  size_t size; /* sizeof(struct fp_stats) in the caller */
  uint64_t rx_bytes, tx_bytes, events, notifies;
};
int fp_sock_stats(const fp_sock* s, struct fp_stats* out);
int fp_vq_stats(const fp_vq* q, struct fp_stats* out);
const char* fp_version(void);

#ifdef __cplusplus
}
#endif
#endif
