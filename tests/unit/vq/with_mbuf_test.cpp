// SPDX-License-Identifier: Apache-2.0
//
// The VQ block between its real neighbours: mbuf on one side, the PCIe link and host memory on the
// other. A peer behind mbuf and a host exchange streams with credit; every byte is checked, and at
// the end all cells are free again.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "cmodel/mbuf/mbuf_model.hpp"
#include "cmodel/mem/host_memory.hpp"
#include "cmodel/mem/pcie_link.hpp"
#include "cmodel/vq/vq_model.hpp"
#include "sim-tb/lockstep/axil_bench.hpp"
#include "sim-tb/lockstep/ticker.hpp"
#include "tests/unit/vq/host.hpp"

namespace fp::vq::test {
namespace {

constexpr unsigned kRings = 5;
constexpr uint64_t kGoal = 30'000;

uint32_t conn_of(unsigned ring) { return 40 + ring * 3; }
uint8_t gen_of(unsigned ring) { return static_cast<uint8_t>(ring + 1); }

// Producer and consumer of mbuf in the place of the TOE.
class Peer final : public Block {
 public:
  explicit Peer(uint64_t seed) : r_(seed) {}

  Source<mbuf::MbufWr> wr;
  Rx<common::MsgDesc> desc;
  Source<common::ConnRef> cq;
  Rx<mbuf::MbufCredit> cr;
  Rx<common::ConnRef> cevt;
  Source<mbuf::MbufRd> rd;
  Rx<mbuf::MbufRdata> rdata;
  Source<common::MsgDesc> free;
  Source<mbuf::MbufCret> cret;
  Source<common::MsgDesc> to_vq;
  Rx<common::MsgDesc> from_vq;

  std::array<uint64_t, kRings> sent{};
  std::array<std::vector<uint8_t>, kRings> got{};
  std::array<bool, kRings> fin{};
  uint64_t refused = 0;
  bool on = false;  // the connections are open

  void reset() override {
    each([](auto& s) { s.reset(); });
    ready(false);
  }
  void eval(uint64_t) override {
    produce();
    consume();
    each([&](auto& s) { s.eval(r_.chance(10)); });
  }
  void commit() override {
    each([](auto& s) { s.commit(); });
    ready(true);
  }
  bool idle() const override { return false; }
  uint64_t wake_at() const override { return kNever; }
  template <class A, class B, class F>
  static void zip_ports(A&, B&, F&&) {}

 private:
  template <class F>
  void each(F&& f) {
    f(wr), f(cq), f(rd), f(free), f(cret), f(to_vq);
  }
  void ready(bool on) {
    for (bool* p : {&desc.ready, &cr.ready, &cevt.ready, &rdata.ready, &from_vq.ready}) *p = on;
  }
  static unsigned ring_of(uint32_t conn) { return (conn - 40) / 3; }

  void produce() {
    // One segment at a time: query, write, descriptor.
    if (state_ == 0 && on) {
      ring_ = static_cast<unsigned>(r_.below(kRings));
      if (sent[ring_] < kGoal || !fin_sent_[ring_]) {
        common::ConnRef c;
        c.conn_id = conn_of(ring_);
        c.gen = gen_of(ring_);
        cq.items.push_back(c);
        state_ = 1;
      }
    }
    if (cr.fires()) {
      ASSERT_TRUE(cr.data->ok);
      const uint64_t n =
          std::min({uint64_t{cr.data->bytes}, kGoal - sent[ring_], 1 + r_.below(1500)});
      const bool end = sent[ring_] + n == kGoal;
      if (n == 0 && !end) {
        state_ = 0;
        return;
      }
      mbuf::MbufWr w;
      w.conn = cr.data->conn;
      w.fin = end;
      for (uint64_t at = 0; at < n; at += 64) {
        w.nbytes = static_cast<uint8_t>(std::min<uint64_t>(64, n - at));
        for (unsigned k = 0; k < w.nbytes; ++k) w.data[k] = pattern(ring_, sent[ring_] + at + k);
        w.last = at + 64 >= n;
        wr.items.push_back(w);
      }
      if (n == 0) {
        w.last = true;
        wr.items.push_back(w);
      }
      writing_ = n;
      state_ = 2;
    }
    if (desc.fires()) {
      const common::MsgDesc d = *desc.data;
      state_ = 0;
      if (d.err) {
        ++refused;
        return;
      }
      ASSERT_EQ(d.seg_len, writing_);
      sent[ring_] += writing_;
      if (d.fin) fin_sent_[ring_] = true;
      to_vq.items.push_back(d);
    }
  }

