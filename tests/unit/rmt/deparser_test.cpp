// SPDX-License-Identifier: Apache-2.0
//
// What the deparser makes of frames: random programs against the interpreter, checksums against
// sums over the whole packet (RFC 1071), and the cases rmt.yaml names one by one.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "tests/unit/rmt/classic_program.hpp"
#include "tests/unit/rmt/edge_model.hpp"
#include "tests/unit/rmt/parse_interp.hpp"
#include "tests/unit/rmt/random_program.hpp"

namespace fp::rmt::test {
namespace {

using Stages = std::function<void(FrameSlot&)>;

void set8(FrameSlot& f, unsigned c, uint8_t v) {
  f.phv.c8[c] = v;
  f.set_dirty(c);
}
void set16(FrameSlot& f, unsigned c, uint16_t v) {
  f.phv.c16[c] = v;
  f.set_dirty(kC16Base + c);
}
void set32(FrameSlot& f, unsigned c, uint32_t v) {
  f.phv.c32[c] = v;
  f.set_dirty(kC32Base + c);
}

struct Peaks {
  unsigned body = 0;
  unsigned out = 0;
};

std::vector<Received> run(EdgeModel& model, const std::vector<Frame>& frames, const Stages& stages,
                          unsigned gap_percent = 0, Peaks* peaks = nullptr) {
  BeatSource source(frames.size() + gap_percent, gap_percent);
  for (const Frame& f : frames) source.push(f);
  FrameSink sink;
  while (!source.empty() || model.busy()) {
    sink.take(model.deparser.out());
    if (testing::Test::HasFatalFailure()) break;
    if (model.leaving() != kNoSlot) stages(model.ring[model.leaving()]);
    model.step(source.next());
    if (peaks != nullptr) {
      peaks->body = std::max(peaks->body, model.window.body_level());
      peaks->out = std::max(peaks->out, model.deparser.out_level());
    }
  }
  return sink.received;
}

Received run_one(const Program& program, Frame frame, const Stages& stages) {
  auto model = std::make_unique<EdgeModel>(10);
  model->load(0, program);
  std::vector<Received> got = run(*model, {std::move(frame)}, stages);
  EXPECT_EQ(got.size(), 1u);
  return got.at(0);
}

void forward(FrameSlot& f) {
  f.phv.c8[kMetaVerdict] = uint8_t(Verdict::kForward);
  f.phv.c8[kMetaOutPort] = 3;
}

// Slots and checksum units for NAT and TTL over the classic parse graph.
Program rewrite_program() {
  Program p = classic_program();
  constexpr uint8_t kIp = 1, kL4 = 2;  // checksum units 0 and 1
  unsigned n = 0;
  const auto slot = [&](uint8_t hdr, unsigned container, uint8_t off, uint8_t units) {
    p.slots[n++] = {true, hdr, static_cast<uint8_t>(container), off, units};
  };
  slot(hdr::kIpv4, box::kTtl, 8, kIp);
  slot(hdr::kIpv4, box::kTos, 1, kIp);
  slot(hdr::kIpv4, kC32Base + box::kSrcAddr, 12, kIp | kL4 | 4);
  slot(hdr::kIpv4, kC32Base + box::kDstAddr, 16, kIp | kL4 | 4);
  for (const uint8_t l4 : {hdr::kTcp, hdr::kUdp}) {
    const uint8_t unit = l4 == hdr::kTcp ? kL4 : 4;
    slot(l4, kC16Base + box::kSrcPort, 0, unit);
    slot(l4, kC16Base + box::kDstPort, 2, unit);
  }
  slot(hdr::kTcp, kC32Base + box::kSeq, 4, kL4);
  p.units[0] = {true, hdr::kIpv4, 10, false};
  p.units[1] = {true, hdr::kTcp, 16, false};
  p.units[2] = {true, hdr::kUdp, 6, true};
  return p;
}

TEST(Deparser, RandomProgramsMatchTheInterpreter) {
  unsigned changed = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    sim::Random r(seed);
    std::array<Program, kNumBanks> programs;
    auto model = std::make_unique<EdgeModel>(static_cast<unsigned>(2 + r.below(40)));
    for (unsigned bank = 0; bank < kNumBanks; ++bank) {
      ProgramShape shape;
      shape.max_advance = static_cast<unsigned>(4 + r.below(40));
      programs[bank] = random_program(r, shape);
      model->load(bank, programs[bank]);
    }
    std::vector<Frame> frames;
    std::vector<std::vector<uint8_t>> want;
    std::vector<FrameSlot> fates;
    for (unsigned i = 0; i < 200; ++i) {
      const uint8_t epoch = static_cast<uint8_t>(r.next() >> 20);
      const Program& p = programs[epoch % kNumBanks];
      Frame f = random_frame(r, p);
      f.epoch = epoch;
      const Parsed parsed = interpret(p, f);
      FrameSlot fate;
      fate.phv = parsed.phv;
      std::set<unsigned> dirty;
      const unsigned percent = static_cast<unsigned>(r.below(101));
      for (unsigned c = 0; c < kNumContainers; ++c) {
        if (!r.chance(percent)) continue;
        dirty.insert(c);
        const uint32_t v =
            r.chance(10) ? (r.chance(50) ? 0 : ~0u) : static_cast<uint32_t>(r.next() >> 9);
        if (c < kC16Base)
          set8(fate, c, static_cast<uint8_t>(v));
        else if (c < kC32Base)
          set16(fate, c - kC16Base, static_cast<uint16_t>(v));
        else
          set32(fate, c - kC32Base, v);
      }
      want.push_back(deparse(p, f, parsed, fate.phv, dirty));
      changed += want.back() != f.bytes;
      frames.push_back(std::move(f));
      fates.push_back(fate);
    }
    unsigned next = 0;
    const std::vector<Received> got = run(
        *model, frames,
        [&](FrameSlot& f) {
          f.phv = fates[next].phv;
          f.dirty = fates[next].dirty;
          ++next;
        },
        static_cast<unsigned>(r.below(60)));
    ASSERT_EQ(got.size(), frames.size());
    for (unsigned i = 0; i < got.size(); ++i) {
      ASSERT_EQ(got[i].frame.bytes, want[i]) << "seed " << seed << " frame " << i;
      ASSERT_EQ(got[i].frame.tag, frames[i].tag);
      ASSERT_EQ(got[i].frame.epoch, frames[i].epoch);
      ASSERT_EQ(got[i].frame.err, frames[i].err);
    }
  }
  EXPECT_GT(changed, 1000u);
}

TEST(Deparser, UntouchedFramesOfEveryLengthLeaveAsTheyCame) {
  auto model = std::make_unique<EdgeModel>(10);
  model->load(0, rewrite_program());
  sim::Random r(2);
  std::vector<Frame> frames;
  for (unsigned n = 1; n <= 600; ++n) {
    Frame f{std::vector<uint8_t>(n), n};
    for (uint8_t& b : f.bytes) b = static_cast<uint8_t>(r.next() >> 30);
    f.err = n % 7 == 0;
    frames.push_back(std::move(f));
  }
  const std::vector<Received> got = run(*model, frames, forward);
  ASSERT_EQ(got.size(), frames.size());
  for (unsigned i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].frame.bytes, frames[i].bytes);
    ASSERT_EQ(got[i].frame.err, frames[i].err);
  }
}

