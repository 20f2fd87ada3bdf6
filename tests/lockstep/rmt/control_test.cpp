// SPDX-License-Identifier: Apache-2.0
//
// Tables, epochs, enable, reset and errors of the RMT pipeline, RTL and model in lockstep.
#include "tests/lockstep/rmt/rmt_pair.hpp"

namespace fp::rmt::test {
namespace {

struct TableInfo {
  unsigned id;
  unsigned rows;
  unsigned bits;
  unsigned banks = kNumBanks;
};

std::vector<TableInfo> all_tables() {
  std::vector<TableInfo> tables = {
      {static_cast<unsigned>(TableId::kParserInit), 1, ParserInit::kBits},
      {static_cast<unsigned>(TableId::kParserTcam), kParserEntries, ParserTcam::kBits},
      {static_cast<unsigned>(TableId::kParserAction), kParserEntries, ParserAction::kBits},
      {static_cast<unsigned>(TableId::kDeparserSlot), kDeparserSlots, DeparserSlot::kBits},
      {static_cast<unsigned>(TableId::kDeparserCsum), kChecksumUnits, DeparserCsum::kBits},
      {static_cast<unsigned>(TableId::kDeparserPop), kNumPops, DeparserPop::kBits},
      {static_cast<unsigned>(TableId::kGroup), kNumGroups, McastGroup::kBits},
      {static_cast<unsigned>(TableId::kEdit), kNumEdits, EgressEdit::kBits},
  };
  for (unsigned s = 0; s < kNumStages; ++s) {
    const auto add = [&](TableId stage0, unsigned rows, unsigned bits, unsigned banks = kNumBanks) {
      tables.push_back({static_cast<unsigned>(stage0) + s * kStageTableStride, rows, bits, banks});
    };
    add(TableId::kStage0Key, 1, KeyCfg::kBits);
    add(TableId::kStage0Exact, kExactWays * kExactRows, ExactEntry::kBits);
    add(TableId::kStage0Action, kNumActions, ActionInstr::kBits);
    add(TableId::kStage0Default, 1, DefaultAction::kBits);
    add(TableId::kStage0Ternary, kTernaryRows, TernaryEntry::kBits);
    add(TableId::kStage0LpmPivot, kLpmPivots, LpmPivot::kBits);
    add(TableId::kStage0LpmEntry, kLpmPivots * kLpmSlots, LpmEntry::kBits);
    add(TableId::kStage0Side, kNumActions, ActionSide::kBits);
    add(TableId::kStage0State, 1, StateCfg::kBits);
    add(TableId::kStage0Meter, kMeterRows, MeterCfg::kBits);
    add(TableId::kStage0Counter, kCounterRows, CounterRow::kBits, 1);
    add(TableId::kStage0MeterState, kMeterRows, MeterState::kBits, 1);
    add(TableId::kStage0Register, kRegisterRows, RegisterRow::kBits, 1);
  }
  return tables;
}

using Row = std::array<uint32_t, reg::kTblDataCount>;

Row random_row(sim::Random& r) {
  Row row;
  for (uint32_t& w : row) w = static_cast<uint32_t>(r.next() >> 20);
  return row;
}
Row cut(Row row, unsigned bits) {
  for (unsigned i = 0; i < row.size(); ++i) {
    if (32 * i >= bits) {
      row[i] = 0;
    } else if (bits - 32 * i < 32) {
      row[i] &= (1u << (bits - 32 * i)) - 1;
    }
  }
  return row;
}

TEST(RmtTables, EveryTableReadsBackWhatWasWrittenAndNothingElse) {
  sim::Random r(1);
  const auto pair = make_pair_of<>({.junk_payloads = true});
  RmtBench bench(*pair, {}, {.seed = 1});
  bench.wait_init();
  struct Written {
    TableInfo table;
    unsigned bank;
    unsigned index;
    Row row;
  };
  std::vector<Written> written;
  for (const TableInfo& t : all_tables()) {
    for (unsigned bank = 0; bank < t.banks; ++bank) {
      std::vector<unsigned> rows = {0, t.rows - 1, t.rows / 2};
      std::sort(rows.begin(), rows.end());
      rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
      for (const unsigned index : rows) {
        const Row row = random_row(r);
        bench.load_row(t.id, bank, index, row.data());
        written.push_back({t, bank, index, row});
      }
      // A row that nobody wrote was swept.
      if (t.rows > 3) {
        EXPECT_EQ(bench.read_row(t.id, bank, 1), Row{}) << "table " << t.id;
      }
    }
  }
  for (const Written& w : written) {
    EXPECT_EQ(bench.read_row(w.table.id, w.bank, w.index), cut(w.row, w.table.bits))
        << "table " << w.table.id << " bank " << w.bank << " row " << w.index;
  }
  EXPECT_EQ(bench.read(reg::kErrCount), 0u);
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtTables, CommandsThatMakeNoSenseAreRefusedAndRecorded) {
  sim::Random r(2);
  const auto pair = make_pair_of<>();
  RmtBench bench(*pair, {}, {.seed = 2});
  bench.wait_init();
  bench.write(reg::kIrqEnable, reg::IrqEnable{}.set_err(true).raw);

  struct Refusal {
    unsigned table, index;
    TableOp op;
    Fault fault;
    uint16_t recorded;
  };
  std::vector<Refusal> refusals;
  for (const TableInfo& t : all_tables()) {
    for (const TableOp op : {TableOp::kWrite, TableOp::kRead}) {
      for (const unsigned index : {t.rows, 0xffffu, t.rows + 0x8000u}) {
        refusals.push_back({t.id, index, op, Fault::kTblBadIndex, static_cast<uint16_t>(index)});
      }
    }
    refusals.push_back({t.id, 0, TableOp::kNone, Fault::kTblBadOp, 0});
    refusals.push_back({t.id, 0, static_cast<TableOp>(3), Fault::kTblBadOp, 0});
  }
  std::set<unsigned> known;
  for (const TableInfo& t : all_tables()) known.insert(t.id);
  for (unsigned id = 0; id < 256; ++id) {
    if (known.contains(id)) continue;
    refusals.push_back({id, 0, TableOp::kWrite, Fault::kTblBadTable, static_cast<uint16_t>(id)});
  }
  uint32_t count = 0;
  for (const Refusal& f : refusals) {
    bench.command(f.table, static_cast<unsigned>(r.below(2)), f.index, f.op);
    EXPECT_TRUE(reg::TblStatus{bench.read(reg::kTblStatus)}.error());
    const reg::ErrFirst first{bench.read(reg::kErrFirst)};
    EXPECT_TRUE(first.valid());
    EXPECT_EQ(first.code(), static_cast<uint8_t>(f.fault)) << "table " << f.table;
    EXPECT_EQ(first.index(), f.recorded) << "table " << f.table;
    EXPECT_EQ(bench.read(reg::kErrCount), ++count);
    EXPECT_TRUE(pair->irq.value);
    // A second fault is counted, the first one stays.
    bench.command(255, 0, 77, TableOp::kRead);
    EXPECT_EQ(bench.read(reg::kErrFirst), first.raw);
    EXPECT_EQ(bench.read(reg::kErrCount), ++count);
    bench.write(reg::kErrFirst, reg::ErrFirst::kValidMask);
    EXPECT_EQ(bench.read(reg::kErrFirst) & reg::ErrFirst::kValidMask, 0u);
    EXPECT_FALSE(pair->irq.value);
    if (HasFailure()) break;
  }
  // A command that is accepted clears ERROR.
  const Row row{};
  bench.load_row(0, 0, 0, row.data());
  EXPECT_FALSE(reg::TblStatus{bench.read(reg::kTblStatus)}.error());
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtTables, ABankInUseIsNeverWritten) {
  sim::Random r(3);
  const auto frames = plain_frames(r, 1, 640);
  const auto pair = make_pair_of<>();
  RmtBench bench(*pair, {}, {.seed = 3});
  bench.wait_init();
  const Row row = random_row(r);
  const auto expect = [&](unsigned bank, bool refused, const char* when) {
    for (const unsigned table : {0u, 16u, 18u}) {
      bench.load_row(table, bank, 0, row.data());
      EXPECT_EQ(reg::TblStatus{bench.read(reg::kTblStatus)}.error(), refused)
          << when << ", table " << table << " bank " << bank;
      if (refused) {
        EXPECT_EQ(reg::ErrFirst{bench.read(reg::kErrFirst)}.code(),
                  static_cast<uint8_t>(Fault::kTblBankInUse));
        bench.write(reg::kErrFirst, reg::ErrFirst::kValidMask);
        bench.run_axil();
      }
    }
  };
  expect(0, false, "disabled");
  expect(1, false, "disabled");
  bench.enable();
  bench.run_axil();
  expect(0, true, "current epoch");
  expect(1, false, "shadow bank");
  // A frame whose last beat is late holds bank 0.
  std::vector<common::PktBeat> beats;
  append_beats(frames[0], beats);
  const common::PktBeat last = beats.back();
  beats.pop_back();
  for (const auto& beat : beats) bench.push(2, beat);
  bench.tick(50);
  EXPECT_EQ(bench.read(reg::Inflight::offset_of(0)), 1u);
  bench.write(reg::kEpoch, 1);
  bench.run_axil();
  expect(0, true, "a frame of the old epoch is in flight");
  expect(1, true, "current epoch");
  bench.write(reg::kCtrl, 0);
  bench.run_axil();
  expect(0, true, "a frame is in flight, disabled");
  expect(1, false, "disabled, nothing in flight");
  // Disabled or not, what has begun is taken to its end.
  bench.push(2, last);
  ASSERT_TRUE(bench.run(500, [&] { return bench.verdicts().taken().size() == 1; }));
  bench.tick(2);
  EXPECT_EQ(bench.read(reg::Inflight::offset_of(0)), 0u);
  expect(0, false, "the frame is judged");
  EXPECT_TRUE(agrees(*pair));
}

// Counters, meters and registers have one bank, which frames of any epoch change.
TEST(RmtTables, LiveRowsAreWrittenOnlyWhileNothingRuns) {
  sim::Random r(10);
  const auto pair = make_pair_of<>();
  RmtBench bench(*pair, {}, {.seed = 10});
  bench.wait_init();
  const unsigned last = (kNumStages - 1) * kStageTableStride;
  const auto expect = [&](bool refused, const char* when) {
    for (const TableId stage0 :
         {TableId::kStage0Counter, TableId::kStage0MeterState, TableId::kStage0Register}) {
      for (unsigned bank = 0; bank < kNumBanks; ++bank) {
        const unsigned table = static_cast<unsigned>(stage0) + (r.chance(50) ? last : 0);
        const Row row = random_row(r);
        const Row before = bench.read_row(table, 1 - bank, 5);
        bench.load_row(table, bank, 5, row.data());
        EXPECT_EQ(reg::TblStatus{bench.read(reg::kTblStatus)}.error(), refused)
            << when << ", table " << table << " bank " << bank;
        const Row after = bench.read_row(table, 1 - bank, 5);
        EXPECT_EQ(after == before, refused) << when;
        if (!refused) continue;
        EXPECT_EQ(reg::ErrFirst{bench.read(reg::kErrFirst)}.code(),
                  static_cast<uint8_t>(Fault::kTblBankInUse));
        bench.write(reg::kErrFirst, reg::ErrFirst::kValidMask);
        bench.run_axil();
      }
    }
  };
  expect(false, "disabled");
  bench.enable();
  bench.run_axil();
  expect(true, "enabled, nothing in flight");
  std::vector<common::PktBeat> beats;
  append_beats(plain_frames(r, 1, 640)[0], beats);
  const common::PktBeat last_beat = beats.back();
  beats.pop_back();
  for (const auto& beat : beats) bench.push(1, beat);
  bench.tick(50);
  bench.write(reg::kCtrl, 0);
  bench.run_axil();
  EXPECT_EQ(bench.read(reg::Inflight::offset_of(0)), 1u);
  expect(true, "disabled, a frame in flight");
  bench.push(1, last_beat);
  ASSERT_TRUE(bench.run(500, [&] { return bench.verdicts().taken().size() == 1; }));
  bench.tick(2);
  expect(false, "the frame is judged");
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtTables, CommandsDuringTheSweepAreRefused) {
  const auto pair = make_pair_of<>();
  RmtBench bench(*pair, {}, {.seed = 4});
  for (unsigned i = 0; i < 20; ++i) {
    bench.command(0, i % 2, 0, i % 4 < 2 ? TableOp::kWrite : TableOp::kRead);
    EXPECT_TRUE(reg::TblStatus{bench.read(reg::kTblStatus)}.error());
  }
  EXPECT_FALSE(reg::Status{bench.read(reg::kStatus)}.init_done());
  EXPECT_FALSE(pair->idle());
  EXPECT_EQ(bench.read(reg::kErrCount), 20u);
  bench.wait_init();
  EXPECT_EQ(bench.read_row(0, 0, 0), Row{});
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtControl, NoFrameBeginsWhileDisabledAndNoneIsCut) {
  sim::Random r(5);
  std::vector<Frame> frames;
  for (unsigned i = 0; i < 3000; ++i) {
    frames.push_back(plain_frames(r, 1, 1 + r.below(700))[0]);
    frames.back().tag = i;
    frames.back().port = static_cast<common::PortId>(r.below(kNumPorts));
  }
  const RmtProgram program = echo_program();
  const auto pair = make_pair_of<>();
  RmtBench bench(*pair, frames, {.seed = 5, .in = sim::kSomeStalls, .out = {10, 0, 0}});
  bench.wait_init();
  load_few(bench, program, 0);
  bench.run_axil();
  bench.tick(200);
  EXPECT_EQ(bench.read64(reg::kPktIn), 0u);
  for (unsigned p = 0; p < kNumPorts; ++p) EXPECT_EQ(bench.source(p).sent(), 0u);
  // On and off until everything is through; once it is off nothing new is judged.
  while (!bench.drained()) {
    bench.enable();
    bench.run_axil();
    bench.tick(r.below(150));
    bench.write(reg::kCtrl, 0);
    bench.run_axil();
    bench.tick(150);
    EXPECT_EQ(bench.read(reg::Inflight::offset_of(0)), 0u);
    const size_t judged = bench.verdicts().taken().size();
    bench.tick(r.below(60));
    EXPECT_EQ(bench.verdicts().taken().size(), judged);
    for (const auto& port : pair->in) EXPECT_FALSE(port.ready && !*port.valid && judged == 0);
    ASSERT_TRUE(agrees(*pair));
  }
  const Tally tally = check_frames(bench, frames, program);
  check_counters(bench, tally, frames.size());
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtControl, AProgramThatNamesNoPortIsDroppedAndRecorded) {
  sim::Random r(6);
  auto frames = plain_frames(r, 50, 100);
  for (const unsigned port : {8u, 15u, 17u, 255u}) {
    const RmtProgram program = funnel_program(static_cast<common::PortId>(port));
    const auto pair = make_pair_of<>();
    RmtBench bench(*pair, frames, {.seed = port});
    bench.wait_init();
    bench.write(reg::kIrqEnable, 1);
    load_few(bench, program, 0);
    bench.enable();
    ASSERT_TRUE(bench.run_axil());
    ASSERT_TRUE(bench.run(5000, [&] { return bench.drained(); }));
    const Tally tally = check_frames(bench, frames, program);
    check_counters(bench, tally, frames.size());
    EXPECT_EQ(tally.by_reason[static_cast<uint8_t>(Reason::kBadPort)], frames.size());
    const reg::ErrFirst first{bench.read(reg::kErrFirst)};
    EXPECT_TRUE(first.valid());
    EXPECT_EQ(first.code(), static_cast<uint8_t>(Fault::kBadPort));
    EXPECT_EQ(first.index(), port);
    EXPECT_EQ(bench.read(reg::kErrCount), frames.size());
    EXPECT_TRUE(pair->irq.value);
    EXPECT_TRUE(agrees(*pair));
  }
}

TEST(RmtControl, FramesKeepTheEpochTheyEnteredWithAndProgramsTheirReasons) {
  // Epoch 0 sends frames back; epoch 1 drops them with reason 1 + port + 4, made in two stages.
  RmtProgram reasons;
  for (unsigned s = 0; s < 2; ++s) {
    StageProgram& stage = reasons.stages[s];
    stage.key.en[kExactKind] = stage.dflt.en = true;
    stage.actions[0].a8[kMetaReason] =
        s == 0 ? Alu8{AluOp::kAdd, AluB::kContainer, static_cast<uint8_t>(kMetaInPort), 0}
               : Alu8{AluOp::kAdd, AluB::kImm, 0, 4};
  }
  const std::array<RmtProgram, 2> programs = {echo_program(), reasons};
  sim::Random r(9);
  const auto frames = plain_frames(r, 6000, 64);
  const auto pair = make_pair_of<>();
  RmtBench bench(*pair, frames, {.seed = 9});
  bench.wait_init();
  load_few(bench, programs[0], 0);
  load_few(bench, programs[1], 1);
  bench.enable();
  for (unsigned epoch = 1; epoch < 200; ++epoch) bench.write(reg::kEpoch, epoch);
  ASSERT_TRUE(bench.run_axil());
  ASSERT_TRUE(bench.run(20'000, [&] { return pair->diverged() || bench.drained(); }));
  ASSERT_TRUE(agrees(*pair));
  const Tally tally = check_frames(
      bench, frames, [&](uint8_t epoch) -> const RmtProgram& { return programs[epoch % 2]; });
  check_counters(bench, tally, frames.size());
  for (const Reason reason : {Reason::kFragment, Reason::kProgram, Reason::kHeaderError}) {
    EXPECT_GT(tally.by_reason[static_cast<uint8_t>(reason)], 0u) << to_string(reason);
  }
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtControl, TheLowestWayWins) {
  // The same key in two ways with different actions.
  for (unsigned low = 0; low < kExactWays; ++low) {
    for (unsigned high = low + 1; high < kExactWays; ++high) {
      sim::Random r(7);
      auto frames = plain_frames(r, 30, 64);
      RmtProgram program = echo_program();
      StageProgram& stage = program.stages[0];
      stage.key.mask[9] = 0xff0000;  // first 8-bit selector
      stage.key.sel8[0] = kMetaInPort;
      for (unsigned port = 0; port < kNumPorts; ++port) {
        for (const unsigned way : {low, high}) {
          StageProgram::Placed p;
          Phv phv;
          phv.c8[kMetaInPort] = static_cast<uint8_t>(port);
          const KeyBytes key = masked_key(stage.key, phv);
          p.way = way;
          p.row = place_row(key, way);
          p.entry.valid = true;
          p.entry.action = static_cast<uint8_t>(10 + way);
          p.entry.key[9] = port << 16;
          stage.entries.push_back(p);
        }
      }
      for (unsigned way = 0; way < kExactWays; ++way) {
        stage.actions[10 + way] =
            funnel_program(static_cast<common::PortId>(way)).stages[0].actions[0];
      }
      const auto pair = make_pair_of<>();
      RmtBench bench(*pair, frames, {.seed = 7});
      bench.wait_init();
      load_few(bench, program, 0);
      bench.enable();
      ASSERT_TRUE(bench.run_axil());
      ASSERT_TRUE(bench.run(5000, [&] { return bench.drained(); }));
      check_frames(bench, frames, program);
      EXPECT_EQ(bench.read(reg::kForwarded), frames.size());
      EXPECT_TRUE(agrees(*pair));
    }
  }
}

// Byte 0 of a frame is its verdict, byte 1 its reason, byte 2 its port.
RmtProgram said_by_the_frame() {
  RmtProgram p;
  p.parse.tcam[0].valid = true;
  ParserAction& take = p.parse.action[0];
  take.done = true;
  take.need = 3;
  for (uint8_t i = 0; i < 3; ++i) take.x8[i] = {true, i, static_cast<uint8_t>(8 + i)};
  p.stages[0].key.en[kExactKind] = true;
  p.stages[0].dflt.en = true;
  ActionInstr& say = p.stages[0].actions[0];
  say.a8[kMetaVerdict] = {AluOp::kSet, AluB::kContainer, 8, 0};
  say.a8[kMetaReason] = {AluOp::kSet, AluB::kContainer, 9, 0};
  say.a8[kMetaOutPort] = {AluOp::kSet, AluB::kContainer, 10, 0};
  return p;
}

TEST(RmtControl, EveryReasonOfAProgramIsReportedAndCounted) {
  sim::Random r(12);
  std::vector<Frame> frames;
  for (unsigned reason = 0; reason < 24; ++reason) {
    for (const Verdict verdict : {Verdict::kDrop, Verdict::kSlow}) {
      frames.push_back(plain_frames(r, 1, 64)[0]);
      frames.back().tag = static_cast<uint32_t>(frames.size() - 1);
      frames.back().bytes[0] = static_cast<uint8_t>(verdict);
      frames.back().bytes[1] = static_cast<uint8_t>(reason);
    }
  }
  const RmtProgram program = said_by_the_frame();
  const auto pair = make_pair_of<>();
  RmtBench bench(*pair, frames, {});
  bench.wait_init();
  load_few(bench, program, 0);
  bench.enable();
  ASSERT_TRUE(bench.run_axil());
  ASSERT_TRUE(bench.run(20'000, [&] { return bench.drained(); }));
  const Tally tally = check_frames(bench, frames, program);
  check_counters(bench, tally, frames.size());
  EXPECT_TRUE(agrees(*pair));
}

// Sixteen copies and every cell taken: more than the queues would allow by themselves.
TEST(RmtQueue, AGroupFillsAllItsCopiesAndCellsRunOut) {
  sim::Random r(13);
  auto frames = plain_frames(r, 2200, 64);
  for (size_t i = 0; i < frames.size(); ++i) {
    Frame& f = frames[i];
    f.port = common::PortId::kP0;
    f.bytes[0] = static_cast<uint8_t>(Verdict::kForward);
    f.bytes[2] = i == 0 ? kOutMulticast : static_cast<uint8_t>(1 + i % 5);
  }
  RmtProgram program = said_by_the_frame();
  for (unsigned i = 0; i < kGroupCopies; ++i) {
    program.groups[0].copy[i] = {true, static_cast<uint8_t>(i % kNumPorts), 1, 0, false};
  }
  // Queues by byte 3, so that rings of 256 frames can hold every cell.
  program.parse.action[0].need = 4;
  program.parse.action[0].x8[3] = {true, 3, 11};
  program.stages[0].actions[0].a8[kMetaQueue] = {AluOp::kSet, AluB::kContainer, 11, 0};
  for (size_t i = 1; i < frames.size(); ++i) frames[i].bytes[3] = static_cast<uint8_t>(i / 600);
  const auto pair = make_pair_of<>();
  RmtBench bench(*pair, frames, {.out = {0, 0, 1}});
  bench.wait_init();
  load_few(bench, program, 0);
  for (unsigned q = 0; q < kNumOutputs * kNumQueues; ++q) {
    bench.write(reg::QLimit::offset_of(q), 0xfff);
  }
  bench.enable();
  ASSERT_TRUE(bench.run_axil());
  ASSERT_TRUE(bench.run(40'000, [&] { return bench.verdicts().taken().size() == frames.size(); }));
  EXPECT_EQ(bench.verdicts().taken()[0].copies, kGroupCopies);
  EXPECT_GT(bench.read(reg::kDropTmNoCell), 0u);
  EXPECT_EQ(bench.read(reg::kDropTmTail), 0u);
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtControl, ResetAtAThousandRandomCyclesLeavesNothingBehind) {
  sim::Random r(8);
  std::vector<Frame> frames;
  for (unsigned i = 0; i < 400; ++i) {
    frames.push_back(plain_frames(r, 1, 1 + r.below(600))[0]);
    frames.back().tag = i;
    frames.back().port = static_cast<common::PortId>(r.below(kNumPorts));
  }
  const RmtProgram program = echo_program();
  const auto pair = make_pair_of<>({.junk_payloads = true});
  RmtBench bench(*pair, frames, {.seed = 8, .in = {20, 0, 0}, .out = {20, 0, 0}, .shuffle = 8});
  // The list starts again after each reset: polling takes longer than the sweep, then the set-up.
  for (unsigned i = 0; i < 700; ++i) bench.axil().read(reg::kStatus);
  load_few(bench, program, 0);
  bench.enable();
  for (unsigned i = 0; i < 1000; ++i) {
    bench.tick(r.chance(92) ? r.below(600) : 3400 + r.below(900));
    ASSERT_TRUE(agrees(*pair)) << "after reset " << i;
    bench.reset();
  }
  ASSERT_TRUE(bench.run_axil());
  ASSERT_TRUE(bench.run(20'000, [&] { return pair->diverged() || bench.drained(); }));
  const Tally tally = check_frames(bench, frames, program);
  check_counters(bench, tally, frames.size());
  EXPECT_TRUE(agrees(*pair));
}

}  // namespace
}  // namespace fp::rmt::test
