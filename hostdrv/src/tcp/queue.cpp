// SPDX-License-Identifier: Apache-2.0
//
// Contexts and queues of back end tcp: epoll, spinning, sleeping.
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "hostdrv/src/status_page.hpp"
#include "hostdrv/src/tcp/tcp.hpp"

namespace flatproxy {

namespace {

constexpr size_t kBatch = 64;

timespec timespec_of(int64_t ns) {
  constexpr int64_t kSecond = 1'000'000'000;
  return {.tv_sec = ns / kSecond, .tv_nsec = ns % kSecond};
}

}  // namespace

TcpContext::~TcpContext() = default;

int TcpContext::create_queue(fp_vq** out) {
  const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) return -errno;
  own(epoll_fd);
  auto q = std::make_unique<TcpQueue>(*this, epoll_fd);
  *out = q.get();
  const std::lock_guard lock(mutex_);
  queues_.push_back(std::move(q));
  return 0;
}

void TcpContext::destroy_queue(fp_vq& q) {
  std::unique_ptr<TcpQueue> dying;
  const std::lock_guard lock(mutex_);
  const auto it =
      std::find_if(queues_.begin(), queues_.end(), [&](const auto& o) { return o.get() == &q; });
  if (it == queues_.end()) return;
  dying = std::move(*it);
  queues_.erase(it);
}

TcpContext::Verdict TcpContext::verdict(int) const { return {backend, reason.c_str()}; }

TcpQueue::TcpQueue(TcpContext& c, int epoll_fd)
    : fp_vq(c), epoll_(epoll_fd), batch_(kBatch), spinner_(c.policy().spin_us) {}

TcpQueue::~TcpQueue() {
  flush();
  sockets_.clear();
  disown(epoll_);
}

TcpSocket& TcpQueue::adopt(std::unique_ptr<TcpSocket> s) {
  const std::lock_guard lock(mutex_);
  TcpSocket& adopted = *s;
  s->index_ = sockets_.size();
  sockets_.push_back(std::move(s));
  // Under the lock: from here on the queue's thread may hear of it, and close it.
  adopted.update_interest();
  return adopted;
}

void TcpQueue::forget(TcpSocket& s) {
  if (s.in_ready_) std::erase(ready_, &s);
  if (s.in_dirty_) std::erase(dirty_, &s);
  std::unique_ptr<TcpSocket> dying;
  const std::lock_guard lock(mutex_);
  std::swap(sockets_[s.index_], sockets_.back());
  sockets_[s.index_]->index_ = s.index_;
  dying = std::move(sockets_.back());
  sockets_.pop_back();
}

int TcpQueue::socket(int domain, bool nonblock, fp_sock** out) {
  const int type = SOCK_STREAM | SOCK_CLOEXEC | (nonblock ? SOCK_NONBLOCK : 0);
  const int fd = ::socket(domain, type, 0);
  if (fd < 0) return -errno;
  own(fd);
  *out = &adopt(std::make_unique<TcpSocket>(*this, fd, domain, nonblock));
  return 0;
}

void TcpQueue::begin_polling() {
  if (polled_.exchange(true)) return;
  const std::lock_guard lock(mutex_);
  for (auto& s : sockets_) s->update_interest();
}

int TcpQueue::fd() {
  begin_polling();
  return epoll_;
}

int TcpQueue::flush() {
  // A socket that cannot send everything asks epoll and leaves the list.
  while (!dirty_.empty()) {
    TcpSocket& s = *dirty_.back();
    dirty_.pop_back();
    s.in_dirty_ = false;
    s.push(false);
  }
  return 0;
}

int TcpQueue::arm() {
  begin_polling();
  flush();
  const auto lent = [](const TcpSocket* s) {
    return s->readable() != 0 && (s->mask_ & (FP_IN | FP_ET)) == FP_IN;
  };
  if (std::any_of(ready_.begin(), ready_.end(), lent)) return -EAGAIN;
  pollfd one{.fd = epoll_, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, 0) > 0 ? -EAGAIN : 0;
}

int TcpQueue::collect(std::span<fp_event> out) {
  size_t n = 0;
  // Half of the places are the kernel's, so that nobody who leaves bytes in a ring keeps others
  // out.
  const size_t most = std::max<size_t>(out.size() / 2, 1);
  for (size_t i = 0; i < ready_.size();) {
    TcpSocket& s = *ready_[i];
    if (s.readable() == 0) {
      s.in_ready_ = false;
      ready_[i] = ready_.back();
      ready_.pop_back();
      continue;
    }
    if (n < most && (s.mask_ & (FP_IN | FP_ET)) == FP_IN) {
      out[n++] = {&s, s.user, FP_IN, 0};
    }
    ++i;
  }
  if (ready_.size() > 1) std::rotate(ready_.begin(), ready_.begin() + 1, ready_.end());
  const size_t lent = n;
  if (n == out.size()) return static_cast<int>(n);
  const int got = epoll_wait(epoll_, batch_.data(),
                             static_cast<int>(std::min(out.size() - n, batch_.size())), 0);
  for (int i = 0; i < got; ++i) {
    auto& s = *static_cast<TcpSocket*>(batch_[static_cast<size_t>(i)].data.ptr);
    int error = 0;
    const uint32_t events = s.report(batch_[static_cast<size_t>(i)].events, error);
    if (events == 0) continue;
    events_.add(1);
    // One entry per socket: what it lent is reported already.
    auto* const known = std::find_if(out.data(), out.data() + lent,
                                     [&](const fp_event& e) { return e.sock == &s; });
    if (known != out.data() + lent) {
      known->events |= events;
      known->error = error;
    } else {
      out[n++] = {&s, s.user, events, error};
    }
  }
  return static_cast<int>(n);
}

int TcpQueue::poll(std::span<fp_event> out, int64_t timeout_ns) {
  using Clock = std::chrono::steady_clock;
  begin_polling();
  flush();
  int n = collect(out);
  if (n != 0 || timeout_ns == 0) return n;
  const auto begin = Clock::now();
  for (;;) {
    if (spinner_.spin([&] { return (n = collect(out)) != 0; })) {
      spins_.add(1);
      return n;
    }
    int64_t left = -1;
    if (timeout_ns > 0) {
      left = timeout_ns -
             std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin).count();
      if (left <= 0) return collect(out);
    }
    const timespec limit = timespec_of(left);
    pollfd one{.fd = epoll_, .events = POLLIN, .revents = 0};
    sleeps_.add(1);
    if (ppoll(&one, 1, left < 0 ? nullptr : &limit, nullptr) < 0) return -errno;
    n = collect(out);
    if (n != 0) return n;
  }
}

void TcpQueue::stats(fp_stats& out) const {
  const std::lock_guard lock(mutex_);
  for (const auto& s : sockets_) {
    out.rx_bytes += s->count->rx_bytes.get();
    out.tx_bytes += s->count->tx_bytes.get();
    out.tx_full += s->count->tx_full.get();
    out.spins += s->count->spins.get();
    out.sleeps += s->count->sleeps.get();
  }
  out.events = events_.get();
  out.spins += spins_.get();
  out.sleeps += sleeps_.get();
}

}  // namespace flatproxy
