// SPDX-License-Identifier: Apache-2.0
//
// Ring unit: the state of every ring and the only place that changes it, one operation at a time.
// Twin of rtl/vq/vq_ring.sv and vq_int_pkg.sv; docs/uarch/vq.md has the operations.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/arbiter.hpp"
#include "cmodel/common/ram_1r1w.hpp"
#include "cmodel/common/state_io.hpp"
#include "contract/vq.hpp"

namespace fp::vq {

enum Client : int { kClTbl, kClRx, kClTxi, kClTxw, kClDb, kClEv, kClCevt, kNumClients };

enum class Op : uint8_t {
  kNone,
  kRead,
  kBind,
  kClear,
  kOpen,
  kRxBegin,
  kRxEnd,
  kTxBegin,
  kTxIssue,
  kTxCheck,
  kTxDone,
  kDb,
  kEvent,
  kCredit
};

// Answers: of kRxBegin, and kNo for every other operation.
enum Res : uint8_t { kOk = 0, kUnknown = 1, kStale = 2, kClosed = 3, kOverrun = 4, kNo = 1 };
enum IssueKind : uint8_t { kIssueGo, kIssuePark, kIssueWait, kIssueFault };
enum DoneKind : uint8_t { kDoneOk, kDoneRefused, kDoneDrop, kDoneErr };

struct RingReq {
  Op op = Op::kNone;
  uint16_t ring = 0;  // not for kRxBegin and kCredit, which look conn_id up
  uint32_t conn_id = 0;
  uint8_t gen = 0;
  uint32_t start = 0;  // TX index of the segment's first byte
  uint16_t len = 0;    // bytes
  uint8_t kind = 0;
  bool fin = false;
  bool rst = false;
  bool err = false;
  bool fault = false;
  uint32_t info = 0;  // for the error record
};

// What one operation gave; up for the one cycle in which rsp() is.
struct RingAnswer {
  uint8_t res = kOk;
  uint16_t ring = 0;
  RingCfg cfg;   // as read
  RingState st;  // after the operation
  uint32_t cret = 0;
  bool fin = false;
  bool ev_valid = false;
  HostEvent ev;
  bool slot_clr = false;
  bool sched_push = false;
  bool due_push = false;
  bool gone = false;
  bool fault = false;
  Fault fault_code = Fault::kNone;
  uint32_t fault_index = 0;
  uint32_t fault_data = 0;
  uint16_t len = 0;
  bool inc_rx = false, inc_tx = false, inc_parked = false, inc_refused = false;
  bool inc_discarded = false, inc_closed = false;
};

class RingUnit {
 public:
  bool init_done() const { return cfg_.init_done() && st_.init_done() && map_.init_done(); }
  bool idle() const { return state_ == State::kIdle; }
  bool rsp(int client) const { return state_ == State::kWr && client_ == client; }
  bool wr() const { return state_ == State::kWr; }
  bool sweep_done() const { return state_ == State::kSweep && sweep_ == kNumRings - 1; }
  unsigned bound() const { return bound_; }
  const RingAnswer& answer() const { return ans_; }

  void reset() {
    cfg_.reset();
    st_.reset();
    map_.reset();
    arb_.reset();
    state_ = state_d_ = State::kIdle;
    client_ = -1;
    ans_ = {};
    bound_ = bound_d_ = 0;
    sweep_ = sweep_d_ = 0;
  }

  // The client granted in this cycle, -1 for nobody. Bit i of `mask`: client i requests.
  int pick(uint64_t mask, bool sweep) const {
    return state_ == State::kIdle && !sweep && init_done() && mask != 0 ? arb_.pick(mask) : -1;
  }

  // `slot` is the doorbell slot read at the grant.
  void eval(int granted, const std::array<RingReq, kNumClients>& reqs, const RingSlot& slot,
            const RingCfg& bind, bool sweep);
  void commit();

  void checkpoint(StateIo& io) {
    io(arb_, cfg_, st_, map_, state_, state_d_, client_, lookup_, ring_, ring_d_, req_, req_d_,
       load_req_, load_ans_, client_d_, ans_, ans_d_, cfg_we_, st_we_, map_we_, cfg_we_d_, st_we_d_,
       map_we_d_, cfg_new_, cfg_new_d_, bound_, bound_d_, sweep_, sweep_d_);
  }

 private:
  enum class State : uint8_t { kIdle, kMap, kRow, kWr, kSweep };

  void execute(const RingSlot& slot, const RingCfg& bind);

  RrArbiter arb_{kNumClients};
  Ram1r1w<RingCfg> cfg_{kNumRings};
  Ram1r1w<RingState> st_{kNumRings};
  Ram1r1w<uint16_t> map_{kNumConns};
  State state_ = State::kIdle, state_d_ = State::kIdle;
  int client_ = -1;
  bool lookup_ = false;
  uint16_t ring_ = 0, ring_d_ = 0;
  RingReq req_, req_d_;
  bool load_req_ = false, load_ans_ = false;
  int client_d_ = -1;
  RingAnswer ans_, ans_d_;
  bool cfg_we_ = false, st_we_ = false, map_we_ = false;
  bool cfg_we_d_ = false, st_we_d_ = false, map_we_d_ = false;
  RingCfg cfg_new_, cfg_new_d_;
  unsigned bound_ = 0, bound_d_ = 0;
  uint32_t sweep_ = 0, sweep_d_ = 0;
};

}  // namespace fp::vq
