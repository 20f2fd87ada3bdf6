// SPDX-License-Identifier: Apache-2.0
//
// Model of rmt_deparser: writes dirty containers back into the window, keeps checksums right by
// RFC 1624 deltas, removes what MetaPop names and sends window and body out, one beat a cycle.
// docs/uarch/rmt-deparser.md.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/state_io.hpp"
#include "cmodel/rmt/frame_slot.hpp"
#include "cmodel/rmt/window.hpp"

namespace fp::rmt {

class Deparser {
 public:
  // A frame handed over in cycle t shows its first beat in t + kLatency or later.
  static constexpr unsigned kSteps = 5;             // cycles of write-back and removal
  static constexpr unsigned kLatency = kSteps + 2;  // cycles
  // Windows the output queue can hold.
  static constexpr unsigned kOutDepth = 4;

  Deparser();
  void reset();

  // One cycle. `entered` is Window::out(), `done` what the last stage shows, `body` Window::body().
  void step(FrameRing& ring, ContextRing& contexts, SlotIndex entered, SlotIndex done,
            const BodyBeat* body);

  // The last step() took the body beat it was given.
  bool body_pop() const { return body_pop_; }
  // Output register as of the last step().
  const OutBeat& out() const { return out_; }
  // Windows that wait to be sent.
  unsigned out_level() const { return level_; }
  bool busy() const {
    return held_ != 0 || moving_ != 0 || level_ != 0 || in_body_ || flush_ || out_.valid;
  }

  // A row of deparser_slot, deparser_csum or deparser_pop; `index` is in range. read_row zeroes
  // what lies past the row's end up to kTblDataCount words.
  void write_row(TableId table, unsigned bank, unsigned index, const uint32_t* words);
  void read_row(TableId table, unsigned bank, unsigned index, uint32_t* words) const;

  void checkpoint(StateIo& io) {
    io(banks_, held_, pipe_, head_, moving_, queue_, wr_, rd_, level_, beat_, in_body_, flush_,
       open_, body_err_, carry_, keep_, body_pop_, out_);
  }

 private:
  using Deltas = std::array<uint32_t, kChecksumUnits>;

  struct Bank {
    std::array<DeparserSlot, kDeparserSlots> slots{};
    std::array<DeparserCsum, kChecksumUnits> units{};
    std::array<DeparserPop, kNumPops> pops{};
    // Enabled slots with a container that exists, in index order.
    std::array<uint8_t, kDeparserSlots> used{};
    unsigned n_used = 0;
  };

  static void judge(const FrameSlot& frame, FrameContext& context);
  static void write_back(const Bank& bank, const FrameSlot& frame, FrameContext& context);
  static void apply_slot(const DeparserSlot& slot, const FrameSlot& frame, FrameContext& context,
                         Deltas& deltas);
  static void apply_unit(const DeparserCsum& unit, uint32_t delta, const FrameSlot& frame,
                         FrameContext& context);
  static void remove(const Bank& bank, const FrameSlot& frame, FrameContext& context);
  void send_window(const FrameRing& ring, const ContextRing& contexts);
  void send_body(const BodyBeat& body);
  void send(const FrameRing& ring, const ContextRing& contexts, const BodyBeat* body);

  std::array<Bank, kNumBanks> banks_;
  unsigned held_ = 0;                     // frames between Window::out() and `done`
  std::array<SlotIndex, kSteps> pipe_{};  // the write-back steps
  unsigned head_ = 0;
  unsigned moving_ = 0;  // frames in pipe_
  std::array<SlotIndex, kOutDepth> queue_{};
  unsigned wr_ = 0, rd_ = 0, level_ = 0;
  unsigned beat_ = 0;     // of the window being sent
  bool in_body_ = false;  // the frame under way has only body beats left
  bool flush_ = false;    // ... or only what waits
  bool open_ = false;     // a frame has begun and not ended on the output
  bool body_err_ = false;
  // Last bytes of the window that wait for a body beat, zeros behind them.
  std::array<uint8_t, common::kBeatBytes> carry_{};
  unsigned keep_ = 0;
  bool body_pop_ = false;
  OutBeat out_;
};

}  // namespace fp::rmt
