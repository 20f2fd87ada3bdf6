// SPDX-License-Identifier: Apache-2.0
//
// Twin of rmt_tm_decide: what becomes of a frame, in order, one a cycle, and the copies of
// multicast groups. Frames that come while a group is being copied wait.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cmodel/common/state_io.hpp"
#include "cmodel/rmt/tm_cells.hpp"
#include "cmodel/rmt/tm_queues.hpp"
#include "cmodel/rmt/tm_read.hpp"

namespace fp::rmt {

class Decider {
 public:
  // A frame that has ended.
  struct Ended {
    bool err = false;
    bool lost = false;  // beats found no cell
    Chain chain;        // held; 0 cells: none
    uint8_t beats = 0;
    uint32_t tag = 0;
    uint8_t port = 0;
    FrameFate fate;
  };
  using Limits = std::array<uint16_t, EgressQueues::kQueues>;

  // `waiting`: frames that may wait, more than 2 * (kGroupCopies + 1).
  explicit Decider(unsigned waiting);
  void reset();

  // One cycle; `ended` unless null. What follows is this cycle's then.
  void step(const Ended* ended, const EgressQueues& queues, const Limits& limits);

  const QueuedFrame* enqueued() const { return enqueued_ ? &frame_ : nullptr; }
  unsigned index() const { return index_; }  // queue of enqueued()
  const Releaser::End* end() const { return ended_ ? &end_ : nullptr; }
  const Chain* dropped() const { return dropped_ ? &chain_ : nullptr; }
  // Output registers.
  bool judged() const { return judged_; }
  const VerdictReport& verdict() const { return verdict_; }
  bool bad_port_valid() const { return bad_port_valid_; }
  uint8_t bad_port() const { return bad_port_; }
  bool copied() const { return copied_; }
  bool copy_dropped() const { return copy_dropped_; }
  bool again() const { return again_; }
  unsigned waiting() const { return level_; }
  bool empty() const {
    return level_ == 0 && !busy_ && !judged_ && !bad_port_valid_ && !copied_ && !copy_dropped_ &&
           !again_;
  }

  void write_row(unsigned bank, unsigned index, const uint32_t* words) {
    groups_[bank][index] = McastGroup::unpack(words);
  }
  const McastGroup& row(unsigned bank, unsigned index) const { return groups_[bank][index]; }

  void checkpoint(StateIo& io) {
    io(groups_, ring_, wr_, rd_, level_, busy_, mask_, made_, tried_, enqueued_, ended_, dropped_,
       frame_, index_, end_, chain_, judged_, bad_port_valid_, copied_, copy_dropped_, again_,
       verdict_, bad_port_);
  }

 private:
  bool try_copy(const Ended& cur, const EgressQueues& queues, const Limits& limits);
  bool offer(const Ended& cur, unsigned dest, unsigned queue, unsigned edit, bool shared,
             const EgressQueues& queues, const Limits& limits);
  void judge(const Ended& cur, Verdict verdict, Reason reason, unsigned out_port, unsigned copies);
  bool decide(const Ended& cur, const EgressQueues& queues, const Limits& limits);

  std::array<std::vector<McastGroup>, kNumBanks> groups_;
  std::vector<Ended> ring_;
  unsigned wr_ = 0, rd_ = 0, level_ = 0;
  bool busy_ = false;  // copies are being made
  uint16_t mask_ = 0;  // copies left
  uint8_t made_ = 0;
  bool tried_ = false;

  bool enqueued_ = false, ended_ = false, dropped_ = false;
  QueuedFrame frame_;
  unsigned index_ = 0;
  Releaser::End end_;
  Chain chain_;
  bool judged_ = false, bad_port_valid_ = false;
  bool copied_ = false, copy_dropped_ = false, again_ = false;
  VerdictReport verdict_;
  uint8_t bad_port_ = 0;
};

}  // namespace fp::rmt
