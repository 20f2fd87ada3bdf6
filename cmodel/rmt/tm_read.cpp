// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/tm_read.hpp"

#include <algorithm>

namespace fp::rmt {

void Releaser::reset() {
  std::fill(counts_.begin(), counts_.end(), uint8_t{0});
  wr_ = rd_ = level_ = {};
  waiting_ = 0;
  turn_.reset();
  event_ = settling_ = put_ = gone_ = false;
}

void Releaser::step(const std::array<const Release*, kTmReaders>& released, const End* end) {
  // Second cycle of the event before: the count, if the frame has one.
  put_ = gone_ = settling_ = false;
  if (event_) {
    bool free = true;
    if (what_.shared) {
      uint8_t& count = counts_[what_.chain.head];
      count = static_cast<uint8_t>((count + add_) & kCountMask);
      free = count == 0;
      settling_ = true;
    }
    put_ = free;
    chain_ = what_.chain;
    gone_ = free && !what_.again;
    gone_bank_ = what_.bank;
  }
  // First cycle of the next one.
  event_ = end != nullptr || waiting_ != 0;
  if (end != nullptr) {
    what_ = {end->chain, true, end->bank, false};
    add_ = end->copies;
  } else if (waiting_ != 0) {
    unsigned some = 0;
    for (unsigned r = 0; r < kTmReaders; ++r) some |= level_[r] != 0 ? 1u << r : 0;
    const int pick = turn_.pick(some);
    turn_.eval(pick, true, true);
    turn_.commit();
    const auto r = static_cast<unsigned>(pick);
    what_ = ring_[r][rd_[r]];
    add_ = kCountMask;  // - 1
    rd_[r] = (rd_[r] + 1) % kDepth;
    --level_[r];
    --waiting_;
  }
  for (unsigned r = 0; r < kTmReaders; ++r) {
    if (released[r] == nullptr) continue;
    ring_[r][wr_[r]] = *released[r];
    wr_[r] = (wr_[r] + 1) % kDepth;
    ++level_[r];
    ++waiting_;
  }
}

void Reader::reset() {
  turn_.reset();
  lanes_ = {};
  beat_ = {};
}

unsigned Reader::step(const EgressQueues& queues, const CellMemory& memory, bool room,
                      unsigned take, unsigned edit_free) {
  // Whose turn it is.
  unsigned want = 0;
  for (unsigned j = 0; j < kLanes; ++j) {
    const Job* job = queues.job(j * kTmReaders + index_);
    const Lane& lane = lanes_[j];
    if (job == nullptr || lane.used == kBuffer) continue;
    if (!lane.started && job->frame.edit != 0 && lane.edit) continue;
    if (!room && (lane.started ? lane.left : job->frame.beats) == 1) continue;
    want |= 1u << j;
  }
  // What outputs gave back counts from the next cycle on.
  for (unsigned j = 0; j < kLanes; ++j) {
    const unsigned d = j * kTmReaders + index_;
    if ((take >> d & 1) != 0) --lanes_[j].used;
    if ((edit_free >> d & 1) != 0) lanes_[j].edit = false;
  }
  beat_.valid = want != 0;
  if (want == 0) return 0;
  const int pick = turn_.pick(want);
  turn_.eval(pick, true, true);
  turn_.commit();

  const unsigned dest = static_cast<unsigned>(pick) * kTmReaders + index_;
  const QueuedFrame& frame = queues.job(dest)->frame;
  Lane& lane = lanes_[static_cast<unsigned>(pick)];
  beat_.dest = dest;
  beat_.first = !lane.started;
  if (!lane.started) {
    lane.cell = frame.head;
    lane.idx = 0;
    lane.left = frame.beats;
    if (frame.edit != 0) lane.edit = true;
  }
  beat_.last = lane.left == 1;
  beat_.edit = frame.edit;
  beat_.bank = frame.bank;
  beat_.at = lane.cell * kCellBeats + lane.idx;
  beat_.head = frame.head;
  ++lane.used;
  lane.started = !beat_.last;
  --lane.left;
  if (++lane.idx == kCellBeats) {
    lane.idx = 0;
    if (lane.left != 0) lane.cell = memory.link[lane.cell];
  }
  if (!beat_.last) return 0;
  released_ = {{frame.head, static_cast<uint8_t>(cells_of(frame.beats))},
               frame.shared,
               frame.bank,
               dest == static_cast<unsigned>(common::PortId::kRecirc)};
  return 1u << dest;
}

}  // namespace fp::rmt
