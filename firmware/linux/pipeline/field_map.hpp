// SPDX-License-Identifier: Apache-2.0
//
// Where a pipeline program's header fields lie in the PHV, so that a parse report can be read by
// people and compared with other dissectors. Made by the compiler, used by outputs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fp::pipeline {

// How a field's value is written, as tshark writes it.
enum class FieldKind { kDecimal, kHex, kMac, kIpv4, kIpv6, kBool };

// A run of bits inside one container.
struct FieldPart {
  uint8_t container;  // container id (rmt.yaml: 0..15 8-bit, 16..47 16-bit, 48..79 32-bit)
  uint8_t lsb;        // lowest bit within the container
  uint8_t bits;
};

struct Field {
  std::string name;  // tshark's field name, e.g. "ip.src"
  uint8_t hdr_id;    // valid when this bit of parse_report.hdr_valid is set
  FieldKind kind;
  uint8_t hex_digits;            // kHex: digits printed
  std::vector<FieldPart> parts;  // most significant first
};

// In header order, outermost first; a repeated name is a repeated field.
using FieldMap = std::vector<Field>;

}  // namespace fp::pipeline
