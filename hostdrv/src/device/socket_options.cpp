// SPDX-License-Identifier: Apache-2.0
//
// Socket options on a device. Time-outs and the linger time have their effect; the rest is what the
// TOE does anyway, and is remembered so that a program reads back what it set.
#include "hostdrv/src/socket_options.hpp"

#include <netinet/tcp.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "hostdrv/src/device/socket.hpp"

namespace flatproxy {

namespace {

// As getsockopt(2): what does not fit is cut.
template <class T>
int give(const T& value, void* v, socklen_t* n) {
  const auto size = std::min<socklen_t>(*n, sizeof value);
  std::memcpy(v, &value, size);
  *n = size;
  return 0;
}

template <class T>
bool parse(T& value, const void* v, socklen_t n) {
  if (n < sizeof value) return false;
  std::memcpy(&value, v, sizeof value);
  return true;
}

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kMicrosecondNs = 1000;

timeval timeval_of(int64_t ns) {
  if (ns < 0) return {};
  return {.tv_sec = ns / kSecondNs, .tv_usec = ns % kSecondNs / kMicrosecondNs};
}

}  // namespace

int DeviceSocket::getsockopt(int level, int name, void* v, socklen_t* n) {
  if (!is_known_option(level, name)) return -ENOPROTOOPT;
  if (level == SOL_SOCKET) {
    switch (name) {
      case SO_ACCEPTCONN:
        return give(int{listening}, v, n);
      case SO_DOMAIN:
        return give(int{local.ss_family}, v, n);
      case SO_PROTOCOL:
        return give(int{IPPROTO_TCP}, v, n);
      case SO_TYPE:
        return give(int{SOCK_STREAM}, v, n);
      case SO_ERROR:
        return give(stopped ? EIO : reset ? ECONNRESET : 0, v, n);
      case SO_LINGER:
        return give(linger_option, v, n);
      case SO_RCVTIMEO:
        return give(timeval_of(rx_timeout_ns), v, n);
      case SO_SNDTIMEO:
        return give(timeval_of(tx_timeout_ns), v, n);
      case SO_RCVBUF:
        return give(static_cast<int>(rx.size()), v, n);
      case SO_SNDBUF:
        return give(static_cast<int>(tx.size()), v, n);
      default:
        break;
    }
  }
  // A listener takes one family only.
  if (level == IPPROTO_IPV6) return give(1, v, n);
  const auto it = remembered.find({level, name});
  return give(it != remembered.end() ? it->second : 0, v, n);
}

int DeviceSocket::setsockopt(int level, int name, const void* v, socklen_t n) {
  if (!is_known_option(level, name)) return -ENOPROTOOPT;
  if (level == SOL_SOCKET) {
    switch (name) {
      case SO_ACCEPTCONN:
      case SO_DOMAIN:
      case SO_PROTOCOL:
      case SO_TYPE:
      case SO_ERROR:
        return -ENOPROTOOPT;
      case SO_LINGER:
        return parse(linger_option, v, n) ? 0 : -EINVAL;
      case SO_RCVTIMEO:
      case SO_SNDTIMEO: {
        timeval t{};
        if (!parse(t, v, n)) return -EINVAL;
        if (t.tv_usec < 0 || t.tv_usec >= kSecondNs / kMicrosecondNs) return -EDOM;
        const int64_t ns = t.tv_sec * kSecondNs + t.tv_usec * kMicrosecondNs;
        (name == SO_RCVTIMEO ? rx_timeout_ns : tx_timeout_ns) = ns == 0 ? -1 : ns;
        return 0;
      }
      default:
        break;
    }
  }
  int value = 0;
  if (!parse(value, v, n)) return -EINVAL;
  if (level == IPPROTO_IPV6) return value != 0 ? 0 : -EINVAL;
  // SO_RCVBUF and SO_SNDBUF are wishes everywhere; the rings have the size they have.
  if (level == SOL_SOCKET && (name == SO_RCVBUF || name == SO_SNDBUF)) return 0;
  remembered[{level, name}] = value != 0 ? 1 : 0;
  return 0;
}

}  // namespace flatproxy
