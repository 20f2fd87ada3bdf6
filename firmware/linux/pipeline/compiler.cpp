// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/compiler.hpp"

#include <algorithm>

#include "contract/reasons.hpp"
#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/exact_placement.hpp"
#include "firmware/linux/pipeline/phv_layout.hpp"

namespace fp::pipeline {

namespace {

template <class T>
std::vector<uint32_t> image_of(const T& row) {
  std::vector<uint32_t> words(T::kWords);
  row.pack(words.data());
  return words;
}

const ReasonInfo& find_reason(const Yaml& where, const std::string& name) {
  for (const ReasonInfo& r : kReasons) {
    if (r.block == std::string_view("rmt") && r.name == name) return r;
  }
  where.fail(name, "a reason of rmt.yaml");
}

uint8_t code_of(const ReasonInfo& reason) { return static_cast<uint8_t>(reason.reason); }

// A key field's run of bits inside the 320-bit key.
struct KeyPart {
  unsigned key_bit;    // lowest bit in the key
  unsigned value_bit;  // lowest bit in the field's value
  unsigned bits;
};

class Compiler {
 public:
  Compiler(const Program& program, std::span<const Entry> entries)
      : program_(program), entries_(entries), layout_(program) {}

  Image run() {
    check_limits();
    parser();
    tables();
    deparser();
    field_map();
    return std::move(image_);
  }

 private:
  template <class T>
  void emit(rmt::TableId table, unsigned index, const T& row) {
    emit(static_cast<unsigned>(table), index, row);
  }
  template <class T>
  void emit(unsigned table, unsigned index, const T& row) {
    image_.rows.push_back(
        {static_cast<uint8_t>(table), static_cast<uint16_t>(index), image_of(row)});
  }

  unsigned header_id(const std::string& instance) const {
    for (unsigned i = 0; i < program_.states.size(); ++i) {
      if (program_.states[i].name == instance) return i;
    }
    return 0;  // names were checked when the program was read
  }

  void check_limits() {
    size_t entries = 0;
    for (const State& s : program_.states) {
      entries += s.edges.size();
      image_.headers.push_back(s.name);
    }
    if (program_.states.size() > rmt::kNumHeaders) {
      program_.states.back().where.fail(std::to_string(program_.states.size()) + " states",
                                        "at most " + std::to_string(rmt::kNumHeaders));
    }
    if (entries > rmt::kParserEntries) {
      program_.states.back().where.fail(std::to_string(entries) + " parser entries",
                                        "at most " + std::to_string(rmt::kParserEntries));
    }
    for (const Table& t : program_.tables) {
      constexpr unsigned kRoom = rmt::kExactWays * rmt::kExactRows;
      if (t.size > kRoom) {
        t.where.at("size").fail(std::to_string(t.size) + " entries",
                                "at most " + std::to_string(kRoom) + " in a stage");
      }
    }
    if (program_.tables.size() > rmt::kNumStages) {
      program_.tables.back().where.fail(
          std::to_string(program_.tables.size()) + " tables",
          "at most " + std::to_string(rmt::kNumStages) + " (one a match-action stage)");
    }
  }

  // --- parser ---------------------------------------------------------------------------------

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
    tcam.state = static_cast<uint8_t>(header_id(state.name));
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
    for (const Placed& p : layout_.units(state.name)) {
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
    action.hdr_id = static_cast<uint8_t>(header_id(state.name));
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
        action.next_state = static_cast<uint8_t>(header_id(edge.target));
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
    return code_of(reason);
  }

  void parser() {
    rmt::ParserInit init;
    init.state = 0;
    set_lookup(program_.states[0], init.lookup_off);
    emit(rmt::TableId::kParserInit, 0, init);
    unsigned index = 0;
    for (const State& state : program_.states) {
      for (const Edge& edge : state.edges) {
        emit(rmt::TableId::kParserAction, index, action_of(state, edge));
        emit(rmt::TableId::kParserTcam, index, tcam_of(state, edge));
        ++index;
      }
    }
  }

  // --- match and action -----------------------------------------------------------------------

