// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/tm_decide.hpp"

#include <algorithm>
#include <bit>

namespace fp::rmt {
namespace {

constexpr unsigned kRecirc = static_cast<unsigned>(common::PortId::kRecirc);

}  // namespace

Decider::Decider(unsigned waiting) : ring_(waiting) {
  for (auto& bank : groups_) bank.resize(kNumGroups);
}

void Decider::reset() {
  for (auto& bank : groups_) std::fill(bank.begin(), bank.end(), McastGroup{});
  wr_ = rd_ = level_ = 0;
  busy_ = enqueued_ = ended_ = dropped_ = false;
  judged_ = bad_port_valid_ = copied_ = copy_dropped_ = again_ = false;
}

void Decider::step(const Ended* ended, const EgressQueues& queues, const Limits& limits) {
  enqueued_ = ended_ = dropped_ = false;
  judged_ = bad_port_valid_ = copied_ = copy_dropped_ = again_ = false;
  if (ended == nullptr && level_ == 0) return;
  const bool waiting = level_ != 0;
  const bool done = decide(waiting ? ring_[rd_] : *ended, queues, limits);
  if (waiting && done) {
    rd_ = (rd_ + 1) % ring_.size();
    --level_;
  }
  if (ended != nullptr && (waiting || !done)) {
    ring_[wr_] = *ended;
    wr_ = (wr_ + 1) % ring_.size();
    ++level_;
  }
}

bool Decider::offer(const Ended& cur, unsigned dest, unsigned queue, unsigned edit, bool shared,
                    const EgressQueues& queues, const Limits& limits) {
  index_ = dest * kNumQueues + queue;
  if (!queues.fits(index_, cur.chain.cells, limits[index_])) return false;
  enqueued_ = true;
  frame_ = {cur.chain.head, cur.beats, static_cast<uint8_t>(edit),
            static_cast<uint8_t>(cur.fate.epoch & 1), shared};
  return true;
}

void Decider::judge(const Ended& cur, Verdict verdict, Reason reason, unsigned out_port,
                    unsigned copies) {
  judged_ = true;
  verdict_.tag = cur.tag;
  verdict_.port = cur.port;
  verdict_.verdict = verdict;
  verdict_.reason = static_cast<uint8_t>(reason);
  verdict_.out_port = static_cast<uint8_t>(out_port);
  verdict_.copies = static_cast<uint8_t>(copies);
  verdict_.passes = cur.fate.passes;
  verdict_.epoch = cur.fate.epoch;
  verdict_.stage_hit = cur.fate.stage_hit;
  verdict_.stage_action = cur.fate.stage_action;
  if (verdict != Verdict::kDrop || cur.chain.cells == 0) return;
  dropped_ = true;
  chain_ = cur.chain;
}

// One copy, if one is left; answers whether it was the last.
bool Decider::try_copy(const Ended& cur, const EgressQueues& queues, const Limits& limits) {
  if (mask_ == 0) return true;
  const auto i = static_cast<unsigned>(std::countr_zero(mask_));
  mask_ &= static_cast<uint16_t>(mask_ - 1);
  const GroupCopy& copy = groups_[cur.fate.epoch & 1][cur.fate.group].copy[i];
  if (copy.port >= kNumPorts) {
    bad_port_valid_ = true;
    bad_port_ = copy.port;
  } else if (!copy.prune || copy.port != cur.port) {
    tried_ = true;
    copied_ = offer(cur, copy.port, copy.queue, copy.edit, true, queues, limits);
    copy_dropped_ = !copied_;
    if (copied_) ++made_;
  }
  return mask_ == 0;
}

// Answers whether the frame's fate is sealed in this cycle.
bool Decider::decide(const Ended& cur, const EgressQueues& queues, const Limits& limits) {
  const FrameFate& fate = cur.fate;
  const auto drop = [&](Reason reason, unsigned port = 0) {
    judge(cur, Verdict::kDrop, reason, port, 0);
    return true;
  };
  if (busy_) {
    if (!try_copy(cur, queues, limits)) return false;
    busy_ = false;
    if (made_ == 0) return drop(tried_ ? Reason::kTmTailDrop : Reason::kNoRoute);
    judge(cur, Verdict::kForward, Reason{}, 0, made_);
    ended_ = true;
    end_ = {cur.chain, made_, static_cast<uint8_t>(fate.epoch & 1)};
    return true;
  }
  const bool forward = fate.verdict == Verdict::kForward;
  const bool group = forward && fate.out_port == kOutMulticast;
  const bool again = forward && fate.out_port == kRecirc;
  if (cur.err) return drop(Reason::kFrameError);
  if (forward && !group && !again && fate.out_port >= kNumPorts) {
    bad_port_valid_ = true;
    bad_port_ = fate.out_port;
    return drop(Reason::kBadPort);
  }
  if (again && fate.passes >= kMaxPasses) return drop(Reason::kRecircLimit);
  if (cur.lost) return drop(Reason::kTmNoCell);
  if (fate.verdict == Verdict::kDrop) {
    judge(cur, Verdict::kDrop, Reason{}, 0, 0);
    verdict_.reason = fate.reason;
    return true;
  }
  if (group) {
    if (level_ > ring_.size() / 2) return drop(Reason::kTmTailDrop);
    busy_ = true;
    made_ = 0;
    tried_ = false;
    mask_ = 0;
    const McastGroup& row = groups_[fate.epoch & 1][fate.group];
    for (unsigned i = 0; i < kGroupCopies; ++i) mask_ |= row.copy[i].en ? 1u << i : 0;
    return false;
  }
  if (!offer(cur, fate.out_port, fate.queue, fate.edit, false, queues, limits)) {
    return drop(Reason::kTmTailDrop, fate.out_port);
  }
  if (again) {
    again_ = true;
    return true;
  }
  copied_ = true;
  judge(cur, fate.verdict, Reason{}, fate.out_port, 1);
  verdict_.reason = fate.reason;
  return true;
}

}  // namespace fp::rmt
