// SPDX-License-Identifier: Apache-2.0
//
// Cycle model of the CSR interconnect; docs/uarch/csr.md has the timing.
#pragma once

#include "cmodel/common/state_io.hpp"
#include "cmodel/soc/csr_if.hpp"

namespace fp::soc {

class CsrModel : public CsrIf {
 public:
  void reset() override;
  void eval(uint64_t now) override;
  void commit() override;
  bool idle() const override;
  uint64_t wake_at() const override { return kNever; }

  void checkpoint(StateIo& io) override {
    checkpoint_ports<CsrIf>(io, *this);
    io.place("csr model");
    io(q_, d_);
  }

 private:
  enum class State : uint8_t { kIdle, kIssue, kWait, kResp };

  struct Regs {
    State state = State::kIdle;
    bool aw_held = false;
    bool w_held = false;
    bool ar_held = false;
    uint32_t awaddr = 0;
    uint32_t araddr = 0;
    uint16_t addr = 0;
    uint32_t data = 0;
    uint8_t strb = 0;
    bool write = false;
    int slave = -1;  // port of the access under way
    bool a_valid = false;
    bool w_valid = false;
    common::AxilRsp rsp;
  };

  static int port_of(uint32_t addr);

  Regs q_, d_;
};

}  // namespace fp::soc
