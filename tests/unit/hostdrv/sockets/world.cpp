// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/hostdrv/sockets/world.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace flatproxy::sockets {

bool World::until(const std::function<bool()>& condition) {
  // Long enough for a loaded machine: only a failure takes that time.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    run();
  }
  return true;
}

std::unique_ptr<World> make_world(Kind kind) {
  switch (kind) {
    case Kind::kLinux:
      return make_linux_world();
    case Kind::kTcp:
      return make_tcp_world();
    case Kind::kSockmap:
      return make_sockmap_world();
    default:
      return make_device_world();
  }
}

const char* name_of(Kind kind) {
  constexpr const char* kNames[] = {"linux", "tcp", "sockmap", "device"};
  return kNames[static_cast<int>(kind)];
}

uint64_t SocketTest::drain(Sock& s, uint64_t bytes, size_t piece) {
  std::string buffer(piece, '\0');
  uint64_t got = 0;
  while (got < bytes) {
    const ssize_t n = s.recv(buffer.data(), std::min<uint64_t>({piece, bytes - got, kPeriod}));
    if (n <= 0) break;
    if (std::memcmp(buffer.data(), pattern(got), static_cast<size_t>(n)) != 0) {
      ADD_FAILURE() << "not the pattern, within " << n << " bytes from " << got;
      break;
    }
    got += static_cast<uint64_t>(n);
  }
  return got;
}

uint32_t SocketTest::events_of(Sock& s, int64_t timeout_ns) {
  for (const Event& e : world->poll(timeout_ns)) {
    if (e.sock == &s) return e.events;
  }
  return 0;
}

}  // namespace flatproxy::sockets
