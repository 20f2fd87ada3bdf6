// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/deparser.hpp"

#include <algorithm>
#include <cstring>

namespace fp::rmt {
namespace {

static_assert(kWindowBytes / common::kBeatBytes * common::kBeatBytes == kWindowBytes);

uint16_t swap16(uint16_t v) { return __builtin_bswap16(v); }

// ~m + m' of RFC 1624 eqn 3 for one half word, carries not folded.
uint32_t change16(uint16_t from, uint16_t to) {
  return static_cast<uint32_t>(static_cast<uint16_t>(~from)) + to;
}

uint16_t load_be16(const uint8_t* p) { return static_cast<uint16_t>(p[0] << 8 | p[1]); }

void store_be16(uint8_t* p, uint16_t v) {
  p[0] = static_cast<uint8_t>(v >> 8);
  p[1] = static_cast<uint8_t>(v);
}

}  // namespace

Deparser::Deparser() { reset(); }

void Deparser::reset() {
  for (Bank& bank : banks_) {
    for (DeparserSlot& slot : bank.slots) slot.en = false;
    for (DeparserCsum& unit : bank.units) unit.en = false;
    bank.n_used = 0;
  }
  held_ = 0;
  pipe_.fill(kNoSlot);
  head_ = 0;
  moving_ = 0;
  wr_ = rd_ = level_ = 0;
  beat_ = 0;
  in_body_ = false;
  body_pop_ = false;
  out_ = {};
}

void Deparser::step(FrameRing& ring, ContextRing& contexts, SlotIndex entered, SlotIndex done,
                    const BodyBeat* body) {
  send(ring, contexts, body);
  if (pipe_[head_] != kNoSlot) {
    queue_[wr_] = pipe_[head_];
    wr_ = (wr_ + 1) % kOutDepth;
    ++level_;
    --moving_;
  }
  pipe_[head_] = done;
  head_ = (head_ + 1) % kSteps;
  if (done != kNoSlot) {
    ++moving_;
    --held_;
    judge(ring[done], contexts[done]);
    write_back(banks_[ring[done].epoch % kNumBanks], ring[done], contexts[done]);
  }
  if (entered != kNoSlot) ++held_;
}

void Deparser::judge(const FrameSlot& frame, FrameContext& context) {
  const auto& meta = frame.phv.c8;
  context.reason = 0;
  if (frame.exc.valid) {
    context.verdict = frame.exc.verdict;
    context.reason = frame.exc.reason;
  } else if (meta[kMetaVerdict] == static_cast<uint8_t>(Verdict::kForward)) {
    context.verdict = Verdict::kForward;
  } else if (meta[kMetaVerdict] == static_cast<uint8_t>(Verdict::kDrop) ||
             meta[kMetaVerdict] == static_cast<uint8_t>(Verdict::kSlow)) {
    context.verdict = static_cast<Verdict>(meta[kMetaVerdict]);
    context.reason = meta[kMetaReason];
  } else {
    context.verdict = Verdict::kDrop;
    context.reason = static_cast<uint8_t>(Reason::kNoRoute);
  }
  context.out_port = 0;
  if (context.verdict == Verdict::kForward) context.out_port = meta[kMetaOutPort];
  if (context.verdict == Verdict::kSlow) {
    context.out_port = static_cast<uint8_t>(common::PortId::kCpu);
  }
}

void Deparser::write_back(const Bank& bank, const FrameSlot& frame, FrameContext& context) {
  if (frame.dirty[0] == 0 && frame.dirty[1] == 0) return;  // then no checksum moves either
  Deltas deltas{};
  for (unsigned i = 0; i < bank.n_used; ++i) {
    const DeparserSlot& slot = bank.slots[bank.used[i]];
    if (frame.is_dirty(slot.container) && (frame.hdr_valid >> slot.hdr_id & 1) != 0) {
      apply_slot(slot, frame, context, deltas);
    }
  }
  for (unsigned u = 0; u < kChecksumUnits; ++u) {
    if (bank.units[u].en) apply_unit(bank.units[u], deltas[u], frame, context);
  }
}

void Deparser::apply_slot(const DeparserSlot& slot, const FrameSlot& frame, FrameContext& context,
                          Deltas& deltas) {
  const unsigned at = context.hdr_off[slot.hdr_id] + slot.off;
  const bool odd = slot.off % 2 != 0;
  const unsigned c = slot.container;
  uint32_t change = 0;
  if (c < kC16Base) {
    if (at + 1 > context.len) return;
    uint8_t* p = &context.bytes[at];
    const uint8_t to = frame.phv.c8[c];
    // A lone byte counts as a half word with 0 beside it.
    change = odd ? change16(*p, to)
                 : change16(static_cast<uint16_t>(*p << 8), static_cast<uint16_t>(to << 8));
    *p = to;
  } else {
    const bool wide = c >= kC32Base;
    if (at + (wide ? 4 : 2) > context.len) return;
    uint8_t* p = &context.bytes[at];
    const uint32_t v = wide ? frame.phv.c32[c - kC32Base]
                            : static_cast<uint32_t>(frame.phv.c16[c - kC16Base]) << 16;
    for (unsigned half = 0; half < (wide ? 2u : 1u); ++half) {
      const uint16_t from = load_be16(p + 2 * half);
      const uint16_t to = static_cast<uint16_t>(v >> (16 - 16 * half));
      // At an odd offset the first byte is the low half (RFC 1071, byte order independence).
      change += odd ? change16(swap16(from), swap16(to)) : change16(from, to);
      store_be16(p + 2 * half, to);
    }
  }
  for (unsigned u = 0; u < kChecksumUnits; ++u) {
    if ((slot.csum_mask >> u & 1) != 0) deltas[u] += change;
  }
}

void Deparser::apply_unit(const DeparserCsum& unit, uint32_t delta, const FrameSlot& frame,
                          FrameContext& context) {
  if ((frame.hdr_valid >> unit.hdr_id & 1) == 0) return;
  const unsigned at = context.hdr_off[unit.hdr_id] + unit.off;
  if (at + 2 > context.len) return;
  uint8_t* p = &context.bytes[at];
  const uint16_t hc = load_be16(p);
  // RFC 768: 0 means no checksum, a sum of 0 goes out as all ones.
  if (unit.zero_keeps && hc == 0) return;
  uint32_t sum = delta + static_cast<uint16_t>(~hc);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  uint16_t res = static_cast<uint16_t>(~sum);
  if (unit.zero_keeps && res == 0) res = 0xffff;
  store_be16(p, res);
}

void Deparser::send(const FrameRing& ring, const ContextRing& contexts, const BodyBeat* body) {
  body_pop_ = in_body_ && body != nullptr;
  out_.valid = false;
  if (body_pop_) {
    out_.valid = true;
    out_.beat.data = body->data;
    out_.beat.nbytes = body->nbytes;
    out_.beat.sop = false;
    out_.beat.eop = body->eop;
    out_.beat.err = body->eop && body->err;
    in_body_ = !body->eop;
    return;
  }
  if (in_body_ || level_ == 0) return;

  const FrameSlot& frame = ring[queue_[rd_]];
  const FrameContext& context = contexts[queue_[rd_]];
  const unsigned at = beat_ * common::kBeatBytes;
  const unsigned left = context.len - at;
  const bool end = left <= common::kBeatBytes;
  out_.valid = true;
  std::memcpy(out_.beat.data.data(), &context.bytes[at], common::kBeatBytes);
  out_.beat.nbytes = static_cast<uint8_t>(end ? left : common::kBeatBytes);
  out_.beat.sop = beat_ == 0;
  out_.beat.eop = end && context.whole;
  out_.beat.err = end && context.whole && context.err;
  out_.beat.port = static_cast<common::PortId>(frame.port);
  out_.beat.tag = frame.tag;
  out_.verdict = context.verdict;
  out_.reason = context.reason;
  out_.out_port = context.out_port;
  out_.epoch = frame.epoch;
  out_.stage_hit = frame.stage_hit;
  out_.stage_action = frame.stage_action;
  beat_ = end ? 0 : beat_ + 1;
  if (end) {
    in_body_ = !context.whole;
    rd_ = (rd_ + 1) % kOutDepth;
    --level_;
  }
}

void Deparser::write_row(TableId table, unsigned bank, unsigned index, const uint32_t* words) {
  Bank& b = banks_[bank];
  if (table == TableId::kDeparserSlot) {
    b.slots[index] = DeparserSlot::unpack(words);
    b.n_used = 0;
    for (unsigned i = 0; i < kDeparserSlots; ++i) {
      if (b.slots[i].en && b.slots[i].container < kNumContainers) {
        b.used[b.n_used++] = static_cast<uint8_t>(i);
      }
    }
  } else if (table == TableId::kDeparserCsum) {
    b.units[index] = DeparserCsum::unpack(words);
  }
}

void Deparser::read_row(TableId table, unsigned bank, unsigned index, uint32_t* words) const {
  std::fill_n(words, reg::kTblDataCount, 0u);
  if (table == TableId::kDeparserSlot) banks_[bank].slots[index].pack(words);
  if (table == TableId::kDeparserCsum) banks_[bank].units[index].pack(words);
}

}  // namespace fp::rmt
