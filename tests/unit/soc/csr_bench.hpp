// SPDX-License-Identifier: Apache-2.0
//
// Random accesses through any CsrIf to slaves of random slowness, with a scoreboard that knows only
// which slot was addressed.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cmodel/soc/csr_if.hpp"
#include "sim-tb/lockstep/random.hpp"
#include "sim-tb/lockstep/ticker.hpp"

namespace fp::soc::test {

using sim::Random;

// A slave that answers after a random time with data made from slot and address, and logs writes.
class RandomSlave : public Block {
 public:
  RandomSlave(unsigned slot, uint64_t seed) : slot_(slot), random_(seed) {}

  In<common::AxilReq> req;
  Out<common::AxilRsp> rsp;
  struct Write {
    uint16_t addr;
    uint32_t data;
    bool operator==(const Write&) const = default;
  };
  std::deque<Write> writes;

  static uint32_t data(unsigned slot, uint16_t addr) {
    return slot * 0x01000193u ^ (addr * 0x9e37u);
  }
  static bool refuses(uint16_t addr) { return addr % 64 == 60; }

  void reset() override {
    rsp.value = d_ = {};
    aw_ = w_ = {};
    ar_ = {};
  }
  void eval(uint64_t) override {
    const auto& q = *req.value;
    const auto& p = rsp.value;
    d_ = p;
    if (q.awvalid && p.awready) aw_ = q.awaddr;
    if (q.wvalid && p.wready) w_ = q.wdata;
    if (q.arvalid && p.arready) ar_ = q.araddr;
    if (p.bvalid && q.bready) d_.bvalid = false;
    if (p.rvalid && q.rready) d_.rvalid = false;
    if (aw_ && w_ && !p.bvalid && random_.below(4) == 0) {
      writes.push_back({*aw_, *w_});
      d_.bvalid = true;
      d_.bresp = refuses(*aw_) ? common::AxiResp::kSlverr : common::AxiResp::kOkay;
      aw_.reset();
      w_.reset();
    }
    if (ar_ && !p.rvalid && random_.below(4) == 0) {
      d_.rvalid = true;
      d_.rdata = data(slot_, *ar_);
      d_.rresp = refuses(*ar_) ? common::AxiResp::kSlverr : common::AxiResp::kOkay;
      ar_.reset();
    }
    d_.awready = !aw_ && random_.below(3) != 0;
    d_.wready = !w_ && random_.below(3) != 0;
    d_.arready = !ar_ && random_.below(3) != 0;
  }
  void commit() override { rsp.value = d_; }
  bool idle() const override { return false; }
  uint64_t wake_at() const override { return kNever; }

  // The ticker never skips these, so their ports need no listing.
  template <class A, class B, class F>
  static void zip_ports(A&, B&, F&&) {}

 private:
  unsigned slot_;
  Random random_;
  common::AxilRsp d_;
  std::optional<uint16_t> aw_, ar_;
  std::optional<uint32_t> w_;
};

// Issues one random access after another with independent, random AW, W, B, AR and R timing; now
// and then a read and a write together. Checks every answer.
class RandomMaster : public Block {
 public:
  explicit RandomMaster(uint64_t seed) : random_(seed) {}

  Out<CsrReq> req;
  In<common::AxilRsp> rsp;
  unsigned reads = 0, writes = 0;
  std::deque<std::pair<unsigned, RandomSlave::Write>> written;  // slot, write

