// SPDX-License-Identifier: Apache-2.0
//
// Any contents of the event ring, with an application at work: no byte outside a ring is lent, and
// a device that lies is lost for good.
//
// Input: records of one byte and what it asks for: 0 an event (8 bytes), 1 poll, 2 read (1 byte:
// how much), 3 write (1 byte), 4 shut down or close, 5 a ring request, 6 a ring release, 7 arm.
#include "tests/fuzz/stub_device.hpp"

using namespace flatproxy;

namespace {

class Run {
 public:
  Run(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  void go() {
    request();
    request();
    while (at_ < size_) {
      const uint8_t op = take();
      switch (op % 8) {
        case 0: {
          uint64_t raw = 0;
          for (int i = 0; i < 8; ++i) raw |= uint64_t{take()} << 8 * i;
          host_.device.put_event(raw);
          break;
        }
        case 1:
          poll();
          break;
        case 2:
          read(pick(op), take());
          break;
        case 3:
          write(pick(op), take());
          break;
        case 4:
          end(pick(op), op);
          break;
        case 5:
          request();
          break;
        case 6:
          release(op);
          break;
        default:
          fp_vq_arm(host_.queue);
      }
    }
  }

 private:
  uint8_t take() { return at_ < size_ ? data_[at_++] : 0; }
  fp_sock* pick(uint8_t op) {
    return socks_.empty() ? nullptr : socks_[static_cast<size_t>(op >> 4) % socks_.size()];
  }
  void poll() {
    fp_event ev[4];
    const int n = fp_poll(host_.queue, ev, 4, 0);
    if (lost_) fuzz::require(n == -ENODEV);
    for (int i = 0; i < n; ++i) {
      if (ev[i].events == FP_DEVGONE) lost_ = true;
      fp_sock* s = nullptr;
      if (ev[i].sock == host_.listener &&
          fp_accept(host_.listener, host_.queue, nullptr, nullptr, &s) == 0) {
        socks_.push_back(s);
      }
    }
  }
  void read(fp_sock* s, size_t want) {
    if (s == nullptr) return;
    const void* p = nullptr;
    const ssize_t n = fp_rx_peek(s, &p);
    fuzz::require(n <= 4096);
    if (lost_) fuzz::require(n == -ENODEV);
    if (n <= 0) return;
    unsigned sum = 0;  // touches every byte lent
    for (ssize_t i = 0; i < n; ++i) sum += static_cast<const uint8_t*>(p)[i];
    sink_ = sum;
    fuzz::require(fp_rx_consume(s, std::min<size_t>(want * 16, static_cast<size_t>(n))) == 0);
  }
  void write(fp_sock* s, size_t want) {
    if (s == nullptr) return;
    void* p = nullptr;
    const ssize_t n = fp_tx_reserve(s, want * 16, &p);
    fuzz::require(n <= static_cast<ssize_t>(want * 16));
    if (n <= 0) return;
    std::memset(p, 0x5a, static_cast<size_t>(n));
    fp_tx_commit(s, static_cast<size_t>(n), want & 1);
  }
  void end(fp_sock* s, uint8_t op) {
    if (s == nullptr) return;
    if ((op & 8) != 0) {
      fp_shutdown(s, SHUT_WR);
      return;
    }
    std::erase(socks_, s);
    fp_close(s);
  }
  void request() {
    fp::mailbox::RingRequest r;
    r.family = fp::mailbox::Family::kIpv4;
    r.conn.conn_id = requests_++;
    r.conn.gen = requests_ % 3;
    host_.device.send(r);
    while (poll_control(host_.context)) {
    }
  }
  void release(uint8_t op) {
    if (host_.device.replies.empty()) return;
    const auto& reply =
        host_.device.replies[static_cast<size_t>(op >> 3) % host_.device.replies.size()];
    fp::mailbox::RingRelease body;
    body.conn = reply.conn;
    body.ring = reply.ring;
    body.bound = (op & 8) != 0;
    host_.device.send(body);
    while (poll_control(host_.context)) {
    }
  }

  const uint8_t* data_;
  size_t size_, at_ = 0;
  fuzz::Host host_;
  std::vector<fp_sock*> socks_;
  bool lost_ = false;
  uint32_t requests_ = 0;
  volatile unsigned sink_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Run(data, size).go();
  return 0;
}
