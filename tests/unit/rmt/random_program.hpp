// SPDX-License-Identifier: Apache-2.0
//
// Parser and deparser tables of one bank in readable form, random ones, and frames that walk them.
// Used by the unit tests and lockstep runs of the RMT block and of its parts.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "contract/common.hpp"
#include "contract/rmt.hpp"
#include "sim-tb/lockstep/random.hpp"

namespace fp::rmt::test {

// One bank's parser and deparser tables; default: nothing valid.
struct Program {
  ParserInit init;
  std::array<ParserTcam, kParserEntries> tcam{};
  std::array<ParserAction, kParserEntries> action{};
  std::array<DeparserSlot, kDeparserSlots> slots{};
  std::array<DeparserCsum, kChecksumUnits> units{};
  std::array<DeparserPop, kNumPops> pops{};

  // f(TableId, index, const uint32_t words[reg::kTblDataCount]) for every row.
  template <class F>
  void for_each_row(F&& f) const {
    std::array<uint32_t, reg::kTblDataCount> words{};
    const auto put = [&](TableId table, unsigned index, const auto& row) {
      words.fill(0);
      row.pack(words.data());
      f(table, index, static_cast<const uint32_t*>(words.data()));
    };
    put(TableId::kParserInit, 0, init);
    for (unsigned i = 0; i < kParserEntries; ++i) put(TableId::kParserTcam, i, tcam[i]);
    for (unsigned i = 0; i < kParserEntries; ++i) put(TableId::kParserAction, i, action[i]);
    for (unsigned i = 0; i < kDeparserSlots; ++i) put(TableId::kDeparserSlot, i, slots[i]);
    for (unsigned i = 0; i < kChecksumUnits; ++i) put(TableId::kDeparserCsum, i, units[i]);
    for (unsigned i = 0; i < kNumPops; ++i) put(TableId::kDeparserPop, i, pops[i]);
  }
};

struct Frame {
  std::vector<uint8_t> bytes;  // 1..common::kMaxFrame
  uint32_t tag = 0;
  common::PortId port = common::PortId::kP0;
  uint8_t epoch = 0;
  bool err = false;
  // Of a frame that comes again: how often it did, and the word it brings.
  uint8_t passes = 0;
  uint32_t recirc = 0;
};

// How a random program is shaped.
struct ProgramShape {
  unsigned states = 12;            // distinct states
  unsigned entries = 64;           // valid parser entries
  unsigned rows = kParserEntries;  // among these
  unsigned done_percent = 15;      // entries that end the parse
  unsigned exc_percent = 3;        // entries that raise an exception
  unsigned max_advance = 40;       // bytes, fixed part, for nine in ten entries
};

namespace detail {

inline uint8_t byte(sim::Random& r) { return static_cast<uint8_t>(r.next() >> 24); }

inline uint8_t lookup_mask(sim::Random& r) {
  switch (r.below(6)) {
    case 0:
      return 0xff;
    case 1:
      return static_cast<uint8_t>(0x0f << 4 * r.below(2));
    case 2:
      return byte(r);
    default:
      return 0;
  }
}

inline ParserAction random_action(sim::Random& r, const ProgramShape& shape,
                                  const std::vector<uint8_t>& states) {
  ParserAction a;
  a.next_state = states[r.below(states.size())];
  a.done = r.chance(shape.done_percent);
  a.mark = r.chance(80);
  a.hdr_id = static_cast<uint8_t>(r.below(kNumHeaders));
  a.adv_const = static_cast<uint8_t>(r.below(r.chance(90) ? shape.max_advance + 1 : 256));
  a.need = static_cast<uint8_t>(r.chance(80) ? r.below(a.adv_const / 2 + 1) : r.below(128));
  a.adv_var = r.chance(30);
  a.adv_byte = static_cast<uint8_t>(r.below(kSliceBytes));
  a.adv_mask = r.chance(50) ? 0x0f : byte(r);
  a.adv_shr = static_cast<uint8_t>(r.below(8));
  a.adv_shl = static_cast<uint8_t>(r.chance(90) ? r.below(4) : r.below(8));
  for (uint8_t& off : a.lookup_off) {
    off = static_cast<uint8_t>(r.below(r.chance(80) ? 20 : kSliceBytes));
  }
  a.exc = r.chance(shape.exc_percent);
  a.exc_verdict = static_cast<Verdict>(r.below(4));
  a.exc_reason = byte(r);
  const unsigned use = static_cast<unsigned>(r.below(101));
  for (Extract8& x : a.x8) {
    x = {r.chance(use), static_cast<uint8_t>(r.below(kSliceBytes)),
         static_cast<uint8_t>(r.below(kNumC8))};
  }
  for (Extract16& x : a.x16) {
    x = {r.chance(use), static_cast<uint8_t>(r.below(kSliceBytes)),
         static_cast<uint8_t>(r.below(kNumC16))};
  }
  for (Extract32& x : a.x32) {
    x = {r.chance(use), static_cast<uint8_t>(r.below(kSliceBytes)),
         static_cast<uint8_t>(r.below(kNumC32))};
  }
  return a;
}

}  // namespace detail

inline Program random_program(sim::Random& r, const ProgramShape& shape) {
  Program p;
  std::vector<uint8_t> states;
  for (unsigned i = 0; i < shape.states; ++i) states.push_back(detail::byte(r));
  p.init.state = states[0];
  for (uint8_t& off : p.init.lookup_off) off = static_cast<uint8_t>(r.below(20));

  // Invalid rows hold noise too: nothing may look at them.
  for (unsigned i = 0; i < kParserEntries; ++i) {
    ParserTcam& e = p.tcam[i];
    e.valid = i < shape.entries;
    e.state = states[i < shape.states ? i : r.below(states.size())];
    e.state_mask = r.chance(95) ? 0xff : detail::byte(r);
    for (unsigned b = 0; b < kLookupBytes; ++b) {
      e.lookup[b] = detail::byte(r);
      e.lookup_mask[b] = detail::lookup_mask(r);
    }
    // Most states have a catch-all as their last entry.
    if (i + shape.states >= shape.entries && r.chance(90)) e.lookup_mask = {};
    p.action[i] = detail::random_action(r, shape, states);
  }
  // Valid and invalid entries lie mixed.
  for (unsigned i = 0; i < shape.rows; ++i) {
    const unsigned j = i + static_cast<unsigned>(r.below(shape.rows - i));
    std::swap(p.tcam[i].valid, p.tcam[j].valid);
  }

  for (DeparserSlot& s : p.slots) {
    s.en = r.chance(80);
    s.hdr_id = static_cast<uint8_t>(r.below(kNumHeaders));
    s.container = static_cast<uint8_t>(r.below(r.chance(97) ? kNumContainers : 128));
    s.off = static_cast<uint8_t>(r.below(r.chance(70) ? 24 : 64));
    s.csum_mask = static_cast<uint8_t>(r.below(1u << kChecksumUnits));
  }
  for (DeparserCsum& u : p.units) {
    u.en = r.chance(80);
    u.hdr_id = static_cast<uint8_t>(r.below(kNumHeaders));
    u.off = static_cast<uint8_t>(2 * r.below(32));
    u.zero_keeps = r.chance(50);
  }
  // Headers that entries really mark, so that most rows remove something.
  const auto header = [&] {
    return r.chance(90) ? p.action[r.below(kParserEntries)].hdr_id
                        : static_cast<uint8_t>(r.below(kNumHeaders));
  };
  for (DeparserPop& pop : p.pops) {
    pop.en = r.chance(90);
    pop.from_hdr = header();
    pop.from_off = static_cast<uint8_t>(r.below(r.chance(70) ? 8 : 64));
    pop.to_hdr = r.chance(30) ? pop.from_hdr : header();
    pop.to_off = static_cast<uint8_t>(r.below(64));
  }
  return p;
}

// Lengths where something ends: beats, the window, the smallest and largest frames.
inline unsigned random_length(sim::Random& r) {
  switch (r.below(8)) {
    case 0:
      return static_cast<unsigned>(1 + r.below(64));
    case 1:
      return static_cast<unsigned>(60 + r.below(8));
    case 2:
      return static_cast<unsigned>(64 * (1 + r.below(8)));
    case 3:
      return static_cast<unsigned>(250 + r.below(14));
    case 4:
      return static_cast<unsigned>(1 + r.below(1518));
    default:
      return static_cast<unsigned>(64 + r.below(220));
  }
}

// Random bytes, bent so that the frame passes through the program's states: at each header, one of
// the state's entries is mostly made to match.
inline Frame random_frame(sim::Random& r, const Program& p) {
  Frame f;
  f.bytes.resize(random_length(r));
  for (uint8_t& b : f.bytes) b = r.chance(10) ? (r.chance(50) ? 0 : 0xff) : detail::byte(r);
  f.tag = static_cast<uint32_t>(r.next() >> 20);
  f.port = static_cast<common::PortId>(r.below(kNumPorts));
  f.err = r.chance(5);

  unsigned state = p.init.state;
  auto look = p.init.lookup_off;
  size_t pos = 0;
  for (unsigned step = 0; step < kParserSteps + 2; ++step) {
    const auto at = [&](size_t off) { return pos + off < f.bytes.size() ? f.bytes[pos + off] : 0; };
    const unsigned first = static_cast<unsigned>(r.below(kParserEntries));
    if (r.chance(90)) {
      for (unsigned k = 0; k < kParserEntries; ++k) {
        const ParserTcam& e = p.tcam[(first + k) % kParserEntries];
        if (!e.valid || ((e.state ^ state) & e.state_mask) != 0) continue;
        for (unsigned b = 0; b < kLookupBytes; ++b) {
          if (pos + look[b] >= f.bytes.size()) continue;
          uint8_t& byte = f.bytes[pos + look[b]];
          byte =
              static_cast<uint8_t>((byte & ~e.lookup_mask[b]) | (e.lookup[b] & e.lookup_mask[b]));
        }
        break;
      }
    }
    const ParserAction* a = nullptr;
    for (unsigned i = 0; i < kParserEntries && a == nullptr; ++i) {
      const ParserTcam& e = p.tcam[i];
      bool match = e.valid && ((e.state ^ state) & e.state_mask) == 0;
      for (unsigned b = 0; b < kLookupBytes; ++b) {
        match = match && ((at(look[b]) ^ e.lookup[b]) & e.lookup_mask[b]) == 0;
      }
      if (match) a = &p.action[i];
    }
    if (a == nullptr || a->done || a->exc) break;
    pos += a->adv_const;
    if (a->adv_var)
      pos += static_cast<size_t>((at(a->adv_byte) & a->adv_mask) >> a->adv_shr) << a->adv_shl;
    state = a->next_state;
    look = a->lookup_off;
  }
  return f;
}

}  // namespace fp::rmt::test