  void consume() {
    if (from_vq.fires()) waiting_.push_back(*from_vq.data);
    if (!reading_ && !waiting_.empty()) {
      reading_ = waiting_.front();
      waiting_.erase(waiting_.begin());
      ASSERT_FALSE(reading_->err);
      if (reading_->seg_len == 0) {
        finish();
      } else {
        mbuf::MbufRd q;
        q.conn.conn_id = reading_->conn_id;
        q.conn.gen = reading_->gen;
        q.first_cell = reading_->first_cell;
        q.offset = reading_->offset;
        q.len = reading_->seg_len;
        rd.items.push_back(q);
      }
    }
    if (rdata.fires()) {
      const mbuf::MbufRdata& d = *rdata.data;
      ASSERT_FALSE(d.err);
      auto& bytes = got[ring_of(reading_->conn_id)];
      bytes.insert(bytes.end(), d.data.begin(), d.data.begin() + d.nbytes);
      if (d.last) finish();
    }
  }
  void finish() {
    const common::MsgDesc& d = *reading_;
    if (d.fin) fin[ring_of(d.conn_id)] = true;
    if (d.n_cells != 0) free.items.push_back(d);
    if (d.seg_len != 0) {
      mbuf::MbufCret c;
      c.conn.conn_id = d.conn_id;
      c.conn.gen = d.gen;
      c.bytes = d.seg_len;
      cret.items.push_back(c);
    }
    reading_.reset();
  }

  sim::Random r_;
  int state_ = 0;
  unsigned ring_ = 0;
  uint64_t writing_ = 0;
  std::array<bool, kRings> fin_sent_{};
  std::vector<common::MsgDesc> waiting_;
  std::optional<common::MsgDesc> reading_;
};

struct Machine {
  Machine() : link({}, memory), peer(3) {
    connect(peer.wr.port, mbuf.wr[mbuf::kToePort]);
    connect(mbuf.desc[mbuf::kToePort], peer.desc);
    connect(peer.cq.port, mbuf.cq[mbuf::kToePort]);
    connect(mbuf.cr[mbuf::kToePort], peer.cr);
    connect(mbuf.cevt[mbuf::kToePort], peer.cevt);
    connect(peer.rd.port, mbuf.rd[mbuf::kToePort]);
    connect(mbuf.rdata[mbuf::kToePort], peer.rdata);
    connect(peer.free.port, mbuf.free[mbuf::kToePort]);
    connect(peer.cret.port, mbuf.cret[mbuf::kToePort]);
    connect(peer.to_vq.port, vq.desc_rx);
    connect(vq.desc_tx, peer.from_vq);
    connect(vq.rd, mbuf.rd[mbuf::kVqPort]);
    connect(mbuf.rdata[mbuf::kVqPort], vq.rdata);
    connect(vq.free, mbuf.free[mbuf::kVqPort]);
    connect(vq.cret, mbuf.cret[mbuf::kVqPort]);
    connect(vq.cq, mbuf.cq[mbuf::kVqPort]);
    connect(mbuf.cr[mbuf::kVqPort], vq.cr);
    connect(mbuf.cevt[mbuf::kVqPort], vq.cevt);
    connect(vq.wr, mbuf.wr[mbuf::kVqPort]);
    connect(mbuf.desc[mbuf::kVqPort], vq.desc);
    connect(vq.dma_wr, link.dma_wr);
    connect(vq.dma_rd, link.dma_rd);
    connect(link.dma_rd_data, vq.dma_rd_data);
    connect(link.db, vq.db);
    connect(vq.msix, link.msix);
    connect(vq_csr.port, vq.csr);
    connect(mbuf_csr.port, mbuf.csr);
    ticker.add(peer);
    ticker.add(mbuf);
    ticker.add(vq);
    ticker.add(link);
    ticker.add(vq_csr);
    ticker.add(mbuf_csr);
    ticker.set_skipping(false);
    ticker.set_shuffle(17);
    ticker.reset();
  }

