// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/tm.hpp"

namespace fp::rmt {
namespace {

constexpr unsigned kNowhere = kNumPorts;

constexpr uint8_t code(Reason reason) { return static_cast<uint8_t>(reason); }

}  // namespace

TrafficManager::TrafficManager(unsigned depth) : mask_(depth - 1) {
  for (Queue& q : queues_) q.ring.resize(depth);
}

void TrafficManager::reset() {
  for (Queue& q : queues_) {
    q.wr = q.cm = q.rd = 0;
    q.valid = q.load = false;
  }
  overflow_ = judged_ = pause_ = false;
}

void TrafficManager::step(const OutBeat& in, const Ports& ports, bool lossless,
                          unsigned threshold) {
  // Outputs and levels, on the pointers of the start of the cycle.
  bool above = false;
  unsigned full = 0;
  for (unsigned p = 0; p < kNumPorts; ++p) {
    Queue& q = queues_[p];
    const uint32_t level = q.wr - q.rd;
    above |= level > threshold;
    if (level > mask_) full |= 1u << p;
    q.load = q.cm != q.rd && (!q.valid || *ports[p].ready);
    q.valid = q.load || (q.valid && !*ports[p].ready);
    if (q.load) ++q.rd;
  }
  pause_ = lossless && above;

  judged_ = in.valid && in.beat.eop;
  if (!in.valid) return;
  unsigned target = kNowhere;
  if (in.verdict == Verdict::kSlow) {
    target = static_cast<unsigned>(common::PortId::kCpu);
  } else if (in.verdict == Verdict::kForward && in.out_port < kNumPorts) {
    target = in.out_port;
  }
  const bool overflow = overflow_ || (target != kNowhere && (full >> target & 1) != 0);
  overflow_ = overflow && !in.beat.eop;
  const bool bad = in.beat.eop && in.beat.err;
  if (target != kNowhere) {
    Queue& q = queues_[target];
    if (!overflow && !bad) {
      q.ring[q.wr & mask_] = in.beat;
      ++q.wr;
    }
    if (in.beat.eop) {
      if (overflow || bad) {
        q.wr = q.cm;
      } else {
        q.cm = q.wr;
      }
    }
  }
  if (judged_) judge(in, target, overflow);
}

void TrafficManager::judge(const OutBeat& in, unsigned target, bool overflow) {
  verdict_.tag = in.beat.tag;
  verdict_.port = static_cast<uint8_t>(in.beat.port);
  verdict_.epoch = in.epoch;
  verdict_.stage_hit = in.stage_hit;
  verdict_.stage_action = in.stage_action;
  verdict_.verdict = Verdict::kDrop;
  verdict_.reason = in.reason;
  verdict_.out_port = 0;
  bad_port_ = in.out_port;
  if (in.beat.err) {
    verdict_.reason = code(Reason::kFrameError);
  } else if (in.verdict == Verdict::kForward && target == kNowhere) {
    verdict_.reason = code(Reason::kBadPort);
  } else if (target != kNowhere) {
    verdict_.out_port = static_cast<uint8_t>(target);
    if (overflow) {
      verdict_.reason = code(Reason::kTmTailDrop);
    } else {
      verdict_.verdict = in.verdict;
      if (in.verdict == Verdict::kForward) verdict_.reason = 0;
    }
  }
}

void TrafficManager::publish(Ports& ports, Tx<VerdictReport>& verdict) {
  for (unsigned p = 0; p < kNumPorts; ++p) {
    Queue& q = queues_[p];
    ports[p].valid = q.valid;
    // The slot just left cannot have been written since: it was still held during the step.
    if (q.load) ports[p].data = q.ring[(q.rd - 1) & mask_];
    q.load = false;
  }
  verdict.valid = judged_;
  if (judged_) verdict.data = verdict_;
}

bool TrafficManager::idle() const {
  for (const Queue& q : queues_) {
    if (q.wr != q.rd || q.valid) return false;
  }
  return !judged_ && !pause_;
}

}  // namespace fp::rmt
