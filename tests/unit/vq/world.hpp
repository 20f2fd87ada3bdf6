// SPDX-License-Identifier: Apache-2.0
//
// Everything around a VQ block in a test: a stand-in for mbuf, PCIe with random delays and tags
// completed in any order, host memory, a register master. Hosts (host.hpp) are written against it.
// Nothing here is taken from the model: contents are checked against the test's own streams.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "cmodel/vq/vq_if.hpp"
#include "sim-tb/lockstep/random.hpp"

namespace fp::vq::test {

struct WorldOptions {
  uint64_t seed = 1;
  unsigned stall = 20;         // percent of cycles in which a stream pauses
  unsigned read_delay = 60;    // cycles, most a read takes beyond one
  unsigned refuse = 0;         // percent of segments mbuf refuses
  unsigned no_credit = 0;      // percent of credit queries answered "nothing left"
  unsigned credit = 1u << 20;  // bytes per connection towards mbuf
  unsigned read_error = 0;     // per mille of PCIe reads that fail
};

// A stream the world drives: items go out in order, with pauses.
template <class T>
struct Source {
  Tx<T> port;
  std::deque<T> items;
  bool valid_d = false;
  bool fired = false;

  void eval(bool pause) {
    fired = port.fires();
    valid_d = port.valid && !fired;
    const size_t left = items.size() - (fired ? 1 : 0);
    if (!valid_d && left > 0) valid_d = !pause;
  }
  void commit() {
    if (fired) items.pop_front();
    if (valid_d && (!port.valid || fired)) port.data = items.front();
    port.valid = valid_d;
  }
  void reset() {
    port.valid = valid_d = fired = false;
    items.clear();
  }
};

class World final : public Block {
 public:
  explicit World(const WorldOptions& options) : o(options), random(options.seed) {}

  WorldOptions o;
  sim::Random random;

  Source<common::MsgDesc> desc_rx;
  Rx<common::MsgDesc> desc_tx;
  Rx<mbuf::MbufRd> rd;
  Source<mbuf::MbufRdata> rdata;
  Rx<common::MsgDesc> free;
  Rx<mbuf::MbufCret> cret;
  Rx<common::ConnRef> cq;
  Source<mbuf::MbufCredit> cr;
  Source<common::ConnRef> cevt;
  Rx<mbuf::MbufWr> wr;
  Source<common::MsgDesc> desc;
  Rx<PcieWr> dma_wr;
  Rx<PcieRd> dma_rd;
  Source<PcieCpl> cpl;
  Source<PcieMmio> db;
  Rx<Msix> msix;
  AxilMasterPort csr;

  // --- what tests look at ----------------------------------------------------------------------
  uint64_t now = 0;
  std::map<uint64_t, uint8_t> memory;           // PCIe address -> byte written or readable
  std::function<void(uint64_t)> on_cycle;       // host behaviour, once per cycle
  std::function<void(const PcieWr&)> on_write;  // every posted beat, in order
  std::function<void(const PcieRd&)> on_read;   // every read asked for
  uint64_t interrupts = 0;
  std::vector<common::MsgDesc> from_host;             // desc_tx
  std::map<uint32_t, std::vector<uint8_t>> tx_bytes;  // per conn_id, stored segments' bytes
  std::vector<common::MsgDesc> freed;                 // free, in order
  std::map<uint32_t, uint64_t> returned;              // per conn_id, cret bytes
  uint64_t frees = 0;
  uint64_t read_beats = 0, write_tlps = 0;
  uint64_t refused = 0, starved = 0;
  unsigned mps = 256;
  uint64_t last_activity = 0;
  bool silent_reads = false;  // reads are not answered
  std::set<uint8_t> open_tags;

  // A message for the host; its cells exist until freed. Returns its descriptor.
  common::MsgDesc message(uint32_t conn_id, uint8_t gen, std::vector<uint8_t> bytes) {
    common::MsgDesc d;
    d.conn_id = conn_id;
    d.gen = gen;
    d.ts = now;
    d.seg_len = static_cast<uint16_t>(bytes.size());
    d.offset = static_cast<uint8_t>(random.below(256));
    if (!bytes.empty()) {
      do {
        d.first_cell = static_cast<uint16_t>(random.below(4096));
      } while (cells_.count(d.first_cell) != 0);
      d.n_cells = static_cast<uint8_t>((d.offset + bytes.size() + 255) / 256);
      d.last_cell = d.first_cell;
      cells_[d.first_cell] = {std::move(bytes), d, false};
    }
    return d;
  }
  // The test changed flags of a message's descriptor before sending it.
  void set_desc(const common::MsgDesc& d) { cells_[d.first_cell].desc = d; }
  size_t live_cells() const { return cells_.size(); }
  // The read of the message with this first cell ends early after `beats` beats.
  void cut_read(uint16_t first_cell, unsigned beats) { cuts_[first_cell] = beats; }

