// SPDX-License-Identifier: Apache-2.0
//
// Back end tcp: the kernel's sockets behind the library's calls. A queue is an epoll instance; a
// zero-copy window is a ring of mirrored memory that recv(2) fills and send(2) empties. Back end
// sockmap is the same with another policy: it derives from TcpContext.
#pragma once

#include <sys/epoll.h>

#include <memory>
#include <mutex>
#include <vector>

#include "hostdrv/src/handles.hpp"
#include "hostdrv/src/ring_memory.hpp"
#include "hostdrv/src/spin.hpp"

namespace flatproxy {

struct TcpPolicy {
  uint32_t spin_us = 0;  // at most so long before a sleep
  uint32_t rx_bytes = 65536, tx_bytes = 65536;
  // Bytes may come past TCP, where the kernel keeps MSG_WAITALL and blocking less than TCP does.
  bool redirected = false;
};

class TcpQueue;

class TcpContext : public fp_ctx {
 public:
  TcpContext(fp_backend backend_is, std::string why, const TcpPolicy& policy)
      : fp_ctx(backend_is, std::move(why)), policy_(policy) {}
  ~TcpContext() override;

  int create_queue(fp_vq** out) override;
  void destroy_queue(fp_vq& q) override;

  // What the connected socket `fd` runs on, and why; one line that lives as long as the context.
  // Called when it is asked for, never on the way of data.
  struct Verdict {
    fp_backend backend;
    const char* reason;
  };
  virtual Verdict verdict(int fd) const;

  const TcpPolicy& policy() const { return policy_; }

 private:
  const TcpPolicy policy_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<TcpQueue>> queues_;
};

class TcpSocket final : public fp_sock {
 public:
  TcpSocket(TcpQueue& q, int fd, int domain, bool nonblock);
  ~TcpSocket() override;

  int bind(const sockaddr* a, socklen_t n) override;
  int listen(int backlog) override;
  int accept(fp_vq& to, sockaddr* a, socklen_t* n, fp_sock** out) override;
  int connect(const sockaddr* a, socklen_t n) override;
  int shutdown(int how) override;
  void close() override;
  ssize_t send(std::span<const iovec> from, int flags) override;
  ssize_t recv(std::span<const iovec> to, int flags) override;
  int getsockopt(int level, int name, void* v, socklen_t* n) override;
  int setsockopt(int level, int name, const void* v, socklen_t n) override;
  int name(bool of_peer, sockaddr* a, socklen_t* n) const override;
  int set_nonblock(bool on) override;
  int backend() const override;
  const char* backend_reason() const override;
  ssize_t rx_peek(const void** p) override;
  int rx_consume(size_t n) override;
  ssize_t tx_reserve(size_t want, void** p) override;
  int tx_commit(size_t n, bool more) override;
  int watch(uint32_t events) override;

 private:
  friend class TcpQueue;
  enum class State : uint8_t { kNew, kListening, kConnecting, kConnected };

  // Rings of the zero-copy calls, made by the first of them. Indices are monotonic, in bytes.
  struct Windows {
    RingMemory rx, tx;
    uint32_t rx_head = 0, rx_tail = 0;  // read up to, readable up to
    uint32_t tx_head = 0, tx_tail = 0;  // sent up to, committed up to
    bool shown = false;                 // everything readable was lent, and nothing consumed since
    uint32_t readable() const { return rx_tail - rx_head; }
    uint32_t unsent() const { return tx_tail - tx_head; }
    uint32_t room() const { return static_cast<uint32_t>(tx.size()) - unsent(); }
  };

  bool may_wait(int flags) const { return !nonblock_ && (flags & MSG_DONTWAIT) == 0; }
  uint32_t readable() const { return windows_ ? windows_->readable() : 0; }
  uint32_t unsent() const { return windows_ ? windows_->unsent() : 0; }
  int need_windows();
  // Spins until `events` (poll(2)'s) or the policy's time is over; the kernel then sleeps.
  void spin_for(short events);
  ssize_t kernel_recv(std::span<const iovec> to, int flags);
  ssize_t recv_once(std::span<const iovec> to, int flags) const;
  // The same on a socket whose bytes may be redirected, with the meaning it has on TCP.
  ssize_t recv_like_tcp(std::span<const iovec> to, int flags);
  // Publishes back end and reason anew after the 1st, 2nd, 4th, 8th ... read.
  void refresh_status();
  // Receives what there is, without waiting, behind the readable bytes.
  void fill();
  ssize_t from_ring(std::span<const iovec> to, int flags);
  // Sends committed bytes; what the kernel does not take without waiting stays. 0 or an error.
  int push(bool wait);
  // A call found less room than it asked for: the next room is an event.
  void missed_room();
  // Tells epoll what is wanted now.
  void update_interest();
  void mark_ready();
  // What fp_poll() reports for epoll's `events`; 0: nothing for the caller.
  uint32_t report(uint32_t events, int& error);
  void connected();
  void release();

  TcpQueue& queue_;
  int fd_;
  const int domain_;
  bool nonblock_;
  State state_ = State::kNew;
  bool watched_ = false;  // fp_sock_watch() was called: `mask_` rules
  bool want_room_ = false;
  bool shut_wr_ = false;
  bool fin_due_ = false;  // shut down for writing as soon as everything committed is sent
  bool closed_ = false;   // given up by the caller, still sending
  bool in_ready_ = false, in_dirty_ = false;
  bool registered_ = false;
  uint32_t mask_ = FP_IN | FP_RDHUP;
  uint32_t interest_ = 0;  // as epoll knows it
  int taken_error_ = 0;    // SO_ERROR that was read on behalf of the caller; positive errno
  uint64_t reads_ = 0;     // counted for refresh_status() only
  size_t index_ = 0;       // in the queue's list
  std::unique_ptr<Windows> windows_;
  Spinner spinner_;
};

class TcpQueue final : public fp_vq {
 public:
  TcpQueue(TcpContext& c, int epoll_fd);
  ~TcpQueue() override;

  int fd() override;
  int arm() override;
  int flush() override;
  int poll(std::span<fp_event> out, int64_t timeout_ns) override;
  int socket(int domain, bool nonblock, fp_sock** out) override;
  void stats(fp_stats& out) const override;

  TcpContext& owner() const { return static_cast<TcpContext&>(*context); }

 private:
  friend class TcpSocket;

  TcpSocket& adopt(std::unique_ptr<TcpSocket> s);
  void forget(TcpSocket& s);
  // From the first fp_poll(), fp_vq_fd() or fp_vq_arm() on sockets are in epoll: a thread that only
  // blocks never pays for it.
  void begin_polling();
  int collect(std::span<fp_event> out);

  const int epoll_;
  mutable std::mutex mutex_;  // sockets_: fp_accept() may add from another thread
  std::vector<std::unique_ptr<TcpSocket>> sockets_;
  std::atomic<bool> polled_{false};
  std::vector<TcpSocket*> ready_;  // with readable bytes in their rings
  std::vector<TcpSocket*> dirty_;  // with committed bytes
  std::vector<epoll_event> batch_;
  Spinner spinner_;
  Counter events_, spins_, sleeps_;
};

}  // namespace flatproxy
