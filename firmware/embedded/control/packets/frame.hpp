// SPDX-License-Identifier: Apache-2.0
//
// A frame of the cpu port taken apart, the handlers that share it, and the head of an answer.
#pragma once

#include "firmware/embedded/control/packets/answer.hpp"

namespace fw::packets {

inline constexpr uint16_t kTypeVlan = 0x8100;
inline constexpr uint16_t kTypeIpv4 = 0x0800;
inline constexpr uint16_t kTypeArp = 0x0806;
inline constexpr uint16_t kTypeIpv6 = 0x86dd;
inline constexpr uint8_t kIcmp = 1, kIcmpv6 = 58;  // IANA protocol numbers
inline constexpr uint32_t kFrameHead = 18;         // Ethernet and one tag

struct Frame {
  const uint8_t* dst;
  const uint8_t* src;
  uint16_t vlan;
  uint16_t type;
  Bytes payload;       // behind the type; may end in padding
  const uint8_t* mac;  // of the router's interface in the VLAN
  bool to_group;       // the destination is a group address
};

// Ethernet and tag of an answer to `to`. Returns where its payload begins.
uint8_t* begin_answer(const Frame& question, const uint8_t* to, std::span<uint8_t> out);

Answer answer_arp(const Context& context, const Frame& frame, std::span<uint8_t> out);
Answer answer_ipv4(const Context& context, const Frame& frame, const Question& question,
                   std::span<uint8_t> out);
Answer answer_ipv6(const Context& context, const Frame& frame, const Question& question,
                   std::span<uint8_t> out);
// `packet` is a whole IPv6 packet of ICMPv6 type 135 with a right checksum.
Answer answer_solicitation(const Context& context, const Frame& frame, Bytes packet,
                           std::span<uint8_t> out);

// IPv6 header of an answer, and its checksum once everything behind it is written.
void put_ipv6(uint8_t* at, uint32_t payload, uint8_t hops, const uint8_t* src, const uint8_t* dst);
uint16_t icmpv6_checksum(const uint8_t* ipv6, uint32_t payload);

}  // namespace fw::packets
