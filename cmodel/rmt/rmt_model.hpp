// SPDX-License-Identifier: Apache-2.0
//
// Cycle model of rtl/rmt/rmt.sv: equal to it at every port in every cycle.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/register_peek.hpp"
#include "cmodel/common/state_io.hpp"
#include "cmodel/rmt/deparser.hpp"
#include "cmodel/rmt/frame_slot.hpp"
#include "cmodel/rmt/input.hpp"
#include "cmodel/rmt/observer.hpp"
#include "cmodel/rmt/parser.hpp"
#include "cmodel/rmt/rmt_if.hpp"
#include "cmodel/rmt/stage.hpp"
#include "cmodel/rmt/tables.hpp"
#include "cmodel/rmt/tm.hpp"
#include "cmodel/rmt/window.hpp"
#include "contract/rmt_regs.hpp"

namespace fp::rmt {

class RmtModel final : public RmtIf, public RegisterPeek {
 public:
  RmtModel();

  void reset() override;
  void eval(uint64_t now) override;
  void commit() override;
  bool idle() const override { return idle_; }
  uint64_t wake_at() const override { return kNever; }
  bool peek(uint32_t offset, uint32_t& value) const override {
    return regs_.peek(offset, hw_, value);
  }

  // Lets `observer` watch; null: nobody. It must outlive the block.
  void observe(Observer* observer) {
    observer_ = observer;
    stages_.observe(observer);
  }

  void checkpoint(StateIo& io) override {
    checkpoint_ports<RmtIf>(io, *this);
    io.place("rmt model");
    io(frames_, contexts_, regs_, tables_, input_, window_, parser_, stages_, deparser_, tm_,
       again_, hw_, events_, regs_step_, idle_);
  }

 private:
  void tell_observer(uint64_t now);

  void gather_events();
  void access_tables();
  void write_row(const TableCommands::Address& at, const uint32_t* words);
  void read_row(const TableCommands::Address& at, uint32_t* words) const;
  void count_reason(const VerdictReport& verdict);
  bool quiet() const;

  Observer* observer_ = nullptr;
  FrameRing frames_;
  ContextRing contexts_{};
  Regs regs_;
  TableCommands tables_;
  InputStage input_;
  Window window_;
  Parser parser_;
  MatchAction stages_;
  Deparser deparser_;
  TrafficManager tm_;
  Rx<common::PktBeat> again_;  // recirculated frames on their way to the input

  Hw2Reg hw_;
  bool events_ = false;     // hw_ moves a counter or a register in this cycle
  bool regs_step_ = false;  // the register block has something to do in this cycle
  bool idle_ = false;
};

}  // namespace fp::rmt
