// SPDX-License-Identifier: Apache-2.0
//
// A million random steps of device, firmware and service against each other: no byte is lost,
// doubled or moved, whoever is slow and whoever closes first.
#include "sim-tb/lockstep/random.hpp"

#include "tests/unit/hostdrv/host_bench.hpp"

namespace flatproxy::test {
namespace {

using fp::sim::Random;

uint8_t byte_of(uint32_t conn, uint32_t serial, size_t i) {
  uint32_t x = conn * 0x9e3779b9u + serial * 0x85ebca6bu + static_cast<uint32_t>(i) * 0xc2b2ae35u;
  x ^= x >> 15;
  x *= 0x2c1b3c6du;
  return static_cast<uint8_t>(x >> 24);
}

class RandomSteps : public HostBench, public testing::WithParamInterface<int> {
 protected:
  RandomSteps() : HostBench({.rx_log2 = 12, .tx_log2 = 12}) {}

  // The peer's view of a connection: it sends a stream, and expects it back.
  struct Peer {
    ConnRef conn;
    uint32_t serial;
    size_t length;  // bytes it sends before FIN
    size_t sent = 0;
    bool fin_sent = false;
    bool reset = false;  // it resets instead of ending
    bool gone = false;
    bool released = false;
    uint32_t ring = 0;
    bool bound = false;
  };
  // The service's view.
  struct Service {
    size_t got = 0;  // bytes read
    size_t put = 0;  // bytes written back
    bool ended = false;
  };

  void connect(Random& r) {
    if (peers.size() >= 70) return;
    Peer p;
    do {
      p.conn.conn_id = static_cast<uint32_t>(r.below(100));
    } while (peers.count(p.conn.conn_id) != 0);
    // Generations repeat on purpose: they alone do not tell bindings of a ring apart.
    p.conn.gen = static_cast<uint8_t>(r.below(2));
    p.serial = next_serial++;
    p.length = r.chance(70) ? r.below(300) : r.below(30000);
    p.reset = r.chance(5);
    peers[p.conn.conn_id] = p;
    device.request(p.conn);
  }

  void firmware(Random&) {
    if (!device.serve_mail()) return;
    if (device.replies.empty()) return;
    const mb::RingReply reply = device.replies.back();
    device.replies.clear();
    Peer& p = peers.at(reply.conn.conn_id);
    if (reply.status != mb::Status::kOk) {
      ++refused;
      peers.erase(reply.conn.conn_id);
      return;
    }
    if (refuse_bind.below(20) == 0) {
      device.release(p.conn, reply.ring, false);
      peers.erase(reply.conn.conn_id);
      ++unbound;
      return;
    }
    device.bind(reply);
    p.ring = reply.ring;
    p.bound = true;
  }

  Peer* pick(Random& r) {
    if (peers.empty()) return nullptr;
    auto it = peers.begin();
    std::advance(it, static_cast<long>(r.below(peers.size())));
    return it->second.bound ? &it->second : nullptr;
  }

  void device_step(Random& r) {
    Peer* p = pick(r);
    if (p == nullptr) return;
    if (p->gone) {
      if (!p->released && r.chance(30)) {
        device.release(p->conn, p->ring);
        p->released = true;
      }
      // GONE written and released: the connection is over for the firmware.
      if (p->released && device.rings.count(p->ring) == 0) {
        peers.erase(p->conn.conn_id);
        ++finished;
      }
      return;
    }
    FakeDevice::Ring& ring = device.rings.at(p->ring);
    switch (r.below(4)) {
      case 0: {
        const size_t n = std::min<size_t>({p->length - p->sent, ring.room(), r.below(700)});
        std::vector<uint8_t> bytes(n);
        for (size_t i = 0; i < n; ++i) bytes[i] = byte_of(p->conn.conn_id, p->serial, p->sent + i);
        device.deliver(p->ring, bytes);
        p->sent += n;
        moved += n;
        break;
      }
      case 1:
        device.fetch(p->ring, r.below(900));
        break;
      case 2:
        if (p->sent == p->length && !p->fin_sent) {
          p->fin_sent = true;
          p->reset ? device.peer_rst(p->ring) : device.peer_fin(p->ring);
        }
        break;
      default: {
        const bool over = p->fin_sent && (p->reset || device.host_done(p->ring));
        if (!over || ring.due()) break;
        check_echo(*p, ring);
        // GONE is on its way; sometimes the release is faster.
        device.close(p->ring);
        p->gone = true;
        break;
      }
    }
  }

