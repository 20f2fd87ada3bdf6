// SPDX-License-Identifier: Apache-2.0
//
// C++20 over the C ABI: owners that close what they own, spans instead of pointer and length, and a
// result type. Header only; nothing throws but Result::value().
#pragma once

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "flatproxy/flatproxy.h"

namespace flatproxy {

// A value, or the error of a call: what std::expected<T, std::error_code> will be in C++23.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  static Result failure(int negative_errno) { return Result(Failed{-negative_errno}); }

  explicit operator bool() const { return value_.has_value(); }
  bool has_value() const { return value_.has_value(); }
  // 0 without error. Positive errno.
  int error_number() const { return error_; }
  std::error_code error() const { return {error_, std::generic_category()}; }
  bool would_block() const { return error_ == EAGAIN || error_ == EINPROGRESS; }

  // The value; std::system_error with fp_last_error()'s words when there is none.
  T& value() & {
    if (!value_) throw std::system_error(error(), fp_last_error());
    return *value_;
  }
  T value() && { return std::move(value()); }
  T& operator*() & { return *value_; }
  T operator*() && { return std::move(*value_); }
  T* operator->() { return &*value_; }

 private:
  struct Failed {
    int error;
  };
  explicit Result(Failed f) : error_(f.error) {}
  std::optional<T> value_;
  int error_ = 0;
};

// Success, or an error.
struct Done {};
using Status = Result<Done>;

namespace internal {

inline Status status_of(int result) {
  if (result < 0) return Status::failure(result);
  return Done{};
}
inline Result<size_t> count_of(ssize_t result) {
  if (result < 0) return Result<size_t>::failure(static_cast<int>(result));
  return static_cast<size_t>(result);
}

template <class Handle, void (*Close)(Handle*)>
class Owner {
 public:
  Owner() = default;
  explicit Owner(Handle* handle) : handle_(handle) {}
  ~Owner() { reset(); }
  Owner(Owner&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Owner& operator=(Owner&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Handle* get() const { return handle_; }
  explicit operator bool() const { return handle_ != nullptr; }
  // Gives the handle away.
  Handle* release() { return std::exchange(handle_, nullptr); }
  void reset() {
    if (handle_ != nullptr) Close(std::exchange(handle_, nullptr));
  }

 private:
  Handle* handle_ = nullptr;
};

}  // namespace internal

class Queue;

// A connection or a listener; thread rule and life time of its queue.
class Socket : public internal::Owner<fp_sock, fp_close> {
 public:
  using Owner::Owner;

  Status bind(const sockaddr& a, socklen_t n) { return internal::status_of(fp_bind(get(), &a, n)); }
  Status listen(int backlog) { return internal::status_of(fp_listen(get(), backlog)); }
  inline Result<Socket> accept(Queue& to);
  Status connect(const sockaddr& a, socklen_t n) {
    return internal::status_of(fp_connect(get(), &a, n));
  }
  Status shutdown(int how) { return internal::status_of(fp_shutdown(get(), how)); }

  Result<size_t> send(std::span<const std::byte> bytes, int flags = 0) {
    return internal::count_of(fp_send(get(), bytes.data(), bytes.size(), flags));
  }
  // 0: the end of the stream.
  Result<size_t> recv(std::span<std::byte> room, int flags = 0) {
    return internal::count_of(fp_recv(get(), room.data(), room.size(), flags));
  }
  // Windows into the rings; empty: the end of the stream.
  Result<std::span<const std::byte>> peek() {
    const void* p = nullptr;
    const ssize_t n = fp_rx_peek(get(), &p);
    if (n < 0) return Result<std::span<const std::byte>>::failure(static_cast<int>(n));
    return std::span(static_cast<const std::byte*>(p), static_cast<size_t>(n));
  }
  Status consume(size_t bytes) { return internal::status_of(fp_rx_consume(get(), bytes)); }
  Result<std::span<std::byte>> reserve(size_t want) {
    void* p = nullptr;
    const ssize_t n = fp_tx_reserve(get(), want, &p);
    if (n < 0) return Result<std::span<std::byte>>::failure(static_cast<int>(n));
    return std::span(static_cast<std::byte*>(p), static_cast<size_t>(n));
  }
  Status commit(size_t bytes, unsigned flags = 0) {
    return internal::status_of(fp_tx_commit(get(), bytes, flags));
  }

