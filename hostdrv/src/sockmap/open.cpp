// SPDX-License-Identifier: Apache-2.0
//
// Back end sockmap: TCP sockets whose bytes BPF programs move past the stack. To be derived from
// TcpContext: a constructor that opens the pins, and verdict() for a connection.
#include "hostdrv/src/open.hpp"

namespace flatproxy {

std::unique_ptr<fp_ctx> open_sockmap(const OpenRequest&, std::string& reason) {
  reason = "not in this build";
  return nullptr;
}

}  // namespace flatproxy
