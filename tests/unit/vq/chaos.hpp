// SPDX-License-Identifier: Apache-2.0
//
// Stimulus without manners, for lockstep and for "one bad ring harms nobody else": impossible
// doorbells, messages of unknown connections, cut reads, table commands and resets at any time.
#pragma once

#include "tests/unit/vq/bench.hpp"

namespace fp::vq::test {

struct ChaosOptions {
  unsigned doorbells = 20;  // percent of cycles
  unsigned messages = 10;
  unsigned commands = 30;  // percent of cycles without an access in which one begins
  unsigned nonsense = 2;   // percent of the above that make no sense
  bool resets = true;      // function-level resets
};

class Chaos {
 public:
  Chaos(Bench& bench, const ChaosOptions& options, uint64_t seed)
      : b_(bench), o_(options), r_(seed) {}

  void step() {
    World& w = b_.w;
    if (w.db.items.size() < 8 && r_.chance(o_.doorbells)) doorbell();
    if (w.desc_rx.items.size() < 4 && r_.chance(o_.messages)) message();
    if (!w.csr_busy && r_.chance(o_.commands)) access();
  }

 private:
  unsigned ring() { return static_cast<unsigned>(r_.below(b_.host.o.rings)); }
  bool odd() { return r_.chance(o_.nonsense); }

  void doorbell() {
    World& w = b_.w;
    Host& h = b_.host;
    const unsigned i = ring();
    Host::Ring& ring = h.rings[i];
    const uint8_t fn = odd() ? 9 : h.o.fn;
    switch (r_.below(10)) {
      case 0: {
        // Indices follow what events told, most of the time.
        HostEvent ev;
        for (int k = 0; k < 8 && h.peek(&ev); ++k) {
          ++h.ev_head;
          Host::Ring& t = h.rings[ev.ring % h.o.rings];
          if (ev.txfree) {
            t.tx_free = ev.tail;
          } else if (ev.rx || ev.fin) {
            t.rx_tail = ev.tail;
          }
        }
        w.doorbell(fn, h.vq_addr(0), odd() ? static_cast<uint32_t>(r_.next()) : h.ev_head);
        break;
      }
      case 1:
        w.doorbell(fn, h.vq_addr(1), odd() ? static_cast<uint32_t>(r_.next()) : h.ev_head);
        break;
      case 2:
      case 3:
      case 4:
        ring.rx_head += static_cast<uint32_t>(r_.below(ring.rx_tail - ring.rx_head + 1));
        w.doorbell(fn, h.slot_addr(i, 1), odd() ? static_cast<uint32_t>(r_.next()) : ring.rx_head);
        break;
      case 5:
      case 6:
      case 7: {
        const uint32_t space = (1u << h.o.tx_log2) - (ring.tx_tail - ring.tx_free);
        ring.tx_tail += static_cast<uint32_t>(r_.below(std::min(space, 900u) + 1));
        w.doorbell(fn, h.slot_addr(i, 0), odd() ? static_cast<uint32_t>(r_.next()) : ring.tx_tail);
        break;
      }
      case 8:
        w.doorbell(fn, h.slot_addr(i, 3), odd() ? static_cast<uint32_t>(r_.next()) : ring.tx_free);
        break;
      case 9:
        if (odd()) {
          w.doorbell(fn, static_cast<uint32_t>(r_.next()) & 0x1fffc, 1);
        } else if (r_.chance(3)) {
          w.doorbell(fn, h.slot_addr(i, 2), static_cast<uint32_t>(1 + r_.below(3)));
        } else if (r_.chance(1)) {
          for (unsigned k = 0; k < h.o.rings; ++k)
            w.doorbell(h.o.fn, h.slot_addr(k, 1), h.rings[k].rx_head);
        }
        break;
    }
  }

  void message() {
    Host::Ring& ring = b_.host.rings[this->ring()];
    std::vector<uint8_t> bytes(r_.below(odd() ? 9000 : 700));
    for (uint8_t& x : bytes) x = static_cast<uint8_t>(r_.next());
    const uint32_t conn = odd() ? static_cast<uint32_t>(r_.below(1u << 20)) : ring.conn_id;
    const uint8_t gen = odd() ? ring.gen ^ 1 : ring.gen;
    common::MsgDesc d = b_.w.message(conn, gen, std::move(bytes));
    d.fin = odd();
    d.rst = odd();
    d.err = odd();
    if (d.n_cells != 0) {
      b_.w.set_desc(d);
      if (odd()) b_.w.cut_read(d.first_cell, static_cast<unsigned>(r_.below(1 + d.seg_len / 64)));
    }
    b_.w.desc_rx.items.push_back(d);
  }

