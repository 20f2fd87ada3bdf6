// SPDX-License-Identifier: Apache-2.0
//
// The language: what is refused, where, and in which words.
#include "firmware/linux/pipeline/program.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/compiler.hpp"
#include "tests/unit/pipeline/small_program.hpp"

namespace fp::pipeline {
namespace {

using test::bent;
using test::kSmall;
using test::line_of;

// One bent line and what must be said about it.
struct Refusal {
  const char* name;
  const char* from;
  const char* to;            // its first line is where the complaint must point
  const char* says;          // after FILE:LINE:
  const char* at = nullptr;  // the complaint points at the line of this text instead
};

std::string complaint(const std::string& text) {
  try {
    compile(parse_program(text, "p.yaml"), {});
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, WithFileLineAndNumbers) {
  const Refusal& r = GetParam();
  const std::string text = bent(r.from, r.to);
  const std::string where = r.at != nullptr ? r.at : r.to;
  EXPECT_EQ(complaint(text), "p.yaml:" + std::to_string(line_of(text, where)) + ": " + r.says);
}

const Refusal kRefusals[] = {
    // Form.
    {"unknown_top_key", "checksums:\n", "checksum:\n",
     "checksum: found an unknown field, expected one of program, headers, parse, metadata, same, "
     "pops, actions, tables, checksums",
     "  - {field: ip.csum"},
    {"key_twice", "        - {type: 0x800, to: ip}\n", "        - {to: ip, to: ip}\n",
     "parse.states.eth.next[0].to: found a second one, expected each key once"},
    {"not_yaml", "program: small", "program: [small",
     "syntax: found end of sequence flow not found, expected valid YAML", "headers:"},
    // Headers.
    {"field_twice", "    - {name: ihl, bits: 4}", "    - {name: ver, bits: 4}",
     "headers.ip[1].name: found ver again, expected each field once",
     "    - {name: ver, bits: 4}\n    - {name: tos"},
    {"field_too_wide", "{name: src, bits: 48}", "{name: src, bits: 129}",
     "headers.eth[1].bits: found 129, expected a number up to 128"},
    {"field_of_nothing", "{name: src, bits: 48}", "{name: src, bits: 0}",
     "headers.eth[1].bits: found 0, expected 1 to 128"},
    {"field_with_dot", "{name: src, bits: 48}", "{name: s.rc, bits: 48}",
     "headers.eth[1].name: found s.rc, expected a name without dots"},
    {"field_named_to", "{name: src, bits: 48}", "{name: to, bits: 48}",
     "headers.eth[1].name: found to, expected a name other than to"},
    {"unknown_kind", "as: mac", "as: macaddr",
     "headers.eth[0].as: found macaddr, expected decimal, hex, mac, ipv4, ipv6 or bool"},
    {"half_a_byte", "    - {name: type, bits: 16}", "    - {name: type, bits: 12}",
     "headers.eth: found 108 bits, expected whole bytes", "    - {name: dst, bits: 48, shown"},
    {"header_too_long", "    - {name: src, bits: 48}",
     "    - {name: a0, bits: 128}\n    - {name: a1, bits: 128}\n    - {name: a2, bits: 128}\n"
     "    - {name: a3, bits: 128}\n    - {name: a4, bits: 128}\n    - {name: a5, bits: 128}\n"
     "    - {name: a6, bits: 128}\n    - {name: a7, bits: 128}",
     "headers.eth: found 1072 bits, expected at most 127 bytes in a header",
     "    - {name: dst, bits: 48, shown"},
    {"no_container", "    - {name: type, bits: 16}",
     "    - {name: type, bits: 16}\n    - {name: tail, bits: 24}",
     "parse.states.eth: found 24 bits at the end of header eth that fill no container, expected "
     "fields that add up to 8, 16 or 32 bits",
     "      header: eth"},
    // Parse graph.
    {"no_start", "  start: eth", "  start: ether", "parse.start: found ether, expected a state"},
    {"state_named_meta", "    ip:\n      header: ip", "    meta:\n      header: ip",
     "parse.states.meta: found meta, expected a name other than meta", "      header: ip"},
    {"unknown_header", "      header: ip", "      header: ipx",
     "parse.states.ip.header: found ipx, expected a header defined above"},
    {"unknown_select", "select: [type]", "select: [kind]",
     "parse.states.eth.select[0]: found kind, expected a field of header eth"},
    {"not_selected", "{type: 0x800, to: ip}", "{src: 0x800, to: ip}",
     "parse.states.eth.next[0].src: found src, expected a field named in select"},
    {"value_too_wide", "{type: 0x800, to: ip}", "{type: 0x10000, to: ip}",
     "parse.states.eth.next[0].type: found 0x10000, expected a number up to 65535"},
    {"value_no_number", "{type: 0x800, to: ip}", "{type: ipv4, to: ip}",
     "parse.states.eth.next[0].type: found ipv4, expected a number up to 65535"},
    {"mask_missing", "{value: 0, mask: 0xc}", "{value: 0}",
     "parse.states.ip.next[0].ihl.mask: found nothing, expected a value"},
    {"no_target", "{type: 0x800, to: ip}", "{type: 0x800}",
     "parse.states.eth.next[0].to: found nothing, expected a value"},
    {"unknown_target", "{type: 0x800, to: ip}", "{type: 0x800, to: ipx}",
     "parse.states.eth.next[0].to: found ipx, expected a state, accept, or drop/slow with a "
     "reason"},
    {"two_fates", "{drop: header_error}", "{drop: header_error, slow: fragment}",
     "parse.states.ip.next[0].to: found a map, expected either drop or slow with a reason"},
    {"no_reason", "{drop: header_error}", "{drop: rain}",
     "parse.states.ip.next[0].to: found rain, expected a reason of rmt.yaml"},
    {"reason_of_other_fate", "{drop: header_error}", "{slow: header_error}",
     "parse.states.ip.next[0].to: found header_error, expected a reason to go slow"},
    {"drop_for_slow_reason", "{drop: header_error}", "{drop: fragment}",
     "parse.states.ip.next[0].to: found fragment, expected a reason to drop"},
    {"no_way_out", "        - {to: accept}\n    ip:", "        - {type: 5, to: accept}\n    ip:",
     "parse.states.eth.next: found no alternative without conditions at the end, expected one, so "
     "that every frame goes somewhere",
     "        - {type: 0x800"},
    {"odd_unit", "unit: 4", "unit: 3",
     "parse.states.ip.length.unit: found 3, expected a power of two up to 128"},
    {"length_across_bytes", "{bytes: 0, field: ihl, unit: 4}", "{bytes: 0, field: csum, unit: 4}",
     "parse.states.ip.length: found a field across bytes, expected a field inside one byte"},
    {"too_many_lookups", "select: [ihl]\n", "select: [ihl, dst]\n",
     "parse.states.ip.select: found 5 bytes, expected at most 4"},
    // Actions.
    {"unknown_op", "{sub: ip.ttl, with: 1}", "{mul: ip.ttl, with: 1}",
     "actions.age.do[0].mul: found mul, expected set, add, sub, and, or, xor, count, meter "
     "or register"},
    {"three_operands", "{sub: ip.ttl, with: 1}", "{sub: ip.ttl, with: 1, and: 2}",
     "actions.age.do[0]: found a map, expected an operation with its target, and `with`"},
    {"no_dot", "{sub: ip.ttl, with: 1}", "{sub: ttl, with: 1}",
     "actions.age.do[0].sub: found ttl, expected INSTANCE.FIELD"},
    {"unknown_instance", "{sub: ip.ttl, with: 1}", "{sub: ipx.ttl, with: 1}",
     "actions.age.do[0].sub: found ipx, expected a state of the parse graph, or meta"},
    {"unknown_field", "{sub: ip.ttl, with: 1}", "{sub: ip.hops, with: 1}",
     "actions.age.do[0].sub: found hops, expected a field of header ip"},
    {"unknown_meta", "{set: meta.out_port, with: $port}", "{set: meta.cue, with: $port}",
     "actions.out.do[0].set: found cue, expected in_port, out_port, verdict, reason, queue, edit, "
     "pop, group, entropy, recirc, or a name from metadata"},
    {"part_of_container", "{sub: ip.ttl, with: 1}", "{sub: ip.ihl, with: 1}",
     "actions.age.do[0].sub: found ip.ihl, expected a field that is one or several whole 8-, 16- "
     "or "
     "32-bit containers"},
    {"number_too_wide", "{sub: ip.ttl, with: 1}", "{sub: ip.ttl, with: 256}",
     "actions.age.do[0].with: found 256, expected a number of 8 bits"},
    {"unknown_param", "with: $port", "with: $gate",
     "actions.out.do[0].with: found $gate, expected a parameter of this action"},
    {"param_width", "params: {port: 8}", "params: {port: 9}",
     "actions.out.params.port: found 9, expected 8, 16, 32, 48, 64 or 128"},
    {"param_does_not_fit", "params: {port: 8}", "params: {port: 16}",
     "actions.out.do[0].with: found $port, expected a parameter of 8 bits",
     "      - {set: meta.out_port"},
    {"field_does_not_fit", "{set: ip.id, with: 7}", "{set: ip.id, with: ip.ttl}",
     "actions.age.do[1].with: found ip.ttl, expected a field of 16 bits"},
    {"too_much_data", "params: {port: 8}", "params: {port: 8, a: 32, b: 32, c: 32, d: 32}",
     "actions.out.params: found 136 bits, expected at most 128"},
    {"written_twice", "{set: ip.id, with: 7}", "{set: ip.ttl, with: 7}",
     "actions.age.do[1].set: found ip.ttl again, expected each field once in an action"},
    {"no_verdict", "with: forward", "with: onward",
     "actions.out.do[1].with: found onward, expected a number, a parameter ($name), hash, "
     "INSTANCE.FIELD or a name for meta.verdict"},
    // Tables.
    {"unknown_table_kind", "kind: exact", "kind: hash",
     "tables.t.kind: found hash, expected exact, ternary or lpm"},
    {"unknown_when", "when: [ip]", "when: [tcp]",
     "tables.t.when[0]: found tcp, expected a state of the parse graph"},
    {"empty_key", "key: [ip.dst]", "key: []",
     "tables.t.key: found a list of 0, expected at least one field"},
    {"key_field_twice", "key: [ip.dst]", "key: [ip.dst, ip.dst]",
     "tables.t.key[1]: found ip.dst again, expected each field once"},
    {"key_too_wide", "key: [ip.dst]", "key: [ip.dst, ip.ttl, ip.tos, meta.in_port]",
     "tables.t.key: found more than 2 8-bit containers, expected a key of 8 x 32, 3 x 16 and 2 x 8 "
     "bits"},
    {"table_too_large", "size: 16", "size: 1025",
     "tables.t.size: found 1025 entries, expected at most 1024 in a stage"},
    {"unknown_action", "actions: [out, age]", "actions: [out, rage]",
     "tables.t.actions[1]: found rage, expected an action defined above"},
    {"default_with_params", "default: age", "default: out",
     "tables.t.default: found out, expected an action without parameters"},
    // Checksums.
    {"checksum_field", "{field: ip.csum,", "{field: ip.ttl,",
     "checksums[0].field: found ip.ttl, expected an aligned 16-bit header field"},
    {"checksum_of_nobody", "{field: ip.csum,", "{field: ipx.csum,",
     "checksums[0].field: found ipx.csum, expected an aligned 16-bit header field"},
    {"covers_nothing", "covers: [ip.*]", "covers: [ip.hops]",
     "checksums[0].covers[0]: found ip.hops, expected INSTANCE.FIELD of the parse graph, or "
     "INSTANCE.*"},
    {"not_a_bool", "covers: [ip.*]", "covers: [ip.*], zero_keeps: yes",
     "checksums[0].zero_keeps: found yes, expected true or false"},
};

INSTANTIATE_TEST_SUITE_P(Language, Refused, testing::ValuesIn(kRefusals),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Language, TheSmallProgramIsRight) { EXPECT_EQ(complaint(kSmall), ""); }

// docs/pipeline-programs.md: its worked examples compile as they stand there, the second one into
// the stages that the text below it names.
TEST(Language, TheDocumentedExamplesAreRight) {
  std::ifstream in(FP_SOURCE_DIR "/docs/pipeline-programs.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  std::vector<std::string> examples;
  for (size_t at = 0; (at = page.find("```yaml\n", at)) != std::string::npos;) {
    at += 8;
    const size_t end = page.find("```", at);
    examples.push_back(page.substr(at, end - at));
    at = end + 3;
  }
  ASSERT_EQ(examples.size(), 2u);
  for (const std::string& e : examples) EXPECT_EQ(complaint(e), "");
  std::vector<std::string> stages;
  for (const auto& s : compile(parse_program(examples[1], "p.yaml"), {}).stages) {
    stages.push_back(s.name());
  }
  EXPECT_EQ(stages, (std::vector<std::string>{"vrf6|vrf4", "acl", "hosts|routes"}));
}

TEST(Language, OneDocumentPerFile) {
  EXPECT_EQ(complaint("program: a\n---\nprogram: b\n"),
            "p.yaml: file: found 2 documents, expected one YAML document");
  EXPECT_EQ(complaint(""), "p.yaml: file: found 0 documents, expected one YAML document");
}

TEST(Language, AFileThatIsNotThereIsNamed) {
  try {
    load_program("/nowhere/p.yaml");
    FAIL();
  } catch (const InputError& e) {
    EXPECT_STREQ(e.what(),
                 "/nowhere/p.yaml: file: found No such file or directory, expected a readable YAML "
                 "file");
  }
}

// An action that no table uses is checked like the others: it once crashed the compiler.
TEST(Language, UnusedActionsAreChecked) {
  const std::string text =
      bent("tables:\n", "  idle:\n    do:\n      - {set: ghost.x, with: 1}\ntables:\n");
  EXPECT_EQ(complaint(text), "p.yaml:" + std::to_string(line_of(text, "ghost")) +
                                 ": actions.idle.do[0].set: found ghost, expected a state of the "
                                 "parse graph, or meta");
}

TEST(Language, TheFirstStateIsWhereFramesStart) {
  const std::string text = bent("  start: eth", "  start: ip");
  const Program program = parse_program(text, "p.yaml");
  EXPECT_EQ(program.states[0].name, "ip");
  EXPECT_EQ(program.states[1].name, "eth");
}

TEST(Language, MoreStatesTablesOrEntriesThanTheHardwareHasAreRefusedWithNumbers) {
  std::string states;
  for (int i = 0; i < 31; ++i) {
    states += "    s" + std::to_string(i) + ": {header: eth, next: [{to: accept}]}\n";
  }
  EXPECT_NE(complaint(bent("actions:\n", states + "actions:\n"))
                .find("found 33 states, expected at most 32"),
            std::string::npos);
  std::string edges;
  for (int i = 0; i < 125; ++i)
    edges += "        - {type: " + std::to_string(i) + ", to: accept}\n";
  EXPECT_NE(complaint(bent("        - {type: 0x800, to: ip}\n",
                           "        - {type: 0x800, to: ip}\n" + edges))
                .find("found 129 parser entries, expected at most 128"),
            std::string::npos);
  std::string tables;
  for (unsigned i = 0; i < rmt::kNumStages; ++i) {
    tables +=
        "  t" + std::to_string(i) + ": {kind: exact, key: [ip.dst], size: 1, actions: [age]}\n";
  }
  EXPECT_NE(complaint(bent("checksums:\n", tables + "checksums:\n"))
                .find("found a chain of 9 tables that each need the one before, expected at most 8 "
                      "stages: t > t0 > t1 > t2 > t3 > t4 > t5 > t6 > t7"),
            std::string::npos);
}

}  // namespace
}  // namespace fp::pipeline
