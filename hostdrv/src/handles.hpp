// SPDX-License-Identifier: Apache-2.0
//
// The library's handles as the C ABI (api.cpp) sees them: what every back end implements. Methods
// return what their fp_ call returns; arguments are checked for NULL before they get here.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>

#include "flatproxy/flatproxy.h"
#include "hostdrv/src/process.hpp"

namespace flatproxy {

// Written by the thread that owns the handle, read by any, also of another process (status page).
class Counter {
 public:
  void add(uint64_t n) { value_.store(get() + n, std::memory_order_relaxed); }
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }
  void reset() { value_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

struct Counters {
  Counter rx_bytes, tx_bytes, tx_full, spins, sleeps;
};

// Where a socket publishes itself (status_page.hpp); nullptr: nowhere.
struct StatusSlot;

}  // namespace flatproxy

struct fp_ctx {
  fp_ctx(fp_backend backend_is, std::string why) : backend(backend_is), reason(std::move(why)) {}
  virtual ~fp_ctx() = default;
  fp_ctx(const fp_ctx&) = delete;
  fp_ctx& operator=(const fp_ctx&) = delete;

  virtual int create_queue(fp_vq** out) = 0;
  virtual void destroy_queue(fp_vq& q) = 0;

  const uint64_t process = flatproxy::this_process();
  const fp_backend backend;
  std::string reason;
};

struct fp_vq {
  explicit fp_vq(fp_ctx& c) : context(&c) {}
  virtual ~fp_vq() = default;
  fp_vq(const fp_vq&) = delete;
  fp_vq& operator=(const fp_vq&) = delete;

  virtual int fd() = 0;
  virtual int arm() = 0;
  virtual int flush() = 0;
  virtual int poll(std::span<fp_event> out, int64_t timeout_ns) = 0;
  virtual int socket(int domain, bool nonblock, fp_sock** out) = 0;
  virtual void stats(fp_stats& out) const = 0;

  fp_ctx* const context;
  const uint64_t process = flatproxy::this_process();
};

struct fp_sock {
  fp_sock() = default;
  virtual ~fp_sock() = default;
  fp_sock(const fp_sock&) = delete;
  fp_sock& operator=(const fp_sock&) = delete;

  virtual int bind(const sockaddr* a, socklen_t n) = 0;
  virtual int listen(int backlog) = 0;
  virtual int accept(fp_vq& to, sockaddr* a, socklen_t* n, fp_sock** out) = 0;
  virtual int connect(const sockaddr* a, socklen_t n) = 0;
  virtual int shutdown(int how) = 0;
  virtual void close() = 0;  // `this` is dead afterwards
  // `flags`: those the header lists.
  virtual ssize_t send(std::span<const iovec> from, int flags) = 0;
  virtual ssize_t recv(std::span<const iovec> to, int flags) = 0;
  virtual int getsockopt(int level, int name, void* v, socklen_t* n) = 0;
  virtual int setsockopt(int level, int name, const void* v, socklen_t n) = 0;
  virtual int name(bool of_peer, sockaddr* a, socklen_t* n) const = 0;
  virtual int set_nonblock(bool on) = 0;
  virtual int backend() const = 0;
  virtual const char* backend_reason() const = 0;
  virtual ssize_t rx_peek(const void** p) = 0;
  virtual int rx_consume(size_t n) = 0;
  virtual ssize_t tx_reserve(size_t want, void** p) = 0;
  virtual int tx_commit(size_t n, bool more) = 0;
  virtual int watch(uint32_t events) = 0;

  const uint64_t process = flatproxy::this_process();
  void* user = nullptr;
  flatproxy::Counters own_count;  // where `count` points unless the status page counts
  flatproxy::Counters* count = &own_count;
  flatproxy::StatusSlot* slot = nullptr;
};

namespace flatproxy {

inline size_t bytes_of(std::span<const iovec> v) {
  size_t n = 0;
  for (const iovec& part : v) n += part.iov_len;
  return n;
}

}  // namespace flatproxy
