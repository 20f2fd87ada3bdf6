// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/parser.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace fp::rmt {
namespace {

static_assert(kLookupBytes == sizeof(uint32_t), "a key's lookup bytes are one word");

uint16_t load_be16(const uint8_t* p) { return static_cast<uint16_t>(p[0] << 8 | p[1]); }

uint32_t load_be32(const uint8_t* p) {
  uint32_t v;
  std::memcpy(&v, p, sizeof v);
  return __builtin_bswap32(v);
}

uint32_t lookup_word(const std::array<uint8_t, kLookupBytes>& bytes) {
  return std::bit_cast<uint32_t>(bytes);
}

}  // namespace

Parser::Parser() {
  for (Bank& bank : banks_) {
    bank.tcam.resize(kParserEntries);
    bank.rows.resize(kParserEntries);
    bank.by_state.reserve(kStates * kParserEntries);
  }
  pipe_.fill(kNoSlot);
}

void Parser::reset() {
  for (Bank& bank : banks_) {
    bank.init = {};
    for (ParserTcam& entry : bank.tcam) entry.valid = false;
    bank.stale = true;
  }
  pipe_.fill(kNoSlot);
  head_ = 0;
  frames_ = 0;
  out_ = kNoSlot;
}

void Parser::step(FrameRing& ring, ContextRing& contexts, SlotIndex in) {
  out_ = pipe_[head_];
  if (out_ != kNoSlot) --frames_;
  pipe_[head_] = in;
  head_ = (head_ + 1) % kParserSteps;
  if (in == kNoSlot) return;
  ++frames_;
  parse(ring[in], contexts[in]);
}

void Parser::index_states(Bank& bank) {
  bank.by_state.clear();
  for (unsigned state = 0; state < kStates; ++state) {
    bank.first[state] = static_cast<uint16_t>(bank.by_state.size());
    for (unsigned i = 0; i < kParserEntries; ++i) {
      const ParserTcam& e = bank.tcam[i];
      if (!e.valid || ((state ^ e.state) & e.state_mask) != 0) continue;
      bank.by_state.push_back(
          {lookup_word(e.lookup), lookup_word(e.lookup_mask), static_cast<uint8_t>(i)});
    }
  }
  bank.first[kStates] = static_cast<uint16_t>(bank.by_state.size());
  bank.stale = false;
}

const Parser::Row* Parser::lookup(const Bank& bank, unsigned state, uint32_t key) {
  for (unsigned i = bank.first[state]; i < bank.first[state + 1]; ++i) {
    const Entry& e = bank.by_state[i];
    if (((key ^ e.value) & e.mask) == 0) return &bank.rows[e.index];
  }
  return nullptr;
}

