// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/gdb/socket.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sim-tb/io/errors.hpp"

namespace fp::gdb {
namespace {

constexpr int kAskEveryMs = 100;

[[noreturn]] void fail(uint16_t port, int error) {
  throw io::EnvironmentError(fmt::format(
      "--gdb: found 127.0.0.1:{} {}, expected a port to listen on", port,
      error == EADDRINUSE ? "in use" : fmt::format("refused ({})", std::strerror(error))));
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int Descriptor::release() { return std::exchange(fd_, -1); }

Socket::Socket(uint16_t port, std::function<bool()> interrupted)
    : interrupted_(std::move(interrupted)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  if (!listener_) fail(port, errno);
  const int on = 1;
  setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_.get(), generic, length) != 0 || listen(listener_.get(), 1) != 0 ||
      getsockname(listener_.get(), generic, &length) != 0) {
    fail(port, errno);
  }
  port_ = ntohs(address.sin_port);
}

// True: `events` or an error stand on `fd`. False: interrupted.
bool Socket::wait_for(int fd, short events) {
  while (!interrupted_()) {
    pollfd entry{.fd = fd, .events = events, .revents = 0};
    const int ready = poll(&entry, 1, kAskEveryMs);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;
  }
  return false;
}

bool Socket::accept() {
  while (listener_ && !peer_) {
    if (!wait_for(listener_.get(), POLLIN)) break;
    peer_ = Descriptor(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    // A peer that has given up before it was taken is no reason to stop waiting.
    if (!peer_ && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) break;
  }
  listener_.close();
  if (!peer_) return false;
  const int on = 1;
  setsockopt(peer_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return true;
}

bool Socket::receive(std::string& bytes, bool wait) {
  while (peer_) {
    std::array<char, 4096> buffer;
    const ssize_t got = recv(peer_.get(), buffer.data(), buffer.size(), 0);
    if (got > 0) {
      bytes.append(buffer.data(), static_cast<size_t>(got));
      return true;
    }
    const bool empty = got < 0 && (errno == EAGAIN || errno == EINTR);
    if (empty && !wait) return true;
    if (!empty || !wait_for(peer_.get(), POLLIN)) peer_.close();
  }
  return false;
}

bool Socket::send(std::string_view bytes) {
  while (peer_ && !bytes.empty()) {
    const ssize_t put = ::send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put >= 0) {
      bytes.remove_prefix(static_cast<size_t>(put));
    } else if ((errno != EAGAIN && errno != EINTR) || !wait_for(peer_.get(), POLLOUT)) {
      peer_.close();
    }
  }
  return connected();
}

void Socket::close() {
  peer_.close();
  listener_.close();
}

}  // namespace fp::gdb
