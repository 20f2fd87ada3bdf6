// SPDX-License-Identifier: Apache-2.0
//
// Table entries: what they hit and do, and which are refused. Write-back and checksums.
#include <gtest/gtest.h>

#include "firmware/linux/pipeline/compiler.hpp"
#include "sim-tb/lockstep/random.hpp"
#include "tests/unit/pipeline/image_view.hpp"
#include "tests/unit/pipeline/small_program.hpp"

namespace fp::pipeline {
namespace {

using test::bent;
using test::hex;
using test::ImageView;
using test::kSmall;

std::string complaint(const std::vector<Entry>& entries, const std::string& text = kSmall) {
  try {
    compile(parse_program(text, "p.yaml"), entries);
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

Entry out(std::vector<uint8_t> dst, uint64_t port = 1, const std::string& where = "net.yaml:1") {
  return {"t", {{"ip.dst", std::move(dst)}}, "out", {{"port", port}}, where};
}

TEST(Entries, WrongOnesAreRefusedByTheirOrigin) {
  EXPECT_EQ(complaint({out({1, 2, 3, 4})}), "");
  Entry e = out({1, 2, 3, 4});
  e.table = "u";
  EXPECT_EQ(complaint({e}), "net.yaml:1: found table u, expected one of program small");
  e = out({1, 2, 3, 4});
  e.key["ip.src"] = {1};
  EXPECT_EQ(complaint({e}), "net.yaml:1: found key field ip.src, expected one of table t");
  e = out({1, 2, 3, 4});
  e.action = "away";
  EXPECT_EQ(complaint({e}), "net.yaml:1: found action away, expected one of table t");
  e = out({1, 2, 3, 4});
  e.params["gate"] = 1;
  EXPECT_EQ(complaint({e}), "net.yaml:1: found parameter gate, expected one of action out");
  e = out({1, 2, 3, 4});
  e.params.clear();
  EXPECT_EQ(complaint({e}), "net.yaml:1: found no parameter port, expected it for action out");
  EXPECT_EQ(complaint({out({1, 2, 3, 4}, 256)}), "net.yaml:1: found 256, expected port in 8 bits");
  EXPECT_EQ(complaint({out({1, 1, 2, 3, 4})}),
            "net.yaml:1: found a value beyond ip.dst, expected 32 bits");
  EXPECT_EQ(complaint({out({0, 1, 2, 3, 4})}), "") << "leading zeros mean nothing";
  EXPECT_EQ(complaint({out({1, 2, 3, 4}), out({1, 2, 3, 4}, 2, "net.yaml:9")}),
            "net.yaml:9: found the same key as net.yaml:1, expected each entry once in table t");
}

TEST(Entries, MoreThanTheTableSaysAreRefusedWithNumbers) {
  std::vector<Entry> entries;
  for (uint8_t i = 0; i < 17; ++i) {
    entries.push_back(out({10, 0, 0, i}, 1, "net.yaml:" + std::to_string(i)));
  }
  EXPECT_EQ(complaint(entries),
            "net.yaml:16: found 17 entries, expected at most 16 (table t of small)");
  entries.pop_back();
  EXPECT_EQ(complaint(entries), "");
}

TEST(Entries, ThatCollideAreRefusedWithNumbers) {
  // Of 1024 random keys never every one finds its own of the 1024 rows.
  sim::Random random(2);
  std::vector<Entry> entries;
  for (unsigned i = 0; i < 1024; ++i) {
    const uint64_t r = random.next();
    entries.push_back(out({static_cast<uint8_t>(r >> 8), static_cast<uint8_t>(r >> 16),
                           static_cast<uint8_t>(r >> 24), static_cast<uint8_t>(r >> 32)}));
  }
  EXPECT_EQ(complaint(entries, bent("size: 16", "size: 1024")),
            "net.yaml:1: found 1024 entries that collide, expected a set that fits 4 ways of 256 "
            "rows (table t)");
}

TEST(Entries, Parameters32BitsWideAreChecked) {
  const std::string text = bent("params: {port: 8}", "params: {port: 8, x: 32}");
  Entry e = out({1, 2, 3, 4});
  e.params["x"] = uint64_t{1} << 32;
  EXPECT_EQ(complaint({e}, text), "net.yaml:1: found 4294967296, expected x in 32 bits");
}

std::vector<uint8_t> small_frame(const std::vector<uint8_t>& dst) {
  std::vector<uint8_t> f = hex("001122334455 66778899aabb 0800 45 00 40 06 0000 1234 0a000001");
  f.insert(f.end(), dst.begin(), dst.end());
  f.resize(60);
  return f;
}

TEST(Entries, HitWhatTheySayAndNothingElse) {
  sim::Random random(5);
  std::map<std::vector<uint8_t>, uint64_t> ports;
  while (ports.size() < 500) {
    const uint64_t r = random.next();
    ports[{static_cast<uint8_t>(r >> 8), static_cast<uint8_t>(r >> 16),
           static_cast<uint8_t>(r >> 24), static_cast<uint8_t>(r >> 32)}] = r >> 40 & 0xff;
  }
  std::vector<Entry> entries;
  for (const auto& [dst, port] : ports) entries.push_back(out(dst, port));
  const Program program = parse_program(bent("size: 16", "size: 512"), "p.yaml");
  const Image image = compile(program, entries);
  const ImageView view(image);
  for (const auto& [dst, port] : ports) {
    rmt::test::Parsed p = view.parsed(small_frame(dst), 2);
    const auto entry = view.hit(0, p);
    ASSERT_TRUE(entry);
    const auto dirty = view.run(0, entry->action, entry->params, p.phv);
    EXPECT_EQ(p.phv.c8[rmt::kMetaOutPort], port);
    EXPECT_EQ(p.phv.c8[rmt::kMetaVerdict], static_cast<uint8_t>(rmt::Verdict::kForward));
    EXPECT_EQ(p.phv.c8[rmt::kMetaInPort], 2);
    EXPECT_EQ(dirty, (std::set<unsigned>{rmt::kMetaOutPort, rmt::kMetaVerdict}));
    std::vector<uint8_t> other = dst;
    other[random.below(4)] ^= static_cast<uint8_t>(1u << random.below(8));
    if (!ports.count(other)) {
      EXPECT_FALSE(view.hit(0, view.parsed(small_frame(other))));
    }
  }
  // The gateway wants an IPv4 header.
  std::vector<uint8_t> arp = small_frame(ports.begin()->first);
  arp[13] = 6;
  EXPECT_FALSE(view.hit(0, view.parsed(arp)));
}

// One's complement sum of the header must be 0xffff (RFC 1071) after an action changed it.
TEST(WriteBack, TheDefaultActionRewritesAndTheChecksumStaysRight) {
  const Program program = parse_program(kSmall, "p.yaml");
  const Image image = compile(program, {});
  const ImageView view(image);
  const auto sum = [](const std::vector<uint8_t>& f) {
    uint32_t s = 0;
    for (size_t i = 14; i < 30; i += 2) s += f[i] * 256u + f[i + 1];
    while (s > 0xffff) s = (s & 0xffff) + (s >> 16);
    return s;
  };
  sim::Random random(9);
  for (int round = 0; round < 500; ++round) {
    rmt::test::Frame frame;
    frame.bytes = small_frame({1, 2, 3, 4});
    frame.bytes[16] = static_cast<uint8_t>(random.next() >> 20);  // ttl
    frame.bytes[20] = static_cast<uint8_t>(random.next() >> 20);  // id
    const uint16_t csum = static_cast<uint16_t>(~sum(frame.bytes));
    frame.bytes[18] = static_cast<uint8_t>(csum >> 8);
    frame.bytes[19] = static_cast<uint8_t>(csum);
    ASSERT_EQ(sum(frame.bytes), 0xffffu);
    rmt::test::Parsed p = rmt::test::interpret(view.parse, frame);
    ASSERT_TRUE(view.stages.at(0).otherwise.en);
    rmt::Phv phv = p.phv;
    const auto dirty = view.run(0, view.stages.at(0).otherwise.action, {}, phv);
    const auto bytes = rmt::test::deparse(view.parse, frame, p, phv, dirty);
    EXPECT_EQ(bytes[16], static_cast<uint8_t>(frame.bytes[16] - 1));
    EXPECT_EQ(bytes[20] * 256 + bytes[21], 7);
    EXPECT_EQ(sum(bytes), 0xffffu);
    // Nothing else moved.
    for (size_t i = 0; i < bytes.size(); ++i) {
      if (i != 16 && (i < 18 || i > 21)) {
        EXPECT_EQ(bytes[i], frame.bytes[i]) << i;
      }
    }
  }
}

TEST(Compile, IsTheSameEveryTime) {
  const Program program = parse_program(kSmall, "p.yaml");
  std::vector<Entry> entries{out({1, 2, 3, 4}), out({1, 2, 3, 5})};
  const Image a = compile(program, entries);
  const Image b = compile(program, entries);
  ASSERT_EQ(a.rows.size(), b.rows.size());
  for (size_t i = 0; i < a.rows.size(); ++i) {
    EXPECT_EQ(a.rows[i].table, b.rows[i].table);
    EXPECT_EQ(a.rows[i].index, b.rows[i].index);
    EXPECT_EQ(a.rows[i].words, b.rows[i].words);
  }
}

}  // namespace
}  // namespace fp::pipeline
