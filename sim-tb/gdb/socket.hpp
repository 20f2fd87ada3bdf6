// SPDX-License-Identifier: Apache-2.0
//
// One TCP connection on the loopback address: a listener that takes a single peer.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace fp::gdb {

// A file descriptor with an owner.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void close() { *this = Descriptor(); }

 private:
  int release();

  int fd_;
};

// One thread. Waiting ends early whenever `interrupted` says so; it is asked ten times a second and
// after every signal.
class Socket {
 public:
  // Listens on 127.0.0.1:`port`; 0: any free one. Throws io::EnvironmentError.
  Socket(uint16_t port, std::function<bool()> interrupted);

  uint16_t port() const { return port_; }
  bool connected() const { return static_cast<bool>(peer_); }

  // Waits for a peer, then listens no more. False: interrupted, or accepting failed.
  bool accept();
  // Appends what has arrived to `bytes`; with `wait`, something. False: the peer is gone (or
  // interrupted), and the connection closed.
  bool receive(std::string& bytes, bool wait);
  // All of it, or false as receive().
  bool send(std::string_view bytes);
  void close();

 private:
  bool wait_for(int fd, short events);

  std::function<bool()> interrupted_;
  Descriptor listener_;
  Descriptor peer_;
  uint16_t port_ = 0;
};

}  // namespace fp::gdb
