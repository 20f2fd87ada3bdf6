// SPDX-License-Identifier: Apache-2.0
//
// AXI4-Lite master for tests: blocking reads and writes with chosen stalls, over anything that has
// `AxilReq req`, `rsp()` and `step()`. It also checks the slave's side of the protocol.
#pragma once

#include <gtest/gtest.h>

#include <concepts>
#include <cstdint>

#include "cmodel/common/axil.hpp"
#include "contract/diff.hpp"

namespace fp::contract {

// One clocked device with an AXI4-Lite slave port.
template <class D>
concept CsrDut = requires(D d) {
  { d.req } -> std::convertible_to<AxilReq>;    // what the master drives in this cycle
  { d.rsp() } -> std::convertible_to<AxilRsp>;  // what the slave shows in this cycle
  d.step();                                     // one clock edge
  d.reset();                                    // rst_ni low, then one edge with rst_ni high
};

// Cycles a master waits before it raises a valid or a ready.
struct Stalls {
  unsigned aw = 0;
  unsigned w = 0;
  unsigned b = 0;
  unsigned ar = 0;
  unsigned r = 0;
};

template <CsrDut Dut>
class CsrDriver {
 public:
  explicit CsrDriver(Dut& dut) : dut_(dut) {}

  struct Result {
    common::AxiResp resp = common::AxiResp::kDecerr;
    uint32_t data = 0;
    unsigned latency = 0;  // cycles from the last acceptance to the first cycle with the response
  };

  // Longest wait for anything (cycles); a block without RAM answers after two.
  static constexpr unsigned kTimeout = 1000;

  Result write(uint32_t offset, uint32_t data, uint8_t strobes = 0xf, Stalls stalls = {}) {
    bool aw_done = false, w_done = false;
    for (unsigned cycle = 0; !aw_done || !w_done; ++cycle) {
      if (timed_out(cycle, "AWREADY/WREADY")) return {};
      AxilReq& req = dut_.req;
      req.awvalid = !aw_done && cycle >= stalls.aw;
      req.awaddr = static_cast<uint16_t>(offset);
      req.wvalid = !w_done && cycle >= stalls.w;
      req.wdata = data;
      req.wstrb = strobes;
      const bool aw_fires = req.awvalid && dut_.rsp().awready;
      const bool w_fires = req.wvalid && dut_.rsp().wready;
      EXPECT_FALSE(dut_.rsp().bvalid) << "BVALID before the write was accepted";
      dut_.step();
      aw_done |= aw_fires;
      w_done |= w_fires;
    }
    dut_.req.awvalid = dut_.req.wvalid = false;
    return response(true, stalls.b);
  }

  Result read(uint32_t offset, Stalls stalls = {}) {
    for (unsigned cycle = 0;; ++cycle) {
      if (timed_out(cycle, "ARREADY")) return {};
      AxilReq& req = dut_.req;
      req.arvalid = cycle >= stalls.ar;
      req.araddr = static_cast<uint16_t>(offset);
      const bool fires = req.arvalid && dut_.rsp().arready;
      EXPECT_FALSE(dut_.rsp().rvalid) << "RVALID before the read was accepted";
      dut_.step();
      if (fires) break;
    }
    dut_.req.arvalid = false;
    return response(false, stalls.r);
  }

  // Read that must answer OKAY.
  uint32_t value(uint32_t offset) {
    const Result result = read(offset);
    EXPECT_EQ(result.resp, common::AxiResp::kOkay) << "read of offset " << offset;
    return result.data;
  }

  // Write that must answer OKAY.
  void put(uint32_t offset, uint32_t data) {
    EXPECT_EQ(write(offset, data).resp, common::AxiResp::kOkay) << "write of offset " << offset;
  }

 private:
  bool timed_out(unsigned cycle, const char* what) {
    if (cycle < kTimeout) return false;
    ADD_FAILURE() << "no " << what << " for " << kTimeout << " cycles";
    dut_.req = {};
    return true;
  }

  bool valid(bool write) { return write ? dut_.rsp().bvalid : dut_.rsp().rvalid; }

  // Waits for the response, holds it for `stall` cycles and takes it.
  Result response(bool write, unsigned stall) {
    Result result;
    result.latency = 1;
    while (!valid(write)) {
      if (timed_out(result.latency, write ? "BVALID" : "RVALID")) return {};
      dut_.step();
      ++result.latency;
    }
    const AxilRsp first = dut_.rsp();
    for (unsigned cycle = 0; cycle < stall; ++cycle) {
      dut_.step();
      // Only the other channels' READY may move while the response waits.
      AxilRsp now = dut_.rsp();
      now.awready = first.awready;
      now.wready = first.wready;
      now.arready = first.arready;
      EXPECT_EQ(first_difference(first, now), "") << "response changed while it waited";
    }
    result.resp = write ? first.bresp : first.rresp;
    result.data = write ? 0 : first.rdata;
    (write ? dut_.req.bready : dut_.req.rready) = true;
    dut_.step();
    dut_.req.bready = dut_.req.rready = false;
    EXPECT_FALSE(valid(write)) << "one access answered twice";
    return result;
  }

  Dut& dut_;
};

}  // namespace fp::contract
