// SPDX-License-Identifier: Apache-2.0
//
// An independent host: knows of its rings only what events tell it, checks every event against the
// rules of vq.yaml and every byte against its own streams. A lost wake-up shows as a host that is
// stuck when all is quiet; a doubled or false event fails at once.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "contract/vq.hpp"
#include "tests/unit/vq/world.hpp"

namespace fp::vq::test {

// Byte `at` of a stream; every stream differs.
inline uint8_t pattern(uint32_t stream, uint64_t at) {
  uint64_t x = (stream + 1) * 0x9e3779b97f4a7c15ull + at * 0xd1342543de82ef95ull;
  x ^= x >> 29;
  return static_cast<uint8_t>(x >> 17);
}

struct HostOptions {
  unsigned rings = 8;
  unsigned rx_log2 = 12, tx_log2 = 12;
  unsigned ev_log2 = 7;
  uint8_t fn = 3;
  uint16_t vector = 5;
  uint64_t rx_goal = 20000, tx_goal = 20000;  // bytes per ring
  unsigned max_message = 900;
  unsigned act = 10;         // percent of cycles in which the host does something
  bool sleeps = true;        // the host arms and waits for interrupts
  bool lazy_events = false;  // ev_head is written as late as the contract allows
  unsigned eager_every = 0;  // every n-th ring is eager
  bool fin = true;           // both sides end their streams
  uint64_t shift = 0;        // added to addresses by the windows (pages)
};

class Host {
 public:
  static constexpr uint64_t kEvPage = 0x100;
  static constexpr uint64_t kRxPage = 0x10000;
  static constexpr uint64_t kTxPage = 0x20000;

  struct Ring {
    uint32_t conn_id = 0;
    uint8_t gen = 0;
    bool eager = false, bound = true;
    // What events told.
    uint32_t rx_tail = 0, tx_free = 0;
    bool fin = false, rst = false, err = false, open = false, gone = false;
    // One event is free, every rx_head or tx_seen written allows one more.
    uint64_t rx_events = 0, rx_updates = 0, tf_events = 0, tf_updates = 0;
    // The host's own indices.
    uint32_t rx_head = 0, rx_head_told = 0, tx_tail = 0, tx_told = 0, tx_seen = 0;
    bool fin_told = false;
    // The peer.
    uint64_t rx_sent = 0, rx_credit = 0;
    uint64_t returned_seen = 0;
    bool fin_sent = false;
    uint64_t messages = 0;
  };

  Host(World& world, const HostOptions& options) : w(world), o(options), r_(options.fn + 77) {
    rings.resize(o.rings);
    for (unsigned i = 0; i < o.rings; ++i) {
      Ring& ring = rings[i];
      ring.conn_id = conn_of(i);
      ring.gen = static_cast<uint8_t>((i * 7 + 3) & 15);
      ring.eager = o.eager_every != 0 && i % o.eager_every == 0;
      ring.rx_credit = uint64_t{1} << o.rx_log2;
    }
  }

  World& w;
  HostOptions o;
  std::vector<Ring> rings;
  uint32_t ev_head = 0, ev_head_told = 0;
  uint64_t events = 0;
  uint64_t sleeps = 0, wakes = 0;
  bool asleep = false;
  bool running = true;
  uint64_t interrupts_at_arm = 0;
  std::set<unsigned> silent;  // rings the host does not touch

  static uint32_t conn_of(unsigned ring) { return (ring * 37 + 11) % kNumConns; }
  uint64_t ring_pages(unsigned log2) const { return (uint64_t{1} << log2) / kPageBytes; }
  uint64_t rx_page(unsigned i) const { return kRxPage + i * ring_pages(o.rx_log2); }
  uint64_t tx_page(unsigned i) const { return kTxPage + i * ring_pages(o.tx_log2); }
  uint64_t phys(uint64_t page, uint64_t offset) const {
    return ((page + o.shift) << kPageLog2) + offset;
  }

  RingCfg ring_cfg(unsigned i) const {
    RingCfg c;
    c.rx_page = rx_page(i);
    c.tx_page = tx_page(i);
    c.rx_log2 = static_cast<uint8_t>(o.rx_log2);
    c.tx_log2 = static_cast<uint8_t>(o.tx_log2);
    c.conn_id = rings[i].conn_id;
    c.gen = rings[i].gen;
    c.tx_dir = true;
    c.tx_cls = 1;
    c.eager = rings[i].eager;
    return c;
  }
  VqCfg vq_cfg() const {
    VqCfg c;
    c.ev_page = kEvPage;
    c.ev_log2 = static_cast<uint8_t>(o.ev_log2);
    c.fn = o.fn;
    c.vector = o.vector;
    c.ring_count = static_cast<uint16_t>(o.rings);
    c.valid = true;
    return c;
  }

