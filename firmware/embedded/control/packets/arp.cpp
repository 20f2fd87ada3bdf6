// SPDX-License-Identifier: Apache-2.0
//
// ARP requests for the router's addresses (RFC 826, probes of RFC 5227).
#include "firmware/embedded/control/packets/frame.hpp"

namespace fw::packets {

namespace {

constexpr uint32_t kArpBytes = 28;
constexpr uint16_t kEthernet = 1, kIeee802 = 6;  // IANA, ARP parameters
constexpr uint16_t kRequest = 1, kReply = 2;

// An address no station may call its own: Linux's martian sources. All zero is a probe's.
bool martian(const Interfaces& interfaces, const uint8_t* ip) {
  if (get32(ip) == 0) return false;
  return ip[0] == 0 || ip[0] == 127 || ip[0] >= 224 || interfaces.own({ip, 4}) ||
         interfaces.broadcast(ip);
}

}  // namespace

Answer answer_arp(const Context& context, const Frame& frame, std::span<uint8_t> out) {
  if (frame.payload.size() < kArpBytes) return {Outcome::kMalformed, 0};
  const uint8_t* const arp = frame.payload.data();
  // Ethernet, or IEEE 802 in general, which RFC 2625 and Linux take for the same.
  const bool hardware = get16(arp) == kEthernet || get16(arp) == kIeee802;
  const bool ethernet_ipv4 = hardware && get16(arp + 2) == kTypeIpv4 && arp[4] == 6 && arp[5] == 4;
  if (!ethernet_ipv4) return {Outcome::kMalformed, 0};
  if (get16(arp + 6) != kRequest) return {Outcome::kNotForUs, 0};
  const uint8_t* const sha = arp + 8;
  const uint8_t* const spa = arp + 14;
  const uint8_t* const tpa = arp + 24;
  if (!context.interfaces.own(frame.vlan, {tpa, 4})) return {Outcome::kNotForUs, 0};
  // RFC 1812 section 3.3.2: no station's hardware address is a group's.
  if ((sha[0] & 1) != 0 || martian(context.interfaces, spa)) return {Outcome::kMalformed, 0};

  uint8_t* const reply = begin_answer(frame, sha, out);
  put16(reply, kEthernet);
  copy(reply + 2, arp + 2, 4);
  put16(reply + 6, kReply);
  copy(reply + 8, frame.mac, 6);
  copy(reply + 14, tpa, 4);
  copy(reply + 18, sha, 6);
  copy(reply + 24, spa, 4);
  return {Outcome::kArpReply, kFrameHead + kArpBytes};
}

}  // namespace fw::packets
