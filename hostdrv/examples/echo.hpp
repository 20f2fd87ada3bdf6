// SPDX-License-Identifier: Apache-2.0
//
// An echo service in a few lines of the API: what the demo serves. It copies from the RX window
// straight into the TX window and leaves bytes in the RX ring while there is no TX room, so that
// backpressure reaches the sender.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "flatproxy/flatproxy.h"

namespace flatproxy::examples {

class Echo {
 public:
  // Listens on every IPv4 and IPv6 address of the queue's function. Single-threaded.
  explicit Echo(fp_vq* queue) : queue_(queue) {
    for (const int domain : {AF_INET, AF_INET6}) {
      fp_sock* listener = nullptr;
      if (fp_socket(queue, domain, SOCK_STREAM | SOCK_NONBLOCK, 0, &listener) == 0) {
        fp_listen(listener, kBacklog);
      }
      listeners_.push_back(listener);
    }
  }

  // One round: everything that is ready now. True when something moved; bytes that only wait for TX
  // room are no work, an event will tell.
  bool poll() {
    fp_event events[64];
    const int n = fp_poll(queue_, events, 64, 0);
    bool moved = n == 64;
    for (int i = 0; i < n; ++i) moved |= serve(events[i]);
    fp_flush(queue_);
    return moved;
  }

 private:
  static constexpr int kBacklog = 1024;

  bool serve(const fp_event& e) {
    if (e.sock == nullptr) return true;  // the device is gone; so are its sockets
    bool moved = false;
    if (std::find(listeners_.begin(), listeners_.end(), e.sock) != listeners_.end()) {
      fp_sock* connection = nullptr;
      while (fp_accept(e.sock, queue_, nullptr, nullptr, &connection) == 0) {
        fp_set_nonblock(connection, 1);
        moved = true;
      }
      return moved;
    }
    if ((e.events & (FP_ERR | FP_HUP)) != 0) {
      fp_close(e.sock);
      return true;
    }
    for (;;) {
      const void* from = nullptr;
      const ssize_t readable = fp_rx_peek(e.sock, &from);
      if (readable == 0) {  // end of stream: send ours and go
        fp_close(e.sock);
        return true;
      }
      if (readable < 0) return moved;
      void* to = nullptr;
      const ssize_t room = fp_tx_reserve(e.sock, static_cast<size_t>(readable), &to);
      if (room <= 0) return moved;
      std::memcpy(to, from, static_cast<size_t>(room));
      fp_tx_commit(e.sock, static_cast<size_t>(room), FP_MORE);
      fp_rx_consume(e.sock, static_cast<size_t>(room));
      moved = true;
    }
  }

  fp_vq* queue_;
  std::vector<fp_sock*> listeners_;
};

}  // namespace flatproxy::examples