  // One cycle of behaviour.
  void step() {
    feed_messages();
    if (!running) return;
    if (asleep) {
      if (w.interrupts == interrupts_at_arm) return;
      ASSERT_EQ(w.interrupts, interrupts_at_arm + 1) << "more than one interrupt for one arm";
      asleep = false;
      ++wakes;
    }
    if (!r_.chance(o.act)) return;
    switch (r_.below(8)) {
      case 0:
      case 1:
      case 2:
        poll(1 + r_.below(4));
        break;
      case 3:
        consume(static_cast<unsigned>(r_.below(o.rings)));
        break;
      case 4:
      case 5:
        produce(static_cast<unsigned>(r_.below(o.rings)));
        break;
      case 6:
        if (!o.lazy_events || ev_head - ev_head_told + 2 >= (1u << o.ev_log2)) tell_events();
        break;
      case 7:
        if (o.sleeps && r_.chance(20)) maybe_sleep();
        break;
    }
  }

  // Everything both streams should carry has arrived, as far as events told.
  bool done() const {
    for (unsigned i = 0; i < o.rings; ++i) {
      if (silent.count(i) != 0) continue;
      const Ring& ring = rings[i];
      if (ring.rx_head != o.rx_goal || ring.tx_free != o.tx_goal) return false;
      if (o.fin && !ring.fin) return false;
    }
    return true;
  }

  uint32_t slot_addr(unsigned ring, unsigned word) const { return ring * kDbSlotBytes + 4 * word; }
  uint32_t vq_addr(unsigned word) const { return kDbVqSlot * kDbSlotBytes + 4 * word; }
  void bell(unsigned ring, unsigned word, uint32_t value) {
    w.doorbell(o.fn, slot_addr(ring, word), value);
  }
  void tell_events() {
    if (ev_head == ev_head_told) return;
    ev_head_told = ev_head;
    w.doorbell(o.fn, vq_addr(0), ev_head);
  }

  // Takes up to n new events.
  unsigned poll(uint64_t n) {
    unsigned got = 0;
    HostEvent ev;
    while (got < n && peek(&ev)) {
      ++ev_head;
      ++events;
      ++got;
      handle(ev);
    }
    return got;
  }
  bool peek(HostEvent* ev) const {
    const uint32_t slots = 1u << o.ev_log2;
    const uint32_t at = ev_head & (slots - 1);
    const uint64_t addr = phys(kEvPage, uint64_t{at} * kEventBytes);
    uint32_t words[2] = {};
    for (unsigned i = 0; i < 8; ++i) words[i / 4] |= uint32_t{w.byte(addr + i)} << (8 * (i % 4));
    *ev = HostEvent::unpack(words);
    return ev->phase == ((ev_head & slots) == 0);
  }

  void feed_messages() {
    const unsigned i = static_cast<unsigned>(r_.below(o.rings));
    Ring& ring = rings[i];
    const uint64_t back = w.returned[ring.conn_id];
    ring.rx_credit += back - ring.returned_seen;
    ring.returned_seen = back;
    if (w.desc_rx.items.size() > 6 || !r_.chance(30) || !ring.bound) return;
    const uint64_t left = o.rx_goal - ring.rx_sent;
    const uint64_t n = std::min({left, ring.rx_credit, 1 + r_.below(o.max_message)});
    const bool fin = o.fin && n == left && !ring.fin_sent;
    if (n == 0 && !fin) return;
    std::vector<uint8_t> bytes(n);
    for (uint64_t k = 0; k < n; ++k) bytes[k] = pattern(i, ring.rx_sent + k);
    ring.rx_sent += n;
    ring.rx_credit -= n;
    ++ring.messages;
    common::MsgDesc d = w.message(ring.conn_id, ring.gen, std::move(bytes));
    d.fin = fin;
    if (fin) ring.fin_sent = true;
    if (d.n_cells != 0) w.set_desc(d);
    w.desc_rx.items.push_back(d);
  }

  void consume(unsigned i) {
    Ring& ring = rings[i];
    if (silent.count(i) != 0) return;
    const uint32_t have = ring.rx_tail - ring.rx_head;
    if (have == 0) return;
    const uint32_t n = r_.chance(50) ? have : 1 + static_cast<uint32_t>(r_.below(have));
    const uint32_t mask = (1u << o.rx_log2) - 1;
    for (uint32_t k = 0; k < n; ++k) {
      const uint32_t at = ring.rx_head + k;
      ASSERT_EQ(w.byte(phys(rx_page(i), at & mask)), pattern(i, at))
          << "ring " << i << " byte " << at;
    }
    ring.rx_head += n;
    if (r_.chance(70) || ring.rx_head == ring.rx_tail) {
      // Updates may be merged, but the last one must be told.
      ring.rx_head_told = ring.rx_head;
      ++ring.rx_updates;
      bell(i, 1, ring.rx_head);
    }
  }

