// SPDX-License-Identifier: Apache-2.0
//
// What the HTTP examples share: a listener on loopback, an event loop, and the head of a request.
#pragma once

#include <arpa/inet.h>

#include <cstdio>
#include <cstdlib>
#include <flatproxy/flatproxy.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace flatproxy::examples {

// The target of a complete "GET TARGET HTTP/1.x" head; empty: another method. `size`: its bytes, 0
// while it is not complete.
inline std::string_view get_target(std::string_view head, size_t& size) {
  const size_t end = head.find("\r\n\r\n");
  size = end == std::string_view::npos ? 0 : end + 4;
  if (size == 0 || head.substr(0, 4) != "GET ") return {};
  const size_t space = head.find(' ', 4);
  return space == std::string_view::npos ? std::string_view{} : head.substr(4, space - 4);
}

// Serves 127.0.0.1:PORT. Connection has serve(): false when it is over.
template <class Connection>
int run(int port, auto make) {
  Context context = Context::open().value();
  Queue queue = context.queue().value();
  Socket listener = queue.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK).value();
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  (void)listener.set_option(SOL_SOCKET, SO_REUSEADDR, 1);
  listener.bind(reinterpret_cast<sockaddr&>(at), sizeof at).value();
  listener.listen(1024).value();
  const auto name = listener.local_name().value();
  std::printf("port %d on %s: %s\n", ntohs(reinterpret_cast<const sockaddr_in&>(name).sin_port),
              context.backend(), context.reason());
  std::fflush(stdout);
  std::map<fp_sock*, std::unique_ptr<Connection>> connections;
  for (;;) {
    fp_event room[64];
    auto events = queue.poll(room);
    if (!events) continue;  // a signal
    for (const fp_event& e : *events) {
      if (e.sock == listener.get()) {
        while (auto accepted = listener.accept(queue)) {
          (void)accepted->set_nonblock(true);
          fp_sock* const key = accepted->get();
          connections[key] = make(std::move(*accepted));
        }
      } else if (const auto it = connections.find(e.sock); it != connections.end()) {
        if (!it->second->serve()) connections.erase(it);
      }
    }
  }
}

}  // namespace flatproxy::examples