  // First key bit of the selector that brings `container` into the key; takes one if needed.
  unsigned select(const Table& table, unsigned container, rmt::KeyCfg& cfg,
                  std::vector<unsigned> (&chosen)[3]) const {
    const unsigned width = container < rmt::kC16Base ? 0 : container < rmt::kC32Base ? 1 : 2;
    const unsigned limits[3] = {rmt::kKeySel8, rmt::kKeySel16, rmt::kKeySel32};
    const unsigned bases[3] = {rmt::kKeySel32 * 32 + rmt::kKeySel16 * 16, rmt::kKeySel32 * 32, 0};
    const unsigned first[3] = {0, rmt::kC16Base, rmt::kC32Base};
    std::vector<unsigned>& list = chosen[width];
    auto it = std::find(list.begin(), list.end(), container);
    if (it == list.end()) {
      if (list.size() == limits[width]) {
        table.where.at("key").fail("more than " + std::to_string(limits[width]) + " " +
                                       std::to_string(8 << width) + "-bit containers",
                                   "a key of " + std::to_string(rmt::kKeySel32) + " x 32, " +
                                       std::to_string(rmt::kKeySel16) + " x 16 and " +
                                       std::to_string(rmt::kKeySel8) + " x 8 bits");
      }
      it = list.insert(list.end(), container);
      const auto slot = list.size() - 1;
      const uint8_t value = static_cast<uint8_t>(container - first[width]);
      if (width == 0) cfg.sel8[slot] = value;
      if (width == 1) cfg.sel16[slot] = value;
      if (width == 2) cfg.sel32[slot] = value;
    }
    return bases[width] + static_cast<unsigned>(it - list.begin()) * (8u << width);
  }

  static void set_bits(Key& words, unsigned lsb, unsigned bits, uint32_t value) {
    for (unsigned b = 0; b < bits; ++b) {
      if (value >> b & 1) words[(lsb + b) / 32] |= 1u << ((lsb + b) % 32);
    }
  }

  void tables() {
    for (unsigned stage = 0; stage < program_.tables.size(); ++stage) table(stage);
    for (const Entry& e : entries_) {
      if (!program_.table(e.table))
        throw InputError(e.where + ": found table " + e.table + ", expected one of program " +
                         program_.name);
    }
  }

  void table(unsigned stage) {
    const Table& table = program_.tables[stage];
    const unsigned base = rmt::kStageTableBase + stage * rmt::kStageTableStride;
    const auto offset = [&](rmt::TableId id) {
      return base + static_cast<unsigned>(id) - rmt::kStageTableBase;
    };

    rmt::KeyCfg cfg;
    cfg.en = true;
    std::map<std::string, std::vector<KeyPart>> key_parts;
    std::vector<unsigned> chosen[3];
    Key mask{};
    for (const FieldRef& ref : table.key) {
      unsigned value_bit = 0;
      std::vector<FieldPart> parts = layout_.parts(ref);
      for (auto p = parts.rbegin(); p != parts.rend(); ++p) {
        const unsigned at = select(table, p->container, cfg, chosen) + p->lsb;
        key_parts[ref.name()].push_back({at, value_bit, p->bits});
        set_bits(mask, at, p->bits, p->bits == 32 ? ~0u : (1u << p->bits) - 1);
        value_bit += p->bits;
      }
    }
    std::copy(mask.begin(), mask.end(), cfg.mask.begin());
    for (const std::string& instance : table.when) {
      cfg.gw_mask |= 1u << header_id(instance);
      cfg.gw_value |= 1u << header_id(instance);
    }
    emit(offset(rmt::TableId::kStage0Key), 0, cfg);

    Image::Stage info{table.name, table.actions};
    if (table.default_action && std::find(info.actions.begin(), info.actions.end(),
                                          *table.default_action) == info.actions.end()) {
      info.actions.push_back(*table.default_action);
    }
    if (info.actions.size() > rmt::kNumActions) {
      table.where.at("actions").fail(std::to_string(info.actions.size()) + " actions",
                                     "at most " + std::to_string(rmt::kNumActions));
    }
    for (unsigned i = 0; i < info.actions.size(); ++i) {
      emit(offset(rmt::TableId::kStage0Action), i, instruction(*program_.action(info.actions[i])));
    }
    if (table.default_action) {
      rmt::DefaultAction d;
      d.en = true;
      d.action = index_of(info.actions, *table.default_action);
      emit(offset(rmt::TableId::kStage0Default), 0, d);
    }
    place_entries(table, info, key_parts, offset(rmt::TableId::kStage0Exact));
    image_.stages.push_back(info);
  }

