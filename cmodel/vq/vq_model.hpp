// SPDX-License-Identifier: Apache-2.0
//
// Cycle model of the VQ/DMA block; agrees with rtl/vq/vq.sv at every port in every cycle
// (tests/lockstep/vq). docs/uarch/vq.md describes both.
#pragma once

#include "cmodel/common/register_peek.hpp"
#include "cmodel/common/skid_buffer.hpp"
#include "cmodel/common/state_io.hpp"
#include "cmodel/common/stream_fifo.hpp"
#include "cmodel/vq/doorbells.hpp"
#include "cmodel/vq/event_unit.hpp"
#include "cmodel/vq/ring_unit.hpp"
#include "cmodel/vq/rx_engine.hpp"
#include "cmodel/vq/table_unit.hpp"
#include "cmodel/vq/tx_issue.hpp"
#include "cmodel/vq/tx_writer.hpp"
#include "cmodel/vq/vq_if.hpp"
#include "contract/vq_regs.hpp"

namespace fp::vq {

class VqModel final : public VqIf, public RegisterPeek {
 public:
  VqModel() { reset(); }

  void reset() override;
  void eval(uint64_t now) override;
  void commit() override;
  bool idle() const override { return idle_; }
  uint64_t wake_at() const override { return kNever; }
  bool peek(uint32_t offset, uint32_t& value) const override {
    return regs_.peek(offset, hw_, value);
  }

  void checkpoint(StateIo& io) override {
    checkpoint_ports<VqIf>(io, *this);
    io.place("vq model");
    io(regs_, ring_, db_, rx_, txi_, txw_, ev_, tbl_, sched_, due_, rxd_, rdd_, seg_, cevt_fifo_,
       posted_, wd_, cret_fifo_, q_, d_, sweep_, idle_, work_idle_, beat_in_, post_in_, hw_);
  }

 private:
  // One entry of the posted queue: data, events and interrupts keep one order.
  struct Posted {
    bool is_msix = false;
    PcieWr wr;
    Msix msix;
  };

  bool init_done() const { return ring_.init_done() && db_.init_done() && txw_.init_done(); }
  bool hold_work() const { return !init_done() || !regs_.reg2hw().ctrl_enable_q; }
  void publish();

  static constexpr size_t kDescDepth = 4, kRdataDepth = 4, kSegDepth = 16, kPostedDepth = 4;
  static constexpr size_t kQueueDepth = kNumRings + 1, kCevtDepth = 4;

  Regs regs_;
  RingUnit ring_;
  Doorbells db_;
  RxEngine rx_;
  TxIssue txi_;
  TxWriter txw_;
  EventUnit ev_;
  TableUnit tbl_;
  StreamFifo<uint16_t> sched_{kQueueDepth}, due_{kQueueDepth};
  StreamFifo<common::MsgDesc> rxd_{kDescDepth};
  StreamFifo<ReadBeat> rdd_{kRdataDepth};
  StreamFifo<TxSeg> seg_{kSegDepth};
  StreamFifo<common::ConnRef> cevt_fifo_{kCevtDepth};
  StreamFifo<Posted> posted_{kPostedDepth};
  SkidBuffer<common::MsgDesc> wd_;
  SkidBuffer<mbuf::MbufCret> cret_fifo_;

  struct S {
    bool cret_db = false, cpl_ready = false, tlp_open = false;
    mbuf::MbufCret cret;
  };
  S q_, d_;
  bool sweep_ = false;  // of this cycle: the queues are in reset
  bool idle_ = false;
  bool work_idle_ = false;
  ReadBeat beat_in_;
  Posted post_in_;
  Hw2Reg hw_;
};

}  // namespace fp::vq