TEST(Deparser, ChecksumsOfRewrittenPacketsAreThoseOfAFullSum) {
  const Program program = rewrite_program();
  sim::Random r(3);
  for (unsigned i = 0; i < 600; ++i) {
    const unsigned proto = i % 2 == 0 ? 6 : 17;
    const unsigned options = static_cast<unsigned>(r.below(11));
    const std::vector<uint8_t> sent =
        ipv4_packet(r, proto, options, static_cast<unsigned>(r.below(700)));
    const uint32_t src = static_cast<uint32_t>(r.next() >> 8);
    const uint32_t dst = static_cast<uint32_t>(r.next() >> 8);
    const uint16_t sport = static_cast<uint16_t>(r.next() >> 8);
    const uint16_t dport = static_cast<uint16_t>(r.next() >> 8);
    const Received got = run_one(program, Frame{sent, i}, [&](FrameSlot& f) {
      set8(f, box::kTtl, static_cast<uint8_t>(f.phv.c8[box::kTtl] - 1));
      if (r.chance(50)) set8(f, box::kTos, static_cast<uint8_t>(src));
      set32(f, box::kSrcAddr, src);
      if (r.chance(50)) set32(f, box::kDstAddr, dst);
      set16(f, box::kSrcPort, sport);
      if (r.chance(50)) set16(f, box::kDstPort, dport);
      if (r.chance(50)) set32(f, box::kSeq, dst ^ 0x5555);
    });
    const std::vector<uint8_t>& b = got.frame.bytes;
    const size_t l4 = 14 + 20 + 4 * options;
    EXPECT_NE(b, sent);
    EXPECT_EQ(b[22], static_cast<uint8_t>(sent[22] - 1));
    EXPECT_EQ(b[26], src >> 24);
    EXPECT_EQ(b[l4 + 1], sport & 0xff);
    EXPECT_EQ(ones_sum(&b[14], 20 + 4 * options), 0xffff);
    EXPECT_EQ(l4_sum(b, l4), 0xffff);
    ASSERT_FALSE(testing::Test::HasFailure()) << i;
  }
}