  Status set_nonblock(bool on) { return internal::status_of(fp_set_nonblock(get(), on ? 1 : 0)); }
  template <class T>
  Status set_option(int level, int name, const T& value) {
    return internal::status_of(fp_setsockopt(get(), level, name, &value, sizeof value));
  }
  template <class T>
  Result<T> option(int level, int name) {
    T value{};
    socklen_t n = sizeof value;
    const int status = fp_getsockopt(get(), level, name, &value, &n);
    if (status < 0) return Result<T>::failure(status);
    return value;
  }
  Result<sockaddr_storage> local_name() const { return name(fp_getsockname); }
  Result<sockaddr_storage> peer_name() const { return name(fp_getpeername); }
  Status watch(uint32_t events) { return internal::status_of(fp_sock_watch(get(), events)); }
  void set_user(void* user) { fp_sock_set_user(get(), user); }
  const char* backend() const { return fp_backend_name(fp_sock_backend(get())); }
  const char* reason() const { return fp_sock_backend_reason(get()); }
  fp_stats stats() const {
    fp_stats s{};
    s.size = sizeof s;
    fp_sock_stats(get(), &s);
    return s;
  }

 private:
  Result<sockaddr_storage> name(int (*call)(const fp_sock*, sockaddr*, socklen_t*)) const {
    sockaddr_storage a{};
    socklen_t n = sizeof a;
    const int status = call(get(), reinterpret_cast<sockaddr*>(&a), &n);
    if (status < 0) return Result<sockaddr_storage>::failure(status);
    return a;
  }
};

// One thread's; outlives its sockets.
class Queue : public internal::Owner<fp_vq, fp_vq_destroy> {
 public:
  using Owner::Owner;

  Result<Socket> socket(int domain, int type = SOCK_STREAM) {
    fp_sock* s = nullptr;
    const int status = fp_socket(get(), domain, type, 0, &s);
    if (status < 0) return Result<Socket>::failure(status);
    return Socket(s);
  }
  // The events that came, at the beginning of `room`. No time: without end.
  Result<std::span<fp_event>> poll(std::span<fp_event> room,
                                   std::optional<std::chrono::nanoseconds> time = std::nullopt) {
    const int n =
        fp_poll(get(), room.data(), static_cast<int>(room.size()), time ? time->count() : -1);
    if (n < 0) return Result<std::span<fp_event>>::failure(n);
    return room.first(static_cast<size_t>(n));
  }
  Status flush() { return internal::status_of(fp_flush(get())); }
  Status arm() { return internal::status_of(fp_vq_arm(get())); }
  Result<int> fd() {
    const int fd = fp_vq_fd(get());
    if (fd < 0) return Result<int>::failure(fd);
    return fd;
  }
};

inline Result<Socket> Socket::accept(Queue& to) {
  fp_sock* s = nullptr;
  const int status = fp_accept(get(), to.get(), nullptr, nullptr, &s);
  if (status < 0) return Result<Socket>::failure(status);
  return Socket(s);
}

// Outlives its queues. Any thread.
class Context : public internal::Owner<fp_ctx, fp_close_ctx> {
 public:
  using Owner::Owner;

  static fp_opts defaults() {
    fp_opts o;
    fp_opts_init(&o, sizeof o);
    return o;
  }
  static Result<Context> open(const fp_opts& options = defaults()) {
    fp_ctx* c = nullptr;
    const int status = fp_open(&options, &c);
    if (status < 0) return Result<Context>::failure(status);
    return Context(c);
  }
  Result<Queue> queue() {
    fp_vq* q = nullptr;
    const int status = fp_vq_create(get(), 0, &q);
    if (status < 0) return Result<Queue>::failure(status);
    return Queue(q);
  }
  const char* backend() const { return fp_backend_name(fp_ctx_backend(get())); }
  const char* reason() const { return fp_ctx_reason(get()); }
};

}  // namespace flatproxy
