// SPDX-License-Identifier: Apache-2.0
//
// The language beyond exact tables: what is refused, where, and in which words.
#include <gtest/gtest.h>

#include "firmware/linux/pipeline/compiler.hpp"
#include "tests/unit/pipeline/small_program.hpp"

namespace fp::pipeline {
namespace {

using test::bent;
using test::kEdge;
using test::line_of;

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

class EdgeRefused : public testing::TestWithParam<Refusal> {};

TEST_P(EdgeRefused, WithFileLineAndNumbers) {
  const Refusal& r = GetParam();
  const std::string text = bent(r.from, r.to, kEdge);
  const std::string where = r.at != nullptr ? r.at : r.to;
  EXPECT_EQ(complaint(text), "p.yaml:" + std::to_string(line_of(text, where)) + ": " + r.says);
}

const Refusal kRefusals[] = {
    // Metadata.
    {"meta_built_in", "{name: bd, bits: 16}", "{name: queue, bits: 16}",
     "metadata[0].name: found queue, expected a name that is not built in"},
    {"meta_twice", "{name: colour, bits: 8}", "{name: bd, bits: 8}",
     "metadata[1].name: found bd again, expected each name once"},
    {"meta_width", "{name: bd, bits: 16}", "{name: bd, bits: 12}",
     "metadata[0].bits: found 12, expected 8, 16 or 32"},
    {"meta_too_many", "  - {name: bd, bits: 16}\n",
     "  - {name: bd, bits: 16}\n  - {name: a, bits: 8}\n  - {name: b, bits: 8}\n"
     "  - {name: c, bits: 8}\n  - {name: d, bits: 8}\n  - {name: e, bits: 8}\n"
     "  - {name: f, bits: 8}\n  - {name: g, bits: 8}\n  - {name: h, bits: 8}\n"
     "  - {name: i, bits: 8}\n",
     "metadata[10]: found no free 8-bit container for meta.colour, expected at most 16, built-in "
     "ones counted",
     "  - {name: colour"},
    {"meta_unknown", "{set: meta.bd, with: $bd}", "{set: meta.vrf, with: $bd}",
     "actions.join.do[0].set: found vrf, expected in_port, out_port, verdict, reason, queue, edit, "
     "pop, group, entropy, recirc, or a name from metadata"},
    // Same.
    {"same_alone", "  - [v6.dst, v4.dst]", "  - [v6.dst]",
     "same[0]: found a list of 1, expected two fields or more"},
    {"same_of_metadata", "[v6.hlim, v4.ttl]", "[v6.hlim, meta.colour]",
     "same[1][1]: found meta.colour, expected a header field"},
    {"same_unknown", "[v6.hlim, v4.ttl]", "[v6.hlim, v4.tos]",
     "same[1][1]: found tos, expected a field of header v4"},
    {"same_in_one_frame", "[v6.hlim, v4.ttl]", "[v6.dst, eth.dst]",
     "same[1][0]: found v6.dst and eth.dst in one frame, expected headers that no frame holds "
     "together"},
    {"same_in_one_header", "[v6.hlim, v4.ttl]", "[v6.hlim, v6.nxt]",
     "same[1][0]: found v6.hlim and v6.nxt in one frame, expected headers that no frame holds "
     "together"},
    {"same_widths", "[v6.hlim, v4.ttl]", "[v6.hlim, v4.len]",
     "same[1][1]: found v4.len as 16 bits at bit 0 of 16, expected 8 bits at bit 0 of 8 as in "
     "v6.hlim"},
    {"same_twice_in_a_header", "  - [v6.len, v4.len]", "  - [v4.proto, v6.hlim]",
     "same[2][1]: found v4 and v4 in one container, expected headers that no frame holds together"},
    // Pops.
    {"pop_no_end", "{from: eth.type, to: tag.type}", "{from: eth.type}",
     "pops.untag.to: found nothing, expected a value"},
    {"pop_backwards", "{from: eth.type, to: tag.type}", "{from: tag.type, to: eth.type}",
     "pops.untag.to: found eth.type, expected a field behind tag.type"},
    {"pop_nothing", "{from: eth.type, to: tag.type}", "{from: tag.type, to: tag.type}",
     "pops.untag.to: found tag.type, expected a field behind tag.type"},
    {"pop_half_byte", "{from: eth.type, to: tag.type}", "{from: eth.type, to: tag.vid}",
     "pops.untag.to: found tag.vid at bit 4, expected a whole byte"},
    {"pop_of_metadata", "{from: eth.type, to: tag.type}", "{from: meta.bd, to: tag.type}",
     "pops.untag.from: found meta.bd, expected a header field"},
    {"pop_unknown", "{set: meta.pop, with: untag}", "{set: meta.pop, with: retag}",
     "actions.flood.do[1].with: found retag, expected a number, a parameter ($name), hash, "
     "INSTANCE.FIELD or a name for meta.pop"},
    {"pops_too_many", "  untag: {from: eth.type, to: tag.type}\n",
     "  untag: {from: eth.type, to: tag.type}\n  p1: {from: eth.type, to: tag.type}\n"
     "  p2: {from: eth.type, to: tag.type}\n  p3: {from: eth.type, to: tag.type}\n"
     "  p4: {from: eth.type, to: tag.type}\n  p5: {from: eth.type, to: tag.type}\n"
     "  p6: {from: eth.type, to: tag.type}\n  p7: {from: eth.type, to: tag.type}\n"
     "  p8: {from: eth.type, to: tag.type}\n",
     "pops.p8: found 9 pops, expected at most 8", "  p8:"},
    // Actions.
    {"port_unknown", "with: multicast", "with: p4",
     "actions.flood.do[0].with: found p4, expected a number, a parameter ($name), hash, "
     "INSTANCE.FIELD or a name for meta.out_port"},
    {"reason_unknown", "with: acl", "with: rain",
     "actions.deny.do[1].with: found rain, expected a reason of rmt.yaml"},
    {"count_what", "{count: frame}", "{count: bytes}",
     "actions.deny.do[0].count: found bytes, expected frame"},
    {"count_twice", "{set: meta.reason, with: acl}", "{count: frame} # twice",
     "actions.deny.do[1].count: found count again, expected it once in an action"},
    {"meter_what", "{meter: frame, red: drop}", "{meter: bytes}",
     "actions.police.do[1].meter: found bytes, expected frame"},
    {"meter_red", "{meter: frame, red: drop}", "{meter: frame, red: slow}",
     "actions.police.do[1].red: found slow, expected drop or keep"},
    {"register_op", "{register: add,", "{register: mul,",
     "actions.route.do[4].register: found mul, expected read, write, add, max or or"},
    {"register_number", "{register: add, with: 1,", "{register: add, with: 2,",
     "actions.route.do[4].with: found 2, expected 1, a 32-bit field or a 32-bit parameter"},
    {"register_field", "{register: add, with: 1,", "{register: add, with: meta.bd,",
     "actions.route.do[4].with: found meta.bd, expected a field of 32 bits"},
    {"register_param", "{register: add, with: 1,", "{register: add, with: $group,",
     "actions.route.do[4].with: found $group, expected a parameter of 32 bits"},
    {"register_read", "{register: add, with: 1,", "{register: read, with: 1,",
     "actions.route.do[4].with: found 1, expected nothing: a read has no operand"},
    {"register_read_to_nowhere", "{register: add, with: 1, to: meta.seen}", "{register: read}",
     "actions.route.do[4]: found a map, expected `to`: where a read goes"},
    {"register_to", "to: meta.seen}", "to: meta.bd}",
     "actions.route.do[4].to: found meta.bd, expected a field of 32 bits"},
    {"register_and_set", "{set: meta.entropy, with: hash}", "{set: meta.seen, with: hash}",
     "actions.route.do[5].set: found meta.seen again, expected each field once in an action"},
    {"same_written_twice", "{set: meta.entropy, with: hash}", "{set: v4.ttl, with: 1}",
     "actions.route.do[5].set: found v4.ttl again, expected each field once in an action"},
    {"colour_written", "      - {meter: frame, red: drop}\n",
     "      - {meter: frame, red: drop}\n      - {set: meta.colour, with: red}\n",
     "actions.police.do[2].set: found meta.colour, which takes the colour of table acl, expected "
     "each field once in an action",
     "      - {set: meta.colour"},
    {"mac_parameter", "params: {port: 8, mac: 48, group: 16}",
     "params: {port: 8, mac: 32, group: 16}",
     "actions.route.do[1].with: found $mac, expected a parameter of 32 + 16 bits",
     "      - {set: eth.dst"},
    {"mac_field", "{set: eth.dst, with: $mac}", "{set: eth.dst, with: meta.seen}",
     "actions.route.do[1].with: found meta.seen, expected a field of 32 + 16 bits"},
    {"wide_sum", "{set: eth.dst, with: $mac}", "{add: eth.dst, with: 1}",
     "actions.route.do[1].add: found eth.dst, expected a field that is one whole 8-, 16- or 32-bit "
     "container"},
    {"wide_hash", "{set: eth.dst, with: $mac}", "{set: eth.dst, with: hash}",
     "actions.route.do[1].set: found eth.dst, expected a field that is one whole 8-, 16- or 32-bit "
     "container"},
    {"too_much_data", "params: {port: 8, mac: 48, group: 16}",
     "params: {port: 8, mac: 48, group: 16, a: 32, b: 32}",
     "actions.route.params: found 136 bits, expected at most 128"},
    {"data_beside_row", "params: {rate: 16}", "params: {rate: 16, a: 64, b: 32, c: 16}",
     "actions.police: found 144 bits of action data in action police, expected at most 128, "
     "aligned"},
    // Keys and sizes.
    {"lpm_key_byte", "    key: [meta.bd, v6.dst]\n", "    key: [meta.in_port, v6.dst]\n",
     "tables.routes.key: found more than 0 8-bit containers, expected an lpm key of 5 x 32 and 2 x "
     "16 bits"},
    {"lpm_key_wide", "    key: [meta.bd, v6.dst]\n", "    key: [eth.dst, eth.src, v6.dst]\n",
     "tables.routes.key: found more than 5 32-bit containers, expected an lpm key of 5 x 32 and 2 "
     "x "
     "16 bits"},
    {"key_same_twice", "    key: [meta.bd, v6.dst]\n", "    key: [v4.dst, v6.dst]\n",
     "tables.routes.key[1]: found v6.dst in the containers of v4.dst, expected each container once "
     "in a key (`same` joins these fields)"},
    {"ternary_size", "size: 32", "size: 129",
     "tables.acl.size: found 129 entries, expected at most 128 in a stage"},
    {"lpm_size", "size: 512", "size: 1025",
     "tables.routes.size: found 1025 entries, expected at most 1024 in a stage"},
    // State.
    {"no_counter", "      counter: {row: entry, bytes: v6.len}\n", "",
     "tables.acl.actions[0]: found action deny with a counter, expected state.counter in table acl",
     "    actions: [deny, police]"},
    {"no_meter", "      meter: {row: $rate, colour: meta.colour, bytes: v6.len}\n", "",
     "tables.acl.actions[1]: found action police with a meter, expected state.meter in table acl",
     "    actions: [deny, police]"},
    {"no_register", "      register: {row: $group, size: 100}\n",
     "      counter: {row: hash, bytes: v6.len}\n",
     "tables.routes.actions[0]: found action route with a register, expected state.register in "
     "table routes",
     "    actions: [route]"},
    {"row_of_meter", "meter: {row: $rate,", "meter: {row: entry,",
     "tables.acl.state.meter.row: found entry, expected hash or $parameter"},
    {"row_unknown", "counter: {row: entry,", "counter: {row: any,",
     "tables.acl.state.counter.row: found any, expected entry, hash or $parameter"},
    {"row_parameter_missing", "counter: {row: entry,", "counter: {row: $rate,",
     "tables.acl.state.counter.row: found $rate, expected a 16-bit parameter of action deny, which "
     "uses the counter"},
    {"row_parameter_narrow", "params: {rate: 16}", "params: {rate: 8}",
     "tables.acl.state.meter.row: found $rate, expected a 16-bit parameter of action police, which "
     "uses the meter",
     "      meter: {row"},
    {"bytes_width", "counter: {row: entry, bytes: v6.len}",
     "counter: {row: entry, bytes: meta.seen}",
     "tables.acl.state.counter.bytes: found meta.seen, expected a field of 16 bits"},
    {"bytes_differ", "counter: {row: entry, bytes: v6.len}",
     "counter: {row: entry, bytes: meta.bd}",
     "tables.acl.state.meter.bytes: found lengths meta.bd and v6.len, expected one for the counter "
     "and meter of a stage",
     "      meter: {row"},
    {"colour_field", "colour: meta.colour", "colour: v4.ttl",
     "tables.acl.state.meter.colour: found v4.ttl, expected a metadata field"},
    {"colour_width", "colour: meta.colour", "colour: meta.bd",
     "tables.acl.state.meter.colour: found meta.bd, expected a field of 8 bits"},
    {"register_rows", "size: 100}", "size: 1025}",
     "tables.routes.state.register.size: found 1025 registers, expected 1 to 1024 in a stage"},
    {"register_hash_rows", "{row: $group, size: 100}", "{row: hash, size: 100}",
     "tables.routes.state.register.size: found 100 registers, expected 1024: the hash reaches all"},
    // else_of.
    {"else_of_nobody", "    default: flood\n", "    default: flood\n    else_of: nat\n",
     "tables.routes.else_of: found nat, expected a table defined above", "    else_of: nat"},
    {"else_of_below", "  vlans:\n    kind: exact\n",
     "  vlans:\n    kind: exact\n    else_of: acl\n",
     "tables.vlans.else_of: found acl, expected a table defined above", "    else_of: acl"},
    {"else_of_order", "    kind: ternary\n", "    kind: ternary\n    else_of: vlans\n",
     "tables.acl.else_of: found ternary table after exact table vlans, expected the hardware's "
     "order ternary, exact, lpm",
     "    else_of: vlans"},
    {"else_of_kind", "    kind: ternary\n", "    kind: exact\n    else_of: vlans\n",
     "tables.acl.else_of: found exact table after exact table vlans, expected the hardware's order "
     "ternary, exact, lpm",
     "    else_of: vlans"},
};

INSTANTIATE_TEST_SUITE_P(Edge, EdgeRefused, testing::ValuesIn(kRefusals),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Edge, TheProgramIsRight) { EXPECT_EQ(complaint(kEdge), ""); }

// kEdge with routes joined to acl.
const std::string kJoined =
    bent("    default: flood\n", "    default: flood\n    else_of: acl\n", kEdge);

std::string refused_join(const std::string& from, const std::string& to) {
  const std::string text = bent(from, to, kJoined);
  const std::string at = "p.yaml:" + std::to_string(line_of(text, "    else_of: acl")) +
                         ": tables.routes.else_of: found ";
  const std::string what = complaint(text);
  return what.rfind(at, 0) == 0 ? what.substr(at.size()) : "elsewhere: " + what;
}

TEST(Joined, TablesHaveOneDefaultOneMeterOneRegisterAndOneLength) {
  EXPECT_EQ(complaint(bent("with: hash", "with: 0", kJoined)), "");
  EXPECT_EQ(
      refused_join("    actions: [deny, police]\n",
                   "    actions: [deny, police]\n    default: flood\n"),
      "a default here and one of table acl, expected one default for tables joined by else_of");
  EXPECT_EQ(refused_join("      register: {row: $group, size: 100}\n",
                         "      register: {row: $group, size: 100}\n"
                         "      meter: {row: hash, colour: meta.colour, bytes: v6.len}\n"),
            "a meter in table acl and one in table routes, with table acl, expected one meter bank "
            "in a stage");
  EXPECT_EQ(refused_join("      meter: {row: $rate,",
                         "      register: {row: hash}\n      meter: {row: $rate,"),
            "a register in table acl and one in table routes, with table acl, expected one "
            "register bank in a stage");
  EXPECT_EQ(refused_join("      register: {row: $group, size: 100}\n",
                         "      register: {row: $group, size: 100}\n"
                         "      counter: {row: hash, bytes: v6.len}\n"),
            "a counter in table acl and one in table routes, with table acl, expected one counter "
            "bank in a stage");
  EXPECT_EQ(refused_join("      register: {row: $group, size: 100}\n",
                         "      register: {row: $group, size: 100}\n"
                         "      counter: {row: entry, bytes: meta.bd}\n"),
            "lengths v6.len and meta.bd, with table acl, expected one for the counter and meter of "
            "a stage");
  // Both by entry is possible: up to 1024 rows together.
  const std::string both = bent("      register: {row: $group, size: 100}\n",
                                "      register: {row: $group, size: 100}\n"
                                "      counter: {row: entry, bytes: v6.len}\n",
                                bent("with: hash", "with: 0", kJoined));
  EXPECT_EQ(complaint(both), "");
  EXPECT_NE(complaint(bent("size: 512", "size: 1000", both))
                .find("found 1032 counters, with table acl, expected at most 1024 in a stage"),
            std::string::npos);
}

TEST(Joined, TablesHaveOneHash) {
  const std::string text = bent("      - {count: frame}\n      - {set",
                                "      - {set: meta.group, with: hash}\n      - {set", kJoined);
  EXPECT_NE(
      complaint(text).find("found a hash over the key of table acl and one over that of table "
                           "routes, with table acl, expected one in a stage"),
      std::string::npos);
}

TEST(Joined, TablesMustNotNeedATableBetweenThem) {
  // `between` reads what police writes; routes reads what `between` writes.
  const std::string text =
      bent("  routes:\n",
           "  between:\n    kind: exact\n    key: [meta.colour]\n    size: 4\n    actions: [join]\n"
           "  routes:\n",
           bent("with: hash", "with: 0", kJoined));
  EXPECT_EQ(complaint(text),
            "p.yaml:" + std::to_string(line_of(text, "    else_of: acl")) +
                ": tables.routes.else_of: found a table that needs between, which needs a stage "
                "after that of acl, expected tables that can share a stage");
}

TEST(Joined, ATableIsFollowedByOneOnly) {
  const std::string text = bent("  routes:\n",
                                "  hosts:\n    kind: exact\n    key: [v6.dst]\n    else_of: acl\n"
                                "    size: 4\n    actions: [join]\n  routes:\n",
                                kJoined);
  EXPECT_NE(
      complaint(text).find("found acl again, expected else_of hosts, which is looked at after "
                           "it"),
      std::string::npos);
}

TEST(Tables, WithoutARoomAreToldWhatIsShort) {
  // Nine tables of one kind that have nothing to do with each other.
  std::string nine, actions;
  for (int i = 0; i < 9; ++i) {
    nine += "  x" + std::to_string(i) +
            ": {kind: exact, key: [meta.in_port], size: 1, actions: [nop]}\n";
  }
  const std::string text = bent("tables:\n", "  nop: {do: []}\ntables:\n" + nine, kEdge);
  EXPECT_NE(complaint(text).find("found 10 exact tables, expected at most 8, one a stage"),
            std::string::npos);
  // Six of one kind and six of another without `when`: none may share.
  std::string twelve;
  for (int i = 0; i < 12; ++i) {
    twelve += "  x" + std::to_string(i) + ": {kind: " + (i % 2 == 0 ? "ternary" : "exact") +
              ", key: [meta.in_port], size: 1, actions: [nop]}\n";
  }
  const std::string mixed = bent("tables:\n", "  nop: {do: []}\ntables:\n" + twelve, kEdge);
  EXPECT_NE(complaint(mixed).find("found 15 tables of which no two can share a stage, expected at "
                                  "most 8 stages: x0, x1, x2"),
            std::string::npos)
      << complaint(mixed);
  // With headers that exclude each other, pairs share; their counters are in the way.
  std::string pairs;
  for (int i = 0; i < 16; ++i) {
    pairs += "  x" + std::to_string(i) + ": {kind: " + (i % 2 == 0 ? "ternary" : "exact") +
             ", when: [" + (i % 2 == 0 ? "v4" : "v6") +
             "], key: [meta.in_port], size: 1, actions: [nop]}\n";
  }
  std::string shared = bent("tables:\n", "  nop: {do: []}\ntables:\n" + pairs, kEdge);
  shared = shared.substr(0, shared.find("  vlans:\n"));
  EXPECT_EQ(complaint(shared), "");
  std::string counted = shared;
  for (size_t at = 0; (at = counted.find("actions: [nop]}", at)) != std::string::npos; at += 15) {
    counted.replace(at, 15, "actions: [deny], state: {counter: {row: hash, bytes: meta.bd}}}");
  }
  EXPECT_NE(
      complaint(counted).find("found 16 tables of which no two can share a stage, expected at "
                              "most 8 stages: x0, x1"),
      std::string::npos)
      << complaint(counted);
  EXPECT_NE(complaint(counted).find("could share one but for a"), std::string::npos);
}

TEST(Names, MeanWhatTheContractsSay) {
  const Program p = parse_program(kEdge, "p.yaml");
  EXPECT_EQ(value_of_name(p, "meta.out_port", 8, "p3"), 3u);
  EXPECT_EQ(value_of_name(p, "meta.out_port", 8, "recirc"), 7u);
  EXPECT_EQ(value_of_name(p, "meta.out_port", 8, "multicast"), 16u);
  EXPECT_EQ(value_of_name(p, "meta.out_port", 8, "toe_p0"), std::nullopt);
  EXPECT_EQ(value_of_name(p, "meta.verdict", 8, "slow"), 2u);
  EXPECT_EQ(value_of_name(p, "meta.verdict", 8, "red"), std::nullopt);
  EXPECT_EQ(value_of_name(p, "meta.reason", 8, "acl"), 14u);
  EXPECT_EQ(value_of_name(p, "meta.pop", 8, "untag"), 1u);
  EXPECT_EQ(value_of_name(p, "meta.colour", 8, "yellow"), 1u);
  EXPECT_EQ(value_of_name(p, "v4.ttl", 8, "red"), 2u);
  EXPECT_EQ(value_of_name(p, "meta.bd", 16, "red"), std::nullopt);
}

}  // namespace
}  // namespace fp::pipeline
