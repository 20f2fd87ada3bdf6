// SPDX-License-Identifier: Apache-2.0
//
// What stands at the VQ's other side in the suite of socket semantics: mbuf's ports with credit,
// and behind them the connections' peers. It decides nothing about rings; those are the VQ's.
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "cmodel/common/block.hpp"
#include "contract/common.hpp"
#include "contract/mbuf.hpp"
#include "tests/unit/hostdrv/sockets/world.hpp"
#include "tests/unit/vq/world.hpp"

namespace flatproxy::sockets {

namespace common = fp::common;
namespace mbuf = fp::mbuf;

// One connection as the device's network side has it.
struct DevicePeer final : Peer {
  common::ConnRef conn;
  uint16_t port_number = 0;
  uint32_t ring = 0;
  bool bound = false, clearing = false, over = false, no = false;

  uint64_t to_send = 0, sent = 0;  // bytes of the pattern
  uint64_t credit = 0;             // free bytes of the RX ring
  bool fin_wanted = false, fin_sent = false, rst_wanted = false, rst_sent = false;
  uint64_t got = 0;     // bytes the host sent
  uint64_t unread = 0;  // of these, those the peer has not taken
  bool good = true, end = false, cut = false, reading = true, starved = false;
  bool changed = false;  // asks for the edge's attention

  void send(uint64_t bytes) override {
    to_send += bytes;
    changed = true;
  }
  void fin() override { fin_wanted = changed = true; }
  void rst() override { rst_wanted = changed = true; }
  void read(bool on) override {
    reading = on;
    changed = true;
  }
  uint64_t received() override { return reading ? got : got - unread; }
  bool intact() override { return good; }
  bool fin_seen() override { return end && reading; }
  bool rst_seen() override { return cut; }
  bool refused() override { return no; }
  int port() override { return port_number; }
  bool wants_to_send() const {
    if (!bound || rst_sent || fin_sent || cut) return false;
    return rst_wanted || (sent < to_send && credit != 0) || (sent == to_send && fin_wanted);
  }
};

class DeviceEdge final : public fp::Block {
 public:
  template <class T>
  using Source = fp::vq::test::Source<T>;

  Source<common::MsgDesc> desc_rx;
  fp::Rx<common::MsgDesc> desc_tx;
  fp::Rx<mbuf::MbufRd> rd;
  Source<mbuf::MbufRdata> rdata;
  fp::Rx<common::MsgDesc> free;
  fp::Rx<mbuf::MbufCret> cret;
  fp::Rx<common::ConnRef> cq;
  Source<mbuf::MbufCredit> cr;
  Source<common::ConnRef> cevt;
  fp::Rx<mbuf::MbufWr> wr;
  Source<common::MsgDesc> desc;

  std::map<uint32_t, DevicePeer*> peers;  // bound ones, by conn_id
  bool news = false;                      // a stream ended: the firmware may have work

  // Something changed in a peer from outside.
  void attend(DevicePeer& p) {
    p.changed = false;
    if (p.reading && p.starved) {
      p.starved = false;
      p.unread = 0;
      cevt.items.push_back(p.conn);
    }
    if (p.reading) p.unread = 0;
    if (p.wants_to_send() && std::find(todo_.begin(), todo_.end(), &p) == todo_.end()) {
      todo_.push_back(&p);
    }
  }

  void reset() override {
    each([](auto& s) { s.reset(); });
    ready(false);
  }
  void eval(uint64_t) override {
    produce();
    reads();
    writes();
    each([](auto& s) { s.eval(false); });
  }
  void commit() override {
    each([](auto& s) { s.commit(); });
    ready(true);
  }
  bool idle() const override {
    return todo_.empty() && desc_rx.items.empty() && rdata.items.empty() && cr.items.empty() &&
           cevt.items.empty() && desc.items.empty();
  }
  uint64_t wake_at() const override { return fp::kNever; }
  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("desc_rx", a.desc_rx.port, b.desc_rx.port);
    f("desc_tx", a.desc_tx, b.desc_tx);
    f("rd", a.rd, b.rd);
    f("rdata", a.rdata.port, b.rdata.port);
    f("free", a.free, b.free);
    f("cret", a.cret, b.cret);
    f("cq", a.cq, b.cq);
    f("cr", a.cr.port, b.cr.port);
    f("cevt", a.cevt.port, b.cevt.port);
    f("wr", a.wr, b.wr);
    f("desc", a.desc.port, b.desc.port);
  }

 private:
  static constexpr uint64_t kMostMessage = 8192;  // bytes
  static constexpr uint64_t kWindow = 65536;      // bytes a peer that does not read takes
  static constexpr unsigned kCellBytes = 256;

  struct Message {
    uint64_t at = 0;  // place in the peer's stream
    uint32_t bytes = 0;
  };

