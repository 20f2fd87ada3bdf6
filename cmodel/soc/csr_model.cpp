// SPDX-License-Identifier: Apache-2.0
#include "cmodel/soc/csr_model.hpp"

namespace fp::soc {

int CsrModel::port_of(uint32_t addr) {
  for (unsigned i = 0; i < kNumSlaves; ++i) {
    if (slot(i) == addr >> 16) return static_cast<int>(i);
  }
  return -1;
}

void CsrModel::reset() {
  q_ = d_ = Regs{};
  up_rsp.value = {};
  for (auto& req : down_req) req.value = {};
}

void CsrModel::eval(uint64_t) {
  const CsrReq& req = *up_req.value;
  d_ = q_;
  if (req.awvalid && q_.rsp.awready) {
    d_.aw_held = true;
    d_.awaddr = req.awaddr;
  }
  if (req.wvalid && q_.rsp.wready) {
    d_.w_held = true;
    d_.data = req.wdata;
    d_.strb = req.wstrb;
  }
  if (req.arvalid && q_.rsp.arready) {
    d_.ar_held = true;
    d_.araddr = req.araddr;
  }

  const common::AxilRsp slave = q_.slave < 0 ? common::AxilRsp{} : *down_rsp[q_.slave].value;
  switch (q_.state) {
    case State::kIdle: {
      const bool write = q_.aw_held && q_.w_held;
      if (!write && !q_.ar_held) break;
      const uint32_t addr = write ? q_.awaddr : q_.araddr;
      d_.write = write;
      d_.addr = static_cast<uint16_t>(addr);
      d_.slave = port_of(addr);
      if (d_.slave < 0) {
        d_.state = State::kResp;
        d_.rsp.bvalid = write;
        d_.rsp.rvalid = !write;
        d_.rsp.bresp = d_.rsp.rresp = common::AxiResp::kDecerr;
        d_.rsp.rdata = 0;
      } else {
        d_.state = State::kIssue;
        d_.a_valid = true;
        d_.w_valid = write;
      }
      break;
    }
    case State::kIssue:
      if (q_.write ? slave.awready : slave.arready) d_.a_valid = false;
      if (slave.wready) d_.w_valid = false;
      if (!d_.a_valid && !d_.w_valid) d_.state = State::kWait;
      break;
    case State::kWait:
      if (q_.write ? slave.bvalid : slave.rvalid) {
        d_.state = State::kResp;
        d_.slave = -1;
        d_.rsp.bvalid = q_.write;
        d_.rsp.rvalid = !q_.write;
        d_.rsp.bresp = slave.bresp;
        d_.rsp.rresp = slave.rresp;
        d_.rsp.rdata = slave.rdata;
      }
      break;
    case State::kResp:
      if (q_.rsp.bvalid && req.bready) {
        d_.state = State::kIdle;
        d_.rsp.bvalid = d_.aw_held = d_.w_held = false;
      }
      if (q_.rsp.rvalid && req.rready) {
        d_.state = State::kIdle;
        d_.rsp.rvalid = d_.ar_held = false;
      }
      break;
  }
  d_.rsp.awready = !d_.aw_held;
  d_.rsp.wready = !d_.w_held;
  d_.rsp.arready = !d_.ar_held;
}

void CsrModel::commit() {
  if (q_.slave >= 0) down_req[q_.slave].value = {};
  q_ = d_;
  up_rsp.value = q_.rsp;
  if (q_.slave < 0) return;
  common::AxilReq& down = down_req[q_.slave].value;
  down.awaddr = down.araddr = q_.addr;
  down.wdata = q_.data;
  down.wstrb = q_.strb;
  down.awvalid = q_.write && q_.a_valid;
  down.wvalid = q_.w_valid;
  down.arvalid = !q_.write && q_.a_valid;
  down.bready = q_.write && q_.state == State::kWait;
  down.rready = !q_.write && q_.state == State::kWait;
}

bool CsrModel::idle() const {
  return q_.state == State::kIdle && !q_.aw_held && !q_.w_held && !q_.ar_held && q_.rsp.awready &&
         q_.rsp.wready && q_.rsp.arready;
}

}  // namespace fp::soc