  void check_echo(const Peer& p, const FakeDevice::Ring& ring) {
    if (!p.reset) {
      EXPECT_EQ(ring.from_host.size(), p.length);
    } else {
      EXPECT_LE(ring.from_host.size(), p.length);
    }
    for (size_t i = 0; i < ring.from_host.size(); ++i) {
      ASSERT_EQ(ring.from_host[i], byte_of(p.conn.conn_id, p.serial, i)) << "byte " << i;
    }
  }

  void service_step(Random& r) {
    fp_event ev[5];
    const int n = fp_poll(queue, ev, static_cast<int>(1 + r.below(5)), 0);
    ASSERT_GE(n, 0);
    for (int i = 0; i < n; ++i) {
      ASSERT_NE(ev[i].sock, nullptr) << "the device was called a liar";
      if (ev[i].sock == listener) {
        fp_sock* s = nullptr;
        if (fp_accept(listener, queue, nullptr, nullptr, &s) == 0) services[s] = {};
        continue;
      }
      serve(r, ev[i].sock, ev[i].events);
    }
  }

  void serve(Random& r, fp_sock* s, uint32_t events) {
    Service& v = services.at(s);
    if ((events & (FP_ERR | FP_HUP)) != 0) {
      services.erase(s);
      fp_close(s);
      return;
    }
    const void* from = nullptr;
    const ssize_t readable = fp_rx_peek(s, &from);
    if (readable == 0) {
      EXPECT_EQ(v.got, v.put);
      services.erase(s);
      fp_close(s);
      return;
    }
    if (readable < 0) return;
    void* to = nullptr;
    const ssize_t room =
        fp_tx_reserve(s, std::min<size_t>(static_cast<size_t>(readable), 1 + r.below(600)), &to);
    if (room <= 0) return;
    std::memcpy(to, from, static_cast<size_t>(room));
    ASSERT_EQ(fp_tx_commit(s, static_cast<size_t>(room), r.chance(50) ? FP_MORE : 0), 0);
    ASSERT_EQ(fp_rx_consume(s, static_cast<size_t>(room)), 0);
    v.got += static_cast<size_t>(room);
    v.put += static_cast<size_t>(room);
  }

  std::map<uint32_t, Peer> peers;
  std::map<fp_sock*, Service> services;
  Random refuse_bind{99};
  uint32_t next_serial = 0;
  uint64_t moved = 0;
  unsigned finished = 0, refused = 0, unbound = 0;
};

TEST_P(RandomSteps, LoseAndDoubleNothing) {
  device.bind_at_once = false;
  Random r(static_cast<uint64_t>(GetParam()));
  for (int step = 0; step < 250'000 && !HasFailure(); ++step) {
    device.mail_full = r.chance(30);
    switch (r.below(8)) {
      case 0:
        service_step(r);
        break;
      case 1:
        poll_control(context);
        break;
      case 2:
        firmware(r);
        break;
      case 3:
        if (r.chance(20)) connect(r);
        break;
      case 4:
        device.write_event(static_cast<uint32_t>(r.below(vq::kNumRings)));
        break;
      default:
        device_step(r);
    }
  }
  ASSERT_FALSE(HasFailure());
  EXPECT_GT(finished, 300u);
  EXPECT_GT(moved, 1'000'000u);
  EXPECT_GT(refused, 0u);
  EXPECT_GT(unbound, 0u);

  // Nobody opens any more: everything comes to its end.
  device.mail_full = false;
  for (int step = 0; step < 2'000'000 && !peers.empty() && !HasFailure(); ++step) {
    switch (r.below(5)) {
      case 0:
        service_step(r);
        break;
      case 1:
        poll_control(context);
        break;
      case 2:
        firmware(r);
        break;
      case 3:
        device.write_event(static_cast<uint32_t>(r.below(vq::kNumRings)));
        break;
      default:
        device_step(r);
    }
  }
  EXPECT_TRUE(peers.empty()) << "somebody waits for ever";
  for (int i = 0; i < 100; ++i) {
    service_step(r);
    poll_control(context);
    device.write_events();
  }
  EXPECT_EQ(device.mapped.size(), 1u) << "the event ring alone";
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomSteps, testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace flatproxy::test
