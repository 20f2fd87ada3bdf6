// SPDX-License-Identifier: Apache-2.0
//
// The programs that come with the project, on every recording: RTL and model in lockstep, and both
// against the interpreter of the rows.
#include "firmware/linux/pipeline/shipped.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "firmware/linux/network/lower.hpp"
#include "firmware/linux/pipeline/entries_file.hpp"
#include "sim-tb/io/capture.hpp"
#include "tests/lockstep/rmt/rmt_pair.hpp"

namespace fp::rmt::test {
namespace {

constexpr size_t kMostFrames = 700;  // of one recording

// Row images as the structs that the interpreter reads.
RmtProgram program_of(const pipeline::Image& image) {
  RmtProgram p;
  for (const pipeline::Row& row : image.rows) {
    std::array<uint32_t, reg::kTblDataCount> words{};
    std::copy(row.words.begin(), row.words.end(), words.begin());
    const auto to = [&](auto& place) {
      place = std::remove_reference_t<decltype(place)>::unpack(words.data());
    };
    unsigned id = row.table;
    const unsigned i = row.index;
    StageProgram* stage = nullptr;
    if (id >= kStageTableBase) {
      stage = &p.stages[(id - kStageTableBase) / kStageTableStride];
      id = kStageTableBase + (id - kStageTableBase) % kStageTableStride;
    }
    switch (static_cast<TableId>(id)) {
      case TableId::kParserInit:
        to(p.parse.init);
        break;
      case TableId::kParserTcam:
        to(p.parse.tcam[i]);
        break;
      case TableId::kParserAction:
        to(p.parse.action[i]);
        break;
      case TableId::kDeparserSlot:
        to(p.parse.slots[i]);
        break;
      case TableId::kDeparserCsum:
        to(p.parse.units[i]);
        break;
      case TableId::kDeparserPop:
        to(p.parse.pops[i]);
        break;
      case TableId::kGroup:
        to(p.groups[i]);
        break;
      case TableId::kEdit:
        to(p.edits[i]);
        break;
      case TableId::kStage0Key:
        to(stage->key);
        break;
      case TableId::kStage0Exact:
        stage->entries.push_back(
            {i / kExactRows, i % kExactRows, ExactEntry::unpack(words.data())});
        break;
      case TableId::kStage0Action:
        to(stage->actions[i]);
        break;
      case TableId::kStage0Default:
        to(stage->dflt);
        break;
      case TableId::kStage0Ternary:
        to(stage->ternary[i]);
        break;
      case TableId::kStage0LpmPivot:
        to(stage->pivots[i]);
        break;
      case TableId::kStage0LpmEntry:
        to(stage->prefixes[i]);
        break;
      case TableId::kStage0Side:
        to(stage->sides[i]);
        break;
      case TableId::kStage0State:
        to(stage->state);
        break;
      case TableId::kStage0Meter:
        to(stage->meters[i]);
        break;
      default:
        ADD_FAILURE() << "a row of table " << unsigned{row.table};
    }
  }
  return p;
}

std::vector<std::string> recordings() {
  std::vector<std::string> files = {FP_SOURCE_DIR "/tests/data/pcap/echo.pcap"};
  const std::filesystem::path folder(FLATPROXY_DATA "/pcaps");
  if (std::filesystem::is_directory(folder)) {
    for (const auto& f : std::filesystem::directory_iterator(folder)) {
      if (f.path().extension() == ".pcap") files.push_back(f.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Every recording in at two ports, in turn.
std::vector<Frame> frames_of_all(common::PortId one, common::PortId other) {
  std::vector<Frame> frames;
  for (const std::string& file : recordings()) {
    io::PortFrames in(file, -1);
    io::CapturedFrame captured;
    for (size_t n = 0; n < kMostFrames && in.next(captured); ++n) {
      Frame f;
      f.bytes = captured.bytes;
      f.tag = static_cast<uint32_t>(frames.size());
      f.port = frames.size() % 2 == 0 ? one : other;
      f.err = captured.mark != io::FrameMark::kNone;
      frames.push_back(std::move(f));
    }
  }
  return frames;
}

void judge(const pipeline::Image& image, common::PortId one, common::PortId other) {
  const RmtProgram program = program_of(image);
  const std::vector<Frame> frames = frames_of_all(one, other);
  const auto pair = make_pair_of<>();
  RmtBench bench(*pair, frames, {.seed = 4, .in = sim::kSomeStalls, .out = sim::kSomeStalls});
  bench.wait_init();
  bench.load(program, 0);
  bench.enable(true);
  ASSERT_TRUE(bench.run_axil());
  ASSERT_TRUE(bench.run(2'000'000, [&] { return bench.drained(); }));
  const Tally tally = check_frames(bench, frames, program);
  check_counters(bench, tally, frames.size());
  check_state(bench, tally.memory);
  EXPECT_GT(tally.forwarded, frames.size() / 2);
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtShipped, MeshOnEveryRecording) {
  const auto config = network::load_network_config(FP_SOURCE_DIR "/tests/data/network.yaml");
  const network::MeshTables tables = network::mesh_tables(config, "network.yaml", 250'000'000);
  judge(pipeline::compile(pipeline::mesh_program(), tables.entries, tables.extras),
        common::PortId::kP0, common::PortId::kP2);
}

TEST(RmtShipped, FlowstatsOnEveryRecording) {
  const pipeline::Program program = pipeline::flowstats_program();
  const pipeline::Configured c =
      pipeline::load_entries(program, FP_SOURCE_DIR "/tests/data/flowstats/entries.yaml");
  judge(pipeline::compile(program, c.entries, c.extras), common::PortId::kP0, common::PortId::kP1);
}

}  // namespace
}  // namespace fp::rmt::test