  void doorbell(uint8_t fn, uint32_t addr, uint32_t value) {
    PcieMmio m;
    m.fn = fn;
    m.addr = addr;
    m.data = value;
    db.items.push_back(m);
  }
  uint8_t byte(uint64_t addr) const {
    const auto it = memory.find(addr);
    return it == memory.end() ? 0 : it->second;
  }

  // --- registers -------------------------------------------------------------------------------
  void csr_start(bool write, uint32_t addr, uint32_t data) {
    req_ = {write, static_cast<uint16_t>(addr), data};
    csr_busy = csr_pending_ = true;
  }
  bool csr_busy = false;
  uint32_t csr_data = 0;
  bool csr_error = false;

  // --- Block -----------------------------------------------------------------------------------
  void reset() override {
    desc_rx.reset();
    rdata.reset();
    cr.reset();
    cevt.reset();
    desc.reset();
    cpl.reset();
    db.reset();
    for (bool* r : readies()) *r = false;
    csr.req = {};
    csr_d_ = {};
    csr_busy = csr_pending_ = false;
    reads_.clear();
    waiting_.clear();
    used_.clear();
    segment_.clear();
    delayed_.clear();
    open_tags.clear();
  }

  void eval(uint64_t cycle) override {
    now = cycle;
    if (on_cycle) on_cycle(cycle);
    mbuf_reads();
    mbuf_writes();
    pcie();
    registers();
    const auto pause = [&] { return random.chance(o.stall); };
    desc_rx.eval(pause());
    rdata.eval(pause());
    cr.eval(pause());
    cevt.eval(pause());
    desc.eval(pause());
    cpl.eval(pause());
    db.eval(pause());
    if (desc_rx.fired || rdata.fired || cr.fired || cevt.fired || desc.fired || cpl.fired ||
        db.fired) {
      last_activity = now;
    }
  }
  void commit() override {
    desc_rx.commit();
    rdata.commit();
    cr.commit();
    cevt.commit();
    desc.commit();
    cpl.commit();
    db.commit();
    for (bool* r : readies()) *r = !random.chance(o.stall);
    csr.req = csr_d_;
  }
  bool idle() const override { return false; }
  uint64_t wake_at() const override { return kNever; }

  bool quiet() const {
    return desc_rx.items.empty() && rdata.items.empty() && cr.items.empty() && cevt.items.empty() &&
           desc.items.empty() && cpl.items.empty() && db.items.empty() && reads_.empty() &&
           delayed_.empty();
  }

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("csr", a.csr, b.csr);
  }

 private:
  struct Message {
    std::vector<uint8_t> bytes;
    common::MsgDesc desc;
    bool freed = false;
  };
  struct Request {
    bool write = false;
    uint16_t addr = 0;
    uint32_t data = 0;
  };
  struct Read {
    PcieRd rd;
    uint64_t at = 0;
  };

  std::array<bool*, 9> readies() {
    return {&desc_tx.ready, &rd.ready,     &free.ready,   &cret.ready, &cq.ready,
            &wr.ready,      &dma_wr.ready, &dma_rd.ready, &msix.ready};
  }

  void mbuf_reads() {
    if (rd.fires()) {
      last_activity = now;
      const mbuf::MbufRd& r = *rd.data;
      const auto it = cells_.find(r.first_cell);
      ASSERT_TRUE(it != cells_.end()) << "read of cells that are not held";
      const Message& m = it->second;
      ASSERT_EQ(r.len, m.bytes.size());
      ASSERT_EQ(r.offset, m.desc.offset);
      ASSERT_EQ(r.conn.conn_id, m.desc.conn_id);
      const auto cut = cuts_.find(r.first_cell);
      unsigned beats = 0;
      for (size_t at = 0; at < m.bytes.size(); at += 64, ++beats) {
        mbuf::MbufRdata b;
        if (cut != cuts_.end() && beats == cut->second) {
          b.last = b.err = true;
          rdata.items.push_back(b);
          break;
        }
        const size_t n = std::min<size_t>(64, m.bytes.size() - at);
        std::memcpy(b.data.data(), m.bytes.data() + at, n);
        b.nbytes = static_cast<uint8_t>(n);
        b.last = at + n == m.bytes.size();
        rdata.items.push_back(b);
      }
    }
    if (free.fires()) {
      last_activity = now;
      const auto it = cells_.find(free.data->first_cell);
      ASSERT_TRUE(it != cells_.end()) << "cells freed twice, or never held";
      ASSERT_EQ(*free.data, it->second.desc);
      cells_.erase(it);
      freed.push_back(*free.data);
      ++frees;
    }
    if (cret.fires()) returned[cret.data->conn.conn_id] += cret.data->bytes;
  }

