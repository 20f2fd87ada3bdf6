// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "firmware/linux/pipeline/emit.hpp"

namespace fp::pipeline {

namespace {

class DeparserRows {
 public:
  DeparserRows(const Program& program, const PhvLayout& layout)
      : program_(program), layout_(layout) {}

  void run(RowSink& out) {
    checksums(out);
    for (const Action& action : program_.actions) {
      for (const Statement& s : action.body) write_back(s.to, out);
      if (action.reg && action.reg->to) write_back(*action.reg->to, out);
    }
    pops(out);
  }

 private:
  bool covers(const Checksum& c, const std::string& instance, const HeaderField& field) const {
    if (c.field.instance == instance && c.field.field == field.name) return false;
    return std::any_of(c.covers.begin(), c.covers.end(), [&](const FieldRef& r) {
      return r.instance == instance && (r.field == "*" || r.field == field.name);
    });
  }

  // A slot for every header that lies in a container that some action writes: fields of `same`
  // have several, and the header that is valid takes the value.
  void write_back(const FieldRef& to, RowSink& out) {
    if (to.instance == "meta") return;
    for (const unsigned container : whole_containers(layout_, to)) {
      if (std::find(written_.begin(), written_.end(), container) != written_.end()) continue;
      written_.push_back(container);
      for (const State& state : program_.states) {
        for (const Placed& p : layout_.units(state.name)) {
          if (p.container == container) slot(to, state, p, out);
        }
      }
    }
  }

  void slot(const FieldRef& to, const State& state, const Placed& placed, RowSink& out) {
    if (slots_ == rmt::kDeparserSlots) {
      to.where.fail("more fields to write back", "at most " + std::to_string(rmt::kDeparserSlots));
    }
    rmt::DeparserSlot row;
    row.en = true;
    row.hdr_id = static_cast<uint8_t>(header_id(program_, state.name));
    row.container = placed.container;
    row.off = static_cast<uint8_t>(placed.unit.offset / 8);
    for (const HeaderField& field : state.header->fields) {
      if (field.offset >= placed.unit.offset + placed.unit.bits ||
          placed.unit.offset >= field.offset + field.bits) {
        continue;
      }
      for (unsigned c = 0; c < program_.checksums.size(); ++c) {
        if (covers(program_.checksums[c], state.name, field)) row.csum_mask |= 1u << c;
      }
    }
    out.emit(rmt::TableId::kDeparserSlot, slots_++, row);
  }

  void checksums(RowSink& out) const {
    if (program_.checksums.size() > rmt::kChecksumUnits) {
      program_.checksums.back().where.fail(std::to_string(program_.checksums.size()) + " checksums",
                                           "at most " + std::to_string(rmt::kChecksumUnits));
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
      for (const FieldRef& f : sum.covers) {
        const State* covered = program_.state(f.instance);
        if (!covered || (f.field != "*" && !covered->header->find(f.field))) {
          f.where.expected("INSTANCE.FIELD of the parse graph, or INSTANCE.*");
        }
      }
      rmt::DeparserCsum row;
      row.en = true;
      row.hdr_id = static_cast<uint8_t>(header_id(program_, sum.field.instance));
      row.off = static_cast<uint8_t>(field->offset / 8);
      row.zero_keeps = sum.zero_keeps;
      out.emit(rmt::TableId::kDeparserCsum, c, row);
    }
  }

  // Byte of the field in its header.
  uint8_t byte_of(const FieldRef& ref) const {
    const HeaderField* field = program_.field(ref);
    if (!field) ref.where.fail(ref.name(), "a header field");
    if (field->offset % 8 != 0) {
      ref.where.fail(ref.name() + " at bit " + std::to_string(field->offset), "a whole byte");
    }
    if (field->offset / 8 >= rmt::kSliceBytes) {
      ref.where.fail("byte " + std::to_string(field->offset / 8),
                     "below " + std::to_string(rmt::kSliceBytes));
    }
    return static_cast<uint8_t>(field->offset / 8);
  }

