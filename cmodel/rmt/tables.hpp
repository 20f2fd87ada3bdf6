// SPDX-License-Identifier: Apache-2.0
//
// Model of rmt_tables: checks TBL_CMD, times the access, keeps the status. It says when a row is
// to be written or read; the tables themselves are their owners'.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/state_io.hpp"
#include "contract/rmt.hpp"
#include "contract/rmt_regs.hpp"

namespace fp::rmt {

class TableCommands {
 public:
  struct Address {
    uint8_t table = 0;
    uint8_t bank = 0;
    uint16_t index = 0;
  };

  void reset();

  // One cycle; the getters below show the state before it.
  void step(const Reg2Hw& regs, const std::array<uint16_t, kNumBanks>& inflight);

  // This cycle the row at address() is written from TBL_DATA, is read by its owner (as it stands at
  // the cycle's start), or what was read goes into TBL_DATA.
  bool write() const { return write_ && swept(); }
  bool read() const { return asked_; }
  bool answer() const { return reading_ && wait_ == 0; }
  const Address& address() const { return address_; }

  // Every table holds zeros and every cell is free.
  bool swept() const { return sweep_left_ == 0; }
  bool busy() const { return write() || fault_ || reading_; }
  bool error() const { return error_; }
  bool fault() const { return fault_; }
  Fault fault_code() const { return fault_code_; }
  uint16_t fault_index() const { return fault_index_; }

  void checkpoint(StateIo& io) {
    io(sweep_left_, address_, write_, reading_, asked_, wait_, fault_, error_, fault_code_,
       fault_index_);
  }

 private:
  // Rows of a table, 0 for an id without one.
  static unsigned rows(unsigned table);
  // One bank, changed by frames.
  static bool live(unsigned table);
  Fault check(const Reg2Hw& regs, const std::array<uint16_t, kNumBanks>& inflight) const;

  unsigned sweep_left_ = 0;  // cycles
  Address address_;
  bool write_ = false;
  bool reading_ = false;
  bool asked_ = false;  // the first cycle of reading_
  unsigned wait_ = 0;   // cycles until the owner answers
  bool fault_ = false;
  bool error_ = false;
  Fault fault_code_ = Fault::kNone;
  uint16_t fault_index_ = 0;
};

}  // namespace fp::rmt