  // Blocking accesses.
  uint32_t read(sim::AxilBench& m, uint32_t addr) {
    m.read(static_cast<uint16_t>(addr));
    while (!m.done()) ticker.tick();
    return m.list().back().data;
  }
  void write(sim::AxilBench& m, uint32_t addr, uint32_t data) {
    m.write(static_cast<uint16_t>(addr), data);
    while (!m.done()) ticker.tick();
    ASSERT_EQ(m.list().back().resp, common::AxiResp::kOkay);
  }
  template <class Row>
  void row(sim::AxilBench& m, uint32_t data, uint32_t cmd, uint32_t status, const Row& row,
           uint32_t value) {
    uint32_t words[16] = {};
    row.pack(words);
    for (unsigned i = 0; i < Row::kWords; ++i) write(m, data + 4 * i, words[i]);
    write(m, cmd, value);
    while ((read(m, status) & 1) != 0) {
    }
    ASSERT_EQ(read(m, status) & 2, 0u) << "refused";
  }
  template <class Row>
  void vq_row(TableId table, unsigned index, const Row& r) {
    row(vq_csr, reg::kTblData, reg::kTblCmd, reg::kTblStatus, r,
        index | static_cast<uint32_t>(table) << 16 | 1u << 28);
  }

  mem::HostMemory memory;
  VqModel vq;
  mbuf::MbufModel mbuf;
  mem::PcieLink link;
  Peer peer;
  sim::AxilBench vq_csr, mbuf_csr;
  sim::Ticker ticker;
};

TEST(VqWithMbuf, StreamsCrossBothWaysAndEveryCellComesBack) {
  auto m = std::make_unique<Machine>();
  constexpr uint64_t kIova = 0x40000000;
  constexpr unsigned kEvSlots = 64;
  std::vector<std::byte> events(kPageBytes), rx(kRings * kPageBytes), tx(kRings * kPageBytes);
  const uint64_t rx_at = kIova + kPageBytes, tx_at = rx_at + rx.size();
  ASSERT_TRUE(m->memory.map(kIova, events));
  ASSERT_TRUE(m->memory.map(rx_at, rx));
  ASSERT_TRUE(m->memory.map(tx_at, tx));

  while ((m->read(m->vq_csr, reg::kStatus) & 1) == 0) {
  }
  while ((m->read(m->mbuf_csr, mbuf::reg::kStatus) & 1) == 0) {
  }
  WindowCfg window;
  window.base_page = window.target_page = kIova >> kPageLog2;
  window.pages = 1 + 2 * kRings;
  window.read = window.write = window.valid = true;
  m->vq_row(TableId::kWindow, 0, window);
  VqCfg queue;
  queue.ev_page = kIova >> kPageLog2;
  queue.ev_log2 = 6;
  queue.ring_count = kRings;
  queue.valid = true;
  m->vq_row(TableId::kVq, 0, queue);
  for (unsigned i = 0; i < kRings; ++i) {
    RingCfg c;
    c.rx_page = (rx_at >> kPageLog2) + i;
    c.tx_page = (tx_at >> kPageLog2) + i;
    c.rx_log2 = c.tx_log2 = kPageLog2;
    c.conn_id = conn_of(i);
    c.gen = gen_of(i);
    c.tx_dir = true;
    c.tx_cls = 1;
    m->vq_row(TableId::kRing, i, c);
    mbuf::ConnRow row;
    row.valid = true;
    row.gen = gen_of(i);
    row.prod0 = mbuf::kToePort;
    row.prod1 = mbuf::kVqPort;
    row.cap = 20;
    row.credit0 = kPageBytes;
    row.credit1 = 700;
    m->row(m->mbuf_csr, mbuf::reg::kTblData, mbuf::reg::kTblCmd, mbuf::reg::kTblStatus, row,
           conn_of(i) | 1u << 28);
  }
  const uint32_t free_cells = m->read(m->mbuf_csr, mbuf::reg::kCells) & 0xffff;
  m->write(m->mbuf_csr, mbuf::reg::kCtrl, 1);
  m->write(m->vq_csr, reg::kCtrl, 1);
  m->peer.on = true;

  struct Ring {
    uint32_t rx_head = 0, rx_tail = 0, tx_tail = 0, tx_free = 0;
    bool fin = false;
  };
  std::array<Ring, kRings> rings;
  uint32_t ev_head = 0;
  const auto bell = [&](uint32_t addr, uint32_t value) {
    m->link.post_doorbell(m->ticker.now(), 0, addr, value);
  };
  uint64_t reads_of_host = 0;
  const auto host = [&] {
    for (;;) {
      uint64_t word = 0;
      std::memcpy(&word, events.data() + (ev_head % kEvSlots) * kEventBytes, 8);
      const uint32_t words[2] = {static_cast<uint32_t>(word), static_cast<uint32_t>(word >> 32)};
      const HostEvent ev = HostEvent::unpack(words);
      if (ev.phase != ((ev_head & kEvSlots) == 0)) break;
      ++ev_head;
      Ring& r = rings.at(ev.ring);
      ASSERT_EQ(ev.gen, gen_of(ev.ring));
      ASSERT_FALSE(ev.err);
      if (ev.txfree) {
        r.tx_free = ev.tail;
        bell(ev.ring * kDbSlotBytes + 12, ev.tail);
      } else {
        r.rx_tail = ev.tail;
        r.fin = r.fin || ev.fin;
      }
    }
    bell(kDbVqSlot * kDbSlotBytes, ev_head);
    for (unsigned i = 0; i < kRings; ++i) {
      Ring& r = rings[i];
      if (r.rx_head != r.rx_tail) {
        for (; r.rx_head != r.rx_tail; ++r.rx_head, ++reads_of_host) {
          ASSERT_EQ(static_cast<uint8_t>(rx[i * kPageBytes + r.rx_head % kPageBytes]),
                    pattern(i, r.rx_head));
        }
        bell(i * kDbSlotBytes + 4, r.rx_head);
      }
      const uint64_t n =
          std::min<uint64_t>(kGoal - r.tx_tail, kPageBytes - (r.tx_tail - r.tx_free));
      if (n == 0) continue;
      for (uint64_t k = 0; k < n; ++k, ++r.tx_tail) {
        tx[i * kPageBytes + r.tx_tail % kPageBytes] =
            static_cast<std::byte>(pattern(1000 + i, r.tx_tail));
      }
      bell(i * kDbSlotBytes, r.tx_tail);
      if (r.tx_tail == kGoal) bell(i * kDbSlotBytes + 8, 1);
    }
  };
  const auto done = [&] {
    for (unsigned i = 0; i < kRings; ++i) {
      if (rings[i].rx_head != kGoal || rings[i].tx_free != kGoal || !rings[i].fin) return false;
      if (!m->peer.fin[i]) return false;
    }
    return true;
  };
  uint64_t cycles = 0;
  for (; cycles < 2'000'000 && !done() && !HasFatalFailure(); ++cycles) {
    if (cycles % 250 == 0) host();
    m->ticker.tick();
  }
  ASSERT_FALSE(HasFatalFailure());
  ASSERT_TRUE(done()) << "stuck";
  RecordProperty("cycles", std::to_string(cycles));
  for (unsigned i = 0; i < kRings; ++i) {
    ASSERT_EQ(m->peer.got[i].size(), kGoal);
    for (uint64_t k = 0; k < kGoal; ++k) ASSERT_EQ(m->peer.got[i][k], pattern(1000 + i, k));
  }
  for (int k = 0; k < 5000; ++k) m->ticker.tick();
  EXPECT_EQ(m->read(m->mbuf_csr, mbuf::reg::kCells), free_cells) << "cells leaked";
  EXPECT_EQ(m->read(m->mbuf_csr, mbuf::reg::kErrCount), 0u);
  EXPECT_EQ(m->read(m->vq_csr, reg::kErrCount), 0u);
  EXPECT_EQ(m->link.stats().faults, 0u);
  EXPECT_EQ(m->read(m->vq_csr, reg::kEvTail), ev_head);
  EXPECT_GT(m->read(m->vq_csr, reg::kTxParked), 0u) << "credit never ran out: too easy";
}

}  // namespace
}  // namespace fp::vq::test
