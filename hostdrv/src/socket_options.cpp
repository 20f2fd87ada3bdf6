// SPDX-License-Identifier: Apache-2.0
#include "hostdrv/src/socket_options.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace flatproxy {

bool is_known_option(int level, int name) {
  if (level == SOL_SOCKET) {
    switch (name) {
      case SO_ACCEPTCONN:
      case SO_DOMAIN:
      case SO_ERROR:
      case SO_KEEPALIVE:
      case SO_LINGER:
      case SO_PROTOCOL:
      case SO_RCVBUF:
      case SO_RCVTIMEO:
      case SO_REUSEADDR:
      case SO_REUSEPORT:
      case SO_SNDBUF:
      case SO_SNDTIMEO:
      case SO_TYPE:
        return true;
      default:
        return false;
    }
  }
  if (level == IPPROTO_TCP) return name == TCP_NODELAY;
  if (level == IPPROTO_IPV6) return name == IPV6_V6ONLY;
  return false;
}

}  // namespace flatproxy
