// SPDX-License-Identifier: Apache-2.0
//
// Reading from sockets whose bytes may have been redirected. Such a socket forgets MSG_WAITALL,
// does not wait when asked for no byte, and a blocked reader now and then answers EAGAIN when
// something else than bytes wakes it (docs/bpf.md; the suspected cause is that tcp_msg_wait_data
// looks once). Here all are as on TCP.
#include <poll.h>

#include <cerrno>
#include <chrono>
#include <vector>

#include "hostdrv/src/status_page.hpp"
#include "hostdrv/src/tcp/tcp.hpp"

namespace flatproxy {

namespace {

using Clock = std::chrono::steady_clock;

// After a recv(2) that began at `begin` and answered EAGAIN: true when SO_RCVTIMEO is over, else
// there may be bytes, or it is time to block again.
bool timed_out(int fd, Clock::time_point begin) {
  timeval limit{};
  socklen_t n = sizeof limit;
  if (::getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, &n) < 0) return true;
  const auto total = std::chrono::seconds(limit.tv_sec) + std::chrono::microseconds(limit.tv_usec);
  if (total.count() == 0) return false;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(total - (Clock::now() - begin));
  if (left.count() <= 0) return true;
  pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, static_cast<int>(left.count())) == 0;
}

// Takes `n` bytes off the front.
void advance(std::vector<iovec>& parts, size_t n) {
  size_t gone = 0;
  while (gone < parts.size() && n >= parts[gone].iov_len) n -= parts[gone++].iov_len;
  parts.erase(parts.begin(), parts.begin() + static_cast<ptrdiff_t>(gone));
  if (n == 0) return;
  parts[0].iov_base = static_cast<char*>(parts[0].iov_base) + n;
  parts[0].iov_len -= n;
}

}  // namespace

ssize_t TcpSocket::recv_like_tcp(std::span<const iovec> to, int flags) {
  const size_t wanted = bytes_of(to);
  if (wanted == 0) {
    char byte = 0;
    const iovec one{&byte, 1};
    const ssize_t n = recv_like_tcp({&one, 1}, flags | MSG_PEEK);
    return n > 0 ? 0 : n;
  }
  if (!may_wait(flags)) return recv_once(to, flags);
  const auto begin = Clock::now();
  // Never given to the kernel: a reader that asks for it once is left to TCP for good.
  const bool all = (flags & (MSG_WAITALL | MSG_PEEK)) == MSG_WAITALL;
  if (all) flags &= ~MSG_WAITALL;
  size_t done = 0;
  std::vector<iovec> rest;  // of a second and later pass
  for (;;) {
    const ssize_t n = recv_once(done == 0 ? to : std::span<const iovec>(rest), flags);
    if (n == -EAGAIN && !timed_out(fd_, begin)) continue;
    if (n <= 0) {
      if (done == 0) return n;
      if (n < 0 && n != -EAGAIN && n != -EINTR) taken_error_ = static_cast<int>(-n);
      return static_cast<ssize_t>(done);
    }
    if (done == 0 && all) rest.assign(to.begin(), to.end());
    done += static_cast<size_t>(n);
    if (!all || done >= wanted) return static_cast<ssize_t>(done);
    advance(rest, static_cast<size_t>(n));
  }
}

void TcpSocket::refresh_status() {
  ++reads_;
  if ((reads_ & (reads_ - 1)) == 0) republish(*this);
}

}  // namespace flatproxy