  void reset() override {
    req.value = d_ = {};
    busy_w_ = busy_r_ = false;
  }
  void eval(uint64_t) override {
    const auto& p = *rsp.value;
    d_ = req.value;
    if (d_.awvalid && p.awready) d_.awvalid = false;
    if (d_.wvalid && p.wready) d_.wvalid = false;
    if (d_.arvalid && p.arready) d_.arvalid = false;
    if (p.bvalid && req.value.bready) {
      ASSERT_TRUE(busy_w_);
      EXPECT_EQ(p.bresp, expected(waddr_));
      if (p.bresp != common::AxiResp::kDecerr) {
        written.push_back({waddr_ >> 16, {static_cast<uint16_t>(waddr_), d_.wdata}});
      }
      busy_w_ = false;
      ++writes;
    }
    if (p.rvalid && req.value.rready) {
      ASSERT_TRUE(busy_r_);
      EXPECT_EQ(p.rresp, expected(raddr_));
      if (p.rresp == common::AxiResp::kOkay) {
        EXPECT_EQ(p.rdata, RandomSlave::data(raddr_ >> 16, static_cast<uint16_t>(raddr_)));
      }
      busy_r_ = false;
      ++reads;
    }
    const bool both = random_.below(8) == 0;
    if (!busy_w_ && !busy_r_ && random_.below(3) == 0) {
      if (both || random_.below(2) == 0) start_write();
      if (both || !busy_w_) start_read();
    }
    if (busy_w_ && late_w_ && random_.below(3) == 0) {
      d_.wvalid = true;
      late_w_ = false;
    }
    d_.bready = random_.below(2) == 0;
    d_.rready = random_.below(2) == 0;
  }
  void commit() override { req.value = d_; }
  bool idle() const override { return false; }
  uint64_t wake_at() const override { return kNever; }

  // The ticker never skips these, so their ports need no listing.
  template <class A, class B, class F>
  static void zip_ports(A&, B&, F&&) {}

 private:
  uint32_t random_addr() {
    constexpr unsigned kSlots[] = {1, 2, 3, 8, 0, 5, 15};
    return kSlots[random_.below(7)] << 16 | static_cast<uint32_t>(random_.below(1 << 14)) << 2;
  }
  static common::AxiResp expected(uint32_t addr) {
    const unsigned slot = addr >> 16;
    const bool mapped = slot == 1 || slot == 2 || slot == 3 || slot == 8;
    if (!mapped) return common::AxiResp::kDecerr;
    return RandomSlave::refuses(static_cast<uint16_t>(addr)) ? common::AxiResp::kSlverr
                                                             : common::AxiResp::kOkay;
  }
  void start_write() {
    busy_w_ = true;
    waddr_ = d_.awaddr = random_addr();
    d_.awvalid = true;
    d_.wdata = static_cast<uint32_t>(random_.next());
    d_.wstrb = 0xf;
    late_w_ = random_.below(2) == 0;
    d_.wvalid = !late_w_;
  }
  void start_read() {
    busy_r_ = true;
    raddr_ = d_.araddr = random_addr();
    d_.arvalid = true;
  }

  Random random_;
  CsrReq d_;
  bool busy_w_ = false, busy_r_ = false, late_w_ = false;
  uint32_t waddr_ = 0, raddr_ = 0;
};

// A master, a slave behind every port and the interconnect between them, clocked together.
struct CsrBench {
  // `dut` is kept by the caller.
  CsrBench(CsrIf& dut, uint64_t seed) : master(seed) {
    dut.up_req.value = &master.req.value;
    master.rsp.value = &dut.up_rsp.value;
    for (unsigned i = 0; i < CsrIf::kNumSlaves; ++i) {
      slaves.push_back(std::make_unique<RandomSlave>(CsrIf::slot(i), seed + 10 + i));
      slaves[i]->req.value = &dut.down_req[i].value;
      dut.down_rsp[i].value = &slaves[i]->rsp.value;
      ticker.add(*slaves[i]);
    }
    ticker.add(dut);
    ticker.add(master);
    ticker.set_skipping(false);
    ticker.set_shuffle(seed);
    ticker.reset();
  }

  void check_writes() {
    for (auto& [slot, write] : master.written) {
      for (unsigned i = 0; i < CsrIf::kNumSlaves; ++i) {
        if (CsrIf::slot(i) != slot) continue;
        ASSERT_FALSE(slaves[i]->writes.empty());
        EXPECT_EQ(slaves[i]->writes.front(), write);
        slaves[i]->writes.pop_front();
      }
    }
    for (auto& s : slaves) EXPECT_LE(s->writes.size(), 1u);  // one may still be under way
  }

  RandomMaster master;
  std::vector<std::unique_ptr<RandomSlave>> slaves;
  sim::Ticker ticker;
};

}  // namespace fp::soc::test
