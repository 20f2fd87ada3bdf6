// SPDX-License-Identifier: Apache-2.0
//
// What window and parser make of frames: random programs against the interpreter, and the cases
// rmt.yaml names one by one.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/unit/rmt/classic_program.hpp"
#include "tests/unit/rmt/edge_model.hpp"
#include "tests/unit/rmt/parse_interp.hpp"
#include "tests/unit/rmt/random_program.hpp"

namespace fp::rmt::test {
namespace {

constexpr unsigned kMauLatency = 10;

// What the parser shows of one frame.
struct Seen {
  FrameSlot slot;
  std::array<uint16_t, kNumHeaders> hdr_off;
  uint64_t cycle;  // in which Parser::out() shows it
};

// Sends frames without gaps and returns what the parser shows, in order.
std::vector<Seen> parse_all(EdgeModel& model, const std::vector<Frame>& frames) {
  BeatSource source(1, 0);
  for (const Frame& f : frames) source.push(f);
  std::vector<Seen> seen;
  for (uint64_t cycle = 0; !source.empty() || model.busy(); ++cycle) {
    if (const SlotIndex i = model.parser.out(); i != kNoSlot) {
      seen.push_back({model.ring[i], model.contexts[i].hdr_off, cycle});
    }
    model.step(source.next());
  }
  return seen;
}

Seen parse_one(const Program& program, std::vector<uint8_t> bytes) {
  auto model = std::make_unique<EdgeModel>(kMauLatency);
  model->load(0, program);
  const std::vector<Seen> seen = parse_all(*model, {Frame{std::move(bytes), 7}});
  EXPECT_EQ(seen.size(), 1u);
  return seen.at(0);
}

void expect_same(const Seen& seen, const Parsed& want, const Frame& frame) {
  EXPECT_EQ(seen.slot.tag, frame.tag);
  EXPECT_EQ(seen.slot.epoch, frame.epoch);
  EXPECT_EQ(seen.slot.hdr_valid, want.hdr_valid());
  for (unsigned h = 0; h < kNumHeaders; ++h) {
    if (want.header[h]) {
      EXPECT_EQ(seen.hdr_off[h], *want.header[h]) << "header " << h;
    }
  }
  EXPECT_EQ(seen.slot.phv, want.phv);
  EXPECT_EQ(seen.slot.exc.valid, want.exc.has_value());
  if (want.exc) {
    EXPECT_EQ(seen.slot.exc.verdict, want.exc->verdict);
    EXPECT_EQ(seen.slot.exc.reason, want.exc->reason);
  }
}

bool is_exc(const Seen& s, Verdict verdict, Reason reason) {
  return s.slot.exc.valid && s.slot.exc.verdict == verdict &&
         s.slot.exc.reason == static_cast<uint8_t>(reason);
}

TEST(Parser, RandomProgramsMatchTheInterpreter) {
  std::array<unsigned, 256> reasons{};
  unsigned clean = 0, deep = 0;
  for (uint64_t seed = 1; seed <= 90; ++seed) {
    sim::Random r(seed);
    std::array<Program, kNumBanks> programs;
    auto model = std::make_unique<EdgeModel>(kMauLatency);
    for (unsigned bank = 0; bank < kNumBanks; ++bank) {
      ProgramShape shape;
      shape.states = static_cast<unsigned>(1 + r.below(24));
      shape.entries =
          static_cast<unsigned>(shape.states + r.below(kParserEntries - shape.states + 1));
      shape.done_percent = static_cast<unsigned>(r.below(30));
      shape.max_advance = static_cast<unsigned>(2 + r.below(50));
      programs[bank] = random_program(r, shape);
      model->load(bank, programs[bank]);
    }
    std::vector<Frame> frames;
    for (unsigned i = 0; i < 300; ++i) {
      const uint8_t epoch = static_cast<uint8_t>(r.next() >> 20);
      frames.push_back(random_frame(r, programs[epoch % kNumBanks]));
      frames.back().epoch = epoch;
    }
    const std::vector<Seen> seen = parse_all(*model, frames);
    ASSERT_EQ(seen.size(), frames.size());
    for (unsigned i = 0; i < frames.size(); ++i) {
      const Parsed want = interpret(programs[frames[i].epoch % kNumBanks], frames[i]);
      expect_same(seen[i], want, frames[i]);
      ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed << " frame " << i;
      if (want.exc) ++reasons[want.exc->reason];
      clean += !want.exc;
      deep += std::popcount(want.hdr_valid()) >= 8;
    }
  }
  // The random traffic is worth something only if it gets everywhere.
  EXPECT_GT(clean, 1000u);
  EXPECT_GT(deep, 100u);
  EXPECT_GT(reasons[uint8_t(Reason::kParserTruncated)], 100u);
  EXPECT_GT(reasons[uint8_t(Reason::kParserWindow)], 100u);
  EXPECT_GT(reasons[uint8_t(Reason::kParserDepth)], 100u);
}

TEST(Parser, EveryFrameTakesTheSameTime) {
  sim::Random r(3);
  auto model = std::make_unique<EdgeModel>(kMauLatency);
  model->load(0, classic_program());
  std::vector<Frame> frames;
  for (unsigned i = 0; i < 100; ++i) {
    frames.push_back({ipv4_packet(r, 6, i % 11, 0), i});
    frames.back().bytes.resize(1 + r.below(64));  // one beat each
  }
  const std::vector<Seen> seen = parse_all(*model, frames);
  ASSERT_EQ(seen.size(), frames.size());
  // One cycle in the window's register, then the parser's.
  for (unsigned i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(seen[i].cycle, i + 1 + Parser::kLatency);
    EXPECT_EQ(seen[i].slot.tag, i);
  }
}

TEST(Parser, FrameCutAtAnyByteIsTruncatedUntilItsHeadersAreComplete) {
  sim::Random r(4);
  const Program program = classic_program();
  const std::vector<uint8_t> packet = ipv4_packet(r, 6, 3, 0);
  constexpr size_t kIp = 14, kTcp = kIp + 20 + 12, kEnd = kTcp + 20;
  ASSERT_EQ(packet.size(), kEnd);
  for (size_t n = 1; n <= packet.size(); ++n) {
    const Seen s = parse_one(program, {packet.begin(), packet.begin() + static_cast<long>(n)});
    EXPECT_EQ(is_exc(s, Verdict::kDrop, Reason::kParserTruncated), n < kEnd) << n;
    uint32_t want = 0;
    // Headers before the one that is cut are found. With the protocol byte cut off the lookup
    // reads 0, but the header is short of 20 bytes then in any case.
    if (n >= kIp) want |= 1u << hdr::kEthernet;
    if (n >= kIp + 20) want |= 1u << hdr::kIpv4;
    if (n >= kEnd) want |= 1u << hdr::kTcp;
    EXPECT_EQ(s.slot.hdr_valid, want) << n;
  }
}

TEST(Parser, HeaderBeyondTheWindowGoesSlowOnlyWhileTheFrameGoesOn) {
  // One header of 127 bytes, one of 100 bytes, and one that needs the rest of the window and x.
  for (const unsigned extra : {0u, 1u}) {
    Program p;
    p.init.state = 1;
    for (unsigned i = 0; i < 3; ++i) {
      p.tcam[i].valid = true;
      p.tcam[i].state = static_cast<uint8_t>(i + 1);
      p.tcam[i].state_mask = 0xff;
      p.action[i].next_state = static_cast<uint8_t>(i + 2);
      p.action[i].mark = true;
      p.action[i].hdr_id = static_cast<uint8_t>(i);
    }
    p.action[0].need = p.action[0].adv_const = 127;
    p.action[1].need = p.action[1].adv_const = 100;
    p.action[2].need = static_cast<uint8_t>(29 + extra);
    p.action[2].done = true;
    for (const size_t length : {255u, 256u, 257u, 320u, 1500u}) {
      const Seen s = parse_one(p, std::vector<uint8_t>(length, 0x5a));
      const bool fits = extra == 0 && length >= 256;
      EXPECT_EQ(s.slot.hdr_valid, fits ? 7u : 3u) << length;
      EXPECT_EQ(s.slot.exc.valid, !fits);
      if (!fits) {
        EXPECT_TRUE(length <= 256 ? is_exc(s, Verdict::kDrop, Reason::kParserTruncated)
                                  : is_exc(s, Verdict::kSlow, Reason::kParserWindow))
            << length << " + " << extra;
      }
    }
  }
}

TEST(Parser, FarAdvanceReadsZerosAndNeverWrapsAround) {
  // A 255 << 7 byte advance; a position cut to 8 or 9 bits would land inside the frame again.
  Program p;
  for (unsigned i = 0; i < 2; ++i) {
    p.tcam[i].valid = true;
    p.tcam[i].state = static_cast<uint8_t>(i);
    p.tcam[i].state_mask = 0xff;
  }
  p.action[0].next_state = 1;
  p.action[0].adv_var = true;
  p.action[0].adv_mask = 0xff;
  p.action[1].done = true;
  p.action[1].mark = true;
  p.action[1].x32[0] = {true, 0, 5};
  for (unsigned shl = 0; shl < 8; ++shl) {
    p.action[0].adv_shl = static_cast<uint8_t>(shl);
    for (unsigned v = 0; v < 256; ++v) {
      const Seen s = parse_one(p, std::vector<uint8_t>(300, static_cast<uint8_t>(v)));
      const unsigned pos = v << shl;
      EXPECT_EQ(s.slot.exc.valid, pos > kWindowBytes) << pos;
      if (pos > kWindowBytes) {
        EXPECT_TRUE(is_exc(s, Verdict::kSlow, Reason::kParserWindow));
      }
      if (pos == kWindowBytes) {
        EXPECT_EQ(s.slot.phv.c32[5], 0u);
      }
      if (pos <= kWindowBytes) {
        EXPECT_EQ(s.hdr_off[0], pos);
      }
    }
  }
}

TEST(Parser, SixteenStatesAreParsedAndASeventeenthGoesSlow) {
  for (unsigned states = 1; states <= kParserSteps + 4; ++states) {
    Program p;
    for (unsigned i = 0; i < states; ++i) {
      p.tcam[i].valid = true;
      p.tcam[i].state = static_cast<uint8_t>(i);
      p.tcam[i].state_mask = 0xff;
      p.action[i].mark = true;
      p.action[i].hdr_id = static_cast<uint8_t>(i);
      p.action[i].adv_const = 4;
      p.action[i].need = 4;
      p.action[i].next_state = static_cast<uint8_t>(i + 1);
    }
    p.action[states - 1].done = true;
    const Seen s = parse_one(p, std::vector<uint8_t>(128, 1));
    const unsigned visited = std::min<unsigned>(states, kParserSteps);
    EXPECT_EQ(s.slot.hdr_valid, (1u << visited) - 1);
    EXPECT_EQ(is_exc(s, Verdict::kSlow, Reason::kParserDepth), states > kParserSteps) << states;
    EXPECT_EQ(s.slot.exc.valid, states > kParserSteps);
    EXPECT_EQ(s.hdr_off[visited - 1], 4 * (visited - 1));
  }
}

TEST(Parser, Ipv4OptionsMoveTheNextHeader) {
  sim::Random r(5);
  for (unsigned ihl = 0; ihl < 16; ++ihl) {
    std::vector<uint8_t> b = ipv4_packet(r, 6, ihl >= 5 ? ihl - 5 : 0, 40);
    b[14] = static_cast<uint8_t>(0x40 | ihl);
    const Seen s = parse_one(classic_program(), b);
    if (ihl < 5) {
      EXPECT_TRUE(is_exc(s, Verdict::kDrop, Reason::kHeaderError)) << ihl;
      EXPECT_EQ(s.slot.hdr_valid, 1u << hdr::kEthernet | 1u << hdr::kIpv4);
      continue;
    }
    const size_t tcp = 14 + 4 * ihl;
    EXPECT_FALSE(s.slot.exc.valid);
    EXPECT_EQ(s.hdr_off[hdr::kTcp], tcp);
    EXPECT_EQ(s.slot.phv.c16[box::kSrcPort], b[tcp] << 8 | b[tcp + 1]);
    EXPECT_EQ(s.slot.phv.c16[box::kDstPort], b[tcp + 2] << 8 | b[tcp + 3]);
    EXPECT_EQ(s.slot.phv.c32[box::kSrcAddr],
              uint32_t(b[26]) << 24 | b[27] << 16 | b[28] << 8 | b[29]);
    EXPECT_EQ(s.slot.phv.c8[box::kTtl], b[22]);
  }
}

TEST(Parser, Ipv6ExtensionHeadersAreSteppedOver) {
  sim::Random r(6);
  for (unsigned first = 0; first < 10; ++first) {
    for (unsigned second = 0; second < 10; ++second) {
      std::vector<uint8_t> b(400);
      for (uint8_t& x : b) x = static_cast<uint8_t>(r.next() >> 30);
      b[12] = 0x86;
      b[13] = 0xdd;
      b[14 + 6] = 0;  // hop-by-hop options
      size_t at = 54;
      b[at] = 60;  // destination options
      b[at + 1] = static_cast<uint8_t>(first);
      at += 8 + 8 * first;
      b[at] = 17;
      b[at + 1] = static_cast<uint8_t>(second);
      at += 8 + 8 * second;
      const Seen s = parse_one(classic_program(), b);
      const bool fits = at + 8 <= kWindowBytes;
      EXPECT_EQ(s.slot.exc.valid, !fits);
      if (fits) {
        EXPECT_EQ(s.hdr_off[hdr::kUdp], at);
        EXPECT_EQ(s.hdr_off[hdr::kIpv6Ext], at - 8 - 8 * second);  // the last one of its id
      } else {
        EXPECT_TRUE(is_exc(s, Verdict::kSlow, Reason::kParserWindow));
      }
    }
  }
}

// One state that matches everything, for tests of what an action does.
Program one_state() {
  Program p;
  p.tcam[0].valid = true;
  p.action[0].done = true;
  return p;
}

TEST(Parser, LowestMatchingEntryWinsWhereverItLies) {
  for (unsigned low = 0; low < kParserEntries; ++low) {
    Program p;
    for (unsigned i = low; i < kParserEntries; ++i) {
      p.tcam[i].valid = i == low || i % 3 != 0;
      p.action[i].done = true;
      p.action[i].mark = true;
      p.action[i].hdr_id = i == low ? 9 : 10;
    }
    EXPECT_EQ(parse_one(p, std::vector<uint8_t>(64, 0)).slot.hdr_valid, 1u << 9) << low;
  }
}

TEST(Parser, NoMatchingEntryEndsTheParseWithoutAnException) {
  Program p = one_state();
  p.tcam[0].valid = false;
  p.action[0].mark = true;
  const Seen s = parse_one(p, std::vector<uint8_t>(64, 0xee));
  EXPECT_FALSE(s.slot.exc.valid);
  EXPECT_EQ(s.slot.hdr_valid, 0u);
}

TEST(Parser, EveryLookupBitDecidesWhenItsMaskIsSet) {
  for (unsigned bit = 0; bit < 8 * kLookupBytes; ++bit) {
    for (const bool masked : {false, true}) {
      Program p = one_state();
      p.action[0].mark = true;
      p.init.lookup_off = {3, 17, 42, 63};
      if (masked) p.tcam[0].lookup_mask[bit / 8] = static_cast<uint8_t>(1 << bit % 8);
      std::vector<uint8_t> bytes(64, 0);
      EXPECT_EQ(parse_one(p, bytes).slot.hdr_valid, 1u);
      bytes[p.init.lookup_off[bit / 8]] = static_cast<uint8_t>(1 << bit % 8);
      EXPECT_EQ(parse_one(p, bytes).slot.hdr_valid, masked ? 0u : 1u) << bit;
    }
  }
}

TEST(Parser, ExtractorsStopAtTheSliceAndLaterOnesWin) {
  Program p = one_state();
  p.action[0].x16[0] = {true, 63, 4};
  p.action[0].x32[0] = {true, 61, 4};
  p.action[0].x32[1] = {true, 0, 9};
  p.action[0].x32[7] = {true, 1, 9};
  std::vector<uint8_t> bytes(128);
  for (unsigned i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i + 1);
  const Seen s = parse_one(p, bytes);
  EXPECT_EQ(s.slot.phv.c16[4], 0x4000u);
  EXPECT_EQ(s.slot.phv.c32[4], 0x3e3f4000u);
  EXPECT_EQ(s.slot.phv.c32[9], 0x02030405u);
}

TEST(Parser, BytesBehindTheFramesEndReadZero) {
  Program p = one_state();
  p.action[0].x32[0] = {true, 8, 7};
  const Seen s = parse_one(p, std::vector<uint8_t>(10, 0xff));  // the rest of the beat is noise
  EXPECT_EQ(s.slot.phv.c32[7], 0xffff0000u);
}

TEST(Parser, ExtractorsCannotForgeMetadata) {
  Program p = one_state();
  for (unsigned i = 0; i < 4; ++i) {
    p.action[0].x8[i] = {true, 0, static_cast<uint8_t>(i)};
  }
  const Seen s = parse_one(p, std::vector<uint8_t>(64, 1));
  EXPECT_EQ(s.slot.phv.c8[kMetaInPort], 0u);
  EXPECT_EQ(s.slot.phv.c8[kMetaOutPort], 0u);
  EXPECT_EQ(s.slot.phv.c8[kMetaVerdict], uint8_t(Verdict::kDrop));
  EXPECT_EQ(s.slot.phv.c8[kMetaReason], uint8_t(Reason::kNoRoute));
  for (unsigned i = 0; i < 3; ++i) {
    p.action[0].x8[i].dst = static_cast<uint8_t>(kMetaQueue + i);
    if (i < 2) p.action[0].x16[i] = {true, 0, static_cast<uint8_t>(kMetaGroup + i)};
  }
  p.action[0].x32[0] = {true, 0, static_cast<uint8_t>(kMetaRecirc)};
  const Seen t = parse_one(p, std::vector<uint8_t>(64, 1));
  for (const unsigned c : {kMetaQueue, kMetaEdit, kMetaPop}) EXPECT_EQ(t.slot.phv.c8[c], 0u) << c;
  for (const unsigned c : {kMetaGroup, kMetaEntropy}) EXPECT_EQ(t.slot.phv.c16[c], 0u) << c;
  EXPECT_EQ(t.slot.phv.c32[kMetaRecirc], 0u);
}

TEST(Parser, ProgramExceptionKeepsItsHeaderAndIsNeverAForward) {
  for (const Verdict v : {Verdict::kDrop, Verdict::kForward, Verdict::kSlow}) {
    Program p = one_state();
    p.action[0].done = false;
    p.action[0].mark = true;
    p.action[0].exc = true;
    p.action[0].exc_verdict = v;
    p.action[0].exc_reason = 0x77;
    p.action[0].x8[0] = {true, 0, 10};
    const Seen s = parse_one(p, std::vector<uint8_t>(64, 0x42));
    EXPECT_TRUE(s.slot.exc.valid);
    EXPECT_EQ(s.slot.exc.verdict, v == Verdict::kSlow ? Verdict::kSlow : Verdict::kDrop);
    EXPECT_EQ(s.slot.exc.reason, 0x77);
    EXPECT_EQ(s.slot.hdr_valid, 1u);
    EXPECT_EQ(s.slot.phv.c8[10], 0x42);
  }
}

TEST(Parser, RowsReadBackAsWrittenAndOnlyInTheirBank) {
  sim::Random r(9);
  auto model = std::make_unique<EdgeModel>(kMauLatency);
  std::array<Program, kNumBanks> programs;
  for (unsigned bank = 0; bank < kNumBanks; ++bank) {
    programs[bank] = random_program(r, ProgramShape{});
    model->load(bank, programs[bank]);
  }
  for (unsigned bank = 0; bank < kNumBanks; ++bank) {
    programs[bank].for_each_row([&](TableId table, unsigned index, const uint32_t* words) {
      std::array<uint32_t, reg::kTblDataCount> got;
      got.fill(0xdeadbeef);
      if (table <= TableId::kParserAction) {
        model->parser.read_row(table, bank, index, got.data());
      } else {
        model->deparser.read_row(table, bank, index, got.data());
      }
      EXPECT_TRUE(std::equal(got.begin(), got.end(), words))
          << "table " << unsigned(table) << " row " << index;
    });
  }
}

TEST(Parser, ResetForgetsProgramsAndFrames) {
  auto model = std::make_unique<EdgeModel>(kMauLatency);
  Program p = one_state();
  p.action[0].mark = true;
  model->load(0, p);
  BeatSource source(1, 0);
  source.push({std::vector<uint8_t>(500, 1)});
  for (unsigned i = 0; i < 12; ++i) model->step(source.next());
  EXPECT_TRUE(model->busy());
  model->reset();
  EXPECT_FALSE(model->busy());
  const std::vector<Seen> seen = parse_all(*model, {Frame{std::vector<uint8_t>(64, 1)}});
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].slot.hdr_valid, 0u);
}

}  // namespace
}  // namespace fp::rmt::test