  static uint8_t index_of(const std::vector<std::string>& names, const std::string& name) {
    return static_cast<uint8_t>(std::find(names.begin(), names.end(), name) - names.begin());
  }

  void place_entries(const Table& table, const Image::Stage& info,
                     const std::map<std::string, std::vector<KeyPart>>& key_parts,
                     unsigned table_id) {
    std::vector<Key> keys;
    std::vector<rmt::ExactEntry> rows;
    std::map<Key, const Entry*> seen;
    for (const Entry& e : entries_) {
      if (e.table != table.name) continue;
      Key key{};
      for (const auto& [name, value] : e.key) {
        auto parts = key_parts.find(name);
        if (parts == key_parts.end()) {
          throw InputError(e.where + ": found key field " + name + ", expected one of table " +
                           table.name);
        }
        check_width(e, name, value, parts->second);
        for (const KeyPart& p : parts->second) {
          set_bits(key, p.key_bit, p.bits, value_bits(value, p.value_bit, p.bits));
        }
      }
      auto [it, fresh] = seen.emplace(key, &e);
      if (!fresh) {
        throw InputError(e.where + ": found the same key as " + it->second->where +
                         ", expected each entry once in table " + table.name);
      }
      rmt::ExactEntry row;
      row.valid = true;
      if (std::find(table.actions.begin(), table.actions.end(), e.action) == table.actions.end()) {
        throw InputError(e.where + ": found action " + e.action + ", expected one of table " +
                         table.name);
      }
      row.action = index_of(info.actions, e.action);
      set_params(*program_.action(e.action), e, row.params);
      std::copy(key.begin(), key.end(), row.key.begin());
      keys.push_back(key);
      rows.push_back(row);
    }
    if (keys.size() > table.size) {
      throw InputError(last_of(table)->where + ": found " + std::to_string(keys.size()) +
                       " entries, expected at most " + std::to_string(table.size) + " (table " +
                       table.name + " of " + program_.name + ")");
    }
    const auto places = place_exact(keys);
    if (!places) {
      throw InputError(last_of(table)->where + ": found " + std::to_string(keys.size()) +
                       " entries that collide, expected a set that fits " +
                       std::to_string(rmt::kExactWays) + " ways of " +
                       std::to_string(rmt::kExactRows) + " rows (table " + table.name + ")");
    }
    for (size_t i = 0; i < rows.size(); ++i) emit(table_id, (*places)[i], rows[i]);
  }

  const Entry* last_of(const Table& table) const {
    const Entry* last = nullptr;
    for (const Entry& e : entries_) {
      if (e.table == table.name) last = &e;
    }
    return last;
  }

  static void check_width(const Entry& e, const std::string& name,
                          const std::vector<uint8_t>& value, const std::vector<KeyPart>& parts) {
    unsigned bits = 0;
    for (const KeyPart& p : parts) bits += p.bits;
    for (unsigned b = bits; b < value.size() * 8; ++b) {
      if (value_bits(value, b, 1) != 0) {
        throw InputError(e.where + ": found a value beyond " + name + ", expected " +
                         std::to_string(bits) + " bits");
      }
    }
  }

  // Bits [lsb, lsb + bits) of a big-endian byte string; missing bytes count as zero.
  static uint32_t value_bits(const std::vector<uint8_t>& value, unsigned lsb, unsigned bits) {
    uint32_t out = 0;
    for (unsigned b = 0; b < bits; ++b) {
      const unsigned at = lsb + b;
      if (at / 8 >= value.size()) break;
      out |= static_cast<uint32_t>(value[value.size() - 1 - at / 8] >> (at % 8) & 1) << b;
    }
    return out;
  }

  // Bit offset of each parameter in the action data, aligned to its own width.
  static std::map<std::string, unsigned> param_offsets(const Action& action) {
    std::map<std::string, unsigned> at;
    unsigned next = 0;
    for (const Action::Param& p : action.params) {
      next = (next + p.bits - 1) / p.bits * p.bits;
      at[p.name] = next;
      next += p.bits;
    }
    if (next > rmt::kParamWords * 32) {
      action.where.at("params").fail(std::to_string(next) + " bits",
                                     "at most " + std::to_string(rmt::kParamWords * 32));
    }
    return at;
  }

