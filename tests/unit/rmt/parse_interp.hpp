// SPDX-License-Identifier: Apache-2.0
//
// Untimed interpreter of parser and deparser tables, written from what rmt.yaml says they mean.
// It is the outside truth of the parser's and deparser's tests and knows nothing of the model.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "tests/unit/rmt/egress_interp.hpp"
#include "tests/unit/rmt/random_program.hpp"

namespace fp::rmt::test {

struct ExceptionTaken {
  Verdict verdict;
  uint8_t reason;
  bool operator==(const ExceptionTaken&) const = default;
};

struct Parsed {
  Phv phv;
  std::array<std::optional<unsigned>, kNumHeaders> header;  // offset of each header found
  std::optional<ExceptionTaken> exc;

  uint32_t hdr_valid() const {
    uint32_t bits = 0;
    for (unsigned i = 0; i < kNumHeaders; ++i) bits |= header[i] ? 1u << i : 0u;
    return bits;
  }
};

// Bytes as the parser sees them: nothing beyond the frame or the window but zeros.
class View {
 public:
  explicit View(const std::vector<uint8_t>& bytes) : bytes_(bytes) {}
  bool inside(uint64_t i) const { return i < bytes_.size() && i < kWindowBytes; }
  unsigned operator[](uint64_t i) const { return inside(i) ? bytes_[i] : 0; }

