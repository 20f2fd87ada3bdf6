// SPDX-License-Identifier: Apache-2.0
#include "contract/reasons.hpp"
#include "firmware/linux/pipeline/emit.hpp"

namespace fp::pipeline {

namespace {

const ReasonInfo& find_reason(const Yaml& where, const std::string& name) {
  for (const ReasonInfo& r : kReasons) {
    if (r.block == std::string_view("rmt") && r.name == name) return r;
  }
  where.fail(name, "a reason of rmt.yaml");
}

class ParserRows {
 public:
  ParserRows(const Program& program, const PhvLayout& layout)
      : program_(program), layout_(layout) {}

  // The first state comes last: before it no frame is parsed.
  void run(RowSink& out) const {
    unsigned index = 0;
    for (const State& state : program_.states) {
      for (const Edge& edge : state.edges) {
        out.emit(rmt::TableId::kParserAction, index, action_of(state, edge));
        out.emit(rmt::TableId::kParserTcam, index, tcam_of(state, edge));
        ++index;
      }
    }
    rmt::ParserInit init;
    init.state = 0;
    set_lookup(program_.states[0], init.lookup_off);
    out.emit(rmt::TableId::kParserInit, 0, init);
  }

 private:
  // Byte offsets the state looks at, in the order of its select list.
  std::vector<uint8_t> lookup_bytes(const State& state) const {
    std::vector<uint8_t> bytes;
    for (const HeaderField* f : state.select) {
      for (unsigned b = f->offset / 8; b <= (f->offset + f->bits - 1u) / 8; ++b) {
        if (std::find(bytes.begin(), bytes.end(), b) == bytes.end()) bytes.push_back(b);
      }
    }
    if (bytes.size() > rmt::kLookupBytes) {
      state.where.at("select").fail(std::to_string(bytes.size()) + " bytes",
                                    "at most " + std::to_string(rmt::kLookupBytes));
    }
    for (uint8_t b : bytes) {
      if (b >= rmt::kSliceBytes) {
        state.where.at("select").fail("byte " + std::to_string(b),
                                      "below " + std::to_string(rmt::kSliceBytes));
      }
    }
    return bytes;
  }

  void set_lookup(const State& state, std::array<uint8_t, rmt::kLookupBytes>& offsets) const {
    const std::vector<uint8_t> bytes = lookup_bytes(state);
    std::copy(bytes.begin(), bytes.end(), offsets.begin());
  }

  rmt::ParserTcam tcam_of(const State& state, const Edge& edge) const {
    rmt::ParserTcam tcam;
    tcam.valid = true;
    tcam.state = static_cast<uint8_t>(header_id(program_, state.name));
    tcam.state_mask = 0xff;
    const std::vector<uint8_t> bytes = lookup_bytes(state);
    for (const Edge::Condition& c : edge.conditions) {
      for (unsigned bit = 0; bit < c.field->bits; ++bit) {
        const unsigned at = c.field->offset + bit;  // from the header's first bit
        const unsigned shift = c.field->bits - 1 - bit;
        const auto slot = std::find(bytes.begin(), bytes.end(), at / 8) - bytes.begin();
        const unsigned in_byte = 7 - at % 8;
        if (c.mask >> shift & 1) {
          tcam.lookup_mask[slot] |= 1u << in_byte;
          tcam.lookup[slot] |= (c.value >> shift & 1) << in_byte;
        }
      }
    }
    return tcam;
  }

  void extract(const State& state, rmt::ParserAction& action) const {
    unsigned n8 = 0, n16 = 0, n32 = 0;
    std::vector<Placed> all = layout_.units(state.name);
    all.insert(all.end(), layout_.kept(state.name).begin(), layout_.kept(state.name).end());
    for (const Placed& p : all) {
      const uint8_t src = static_cast<uint8_t>(p.unit.offset / 8);
      unsigned* n = p.unit.bits == 8 ? &n8 : p.unit.bits == 16 ? &n16 : &n32;
      const unsigned limit = p.unit.bits == 8    ? rmt::kNumExtract8
                             : p.unit.bits == 16 ? rmt::kNumExtract16
                                                 : rmt::kNumExtract32;
      if (*n == limit || src + p.unit.bits / 8 > static_cast<int>(rmt::kSliceBytes)) {
        state.where.fail("more " + std::to_string(p.unit.bits) + "-bit fields to extract",
                         "at most " + std::to_string(limit) + " in the first " +
                             std::to_string(rmt::kSliceBytes) + " bytes of a header");
      }
      if (p.unit.bits == 8) {
        action.x8[(*n)++] = {true, src, p.container};
      } else if (p.unit.bits == 16) {
        action.x16[(*n)++] = {true, src, static_cast<uint8_t>(p.container - rmt::kC16Base)};
      } else {
        action.x32[(*n)++] = {true, src, static_cast<uint8_t>(p.container - rmt::kC32Base)};
      }
    }
  }

  rmt::ParserAction action_of(const State& state, const Edge& edge) const {
    rmt::ParserAction action;
    action.mark = true;
    action.hdr_id = static_cast<uint8_t>(header_id(program_, state.name));
    action.need = static_cast<uint8_t>(state.header->bits / 8);
    action.adv_const = static_cast<uint8_t>(state.length_bytes);
    if (const HeaderField* f = state.length_field) {
      const unsigned last = f->offset + f->bits - 1u;
      if (f->offset / 8 != last / 8) {
        state.where.at("length").fail("a field across bytes", "a field inside one byte");
      }
      if (last / 8 >= rmt::kSliceBytes) {
        state.where.at("length").fail("byte " + std::to_string(last / 8),
                                      "below " + std::to_string(rmt::kSliceBytes));
      }
      action.adv_var = true;
      action.adv_byte = static_cast<uint8_t>(f->offset / 8);
      action.adv_shr = static_cast<uint8_t>(7 - last % 8);
      action.adv_mask = static_cast<uint8_t>(((1u << f->bits) - 1) << action.adv_shr);
      action.adv_shl = state.length_unit_log2;
    }
    extract(state, action);
    switch (edge.to) {
      case Edge::To::kState:
        action.next_state = static_cast<uint8_t>(header_id(program_, edge.target));
        set_lookup(*program_.state(edge.target), action.lookup_off);
        break;
      case Edge::To::kAccept:
        action.done = true;
        break;
      case Edge::To::kDrop:
      case Edge::To::kSlow:
        action.done = true;
        action.exc = true;
        action.exc_verdict = edge.to == Edge::To::kDrop ? rmt::Verdict::kDrop : rmt::Verdict::kSlow;
        action.exc_reason = exception(edge);
        break;
    }
    return action;
  }

  // A reason counts what became of the frame, so it must be one of that verdict.
  static uint8_t exception(const Edge& edge) {
    const ReasonInfo& reason = find_reason(edge.where.at("to"), edge.target);
    const bool drop = edge.to == Edge::To::kDrop;
    if (reason.verdict != (drop ? ReasonVerdict::kDrop : ReasonVerdict::kSlow)) {
      edge.where.at("to").fail(edge.target, drop ? "a reason to drop" : "a reason to go slow");
    }
    return static_cast<uint8_t>(reason.reason);
  }

  const Program& program_;
  const PhvLayout& layout_;
};

}  // namespace

void emit_parser(const Program& program, const PhvLayout& layout, RowSink& out) {
  ParserRows(program, layout).run(out);
}

}  // namespace fp::pipeline
