// SPDX-License-Identifier: Apache-2.0
//
// Traffic manager RTL against its model, cycle by cycle, and what leaves against the tables'
// meaning: order within a queue, bytes with edits, copies, limits, shares, no cell lost.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

#include "tests/lockstep/rmt_tm/tm_pair.hpp"
#include "tests/unit/rmt/egress_interp.hpp"

namespace fp::rmt::test {
namespace {

// Tables of both banks; edit 0 is none.
struct Tables {
  std::array<std::array<EgressEdit, kNumEdits>, kNumBanks> edits{};
  std::array<std::array<McastGroup, kNumGroups>, kNumBanks> groups{};
};

struct TestFrame {
  Bytes bytes;
  uint32_t tag = 0;
  unsigned port = 0;
  bool err = false;
  FrameFate fate;
};

// Follows every frame from the input to the outputs.
class Watch {
 public:
  explicit Watch(const Tables& tables) : tables_(&tables) {}

  void offered(const TestFrame& f) { frames_[f.tag] = {f, {}, order_++, false, 0, 0}; }

  void judged(const VerdictReport& v) {
    ASSERT_TRUE(frames_.contains(v.tag)) << v.tag;
    Seen& seen = frames_[v.tag];
    ASSERT_FALSE(seen.judged) << "frame " << v.tag << " judged twice";
    seen.judged = true;
    ASSERT_GT(seen.order + 1, last_judged_) << "verdicts out of order";
    last_judged_ = seen.order + 1;
    ++reasons[v.reason];
    const TestFrame& f = seen.frame;
    ASSERT_EQ(v.port, f.port);
    ASSERT_EQ(v.passes, f.fate.passes);
    ASSERT_EQ(v.copies == 0, v.verdict == Verdict::kDrop);
    seen.copies = v.copies;
    const auto reason = static_cast<Reason>(v.reason | unsigned(Reason::kNoRoute) / 256 * 256);
    const bool full = reason == Reason::kTmTailDrop || reason == Reason::kTmNoCell;
    if (f.err) {
      ASSERT_EQ(reason, Reason::kFrameError);
    } else if (f.fate.verdict == Verdict::kDrop) {
      ASSERT_EQ(v.reason, f.fate.reason);
      ASSERT_EQ(v.verdict, Verdict::kDrop);
    } else if (f.fate.verdict == Verdict::kForward && f.fate.out_port == kOutMulticast) {
      ASSERT_EQ(v.out_port, 0);
      const auto wanted = wanted_copies(group(f), f.port);
      ASSERT_LE(v.copies, wanted.size());
      if (v.verdict == Verdict::kDrop && !full) {
        ASSERT_EQ(reason, Reason::kNoRoute);
        ASSERT_TRUE(wanted.empty());
      }
    } else if (f.fate.verdict == Verdict::kForward && f.fate.out_port > kNumPorts) {
      ASSERT_EQ(reason, Reason::kBadPort);
    } else if (f.fate.verdict == Verdict::kForward && f.fate.out_port == kNumPorts) {
      // A recirculated frame that is reported was not: full, or too often round.
      ASSERT_EQ(v.verdict, Verdict::kDrop);
      if (!full) {
        ASSERT_EQ(reason, Reason::kRecircLimit);
        ASSERT_EQ(f.fate.passes, kMaxPasses);
      }
    } else if (!full) {
      ASSERT_EQ(v.verdict, f.fate.verdict);
      ASSERT_EQ(v.out_port, f.fate.out_port);
      ASSERT_EQ(v.copies, 1);
    }
  }

  void left(unsigned dest, const Bytes& bytes, uint32_t tag, const AgainSide* side) {
    ASSERT_TRUE(frames_.contains(tag)) << tag;
    Seen& seen = frames_[tag];
    const TestFrame& f = seen.frame;
    std::vector<WantedCopy> wanted = {{f.fate.out_port, f.fate.queue, f.fate.edit}};
    if (f.fate.out_port == kOutMulticast) wanted = wanted_copies(group(f), f.port);
    // One of the copies asked for, not seen yet, in the order of its queue.
    bool found = false;
    for (unsigned i = 0; i < wanted.size() && !found; ++i) {
      const WantedCopy& c = wanted[i];
      if (c.port != dest || seen.used.contains(i)) continue;
      const unsigned queue = dest * kNumQueues + c.queue;
      const EgressEdit none;
      const EgressEdit& e = c.edit == 0 ? none : tables_->edits[f.fate.epoch & 1][c.edit];
      const uint64_t place = seen.order * kGroupCopies + i + 1;
      if (place <= last_[queue] || edited(f.bytes, e, f.fate.entropy) != bytes) continue;
      last_[queue] = place;
      seen.used.insert(i);
      found = true;
      ++by_queue[queue];
    }
    ASSERT_TRUE(found) << "frame " << tag << " at " << dest << ": lost order, or other bytes";
    ++seen.left;
    if (side != nullptr) {
      ASSERT_EQ(side->epoch, f.fate.epoch);
      ASSERT_EQ(side->recirc, f.fate.recirc);
      ASSERT_EQ(side->passes, f.fate.passes + 1);
      seen.judged = true;
      seen.copies = 1;
    }
  }