  void produce(unsigned i) {
    Ring& ring = rings[i];
    if (silent.count(i) != 0) return;
    const uint32_t size = 1u << o.tx_log2;
    const uint32_t space = size - (ring.tx_tail - ring.tx_free);
    const uint64_t left = o.tx_goal - ring.tx_tail;
    // Takes note of the last txfree: mostly when it needs space, always before it could starve.
    if (ring.tx_seen != ring.tx_free && (space < size / 2 || left == 0 || r_.chance(30))) {
      ring.tx_seen = ring.tx_free;
      ++ring.tf_updates;
      bell(i, 3, ring.tx_seen);
    }
    const uint64_t n = std::min<uint64_t>({left, space, 1 + r_.below(o.max_message)});
    for (uint64_t k = 0; k < n; ++k) {
      const uint32_t at = ring.tx_tail + static_cast<uint32_t>(k);
      w.memory[phys(tx_page(i), at & (size - 1))] = pattern(1000 + i, at);
    }
    ring.tx_tail += static_cast<uint32_t>(n);
    if (ring.tx_told != ring.tx_tail && (r_.chance(70) || ring.tx_tail == o.tx_goal)) {
      ring.tx_told = ring.tx_tail;
      bell(i, 0, ring.tx_tail);
    }
    if (o.fin && ring.tx_told == o.tx_goal && !ring.fin_told) {
      ring.fin_told = true;
      bell(i, 2, 1);
    }
  }

  void maybe_sleep() {
    HostEvent ev;
    if (peek(&ev) && !r_.chance(30)) return;  // sometimes arms although events are there
    // A host sleeps only when it has nothing left to do, or it would wait for itself.
    for (unsigned i = 0; i < o.rings; ++i) {
      const Ring& ring = rings[i];
      for (int k = 0; k < 64 && ring.rx_head != ring.rx_tail; ++k) consume(i);
      for (int k = 0;
           k < 64 && ring.tx_tail != o.tx_goal && ring.tx_tail - ring.tx_free < (1u << o.tx_log2);
           ++k) {
        produce(i);
      }
      const bool room =
          ring.tx_tail != o.tx_goal && ring.tx_tail - ring.tx_free < (1u << o.tx_log2);
      if (silent.count(i) == 0 && (ring.rx_head != ring.rx_tail || room)) return;
      flush(i);
    }
    tell_events();
    interrupts_at_arm = w.interrupts;
    asleep = true;
    ++sleeps;
    w.doorbell(o.fn, vq_addr(1), ev_head);
  }
  void flush(unsigned i) {
    Ring& ring = rings[i];
    if (silent.count(i) != 0) return;
    if (ring.rx_head_told != ring.rx_head) {
      ring.rx_head_told = ring.rx_head;
      ++ring.rx_updates;
      bell(i, 1, ring.rx_head);
    }
    if (ring.tx_seen != ring.tx_free) {
      ring.tx_seen = ring.tx_free;
      ++ring.tf_updates;
      bell(i, 3, ring.tx_seen);
    }
    if (ring.tx_told != ring.tx_tail) {
      ring.tx_told = ring.tx_tail;
      bell(i, 0, ring.tx_tail);
    }
    if (o.fin && ring.tx_told == o.tx_goal && !ring.fin_told) {
      ring.fin_told = true;
      bell(i, 2, 1);
    }
  }

  void handle(const HostEvent& ev) {
    ASSERT_LT(ev.ring, o.rings);
    Ring& ring = rings[ev.ring];
    ASSERT_EQ(ev.gen, ring.gen);
    ASSERT_FALSE(ring.gone) << "an event after GONE";
    const bool others = ev.rx || ev.fin || ev.rst || ev.err || ev.open || ev.gone;
    ASSERT_TRUE(ev.txfree || others) << "an event that says nothing";
    if (ev.txfree) {
      ASSERT_FALSE(others);
      ASSERT_LE(++ring.tf_events, 1 + ring.tf_updates) << "a second txfree for one tx_seen";
      ASSERT_GT(ev.tail - ring.tx_free, 0u) << "txfree without progress";
      ASSERT_LE(ev.tail - ring.tx_free, ring.tx_told - ring.tx_free) << "txfree beyond tx_tail";
      ring.tx_free = ev.tail;
      return;
    }
    if (ev.rx) {
      ++ring.rx_events;
      if (!ring.eager) {
        ASSERT_LE(ring.rx_events, 1 + ring.rx_updates) << "a second rx event for one rx_head";
      }
    }
    if (ev.rx || ev.fin) {
      ASSERT_LE(ev.tail - ring.rx_tail, 1u << o.rx_log2) << "tail went back";
      ASSERT_LE(ev.tail, ring.rx_sent) << "tail beyond what was sent";
      ring.rx_tail = ev.tail;
    }
    if (ev.fin) {
      ASSERT_FALSE(ring.fin) << "fin twice";
      ASSERT_EQ(ev.tail, o.rx_goal) << "fin before the data";
    }
    ring.fin = ring.fin || ev.fin;
    ring.rst = ring.rst || ev.rst;
    ring.err = ring.err || ev.err;
    ring.open = ring.open || ev.open;
    ring.gone = ring.gone || ev.gone;
  }

  // At the end: the bytes mbuf got are the host's stream.
  void check_tx(unsigned i) const {
    const auto& got = w.tx_bytes[rings[i].conn_id];
    ASSERT_EQ(got.size(), o.tx_goal);
    for (uint64_t k = 0; k < got.size(); ++k) ASSERT_EQ(got[k], pattern(1000 + i, k)) << k;
  }

 private:
  sim::Random r_;
};

}  // namespace fp::vq::test
