// SPDX-License-Identifier: Apache-2.0
//
// The demo block's registers as C++ twin and as Verilated RTL behind one interface.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "Vdemo_regs_rtl.h"
#include "contract/demo_csr_table.hpp"
#include "contract/demo_regs.hpp"
#include "contract/verilated.hpp"

namespace fp::demo {

struct ModelDut {
  static constexpr std::span<const contract::CsrRow> kTable = kCsrTable;
  static constexpr uint32_t kSize = kCsrSize;
  static constexpr bool kQuiet = true;

  AxilReq req;
  Hw2Reg hw;
  Regs regs;

  ModelDut() { regs.axil.port.req = &req; }
  ModelDut(const ModelDut&) = delete;
  ModelDut& operator=(const ModelDut&) = delete;

  const AxilRsp& rsp() const { return regs.axil.port.rsp; }
  const Reg2Hw& reg2hw() const { return regs.reg2hw(); }
  void hold_reset() { regs.reset(); }
  void reset() {
    regs.reset();
    step();
  }
  void step() {
    regs.eval(hw);
    regs.commit();
  }
};

struct RtlDut {
  static constexpr std::span<const contract::CsrRow> kTable = kCsrTable;
  static constexpr uint32_t kSize = kCsrSize;
  static constexpr bool kQuiet = true;

  AxilReq req;
  Hw2Reg hw;

  // Flip-flops start with random values of this seed until reset.
  explicit RtlDut(int seed = 1) {
    context_.randReset(2);
    context_.randSeed(seed);
    rtl_ = std::make_unique<Vdemo_regs_rtl>(&context_);
    hold_reset();
  }

  const AxilRsp& rsp() const { return rsp_; }
  const Reg2Hw& reg2hw() const { return reg2hw_; }
  void hold_reset() {
    rtl_->rst_ni = 0;
    step();
    rtl_->rst_ni = 1;
  }
  void reset() {
    hold_reset();
    step();
  }
  void step() {
    contract::to_port(rtl_->axil_i, req);
    contract::to_port(rtl_->hw2reg_i, hw);
    rtl_->clk_i = 0;
    rtl_->eval();
    rtl_->clk_i = 1;
    rtl_->eval();
    rsp_ = contract::from_port<AxilRsp>(rtl_->axil_o);
    reg2hw_ = contract::from_port<Reg2Hw>(rtl_->reg2hw_o);
  }

 private:
  VerilatedContext context_;
  std::unique_ptr<Vdemo_regs_rtl> rtl_;
  AxilRsp rsp_;
  Reg2Hw reg2hw_;
};

}  // namespace fp::demo