  template <class F>
  void each(F&& f) {
    f(desc_rx), f(rdata), f(cr), f(cevt), f(desc);
  }
  void ready(bool on) {
    for (bool* r : {&desc_tx.ready, &rd.ready, &free.ready, &cret.ready, &cq.ready, &wr.ready}) {
      *r = on;
    }
  }
  DevicePeer* find(const common::ConnRef& c) {
    const auto it = peers.find(c.conn_id);
    return it == peers.end() || it->second->conn.gen != c.gen ? nullptr : it->second;
  }

  // Messages towards the host: one at a time, so that rings share the link.
  void produce() {
    if (todo_.empty() || desc_rx.items.size() >= 2) return;
    DevicePeer& p = *todo_.front();
    todo_.pop_front();
    if (!p.wants_to_send()) return;
    common::MsgDesc d;
    d.conn_id = p.conn.conn_id;
    d.gen = p.conn.gen;
    if (p.rst_wanted) {
      d.rst = p.rst_sent = true;
      news = true;
    } else {
      const uint64_t n = std::min({p.to_send - p.sent, p.credit, kMostMessage});
      if (n != 0) {
        do {
          next_cell_ = static_cast<uint16_t>((next_cell_ + 1) & 0xfff);
        } while (messages_.count(next_cell_) != 0);
        d.first_cell = d.last_cell = next_cell_;
        d.n_cells = static_cast<uint8_t>((n + kCellBytes - 1) / kCellBytes);
        d.seg_len = static_cast<uint16_t>(n);
        messages_[next_cell_] = {p.sent, static_cast<uint32_t>(n)};
        p.sent += n;
        p.credit -= n;
      }
      if (p.sent == p.to_send && p.fin_wanted) {
        d.fin = p.fin_sent = true;
        news = true;
      }
    }
    desc_rx.items.push_back(d);
    if (p.wants_to_send()) todo_.push_back(&p);
  }

  void reads() {
    if (rd.fires()) {
      const Message m = messages_.at(rd.data->first_cell);
      ASSERT_EQ(rd.data->len, m.bytes);
      for (uint32_t at = 0; at < m.bytes; at += 64) {
        mbuf::MbufRdata b;
        b.nbytes = static_cast<uint8_t>(std::min(64u, m.bytes - at));
        std::memcpy(b.data.data(), pattern(m.at + at), b.nbytes);
        b.last = at + 64 >= m.bytes;
        rdata.items.push_back(b);
      }
    }
    if (free.fires()) messages_.erase(free.data->first_cell);
    if (cret.fires()) {
      if (DevicePeer* p = find(cret.data->conn); p != nullptr) {
        p->credit += cret.data->bytes;
        attend(*p);
      }
    }
  }

  void writes() {
    if (cq.fires()) {
      mbuf::MbufCredit c;
      c.conn = *cq.data;
      c.ok = true;
      c.cells = 64;
      if (DevicePeer* p = find(*cq.data); p != nullptr) {
        c.bytes = static_cast<uint32_t>(kWindow - std::min(kWindow, p->unread + taking(*p)));
        if (c.bytes == 0) p->starved = true;
      }
      cr.items.push_back(c);
    }
    if (wr.fires()) {
      const mbuf::MbufWr& w = *wr.data;
      if (DevicePeer* p = find(w.conn); p != nullptr && w.nbytes != 0) {
        p->good = p->good && std::memcmp(w.data.data(), pattern(p->got), w.nbytes) == 0;
        p->got += w.nbytes;
        if (!p->reading) p->unread += w.nbytes;
      }
      segment_ += w.nbytes;
      if (w.last) {
        common::MsgDesc d;
        d.conn_id = w.conn.conn_id;
        d.gen = w.conn.gen;
        d.dir = w.dir;
        d.seg_len = static_cast<uint16_t>(segment_);
        d.fin = w.fin;
        d.rst = w.rst;
        d.err = w.err;
        desc.items.push_back(d);
        segment_ = 0;
      }
    }
    if (desc_tx.fires()) {
      common::ConnRef c;
      c.conn_id = desc_tx.data->conn_id;
      c.gen = desc_tx.data->gen;
      if (DevicePeer* p = find(c); p != nullptr) {
        p->end |= desc_tx.data->fin;
        p->cut |= desc_tx.data->rst;
        news |= desc_tx.data->fin || desc_tx.data->rst;
      }
    }
  }
  // Bytes of the segment that is being written count against the credit of the next answer.
  uint64_t taking(const DevicePeer&) const { return segment_; }

  std::deque<DevicePeer*> todo_;
  std::map<uint16_t, Message> messages_;
  uint16_t next_cell_ = 0;
  uint32_t segment_ = 0;  // bytes of the segment under way
};

}  // namespace flatproxy::sockets
