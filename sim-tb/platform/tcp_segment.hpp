// SPDX-License-Identifier: Apache-2.0
//
// TCP segments in Ethernet frames, taken apart and put together for ideal_stream. Knows nothing of
// connections; every length from outside is checked.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace fp::platform {

// Addresses and ports of a connection as its received segments carry them.
struct FlowKey {
  bool v6 = false;
  std::array<uint8_t, 16> local{};   // destination address; IPv4 in the first four bytes
  std::array<uint8_t, 16> remote{};  // source address
  uint16_t local_port = 0;
  uint16_t remote_port = 0;
  bool operator==(const FlowKey&) const = default;
};

struct TcpFlags {
  bool fin = false;
  bool syn = false;
  bool rst = false;
  bool psh = false;
  bool ack = false;
};

// A received segment; the spans point into the frame.
struct Segment {
  FlowKey key;
  TcpFlags flags;
  uint32_t seq = 0;
  uint32_t ack = 0;
  std::span<const uint8_t> link;     // MACs, VLAN tags, EtherType
  std::span<const uint8_t> payload;  // without Ethernet padding
};

// Longest link header understood: two MACs, two VLAN tags, EtherType.
inline constexpr size_t kMaxLinkHeader = 22;

// Reads Ethernet, up to two VLAN tags, IPv4 with options or IPv6 with extension headers, TCP.
// Nothing for anything else, for fragments and for frames that end inside a header or before the IP
// length. An IPv4 total length of 0, which segmentation offload leaves, means the frame's rest.
std::optional<Segment> parse_segment(std::span<const uint8_t> frame);

// What all segments of one connection share when they are sent: the received link header with its
// MACs exchanged.
struct LinkHeader {
  std::array<uint8_t, kMaxLinkHeader> bytes{};
  uint8_t size = 0;
};
LinkHeader answer_header(std::span<const uint8_t> received);

// Fields of a segment to send.
struct SegmentFields {
  TcpFlags flags;
  uint32_t seq = 0;
  uint32_t ack = 0;
  uint16_t window = 0;
  uint8_t hop_limit = 0;
  uint16_t ip_id = 0;  // IPv4 identification
};

// Writes the whole frame, from key.local to key.remote, checksums right (RFC 1071, RFC 8200 8.1),
// padded to 60 bytes. `frame` is reused.
void build_segment(const LinkHeader& link, const FlowKey& key, const SegmentFields& fields,
                   std::span<const uint8_t> payload, std::vector<uint8_t>& frame);

}  // namespace fp::platform
