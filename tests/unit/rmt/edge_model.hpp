// SPDX-License-Identifier: Apache-2.0
//
// The models of window, parser and deparser connected as rmt connects them, with the test in the
// place of the match-action stages, and the frames that go in and come out as a whole.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <memory>
#include <vector>

#include "cmodel/rmt/deparser.hpp"
#include "cmodel/rmt/frame_slot.hpp"
#include "cmodel/rmt/parser.hpp"
#include "cmodel/rmt/window.hpp"
#include "tests/unit/rmt/random_program.hpp"

namespace fp::rmt::test {

class EdgeModel {
 public:
  // `latency`: cycles from Parser::out() to the deparser's input, at least 2.
  explicit EdgeModel(unsigned latency) : line_(latency, kNoSlot) {}

  void load(unsigned bank, const Program& program) {
    program.for_each_row([&](TableId table, unsigned index, const uint32_t* words) {
      write_row(table, bank, index, words);
    });
  }
  void write_row(TableId table, unsigned bank, unsigned index, const uint32_t* words) {
    parser.write_row(table, bank, index, words);
    deparser.write_row(table, bank, index, words);
  }
  void reset() {
    window.reset();
    parser.reset();
    deparser.reset();
    std::fill(line_.begin(), line_.end(), kNoSlot);
    in_line_ = 0;
  }

  // The frame the deparser gets in this cycle, or kNoSlot: the test may act on it as a stage would.
  SlotIndex leaving() const { return line_[head_]; }

  void step(const InBeat& in) {
    const SlotIndex entered = window.out();
    const SlotIndex done = line_[head_];
    if (done != kNoSlot) --in_line_;
    line_[head_] = parser.out();
    if (parser.out() != kNoSlot) {
      ++in_line_;
      ring[parser.out()].clear_stages();
    }
    head_ = (head_ + 1) % line_.size();
    deparser.step(ring, contexts, entered, done, window.body());
    parser.step(ring, contexts, entered);
    window.step(in, deparser.body_pop(), ring, contexts);
  }
  bool busy() const { return window.busy() || parser.busy() || deparser.busy() || in_line_ != 0; }

  FrameRing ring;
  ContextRing contexts{};
  Window window;
  Parser parser;
  Deparser deparser;

 private:
  std::vector<SlotIndex> line_;
  size_t head_ = 0;
  unsigned in_line_ = 0;
};

// Frames as beats; a gap before any beat with the given chance.
class BeatSource {
 public:
  BeatSource(uint64_t seed, unsigned gap_percent) : random_(seed), gap_percent_(gap_percent) {}

  void push(Frame frame) { frames_.push_back(std::move(frame)); }
  bool empty() const { return frames_.empty(); }

  // The next cycle's beat; the pointer in it holds until the next call.
  InBeat next() {
    if (frames_.empty() || random_.chance(gap_percent_)) return {};
    const Frame& f = frames_.front();
    const size_t left = f.bytes.size() - at_;
    const size_t n = std::min<size_t>(left, common::kBeatBytes);
    // What lies behind the frame's last byte is noise: nothing may depend on it.
    for (uint8_t& b : beat_.data) b = static_cast<uint8_t>(random_.next() >> 30);
    std::copy_n(f.bytes.begin() + static_cast<std::ptrdiff_t>(at_), n, beat_.data.begin());
    beat_.nbytes = static_cast<uint8_t>(n);
    beat_.sop = at_ == 0;
    beat_.eop = n == left;
    beat_.err = beat_.eop && f.err;
    beat_.port = f.port;
    beat_.tag = f.tag;
    const InBeat in{true, &beat_, f.epoch, f.passes, f.recirc};
    at_ += n;
    if (beat_.eop) {
      at_ = 0;
      frames_.pop_front();
    }
    return in;
  }

 private:
  sim::Random random_;
  unsigned gap_percent_;
  std::deque<Frame> frames_;
  size_t at_ = 0;
  common::PktBeat beat_;
};

// A frame that has left, with its fate.
struct Received {
  Frame frame;
  Verdict verdict;
  uint8_t reason;
  uint8_t out_port;
  uint8_t stage_hit;
  FrameFate fate;
};

// Puts beats together again; checks that they nest, that only last beats are short and that the
// side band does not change within a frame.
class FrameSink {
 public:
  void take(const OutBeat& out) {
    if (!out.valid) return;
    const common::PktBeat& b = out.beat;
    ASSERT_EQ(b.sop, !open_);
    ASSERT_TRUE(b.nbytes == common::kBeatBytes || (b.eop && b.nbytes >= 1 && b.nbytes < 64));
    ASSERT_TRUE(b.eop || !b.err);
    if (b.sop) {
      now_ = {Frame{{}, b.tag, b.port, out.fate.epoch, false, 0, 0},
              out.fate.verdict,
              out.fate.reason,
              out.fate.out_port,
              out.fate.stage_hit,
              out.fate};
    }
    ASSERT_EQ(b.tag, now_.frame.tag);
    ASSERT_EQ(b.port, now_.frame.port);
    ASSERT_EQ(out.fate.epoch, now_.frame.epoch);
    ASSERT_EQ(out.fate.verdict, now_.verdict);
    ASSERT_EQ(out.fate.reason, now_.reason);
    ASSERT_EQ(out.fate.out_port, now_.out_port);
    ASSERT_EQ(out.fate.stage_hit, now_.stage_hit);
    now_.frame.bytes.insert(now_.frame.bytes.end(), b.data.begin(), b.data.begin() + b.nbytes);
    open_ = !b.eop;
    if (b.eop) {
      now_.frame.err = b.err;
      received.push_back(now_);
    }
  }

  std::vector<Received> received;

 private:
  bool open_ = false;
  Received now_{};
};

}  // namespace fp::rmt::test
