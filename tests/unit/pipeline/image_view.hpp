// SPDX-License-Identifier: Apache-2.0
//
// A compiled image as the hardware would hold it, and what it makes of a frame: the parser and
// deparser by the RMT engineer's interpreter (written from rmt.yaml), match and action by a few
// lines here (likewise).
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/compiler.hpp"
#include "tests/unit/pipeline/reference_crc.hpp"
#include "tests/unit/rmt/parse_interp.hpp"

namespace fp::pipeline::test {

struct StageRows {
  rmt::KeyCfg key;
  rmt::DefaultAction otherwise;
  std::map<unsigned, rmt::ExactEntry> exact;
  std::map<unsigned, rmt::ActionInstr> action;
};

struct ImageView {
  explicit ImageView(const Image& from) : image(from) {
    for (const Row& r : from.rows) take(r);
  }

  void take(const Row& r) {
    using rmt::TableId;
    const auto words = r.words.data();
    unsigned table = r.table;
    StageRows* s = nullptr;
    if (table >= rmt::kStageTableBase) {
      s = &stages[(table - rmt::kStageTableBase) / rmt::kStageTableStride];
      table = rmt::kStageTableBase + (table - rmt::kStageTableBase) % rmt::kStageTableStride;
    }
    switch (static_cast<TableId>(table)) {
      case TableId::kParserInit:
        parse.init = rmt::ParserInit::unpack(words);
        break;
      case TableId::kParserTcam:
        parse.tcam.at(r.index) = rmt::ParserTcam::unpack(words);
        break;
      case TableId::kParserAction:
        parse.action.at(r.index) = rmt::ParserAction::unpack(words);
        break;
      case TableId::kDeparserSlot:
        parse.slots.at(r.index) = rmt::DeparserSlot::unpack(words);
        break;
      case TableId::kDeparserCsum:
        parse.units.at(r.index) = rmt::DeparserCsum::unpack(words);
        break;
      case TableId::kStage0Key:
        s->key = rmt::KeyCfg::unpack(words);
        break;
      case TableId::kStage0Exact:
        s->exact[r.index] = rmt::ExactEntry::unpack(words);
        break;
      case TableId::kStage0Action:
        s->action[r.index] = rmt::ActionInstr::unpack(words);
        break;
      case TableId::kStage0Default:
        s->otherwise = rmt::DefaultAction::unpack(words);
        break;
      default:
        throw std::logic_error("row of no table");
    }
  }

  rmt::test::Parsed parsed(const std::vector<uint8_t>& bytes, uint8_t port = 0) const {
    rmt::test::Frame frame;
    frame.bytes = bytes;
    frame.port = static_cast<common::PortId>(port);
    return rmt::test::interpret(parse, frame);
  }

