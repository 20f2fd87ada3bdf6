// SPDX-License-Identifier: Apache-2.0
//
// http_server PORT [BYTES]   answers every GET with BYTES (13) bytes, keep-alive and pipelined.
#include <algorithm>
#include <cstring>

#include "server.hpp"

namespace {

using namespace flatproxy;

class Connection {
 public:
  Connection(Socket socket, const std::string& answer)
      : socket_(std::move(socket)), answer_(answer) {
    // A window that holds the beginning of a head would be reported again and again: only changes.
    (void)socket_.watch(FP_IN | FP_OUT | FP_RDHUP | FP_ET);
  }

  bool serve() {
    for (;;) {
      while (due_ != 0) {
        auto sent = socket_.send(std::as_bytes(std::span(answer_)).last(due_));
        if (!sent) return sent.would_block();
        due_ -= *sent;
      }
      auto window = socket_.peek();
      if (!window) return window.would_block();
      if (window->empty()) return false;
      const std::string_view head(reinterpret_cast<const char*>(window->data()), window->size());
      size_t size = 0;
      const bool get = !examples::get_target(head, size).empty();
      if (size ==
          0) {  // not whole yet: its bytes stay in the window; one that fills it is too long
        if (head.size() == looked_at_) return head.size() < kMostHead;
        looked_at_ = head.size();
        continue;
      }
      if (!get) return false;
      looked_at_ = 0;
      (void)socket_.consume(size);
      due_ = answer_.size();
    }
  }

 private:
  static constexpr size_t kMostHead = 65536;

  Socket socket_;
  const std::string& answer_;
  size_t due_ = 0;        // bytes of the answer still to be sent
  size_t looked_at_ = 0;  // bytes of a head that was not whole
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "usage: http_server PORT [BYTES]\n");
    return 2;
  }
  const size_t bytes = argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 13;
  std::string body = "Hello, world\n";
  body.resize(bytes, '.');
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(bytes) +
      "\r\n\r\n" + body;
  try {
    return examples::run<Connection>(std::atoi(argv[1]), [&](Socket s) {
      return std::make_unique<Connection>(std::move(s), answer);
    });
  } catch (const std::exception& e) {
    std::fprintf(stderr, "http_server: %s\n", e.what());
    return 4;
  }
}