 private:
  const std::vector<uint8_t>& bytes_;
};

inline std::optional<unsigned> tcam_match(const Program& p, unsigned state,
                                          const std::array<unsigned, kLookupBytes>& key) {
  for (unsigned i = 0; i < kParserEntries; ++i) {
    const ParserTcam& e = p.tcam[i];
    if (!e.valid) continue;
    bool same = ((state ^ e.state) & e.state_mask) == 0;
    for (unsigned b = 0; b < kLookupBytes; ++b) {
      if (((key[b] ^ e.lookup[b]) & e.lookup_mask[b]) != 0) same = false;
    }
    if (same) return i;
  }
  return std::nullopt;
}

// Value of `width` bytes at offset `src` of the header at `pos`, first byte most significant;
// an extractor reaches kSliceBytes from the header's first byte, zeros follow.
inline uint32_t field(const View& view, uint64_t pos, unsigned src, unsigned width) {
  uint32_t v = 0;
  for (unsigned i = 0; i < width; ++i)
    v = v << 8 | (src + i < kSliceBytes ? view[pos + src + i] : 0);
  return v;
}

inline Parsed interpret(const Program& p, const Frame& frame) {
  Parsed out;
  const View view(frame.bytes);
  uint64_t pos = 0;
  unsigned state = p.init.state;
  std::array<uint8_t, kLookupBytes> offs = p.init.lookup_off;
  unsigned visited = 0;
  for (;;) {
    if (visited == kParserSteps) {
      out.exc = {Verdict::kSlow, uint8_t(Reason::kParserDepth)};
      break;
    }
    ++visited;
    std::array<unsigned, kLookupBytes> key{};
    for (unsigned b = 0; b < kLookupBytes; ++b) key[b] = view[pos + offs[b]];
    const std::optional<unsigned> hit = tcam_match(p, state, key);
    if (!hit) break;
    const ParserAction& a = p.action[*hit];

    // Whether the frame goes on after the window is all the parser knows of its end.
    const bool ends_in_window = frame.bytes.size() <= kWindowBytes;
    const uint64_t end = ends_in_window ? frame.bytes.size() : kWindowBytes;
    if (pos + a.need > end) {
      out.exc = ends_in_window ? ExceptionTaken{Verdict::kDrop, uint8_t(Reason::kParserTruncated)}
                               : ExceptionTaken{Verdict::kSlow, uint8_t(Reason::kParserWindow)};
      break;
    }
    if (a.mark) out.header[a.hdr_id] = static_cast<unsigned>(pos);
    for (const auto& x : a.x8) {
      if (x.en) out.phv.c8[x.dst] = static_cast<uint8_t>(field(view, pos, x.src, 1));
    }
    for (const auto& x : a.x16) {
      if (x.en) out.phv.c16[x.dst] = static_cast<uint16_t>(field(view, pos, x.src, 2));
    }
    for (const auto& x : a.x32) {
      if (x.en) out.phv.c32[x.dst] = field(view, pos, x.src, 4);
    }
    if (a.exc) {
      const bool slow = a.exc_verdict == Verdict::kSlow;
      out.exc = {slow ? Verdict::kSlow : Verdict::kDrop, a.exc_reason};
      break;
    }
    if (a.done) break;
    uint64_t length = a.adv_const;
    if (a.adv_var) {
      length += static_cast<uint64_t>((view[pos + a.adv_byte] & a.adv_mask) >> a.adv_shr)
                << a.adv_shl;
    }
    pos += length;
    state = a.next_state;
    offs = a.lookup_off;
  }
  out.phv.c8[kMetaInPort] =
      static_cast<uint8_t>(frame.passes == 0 ? frame.port : common::PortId::kRecirc);
  for (const unsigned c : {kMetaQueue, kMetaEdit, kMetaPop}) out.phv.c8[c] = 0;
  for (const unsigned c : {kMetaGroup, kMetaEntropy}) out.phv.c16[c] = 0;
  out.phv.c32[kMetaRecirc] = frame.recirc;
  out.phv.c8[kMetaOutPort] = 0;
  out.phv.c8[kMetaVerdict] = static_cast<uint8_t>(Verdict::kDrop);
  out.phv.c8[kMetaReason] = static_cast<uint8_t>(Reason::kNoRoute);
  return out;
}

// RFC 1624 eqn 3, one half word after the other.
inline uint16_t rfc1624(uint16_t hc, uint16_t m, uint16_t m_new) {
  uint32_t sum = static_cast<uint16_t>(~hc);
  sum += static_cast<uint16_t>(~m);
  sum += m_new;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

// The frame as it leaves the deparser: containers `dirty` of `phv` written back, then what MetaPop
// names removed; one that took an exception leaves as it came.
inline std::vector<uint8_t> deparse(const Program& p, const Frame& frame, const Parsed& parsed,
                                    const Phv& phv, const std::set<unsigned>& dirty) {
  if (parsed.exc) return frame.bytes;
  struct Change {
    uint16_t from;
    uint16_t to;
  };
  std::vector<uint8_t> bytes = frame.bytes;
  const size_t end = std::min<size_t>(bytes.size(), kWindowBytes);
  std::array<std::vector<Change>, kChecksumUnits> changes;

  for (const DeparserSlot& s : p.slots) {
    if (!s.en || !dirty.contains(s.container) || !parsed.header[s.hdr_id]) continue;
    std::vector<uint8_t> value;
    if (s.container < kC16Base) {
      value = {phv.c8[s.container]};
    } else if (s.container < kC32Base) {
      const uint16_t v = phv.c16[s.container - kC16Base];
      value = {uint8_t(v >> 8), uint8_t(v)};
    } else {
      const uint32_t v = phv.c32[s.container - kC32Base];
      value = {uint8_t(v >> 24), uint8_t(v >> 16), uint8_t(v >> 8), uint8_t(v)};
    }
    const size_t at = *parsed.header[s.hdr_id] + s.off;
    if (at + value.size() > end) continue;
    const std::vector<uint8_t> old(bytes.begin() + at, bytes.begin() + at + value.size());
    std::copy(value.begin(), value.end(), bytes.begin() + at);
    // Each pair of bytes is one half word; where it begins at an odd offset the sum's byte order
    // is the other one (RFC 1071).
    for (size_t i = 0; i < value.size(); i += 2) {
      const auto half = [&](const std::vector<uint8_t>& b) {
        const unsigned first = b[i];
        const unsigned second = i + 1 < b.size() ? b[i + 1] : 0;
        return static_cast<uint16_t>(s.off % 2 == 0 ? first * 256 + second : second * 256 + first);
      };
      for (unsigned u = 0; u < kChecksumUnits; ++u) {
        if ((s.csum_mask >> u & 1) != 0) changes[u].push_back({half(old), half(value)});
      }
    }
  }
  for (unsigned u = 0; u < kChecksumUnits; ++u) {
    const DeparserCsum& unit = p.units[u];
    if (!unit.en || !parsed.header[unit.hdr_id]) continue;
    const size_t at = *parsed.header[unit.hdr_id] + unit.off;
    if (at + 2 > end) continue;
    uint16_t hc = static_cast<uint16_t>(bytes[at] * 256 + bytes[at + 1]);
    if (unit.zero_keeps && hc == 0) continue;
    for (const Change& c : changes[u]) hc = rfc1624(hc, c.from, c.to);
    if (unit.zero_keeps && hc == 0) hc = 0xffff;
    bytes[at] = static_cast<uint8_t>(hc >> 8);
    bytes[at + 1] = static_cast<uint8_t>(hc);
  }
  const unsigned pop = phv.c8[kMetaPop];
  if (pop >= 1 && pop <= kNumPops) bytes = popped(bytes, p.pops[pop - 1], parsed.header);
  return bytes;
}

}  // namespace fp::rmt::test