  uint32_t credit(uint32_t conn) { return o.credit - std::min(o.credit, used_[conn]); }

  void mbuf_writes() {
    if (cq.fires()) {
      last_activity = now;
      mbuf::MbufCredit c;
      c.conn = *cq.data;
      c.ok = true;
      c.bytes = credit(cq.data->conn_id);
      c.cells = 64;
      if (random.chance(o.no_credit)) {
        c.bytes = 0;
        ++starved;
      }
      if (c.bytes == 0) wait(*cq.data);
      cr.items.push_back(c);
    }
    if (wr.fires()) {
      last_activity = now;
      const mbuf::MbufWr& w = *wr.data;
      ASSERT_LE(w.nbytes, 64);
      ASSERT_TRUE(w.nbytes != 0 || w.last) << "an empty beat that does not end a segment";
      segment_.insert(segment_.end(), w.data.begin(), w.data.begin() + w.nbytes);
      if (w.last) end_segment(w);
    }
    if (desc_tx.fires()) {
      last_activity = now;
      from_host.push_back(*desc_tx.data);
      // The consumer frees the bytes some time later.
      delayed_.push_back({now + 1 + random.below(200), desc_tx.data->conn_id, desc_tx.data->gen,
                          desc_tx.data->seg_len});
    }
    for (size_t i = 0; i < delayed_.size();) {
      if (delayed_[i].at > now) {
        ++i;
        continue;
      }
      used_[delayed_[i].conn] -= delayed_[i].bytes;
      delayed_.erase(delayed_.begin() + static_cast<long>(i));
    }
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      if (credit(it->first) > 0 && random.chance(5)) {
        common::ConnRef c;
        c.conn_id = it->first;
        c.gen = it->second;
        cevt.items.push_back(c);
        it = waiting_.erase(it);
      } else {
        ++it;
      }
    }
  }

  void end_segment(const mbuf::MbufWr& w) {
    common::MsgDesc d;
    d.conn_id = w.conn.conn_id;
    d.gen = w.conn.gen;
    d.dir = w.dir;
    d.cls = w.cls;
    d.ts = w.ts;
    d.epoch = w.epoch;
    const bool refuse =
        segment_.size() > credit(w.conn.conn_id) || (!w.err && random.chance(o.refuse));
    if (refuse) {
      d.err = true;
      d.err_code = 5;
      ++refused;
      wait(w.conn);
    } else {
      d.seg_len = static_cast<uint16_t>(segment_.size());
      d.fin = w.fin;
      d.rst = w.rst;
      d.err = w.err;
      d.err_code = w.err_code;
      used_[w.conn.conn_id] += d.seg_len;
      auto& bytes = tx_bytes[w.conn.conn_id];
      bytes.insert(bytes.end(), segment_.begin(), segment_.end());
    }
    desc.items.push_back(d);
    segment_.clear();
  }
  void wait(const common::ConnRef& c) { waiting_[c.conn_id] = c.gen; }

  void pcie() {
    if (dma_wr.fires()) {
      last_activity = now;
      const PcieWr& w = *dma_wr.data;
      ASSERT_GE(w.nbytes, 1);
      ASSERT_LE((w.addr & 63) + w.nbytes, 64u) << "a beat crosses a 64-byte boundary";
      if (tlp_bytes_ == 0) tlp_start_ = w.addr;
      ASSERT_EQ(w.addr, tlp_start_ + tlp_bytes_) << "a TLP with a hole";
      tlp_bytes_ += w.nbytes;
      ASSERT_LE(tlp_bytes_, mps);
      ASSERT_EQ(tlp_start_ >> 12, (w.addr + w.nbytes - 1) >> 12) << "a TLP crosses 4 KiB";
      if (w.last) {
        tlp_bytes_ = 0;
        ++write_tlps;
      }
      for (unsigned i = w.nbytes; i < 64; ++i) ASSERT_EQ(w.data[i], 0) << "bytes past nbytes";
      if (on_write) on_write(w);
      for (unsigned i = 0; i < w.nbytes; ++i) memory[w.addr + i] = w.data[i];
    }
    if (msix.fires()) {
      last_activity = now;
      ASSERT_EQ(tlp_bytes_, 0u) << "an interrupt inside a TLP";
      ++interrupts;
    }
    if (dma_rd.fires()) {
      last_activity = now;
      const PcieRd& r = *dma_rd.data;
      ASSERT_TRUE(open_tags.insert(r.tag).second) << "a tag in use";
      ASSERT_GE(r.len, 1);
      ASSERT_LE((r.addr & 511) + r.len, 512u);
      if (on_read) on_read(r);
      if (!silent_reads) reads_.push_back({r, now + 1 + random.below(o.read_delay)});
    }
    for (size_t i = 0; i < reads_.size(); ++i) {
      if (reads_[i].at > now) continue;
      complete(reads_[i].rd);
      reads_.erase(reads_.begin() + static_cast<long>(i));
      break;
    }
  }

  void complete(const PcieRd& r) {
    open_tags.erase(r.tag);
    PcieCpl c;
    c.tag = r.tag;
    const bool fails = o.read_error != 0 && random.below(1000) < o.read_error;
    unsigned good = fails ? static_cast<unsigned>(random.below(4)) : ~0u;
    for (unsigned done = 0; done < r.len;) {
      if (good-- == 0) break;
      const uint64_t at = r.addr + done;
      const unsigned n = std::min<unsigned>(64 - (at & 63), r.len - done);
      c.data = {};
      for (unsigned i = 0; i < n; ++i) c.data[i] = byte(at + i);
      c.nbytes = static_cast<uint8_t>(n);
      done += n;
      c.last = done == r.len;
      c.err = false;
      cpl.items.push_back(c);
      if (c.last) return;
    }
    c.data = {};
    c.nbytes = 0;
    c.last = c.err = true;
    cpl.items.push_back(c);
    ++failed_reads;
  }

  void registers() {
    csr_d_ = csr.req;
    const AxilRsp& rsp = *csr.rsp;
    if (csr.req.awvalid && rsp.awready) csr_d_.awvalid = false;
    if (csr.req.wvalid && rsp.wready) csr_d_.wvalid = false;
    if (csr.req.arvalid && rsp.arready) csr_d_.arvalid = false;
    if ((rsp.bvalid && csr.req.bready) || (rsp.rvalid && csr.req.rready)) {
      csr_busy = false;
      csr_data = rsp.rvalid ? rsp.rdata : 0;
      csr_error = (rsp.rvalid ? rsp.rresp : rsp.bresp) != common::AxiResp::kOkay;
      csr_d_.bready = csr_d_.rready = false;
    }
    if (!csr_pending_) return;
    csr_pending_ = false;
    csr_d_.awvalid = csr_d_.wvalid = csr_d_.bready = req_.write;
    csr_d_.arvalid = csr_d_.rready = !req_.write;
    csr_d_.awaddr = csr_d_.araddr = req_.addr;
    csr_d_.wdata = req_.data;
    csr_d_.wstrb = 0xf;
  }

 public:
  uint64_t failed_reads = 0;

 private:
  struct Delayed {
    uint64_t at;
    uint32_t conn;
    uint8_t gen;
    uint32_t bytes;
  };
  std::map<uint16_t, Message> cells_;
  std::map<uint16_t, unsigned> cuts_;
  std::vector<Read> reads_;
  std::map<uint32_t, uint8_t> waiting_;
  std::map<uint32_t, uint32_t> used_;
  std::vector<uint8_t> segment_;
  std::vector<Delayed> delayed_;
  Request req_;
  AxilReq csr_d_{};
  bool csr_pending_ = false;
  uint64_t tlp_start_ = 0;
  unsigned tlp_bytes_ = 0;
};

// Wires a VQ block to a world.
inline void connect_all(VqIf& b, World& w) {
  connect(w.desc_rx.port, b.desc_rx);
  connect(b.desc_tx, w.desc_tx);
  connect(b.rd, w.rd);
  connect(w.rdata.port, b.rdata);
  connect(b.free, w.free);
  connect(b.cret, w.cret);
  connect(b.cq, w.cq);
  connect(w.cr.port, b.cr);
  connect(w.cevt.port, b.cevt);
  connect(b.wr, w.wr);
  connect(w.desc.port, b.desc);
  connect(b.dma_wr, w.dma_wr);
  connect(b.dma_rd, w.dma_rd);
  connect(w.cpl.port, b.dma_rd_data);
  connect(w.db.port, b.db);
  connect(b.msix, w.msix);
  connect(w.csr, b.csr);
}

}  // namespace fp::vq::test