void Parser::parse(FrameSlot& frame, FrameContext& context) {
  Bank& bank = banks_[frame.epoch % kNumBanks];
  if (bank.stale) index_states(bank);

  frame.phv = {};
  frame.hdr_valid = 0;
  frame.exc = {};
  context.hdr_off = {};

  unsigned state = bank.init.state;
  const uint8_t* look = bank.init.lookup_off.data();
  unsigned pos = 0;
  for (unsigned step = 0;; ++step) {
    // Past the window everything reads 0, as it does from its end.
    const uint8_t* slice = &context.bytes[std::min(pos, kWindowBytes)];
    std::array<uint8_t, kLookupBytes> bytes;
    for (unsigned i = 0; i < kLookupBytes; ++i) bytes[i] = slice[look[i]];
    const Row* row = lookup(bank, state, lookup_word(bytes));
    if (row == nullptr) break;

    const ParserAction& a = row->action;
    if (pos + a.need > context.len) {
      frame.exc = context.whole ? Exception{true, Verdict::kDrop, uint8_t(Reason::kParserTruncated)}
                                : Exception{true, Verdict::kSlow, uint8_t(Reason::kParserWindow)};
      break;
    }
    if (a.mark) {
      frame.hdr_valid |= uint32_t{1} << a.hdr_id;
      context.hdr_off[a.hdr_id] = static_cast<uint16_t>(pos);
    }
    // An extractor sees the slice only, zeros after its last byte.
    for (unsigned i = 0; i < row->n8; ++i) frame.phv.c8[row->x8[i].dst] = slice[row->x8[i].src];
    for (unsigned i = 0; i < row->n16; ++i) {
      const auto [src, dst] = row->x16[i];
      uint16_t v = load_be16(slice + src);
      if (src + sizeof v > kSliceBytes) v &= 0xff00;
      frame.phv.c16[dst] = v;
    }
    for (unsigned i = 0; i < row->n32; ++i) {
      const auto [src, dst] = row->x32[i];
      uint32_t v = load_be32(slice + src);
      if (src + sizeof v > kSliceBytes) v &= ~uint32_t{0} << 8 * (src + sizeof v - kSliceBytes);
      frame.phv.c32[dst] = v;
    }
    if (a.exc) {
      frame.exc = {true, a.exc_verdict == Verdict::kSlow ? Verdict::kSlow : Verdict::kDrop,
                   a.exc_reason};
      break;
    }
    if (a.done) break;
    if (step == kParserSteps - 1) {
      frame.exc = {true, Verdict::kSlow, uint8_t(Reason::kParserDepth)};
      break;
    }
    unsigned advance = a.adv_const;
    if (a.adv_var) advance += unsigned((slice[a.adv_byte] & a.adv_mask) >> a.adv_shr) << a.adv_shl;
    pos = std::min(pos + advance, 2 * kWindowBytes - 1);
    state = a.next_state;
    look = a.lookup_off.data();
  }
  frame.phv.c8[kMetaInPort] =
      frame.passes == 0 ? frame.port : static_cast<uint8_t>(common::PortId::kRecirc);
  frame.phv.c8[kMetaOutPort] = 0;
  frame.phv.c8[kMetaVerdict] = static_cast<uint8_t>(Verdict::kDrop);
  frame.phv.c8[kMetaReason] = static_cast<uint8_t>(Reason::kNoRoute);
  frame.phv.c8[kMetaQueue] = 0;
  frame.phv.c8[kMetaEdit] = 0;
  frame.phv.c8[kMetaPop] = 0;
  frame.phv.c16[kMetaGroup] = 0;
  frame.phv.c16[kMetaEntropy] = 0;
  frame.phv.c32[kMetaRecirc] = frame.recirc;
}

void Parser::write_row(TableId table, unsigned bank, unsigned index, const uint32_t* words) {
  Bank& b = banks_[bank];
  switch (table) {
    case TableId::kParserInit:
      b.init = ParserInit::unpack(words);
      break;
    case TableId::kParserTcam:
      b.tcam[index] = ParserTcam::unpack(words);
      b.stale = true;
      break;
    case TableId::kParserAction: {
      Row& row = b.rows[index];
      row.action = ParserAction::unpack(words);
      row.n8 = row.n16 = row.n32 = 0;
      for (const Extract8& x : row.action.x8) {
        if (x.en) row.x8[row.n8++] = {x.src, x.dst};
      }
      for (const Extract16& x : row.action.x16) {
        if (x.en) row.x16[row.n16++] = {x.src, x.dst};
      }
      for (const Extract32& x : row.action.x32) {
        if (x.en) row.x32[row.n32++] = {x.src, x.dst};
      }
      break;
    }
    default:
      break;
  }
}

void Parser::read_row(TableId table, unsigned bank, unsigned index, uint32_t* words) const {
  std::fill_n(words, reg::kTblDataCount, 0u);
  const Bank& b = banks_[bank];
  switch (table) {
    case TableId::kParserInit:
      b.init.pack(words);
      break;
    case TableId::kParserTcam:
      b.tcam[index].pack(words);
      break;
    case TableId::kParserAction:
      b.rows[index].action.pack(words);
      break;
    default:
      break;
  }
}

}  // namespace fp::rmt