TEST(Deparser, FieldsAtOddAndEvenOffsetsKeepTheSumOverTheirHeader) {
  // A header of 64 bytes that is its own coverage, checksum at 0; the field moves through it.
  Program p;
  p.tcam[0].valid = true;
  p.action[0].done = true;
  p.action[0].mark = true;
  p.action[0].need = 64;
  p.units[3] = {true, 0, 0, false};
  sim::Random r(4);
  for (const unsigned container : {12u, kC16Base + 7, kC32Base + 7}) {
    const unsigned width = container < kC16Base ? 1 : container < kC32Base ? 2 : 4;
    for (unsigned off = 2; off + width <= 64; ++off) {
      p.slots[5] = {true, 0, static_cast<uint8_t>(container), static_cast<uint8_t>(off), 8};
      for (unsigned k = 0; k < 20; ++k) {
        std::vector<uint8_t> b(64);
        for (uint8_t& x : b) x = static_cast<uint8_t>(r.next() >> 30);
        b[0] = b[1] = 0;
        const uint16_t sum = static_cast<uint16_t>(~ones_sum(b.data(), 64));
        b[0] = static_cast<uint8_t>(sum >> 8);
        b[1] = static_cast<uint8_t>(sum);
        const uint32_t v = static_cast<uint32_t>(r.next() >> 8);
        const Received got = run_one(p, Frame{b}, [&](FrameSlot& f) {
          if (width == 1) set8(f, 12, static_cast<uint8_t>(v));
          if (width == 2) set16(f, 7, static_cast<uint16_t>(v));
          if (width == 4) set32(f, 7, v);
        });
        for (unsigned i = 0; i < width; ++i) {
          EXPECT_EQ(got.frame.bytes[off + i], static_cast<uint8_t>(v >> 8 * (width - 1 - i)));
        }
        EXPECT_EQ(ones_sum(got.frame.bytes.data(), 64), 0xffff) << width << " at " << off;
      }
    }
  }
}

