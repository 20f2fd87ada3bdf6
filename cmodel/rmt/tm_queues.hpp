// SPDX-License-Identifier: Apache-2.0
//
// Twin of rmt_tm_queues: egress queues with limits in cells, a weighted round robin a destination,
// and the short FIFOs of picked frames, the readers' jobs.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cmodel/common/arbiter.hpp"
#include "cmodel/common/state_io.hpp"
#include "cmodel/rmt/tm_cells.hpp"

namespace fp::rmt {

// A frame in a queue.
struct QueuedFrame {
  uint16_t head = 0;  // cell
  uint8_t beats = 0;
  uint8_t edit = 0;
  uint8_t bank = 0;
  bool shared = false;  // a copy of several
};

// A frame a reader is to read.
struct Job {
  QueuedFrame frame;
  uint8_t queue = 0;
};

class EgressQueues {
 public:
  static constexpr unsigned kQueues = kNumOutputs * kNumQueues;

  // What goes in and out in one cycle.
  struct Events {
    const QueuedFrame* enqueue = nullptr;  // into queue `index`; fits() held
    unsigned index = 0;
    unsigned done = 0;  // bit per destination: its oldest job's last beat is read
  };

  explicit EgressQueues(unsigned frames);
  void reset();

  // Whether a frame of so many cells fits queue `index` (destination * kNumQueues + queue) now.
  bool fits(unsigned index, unsigned cells, uint16_t limit) const {
    return queues_[index].frames < depth_ && queues_[index].cells + cells <= limit;
  }
  // A queue holds more cells than that.
  bool above(unsigned threshold) const;
  // Oldest job of a destination, or null.
  const Job* job(unsigned dest) const {
    const Jobs& j = jobs_[dest];
    return j.level != 0 ? &j.ring[j.rd] : nullptr;
  }
  // Bit per destination: job() is not null.
  unsigned jobs() const { return with_job_; }
  bool empty() const { return some_ == 0 && held_ == 0; }

  void step(const Events& events, const std::array<uint8_t, kQueues>& weights);

  void checkpoint(StateIo& io) {
    io(rings_, queues_, jobs_, got_, wrr_, turn_, some_, held_, with_job_);
  }

 private:
  static constexpr unsigned kJobs = 4;  // a destination, those on their way included

  struct Queue {
    unsigned frames = 0;  // in the ring
    unsigned wr = 0, rd = 0;
    unsigned cells = 0;  // of frames not yet read to their end
  };
  struct Jobs {
    std::array<Job, kJobs> ring{};
    unsigned wr = 0, rd = 0, level = 0;
    unsigned held = 0;  // picked and not done
  };
  // A frame a ring's read register shows.
  struct Got {
    bool valid = false;
    unsigned dest = 0;
    Job job;
  };

  const unsigned depth_;
  std::vector<QueuedFrame> rings_;  // depth_ a queue
  std::array<Queue, kQueues> queues_{};
  std::array<Jobs, kNumOutputs> jobs_{};
  std::array<Got, kTmReaders> got_{};
  std::vector<WrrArbiter> wrr_;
  std::vector<RrArbiter> turn_;
  uint32_t some_ = 0;      // bit per queue: the ring holds a frame
  unsigned held_ = 0;      // bit per destination: held != 0
  unsigned with_job_ = 0;  // bit per destination: level != 0
};

}  // namespace fp::rmt
