// SPDX-License-Identifier: Apache-2.0
#include "cmodel/soc/pktq.hpp"

#include <algorithm>

#include "contract/reasons.hpp"

namespace fp::soc {

namespace {

namespace reg = pktq::reg;
using common::kBeatBytes;
using pktq::kNumClasses;
using pktq::RxClass;

constexpr uint32_t kRingWords = pktq::kClassBytes / 4;
constexpr uint32_t kBeatWords = kBeatBytes / 4;
static_assert(pktq::kWindowWords * 4 == common::kMaxFrame);
static_assert((kRingWords & (kRingWords - 1)) == 0);

constexpr uint8_t code_of(rmt::Reason reason) { return static_cast<uint16_t>(reason) & 0xff; }

void count(uint32_t& counter) { counter += counter != UINT32_MAX ? 1 : 0; }

uint32_t words_of(uint32_t bytes) { return (bytes + 3) / 4; }

// Tag bits 30:29, the wire, above bits 8:0, the low end of its frame number.
uint32_t note_index(uint32_t tag) {
  static_assert(pktq::kNoteEntries == 1u << 11);
  return (tag >> 20 & 0x600) | (tag & 0x1ff);
}

// ARP, or ICMPv6 133..137 (RFC 4861), behind at most one tag. All of it lies in the first beat.
bool is_control(const common::PktBeat& beat) {
  const auto byte = [&](unsigned i) -> uint8_t { return i < beat.nbytes ? beat.data[i] : 0; };
  const auto type = [&](unsigned i) { return byte(i) << 8 | byte(i + 1); };
  const unsigned at = type(12) == 0x8100 ? 16 : 12;
  if (type(at) == 0x0806) return true;
  const unsigned ip = at + 2;
  return type(at) == 0x86dd && byte(ip + 6) == 58 && byte(ip + 40) >= 133 && byte(ip + 40) <= 137;
}

RxClass classify(const common::PktBeat& beat, uint8_t reason) {
  if (reason != 0 && reason != code_of(rmt::Reason::kLocal)) return RxClass::kException;
  if (is_control(beat)) return RxClass::kControl;
  return reason != 0 ? RxClass::kLocal : RxClass::kFlooded;
}

// Index into an array of registers beginning at `base`, or -1.
int element(uint32_t offset, uint32_t base, uint32_t n) {
  return offset >= base && offset < base + 4 * n ? static_cast<int>((offset - base) / 4) : -1;
}

}  // namespace

PacketQueue::PacketQueue(const sc_core::sc_module_name& name) : Device(name) { reset(); }

void PacketQueue::reset() {
  for (Ring& r : rings_) {
    r = {};
    r.words.resize(kRingWords);
  }
  notes_.assign(pktq::kNoteEntries, {});
  notes_lost_ = irq_enable_ = select_ = 0;
  fits_ = false;
  tx_.assign(pktq::kWindowWords, 0);
  tx_frames_ = 0;
  sending_ = valid_ = loopback_ = false;
  out.valid = false;
  out.data = {};
  in.ready = notes.ready = true;
}

uint32_t PacketQueue::waiting() const {
  uint32_t bits = 0;
  for (unsigned c = 0; c < kNumClasses; ++c) {
    bits |= static_cast<uint32_t>(!rings_[c].frames.empty()) << c;
  }
  return bits;
}

// A frame comes at least four cycles after its verdict (rmt-tm.md), so its note is there.
void PacketQueue::note(const rmt::VerdictReport& report) {
  if (report.verdict != rmt::Verdict::kSlow) return;
  Note& n = notes_[note_index(report.tag)];
  if (n.valid) count(notes_lost_);
  n = {true, report.tag, report.reason};
}

void PacketQueue::begin_frame(const common::PktBeat& beat) {
  Note& n = notes_[note_index(beat.tag)];
  const bool known = n.valid && n.tag == beat.tag;
  if (known) n.valid = false;
  open_ = {0, static_cast<uint8_t>(beat.port), known ? n.reason : uint8_t{0}};
  class_ = static_cast<unsigned>(classify(beat, open_.reason));
  const Ring& ring = rings_[class_];
  fits_ = ring.frames.size() < std::min(ring.limit, pktq::kClassFrames);
  at_ = 0;
}

// Words are written as they come, behind the last whole frame; what does not fit is forgotten.
void PacketQueue::receive(const common::PktBeat& beat) {
  if (beat.sop) begin_frame(beat);
  Ring& ring = rings_[class_];
  const uint32_t words = words_of(beat.nbytes);
  fits_ = fits_ && ring.used + at_ + words <= kRingWords;
  open_.length += beat.nbytes;
  for (uint32_t w = 0; fits_ && w < words; ++w) {
    uint32_t word = 0;
    for (uint32_t b = 0; b < 4 && 4 * w + b < beat.nbytes; ++b) {
      word |= static_cast<uint32_t>(beat.data[4 * w + b]) << 8 * b;
    }
    ring.words[(ring.read + ring.used + at_++) % kRingWords] = word;
  }
  if (!beat.eop) return;
  if (!fits_ || beat.err) return count(ring.dropped);
  ring.used += at_;
  ring.frames.push_back(open_);
  count(ring.taken);
}

void PacketQueue::pop() {
  Ring& ring = rings_[select_];
  if (ring.frames.empty()) return;
  const uint32_t words = words_of(ring.frames.front().length);
  ring.read = (ring.read + words) % kRingWords;
  ring.used -= words;
  ring.frames.pop_front();
}

void PacketQueue::send(uint32_t length) {
  if (sending_ || length == 0 || length > common::kMaxFrame) return;
  tx_length_ = length;
  tx_sent_ = 0;
  sending_ = true;
}

void PacketQueue::transmit() {
  valid_ = out.valid && !*out.ready;
  if (out.fires() && out.data.eop) {
    sending_ = false;
    count(tx_frames_);
  }
  if (valid_ || !sending_ || tx_sent_ == tx_length_) return;
  beat_ = {};
  const uint32_t n = std::min(tx_length_ - tx_sent_, kBeatBytes);
  for (uint32_t b = 0; b < n; ++b) {
    beat_.data[b] = static_cast<uint8_t>(tx_[(tx_sent_ + b) / 4] >> 8 * ((tx_sent_ + b) % 4));
  }
  static_assert(kBeatWords * 4 == kBeatBytes);
  beat_.nbytes = static_cast<uint8_t>(n);
  beat_.sop = tx_sent_ == 0;
  tx_sent_ += n;
  beat_.eop = tx_sent_ == tx_length_;
  beat_.port = common::PortId::kCpu;
  beat_.tag = pktq::kTagBase | ((tx_frames_ + 1) & ~pktq::kTagBase);
  // One way or the other; the loop's end counts as taken.
  if (loopback_) {
    receive(beat_);
    sending_ = !beat_.eop;
  } else {
    valid_ = true;
  }
}

void PacketQueue::eval(uint64_t) {
  if (notes.fires()) note(*notes.data);
  if (in.fires()) receive(*in.data);
  transmit();
}

void PacketQueue::commit() {
  out.valid = valid_;
  if (valid_) out.data = beat_;
}

bool PacketQueue::peek(uint32_t offset, uint32_t& value) const {
  const Ring& ring = rings_[select_];
  const Frame* const first = ring.frames.empty() ? nullptr : &ring.frames.front();
  int i;
  value = 0;
  if ((i = element(offset, reg::kRxData, reg::kRxDataCount)) >= 0) {
    if (first != nullptr && static_cast<uint32_t>(i) < words_of(first->length)) {
      value = ring.words[(ring.read + static_cast<uint32_t>(i)) % kRingWords];
    }
  } else if ((i = element(offset, reg::kTxData, reg::kTxDataCount)) >= 0) {
    value = tx_[static_cast<size_t>(i)];
  } else if ((i = element(offset, reg::kClassLimit, kNumClasses)) >= 0) {
    value = rings_[static_cast<size_t>(i)].limit;
  } else if ((i = element(offset, reg::kRxFrames, kNumClasses)) >= 0) {
    value = rings_[static_cast<size_t>(i)].taken;
  } else if ((i = element(offset, reg::kRxDrops, kNumClasses)) >= 0) {
    value = rings_[static_cast<size_t>(i)].dropped;
  } else if (offset == reg::kStatus) {
    value = reg::Status{}.set_classes(static_cast<uint8_t>(waiting())).set_tx_busy(sending_).raw;
  } else if (offset == reg::kIrqEnable) {
    value = irq_enable_;
  } else if (offset == reg::kLoopback) {
    value = loopback_;
  } else if (offset == reg::kRxSelect) {
    value = select_;
  } else if (offset == reg::kRxInfo) {
    if (first != nullptr) {
      value = reg::RxInfo{}
                  .set_length(static_cast<uint16_t>(first->length))
                  .set_port(first->port)
                  .set_reason(first->reason)
                  .set_valid(true)
                  .raw;
    }
  } else if (offset == reg::kNotesLost) {
    value = notes_lost_;
  } else if (offset == reg::kTxFrames) {
    value = tx_frames_;
  } else {
    return offset == reg::kRxPop || offset == reg::kTxSend;
  }
  return true;
}

bool PacketQueue::write(uint32_t offset, uint32_t value) {
  int i;
  if ((i = element(offset, reg::kTxData, reg::kTxDataCount)) >= 0) {
    if (!sending_) tx_[static_cast<size_t>(i)] = value;
  } else if ((i = element(offset, reg::kClassLimit, kNumClasses)) >= 0) {
    rings_[static_cast<size_t>(i)].limit = value & reg::ClassLimit::kFramesMask;
  } else if (offset == reg::kIrqEnable) {
    irq_enable_ = value & reg::IrqEnable::kClassesMask;
  } else if (offset == reg::kLoopback) {
    loopback_ = reg::Loopback{value}.on();
  } else if (offset == reg::kRxSelect) {
    select_ = value & reg::RxSelect::kIndexMask;
  } else if (offset == reg::kRxPop) {
    if ((value & reg::RxPop::kPopMask) != 0) pop();
  } else if (offset == reg::kTxSend) {
    send(value & reg::TxSend::kLengthMask);
  } else {
    uint32_t ignored;
    return read(offset, ignored);  // read only, if there is one
  }
  return true;
}

}  // namespace fp::soc
