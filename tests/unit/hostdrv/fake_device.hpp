// SPDX-License-Identifier: Apache-2.0
//
// A device written from rtl/vq/vq.yaml and rtl/soc/mailbox.yaml alone: event ring, doorbell levels,
// rings, and the firmware's side of the mailbox. It does nothing by itself; tests move it step by
// step. What a driver must not do fails the test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "contract/mailbox.hpp"
#include "contract/vq.hpp"
#include "flatproxy/device_ops.hpp"

namespace flatproxy::test {

using fp::common::ConnRef;
namespace mb = fp::mailbox;
namespace vq = fp::vq;

class FakeDevice : public DeviceOps {
 public:
  struct Ring {
    ConnRef conn;
    mb::RingReply cfg;
    uint32_t rx_tail = 0, rx_head = 0, tx_tail = 0, tx_head = 0, tx_seen = 0;
    bool rx_out = false, rx_due = false, tf_out = false, tf_due = false;
    bool open_due = false, fin_due = false, rst_due = false, err_due = false, gone_due = false;
    bool fin_in = false;                // the peer's stream has ended
    bool fin = false, rst = false;      // the host's
    uint32_t rx_told = 0, tf_told = 0;  // tails of events written
    std::vector<uint8_t> from_host;
    uint32_t rx_size() const { return 1u << cfg.rx_log2; }
    uint32_t tx_size() const { return 1u << cfg.tx_log2; }
    uint32_t room() const { return rx_size() - (rx_tail - rx_head); }
    bool due() const {
      return open_due || rx_due || fin_due || rst_due || err_due || tf_due || gone_due;
    }
  };

