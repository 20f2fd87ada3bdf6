// SPDX-License-Identifier: Apache-2.0
//
// An explanation is told only when model, replayed image and reports agree: a story that hangs
// together is told, and the same with one witness changed is refused.
#include "sim-tb/explain/explanation.hpp"

#include <gtest/gtest.h>

#include "firmware/linux/network/lower.hpp"
#include "firmware/linux/pipeline/shipped.hpp"
#include "sim-tb/explain/image_stages.hpp"
#include "sim-tb/stats/field_values.hpp"

namespace fp::explain {
namespace {

constexpr uint64_t kReady = 1000;

// One frame of an experimental EtherType from p0 over the default wire to p1, told by hand: the
// parser finds Ethernet, each stage does what the image says.
class Story : public ::testing::Test {
 protected:
  Story() {
    const auto tables =
        network::mesh_tables(network::default_network_config(), "built-in", 250'000'000);
    entries_ = tables.entries;
    image_ = pipeline::compile(program_, entries_, tables.extras);
    passes_.emplace_back();
    Pass& p = passes_[0];
    frame_.assign(60, 0);
    frame_[12] = 0x88;
    frame_[13] = 0xb5;
    std::copy(frame_.begin(), frame_.end(), p.window.bytes.begin());
    p.window.len = 60;
    p.window.whole = true;
    p.frame.hdr_valid = 1;  // the first state's header
    p.frame.phv.c8[rmt::kMetaReason] = static_cast<uint8_t>(rmt::Reason::kNoRoute);
    p.parsed_cycle = kReady + 20;
    const ImageStages rows(image_);
    rmt::Phv phv = p.frame.phv;
    line_["tables"] = nlohmann::ordered_json::array();
    for (unsigned s = 0; s < image_.stages.size(); ++s) {
      StageStep step{};
      step.stage = s;
      step.before = phv;
      step.cycle = p.parsed_cycle + 5 * (s + 1);
      if (const auto hit = rows.lookup(s, 1, phv)) {
        step.found.looked = step.found.run = true;
        step.found.hit = !hit->otherwise;
        step.found.action = static_cast<uint8_t>(hit->action);
        step.found.params = hit->params;
        rows.run(s, hit->action, hit->params, phv);
        const std::string action = image_.stages[s].actions.at(hit->action);
        line_["tables"].push_back({{"table", "t"}, {"hit", step.found.hit}, {"action", action}});
      }
      step.after = phv;
      p.stages.push_back(step);
    }
    p.bytes = frame_;
    p.fate.verdict = rmt::Verdict::kForward;
    p.fate.out_port = phv.c8[rmt::kMetaOutPort];
    p.sent = true;
    p.first_beat = p.last_beat = kReady + 67;
    line_["in"] = "p0";
    line_["n"] = 1;
    line_["verdict"] = "forward";
    line_["reason"] = nullptr;
    line_["cycle_in"] = 0;
    line_["out"] = {{{"port", "p1"}, {"n", 1}, {"cycle", 72}}};
    std::string fields;
    stats::FieldWriter(image_.fields).append_json(1, p.frame.phv, fields);
    line_["fields"] = nlohmann::ordered_json::parse(fields);
    copies_ = {frame_};
  }

  nlohmann::ordered_json told() const {
    return explanation({program_, image_, entries_, passes_, line_, kReady, copies_});
  }

  const pipeline::Program program_ = pipeline::mesh_program();
  std::vector<pipeline::Entry> entries_;
  pipeline::Image image_;
  std::vector<uint8_t> frame_;
  std::vector<Pass> passes_;
  nlohmann::ordered_json line_;
  std::vector<std::vector<uint8_t>> copies_;
};

TEST_F(Story, IsToldWhenAllAgree) {
  const auto j = told();
  EXPECT_EQ(j["decided_by"]["table"], "pairs");
  EXPECT_EQ(j["decided_by"]["stage"], 0);
  EXPECT_EQ(j["passes"][0]["parse"]["cycle"], 20);
  EXPECT_EQ(j["passes"][0]["deparse"]["to"], "p1");
  EXPECT_EQ(j["out"][0]["bytes"], 60);
  EXPECT_NE(explanation_text(j).find("decided by stage 0, table pairs"), std::string::npos);
}

TEST_F(Story, IsRefusedWhenTheModelHitsAnotherRow) {
  passes_[0].stages[0].found.hit = false;
  EXPECT_THROW(told(), Disagreement);
}

TEST_F(Story, IsRefusedWhenTheModelRunsAnotherAction) {
  ++passes_[0].stages[0].found.action;
  EXPECT_THROW(told(), Disagreement);
}

TEST_F(Story, IsRefusedWhenTheModelUsesOtherActionData) {
  passes_[0].stages[0].found.params[0] ^= 1;
  EXPECT_THROW(told(), Disagreement);
}

TEST_F(Story, IsRefusedWhenAStageWritesAnotherContainer) {
  passes_[0].stages[2].after.c32[5] ^= 1;
  EXPECT_THROW(told(), Disagreement);
}

TEST_F(Story, IsRefusedWhenTheParserFindsOtherHeaders) {
  passes_[0].frame.hdr_valid = 3;
  EXPECT_THROW(told(), Disagreement);
}

TEST_F(Story, IsRefusedWhenOtherFieldsAreReported) {
  line_["fields"]["eth.src"] = "02:00:00:00:00:99";
  EXPECT_THROW(told(), Disagreement);
}

TEST_F(Story, IsRefusedWhenOtherTablesAreReported) {
  line_["tables"][0]["hit"] = false;
  EXPECT_THROW(told(), Disagreement);
}

TEST_F(Story, IsRefusedWhenAnotherVerdictIsReported) {
  line_["verdict"] = "slow";
  line_["reason"] = "rmt.ttl";
  EXPECT_THROW(told(), Disagreement);
}

TEST_F(Story, IsRefusedWhenOtherBytesLeft) {
  copies_[0][30] ^= 1;
  EXPECT_THROW(told(), Disagreement);
}

TEST_F(Story, SaysThatTheTrafficManagerDroppedWhatTheStagesLetGo) {
  line_["verdict"] = "drop";
  line_["reason"] = "rmt.tm.tail_drop";
  line_["out"] = nlohmann::ordered_json::array();
  EXPECT_EQ(told()["decided_by"]["part"], "traffic manager");
}

}  // namespace
}  // namespace fp::explain
