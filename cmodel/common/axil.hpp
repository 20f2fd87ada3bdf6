// SPDX-License-Identifier: Apache-2.0
//
// AXI4-Lite between C++ blocks: port types and the cycle-exact twin of rtl/common/axil_slave.sv,
// whose header has the timing. Register blocks (contract/BLOCK_regs.hpp) are built on it.
#pragma once

#include <cstdint>

#include "cmodel/common/state_io.hpp"
#include "contract/common.hpp"

namespace fp {

using AxilReq = common::AxilReq;  // master to slave, published at the master's commit()
using AxilRsp = common::AxilRsp;  // slave to master, published at the slave's commit()

// What an unconnected slave port sees: no access ever.
inline constexpr AxilReq kAxilIdle{};

// Slave side of a connection; `rsp` belongs to the slave and changes only at its commit().
struct AxilSlavePort {
  const AxilReq* req = &kAxilIdle;  // input, must outlive the simulation
  AxilRsp rsp{};                    // output

  void checkpoint(StateIo& io) { io(rsp); }
};

// Master side of a connection.
struct AxilMasterPort {
  AxilReq req{};                 // output
  const AxilRsp* rsp = nullptr;  // input, set by connect()

  void checkpoint(StateIo& io) { io(req); }
};

// Wires a master to its one slave. Both must outlive the simulation.
inline void connect(AxilMasterPort& master, AxilSlavePort& slave) {
  slave.req = &master.req;
  master.rsp = &slave.rsp;
}

// Protocol front end: holds one write and one read, hands one access at a time to the registers.
class AxilSlave {
 public:
  AxilSlavePort port;

  // The register access of this cycle, from published state only.
  struct Access {
    bool en = false;  // an access happens
    bool we = false;  // it is a write with full strobes
    uint16_t addr = 0;
    uint32_t wdata = 0;
  };

  // Puts the slave where rst_ni low leaves it: READY rises at the first commit() after.
  void reset() {
    const AxilReq* const req = port.req;
    *this = AxilSlave();
    port.req = req;
  }

  Access access() const {
    Access a;
    const bool write = do_write();
    a.en = write || do_read();
    a.we = write && q_.wstrb == 0xf;
    a.addr = write ? q_.awaddr : q_.araddr;
    a.wdata = q_.wdata;
    return a;
  }

  // Next state. rdata and err answer access() of this same cycle; ignored when none is up.
  void eval(uint32_t rdata, bool err) {
    const AxilReq& req = *port.req;
    const AxilRsp& rsp = port.rsp;
    const bool b_fire = rsp.bvalid && req.bready;
    const bool r_fire = rsp.rvalid && req.rready;
    d_ = q_;
    rsp_d_ = rsp;
    if (b_fire) d_.aw_held = d_.w_held = rsp_d_.bvalid = false;
    if (r_fire) d_.ar_held = rsp_d_.rvalid = false;
    if (req.awvalid && rsp.awready) {
      d_.aw_held = true;
      d_.awaddr = req.awaddr;
    }
    if (req.wvalid && rsp.wready) {
      d_.w_held = true;
      d_.wdata = req.wdata;
      d_.wstrb = req.wstrb;
    }
    if (req.arvalid && rsp.arready) {
      d_.ar_held = true;
      d_.araddr = req.araddr;
    }
    if (do_write()) {
      rsp_d_.bvalid = true;
      rsp_d_.bresp = resp(err || q_.wstrb != 0xf);
    } else if (do_read()) {
      rsp_d_.rvalid = true;
      rsp_d_.rdata = rdata;
      rsp_d_.rresp = resp(err);
    }
    rsp_d_.awready = !d_.aw_held;
    rsp_d_.wready = !d_.w_held;
    rsp_d_.arready = !d_.ar_held;
  }

  void commit() {
    q_ = d_;
    port.rsp = rsp_d_;
  }

  // True when an edge without a valid input changes nothing.
  bool idle() const {
    return !q_.aw_held && !q_.w_held && !q_.ar_held && port.rsp.awready && port.rsp.wready &&
           port.rsp.arready;
  }

  void checkpoint(StateIo& io) { io(port.rsp, q_, d_, rsp_d_); }

 private:
  struct State {
    bool aw_held = false;
    bool w_held = false;
    bool ar_held = false;
    uint8_t wstrb = 0;
    uint16_t awaddr = 0;
    uint16_t araddr = 0;
    uint32_t wdata = 0;
  };

  static common::AxiResp resp(bool error) {
    return error ? common::AxiResp::kSlverr : common::AxiResp::kOkay;
  }
  bool busy() const { return port.rsp.bvalid || port.rsp.rvalid; }
  bool do_write() const { return !busy() && q_.aw_held && q_.w_held; }
  bool do_read() const { return !busy() && q_.ar_held && !do_write(); }

  State q_, d_;
  AxilRsp rsp_d_;
};

}  // namespace fp