TEST(Deparser, UdpChecksumZeroStaysAndAComputedZeroLeavesAsAllOnes) {
  const Program program = rewrite_program();
  sim::Random r(5);
  std::vector<uint8_t> b = ipv4_packet(r, 17, 0, 64);
  constexpr size_t kUdp = 34;
  b[kUdp + 6] = b[kUdp + 7] = 0;
  Received got = run_one(program, Frame{b}, [](FrameSlot& f) { set16(f, box::kSrcPort, 99); });
  EXPECT_EQ(got.frame.bytes[kUdp + 6] << 8 | got.frame.bytes[kUdp + 7], 0);

  // The source port that makes the rest sum to all ones wants checksum 0.
  b = ipv4_packet(r, 17, 0, 64);
  const unsigned port = b[kUdp] << 8 | b[kUdp + 1];
  const unsigned hc = b[kUdp + 6] << 8 | b[kUdp + 7];
  const unsigned want = (port + hc) % 0xffff;
  got = run_one(program, Frame{b},
                [&](FrameSlot& f) { set16(f, box::kSrcPort, static_cast<uint16_t>(want)); });
  EXPECT_EQ(got.frame.bytes[kUdp + 6] << 8 | got.frame.bytes[kUdp + 7], 0xffff);
  EXPECT_EQ(l4_sum(got.frame.bytes, kUdp), 0xffff);

  // The same for TCP, where 0 is a checksum like any other.
  b = ipv4_packet(r, 6, 0, 64);
  const unsigned tport = b[kUdp] << 8 | b[kUdp + 1];
  const unsigned thc = b[kUdp + 16] << 8 | b[kUdp + 17];
  got = run_one(program, Frame{b}, [&](FrameSlot& f) {
    set16(f, box::kSrcPort, static_cast<uint16_t>((tport + thc) % 0xffff));
  });
  EXPECT_EQ(got.frame.bytes[kUdp + 16] << 8 | got.frame.bytes[kUdp + 17], 0);
}

TEST(Deparser, EveryChecksumSurvivesTheLargestChangeOfManyFields) {
  // 0 -> 0xffff in one half word, then in eight: the carries themselves carry for some checksums.
  for (const unsigned fields : {1u, 8u}) {
    Program p;
    p.tcam[0].valid = true;
    p.action[0].done = true;
    p.action[0].mark = true;
    p.units[0] = {true, 0, 0, false};
    for (unsigned i = 0; i < fields; ++i) {
      p.slots[4 * i] = {true, 0, static_cast<uint8_t>(kC16Base + i),
                        static_cast<uint8_t>(8 + 2 * i), 1};
    }
    auto model = std::make_unique<EdgeModel>(2);
    model->load(0, p);
    std::vector<Frame> frames;
    for (unsigned hc = 0; hc <= 0xffff; ++hc) {
      std::vector<uint8_t> b(64);
      b[0] = static_cast<uint8_t>(hc >> 8);
      b[1] = static_cast<uint8_t>(hc);
      b[2] = static_cast<uint8_t>(~hc >> 8);  // makes the header's sum all ones
      b[3] = static_cast<uint8_t>(~hc);
      frames.push_back({std::move(b), hc});
    }
    const std::vector<Received> got = run(*model, frames, [&](FrameSlot& f) {
      for (unsigned i = 0; i < fields; ++i) set16(f, i, 0xffff);
    });
    ASSERT_EQ(got.size(), frames.size());
    for (const Received& g : got) {
      ASSERT_EQ(ones_sum(g.frame.bytes.data(), 64), 0xffff) << g.frame.tag << ", " << fields;
    }
  }
}

TEST(Deparser, WrongChecksumStaysWrongByTheSameAmount) {
  const Program program = rewrite_program();
  sim::Random r(6);
  for (unsigned i = 0; i < 100; ++i) {
    std::vector<uint8_t> b = ipv4_packet(r, 6, 0, 20);
    b[24] = static_cast<uint8_t>(b[24] ^ (1 + r.below(255)));
    const uint16_t before = ones_sum(&b[14], 20);
    const Received got = run_one(program, Frame{b}, [&](FrameSlot& f) {
      set32(f, box::kSrcAddr, static_cast<uint32_t>(r.next() >> 8));
      set8(f, box::kTtl, 1);
    });
    EXPECT_NE(before, 0xffff);
    EXPECT_EQ(ones_sum(&got.frame.bytes[14], 20), before);
  }
}

