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
    for (DeparserPop& pop : bank.pops) pop.en = false;
    bank.n_used = 0;
  }
  held_ = 0;
  pipe_.fill(kNoSlot);
  head_ = 0;
  moving_ = 0;
  wr_ = rd_ = level_ = 0;
  beat_ = 0;
  in_body_ = flush_ = open_ = false;
  body_pop_ = false;
  keep_ = 0;
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
    const Bank& bank = banks_[ring[done].epoch % kNumBanks];
    // A frame that took an exception leaves as it came.
    if (!ring[done].exc.valid) {
      write_back(bank, ring[done], contexts[done]);
      remove(bank, ring[done], contexts[done]);
    }
  }
  if (entered != kNoSlot) ++held_;
}

void Deparser::judge(const FrameSlot& frame, FrameContext& context) {
  const auto& meta = frame.phv.c8;
  FrameFate& fate = context.fate;
  fate.reason = 0;
  if (frame.exc.valid) {
    fate.verdict = frame.exc.verdict;
    fate.reason = frame.exc.reason;
  } else if (meta[kMetaVerdict] == static_cast<uint8_t>(Verdict::kForward)) {
    fate.verdict = Verdict::kForward;
  } else if (meta[kMetaVerdict] == static_cast<uint8_t>(Verdict::kDrop) ||
             meta[kMetaVerdict] == static_cast<uint8_t>(Verdict::kSlow)) {
    fate.verdict = static_cast<Verdict>(meta[kMetaVerdict]);
    fate.reason = meta[kMetaReason];
  } else {
    fate.verdict = Verdict::kDrop;
    fate.reason = static_cast<uint8_t>(Reason::kNoRoute);
  }
  fate.out_port = 0;
  if (fate.verdict == Verdict::kForward) fate.out_port = meta[kMetaOutPort];
  if (fate.verdict == Verdict::kSlow) fate.out_port = static_cast<uint8_t>(common::PortId::kCpu);
  fate.queue = static_cast<uint8_t>(meta[kMetaQueue] % kNumQueues);
  fate.edit = frame.exc.valid ? uint8_t{0} : meta[kMetaEdit];
  fate.group = static_cast<uint8_t>(frame.phv.c16[kMetaGroup] % kNumGroups);
  fate.entropy = frame.phv.c16[kMetaEntropy] & 0x3fff;
  fate.recirc = frame.phv.c32[kMetaRecirc];
  fate.passes = frame.passes;
  fate.epoch = frame.epoch;
  fate.stage_hit = frame.stage_hit;
  fate.stage_action = frame.stage_action;
}

void Deparser::remove(const Bank& bank, const FrameSlot& frame, FrameContext& context) {
  const unsigned number = frame.phv.c8[kMetaPop];
  if (number == 0 || number > kNumPops) return;
  const DeparserPop& row = bank.pops[number - 1];
  if (!row.en || (frame.hdr_valid >> row.from_hdr & 1) == 0 ||
      (frame.hdr_valid >> row.to_hdr & 1) == 0) {
    return;
  }
  const unsigned from = context.hdr_off[row.from_hdr] + row.from_off;
  const unsigned to = context.hdr_off[row.to_hdr] + row.to_off;
  if (from >= context.len || to >= context.len || from > to) return;
  std::memmove(&context.bytes[from], &context.bytes[to], context.len - to);
  std::memset(&context.bytes[context.len - (to - from)], 0, to - from);
  context.len = static_cast<uint16_t>(context.len - (to - from));
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
  if (flush_) {
    out_.valid = true;
    out_.beat.data = carry_;
    out_.beat.nbytes = static_cast<uint8_t>(keep_);
    out_.beat.eop = true;
    out_.beat.err = body_err_;
    flush_ = false;
    keep_ = 0;
  } else if (body_pop_) {
    send_body(*body);
  } else if (!in_body_ && level_ != 0) {
    send_window(ring, contexts);
  }
  if (!out_.valid) return;
  out_.beat.sop = !open_;
  open_ = !out_.beat.eop;
}

void Deparser::send_body(const BodyBeat& body) {
  // What waits comes first; what then does not fit the beat waits in its turn.
  std::array<uint8_t, 2 * common::kBeatBytes> joined{};
  std::memcpy(joined.data(), carry_.data(), keep_);
  std::memcpy(&joined[keep_], body.data.data(), body.nbytes);
  const unsigned total = keep_ + body.nbytes;
  const bool fits = total <= common::kBeatBytes;
  out_.valid = true;
  std::memcpy(out_.beat.data.data(), joined.data(), common::kBeatBytes);
  out_.beat.nbytes = static_cast<uint8_t>(fits ? total : common::kBeatBytes);
  out_.beat.eop = body.eop && fits;
  out_.beat.err = out_.beat.eop && body.err;
  std::memcpy(carry_.data(), &joined[common::kBeatBytes], common::kBeatBytes);
  keep_ = fits ? 0 : total - common::kBeatBytes;
  flush_ = body.eop && !fits;
  body_err_ = body.err;
  in_body_ = !body.eop;
}

void Deparser::send_window(const FrameRing& ring, const ContextRing& contexts) {
  const FrameSlot& frame = ring[queue_[rd_]];
  const FrameContext& context = contexts[queue_[rd_]];
  const unsigned at = beat_ * common::kBeatBytes;
  const unsigned left = context.len - at;
  // A frame that goes on behind the window: the bytes past its last full beat wait.
  const bool full = left >= common::kBeatBytes;
  const bool end = context.whole ? left <= common::kBeatBytes : left < 2 * common::kBeatBytes;
  out_.valid = context.whole || full;
  if (out_.valid) {
    std::memcpy(out_.beat.data.data(), &context.bytes[at], common::kBeatBytes);
    out_.beat.nbytes = static_cast<uint8_t>(full ? common::kBeatBytes : left);
    out_.beat.eop = end && context.whole;
    out_.beat.err = out_.beat.eop && context.err;
  }
  out_.beat.port = static_cast<common::PortId>(frame.port);
  out_.beat.tag = frame.tag;
  out_.fate = context.fate;
  beat_ = end ? 0 : beat_ + 1;
  if (!end) return;
  keep_ = 0;
  if (!context.whole) {
    keep_ = left % common::kBeatBytes;
    std::memcpy(carry_.data(), &context.bytes[at + (full ? common::kBeatBytes : 0)], keep_);
    std::memset(&carry_[keep_], 0, carry_.size() - keep_);
  }
  in_body_ = !context.whole;
  rd_ = (rd_ + 1) % kOutDepth;
  --level_;
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
  } else if (table == TableId::kDeparserPop) {
    b.pops[index] = DeparserPop::unpack(words);
  }
}

void Deparser::read_row(TableId table, unsigned bank, unsigned index, uint32_t* words) const {
  std::fill_n(words, reg::kTblDataCount, 0u);
  if (table == TableId::kDeparserSlot) banks_[bank].slots[index].pack(words);
  if (table == TableId::kDeparserCsum) banks_[bank].units[index].pack(words);
  if (table == TableId::kDeparserPop) banks_[bank].pops[index].pack(words);
}

}  // namespace fp::rmt
