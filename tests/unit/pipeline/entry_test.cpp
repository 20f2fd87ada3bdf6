// SPDX-License-Identifier: Apache-2.0
//
// Entries of ternary and longest-prefix tables, rows of state, egress edits, groups and meters:
// what they do and which are refused. Random ones: random_program_test.cpp.
#include <gtest/gtest.h>

#include "firmware/linux/pipeline/compiler.hpp"
#include "firmware/linux/pipeline/phv_layout.hpp"
#include "tests/unit/pipeline/image_view.hpp"
#include "tests/unit/pipeline/small_program.hpp"

namespace fp::pipeline {
namespace {

using test::bent;
using test::hex;
using test::ImageView;
using test::kEdge;
using test::LiveState;
using Bytes = std::vector<uint8_t>;

std::string complaint(const std::vector<Entry>& entries, const Extras& extras = {}) {
  try {
    compile(parse_program(kEdge, "p.yaml"), entries, extras);
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

const Bytes kV6 = hex("20010db8000000000000000000000001");

Entry acl(std::map<std::string, KeyValue> key, uint32_t priority, const std::string& where) {
  return {"acl", std::move(key), "deny", {}, where, priority};
}
Entry route(const std::string& field, const KeyValue& dst, uint64_t port,
            const std::string& where) {
  return {"routes", {{field, dst}}, "route", {{"port", port}, {"mac", 0}, {"group", 0}}, where};
}

TEST(TernaryEntries, WrongOnesAreRefusedByTheirOrigin) {
  EXPECT_EQ(complaint({acl({{"v6.dst", kV6}}, 1, "n:1"), acl({{"v6.dst", kV6}}, 2, "n:2")}), "");
  EXPECT_EQ(complaint({acl({{"v6.dst", kV6}}, 1, "n:1"), acl({{"v6.dst", kV6}}, 1, "n:2")}),
            "n:2: found the same key as n:1, expected each entry once in table acl");
  // Bits that do not count make no difference.
  EXPECT_EQ(complaint({acl({{"meta.bd", KeyValue::masked({1, 2}, {0, 0xff})}}, 1, "n:1"),
                       acl({{"meta.bd", KeyValue::masked({3, 2}, {0, 0xff})}}, 1, "n:2")}),
            "n:2: found the same key as n:1, expected each entry once in table acl");
  EXPECT_EQ(complaint({acl({{"meta.bd", {1, 2, 3}}}, 1, "n:1")}),
            "n:1: found a value beyond meta.bd, expected 16 bits");
  EXPECT_EQ(complaint({acl({{"meta.bd", KeyValue::masked({1}, {1, 2, 3})}}, 1, "n:1")}),
            "n:1: found a mask beyond meta.bd, expected 16 bits");
  EXPECT_EQ(complaint({acl({{"v6.dst", KeyValue::prefixed(kV6, 64)}}, 1, "n:1")}),
            "n:1: found a prefix length for v6.dst, expected none in ternary table acl");
  EXPECT_EQ(complaint({acl({{"v6.dst", kV6}, {"v4.dst", {10, 0, 0, 1}}}, 1, "n:1")}),
            "n:1: found key fields v4.dst and v6.dst, expected one value for their containers");
  EXPECT_EQ(complaint({acl({{"v4.ttl", {1}}}, 1, "n:1")}),
            "n:1: found key field v4.ttl, expected one of table acl");
  std::vector<Entry> many;
  for (uint8_t i = 0; i < 33; ++i) {
    many.push_back(acl({{"meta.bd", {i}}}, 0, "n:" + std::to_string(i)));
  }
  EXPECT_EQ(complaint(many), "n:32: found 33 entries, expected at most 32 (table acl of edge)");
}

TEST(LpmEntries, WrongOnesAreRefusedByTheirOrigin) {
  EXPECT_EQ(complaint({route("v6.dst", KeyValue::prefixed(kV6, 129), 1, "n:1")}),
            "n:1: found prefix length 129, expected at most 128 for v6.dst");
  EXPECT_EQ(complaint({route("v4.dst", KeyValue::prefixed({10, 0, 0, 0}, 33), 1, "n:1")}),
            "n:1: found prefix length 33, expected at most 32 for v4.dst");
  EXPECT_EQ(complaint({route("meta.bd", {1}, 1, "n:1")}),
            "n:1: found no v6.dst, expected its value and prefix in table routes");
  Entry e = route("v6.dst", kV6, 1, "n:1");
  e.key["meta.bd"] = KeyValue::prefixed({1}, 8);
  EXPECT_EQ(complaint({e}), "n:1: found a prefix length for meta.bd, expected one for v6.dst only");
  e = route("v6.dst", KeyValue::masked(kV6, {0xff}), 1, "n:1");
  EXPECT_EQ(complaint({e}), "n:1: found a mask for v6.dst, expected none in lpm table routes");
  e = route("v6.dst", kV6, 1, "n:1");
  e.priority = 7;
  EXPECT_EQ(complaint({e}), "n:1: found priority 7, expected none in lpm table routes");
  // The same prefix: bits behind it do not count, and 10.0.0.0/8 is ::10.0.0.0/104.
  EXPECT_EQ(complaint({route("v4.dst", KeyValue::prefixed({10, 1, 2, 3}, 8), 1, "n:1"),
                       route("v4.dst", KeyValue::prefixed({10, 0, 0, 0}, 8), 1, "n:2")}),
            "n:2: found the same key as n:1, expected each entry once in table routes");
  EXPECT_EQ(
      complaint({route("v4.dst", KeyValue::prefixed({10, 0, 0, 0}, 8), 1, "n:1"),
                 route("v6.dst", KeyValue::prefixed(hex("0000000000000000000000000a000000"), 104),
                       1, "n:2")}),
      "n:2: found the same key as n:1, expected each entry once in table routes");
  e = route("v6.dst", kV6, 1, "n:1");
  e.params["group"] = 100;
  EXPECT_EQ(complaint({e}), "n:1: found register 100, expected group below 100");
  e = {"acl", {}, "police", {{"rate", 256}}, "n:1"};
  EXPECT_EQ(complaint({e}), "n:1: found meter 256, expected rate below 256");
  e = route("v6.dst", kV6, 1, "n:1");
  e.params["mac"] = uint64_t{1} << 48;
  EXPECT_EQ(complaint({e}), "n:1: found 281474976710656, expected mac in 48 bits");
}

TEST(LpmEntries, ThatFillNoBucketsAreRefusedWithNumbers) {
  // Pairs of a prefix and a host far from all others: nine in a bucket of sixteen stay together.
  std::vector<Entry> entries;
  for (unsigned i = 0; i < 72 * 9; ++i) {
    Bytes dst(16);
    dst[0] = static_cast<uint8_t>(i / 9);
    dst[8] = static_cast<uint8_t>(i % 9 + 1);
    entries.push_back(route("v6.dst", KeyValue::prefixed(dst, 128), 1, "n:" + std::to_string(i)));
  }
  const Program program = parse_program(bent("size: 512", "size: 1024", kEdge), "p.yaml");
  try {
    compile(program, entries);
    FAIL() << "they fit";
  } catch (const InputError& e) {
    EXPECT_STREQ(
        e.what(),
        "n:647: found 648 prefixes that need 72 buckets, expected at most 64 buckets of 16 "
        "(table routes)");
  }
}

TEST(ExactEntries, HaveNoMaskAndNoPrefix) {
  Entry e{"vlans", {{"tag.vid", KeyValue::masked({1}, {1})}}, "join", {{"bd", 1}}, "n:1"};
  EXPECT_EQ(complaint({e}), "n:1: found a mask for tag.vid, expected none in exact table vlans");
  e.key["tag.vid"] = KeyValue::prefixed({1}, 4);
  EXPECT_EQ(complaint({e}),
            "n:1: found a prefix length for tag.vid, expected none in exact table vlans");
}

TEST(Extras, WrongOnesAreRefusedByTheirOrigin) {
  Extras x;
  x.edits = {{0, {}, "n:1"}};
  EXPECT_EQ(complaint({}, x), "n:1: found egress edit 0, expected 1 to 255");
  x.edits = {{256, {}, "n:1"}};
  EXPECT_EQ(complaint({}, x), "n:1: found egress edit 256, expected 1 to 255");
  x.edits = {{7, {}, "n:1"}, {7, {}, "n:2"}};
  EXPECT_EQ(complaint({}, x), "n:2: found egress edit 7 of n:1, expected each row once");
  rmt::EgressEdit edit;
  edit.len = 73;
  x.edits = {{7, edit, "n:1"}};
  EXPECT_EQ(complaint({}, x), "n:1: found 73 bytes to insert, expected at most 72");
  edit.len = 20;
  edit.at = 32;
  x.edits = {{7, edit, "n:1"}};
  EXPECT_EQ(complaint({}, x), "n:1: found position 32, expected at most 31");
  edit.at = 14;
  edit.csum_en = true;
  edit.csum_at = 20;
  x.edits = {{7, edit, "n:1"}};
  EXPECT_EQ(complaint({}, x),
            "n:1: found csum_at 20, expected an even offset below the edit's 20 bytes");
  edit.csum_at = 3;
  x.edits = {{7, edit, "n:1"}};
  EXPECT_EQ(complaint({}, x),
            "n:1: found csum_at 3, expected an even offset below the edit's 20 bytes");
  x.edits.clear();
  x.groups = {{256, {}, "n:1"}};
  EXPECT_EQ(complaint({}, x), "n:1: found multicast group 256, expected 0 to 255");
  x.groups = {{0, {}, "n:1"}, {0, {}, "n:2"}};
  EXPECT_EQ(complaint({}, x), "n:2: found multicast group 0 of n:1, expected each row once");
  rmt::McastGroup group;
  group.copy[3] = {true, 7, 0, 0, false};
  x.groups = {{1, group, "n:1"}};
  EXPECT_EQ(complaint({}, x), "n:1: found a copy to port 7, expected below 7");
  group.copy[3] = {true, 6, 4, 0, false};
  x.groups = {{1, group, "n:1"}};
  EXPECT_EQ(complaint({}, x), "n:1: found a copy to queue 4, expected below 4");
  x.groups.clear();
  x.meters = {{"acls", 1, {}, "n:1"}};
  EXPECT_EQ(complaint({}, x), "n:1: found table acls, expected one of program edge");
  x.meters = {{"routes", 1, {}, "n:1"}};
  EXPECT_EQ(complaint({}, x), "n:1: found a meter for table routes, expected a table with meters");
  x.meters = {{"acl", 256, {}, "n:1"}};
  EXPECT_EQ(complaint({}, x), "n:1: found meter 256 of table acl, expected 0 to 255");
  x.meters = {{"acl", 255, {}, "n:1"}, {"acl", 255, {}, "n:2"}};
  EXPECT_EQ(complaint({}, x), "n:2: found meter 255 of n:1, expected each row once");
}

TEST(Extras, ComeIntoTheirRows) {
  Extras x;
  rmt::EgressEdit edit;
  edit.at = 12;
  edit.len = 4;
  edit.data[0] = 0x81;
  rmt::McastGroup group;
  group.copy[0] = {true, 3, 1, 9, true};
  rmt::MeterCfg meter;
  meter.cir = 1000;
  meter.pbs = 1500;
  x.edits = {{255, edit, "n:1"}};
  x.groups = {{0, group, "n:2"}};
  x.meters = {{"acl", 17, meter, "n:3"}};
  const Program program = parse_program(kEdge, "p.yaml");
  const Image image = compile(program, {}, x);
  const ImageView view(image);
  EXPECT_EQ(view.edits.at(255), edit);
  EXPECT_EQ(view.groups.at(0), group);
  ASSERT_EQ(image.stages.size(), 3u);
  EXPECT_EQ(view.stages.at(1).meter.at(17), meter);
}

// --- what a frame meets --------------------------------------------------------------------------

Bytes v4_frame(const std::string& dst) {
  Bytes f = hex("001122334455 66778899aabb 0800 06 40 0028" + dst);
  f.resize(60);
  return f;
}
Bytes v6_frame(const std::string& dst) {
  Bytes f = hex("001122334455 66778899aabb 86dd 06 40 0028" + dst);
  f.resize(60);
  return f;
}

// 10/8 and 10.1/16 beside ::/0 and 2001:db8::/32 in one table.
TEST(LpmEntries, OfBothFamiliesShareATable) {
  const Program program = parse_program(kEdge, "p.yaml");
  const std::vector<Entry> entries = {
      route("v6.dst", KeyValue::prefixed({}, 0), 1, "n:1"),
      route("v4.dst", KeyValue::prefixed({10, 0, 0, 0}, 8), 2, "n:2"),
      route("v6.dst", KeyValue::prefixed(kV6, 32), 3, "n:3"),
      route("v4.dst", KeyValue::prefixed({10, 1, 0, 0}, 16), 4, "n:4"),
      route("v4.dst", {10, 1, 2, 3}, 5, "n:5")};
  const Image image = compile(program, entries);
  const ImageView view(image);
  const auto port = [&](const Bytes& frame) {
    const rmt::test::Parsed p = view.parsed(frame);
    rmt::Phv phv = p.phv;
    LiveState live;
    const auto dirty = view.run_all(p, phv, live);
    // The hop count goes back into the header that is there.
    const Bytes out = view.deparsed(frame, p, phv, dirty);
    EXPECT_EQ(out[15], 0x3f);
    EXPECT_EQ(Bytes(out.begin(), out.begin() + 6), Bytes(6));
    return phv.c8[rmt::kMetaOutPort];
  };
  EXPECT_EQ(port(v4_frame("0a 01 02 03")), 5);
  EXPECT_EQ(port(v4_frame("0a 01 02 04")), 4);
  EXPECT_EQ(port(v4_frame("0a 02 02 04")), 2);
  EXPECT_EQ(port(v4_frame("0b 02 02 04")), 1);
  EXPECT_EQ(port(v6_frame("20010db8 00000000 00000000 0a010203")), 3);
  EXPECT_EQ(port(v6_frame("20010db9 00000000 00000000 0a010203")), 1)
      << "an IPv6 address that ends like an IPv4 one is none";
}

// With equal keys the smaller priority wins whatever the order; rows follow it.
TEST(TernaryEntries, TheSmallerPriorityWinsThenTheEarlierEntry) {
  const Program program = parse_program(kEdge, "p.yaml");
  const std::vector<Entry> entries = {
      acl({}, 9, "all"),
      acl({{"v4.dst", KeyValue::masked({10, 0, 0, 0}, {255, 0, 0, 0})}}, 5, "net"),
      acl({{"v4.dst", {10, 0, 0, 1}}}, 5, "host"), acl({{"v4.dst", {10, 0, 0, 2}}}, 4, "other")};
  const Image image = compile(program, entries);
  const ImageView view(image);
  const auto hit = [&](const Bytes& frame) -> std::string {
    const auto h = view.hit(1, view.parsed(frame));
    if (!h) return "none";
    for (const auto& e : image.stages[1].tables[0].entries) {
      if (e.rows[0] == h->row) return e.where;
    }
    return "?";
  };
  EXPECT_EQ(hit(v4_frame("0a000001")), "net") << "the earlier of two of one priority";
  EXPECT_EQ(hit(v4_frame("0a000002")), "other");
  EXPECT_EQ(hit(v4_frame("0b000002")), "all");
  EXPECT_EQ(hit(v6_frame("20010db8 00000000 00000000 0a000002")), "all");
}

// The hash in meta.entropy is that of the key the table looks at: equal keys, equal hashes.
TEST(Hash, IsTakenOverTheKeyOfTheTable) {
  const Program program = parse_program(kEdge, "p.yaml");
  const Image image =
      compile(program, std::vector<Entry>{route("v6.dst", KeyValue::prefixed({}, 0), 1, "n:1")});
  const ImageView view(image);
  const auto entropy = [&](const Bytes& frame) {
    const rmt::test::Parsed p = view.parsed(frame);
    rmt::Phv phv = p.phv;
    LiveState live;
    view.run_all(p, phv, live);
    return phv.c16[rmt::kMetaEntropy];
  };
  std::set<uint16_t> values;
  for (unsigned i = 0; i < 64; ++i) {
    Bytes a = v4_frame("0a 01 02 00");
    a[21] = static_cast<uint8_t>(i);
    const uint16_t h = entropy(a);
    values.insert(h);
    a[6] ^= 0x55;   // source address: no part of the key
    a[15] ^= 0x55;  // hop count
    EXPECT_EQ(entropy(a), h);
  }
  EXPECT_GT(values.size(), 60u);
}

// A counter by entry: every entry its own, the default behind them, known to tools.
TEST(Counters, ByEntryAreTold) {
  const Program program = parse_program(
      bent("    default: flood\n    state:\n",
           "    default: tick\n    state:\n      counter: {row: entry, bytes: v6.len}\n",
           bent("tables:\n", "  tick: {do: [{count: frame}]}\ntables:\n", kEdge)),
      "p.yaml");
  const std::vector<Entry> entries = {acl({{"v4.dst", {10, 0, 0, 1}}}, 2, "n:1"),
                                      acl({{"v4.dst", {10, 0, 0, 2}}}, 1, "n:2")};
  const Image image = compile(program, entries);
  const auto& info = image.stages[1].tables[0];
  EXPECT_EQ(info.name, "acl");
  EXPECT_EQ(info.kind, TableKind::kTernary);
  EXPECT_EQ(info.key, (std::vector<std::string>{"meta.bd", "v6.dst", "eth.src"}));
  EXPECT_EQ(info.entries[0].counter_row, 0);
  EXPECT_EQ(info.entries[1].counter_row, 1);
  EXPECT_EQ(info.entries[0].rows, (std::vector<uint16_t>{1})) << "the larger priority";
  EXPECT_EQ(image.stages[2].default_counter_row, 512);
  EXPECT_EQ(image.stages[1].name(), "acl");
  const ImageView view(image);
  LiveState live;
  for (const char* dst : {"0a000001", "0a000002", "0a000002", "0a000003"}) {
    const rmt::test::Parsed p = view.parsed(v4_frame(dst));
    rmt::Phv phv = p.phv;
    view.run_all(p, phv, live);
  }
  EXPECT_EQ(live.counter.at({1, 0}), (LiveState::Counter{1, 40}));
  EXPECT_EQ(live.counter.at({1, 1}), (LiveState::Counter{2, 80}));
  EXPECT_EQ(live.counter.at({2, 512}), (LiveState::Counter{4, 160}));
}

}  // namespace
}  // namespace fp::pipeline
