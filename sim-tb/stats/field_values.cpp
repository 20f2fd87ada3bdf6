// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/stats/field_values.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace fp::stats {
namespace {

// A field's bits, most significant first, right-aligned in 128 bits.
struct Wide {
  uint64_t high = 0;
  uint64_t low = 0;

  void append(uint64_t bits, unsigned n) {
    high = n >= 64 ? low : (high << n | low >> (64 - n));
    low = n >= 64 ? bits : (low << n | bits);
  }
  std::array<uint8_t, 16> bytes() const {
    std::array<uint8_t, 16> b{};
    for (int i = 0; i < 8; ++i) {
      b[7 - i] = static_cast<uint8_t>(high >> (8 * i));
      b[15 - i] = static_cast<uint8_t>(low >> (8 * i));
    }
    return b;
  }
};

uint32_t container(const rmt::Phv& phv, uint8_t id) {
  if (id < rmt::kC16Base) return phv.c8[id];
  if (id < rmt::kC32Base) return phv.c16[id - rmt::kC16Base];
  return phv.c32.at(id - rmt::kC32Base);
}

Wide value_of(const pipeline::Field& field, const rmt::Phv& phv) {
  Wide value;
  for (const pipeline::FieldPart& part : field.parts) {
    if (part.bits == 0) continue;
    const uint64_t mask = (uint64_t{1} << part.bits) - 1;
    value.append((static_cast<uint64_t>(container(phv, part.container)) >> part.lsb) & mask,
                 part.bits);
  }
  return value;
}

}  // namespace

void append_value(const pipeline::Field& field, const rmt::Phv& phv, std::string& out) {
  const Wide v = value_of(field, phv);
  auto to = std::back_inserter(out);
  switch (field.kind) {
    case pipeline::FieldKind::kDecimal:
      fmt::format_to(to, "{}", v.low);
      break;
    case pipeline::FieldKind::kHex:
      // tshark pads to the whole bytes that hold the field.
      fmt::format_to(to, "0x{:0{}x}", v.low, (field.hex_digits + 1) / 2 * 2);
      break;
    case pipeline::FieldKind::kBool:
      out += v.low != 0 ? '1' : '0';
      break;
    case pipeline::FieldKind::kMac: {
      const auto b = v.bytes();
      fmt::format_to(to, "{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b[10], b[11], b[12], b[13],
                     b[14], b[15]);
      break;
    }
    case pipeline::FieldKind::kIpv4: {
      const auto b = v.bytes();
      fmt::format_to(to, "{}.{}.{}.{}", b[12], b[13], b[14], b[15]);
      break;
    }
    case pipeline::FieldKind::kIpv6: {
      const auto b = v.bytes();
      char text[INET6_ADDRSTRLEN] = "";
      inet_ntop(AF_INET6, b.data(), text, sizeof text);
      out += text;
      break;
    }
  }
}

FieldWriter::FieldWriter(pipeline::FieldMap map) : map_(std::move(map)) {
  for (size_t i = 0; i < map_.size(); ++i) {
    auto group = std::find_if(groups_.begin(), groups_.end(),
                              [&](const Group& g) { return g.name == map_[i].name; });
    if (group == groups_.end()) {
      groups_.push_back({map_[i].name, {}});
      group = groups_.end() - 1;
    }
    group->fields.push_back(i);
  }
}

void FieldWriter::append_json(uint32_t hdr_valid, const rmt::Phv& phv, std::string& out) const {
  out += '{';
  bool first_group = true;
  for (const Group& group : groups_) {
    size_t present = 0;
    for (const size_t i : group.fields) present += hdr_valid >> map_[i].hdr_id & 1u;
    if (present == 0) continue;
    fmt::format_to(std::back_inserter(out), "{}\"{}\":", first_group ? "" : ",", group.name);
    first_group = false;
    if (present > 1) out += '[';
    bool first = true;
    for (const size_t i : group.fields) {
      if ((hdr_valid >> map_[i].hdr_id & 1u) == 0) continue;
      out += first ? "\"" : ",\"";
      first = false;
      append_value(map_[i], phv, out);
      out += '"';
    }
    if (present > 1) out += ']';
  }
  out += '}';
}

}  // namespace fp::stats