  // Headers found, outermost first.
  std::vector<std::string> headers(const rmt::test::Parsed& p) const {
    std::vector<std::pair<unsigned, std::string>> found;
    for (unsigned i = 0; i < image.headers.size(); ++i) {
      if (p.header[i]) found.emplace_back(*p.header[i], image.headers[i]);
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> names;
    for (const auto& f : found) names.push_back(f.second);
    return names;
  }

  static uint64_t container(const rmt::Phv& phv, unsigned id) {
    if (id < rmt::kC16Base) return phv.c8[id];
    if (id < rmt::kC32Base) return phv.c16[id - rmt::kC16Base];
    return phv.c32[id - rmt::kC32Base];
  }

  // Every shown field of a header that was found: name -> values in hexadecimal digits, in order.
  std::map<std::string, std::vector<std::string>> fields(const rmt::test::Parsed& p) const {
    std::map<std::string, std::vector<std::string>> out;
    for (const Field& f : image.fields) {
      if (!p.header[f.hdr_id]) continue;
      std::string bits;
      for (const FieldPart& part : f.parts) {
        for (int b = part.bits; b-- > 0;) {
          bits += (container(p.phv, part.container) >> (part.lsb + b) & 1) != 0 ? '1' : '0';
        }
      }
      while (bits.size() % 4 != 0) bits.insert(0, "0");
      std::string digits;
      for (size_t i = 0; i < bits.size(); i += 4) {
        digits += "0123456789abcdef"[std::stoi(bits.substr(i, 4), nullptr, 2)];
      }
      out[f.name].push_back(digits);
    }
    return out;
  }

  // The entry that a stage hits, by rmt.yaml: masked key, one row a way, lowest way wins.
  std::optional<rmt::ExactEntry> hit(unsigned stage, const rmt::test::Parsed& p) const {
    const auto s = stages.find(stage);
    if (s == stages.end() || !s->second.key.en) return std::nullopt;
    const rmt::KeyCfg& cfg = s->second.key;
    if ((p.hdr_valid() & cfg.gw_mask) != cfg.gw_value) return std::nullopt;
    std::vector<uint8_t> key;
    const auto add = [&](uint64_t value, unsigned bytes) {
      for (unsigned i = 0; i < bytes; ++i) key.push_back(static_cast<uint8_t>(value >> 8 * i));
    };
    for (const unsigned sel : cfg.sel32) add(p.phv.c32[sel], 4);
    for (const unsigned sel : cfg.sel16) add(p.phv.c16[sel], 2);
    for (const unsigned sel : cfg.sel8) add(p.phv.c8[sel], 1);
    for (size_t i = 0; i < key.size(); ++i) key[i] &= cfg.mask[i / 4] >> 8 * (i % 4) & 0xff;
    const uint32_t crc = reference_crc(key);
    for (unsigned way = 0; way < rmt::kExactWays; ++way) {
      const auto e = s->second.exact.find(way * rmt::kExactRows + (crc >> 8 * way & 0xff));
      if (e == s->second.exact.end() || !e->second.valid) continue;
      bool same = true;
      for (size_t i = 0; i < key.size(); ++i) {
        same &= (e->second.key[i / 4] >> 8 * (i % 4) & 0xff) == key[i];
      }
      if (same) return e->second;
    }
    return std::nullopt;
  }

  // Runs an action on a PHV; answers the containers written.
  std::set<unsigned> run(unsigned stage, unsigned action,
                         const std::array<uint32_t, rmt::kParamWords>& params,
                         rmt::Phv& phv) const {
    const rmt::ActionInstr& instr = stages.at(stage).action.at(action);
    const rmt::Phv before = phv;
    std::set<unsigned> dirty;
    const auto one = [&](const auto& slot, unsigned base, unsigned i, unsigned bits) -> uint64_t {
      const uint64_t a = container(before, base + i);
      if (slot.op == rmt::AluOp::kNop) return a;
      dirty.insert(base + i);
      uint64_t b = slot.imm;
      if (slot.b == rmt::AluB::kContainer) b = container(before, base + slot.src);
      if (slot.b == rmt::AluB::kParam) b = params.at(slot.imm * bits / 32) >> slot.imm * bits % 32;
      switch (slot.op) {
        case rmt::AluOp::kSet:
          return b;
        case rmt::AluOp::kAdd:
          return a + b;
        case rmt::AluOp::kSub:
          return a - b;
        case rmt::AluOp::kAnd:
          return a & b;
        case rmt::AluOp::kOr:
          return a | b;
        case rmt::AluOp::kXor:
          return a ^ b;
        default:
          throw std::logic_error("no such operation");
      }
    };
    for (unsigned i = 0; i < rmt::kNumC8; ++i) {
      phv.c8[i] = static_cast<uint8_t>(one(instr.a8[i], 0, i, 8));
    }
    for (unsigned i = 0; i < rmt::kNumC16; ++i) {
      phv.c16[i] = static_cast<uint16_t>(one(instr.a16[i], rmt::kC16Base, i, 16));
    }
    for (unsigned i = 0; i < rmt::kNumC32; ++i) {
      phv.c32[i] = static_cast<uint32_t>(one(instr.a32[i], rmt::kC32Base, i, 32));
    }
    return dirty;
  }

  const Image& image;
  rmt::test::Program parse;
  std::map<unsigned, StageRows> stages;
};

// Bytes from hexadecimal digits; anything else is skipped.
inline std::vector<uint8_t> hex(const std::string& text) {
  std::vector<uint8_t> out;
  int high = -1;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<uint8_t>(high * 16 + digit));
      high = -1;
    }
  }
  return out;
}

}  // namespace fp::pipeline::test
