// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/tm_queues.hpp"

#include <bit>

namespace fp::rmt {
namespace {

constexpr unsigned kLanes = kNumOutputs / kTmReaders;
static_assert(EgressQueues::kQueues == 32, "some_ has a bit a queue");

}  // namespace

EgressQueues::EgressQueues(unsigned frames)
    : depth_(frames),
      rings_(frames * kQueues),
      wrr_(kNumOutputs, WrrArbiter(kNumQueues)),
      turn_(kTmReaders, RrArbiter(kLanes)) {}

void EgressQueues::reset() {
  queues_ = {};
  jobs_ = {};
  got_ = {};
  for (WrrArbiter& a : wrr_) a.reset();
  for (RrArbiter& a : turn_) a.reset();
  some_ = 0;
  held_ = with_job_ = 0;
}

bool EgressQueues::above(unsigned threshold) const {
  for (const Queue& q : queues_) {
    if (q.cells > threshold) return true;
  }
  return false;
}

void EgressQueues::step(const Events& events, const std::array<uint8_t, kQueues>& weights) {
  if (events.enqueue == nullptr && some_ == 0 && held_ == 0) return;
  // Who is next, on the state of the start of the cycle.
  std::array<Got, kTmReaders> popped{};
  for (unsigned r = 0; r < kTmReaders && some_ != 0; ++r) {
    unsigned want = 0;
    for (unsigned j = 0; j < kLanes; ++j) {
      const unsigned d = j * kTmReaders + r;
      const uint32_t mine = some_ >> (d * kNumQueues) & ((1u << kNumQueues) - 1);
      if (mine != 0 && jobs_[d].held < kJobs) want |= 1u << j;
    }
    if (want == 0) continue;
    const int lane = turn_[r].pick(want);
    turn_[r].eval(lane, true, true);
    turn_[r].commit();
    const unsigned d = static_cast<unsigned>(lane) * kTmReaders + r;
    const int queue = wrr_[d].pick(some_ >> (d * kNumQueues) & ((1u << kNumQueues) - 1));
    const unsigned index = d * kNumQueues + static_cast<unsigned>(queue);
    wrr_[d].eval(queue, true, true, weights[index]);
    wrr_[d].commit();
    Queue& q = queues_[index];
    popped[r] = {true, d, {rings_[index * depth_ + q.rd], static_cast<uint8_t>(queue)}};
    q.rd = (q.rd + 1) % depth_;
    if (--q.frames == 0) some_ &= ~(1u << index);
  }
  // Jobs that are done go, frames that were read arrive.
  for (unsigned done = events.done; done != 0; done &= done - 1) {
    const auto d = static_cast<unsigned>(std::countr_zero(done));
    Jobs& jobs = jobs_[d];
    const Job& job = jobs.ring[jobs.rd];
    queues_[d * kNumQueues + job.queue].cells -= cells_of(job.frame.beats);
    jobs.rd = (jobs.rd + 1) % kJobs;
    if (--jobs.level == 0) with_job_ &= ~(1u << d);
    if (--jobs.held == 0) held_ &= ~(1u << d);
  }
  for (unsigned r = 0; r < kTmReaders; ++r) {
    if (got_[r].valid) {
      Jobs& jobs = jobs_[got_[r].dest];
      jobs.ring[jobs.wr] = got_[r].job;
      jobs.wr = (jobs.wr + 1) % kJobs;
      ++jobs.level;
      with_job_ |= 1u << got_[r].dest;
    }
    got_[r] = popped[r];
    if (popped[r].valid) {
      ++jobs_[popped[r].dest].held;
      held_ |= 1u << popped[r].dest;
    }
  }
  if (events.enqueue != nullptr) {
    Queue& q = queues_[events.index];
    rings_[events.index * depth_ + q.wr] = *events.enqueue;
    q.wr = (q.wr + 1) % depth_;
    ++q.frames;
    q.cells += cells_of(events.enqueue->beats);
    some_ |= 1u << events.index;
  }
}

}  // namespace fp::rmt
