// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/entry_key.hpp"

#include <algorithm>

namespace fp::pipeline {

namespace {

[[noreturn]] void refuse(const Entry& e, const std::string& found, const std::string& expected) {
  throw InputError(e.where + ": found " + found + ", expected " + expected);
}

// Bit `at` of a big-endian byte string; missing bytes count as zero.
bool bit_of(const std::vector<uint8_t>& value, unsigned at) {
  return at / 8 < value.size() && (value[value.size() - 1 - at / 8] >> (at % 8) & 1) != 0;
}

void check_width(const Entry& e, const std::string& name, const std::vector<uint8_t>& value,
                 unsigned bits, const char* what) {
  for (unsigned b = bits; b < value.size() * 8; ++b) {
    if (bit_of(value, b)) {
      refuse(e, std::string(what) + " beyond " + name, std::to_string(bits) + " bits");
    }
  }
}

// A value given for a key field, under its own name or that of a field of `same`.
struct Given {
  std::string name;
  const KeyValue* value = nullptr;
  unsigned bits = 0;  // of the named field; those of the key field above it are compared with zero
};

// Bits of a field whose containers are the last ones of the key field's, or 0.
unsigned same_bits(const Program& program, const PhvLayout& layout, const KeyField& field,
                   const std::string& name) {
  const size_t dot = name.find('.');
  const State* state = dot == std::string::npos ? nullptr : program.state(name.substr(0, dot));
  const HeaderField* header_field = state ? state->header->find(name.substr(dot + 1)) : nullptr;
  if (header_field == nullptr) return 0;
  const std::vector<FieldPart> parts =
      layout.parts({state->name, header_field->name, state->where});
  if (parts.empty() || parts.size() > field.parts.size()) return 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const FieldPart& mine = parts[parts.size() - 1 - i];
    const KeyPart& theirs = field.parts[i];
    if (mine.container != theirs.container || mine.lsb != theirs.lsb || mine.bits != theirs.bits) {
      return 0;
    }
  }
  return header_field->bits;
}

std::vector<Given> given_values(const Program& program, const PhvLayout& layout,
                                const std::vector<KeyField>& fields, const Table& table,
                                const Entry& e) {
  std::vector<Given> given(fields.size());
  for (const auto& [name, value] : e.key) {
    size_t at = fields.size();
    unsigned bits = 0;
    for (size_t i = 0; i < fields.size() && bits == 0; ++i) {
      bits = fields[i].name == name ? fields[i].bits : same_bits(program, layout, fields[i], name);
      if (bits != 0) at = i;
    }
    if (at == fields.size()) refuse(e, "key field " + name, "one of table " + table.name);
    if (given[at].value != nullptr) {
      refuse(e, "key fields " + given[at].name + " and " + name, "one value for their containers");
    }
    given[at] = {name, &value, bits};
  }
  return given;
}

}  // namespace

std::vector<unsigned> prefix_bits(const KeyLayout& keys, const Table& table) {
  std::vector<unsigned> bits;
  for (const KeyField& f : keys.fields(table)) {
    for (auto p = f.parts.rbegin(); p != f.parts.rend(); ++p) {
      for (unsigned b = p->bits; b-- > 0;) bits.push_back(p->key_bit + b);
    }
  }
  return bits;
}

EntryMatch match_of(const Program& program, const PhvLayout& layout, const KeyLayout& keys,
                    const Table& table, const Entry& e) {
  const std::vector<KeyField>& fields = keys.fields(table);
  const std::vector<Given> given = given_values(program, layout, fields, table, e);
  EntryMatch out;
  for (size_t i = 0; i < fields.size(); ++i) {
    const KeyField& field = fields[i];
    const Given& g = given[i];
    const bool prefixed = table.kind == TableKind::kLpm && i + 1 == fields.size();
    if (g.value == nullptr) {
      if (prefixed) refuse(e, "no " + field.name, "its value and prefix in table " + table.name);
      if (table.kind == TableKind::kTernary) continue;
    }
    const std::vector<uint8_t> none;
    const std::vector<uint8_t>& value = g.value != nullptr ? g.value->value : none;
    unsigned length = g.value != nullptr ? g.bits : 0;  // compared from the named field's top
    if (g.value != nullptr) {
      check_width(e, g.name, value, g.bits, "a value");
      if (g.value->mask) {
        if (table.kind != TableKind::kTernary) {
          refuse(e, "a mask for " + g.name,
                 "none in " + std::string(to_string(table.kind)) + " table " + table.name);
        }
        check_width(e, g.name, *g.value->mask, g.bits, "a mask");
      }
      if (g.value->prefix) {
        if (!prefixed) {
          refuse(e, "a prefix length for " + g.name,
                 table.kind == TableKind::kLpm
                     ? "one for " + fields.back().name + " only"
                     : "none in " + std::string(to_string(table.kind)) + " table " + table.name);
        }
        length = *g.value->prefix;
        if (length > g.bits) {
          refuse(e, "prefix length " + std::to_string(length),
                 "at most " + std::to_string(g.bits) + " for " + g.name);
        }
      }
    }
    for (const KeyPart& p : field.parts) {
      for (unsigned b = 0; b < p.bits; ++b) {
        const unsigned at = p.value_bit + b;
        const bool above = g.value != nullptr && at >= g.bits;
        bool compare = true;
        if (g.value != nullptr && !above) {
          if (g.value->mask) compare = bit_of(*g.value->mask, at);
          if (prefixed) compare = at >= g.bits - length;
        }
        if (!compare) continue;
        set_key_bits(out.mask, p.key_bit + b, 1, 1);
        set_key_bits(out.value, p.key_bit + b, 1, !above && bit_of(value, at));
      }
    }
  }
  if (table.kind == TableKind::kLpm) {
    for (const unsigned at : prefix_bits(keys, table)) {
      if ((out.mask[at / 32] >> (at % 32) & 1) == 0) break;
      out.prefix.bits[out.prefix.length++] = (out.value[at / 32] >> (at % 32) & 1) != 0;
    }
  }
  return out;
}

}  // namespace fp::pipeline
