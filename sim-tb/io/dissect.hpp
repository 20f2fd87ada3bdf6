// SPDX-License-Identifier: Apache-2.0
//
// Which header field a byte of a frame belongs to, by tshark's names, so that a difference between
// two frames can be told to people. Knows Ethernet, VLAN tags, ARP, IPv4, IPv6 with its extension
// headers, TCP, UDP, ICMP, ICMPv6, and VXLAN with the frame inside.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fp::io {

enum class FieldForm : uint8_t { kDecimal, kHex, kMac, kIpv4, kIpv6, kBytes };

struct FrameField {
  const char* name;   // tshark's, e.g. "ip.ttl"; static
  uint32_t bit = 0;   // first bit, counted from the frame's first byte, its highest bit first
  uint32_t bits = 0;  // at least 1
  FieldForm form = FieldForm::kBytes;
};

// The fields of a frame that starts with its destination MAC, in order, without gaps or overlaps:
// bytes behind the last header known are one field (tcp.payload, udp.payload, data), those behind
// an IP packet's end eth.padding. Takes any bytes; a header that the frame cuts is `data`.
std::vector<FrameField> dissect(std::span<const uint8_t> frame);

// The field's value in this frame, as tshark shows it; long byte fields are shortened.
std::string field_text(const FrameField& field, std::span<const uint8_t> frame);

// Whether dissect() can give a field of this name.
bool is_field_name(std::string_view name);

}  // namespace fp::io
