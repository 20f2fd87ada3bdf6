// SPDX-License-Identifier: Apache-2.0
//
// Values as tshark writes them, exact percentiles, one line and one verdict per frame.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "sim-tb/stats/field_values.hpp"
#include "sim-tb/stats/latency.hpp"
#include "sim-tb/stats/packet_log.hpp"
#include "sim-tb/stats/report.hpp"

namespace fp::stats {
namespace {

using pipeline::Field;
using pipeline::FieldKind;
using Json = nlohmann::ordered_json;

rmt::Phv sample_phv() {
  rmt::Phv phv;
  phv.c8[5] = 64;
  phv.c16[1] = 0x0800;
  phv.c16[2] = 0xabcd;
  phv.c16[3] = 100;
  phv.c16[4] = 200;
  phv.c32[0] = 0x0a000002;
  phv.c32[1] = 0x20010db8;
  phv.c32[4] = 0x00000001;
  phv.c32[5] = 0x02000000;
  return phv;
}

std::string value(FieldKind kind, std::vector<pipeline::FieldPart> parts, uint8_t digits = 0) {
  std::string out;
  append_value(Field{"f", 0, kind, digits, std::move(parts)}, sample_phv(), out);
  return out;
}

TEST(FieldValues, AreWrittenAsTsharkWritesThem) {
  EXPECT_EQ(value(FieldKind::kDecimal, {{5, 0, 8}}), "64");
  EXPECT_EQ(value(FieldKind::kHex, {{17, 0, 16}}, 4), "0x0800");
  EXPECT_EQ(value(FieldKind::kHex, {{5, 4, 4}}, 1), "0x04");
  EXPECT_EQ(value(FieldKind::kHex, {{18, 0, 12}}, 3), "0x0bcd") << "as tshark shows tcp.flags";
  EXPECT_EQ(value(FieldKind::kIpv4, {{48, 0, 32}}), "10.0.0.2");
  EXPECT_EQ(value(FieldKind::kIpv6, {{49, 0, 32}, {50, 0, 32}, {51, 0, 32}, {52, 0, 32}}),
            "2001:db8::1");
  EXPECT_EQ(value(FieldKind::kMac, {{53, 0, 32}, {18, 0, 16}}), "02:00:00:00:ab:cd");
  EXPECT_EQ(value(FieldKind::kBool, {{5, 6, 1}}), "1");
  EXPECT_EQ(value(FieldKind::kBool, {{5, 0, 1}}), "0");
  // Parts join most significant first.
  EXPECT_EQ(value(FieldKind::kDecimal, {{18, 12, 4}, {18, 0, 4}}), "173");
}

TEST(FieldValues, RepeatedFieldsAreArraysOutermostFirstAndAbsentOnesLeftOut) {
  const FieldWriter writer({{"vlan.id", 1, FieldKind::kDecimal, 0, {{19, 0, 12}}},
                            {"ip.ttl", 2, FieldKind::kDecimal, 0, {{5, 0, 8}}},
                            {"vlan.id", 3, FieldKind::kDecimal, 0, {{20, 0, 12}}}});
  const auto json = [&](uint32_t valid) {
    std::string out;
    writer.append_json(valid, sample_phv(), out);
    return out;
  };
  EXPECT_EQ(json(0), "{}");
  EXPECT_EQ(json(1u << 3), R"({"vlan.id":"200"})");
  EXPECT_EQ(json(1u << 1 | 1u << 2 | 1u << 3), R"({"vlan.id":["100","200"],"ip.ttl":"64"})");
}

TEST(Latency, PercentilesAreThoseOfTheSortedList) {
  std::mt19937 random(7);
  for (const size_t n : {1, 2, 3, 99, 100, 101, 1000, 5003}) {
    LatencyCounts counts;
    std::vector<uint64_t> all;
    for (size_t i = 0; i < n; ++i) {
      all.push_back(random() % 10 == 0 ? random() : random() % 200);
      counts.add(all.back());
    }
    std::sort(all.begin(), all.end());
    for (const unsigned percent : {1u, 50u, 99u, 100u}) {
      const size_t rank = (n * percent + 99) / 100;
      EXPECT_EQ(counts.percentile(percent), all[rank - 1]) << n << " " << percent;
    }
  }
}

class Log : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::temp_directory_path() /
           ("fpstats" + std::to_string(::getpid()) +
            testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(dir_);
    log_ = std::make_unique<PacketLog>(
        path(), pipeline::FieldMap{{"ip.ttl", 2, FieldKind::kDecimal, 0, {{5, 0, 8}}}},
        std::vector<StageNames>{{"l2", {{"l2", "forward"}, {"l2", "drop"}}}});
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  std::string path() const { return (dir_ / "packets.jsonl").string(); }
  std::vector<Json> lines() const {
    std::ifstream in(path());
    std::vector<Json> all;
    for (std::string line; std::getline(in, line);) all.push_back(Json::parse(line));
    return all;
  }
  void judge(uint32_t tag, rmt::Verdict verdict, rmt::Reason reason = {}) {
    rmt::VerdictReport r;
    r.tag = tag;
    r.verdict = verdict;
    r.reason = static_cast<uint8_t>(static_cast<uint16_t>(reason));
    r.stage_hit = 1;
    r.stage_action[0] = 1;
    r.copies = verdict == rmt::Verdict::kDrop ? 0 : 1;
    log_->judged(r);
  }
  uint64_t drops(const std::string& name) const {
    for (const auto& [n, count] : log_->totals().drops) {
      if (n == name) return count;
    }
    ADD_FAILURE() << "no drop reason " << name;
    return 0;
  }

  std::filesystem::path dir_;
  std::unique_ptr<PacketLog> log_;
};

TEST_F(Log, AForwardedFramesLineNamesItsWay) {
  const uint32_t tag = frame_tag(1, 1);
  log_->accepted(tag, io::FrameMark::kNone, 100);
  rmt::ParseReport report;
  report.tag = tag;
  report.hdr_valid = 1u << 2;
  report.phv = sample_phv();
  log_->parsed(report);
  judge(tag, rmt::Verdict::kForward);
  EXPECT_TRUE(lines().empty()) << "not out yet";
  log_->left(tag, common::PortId::kP0, 7, 142);
  ASSERT_EQ(lines().size(), 1u);
  EXPECT_EQ(lines()[0].dump(),
            R"({"in":"p1","n":1,"verdict":"forward","reason":null,"out":[{"port":"p0","n":7,)"
            R"("cycle":142}],"cycle_in":100,"tables":[{"table":"l2","hit":true,)"
            R"("action":"forward"}],"fields":{"ip.ttl":"64"}})");
  EXPECT_EQ(log_->totals().latency.percentile(50), 42u);
  EXPECT_EQ(log_->open(), 0u);
}

TEST_F(Log, DropsCountByReasonAndTheWiresMarkComesBeforeThePipelines) {
  using M = io::FrameMark;
  uint64_t n = 0;
  for (const M mark : {M::kNone, M::kCutByRecorder, M::kOversize}) {
    ++n;
    log_->accepted(frame_tag(0, n), mark, n);
    judge(frame_tag(0, n), rmt::Verdict::kDrop, rmt::Reason::kFrameError);
  }
  EXPECT_EQ(drops("rmt.frame_error"), 1u);
  EXPECT_EQ(drops("capture.truncated"), 1u);
  EXPECT_EQ(drops("oversize"), 1u);
  EXPECT_EQ(drops("rmt.no_route"), 0u);
  ASSERT_EQ(lines().size(), 3u);
  EXPECT_EQ(lines()[0]["reason"], "rmt.frame_error");
  EXPECT_EQ(lines()[1]["reason"], "capture.truncated");
  EXPECT_EQ(lines()[2]["reason"], "oversize");
}

TEST_F(Log, LinesOfAPortStayInOrderWhateverEndsFirst) {
  for (const uint64_t n : {1, 2, 3}) log_->accepted(frame_tag(2, n), io::FrameMark::kNone, n);
  judge(frame_tag(2, 2), rmt::Verdict::kDrop, rmt::Reason::kNoRoute);
  judge(frame_tag(2, 3), rmt::Verdict::kSlow, rmt::Reason::kFragment);
  log_->left(frame_tag(2, 3), common::PortId::kCpu, 1, 50);
  EXPECT_TRUE(lines().empty());
  judge(frame_tag(2, 1), rmt::Verdict::kForward);
  log_->left(frame_tag(2, 1), common::PortId::kP3, 1, 60);
  ASSERT_EQ(lines().size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(lines()[i]["n"], i + 1);
  EXPECT_EQ(lines()[2]["verdict"], "slow");
  EXPECT_EQ(lines()[2]["reason"], "rmt.fragment");
}

TEST_F(Log, FramesWithoutVerdictAreHeldAndNothingIsLost) {
  for (const uint64_t n : {1, 2, 3, 4}) log_->accepted(frame_tag(3, n), io::FrameMark::kNone, n);
  judge(frame_tag(3, 1), rmt::Verdict::kDrop, rmt::Reason::kNoRoute);
  judge(frame_tag(3, 2), rmt::Verdict::kForward);
  log_->finish();
  const Totals& t = log_->totals();
  EXPECT_EQ(t.in, 4u);
  EXPECT_EQ(t.in, t.forwarded + t.dropped + t.slow + t.held);
  EXPECT_EQ(t.held, 2u);
  ASSERT_EQ(lines().size(), 4u);
  EXPECT_EQ(lines()[1]["verdict"], "forward");
  EXPECT_TRUE(lines()[1]["out"].empty());
  EXPECT_EQ(lines()[2]["verdict"], "held");
}

TEST_F(Log, OriginatedFramesCountApart) {
  log_->left(kOriginatedTag | 5, common::PortId::kP0, 1, 10);
  rmt::VerdictReport r;
  r.tag = kOriginatedTag | 6;
  r.verdict = rmt::Verdict::kDrop;
  log_->judged(r);
  log_->finish();
  EXPECT_TRUE(lines().empty());
  EXPECT_EQ(log_->totals().originated, 1u);
  EXPECT_EQ(log_->totals().originated_dropped, 1u);
  EXPECT_EQ(log_->totals().in, 0u);
}

TEST_F(Log, StatsJsonHasTheContractsFields) {
  log_->accepted(frame_tag(0, 1), io::FrameMark::kNone, 5);
  judge(frame_tag(0, 1), rmt::Verdict::kForward);
  log_->left(frame_tag(0, 1), common::PortId::kP1, 1, 45);
  log_->finish();
  RunFacts facts{.profile = "paper",
                 .ns_per_cycle = 4,
                 .seed = 3,
                 .boot_cycles = 9,
                 .cycles = 99,
                 .wall_seconds = 1,
                 .fidelity = {{"rmt", "model"}},
                 .extra = {{"x", 1}}};
  const Json j = Json::parse(stats_json(facts, log_->totals()));
  EXPECT_EQ(j["schema"], 1);
  EXPECT_EQ(j["profile"], "paper");
  EXPECT_EQ(j["seed"], 3);
  EXPECT_EQ(j["boot_cycles"], 9);
  EXPECT_EQ(j["cycles"], 99);
  EXPECT_EQ(j["packets"].dump(),
            R"({"in":1,"forwarded":1,"dropped":0,"slow":0,"held":0,"originated":0})");
  EXPECT_EQ(j["drops"]["rmt.parser.truncated"], 0);
  EXPECT_EQ(j["latency_cycles"].dump(), R"({"p50":40,"p99":40,"max":40})");
  EXPECT_EQ(j["x"], 1);
  // Wall time is for people only.
  facts.wall_seconds = 2;
  EXPECT_EQ(stats_json(facts, log_->totals()), j.dump(2) + "\n");
  EXPECT_NE(closing_table(facts, log_->totals()).find("40 cycles, 160 ns"), std::string::npos);
}

}  // namespace
}  // namespace fp::stats
