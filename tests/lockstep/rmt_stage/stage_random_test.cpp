// SPDX-License-Identifier: Apache-2.0
//
// One match-action stage, RTL against model in every cycle and both against the interpreter: random
// tables of every kind, frames back to back, table accesses under load, resets.
#include <deque>
#include <map>
#include <set>

#include "tests/lockstep/rmt_stage/stage_pair.hpp"
#include "tests/unit/rmt/random_stage.hpp"

namespace fp::rmt::test {
namespace {

constexpr std::array kAllTables = {
    TableId::kStage0Key,      TableId::kStage0Exact,   TableId::kStage0Action,
    TableId::kStage0Default,  TableId::kStage0Ternary, TableId::kStage0LpmPivot,
    TableId::kStage0LpmEntry, TableId::kStage0Side,    TableId::kStage0State,
    TableId::kStage0Meter,    TableId::kStage0Counter, TableId::kStage0MeterState,
    TableId::kStage0Register};

unsigned rows_of(TableId table) {
  switch (table) {
    case TableId::kStage0Exact:
      return kExactWays * kExactRows;
    case TableId::kStage0Action:
    case TableId::kStage0Side:
      return kNumActions;
    case TableId::kStage0Ternary:
      return kHeldTernary;
    case TableId::kStage0LpmPivot:
      return kHeldPivots;
    case TableId::kStage0LpmEntry:
      return kHeldPivots * kLpmSlots;
    case TableId::kStage0Meter:
    case TableId::kStage0MeterState:
      return kMeterRows;
    case TableId::kStage0Counter:
      return kCounterRows;
    case TableId::kStage0Register:
      return kRegisterRows;
    default:
      return 1;
  }
}

std::vector<Sample> random_samples(sim::Random& r, unsigned count) {
  std::vector<Sample> samples(count);
  for (Sample& s : samples) {
    // Few values, so that keys repeat between samples too.
    for (auto& c : s.phv.c8) c = static_cast<uint8_t>(r.chance(50) ? r.below(3) : r.next() >> 20);
    for (auto& c : s.phv.c16) c = static_cast<uint16_t>(r.chance(30) ? r.below(3) : r.next() >> 20);
    for (auto& c : s.phv.c32) c = static_cast<uint32_t>(r.chance(30) ? r.below(3) : r.next() >> 20);
    s.hdr_valid = detail::word(r) & detail::word(r);
  }
  return samples;
}

// Traffic over one stage, with the interpreter beside it.
class Scene {
 public:
  struct Count {
    unsigned frames = 0, looked = 0, hits = 0, same_row = 0;
    std::array<unsigned, 3> colours{};
  };

  Scene(unsigned stage, uint64_t seed)
      : r_(seed), pair_(stage, static_cast<int>(seed) + 1), stage_(stage) {
    samples_ = random_samples(r_, 24);
    pair_.left = [this](const FrameSlot& f) { check(f); };
    for (unsigned bank = 0; bank < kNumBanks; ++bank) load(bank);
  }

  // `frames` frames of `bank` (or of both at random when mixed), a gap before each with the given
  // chance; reads of any table meanwhile, and a new program for the other bank.
  void run(unsigned frames, unsigned bank, unsigned gap_percent, bool mixed, bool rewrite) {
    pair_.drain();
    std::deque<std::function<void()>> writes;
    const StageProgram fresh = make_program();
    if (rewrite) {
      rows(1 - bank, programs_[1 - bank], true, writes);
      rows(1 - bank, fresh, false, writes);
      programs_[1 - bank] = fresh;
    }
    for (unsigned i = 0; i < frames || !writes.empty();) {
      if (::testing::Test::HasFailure()) return;
      if (pair_.port_free()) {
        if (!writes.empty()) {
          writes.front()();
          writes.pop_front();
        } else if (r_.chance(20)) {
          read_any();
        }
      }
      if (r_.chance(gap_percent)) {
        // With nothing inside, time may jump.
        if (!pair_.model.busy() && r_.chance(50)) pair_.now += r_.next() >> (16 + r_.below(48));
        pair_.cycle(nullptr);
        continue;
      }
      const bool other = mixed && r_.chance(50);
      const FrameSlot f =
          frame(static_cast<uint8_t>((other ? 1 - bank : bank) | (r_.next() & 0xfe)));
      expect(f);
      pair_.cycle(&f);
      ++i;
    }
    pair_.drain();
    check_state();
  }