  void finish() {
    for (const auto& [tag, seen] : frames_) {
      ASSERT_TRUE(seen.judged) << "frame " << tag << " got no verdict";
      ASSERT_EQ(seen.left, seen.copies) << "frame " << tag;
    }
  }

  std::map<unsigned, unsigned> reasons;
  std::array<uint64_t, EgressQueues::kQueues> by_queue{};

 private:
  struct Seen {
    TestFrame frame;
    std::set<unsigned> used;
    uint64_t order = 0;
    bool judged = false;
    unsigned copies = 0;
    unsigned left = 0;
  };
  const McastGroup& group(const TestFrame& f) const {
    return tables_->groups[f.fate.epoch & 1][f.fate.group];
  }

  const Tables* tables_;
  std::map<uint32_t, Seen> frames_;
  uint64_t order_ = 0;
  uint64_t last_judged_ = 0;
  std::array<uint64_t, EgressQueues::kQueues> last_{};
};

// Drives frames, watches outputs.
class TmRun {
 public:
  TmRun(int seed, const Tables& tables)
      : pair(seed), watch(tables), tables_(tables), random_(seed) {
    load();
  }

  void push(TestFrame f) {
    watch.offered(f);
    frames_.push_back(std::move(f));
  }
  bool empty() const { return frames_.empty(); }

  // `gaps`, `stalls`: percent of cycles without a beat, without a ready.
  void tick(unsigned gaps, const std::array<unsigned, kNumOutputs>& stalls) {
    for (unsigned d = 0; d < kNumOutputs; ++d) pair.ready[d] = !random_.chance(stalls[d]);
    // What fires in this cycle stood on the outputs before it.
    for (unsigned d = 0; d < kNumOutputs; ++d) {
      if (pair.out(d).valid && pair.ready[d]) take(d, pair.out(d).data);
    }
    pair.cycle(next(gaps));
    if (pair.verdict().valid) watch.judged(pair.verdict().data);
  }
  void drain(unsigned limit = 200'000) {
    for (unsigned i = 0; i < limit; ++i) {
      if (frames_.empty() && pair.model().idle()) break;
      tick(0, {});
      if (testing::Test::HasFatalFailure()) return;
    }
    ASSERT_TRUE(pair.model().idle()) << "something is stuck";
    ASSERT_EQ(pair.model().free_cells(), TmPair::kSizes.cells) << "cells are lost";
    watch.finish();
  }

  // Reset in the middle of whatever goes on.
  void restart() {
    pair.reset();
    frames_.clear();
    at_ = 0;
    for (Bytes& b : open_) b.clear();
    watch = Watch(tables_);
    load();
  }

  TmPair pair;
  Watch watch;

 private:
  void load() {
    for (unsigned b = 0; b < kNumBanks; ++b) {
      for (unsigned i = 0; i < kNumGroups; ++i) {
        if (tables_.groups[b][i] == McastGroup{}) continue;
        pair.write_row(TableId::kGroup, b, i, tables_.groups[b][i]);
      }
      for (unsigned i = 0; i < kNumEdits; ++i) {
        if (tables_.edits[b][i] == EgressEdit{}) continue;
        pair.write_row(TableId::kEdit, b, i, tables_.edits[b][i]);
      }
    }
  }

  OutBeat next(unsigned gaps) {
    OutBeat out;
    if (frames_.empty() || random_.chance(gaps)) return out;
    const TestFrame& f = frames_.front();
    out.valid = true;
    const size_t n = std::min<size_t>(f.bytes.size() - at_, common::kBeatBytes);
    std::copy_n(f.bytes.begin() + static_cast<long>(at_), n, out.beat.data.begin());
    out.beat.nbytes = static_cast<uint8_t>(n);
    out.beat.sop = at_ == 0;
    out.beat.eop = at_ + n == f.bytes.size();
    out.beat.err = out.beat.eop && f.err;
    out.beat.port = static_cast<common::PortId>(f.port);
    out.beat.tag = f.tag;
    out.fate = f.fate;
    at_ += n;
    if (out.beat.eop) {
      at_ = 0;
      frames_.pop_front();
    }
    return out;
  }