  static void set_params(const Action& action, const Entry& e,
                         std::array<uint32_t, rmt::kParamWords>& words) {
    const auto at = param_offsets(action);
    for (const auto& [name, value] : e.params) {
      if (!at.count(name)) {
        throw InputError(e.where + ": found parameter " + name + ", expected one of action " +
                         action.name);
      }
    }
    for (const Action::Param& p : action.params) {
      auto given = e.params.find(p.name);
      if (given == e.params.end()) {
        throw InputError(e.where + ": found no parameter " + p.name + ", expected it for action " +
                         action.name);
      }
      if (given->second >> p.bits != 0) {
        throw InputError(e.where + ": found " + std::to_string(given->second) + ", expected " +
                         p.name + " in " + std::to_string(p.bits) + " bits");
      }
      words[at.at(p.name) / 32] |= static_cast<uint32_t>(given->second) << (at.at(p.name) % 32);
    }
  }

  // The single whole container a statement writes or reads.
  unsigned whole_container(const FieldRef& ref) const {
    const std::vector<FieldPart> parts = layout_.parts(ref);
    if (parts.size() != 1 || parts[0].bits != width_of(parts[0].container)) {
      ref.where.fail(ref.name(), "a field that is one whole 8-, 16- or 32-bit container");
    }
    return parts[0].container;
  }

  static unsigned width_of(unsigned container) {
    return container < rmt::kC16Base ? 8 : container < rmt::kC32Base ? 16 : 32;
  }

  uint32_t named_value(const Statement& s) const {
    const std::string target = s.to.name();
    if (target == "meta.verdict") {
      for (rmt::Verdict v : {rmt::Verdict::kDrop, rmt::Verdict::kForward, rmt::Verdict::kSlow}) {
        if (s.from.name == rmt::to_string(v)) return static_cast<uint32_t>(v);
      }
    }
    if (target == "meta.reason") return code_of(find_reason(s.where, s.from.name));
    s.where.fail(s.from.name, "a number, a parameter ($name) or INSTANCE.FIELD");
  }

  rmt::ActionInstr instruction(const Action& action) const {
    static const std::map<Statement::Op, rmt::AluOp> ops = {
        {Statement::Op::kSet, rmt::AluOp::kSet}, {Statement::Op::kAdd, rmt::AluOp::kAdd},
        {Statement::Op::kSub, rmt::AluOp::kSub}, {Statement::Op::kAnd, rmt::AluOp::kAnd},
        {Statement::Op::kOr, rmt::AluOp::kOr},   {Statement::Op::kXor, rmt::AluOp::kXor}};
    const auto at = param_offsets(action);
    rmt::ActionInstr instr;
    std::vector<bool> written(rmt::kNumContainers);
    for (const Statement& s : action.body) {
      const unsigned to = whole_container(s.to);
      const unsigned width = width_of(to);
      if (written[to]) s.to.where.fail(s.to.name() + " again", "each field once in an action");
      written[to] = true;
      rmt::AluB b = rmt::AluB::kImm;
      unsigned src = 0;
      uint32_t imm = 0;
      switch (s.from.kind) {
        case Operand::Kind::kNumber:
          imm = static_cast<uint32_t>(s.from.number);
          if (width < 32 && imm >> width) {
            s.where.expected("a number of " + std::to_string(width) + " bits");
          }
          break;
        case Operand::Kind::kName:
          imm = named_value(s);
          break;
        case Operand::Kind::kParam: {
          auto p = std::find_if(action.params.begin(), action.params.end(),
                                [&](const Action::Param& q) { return q.name == s.from.name; });
          if (p->bits != width)
            s.where.expected("a parameter of " + std::to_string(width) + " bits");
          b = rmt::AluB::kParam;
          imm = at.at(p->name) / width;
          break;
        }
        case Operand::Kind::kField: {
          const unsigned from = whole_container(*s.from.field);
          if (width_of(from) != width) {
            s.where.expected("a field of " + std::to_string(width) + " bits");
          }
          b = rmt::AluB::kContainer;
          src = from - (width == 8 ? 0 : width == 16 ? rmt::kC16Base : rmt::kC32Base);
          break;
        }
      }
      const rmt::AluOp op = ops.at(s.op);
      if (width == 8) {
        instr.a8[to] = {op, b, static_cast<uint8_t>(src), static_cast<uint8_t>(imm)};
      } else if (width == 16) {
        instr.a16[to - rmt::kC16Base] = {op, b, static_cast<uint8_t>(src),
                                         static_cast<uint16_t>(imm)};
      } else {
        instr.a32[to - rmt::kC32Base] = {op, b, static_cast<uint8_t>(src), imm};
      }
    }
    return instr;
  }