  // --- what the host sees ------------------------------------------------------------------------
  DeviceInfo info() const override { return {.function = 3, .vectors = 1}; }
  int read32(Region, uint64_t, uint32_t&) override { return -EOPNOTSUPP; }
  int reset_function() override { return -EOPNOTSUPP; }
  int dma_map(uint64_t iova, std::span<std::byte> memory) override {
    EXPECT_EQ(iova % vq::kPageBytes, 0u);
    EXPECT_EQ(memory.size() % vq::kPageBytes, 0u);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.data()) % vq::kPageBytes, 0u);
    for (const auto& [at, m] : mapped) {
      EXPECT_TRUE(iova >= at + m.size() || at >= iova + memory.size()) << "overlap";
    }
    if (refuse_maps > 0 && --refuse_maps == 0) return -ENOMEM;
    mapped[iova] = memory;
    return 0;
  }
  int dma_unmap(uint64_t iova, uint64_t bytes) override {
    const auto it = mapped.find(iova);
    EXPECT_TRUE(it != mapped.end() && it->second.size() == bytes) << "not mapped like that";
    for (const auto& [number, r] : rings) {
      const bool of_ring = r.cfg.rx_iova == iova || r.cfg.tx_iova == iova;
      EXPECT_FALSE(of_ring && !tearing_down) << "unmapped under a bound ring " << number;
    }
    mapped.erase(iova);
    return 0;
  }
  int write32(Region region, uint64_t offset, uint32_t value) override {
    if (broken) return -EIO;
    EXPECT_EQ(region, Region::kDoorbells);
    EXPECT_EQ(offset % 4, 0u);
    EXPECT_LT(offset, vq::kDbRegionBytes);
    EXPECT_TRUE(queue_ready) << "a doorbell of no queue";
    ++doorbells;
    const uint32_t slot = static_cast<uint32_t>(offset / vq::kDbSlotBytes);
    const uint32_t word = offset % vq::kDbSlotBytes / 4;
    if (slot == vq::kDbVqSlot) {
      queue_doorbell(word, value);
      return 0;
    }
    const auto it = rings.find(slot);
    if (it == rings.end()) {
      EXPECT_FALSE(gone_seen(slot)) << "a doorbell after GONE was taken, or of no ring";
      return 0;
    }
    ring_doorbell(it->second, word, value);
    return 0;
  }
  bool post_message(std::span<const uint32_t> words) override {
    if (mail_full) return false;
    mail_in.emplace_back(words.begin(), words.end());
    return true;
  }
  bool take_message(std::vector<uint32_t>& words) override {
    if (mail_out.empty()) return false;
    words = mail_out.front();
    mail_out.pop_front();
    return true;
  }

  // --- the firmware ------------------------------------------------------------------------------
  template <class Body>
  void send(const Body& body, uint8_t seq = 0) {
    std::vector<uint32_t> m(1 + Body::kWords);
    mb::MsgHeader h;
    h.id = static_cast<uint8_t>(Body::kId);
    h.seq = seq;
    h.length = Body::kWords;
    h.pack(m.data());
    body.pack(m.data() + 1);
    mail_out.push_back(std::move(m));
  }
  // Handles one message of the host. False when there was none.
  bool serve_mail() {
    if (mail_in.empty()) return false;
    const std::vector<uint32_t> m = mail_in.front();
    mail_in.pop_front();
    const auto h = mb::MsgHeader::unpack(m.data());
    const auto body = std::span(m).subspan(1);
    EXPECT_EQ(h.length, body.size());
    EXPECT_TRUE(mb::validate_message(h.id, body).ok()) << int{h.id};
    mb::Reply reply;
    reply.status = setup_status;
    switch (static_cast<mb::MsgId>(h.id)) {
      case mb::MsgId::kWindowSetup:
        window = mb::WindowSetup::unpack(body.data());
        send(reply, h.seq);
        break;
      case mb::MsgId::kVqSetup:
        setup = mb::VqSetup::unpack(body.data());
        queue_ready = setup_status == mb::Status::kOk;
        ev_tail = ev_head = 0;
        send(reply, h.seq);
        break;
      case mb::MsgId::kRingReply:
        replies.push_back(mb::RingReply::unpack(body.data()));
        if (bind_at_once && replies.back().status == mb::Status::kOk) bind(replies.back());
        break;
      default:
        ADD_FAILURE() << "message " << int{h.id};
    }
    return true;
  }
  void request(ConnRef conn, uint16_t port = 80, uint16_t queue = 0) {
    mb::RingRequest r;
    r.conn = conn;
    r.family = mb::Family::kIpv4;
    r.vq = queue;
    r.local_port = port;
    r.remote_port = static_cast<uint16_t>(10000 + conn.conn_id);
    r.local_address = {10, 0, 0, 1};
    r.remote_address = {10, 0, 0, 2};
    send(r);
  }
  void bind(const mb::RingReply& cfg) {
    ASSERT_EQ(rings.count(cfg.ring), 0u) << "ring " << cfg.ring << " is bound already";
    ASSERT_LT(cfg.ring, setup.ring_count);
    for (const auto& [iova, log2] :
         {std::pair{cfg.rx_iova, cfg.rx_log2}, std::pair{cfg.tx_iova, cfg.tx_log2}}) {
      ASSERT_EQ(iova % vq::kPageBytes, 0u);
      ASSERT_GE(iova, window.iova);
      ASSERT_LE(iova + (uint64_t{1} << log2), window.iova + window.length);
    }
    // The number must be free of events of its last binding that are still to be taken.
    ASSERT_FALSE(gone_untaken(cfg.ring)) << "reused before its GONE was seen";
    Ring& r = rings[cfg.ring];
    r.conn = cfg.conn;
    r.cfg = cfg;
    r.open_due = true;
    gone_at_.erase(cfg.ring);
  }
  void release(ConnRef conn, uint32_t ring, bool bound = true) {
    mb::RingRelease body;
    body.conn = conn;
    body.ring = ring;
    body.bound = bound;
    send(body);
  }

  // --- the queue's engine ------------------------------------------------------------------------
  // Puts message bytes into the RX ring; they must fit.
  void deliver(uint32_t ring, std::span<const uint8_t> bytes) {
    Ring& r = rings.at(ring);
    ASSERT_LE(bytes.size(), r.room());
    for (const uint8_t b : bytes) {
      *at(r.cfg.rx_iova + (r.rx_tail & (r.rx_size() - 1))) = static_cast<std::byte>(b);
      ++r.rx_tail;
    }
    if (!bytes.empty() && !r.rx_out) r.rx_due = r.rx_out = true;
  }
  void peer_fin(uint32_t ring) { rings.at(ring).fin_due = rings.at(ring).fin_in = true; }
  void peer_rst(uint32_t ring) { rings.at(ring).rst_due = true; }
  // Takes up to `most` bytes out of the TX ring.
  size_t fetch(uint32_t ring, size_t most) {
    Ring& r = rings.at(ring);
    const size_t n = std::min<size_t>(most, r.tx_tail - r.tx_head);
    for (size_t i = 0; i < n; ++i, ++r.tx_head) {
      r.from_host.push_back(
          static_cast<uint8_t>(*at(r.cfg.tx_iova + (r.tx_head & (r.tx_size() - 1)))));
    }
    if (n != 0 && !r.tf_out) r.tf_due = r.tf_out = true;
    return n;
  }
  // The host's stream has ended and every byte was fetched.
  bool host_done(uint32_t ring) const {
    const Ring& r = rings.at(ring);
    return r.fin && r.tx_head == r.tx_tail;
  }
  void close(uint32_t ring) { rings.at(ring).gone_due = true; }

  // Writes one event that is due on `ring`. False: none is, or the event ring is full.
  bool write_event(uint32_t number) {
    const auto it = rings.find(number);
    if (it == rings.end() || !it->second.due() || ev_tail - ev_head >= event_slots()) return false;
    Ring& r = it->second;
    vq::HostEvent e;
    e.ring = number;
    e.gen = r.conn.gen;
    e.tail = r.rx_tail;
    if (r.open_due || r.rx_due || r.fin_due || r.rst_due || r.err_due) {
      e.open = r.open_due;
      e.rx = r.rx_due;
      e.fin = r.fin_due;
      e.rst = r.rst_due;
      e.err = r.err_due;
      r.open_due = r.rx_due = r.fin_due = r.rst_due = r.err_due = false;
      r.rx_told = r.rx_tail;
    } else if (r.tf_due) {
      e.txfree = true;
      e.tail = r.tf_told = r.tx_head;
      r.tf_due = false;
    } else {
      e.gone = true;
      gone_at_[number] = ev_tail;
      rings.erase(it);
    }
    put_event(e);
    return true;
  }
  // Everything that is due, round robin. Answers the number of events written.
  unsigned write_events() {
    unsigned n = 0;
    for (bool more = true; more;) {
      more = false;
      for (uint32_t r = 0; r < vq::kNumRings; ++r) {
        if (write_event(r)) {
          ++n;
          more = true;
        }
      }
    }
    return n;
  }
  // Any event at all, with the right phase.
  void put_event(vq::HostEvent e) {
    e.phase = (ev_tail / event_slots()) % 2 == 0;
    uint32_t words[vq::HostEvent::kWords];
    e.pack(words);
    std::byte* slot = at(setup.events_iova + uint64_t{ev_tail % event_slots()} * vq::kEventBytes);
    std::memcpy(slot, words, vq::kEventBytes);
    ++ev_tail;
    if (armed) ++interrupts;
    armed = false;
  }
  uint32_t event_slots() const { return 1u << setup.events_log2; }
  std::byte* at(uint64_t iova) {
    auto it = mapped.upper_bound(iova);
    static std::byte nowhere;
    if (it == mapped.begin()) {
      ADD_FAILURE() << "DMA outside mapped memory";
      return &nowhere;
    }
    --it;
    if (iova - it->first >= it->second.size()) {
      ADD_FAILURE() << "DMA outside mapped memory";
      return &nowhere;
    }
    return it->second.data() + (iova - it->first);
  }

  std::map<uint64_t, std::span<std::byte>> mapped;
  std::map<uint32_t, Ring> rings;
  std::deque<std::vector<uint32_t>> mail_in, mail_out;
  std::vector<mb::RingReply> replies;
  mb::WindowSetup window;
  mb::VqSetup setup;
  mb::Status setup_status = mb::Status::kOk;
  bool mail_full = false, bind_at_once = true, queue_ready = false, broken = false;
  bool tearing_down = false;  // the host may take memory away under bound rings
  int refuse_maps = 0;        // n: the n-th mapping from now fails
  uint32_t ev_tail = 0, ev_head = 0;
  bool armed = false;
  unsigned interrupts = 0;
  uint64_t doorbells = 0;

 private:
  bool gone_untaken(uint32_t ring) const {
    const auto it = gone_at_.find(ring);
    return it != gone_at_.end() && static_cast<int32_t>(it->second - ev_head) >= 0;
  }
  bool gone_seen(uint32_t ring) const { return !gone_untaken(ring); }

  void queue_doorbell(uint32_t word, uint32_t value) {
    if (word == 0) {
      EXPECT_LE(value - ev_head, ev_tail - ev_head) << "ev_head beyond the events written";
      ev_head = value;
    } else {
      EXPECT_EQ(word, 1u);
      if (value != ev_tail) {
        ++interrupts;
      } else {
        armed = true;
      }
    }
  }
  void ring_doorbell(Ring& r, uint32_t word, uint32_t value) {
    EXPECT_FALSE(r.open_due) << "a doorbell before OPEN: the bind may still clear it";
    switch (word) {
      case 0:
        EXPECT_GE(value - r.tx_head, r.tx_tail - r.tx_head) << "tx_tail goes back";
        EXPECT_LE(value - r.tx_head, r.tx_size()) << "tx_tail passes the ring";
        EXPECT_TRUE(!r.fin || value == r.tx_tail) << "tx_tail moves after fin";
        r.tx_tail = value;
        break;
      case 1: {
        const uint32_t back = value - r.rx_head;
        EXPECT_LE(back, r.rx_told - r.rx_head) << "rx_head passes what an event told";
        if (back == 0) break;
        r.rx_head = value;
        r.rx_out = r.rx_due = r.rx_head != r.rx_tail;
        break;
      }
      case 2:
        EXPECT_EQ(value & ~3u, 0u) << "reserved bits";
        EXPECT_TRUE(!r.fin || (value & 1) != 0) << "fin falls";
        r.fin |= (value & 1) != 0;
        r.rst |= (value & 2) != 0;
        break;
      default: {
        EXPECT_LE(value - r.tx_seen, r.tf_told - r.tx_seen) << "tx_seen was never told";
        if (value == r.tx_seen) break;
        r.tx_seen = value;
        r.tf_out = r.tf_due = r.tx_seen != r.tx_head;
      }
    }
  }

  std::map<uint32_t, uint32_t> gone_at_;  // ring -> event number of its last GONE
};

}  // namespace flatproxy::test