  void take(unsigned d, const common::PktBeat& beat) {
    Bytes& bytes = open_[d];
    ASSERT_EQ(beat.sop, bytes.empty()) << "output " << d;
    ASSERT_FALSE(beat.err);
    ASSERT_TRUE(beat.nbytes == 64 || (beat.eop && beat.nbytes > 0));
    bytes.insert(bytes.end(), beat.data.begin(), beat.data.begin() + beat.nbytes);
    if (!beat.eop) return;
    watch.left(d, bytes, beat.tag, d == kNumPorts ? &pair.model().again_side() : nullptr);
    bytes.clear();
  }

  const Tables& tables_;
  sim::Random random_;
  std::deque<TestFrame> frames_;
  size_t at_ = 0;
  std::array<Bytes, kNumOutputs> open_;
};

Tables random_tables(sim::Random& r) {
  Tables t;
  for (unsigned b = 0; b < kNumBanks; ++b) {
    for (unsigned i = 1; i < kNumEdits; ++i) t.edits[b][i] = random_edit(r);
    for (McastGroup& g : t.groups[b]) g = random_group(r, kNumEdits);
  }
  return t;
}

TestFrame random_frame(sim::Random& r, uint32_t tag) {
  TestFrame f;
  f.tag = tag;
  f.port = static_cast<unsigned>(r.below(12));
  const size_t length = r.chance(60)   ? 1 + r.below(130)
                        : r.chance(80) ? 1 + r.below(1600)
                                       : 64 * (1 + r.below(40));
  f.bytes.resize(length);
  for (uint8_t& b : f.bytes) b = static_cast<uint8_t>(r.next() >> 27);
  f.err = r.chance(4);
  const bool drop = r.chance(8);
  const bool slow = r.chance(8);
  f.fate.verdict = drop ? Verdict::kDrop : slow ? Verdict::kSlow : Verdict::kForward;
  f.fate.reason = f.fate.verdict == Verdict::kForward ? 0 : static_cast<uint8_t>(1 + r.below(19));
  f.fate.out_port = static_cast<uint8_t>(r.below(kNumOutputs));
  if (r.chance(3)) f.fate.out_port = static_cast<uint8_t>(8 + r.below(248));
  if (r.chance(25)) f.fate.out_port = kOutMulticast;
  if (slow) f.fate.out_port = static_cast<uint8_t>(common::PortId::kCpu);
  if (drop) f.fate.out_port = 0;
  f.fate.queue = static_cast<uint8_t>(r.below(kNumQueues));
  f.fate.edit = static_cast<uint8_t>(r.chance(50) ? 0 : r.below(kNumEdits));
  f.fate.group = static_cast<uint8_t>(r.below(kNumGroups));
  f.fate.entropy = static_cast<uint16_t>(r.below(1 << 14));
  f.fate.recirc = static_cast<uint32_t>(r.next() >> 20);
  f.fate.passes = static_cast<uint8_t>(r.below(kMaxPasses + 1));
  f.fate.epoch = static_cast<uint8_t>(r.next() >> 30);
  f.fate.stage_hit = static_cast<uint8_t>(r.next() >> 30);
  for (uint8_t& a : f.fate.stage_action) a = static_cast<uint8_t>(r.next() >> 30);
  return f;
}

// A frame of `bytes` bytes to one queue.
TestFrame plain_frame(uint32_t tag, size_t bytes, unsigned dest, unsigned queue) {
  TestFrame f;
  f.tag = tag;
  f.bytes.resize(bytes);
  for (size_t i = 0; i < bytes; ++i) f.bytes[i] = static_cast<uint8_t>(tag + i);
  f.fate.verdict = Verdict::kForward;
  f.fate.out_port = static_cast<uint8_t>(dest);
  f.fate.queue = static_cast<uint8_t>(queue);
  return f;
}

class TmLockstep : public testing::TestWithParam<int> {};

TEST_P(TmLockstep, RandomFramesGroupsLimitsWeightsAndStalls) {
  sim::Random r(static_cast<uint64_t>(GetParam()) + 100);
  const Tables tables = random_tables(r);
  TmRun run(GetParam(), tables);
  uint32_t tag = 0;
  for (unsigned phase = 0; phase < 30; ++phase) {
    for (auto& w : run.pair.weights) w = static_cast<uint8_t>(r.below(16));
    for (auto& l : run.pair.limits) l = static_cast<uint16_t>(r.chance(70) ? 64 : r.below(40));
    run.pair.lossless = r.chance(30);
    run.pair.threshold = static_cast<uint16_t>(r.below(40));
    std::array<unsigned, kNumOutputs> stalls{};
    const unsigned slow = static_cast<unsigned>(r.below(4));
    for (unsigned& s : stalls) {
      s = slow == 0 ? 0 : static_cast<unsigned>(r.chance(20) ? 100 : r.below(slow * 32));
    }
    const unsigned gaps = static_cast<unsigned>(r.below(3) * r.below(40));
    const bool small = r.chance(30);
    for (unsigned i = 0; i < 120; ++i) {
      TestFrame f = random_frame(r, tag++);
      if (small) f.bytes.resize(std::min<size_t>(f.bytes.size(), 64));
      run.push(std::move(f));
    }
    while (!run.empty()) {
      run.tick(gaps, stalls);
      if (HasFatalFailure()) return;
    }
    if (r.chance(40)) run.drain();
    if (HasFatalFailure()) return;
  }
  run.drain();
  for (const Reason reason : {Reason::kTmTailDrop, Reason::kTmNoCell, Reason::kRecircLimit,
                              Reason::kBadPort, Reason::kFrameError, Reason::kNoRoute}) {
    EXPECT_GT(run.watch.reasons[static_cast<uint8_t>(reason)], 0u) << to_string(reason);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TmLockstep, testing::Range(1, 9));

TEST(TmTables, RowsReadBack) {
  sim::Random r(3);
  const Tables tables = random_tables(r);
  TmRun run(3, tables);
  for (unsigned i = 0; i < kNumEdits; i += 5) {
    for (unsigned b = 0; b < kNumBanks; ++b) {
      run.pair.check_row(TableId::kGroup, b, i);
      run.pair.check_row(TableId::kEdit, b, i);
    }
  }
}

TEST(TmRate, AFrameACycleToOnePortOrSpreadOverAll) {
  for (unsigned way = 0; way < 3; ++way) {
    const Tables tables;
    TmRun run(4, tables);
    std::set<unsigned> dests;
    for (uint32_t i = 0; i < 2000; ++i) {
      const unsigned dest = way == 0 ? 3 : way == 1 ? i % kNumPorts : i % 2 * 2;
      dests.insert(dest);
      run.push(plain_frame(i, 64, dest, i % kNumQueues));
    }
    const uint64_t begin = run.pair.cycles;
    run.drain();
    EXPECT_EQ(run.watch.reasons[0], 2000u) << "all are forwarded";
    EXPECT_LE(run.pair.cycles - begin, 2000u + 40) << dests.size() << " destinations";
  }
}

TEST(TmRate, ALongFrameLeavesABeatACycle) {
  const Tables tables;
  TmRun run(5, tables);
  for (uint32_t i = 0; i < 200; ++i) run.push(plain_frame(i, 1536, 2, 0));
  const uint64_t begin = run.pair.cycles;
  run.drain();
  EXPECT_EQ(run.watch.reasons[0], 200u);
  EXPECT_LE(run.pair.cycles - begin, 200u * 24 + 40);
}

TEST(TmRate, ABlockedOutputDisturbsNoOther) {
  // Frames to a port that takes nothing fill their queue and drop; the others lose no cycle.
  const Tables tables;
  for (const unsigned blocked : {0u, 1u}) {
    TmRun run(6, tables);
    std::array<unsigned, kNumOutputs> stalls{};
    stalls[blocked] = 100;
    for (auto& l : run.pair.limits) l = 8;
    for (uint32_t i = 0; i < 3000; ++i) run.push(plain_frame(i, 64, i % 2 == 0 ? blocked : 2, 0));
    const uint64_t begin = run.pair.cycles;
    while (!run.empty()) {
      run.tick(0, stalls);
      ASSERT_FALSE(HasFatalFailure());
    }
    EXPECT_EQ(run.pair.cycles - begin, 3000u);
    EXPECT_GE(run.watch.reasons[0], 1500u) << "the open port lost frames";
    EXPECT_GE(run.watch.by_queue[2 * kNumQueues], 1490u);
    run.drain();
  }
}

TEST(TmShares, QueuesOfADestinationGetTheirWeights) {
  const std::array<uint8_t, kNumQueues> weights = {1, 2, 4, 8};
  const Tables tables;
  for (unsigned dest = 0; dest < kNumPorts; ++dest) {
    TmRun run(7, tables);
    for (unsigned q = 0; q < kNumQueues; ++q) run.pair.weights[dest * kNumQueues + q] = weights[q];
    // Two frames a place: all four queues always hold some.
    std::array<unsigned, kNumOutputs> stalls{};
    stalls[dest] = 60;
    sim::Random r(dest + 1);
    for (uint32_t i = 0; i < 12'000; ++i) {
      run.push(plain_frame(i, 64, dest, static_cast<unsigned>(r.below(kNumQueues))));
    }
    while (!run.empty()) {
      run.tick(20, stalls);
      ASSERT_FALSE(HasFatalFailure());
    }
    uint64_t all = 0;
    for (unsigned q = 0; q < kNumQueues; ++q) all += run.watch.by_queue[dest * kNumQueues + q];
    // What queue 3 cannot offer goes to the others: only the first three are always backlogged.
    const auto share = [&](unsigned q) {
      return static_cast<double>(run.watch.by_queue[dest * kNumQueues + q]);
    };
    EXPECT_NEAR(share(1) / share(0), 2.0, 0.15);
    EXPECT_GT(share(2) / share(0), 2.5);
    EXPECT_GT(share(3) / share(2), 0.9);
    EXPECT_GT(all, 4000u);
    run.drain();
  }
}

TEST(TmCopies, SixteenCopiesLeaveOnceEachAndTheCellsComeBack) {
  Tables tables;
  sim::Random r(8);
  for (unsigned i = 1; i < kNumEdits; ++i) tables.edits[0][i] = random_edit(r);
  for (unsigned i = 0; i < kGroupCopies; ++i) {
    tables.groups[0][9].copy[i] = {true, static_cast<uint8_t>(i % kNumPorts),
                                   static_cast<uint8_t>(i % kNumQueues), static_cast<uint8_t>(i),
                                   false};
  }
  TmRun run(8, tables);
  for (uint32_t i = 0; i < 60; ++i) {
    TestFrame f = plain_frame(i, 1 + i * 9, 0, 0);
    f.fate.out_port = kOutMulticast;
    f.fate.group = 9;
    run.push(f);
    for (unsigned k = 0; k < 60; ++k) run.tick(0, {});
    ASSERT_FALSE(HasFatalFailure());
  }
  run.drain();
  EXPECT_EQ(run.watch.reasons[0], 60u);
  uint64_t all = 0;
  for (const uint64_t n : run.watch.by_queue) all += n;
  EXPECT_EQ(all, 60u * kGroupCopies);
}

TEST(TmCopies, GroupsBackToBackNeverOverflowWhatWaits) {
  Tables tables;
  for (unsigned i = 0; i < kGroupCopies; ++i) {
    tables.groups[0][0].copy[i] = {true, static_cast<uint8_t>(i % kNumPorts),
                                   static_cast<uint8_t>(i % kNumQueues), 0, false};
  }
  TmRun run(9, tables);
  for (uint32_t i = 0; i < 3000; ++i) {
    TestFrame f = plain_frame(i, 20, i % kNumPorts, 0);
    if (i / 100 % 2 == 0) f.fate.out_port = kOutMulticast;
    run.push(f);
  }
  unsigned most = 0;
  while (!run.empty()) {
    run.tick(0, {});
    most = std::max(most, run.pair.model().waiting());
    ASSERT_FALSE(HasFatalFailure());
  }
  run.drain();
  std::printf("at most %u frames waited for their decision\n", most);
  EXPECT_GT(most, TmPair::kSizes.waiting / 2);
  EXPECT_LE(most, TmPair::kSizes.waiting / 2 + kGroupCopies + 1);
}

TEST(TmReset, InAnyCycleForgetsEverything) {
  sim::Random r(10);
  const Tables tables = random_tables(r);
  for (unsigned round = 0; round < 12; ++round) {
    const auto before = std::make_unique<TmRun>(static_cast<int>(round) + 20, tables);
    for (uint32_t i = 0; i < 60; ++i) before->push(random_frame(r, i));
    for (uint64_t n = r.below(400); n > 0; --n) before->tick(10, {});
    // The outputs' readers forget what they had; frames that were on their way never show again.
    before->restart();
    ASSERT_TRUE(before->pair.model().idle());
    for (uint32_t i = 0; i < 60; ++i) before->push(random_frame(r, 1000 + i));
    before->drain();
    ASSERT_FALSE(HasFatalFailure());
  }
}

}  // namespace
}  // namespace fp::rmt::test