  // --- deparser -------------------------------------------------------------------------------

  bool covers(const Checksum& c, const std::string& instance, const HeaderField& field) const {
    if (c.field.instance == instance && c.field.field == field.name) return false;
    return std::any_of(c.covers.begin(), c.covers.end(), [&](const FieldRef& r) {
      return r.instance == instance && (r.field == "*" || r.field == field.name);
    });
  }

  // A slot for every header field some action writes.
  void deparser() {
    if (program_.checksums.size() > rmt::kChecksumUnits) {
      program_.checksums.back().where.fail(std::to_string(program_.checksums.size()) + " checksums",
                                           "at most " + std::to_string(rmt::kChecksumUnits));
    }
    std::vector<std::string> done;
    unsigned slot = 0;
    for (const Action& action : program_.actions) {
      for (const Statement& s : action.body) {
        if (s.to.instance == "meta") continue;
        if (std::find(done.begin(), done.end(), s.to.name()) != done.end()) continue;
        done.push_back(s.to.name());
        const unsigned container = whole_container(s.to);  // refuses what does not exist
        const HeaderField& field = *program_.state(s.to.instance)->header->find(s.to.field);
        if (slot == rmt::kDeparserSlots) {
          s.to.where.fail("more fields to write back",
                          "at most " + std::to_string(rmt::kDeparserSlots));
        }
        rmt::DeparserSlot row;
        row.en = true;
        row.hdr_id = static_cast<uint8_t>(header_id(s.to.instance));
        row.container = static_cast<uint8_t>(container);
        row.off = static_cast<uint8_t>(field.offset / 8);
        for (unsigned c = 0; c < program_.checksums.size(); ++c) {
          if (covers(program_.checksums[c], s.to.instance, field)) row.csum_mask |= 1u << c;
        }
        emit(rmt::TableId::kDeparserSlot, slot++, row);
      }
    }
    for (unsigned c = 0; c < program_.checksums.size(); ++c) {
      const Checksum& sum = program_.checksums[c];
      const State* state = program_.state(sum.field.instance);
      const HeaderField* field = state ? state->header->find(sum.field.field) : nullptr;
      if (!field || field->bits != 16 || field->offset % 16 != 0) {
        sum.where.at("field").expected("an aligned 16-bit header field");
      }
      if (field->offset / 8 >= rmt::kSliceBytes) {
        sum.where.at("field").fail("byte " + std::to_string(field->offset / 8),
                                   "below " + std::to_string(rmt::kSliceBytes));
      }
      for (const FieldRef& c : sum.covers) {
        const State* covered = program_.state(c.instance);
        if (!covered || (c.field != "*" && !covered->header->find(c.field))) {
          c.where.expected("INSTANCE.FIELD of the parse graph, or INSTANCE.*");
        }
      }
      rmt::DeparserCsum row;
      row.en = true;
      row.hdr_id = static_cast<uint8_t>(header_id(sum.field.instance));
      row.off = static_cast<uint8_t>(field->offset / 8);
      row.zero_keeps = sum.zero_keeps;
      emit(rmt::TableId::kDeparserCsum, c, row);
    }
  }

  void field_map() {
    for (const State& state : program_.states) {
      for (const HeaderField& f : state.header->fields) {
        if (f.shown.empty()) continue;
        image_.fields.push_back({f.shown, static_cast<uint8_t>(header_id(state.name)), f.kind,
                                 static_cast<uint8_t>((f.bits + 3) / 4),
                                 layout_.parts({state.name, f.name, state.where})});
      }
    }
  }

  const Program& program_;
  std::span<const Entry> entries_;
  PhvLayout layout_;
  Image image_;
};

}  // namespace

Image compile(const Program& program, std::span<const Entry> entries) {
  return Compiler(program, entries).run();
}

}  // namespace fp::pipeline