  void pops(RowSink& out) const {
    if (program_.pops.size() > rmt::kNumPops) {
      program_.pops.back().where.fail(std::to_string(program_.pops.size()) + " pops",
                                      "at most " + std::to_string(rmt::kNumPops));
    }
    for (unsigned i = 0; i < program_.pops.size(); ++i) {
      const Pop& pop = program_.pops[i];
      rmt::DeparserPop row;
      row.en = true;
      row.from_off = byte_of(pop.from);
      row.to_off = byte_of(pop.to);
      row.from_hdr = static_cast<uint8_t>(header_id(program_, pop.from.instance));
      row.to_hdr = static_cast<uint8_t>(header_id(program_, pop.to.instance));
      const bool forward = pop.from.instance == pop.to.instance
                               ? row.from_off < row.to_off
                               : layout_.precedes(pop.from.instance, pop.to.instance);
      if (!forward) pop.to.where.fail(pop.to.name(), "a field behind " + pop.from.name());
      out.emit(rmt::TableId::kDeparserPop, i, row);
    }
  }

  const Program& program_;
  const PhvLayout& layout_;
  std::vector<unsigned> written_;  // containers
  unsigned slots_ = 0;
};

[[noreturn]] void refuse(const std::string& where, const std::string& found,
                         const std::string& expected) {
  throw InputError(where + ": found " + found + ", expected " + expected);
}

void check_half(const EditRow& e, bool en, unsigned at, const char* name) {
  if (!en) return;
  if (at % 2 != 0 || at + 2 > e.edit.len) {
    refuse(e.where, std::string(name) + " " + std::to_string(at),
           "an even offset below the edit's " + std::to_string(e.edit.len) + " bytes");
  }
}

void check_edit(const EditRow& e) {
  if (e.index == 0 || e.index >= rmt::kNumEdits) {
    refuse(e.where, "egress edit " + std::to_string(e.index),
           "1 to " + std::to_string(rmt::kNumEdits - 1));
  }
  if (e.edit.len > rmt::kEditBytes) {
    refuse(e.where, std::to_string(e.edit.len) + " bytes to insert",
           "at most " + std::to_string(rmt::kEditBytes));
  }
  constexpr unsigned kMostAt = (1u << 5) - 1;  // egress_edit.at
  if (e.edit.at > kMostAt) {
    refuse(e.where, "position " + std::to_string(e.edit.at), "at most " + std::to_string(kMostAt));
  }
  check_half(e, e.edit.len0_en, e.edit.len0_at, "len0_at");
  check_half(e, e.edit.len1_en, e.edit.len1_at, "len1_at");
  check_half(e, e.edit.csum_en, e.edit.csum_at, "csum_at");
  check_half(e, e.edit.hash_en, e.edit.hash_at, "hash_at");
}

void check_group(const GroupRow& g) {
  if (g.index >= rmt::kNumGroups) {
    refuse(g.where, "multicast group " + std::to_string(g.index),
           "0 to " + std::to_string(rmt::kNumGroups - 1));
  }
  for (const rmt::GroupCopy& c : g.group.copy) {
    if (c.en && c.port >= rmt::kNumPorts) {
      refuse(g.where, "a copy to port " + std::to_string(c.port),
             "below " + std::to_string(rmt::kNumPorts));
    }
    if (c.en && c.queue >= rmt::kNumQueues) {
      refuse(g.where, "a copy to queue " + std::to_string(c.queue),
             "below " + std::to_string(rmt::kNumQueues));
    }
  }
}

}  // namespace

void emit_deparser(const Program& program, const PhvLayout& layout, RowSink& out) {
  DeparserRows(program, layout).run(out);
}

void emit_extras(const Extras& extras, RowSink& out) {
  std::map<uint32_t, const std::string*> edits, groups;
  for (const EditRow& e : extras.edits) {
    check_edit(e);
    if (const auto [it, fresh] = edits.emplace(e.index, &e.where); !fresh) {
      refuse(e.where, "egress edit " + std::to_string(e.index) + " of " + *it->second,
             "each row once");
    }
    out.emit(rmt::TableId::kEdit, e.index, e.edit);
  }
  for (const GroupRow& g : extras.groups) {
    check_group(g);
    if (const auto [it, fresh] = groups.emplace(g.index, &g.where); !fresh) {
      refuse(g.where, "multicast group " + std::to_string(g.index) + " of " + *it->second,
             "each row once");
    }
    out.emit(rmt::TableId::kGroup, g.index, g.group);
  }
}

}  // namespace fp::pipeline