TEST(Deparser, OverlappingSlotsApplyInIndexOrderAlsoInTheChecksum) {
  for (const unsigned second : {1u, 8u, 31u}) {  // same step, next step, last step
    Program p;
    p.tcam[0].valid = true;
    p.action[0].done = true;
    p.action[0].mark = true;
    p.slots[0] = {true, 0, kC32Base + 1, 8, 1};
    p.slots[second] = {true, 0, kC16Base + 1, 10, 1};
    p.units[0] = {true, 0, 0, false};
    std::vector<uint8_t> b(64, 0x31);
    b[0] = b[1] = 0;
    const uint16_t sum = static_cast<uint16_t>(~ones_sum(b.data(), 64));
    b[0] = static_cast<uint8_t>(sum >> 8);
    b[1] = static_cast<uint8_t>(sum);
    const Received got = run_one(p, Frame{b}, [](FrameSlot& f) {
      set32(f, 1, 0xa1a2a3a4);
      set16(f, 1, 0xbbcc);
    });
    const std::vector<uint8_t> field(got.frame.bytes.begin() + 8, got.frame.bytes.begin() + 12);
    EXPECT_EQ(field, (std::vector<uint8_t>{0xa1, 0xa2, 0xbb, 0xcc}));
    EXPECT_EQ(ones_sum(got.frame.bytes.data(), 64), 0xffff);
  }
}

TEST(Deparser, FieldThatDoesNotFitIsNotWrittenAtAll) {
  for (const size_t length : {60u, 200u, 256u, 300u}) {
    for (unsigned over = 0; over < 4; ++over) {
      // The header lies so that the field's last byte is `over` bytes behind the end.
      const size_t end = std::min<size_t>(length, kWindowBytes);
      const unsigned hdr_at = static_cast<unsigned>(end) - 8;
      Program p;
      p.tcam[0].valid = p.tcam[1].valid = true;
      p.tcam[0].state_mask = p.tcam[1].state_mask = 0xff;
      p.tcam[1].state = 1;
      p.action[0].next_state = 1;
      p.action[0].adv_const = static_cast<uint8_t>(hdr_at);
      p.action[1].done = true;
      p.action[1].mark = true;
      p.slots[2] = {true, 0, kC32Base, static_cast<uint8_t>(4 + over), 1};
      p.units[0] = {true, 0, 0, false};
      std::vector<uint8_t> b(length, 0x10);
      const Received got = run_one(p, Frame{b}, [](FrameSlot& f) { set32(f, 0, 0x20202020); });
      EXPECT_EQ(got.frame.bytes == b, over != 0) << length << " " << over;
    }
  }
}

TEST(Deparser, OnlyDirtyContainersOfFoundHeadersAreWritten) {
  Program p = rewrite_program();
  sim::Random r(7);
  const std::vector<uint8_t> b = ipv4_packet(r, 17, 0, 10);
  // Not dirty: the value is ignored. TCP was not found: its slots do nothing.
  const Received got = run_one(p, Frame{b}, [](FrameSlot& f) {
    f.phv.c32[box::kSrcAddr] = 0x01020304;
    set32(f, box::kSeq, 0x01020304);
  });
  EXPECT_EQ(got.frame.bytes, b);
}

