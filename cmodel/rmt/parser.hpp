// SPDX-License-Identifier: Apache-2.0
//
// Model of rmt_parser: tables and the delay of the parse. A frame is parsed in one go as it enters
// and shown when the RTL has finished; nothing outside can tell, because a bank that has frames in
// flight is never written (rmt_tables refuses).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cmodel/common/state_io.hpp"
#include "cmodel/rmt/frame_slot.hpp"
#include "cmodel/rmt/window.hpp"

namespace fp::rmt {

class Parser {
 public:
  // A frame in Window::out() in cycle t is in out() in cycle t + kLatency.
  static constexpr unsigned kLatency = kParserSteps + 1;  // cycles

  Parser();
  void reset();

  // One cycle; `in` is Window::out().
  void step(FrameRing& ring, ContextRing& contexts, SlotIndex in);

  // Output register as of the last step(), or kNoSlot. Containers, hdr_valid and exc of the slot
  // and hdr_off of the context hold what was parsed.
  SlotIndex out() const { return out_; }
  bool busy() const { return frames_ != 0 || out_ != kNoSlot; }

  // A row of parser_init, parser_tcam or parser_action; `index` is in range. write_row reads the
  // row's own words; read_row zeroes what lies past the row's end up to kTblDataCount words.
  void write_row(TableId table, unsigned bank, unsigned index, const uint32_t* words);
  void read_row(TableId table, unsigned bank, unsigned index, uint32_t* words) const;

  void checkpoint(StateIo& io) {
    for (Bank& bank : banks_) {
      io(bank.init, bank.tcam, bank.rows);
      if (io.loading()) bank.stale = true;
    }
    io(pipe_, head_, frames_, out_);
  }

 private:
  static constexpr unsigned kStates = 256;

  // A copy of header bytes into a container of the extractor's width.
  struct Copy {
    uint8_t src;
    uint8_t dst;
  };
  // A parser_action laid out for running.
  struct Row {
    ParserAction action;
    std::array<Copy, kNumExtract8> x8;
    std::array<Copy, kNumExtract16> x16;
    std::array<Copy, kNumExtract32> x32;
    uint8_t n8 = 0, n16 = 0, n32 = 0;
  };
  // Entries that a state can match, lowest index first.
  struct Entry {
    uint32_t value;
    uint32_t mask;
    uint8_t index;
  };
  struct Bank {
    ParserInit init;
    std::vector<ParserTcam> tcam;
    std::vector<Row> rows;
    // Entries of state s: by_state[first[s] .. first[s + 1]); made again after a TCAM write.
    std::vector<Entry> by_state;
    std::array<uint16_t, kStates + 1> first{};
    bool stale = true;
  };

  static void index_states(Bank& bank);
  static const Row* lookup(const Bank& bank, unsigned state, uint32_t key);
  void parse(FrameSlot& frame, FrameContext& context);

  std::array<Bank, kNumBanks> banks_;
  std::array<SlotIndex, kParserSteps> pipe_;  // what came in the last kParserSteps cycles
  unsigned head_ = 0;
  unsigned frames_ = 0;  // in pipe_
  SlotIndex out_ = kNoSlot;
};

}  // namespace fp::rmt
