// SPDX-License-Identifier: Apache-2.0
//
// Test-bench AXI4-Lite master: works through a list of register accesses, one at a time, with
// random pauses before an access and before taking its response.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "cmodel/common/axil.hpp"
#include "cmodel/common/block.hpp"
#include "sim-tb/lockstep/random.hpp"

namespace fp::sim {

class AxilBench final : public Block {
 public:
  struct Access {
    bool write = false;
    uint16_t addr = 0;
    uint32_t data = 0;                              // written, or read when done
    uint64_t not_before = 0;                        // cycle
    common::AxiResp resp = common::AxiResp::kOkay;  // when done
  };

  AxilMasterPort port;

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("port", a.port, b.port);
  }

  explicit AxilBench(uint64_t seed = 1, unsigned pause_percent = 0)
      : seed_(seed), pause_percent_(pause_percent), random_(seed) {}

  void write(uint16_t addr, uint32_t data, uint64_t not_before = 0) {
    list_.push_back({true, addr, data, not_before, {}});
  }
  void read(uint16_t addr, uint64_t not_before = 0) {
    list_.push_back({false, addr, 0, not_before, {}});
  }
  bool done() const { return next_ == list_.size(); }
  const std::vector<Access>& list() const { return list_; }  // the first done_count() are done
  size_t done_count() const { return next_; }

  // Starts the list again.
  void reset() override {
    port.req = {};
    req_ = {};
    next_ = 0;
    busy_ = false;
    random_ = Random(seed_);
  }

  void eval(uint64_t now) override {
    req_ = port.req;
    finished_ = false;
    const AxilRsp& rsp = *port.rsp;
    if (port.req.awvalid && rsp.awready) req_.awvalid = false;
    if (port.req.wvalid && rsp.wready) req_.wvalid = false;
    if (port.req.arvalid && rsp.arready) req_.arvalid = false;
    if (busy_ && ((rsp.bvalid && port.req.bready) || (rsp.rvalid && port.req.rready))) {
      finished_ = true;
      answer_ = rsp.rvalid ? rsp.rdata : 0;
      answer_resp_ = rsp.rvalid ? rsp.rresp : rsp.bresp;
    }
    const bool take = busy_ && !finished_ && !random_.chance(pause_percent_);
    req_.bready = take && list_[next_].write;
    req_.rready = take && !list_[next_].write;
    starting_ = !busy_ && next_ < list_.size() && now >= list_[next_].not_before &&
                !random_.chance(pause_percent_);
    if (!starting_) return;
    const Access& a = list_[next_];
    req_.awvalid = req_.wvalid = a.write;
    req_.arvalid = !a.write;
    req_.awaddr = req_.araddr = a.addr;
    req_.wdata = a.data;
    req_.wstrb = 0xf;
  }

  void commit() override {
    port.req = req_;
    if (starting_) busy_ = true;
    if (finished_) {
      Access& a = list_[next_++];
      if (!a.write) a.data = answer_;
      a.resp = answer_resp_;
      busy_ = false;
    }
  }

  bool idle() const override {
    return !busy_ && !port.req.bready && !port.req.rready &&
           (done() || (pause_percent_ == 0 && list_[next_].not_before > 0));
  }
  uint64_t wake_at() const override { return done() ? kNever : list_[next_].not_before; }

 private:
  uint64_t seed_;
  unsigned pause_percent_;
  Random random_;
  std::vector<Access> list_;
  size_t next_ = 0;
  AxilReq req_{};
  uint32_t answer_ = 0;
  common::AxiResp answer_resp_{};
  bool busy_ = false;
  bool starting_ = false;
  bool finished_ = false;
};

}  // namespace fp::sim