TEST(Deparser, FateComesFromTheExceptionOrElseFromTheMetadata) {
  struct Case {
    Exception exc;
    uint8_t verdict, reason, out_port;  // metadata
    Verdict want;
    uint8_t want_reason, want_port;
  };
  const uint8_t cpu = uint8_t(common::PortId::kCpu);
  const uint8_t no_route = uint8_t(Reason::kNoRoute);
  const std::vector<Case> cases = {
      {{}, 1, 77, 4, Verdict::kForward, 0, 4},
      {{}, 1, 77, 200, Verdict::kForward, 0, 200},  // checked by the traffic manager
      {{}, 0, 77, 4, Verdict::kDrop, 77, 0},
      {{}, 2, 5, 4, Verdict::kSlow, 5, cpu},
      {{}, 3, 77, 4, Verdict::kDrop, no_route, 0},
      {{}, 0x81, 77, 4, Verdict::kDrop, no_route, 0},
      {{true, Verdict::kDrop, 2}, 1, 77, 4, Verdict::kDrop, 2, 0},
      {{true, Verdict::kSlow, 3}, 1, 77, 4, Verdict::kSlow, 3, cpu},
  };
  for (const Case& c : cases) {
    for (const size_t length : {64u, 1000u}) {
      const Received got =
          run_one(Program{}, Frame{std::vector<uint8_t>(length, 1)}, [&](FrameSlot& f) {
            f.exc = c.exc;
            f.phv.c8[kMetaVerdict] = c.verdict;
            f.phv.c8[kMetaReason] = c.reason;
            f.phv.c8[kMetaOutPort] = c.out_port;
            f.stage_hit = 0x5a;
          });
      EXPECT_EQ(got.verdict, c.want);
      EXPECT_EQ(got.reason, c.want_reason);
      EXPECT_EQ(got.out_port, c.want_port);
      EXPECT_EQ(got.stage_hit, 0x5a);
    }
  }
}

TEST(Deparser, OneBeatACycleInMeansOneBeatACycleOutAndBoundedQueues) {
  // Every mix of lengths, input never pausing: the output, once begun, never pauses either.
  sim::Random r(8);
  for (const unsigned latency : {2u, 10u, 40u}) {
    auto model = std::make_unique<EdgeModel>(latency);
    model->load(0, classic_program());
    BeatSource source(1, 0);
    uint64_t beats = 0;
    for (unsigned i = 0; i < 2000; ++i) {
      const unsigned n = random_length(r);
      beats += (n + 63) / 64;
      source.push({std::vector<uint8_t>(n, 1), i});
    }
    uint64_t first = 0, last = 0, count = 0;
    for (uint64_t cycle = 0; !source.empty() || model->busy(); ++cycle) {
      if (model->deparser.out().valid) {
        if (count++ == 0) first = cycle;
        last = cycle;
      }
      ASSERT_LE(model->deparser.out_level(), Deparser::kOutDepth);
      // docs/uarch/rmt-deparser.md: a body beat waits at most the pipeline's length and 3 cycles.
      ASSERT_LE(model->window.body_level(), Parser::kLatency + latency + Deparser::kLatency + 3);
      model->step(source.next());
    }
    EXPECT_EQ(count, beats);
    // A window is sent when it is complete, so the output may pause at most 3 cycles in all: what
    // the first frames are ahead of those with longer windows.
    EXPECT_LE(last - first + 1, beats + 3);
  }
}

TEST(Deparser, QueuesStayWithinTheirBoundsWhateverTheGaps) {
  Peaks peaks;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    sim::Random r(seed);
    auto model = std::make_unique<EdgeModel>(40);
    std::vector<Frame> frames;
    for (unsigned i = 0; i < 300; ++i) {
      const unsigned n = r.chance(50) ? static_cast<unsigned>(1 + r.below(64)) : random_length(r);
      frames.push_back({std::vector<uint8_t>(r.chance(2) ? 9216 : n, 1), i});
    }
    run(*model, frames, forward, static_cast<unsigned>(r.below(3) * r.below(50)), &peaks);
  }
  EXPECT_EQ(peaks.out, Deparser::kOutDepth);  // reached, so the bound is tight
  EXPECT_LE(peaks.body, Parser::kLatency + 40 + Deparser::kLatency + 3);
  EXPECT_GT(peaks.body, 40u);
}

}  // namespace
}  // namespace fp::rmt::test
