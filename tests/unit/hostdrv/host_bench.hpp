// SPDX-License-Identifier: Apache-2.0
//
// The library on the fake device, with a queue, a listener on port 80 and shorthands.
#pragma once

#include <string>

#include "flatproxy/in_process.hpp"
#include "tests/unit/hostdrv/fake_device.hpp"

namespace flatproxy::test {

class HostBench : public testing::Test {
 protected:
  explicit HostBench(RingSizes sizes = {.rx_log2 = 12, .tx_log2 = 12}) {
    context = open_in_process(device, sizes);
    EXPECT_EQ(fp_vq_create(context, 0, &queue), 0);
    talk();
    EXPECT_TRUE(control_ready(context));
    EXPECT_EQ(fp_socket(queue, AF_INET, SOCK_STREAM, 0, &listener), 0);
    EXPECT_EQ(fp_listen(listener, 8), 0);
  }
  ~HostBench() override {
    device.tearing_down = true;
    close(context);
    EXPECT_TRUE(device.mapped.empty()) << "memory still with the device";
  }

  // Mail both ways until there is none.
  void talk() {
    for (bool more = true; more;) {
      more = poll_control(context);
      more |= device.serve_mail();
    }
  }
  // Events for a socket after taking in what the device wrote; 0 when none.
  uint32_t events_of(fp_sock* s) {
    fp_event ev[80];
    const int n = fp_poll(queue, ev, 80, 0);
    for (int i = 0; i < n; ++i) {
      if (ev[i].sock == s) return ev[i].events;
    }
    return 0;
  }
  // A connection opened by the device and accepted.
  fp_sock* open(uint32_t id, uint8_t gen = 0) {
    device.request({.conn_id = id, .gen = gen});
    talk();
    device.write_events();
    fp_sock* s = nullptr;
    EXPECT_EQ(events_of(listener), FP_IN);
    EXPECT_EQ(fp_accept(listener, queue, nullptr, nullptr, &s), 0);
    return s;
  }
  uint32_t ring_of(uint32_t id) const {
    for (const auto& [number, r] : device.rings) {
      if (r.conn.conn_id == id) return number;
    }
    ADD_FAILURE() << "no ring for connection " << id;
    return 0;
  }
  void deliver(uint32_t ring, const std::string& text) {
    device.deliver(ring, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  }
  static std::string text_of(const std::vector<uint8_t>& bytes) {
    return {bytes.begin(), bytes.end()};
  }
  std::string receive(fp_sock* s, size_t most = 100000) {
    std::string text(most, '\0');
    const ssize_t n = fp_recv(s, text.data(), most, 0);
    text.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return text;
  }
  static ssize_t send(fp_sock* s, const std::string& text) {
    return fp_send(s, text.data(), text.size(), 0);
  }
  // The device is gone, once, and everything says so.
  void expect_lost() {
    fp_event ev[4];
    ASSERT_EQ(fp_poll(queue, ev, 4, 0), 1);
    EXPECT_EQ(ev[0].events, FP_DEVGONE);
    EXPECT_EQ(ev[0].sock, nullptr);
    EXPECT_EQ(fp_poll(queue, ev, 4, 0), -ENODEV);
    EXPECT_EQ(fp_flush(queue), -ENODEV);
    EXPECT_EQ(fp_vq_arm(queue), -ENODEV);
    fp_sock* s = nullptr;
    EXPECT_EQ(fp_accept(listener, queue, nullptr, nullptr, &s), -ENODEV);
  }

  FakeDevice device;
  fp_ctx* context = nullptr;
  fp_vq* queue = nullptr;
  fp_sock* listener = nullptr;
};

}  // namespace flatproxy::test