  // A sequence of register accesses: a binding when there is one to make up for, else anything.
  void access() {
    World& w = b_.w;
    if (!plan_.empty()) {
      w.csr_start(plan_.front().write, plan_.front().addr, plan_.front().data);
      plan_.pop_front();
      return;
    }
    const unsigned i = ring();
    switch (r_.below(10)) {
      case 0:
        // Closes, and binds again after a while: by then GONE has usually been sent.
        plan_.push_back({true, reg::kTblCmd, i | 3u << 28});
        for (int k = 0; k < 20; ++k) plan_.push_back({false, reg::kTblStatus, 0});
        bind(i);
        break;
      case 1:
        plan_.push_back({true, reg::kTblCmd, i | 4u << 28});  // open
        break;
      case 2:
        bind(i);
        break;
      case 5:
        plan_.push_back({true, reg::kTblCmd, i | r_.below(5) << 16 | 2u << 28});
        for (unsigned k = 0; k < 8; ++k) plan_.push_back({false, reg::kTblData + 4 * k, 0});
        break;
      case 6:
        if (odd()) plan_.push_back({true, reg::kTblCmd, static_cast<uint32_t>(r_.next())});
        break;
      case 7:
        if (o_.resets && r_.chance(15)) {
          plan_.push_back({true, reg::kFlr, 1u << 31 | (odd() ? 1u : b_.host.o.fn)});
          reconfigure();
        }
        break;
      case 8:
        plan_.push_back({true, reg::kIrqStatus, static_cast<uint32_t>(r_.below(8))});
        plan_.push_back({true, reg::kIrqEnable, static_cast<uint32_t>(r_.below(8))});
        plan_.push_back({true, reg::kErrFirst, 1u << 31});
        break;
      case 9:
        if (r_.chance(10)) {
          plan_.push_back({true, reg::kCtrl, 0});
          plan_.push_back({false, reg::kStatus, 0});
          plan_.push_back({true, reg::kCtrl, 1});
        }
        break;
      case 3:
      default:
        plan_.push_back({false, static_cast<uint32_t>(r_.below(0x2d0 / 4) * 4), 0});
        break;
    }
  }

  void bind(unsigned i) {
    Host::Ring& ring = b_.host.rings[i];
    row(b_.host.ring_cfg(i), i);
    // The host starts from zero; if the ring was bound the command is refused and the host is odd.
    ring.rx_tail = ring.rx_head = ring.tx_tail = ring.tx_free = 0;
  }
  template <class Row>
  void row(const Row& row, uint32_t cmd) {
    uint32_t words[8] = {};
    row.pack(words);
    for (unsigned k = 0; k < Row::kWords; ++k)
      plan_.push_back({true, reg::kTblData + 4 * k, words[k]});
    plan_.push_back({true, reg::kTblCmd, cmd | 1u << 28});
    for (int k = 0; k < 12; ++k) plan_.push_back({false, reg::kTblStatus, 0});
  }
  void reconfigure() {
    for (int k = 0; k < 100; ++k) plan_.push_back({false, reg::kStatus, 0});
    const HostOptions& ho = b_.host.o;
    const uint64_t pages[3] = {Host::kEvPage, Host::kRxPage, Host::kTxPage};
    for (unsigned k = 0; k < 3; ++k) {
      WindowCfg c;
      c.base_page = pages[k];
      c.pages = 1 + r_.below(200);
      c.target_page = pages[k] + ho.shift;
      c.fn = ho.fn;
      c.read = c.write = c.valid = true;
      row(c, k | 3u << 16);
    }
    row(b_.host.vq_cfg(), 2u << 16);
    b_.host.ev_head = 0;
    b_.w.memory.clear();
    if (ho.rings > 16) return;  // too many accesses; the others are bound one by one
    for (unsigned i = 0; i < ho.rings; ++i) bind(i);
  }

  struct Access {
    bool write;
    uint32_t addr;
    uint32_t data;
    Access(bool w, uint32_t a, uint64_t d) : write(w), addr(a), data(static_cast<uint32_t>(d)) {}
  };
  Bench& b_;
  ChaosOptions o_;
  sim::Random r_;
  std::deque<Access> plan_;
};

}  // namespace fp::vq::test
