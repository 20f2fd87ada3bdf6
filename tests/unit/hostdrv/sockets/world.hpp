// SPDX-License-Identifier: Apache-2.0
//
// What the suite of socket semantics is written against: a socket, its peer, and the world both
// live in. There are four worlds: Linux's own sockets, the library over TCP, over sockmap (TCP
// whose bytes BPF redirects), and over a device, which is the VQ model with a PCIe link. One script
// judges them all, so every number that the suite expects is what Linux answers.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "flatproxy/flatproxy.h"

namespace flatproxy::sockets {

// --- the pattern every stream carries
// -------------------------------------------------------------

// Its length is prime, so that it never lines up with a ring or a page.
inline constexpr uint64_t kPeriod = 65521;

inline const std::string& pattern_table() {
  static const std::string table = [] {
    std::string t(2 * kPeriod, '\0');
    uint32_t x = 1;
    for (uint64_t i = 0; i < kPeriod; ++i) {
      x = x * 1664525 + 1013904223;  // Numerical Recipes' generator
      t[i] = t[i + kPeriod] = static_cast<char>(x >> 24);
    }
    return t;
  }();
  return table;
}
// At most kPeriod bytes of the pattern, from byte `at` of the stream on.
inline const char* pattern(uint64_t at) { return pattern_table().data() + at % kPeriod; }
inline std::string pattern(uint64_t at, size_t n) { return {pattern(at), n}; }

// --- a socket
// -------------------------------------------------------------------------------------

// Results are counts, or negative errno.
class Sock {
 public:
  virtual ~Sock() = default;  // without close(): the world cleans up
  virtual void close() = 0;
  virtual ssize_t send(const void* p, size_t n, int flags = 0) = 0;
  virtual ssize_t recv(void* p, size_t n, int flags = 0) = 0;
  virtual ssize_t sendmsg(std::span<iovec> parts, int flags = 0) = 0;
  virtual ssize_t recvmsg(std::span<iovec> parts, int flags = 0) = 0;
  virtual int shutdown(int how) = 0;
  virtual int getsockopt(int level, int name, void* v, socklen_t* n) = 0;
  virtual int setsockopt(int level, int name, const void* v, socklen_t n) = 0;
  virtual int name(bool of_peer, sockaddr* a, socklen_t* n) = 0;
  virtual int nonblock(bool on) = 0;
  virtual int watch(uint32_t events) = 0;
  virtual fp_sock* library() { return nullptr; }

  ssize_t send_text(const std::string& text, int flags = 0) {
    return send(text.data(), text.size(), flags);
  }
  // What one call gives; empty when it gave none.
  std::string recv_text(size_t most, int flags = 0) {
    std::string text(most, '\0');
    const ssize_t n = recv(text.data(), most, flags);
    text.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return text;
  }
  int set(int level, int name, int value) { return setsockopt(level, name, &value, sizeof value); }
  // The value, or negative errno.
  int get(int level, int name) {
    int value = 0;
    socklen_t n = sizeof value;
    const int status = getsockopt(level, name, &value, &n);
    return status < 0 ? status : value;
  }
  int timeout(int name, int64_t us) {
    const timeval t{.tv_sec = us / 1'000'000, .tv_usec = us % 1'000'000};
    return setsockopt(SOL_SOCKET, name, &t, sizeof t);
  }
  int linger_reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    return setsockopt(SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
};

// --- the other end of a connection
// ----------------------------------------------------------------

// Acts by itself: in a thread, or in the model's time. Sends pattern bytes and expects some.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual void send(uint64_t bytes) = 0;  // more of the pattern, behind what was asked for before
  virtual void fin() = 0;                 // behind it
  virtual void rst() = 0;                 // at once
  virtual void read(bool on) = 0;         // it reads from the start; not: it lets bytes wait
  virtual uint64_t received() = 0;
  virtual bool intact() = 0;  // everything received was the pattern
  virtual bool fin_seen() = 0;
  virtual bool rst_seen() = 0;
  virtual bool refused() = 0;
  virtual int port() = 0;  // host order
};

struct Event {
  Sock* sock;
  uint32_t events;
};

class World {
 public:
  virtual ~World() = default;
  // A blocking listener on a free port of loopback, and a peer that connects to it.
  virtual Sock* listen(int domain, int backlog) = 0;
  virtual Peer* connect(Sock& listener) = 0;
  virtual int accept(Sock& listener, Sock** out, sockaddr* a = nullptr, socklen_t* n = nullptr) = 0;
  virtual std::vector<Event> poll(int64_t timeout_ns, size_t most = 64) = 0;
  // Time passes for peers.
  virtual void run() = 0;
  virtual bool has_connect() const { return true; }
  virtual int socket(int domain, int type, Sock** out) = 0;
  virtual int connect(Sock& s, const sockaddr* a, socklen_t n) = 0;
  virtual fp_ctx* context() { return nullptr; }
  virtual fp_vq* queue() { return nullptr; }
  virtual unsigned most_connections() const = 0;
  virtual bool own_time() const { return false; }  // model time: the peer acts only while we wait

  // Lets time pass until `condition`; false when it does not come about.
  bool until(const std::function<bool()>& condition);
};

enum class Kind { kLinux, kTcp, kSockmap, kDevice };
std::unique_ptr<World> make_world(Kind kind);
std::unique_ptr<World> make_linux_world();
std::unique_ptr<World> make_tcp_world();
// nullptr without pins ($FLATPROXY_PINS).
std::unique_ptr<World> make_sockmap_world();
std::unique_ptr<World> make_device_world();
const char* name_of(Kind kind);

// The suite's fixture: a world and a listener.
class SocketTest : public testing::TestWithParam<Kind> {
 protected:
  SocketTest() : world(make_world(GetParam())) {}
  void SetUp() override {
    if (world == nullptr)
      GTEST_SKIP() << "FLATPROXY_PINS names no attach (sockmap_world.py makes one)";
  }

  struct Pair {
    Sock* sock = nullptr;
    Peer* peer = nullptr;
  };
  Sock& listener(int domain = AF_INET) {
    if (listener_ == nullptr) listener_ = world->listen(domain, 64);
    return *listener_;
  }
  Pair open(int domain = AF_INET) {
    Pair p;
    p.peer = world->connect(listener(domain));
    EXPECT_EQ(world->accept(listener(), &p.sock), 0);
    return p;
  }
  // Reads until `bytes` came or the stream ended, checking the pattern; the count.
  static uint64_t drain(Sock& s, uint64_t bytes, size_t piece = 65536);
  // Events of one socket; 0 when nothing came.
  uint32_t events_of(Sock& s, int64_t timeout_ns = 0);
  bool is_linux() const { return GetParam() == Kind::kLinux; }

  std::unique_ptr<World> world;

 private:
  Sock* listener_ = nullptr;
};

#define FP_SOCKET_SUITE(suite)                                                                  \
  class suite : public SocketTest {};                                                           \
  INSTANTIATE_TEST_SUITE_P(                                                                     \
      Sockets, suite, testing::Values(Kind::kLinux, Kind::kTcp, Kind::kSockmap, Kind::kDevice), \
      [](const auto& info) { return std::string(name_of(info.param)); })

}  // namespace flatproxy::sockets
