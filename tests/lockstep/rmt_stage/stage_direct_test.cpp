// SPDX-License-Identifier: Apache-2.0
//
// One match-action stage: who wins a lookup, frames that meet on one row of state, rows read while
// frames change them, the meter against RFC 2698 in real numbers, jumps of the clock. RTL and model
// in lockstep; what must come out is worked out here, not by the interpreter.
#include <cmath>
#include <vector>

#include "sim-tb/lockstep/random.hpp"
#include "tests/lockstep/rmt_stage/stage_pair.hpp"

namespace fp::rmt::test {
namespace {

constexpr unsigned kStage = 2;
// Containers that the tests below use for nothing else.
constexpr unsigned kKey32 = 3, kLength16 = 9, kColour8 = 7, kOut32 = 20;

// What left, in order.
struct Exits {
  explicit Exits(StagePair& pair) {
    pair.left = [this](const FrameSlot& f) { frames.push_back(f); };
  }
  std::vector<FrameSlot> frames;
};

FrameSlot frame_with(uint32_t key, uint16_t bytes = 0) {
  FrameSlot f;
  f.phv.c32[kKey32] = key;
  f.phv.c16[kLength16] = bytes;
  return f;
}

// A stage that always runs action 0 with its side and data.
void always_run(StagePair& pair, const ActionSide& side, const StateCfg& state,
                std::array<uint32_t, kParamWords> params = {}) {
  KeyCfg key;
  key.sel32[0] = kKey32;
  key.mask[0] = ~0u;
  key.en[1] = true;
  pair.put(TableId::kStage0Key, 0, 0, key);
  pair.put(TableId::kStage0Default, 0, 0, DefaultAction{true, 0, params});
  pair.put(TableId::kStage0Side, 0, 0, side);
  pair.put(TableId::kStage0State, 0, 0, state);
}

// Every combination of enabled kinds, open gateways, matching entries and the default.
TEST(RmtStage, TernaryBeatsExactBeatsLpmBeatsTheDefault) {
  StagePair pair(kStage, 1);
  Exits exits(pair);
  constexpr uint32_t kKey = 0x12345678;
  const uint32_t hash = [] {
    std::array<uint8_t, kKeyBits / 8> bytes{0x78, 0x56, 0x34, 0x12};
    uint32_t crc = ~0u;
    for (const uint8_t b : bytes) {
      crc ^= b;
      for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    return ~crc;
  }();
  // Actions 1, 2, 3 belong to the kinds, 4 to the default. The other bank's entries are wrong.
  TernaryEntry ternary{true, 1, {}, {kKey}, {~0u}};
  ExactEntry exact{true, 2, {}, {kKey}};
  LpmPivot pivot{true, {}, {}};
  LpmEntry prefix{true, 3, {}, {kKey}, {0xffff}};
  const unsigned way = 1, row = way * kExactRows + (hash >> 8 & 0xff);
  pair.put(TableId::kStage0LpmPivot, 0, kHeldPivots - 1, pivot);
  for (unsigned bits = 0; bits < 1024; ++bits) {
    const auto bit = [&](unsigned i) { return (bits >> i & 1) != 0; };
    const std::array<bool, 3> en{bit(0), bit(1), bit(2)}, open{bit(3), bit(4), bit(5)},
        there{bit(6), bit(7), bit(8)};
    KeyCfg key;
    key.sel32[0] = kKey32;
    key.mask[0] = ~0u;
    key.en = en;
    key.gw_mask = {1, 2, 4};
    key.gw_value = {1, 2, 4};
    pair.put(TableId::kStage0Key, 0, 0, key);
    ternary.valid = there[0];
    exact.valid = there[1];
    prefix.valid = there[2];
    pair.put(TableId::kStage0Ternary, 0, kHeldTernary - 1, ternary);
    pair.put(TableId::kStage0Exact, 0, row, exact);
    pair.put(TableId::kStage0LpmEntry, 0, kHeldPivots * kLpmSlots - 1, prefix);
    pair.put(TableId::kStage0Default, 0, 0, DefaultAction{bit(9), 4, {}});
    FrameSlot f = frame_with(kKey);
    for (unsigned k = 0; k < 3; ++k) f.hdr_valid |= static_cast<uint32_t>(open[k]) << k;
    exits.frames.clear();
    pair.cycle(&f);
    pair.drain();
    unsigned want = 0;
    bool hit = false, looked = false;
    for (unsigned k = 0; k < 3; ++k) {
      looked |= en[k] && open[k];
      if (!hit && en[k] && open[k] && there[k]) {
        hit = true;
        want = 1 + k + 1;
      }
    }
    if (looked && !hit && bit(9)) want = 4 + 1;
    ASSERT_EQ(exits.frames.size(), 1u);
    ASSERT_EQ(exits.frames[0].stage_action[kStage], want) << "combination " << bits;
    ASSERT_EQ(exits.frames[0].stage_hit, hit ? 1u << kStage : 0u) << "combination " << bits;
    ASSERT_FALSE(HasFailure());
  }
}

TEST(RmtStage, TheLowestTernaryRowPivotAndSlotWin) {
  StagePair pair(kStage, 2);
  Exits exits(pair);
  sim::Random r(9);
  KeyCfg key;
  key.sel32[0] = kKey32;
  for (const unsigned kind : {0u, 2u}) {
    key.en = {};
    key.en[kind] = true;
    pair.put(TableId::kStage0Key, 0, 0, key);
    for (unsigned round = 0; round < 60; ++round) {
      // Two rows that match everything, and one before them that does not.
      const unsigned rows = kind == 0 ? kHeldTernary : kHeldPivots;
      const unsigned low = static_cast<unsigned>(r.below(rows - 1));
      const unsigned high = low + 1 + static_cast<unsigned>(r.below(rows - 1 - low));
      const unsigned slot = static_cast<unsigned>(r.below(kLpmSlots - 1));
      const auto set = [&](bool on) {
        for (const unsigned row : {low, high}) {
          const uint8_t action = row == low ? 10 : 20;
          if (kind == 0) {
            pair.put(TableId::kStage0Ternary, 0, row, TernaryEntry{on, action, {}, {}, {}});
            continue;
          }
          pair.put(TableId::kStage0LpmPivot, 0, row, LpmPivot{on, {}, {}});
          for (const unsigned s : {slot, slot + 1}) {
            pair.put(TableId::kStage0LpmEntry, 0, row * kLpmSlots + s,
                     LpmEntry{on, static_cast<uint8_t>(action + (s - slot)), {}, {}, {}});
          }
        }
      };
      set(true);
      const FrameSlot f = frame_with(static_cast<uint32_t>(r.next()));
      exits.frames.clear();
      pair.cycle(&f);
      pair.drain();
      ASSERT_EQ(exits.frames.size(), 1u);
      ASSERT_EQ(exits.frames[0].stage_action[kStage], 10 + 1) << low << " " << high;
      set(false);
    }
  }
}

// Frames with gaps 0..3 between them add to one register: none is lost, each sees the one before.
TEST(RmtStage, FramesThatMeetOnARegisterActOneAfterTheOther) {
  for (unsigned gap = 0; gap < 4; ++gap) {
    StagePair pair(kStage, static_cast<int>(gap) + 1);
    Exits exits(pair);
    ActionSide side;
    side.reg_op = RegOp::kAdd;
    side.reg_wr = true;
    side.reg_dst = kOut32;
    StateCfg state;
    state.reg_src = IndexSrc::kParam;
    state.reg_half = 5;
    always_run(pair, side, state, {0, 0, 777u << 16, 0});
    pair.put(TableId::kStage0Register, 0, 777, RegisterRow{1000});
    for (unsigned i = 0; i < 40; ++i) {
      const FrameSlot f = frame_with(i);
      pair.cycle(&f);
      for (unsigned g = 0; g < gap; ++g) pair.cycle(nullptr);
    }
    pair.drain();
    ASSERT_EQ(exits.frames.size(), 40u);
    for (unsigned i = 0; i < 40; ++i) EXPECT_EQ(exits.frames[i].phv.c32[kOut32], 1001 + i);
    EXPECT_EQ(pair.get<RegisterRow>(TableId::kStage0Register, 0, 777).value, 1040u);

    // An exchange hands each frame's value to the next.
    side.reg_op = RegOp::kWrite;
    side.x = RegX::kContainer;
    side.x_src = kKey32;
    pair.put(TableId::kStage0Side, 0, 0, side);
    exits.frames.clear();
    for (unsigned i = 0; i < 40; ++i) {
      const FrameSlot f = frame_with(5000 + i);
      pair.cycle(&f);
      for (unsigned g = 0; g < gap; ++g) pair.cycle(nullptr);
    }
    pair.drain();
    ASSERT_EQ(exits.frames.size(), 40u);
    for (unsigned i = 0; i < 40; ++i) {
      EXPECT_EQ(exits.frames[i].phv.c32[kOut32], i == 0 ? 1040 : 5000 + i - 1);
    }
  }
}

TEST(RmtStage, CountersStayAtTheirEndsAndShowWhatWasCountedWhenTheyAreRead) {
  StagePair pair(kStage, 3);
  Exits exits(pair);
  ActionSide side;
  side.count = true;
  StateCfg state;
  state.counter_src = IndexSrc::kParam;
  state.len_src = kLength16;
  always_run(pair, side, state, {kCounterRows - 1});
  constexpr uint64_t kMost = ~uint64_t{0};
  pair.put(TableId::kStage0Counter, 1, kCounterRows - 1, CounterRow{kMost - 2, kMost - 250});
  for (unsigned i = 0; i < 5; ++i) {
    const FrameSlot f = frame_with(i, 100);
    pair.cycle(&f);
  }
  pair.drain();
  EXPECT_EQ(pair.get<CounterRow>(TableId::kStage0Counter, 0, kCounterRows - 1),
            (CounterRow{kMost, kMost}));

  // Frames without a gap; a row asked for in cycle t shows the frames whose last step was over.
  pair.put(TableId::kStage0Counter, 0, kCounterRows - 1, CounterRow{});
  const uint64_t first = pair.cycles;
  uint64_t asked = 0;
  unsigned answers = 0;
  for (unsigned i = 0; i < 200; ++i) {
    if (pair.port_free()) {
      if (asked != 0) {
        const auto row = CounterRow::unpack(pair.last_read.data());
        const uint64_t entered = asked - first;  // before the cycle of the question
        const uint64_t counted = entered < kStageCycles ? 0 : entered - (kStageCycles - 1);
        ASSERT_EQ(row.packets, counted);
        ASSERT_EQ(row.bytes, 64 * counted);
        ++answers;
      }
      asked = pair.cycles;
      pair.read_row(TableId::kStage0Counter, i & 1, kCounterRows - 1);
    }
    const FrameSlot f = frame_with(i, 64);
    pair.cycle(&f);
  }
  EXPECT_GT(answers, 50u);
  pair.drain();
  EXPECT_EQ(pair.get<CounterRow>(TableId::kStage0Counter, 0, kCounterRows - 1),
            (CounterRow{200, 64 * 200}));
}

// RFC 2698 section 3 in bytes and real numbers. Every number here is a multiple of 2^-16 below
// 2^48 unless it is cut to the burst size at once, so that long double holds it exactly.
class RealMeter {
 public:
  RealMeter(const MeterCfg& cfg) : cfg_(cfg), tc_(cfg.cbs), tp_(cfg.pbs) {}

  int mark(uint64_t now, unsigned bytes, bool aware, unsigned before) {
    if (used_) {
      const long double dt = std::fmin(static_cast<long double>(now - last_), 4294967295.0L);
      tc_ = std::fmin(static_cast<long double>(cfg_.cbs), tc_ + dt * cfg_.cir / 65536);
      tp_ = std::fmin(static_cast<long double>(cfg_.pbs), tp_ + dt * cfg_.pir / 65536);
    }
    used_ = true;
    last_ = now;
    if (tp_ - bytes < 0 || (aware && before >= 2)) return 2;
    tp_ -= bytes;
    if (tc_ - bytes < 0 || (aware && before == 1)) return 1;
    tc_ -= bytes;
    return 0;
  }
  long double tc() const { return tc_; }
  long double tp() const { return tp_; }

 private:
  MeterCfg cfg_;
  long double tc_, tp_;
  uint64_t last_ = 0;
  bool used_ = false;
};

TEST(RmtStage, MetersMarkAsRfc2698InRealNumbers) {
  StagePair pair(kStage, 4);
  sim::Random r(11);
  for (unsigned round = 0; round < (is_small<StageTop>() ? 6 : 40); ++round) {
    const bool aware = round % 2 != 0;
    ActionSide side;
    side.meter = true;
    side.red_drop = round % 3 == 0;
    StateCfg state;
    state.meter_src = IndexSrc::kParam;
    state.meter_half = 1;
    state.meter_dst = kColour8;
    state.meter_aware = aware;
    state.len_src = kLength16;
    const unsigned row = static_cast<unsigned>(r.below(kMeterRows));
    always_run(pair, side, state, {row << 16});
    MeterCfg cfg;
    // From a few bytes a thousand cycles to more than frames can use; also no rate at all.
    cfg.cir = static_cast<uint32_t>(r.next() >> (40 + r.below(16)));
    cfg.pir = static_cast<uint32_t>(cfg.cir + (r.next() >> (40 + r.below(16))));
    cfg.cbs = static_cast<uint32_t>(r.below(5000));
    cfg.pbs = static_cast<uint32_t>(r.chance(80) ? cfg.cbs + r.below(5000) : r.next() >> 32);
    if (round % 10 == 9) cfg = {~0u, ~0u, ~0u, ~0u};
    pair.put(TableId::kStage0Meter, 0, row, cfg);
    pair.put(TableId::kStage0MeterState, 0, row, MeterState{});
    RealMeter real(cfg);
    std::vector<int> want;
    size_t at = 0;
    std::array<unsigned, 3> seen{};
    pair.left = [&](const FrameSlot& f) {
      const int colour = want[at++];
      ++seen[static_cast<size_t>(colour)];
      EXPECT_EQ(f.phv.c8[kColour8], colour) << "frame " << at - 1;
      EXPECT_TRUE(f.is_dirty(kColour8));
      const bool drop = side.red_drop && colour == 2;
      EXPECT_EQ(f.is_dirty(kMetaVerdict), drop);
      EXPECT_EQ(f.phv.c8[kMetaReason], drop ? static_cast<uint8_t>(Reason::kMeter) : 0x55);
    };
    for (unsigned i = 0; i < 500; ++i) {
      FrameSlot f = frame_with(i, static_cast<uint16_t>(r.chance(90) ? r.below(1600) : r.next()));
      f.phv.c8[kMetaReason] = 0x55;
      f.phv.c8[kColour8] = static_cast<uint8_t>(r.chance(95) ? r.below(3) : r.below(256));
      want.push_back(
          real.mark(pair.now + kStageCycles - 1, f.phv.c16[kLength16], aware, f.phv.c8[kColour8]));
      pair.cycle(&f);
      if (r.chance(40)) {
        for (uint64_t n = r.below(200); n > 0; --n) pair.cycle(nullptr);
      }
      if (r.chance(2)) {
        pair.drain();
        pair.now += r.next() >> (20 + r.below(30));
      }
      ASSERT_FALSE(HasFailure()) << "round " << round;
    }
    pair.drain();
    const auto left = pair.get<MeterState>(TableId::kStage0MeterState, 0, row);
    EXPECT_EQ(static_cast<long double>(left.tc) / 65536, real.tc());
    EXPECT_EQ(static_cast<long double>(left.tp) / 65536, real.tp());
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

// Over a long time a meter lets through what its rates say, whatever frames offer.
TEST(RmtStage, MetersKeepTheirRatesOverTime) {
  StagePair pair(kStage, 5);
  sim::Random r(12);
  ActionSide side;
  side.meter = true;
  StateCfg state;
  state.meter_src = IndexSrc::kParam;
  state.meter_dst = kColour8;
  state.len_src = kLength16;
  always_run(pair, side, state);
  // 2 and 5 bytes a cycle; offered are about 16.
  const MeterCfg cfg{2 << 16, 5 << 16, 3000, 6000};
  pair.put(TableId::kStage0Meter, 0, 0, cfg);
  std::array<uint64_t, 3> bytes{};
  pair.left = [&](const FrameSlot& f) { bytes[f.phv.c8[kColour8]] += f.phv.c16[kLength16]; };
  const uint64_t start = pair.now;
  while (pair.now - start < 20'000) {
    const FrameSlot f = frame_with(0, static_cast<uint16_t>(64 + r.below(1400)));
    pair.cycle(&f);
    for (uint64_t n = r.below(92); n > 0; --n) pair.cycle(nullptr);
  }
  pair.drain();
  const double cycles = static_cast<double>(pair.now - start);
  // Each bucket may be full once more at the start and a frame short at the end.
  EXPECT_NEAR(static_cast<double>(bytes[0]), 2 * cycles, cfg.cbs + 1600);
  EXPECT_NEAR(static_cast<double>(bytes[0] + bytes[1]), 5 * cycles, cfg.pbs + 1600);
  EXPECT_GT(bytes[2], 8 * cycles);
}

// With nothing inside, time that is skipped is time that has passed.
TEST(RmtStage, AJumpOfTheClockEqualsTheTicksItReplaces) {
  const auto play = [](bool jump) {
    StagePair pair(kStage, 6);
    sim::Random r(13);
    ActionSide side;
    side.meter = side.count = true;
    StateCfg state;
    state.meter_src = state.counter_src = IndexSrc::kHash;
    state.meter_dst = kColour8;
    state.len_src = kLength16;
    always_run(pair, side, state);
    for (unsigned row = 0; row < kMeterRows; ++row) {
      pair.put(TableId::kStage0Meter, 0, row, MeterCfg{1 << 16, 3 << 16, 1500, 4000});
    }
    std::vector<uint8_t> colours;
    pair.left = [&](const FrameSlot& f) { colours.push_back(f.phv.c8[kColour8]); };
    for (unsigned i = 0; i < 150; ++i) {
      const FrameSlot f =
          frame_with(static_cast<uint32_t>(r.below(3)), static_cast<uint16_t>(r.below(1500)));
      pair.cycle(&f);
      if (r.chance(30)) {
        pair.drain();
        const uint64_t ticks = r.below(1000);
        if (jump) {
          pair.now += ticks;
        } else {
          for (uint64_t n = 0; n < ticks; ++n) pair.cycle(nullptr);
        }
      }
    }
    pair.drain();
    return colours;
  };
  const auto ticked = play(false);
  EXPECT_EQ(ticked, play(true));
  for (const uint8_t colour : {0, 1, 2}) {
    EXPECT_NE(std::find(ticked.begin(), ticked.end(), colour), ticked.end()) << int(colour);
  }
}

}  // namespace
}  // namespace fp::rmt::test