  // Random rows in the live tables, nothing inside.
  void stir() {
    pair_.drain();
    for (unsigned i = 0; i < 30; ++i) {
      const unsigned row = static_cast<unsigned>(r_.chance(70) ? r_.below(4) : r_.below(256));
      CounterRow counter{r_.next(), r_.next()};
      if (r_.chance(30)) counter = {~uint64_t{0} - r_.below(3), ~uint64_t{0} - r_.below(100'000)};
      pair_.put(TableId::kStage0Counter, static_cast<unsigned>(r_.below(2)), row, counter);
      memory_.counters[row] = counter;
      const RegisterRow value{detail::word(r_)};
      pair_.put(TableId::kStage0Register, static_cast<unsigned>(r_.below(2)), row, value);
      memory_.registers[row] = value.value;
      const uint64_t low48 = (uint64_t{1} << 48) - 1;
      // Tokens may be more than the bucket holds.
      const MeterState meter{r_.chance(80), r_.next() & low48, r_.next() & low48,
                             (pair_.now - r_.below(1000)) & low48};
      pair_.put(TableId::kStage0MeterState, static_cast<unsigned>(r_.below(2)), row, meter);
      memory_.meters.erase(row);
      if (meter.used) {
        memory_.meters[row] = {__int128(meter.tc), __int128(meter.tp), meter.last};
      }
    }
  }

  // Back to power-on, at once.
  void reset() {
    pair_.reset();
    want_.clear();
    memory_ = {};
    programs_ = {};
    pair_.wait_init();
    for (unsigned i = 0; i < 10; ++i) {
      const TableId table = kAllTables[r_.below(kAllTables.size())];
      pair_.read_row(table, static_cast<unsigned>(r_.below(2)),
                     static_cast<unsigned>(r_.below(rows_of(table))));
      while (!pair_.port_free() && !::testing::Test::HasFailure()) pair_.cycle(nullptr);
      EXPECT_EQ(pair_.last_read, StagePair::Row{}) << static_cast<unsigned>(table);
    }
    for (unsigned bank = 0; bank < kNumBanks; ++bank) load(bank);
  }
  // Some frames, not waited for.
  void start(unsigned frames) {
    for (unsigned i = 0; i < frames; ++i) {
      const FrameSlot f = frame(0);
      expect(f);
      pair_.cycle(&f);
    }
  }

  const Count& count() const { return count_; }
  const StageMemory& memory() const { return memory_; }

 private:
  struct Expected {
    Phv phv;
    std::set<unsigned> dirty;
    StageOutcome outcome;
  };

  StageProgram make_program() {
    StageShape shape;
    shape.ternary_rows = kHeldTernary;
    shape.pivot_rows = kHeldPivots;
    shape.ternary = static_cast<unsigned>(r_.below(r_.chance(80) ? 40 : 300));
    StageProgram p = random_stage(r_, samples_, shape);
    // Not every table is in use at once, but all of them often.
    if (r_.chance(40)) p.key.en = {true, true, true};
    return p;
  }
  void rows(unsigned bank, const StageProgram& p, bool clear,
            std::deque<std::function<void()>>& out) {
    p.for_each_row([&](TableId table, unsigned index, const uint32_t* words) {
      StagePair::Row row{};
      if (!clear) std::copy_n(words, row.size(), row.begin());
      out.push_back(
          [this, table, bank, index, row] { pair_.write_row(table, bank, index, row.data()); });
    });
  }
  void load(unsigned bank) {
    std::deque<std::function<void()>> writes;
    programs_[bank] = make_program();
    rows(bank, programs_[bank], false, writes);
    for (const auto& write : writes) {
      write();
      pair_.cycle(nullptr);
    }
  }

  FrameSlot frame(uint8_t epoch) {
    const Sample& s = samples_[r_.below(samples_.size())];
    FrameSlot f;
    f.phv = s.phv;
    f.hdr_valid = s.hdr_valid;
    if (r_.chance(20)) set_container(f.phv, static_cast<unsigned>(r_.below(80)), r_.next() >> 20);
    if (r_.chance(20)) f.hdr_valid ^= 1u << r_.below(32);
    f.epoch = epoch;
    f.exc = {r_.chance(10), static_cast<Verdict>(r_.below(4)), static_cast<uint8_t>(r_.below(256))};
    return f;
  }

  void expect(const FrameSlot& f) {
    Expected e;
    e.phv = f.phv;
    e.outcome = run_stage(programs_[f.epoch & 1], f.hdr_valid, e.phv, e.dirty, memory_,
                          pair_.now + kStageCycles - 1);
    ++count_.frames;
    count_.looked += e.outcome.looked_up;
    count_.hits += e.outcome.hit;
    want_.push_back(std::move(e));
  }
  void check(const FrameSlot& f) {
    ASSERT_FALSE(want_.empty());
    const Expected& e = want_.front();
    EXPECT_TRUE(f.phv == e.phv) << "header vector, cycle " << pair_.cycles;
    for (unsigned c = 0; c < kNumContainers; ++c) {
      EXPECT_EQ(f.is_dirty(c), e.dirty.contains(c)) << "container " << c;
    }
    EXPECT_EQ(f.stage_hit, e.outcome.hit ? 1u << stage_ : 0u);
    EXPECT_EQ(f.stage_action[stage_], e.outcome.action ? *e.outcome.action + 1 : 0u);
    want_.pop_front();
  }
  void check_state() {
    if (::testing::Test::HasFailure()) return;
    EXPECT_TRUE(want_.empty());
    for (const auto& [row, want] : memory_.counters) {
      EXPECT_EQ(pair_.get<CounterRow>(TableId::kStage0Counter, 0, row), want) << "counter " << row;
    }
    for (const auto& [row, want] : memory_.registers) {
      EXPECT_EQ(pair_.get<RegisterRow>(TableId::kStage0Register, 1, row).value, want)
          << "register " << row;
    }
    for (const auto& [row, want] : memory_.meters) {
      const MeterState m{true, static_cast<uint64_t>(want.tc), static_cast<uint64_t>(want.tp),
                         want.last & ((uint64_t{1} << 48) - 1)};
      EXPECT_EQ(pair_.get<MeterState>(TableId::kStage0MeterState, 0, row), m) << "meter " << row;
    }
  }
  void read_any() {
    const TableId table = kAllTables[r_.below(kAllTables.size())];
    const bool live =
        static_cast<unsigned>(table) >= static_cast<unsigned>(TableId::kStage0Counter);
    unsigned row = static_cast<unsigned>(r_.below(rows_of(table)));
    if (live && r_.chance(80)) row %= 4;
    pair_.read_row(table, static_cast<unsigned>(r_.below(2)), row);
  }

  sim::Random r_;
  StagePair pair_;
  unsigned stage_;
  std::vector<Sample> samples_;
  std::array<StageProgram, kNumBanks> programs_;
  StageMemory memory_;
  std::deque<Expected> want_;
  Count count_;
};

class RmtStageRandom : public ::testing::TestWithParam<unsigned> {};

TEST_P(RmtStageRandom, TablesTrafficAndAccessesAgreeInEveryCycle) {
  const unsigned seed = GetParam();
  Scene scene(seed % kNumStages, seed + 1);
  sim::Random r(seed + 50);
  for (unsigned phase = 0; phase < 10; ++phase) {
    if (phase % 3 == 2) scene.stir();
    const unsigned gaps[] = {0, 30, 90};
    scene.run(phase % 3 == 2 ? 100 : 400, phase % 2, gaps[phase % 3], phase % 4 == 3,
              phase % 4 != 3);
    ASSERT_FALSE(HasFailure()) << "phase " << phase;
  }
  const Scene::Count& c = scene.count();
  EXPECT_GT(c.looked, c.frames / 4);
  EXPECT_GT(c.hits, c.frames / 10);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RmtStageRandom,
                         ::testing::Range(0u, is_small<StageTop>() ? 5u : 16u));

TEST(RmtStage, ResetInAnyCycleClearsEveryTable) {
  sim::Random r(3);
  Scene scene(5, 77);
  for (unsigned round = 0; round < (is_small<StageTop>() ? 2 : 25); ++round) {
    scene.stir();
    scene.start(static_cast<unsigned>(r.below(40)));
    scene.reset();
    scene.run(20, static_cast<unsigned>(r.below(2)), 10, true, false);
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

}  // namespace
}  // namespace fp::rmt::test
