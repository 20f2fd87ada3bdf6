// SPDX-License-Identifier: Apache-2.0
//
// file_server PORT DIR   GET of a file's name in DIR; its bytes are read straight into the socket's
// TX window, so the program itself copies none.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "server.hpp"

namespace {

using namespace flatproxy;

class Connection {
 public:
  Connection(Socket socket, const char* folder) : socket_(std::move(socket)), folder_(folder) {
    // A window that holds the beginning of a head would be reported again and again: only changes.
    (void)socket_.watch(FP_IN | FP_OUT | FP_RDHUP | FP_ET);
  }
  ~Connection() { forget(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool serve() {
    for (;;) {
      while (!head_.empty()) {
        auto window = socket_.reserve(head_.size());
        if (!window) return window.would_block();
        std::memcpy(window->data(), head_.data(), window->size());
        (void)socket_.commit(window->size(), file_ >= 0 ? FP_MORE : 0);
        head_.erase(0, window->size());
      }
      while (file_ >= 0) {
        auto window = socket_.reserve(static_cast<size_t>(left_ + 1));
        if (!window) return window.would_block();
        const ssize_t n =
            ::read(file_, window->data(), std::min(window->size(), static_cast<size_t>(left_)));
        if (n <= 0 && left_ != 0) return false;  // shorter than promised
        left_ -= n;
        (void)socket_.commit(static_cast<size_t>(n), left_ != 0 ? FP_MORE : 0);
        if (left_ == 0) forget();
      }
      auto window = socket_.peek();
      if (!window) return window.would_block();
      if (window->empty()) return false;
      const std::string_view head(reinterpret_cast<const char*>(window->data()), window->size());
      size_t size = 0;
      const std::string_view target = examples::get_target(head, size);
      if (size == 0) {
        // Not whole yet: its bytes stay in the window; one that fills it is too long.
        if (head.size() == looked_at_) return head.size() < kMostHead;
        looked_at_ = head.size();
        continue;
      }
      looked_at_ = 0;
      if (target.empty()) return false;
      const std::string name(target.substr(1));
      (void)socket_.consume(size);
      answer(name);
    }
  }

 private:
  static constexpr size_t kMostHead = 65536;

  void answer(const std::string& name) {
    struct stat info{};
    // One folder, no way out of it.
    if (name.find('/') == std::string::npos && name.substr(0, 1) != ".") {
      file_ =
          ::open((std::string(folder_) + "/" + name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    }
    if (file_ >= 0 && (fstat(file_, &info) < 0 || !S_ISREG(info.st_mode))) forget();
    left_ = file_ >= 0 ? info.st_size : 0;
    head_ = std::string("HTTP/1.1 ") + (file_ >= 0 ? "200 OK" : "404 Not Found") +
            "\r\nContent-Length: " + std::to_string(left_) + "\r\n\r\n";
  }
  void forget() {
    if (file_ >= 0) ::close(std::exchange(file_, -1));
  }

  Socket socket_;
  const char* folder_;
  int file_ = -1;
  std::string head_;      // of the answer, what is still to be sent
  off_t left_ = 0;        // bytes of the file still to be read
  size_t looked_at_ = 0;  // bytes of a head that was not whole
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: file_server PORT DIR\n");
    return 2;
  }
  try {
    return examples::run<Connection>(std::atoi(argv[1]), [&](Socket s) {
      return std::make_unique<Connection>(std::move(s), argv[2]);
    });
  } catch (const std::exception& e) {
    std::fprintf(stderr, "file_server: %s\n", e.what());
    return 4;
  }
}
