// SPDX-License-Identifier: Apache-2.0
//
// A compiled image as the hardware would hold it, and what it makes of a frame: the parser and
// deparser by the RMT engineer's interpreter (written from rmt.yaml), lookups, actions and state by
// sim-tb/explain/image_stages.hpp (likewise).
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "contract/reasons.hpp"
#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/compiler.hpp"
#include "firmware/linux/pipeline/exact_placement.hpp"
#include "sim-tb/explain/image_stages.hpp"
#include "tests/unit/rmt/parse_interp.hpp"

namespace fp::pipeline::test {

using explain::Hit;
using explain::LiveState;
using explain::StageRows;

struct ImageView : explain::ImageStages {
  explicit ImageView(const Image& from) : explain::ImageStages(from), image(from) {
    for (const auto& [index, row] : parser_tcam) parse.tcam.at(index) = row;
    for (const auto& [index, row] : parser_action) parse.action.at(index) = row;
    for (const auto& [index, row] : deparser_slot) parse.slots.at(index) = row;
    for (const auto& [index, row] : deparser_csum) parse.units.at(index) = row;
    parse.init = parser_init;
  }

  rmt::test::Parsed parsed(const std::vector<uint8_t>& bytes, uint8_t port = 0,
                           uint32_t recirc = 0) const {
    rmt::test::Frame frame;
    frame.bytes = bytes;
    frame.port = static_cast<common::PortId>(port);
    rmt::test::Parsed p = rmt::test::interpret(parse, frame);
    p.phv.c8[rmt::kMetaQueue] = p.phv.c8[rmt::kMetaEdit] = p.phv.c8[rmt::kMetaPop] = 0;
    p.phv.c16[rmt::kMetaGroup] = p.phv.c16[rmt::kMetaEntropy] = 0;
    p.phv.c32[rmt::kMetaRecirc] = recirc;
    return p;
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

  // The entry that a stage hits.
  std::optional<Hit> hit(unsigned stage, const rmt::test::Parsed& p) const {
    const auto h = lookup(stage, p.hdr_valid(), p.phv);
    return h && !h->otherwise ? h : std::nullopt;
  }

  // All stages; answers the containers written and what each stage did.
  std::set<unsigned> run_all(const rmt::test::Parsed& p, rmt::Phv& phv, LiveState& live,
                             std::vector<std::optional<Hit>>* hits = nullptr) const {
    std::set<unsigned> dirty;
    for (unsigned stage = 0; stage < rmt::kNumStages; ++stage) {
      const auto h = lookup(stage, p.hdr_valid(), phv);
      if (hits != nullptr) hits->push_back(h);
      if (!h) continue;
      dirty.merge(run(stage, h->action, h->params, phv, &live));
    }
    return dirty;
  }

  // The frame as the deparser leaves it.
  std::vector<uint8_t> deparsed(const std::vector<uint8_t>& bytes, const rmt::test::Parsed& p,
                                const rmt::Phv& phv, const std::set<unsigned>& dirty) const {
    rmt::test::Frame frame;
    frame.bytes = bytes;
    std::vector<uint8_t> out = rmt::test::deparse(parse, frame, p, phv, dirty);
    const unsigned pop = phv.c8[rmt::kMetaPop];
    if (pop == 0 || pop > pops.size() || !pops[pop - 1].en) return out;
    const rmt::DeparserPop& row = pops[pop - 1];
    if (!p.header[row.from_hdr] || !p.header[row.to_hdr]) return out;
    const size_t from = *p.header[row.from_hdr] + row.from_off;
    const size_t to = *p.header[row.to_hdr] + row.to_off;
    const size_t end = std::min<size_t>(out.size(), rmt::kWindowBytes);
    if (from > to || to > end) return out;
    out.erase(out.begin() + static_cast<long>(from), out.begin() + static_cast<long>(to));
    return out;
  }

  const Image& image;
  rmt::test::Program parse;
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
