// SPDX-License-Identifier: Apache-2.0
//
// Table entries written by hand: what is read, and that everything else is refused by line and
// path.
#include "firmware/linux/pipeline/entries_file.hpp"

#include <gtest/gtest.h>

#include "firmware/linux/pipeline/shipped.hpp"

namespace fp::pipeline {
namespace {

const Program& program() {
  static const Program p = flowstats_program();
  return p;
}

Configured parse(const std::string& text) { return parse_entries(program(), text, "e.yaml"); }

std::string refusal(const std::string& text) {
  try {
    parse(text);
  } catch (const InputError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(EntriesFile, TheShippedExampleFillsItsProgram) {
  const Configured c =
      load_entries(program(), std::string(FP_SOURCE_DIR) + "/tests/data/flowstats/entries.yaml");
  ASSERT_EQ(c.entries.size(), 8u);
  EXPECT_EQ(c.entries[0].key.at("meta.in_port").value, (std::vector<uint8_t>{0}));
  EXPECT_EQ(c.entries[0].params.at("port").low(), 1u);
  EXPECT_EQ(c.entries[2].key.at("ipv4.src").value, (std::vector<uint8_t>{10, 0, 0, 1}));
  EXPECT_EQ(c.entries[2].key.at("ports.dport").value, (std::vector<uint8_t>{0, 80}));
  EXPECT_EQ(c.entries[4].key.at("meta.seen").mask, (std::vector<uint8_t>{0xff, 0xff, 0xff, 0xf0}));
  EXPECT_EQ(c.entries[6].priority, 1u);
  EXPECT_FALSE(compile(program(), c.entries, c.extras).rows.empty());
}

TEST(EntriesFile, PrefixesGroupsEditsAndMetersAreRead) {
  const Configured c = parse(
      "entries: {flows: [{key: {ipv4.dst: 10.0.0.0/8}, action: listed}]}\n"
      "meters: {flows: [{row: 3, cir: 1, pir: 2, cbs: 3, pbs: 4}]}\n"
      "groups: [{group: 5, copies: [{port: p1, queue: 2, edit: 9, prune: true}, {port: cpu}]}]\n"
      "edits: [{edit: 9, at: 12, data: 81000064}]\n");
  EXPECT_EQ(c.entries[0].key.at("ipv4.dst").prefix, 8u);
  EXPECT_EQ(c.extras.meters[0].cfg.pbs, 4u);
  EXPECT_EQ(c.extras.groups[0].group.copy[0].edit, 9);
  EXPECT_EQ(c.extras.groups[0].group.copy[1].port, 5);
  EXPECT_FALSE(c.extras.groups[0].group.copy[2].en);
  EXPECT_EQ(c.extras.edits[0].edit.len, 4);
  EXPECT_EQ(c.extras.edits[0].edit.data[3], 0x64);
}

struct Case {
  const char* text;
  const char* message;
};

class RefusedEntries : public testing::TestWithParam<Case> {};

TEST_P(RefusedEntries, WithLineAndPath) { EXPECT_EQ(refusal(GetParam().text), GetParam().message); }

INSTANTIATE_TEST_SUITE_P(
    EntriesFile, RefusedEntries,
    testing::Values(
        Case{"tables: {}",
             "e.yaml:1: tables: found an unknown field, expected one of entries, "
             "meters, groups, edits"},
        Case{"entries: {nowhere: []}",
             "e.yaml:1: entries.nowhere: found nowhere, expected a table of program flowstats"},
        Case{"entries:\n  wires:\n  - {key: {in_port: p0}, action: send}",
             "e.yaml:3: entries.wires[0].key.in_port: found in_port, expected INSTANCE.FIELD"},
        Case{"entries: {wires: [{key: {meta.color: 1}, action: send}]}",
             "e.yaml:1: entries.wires[0].key.meta.color: found meta.color, expected metadata of "
             "program flowstats"},
        Case{"entries: {wires: [{key: {meta.in_port: p9}, action: send}]}",
             "e.yaml:1: entries.wires[0].key.meta.in_port: found p9, expected a number up to 255"},
        Case{"entries: {flows: [{key: {ipv4.dst: \"2001:db8::1\"}, action: listed}]}",
             "e.yaml:1: entries.flows[0].key.ipv4.dst: found 2001:db8::1, expected a value of 32 "
             "bits"},
        Case{"entries: {flows: [{key: {ipv4.dst: 10.0.0.0/33}, action: listed}]}",
             "e.yaml:1: entries.flows[0].key.ipv4.dst: found 10.0.0.0/33, expected a prefix of 32 "
             "bits"},
        Case{"entries: {wires: [{action: fly}]}",
             "e.yaml:1: entries.wires[0].action: found fly, expected an action of table wires"},
        Case{"entries: {wires: [{action: send, params: {speed: 1}}]}",
             "e.yaml:1: entries.wires[0].params.speed: found speed, expected a parameter of action "
             "send"},
        Case{"groups: [{group: 256, copies: []}]",
             "e.yaml:1: groups[0].group: found 256, expected a number up to 255"},
        Case{"groups: [{group: 1, copies: [{port: recirc}]}]",
             "e.yaml:1: groups[0].copies[0].port: found recirc, expected a port frames can leave "
             "by"},
        Case{"edits: [{edit: 1, data: 123}]",
             "e.yaml:1: edits[0].data: found 123, expected up to 72 bytes, two hex digits each"},
        Case{"edits: [{edit: 1, data: 12gh}]",
             "e.yaml:1: edits[0].data: found 12gh, expected two hex digits a byte"}));

}  // namespace
}  // namespace fp::pipeline
