// SPDX-License-Identifier: Apache-2.0
//
// IPv6 to the control core: echo and the errors that a router owes (RFC 4443), and where neighbour
// discovery begins.
#include "contract/rmt.hpp"
#include "firmware/embedded/control/packets/frame.hpp"

namespace fw::packets {

namespace {

constexpr uint32_t kHead = 40;
constexpr uint32_t kIcmpHead = 8;
constexpr uint32_t kMinMtu = 1280;  // RFC 8200 section 5; an error is no longer
constexpr uint8_t kHops = 64;       // RFC 1700's default, which RFC 4861 section 6.3.2 keeps
constexpr uint8_t kUnreachable = 1, kTimeExceeded = 3, kEcho = 128, kEchoReply = 129;
constexpr uint8_t kSolicitation = 135, kRedirect = 137;
constexpr uint8_t kNoRoute = 0, kAddress = 3;  // codes of unreachable

constexpr uint8_t code_of(fp::rmt::Reason reason) { return static_cast<uint16_t>(reason) & 0xff; }

// RFC 4291 sections 2.5.3 and 2.7.
bool martian(const Interfaces& interfaces, const uint8_t* ip) {
  const bool loopback = all_zero(ip, 15) && ip[15] == 1;
  return ip[0] == 0xff || loopback || interfaces.own({ip, 16});
}

// RFC 4443 section 2.4 (e): never about an error or a redirect. Whoever hides the type behind a
// chain of more headers than anyone needs gets none either.
bool may_complain(Bytes packet) {
  constexpr unsigned kMaxHeaders = 8;
  uint8_t next = packet[6];
  uint32_t at = kHead;
  for (unsigned n = 0; n < kMaxHeaders; ++n) {
    switch (next) {
      case 0:  // hop-by-hop, routing, destination options (RFC 8200 section 4)
      case 43:
      case 60:
        if (packet.size() < at + 8) return false;
        next = packet[at];
        at += 8 + packet[at + 1] * 8u;
        break;
      case 44:  // fragment: only the first one has what comes behind
        if (packet.size() < at + 8 || (get16(&packet[at + 2]) & 0xfff8) != 0) return false;
        next = packet[at];
        at += 8;
        break;
      case kIcmpv6:
        return packet.size() > at && packet[at] >= 128 && packet[at] != kRedirect;
      default:
        return true;
    }
  }
  return false;
}

Answer echo(const Frame& frame, Bytes packet, std::span<uint8_t> out) {
  const uint8_t* const ip = packet.data();
  const Bytes icmp = packet.subspan(kHead);
  uint8_t* const reply = begin_answer(frame, frame.src, out);
  put_ipv6(reply, static_cast<uint32_t>(icmp.size()), kHops, ip + 24, ip + 8);
  // The traffic class is the question's (as Linux), the flow label 0.
  reply[0] = ip[0];
  reply[1] = ip[1] & 0xf0;
  uint8_t* const to = reply + kHead;
  copy(to, icmp.data(), static_cast<uint32_t>(icmp.size()));
  to[0] = kEchoReply;
  // Addresses change places; the type's change enters the checksum by RFC 1624.
  put16(to + 2, checksum_of(static_cast<uint16_t>(~get16(&icmp[2])) +
                            static_cast<uint16_t>(~(kEcho << 8)) + (kEchoReply << 8)));
  return {Outcome::kEchoReply, kFrameHead + static_cast<uint32_t>(packet.size())};
}

Answer to_us(const Context& context, const Frame& frame, Bytes packet, std::span<uint8_t> out) {
  if (packet[6] != kIcmpv6) {
    const bool more = packet[6] == 0 || packet[6] == 43 || packet[6] == 44 || packet[6] == 60;
    return {more ? Outcome::kUnsupported : Outcome::kNotForUs, 0};
  }
  const auto payload = static_cast<uint32_t>(packet.size()) - kHead;
  if (payload < kIcmpHead || icmpv6_checksum(packet.data(), payload) != 0) {
    return {Outcome::kMalformed, 0};
  }
  const uint8_t type = packet[kHead];
  if (type == kSolicitation) return answer_solicitation(context, frame, packet, out);
  const bool unicast = !frame.to_group && packet[24] != 0xff && !all_zero(&packet[8], 16);
  if (type == kEcho && unicast) return echo(frame, packet, out);
  return {Outcome::kNotForUs, 0};
}

Answer complain(const Context& context, const Frame& frame, Bytes packet, uint8_t type,
                uint8_t code, uint64_t now, std::span<uint8_t> out) {
  const uint8_t* const ip = packet.data();
  const uint8_t* const from = context.interfaces.source_for(frame.vlan, {ip + 8, 16});
  if (from == nullptr) return {Outcome::kNotForUs, 0};
  if (!context.errors.take(now)) return {Outcome::kRateLimited, 0};
  const uint32_t room = kMinMtu - kHead - kIcmpHead;
  const uint32_t quoted = packet.size() < room ? static_cast<uint32_t>(packet.size()) : room;
  uint8_t* const reply = begin_answer(frame, frame.src, out);
  put_ipv6(reply, kIcmpHead + quoted, kHops, from, ip + 8);
  uint8_t* const icmp = reply + kHead;
  for (uint32_t i = 0; i < kIcmpHead; ++i) icmp[i] = 0;
  icmp[0] = type;
  icmp[1] = code;
  copy(icmp + kIcmpHead, ip, quoted);
  put16(icmp + 2, icmpv6_checksum(reply, kIcmpHead + quoted));
  return {type == kTimeExceeded ? Outcome::kTimeExceeded : Outcome::kUnreachable,
          kFrameHead + kHead + kIcmpHead + quoted};
}

}  // namespace

void put_ipv6(uint8_t* at, uint32_t payload, uint8_t hops, const uint8_t* src, const uint8_t* dst) {
  put16(at, 0x6000);
  put16(at + 2, 0);
  put16(at + 4, payload);
  at[6] = kIcmpv6;
  at[7] = hops;
  copy(at + 8, src, 16);
  copy(at + 24, dst, 16);
}

// RFC 8200 section 8.1. With the field at 0 the value to write, over a right one 0.
uint16_t icmpv6_checksum(const uint8_t* ipv6, uint32_t payload) {
  return checksum_of(add_words(payload + kIcmpv6, {ipv6 + 8, 32 + payload}));
}

Answer answer_ipv6(const Context& context, const Frame& frame, const Question& question,
                   std::span<uint8_t> out) {
  constexpr Answer kBad = {Outcome::kMalformed, 0};
  constexpr Answer kSilent = {Outcome::kNotForUs, 0};
  Bytes packet = frame.payload;
  if (packet.size() < kHead || packet[0] >> 4 != 6) return kBad;
  const uint32_t length = kHead + get16(&packet[4]);
  if (length > packet.size()) return kBad;
  packet = packet.first(length);
  const uint8_t* const src = &packet[8];
  const uint8_t* const dst = &packet[24];
  if (martian(context.interfaces, src)) return kBad;
  if (dst[0] == 0xff || context.interfaces.own({dst, 16})) {
    return to_us(context, frame, packet, out);
  }
  if (frame.to_group || all_zero(src, 16) || !may_complain(packet)) return kSilent;
  if (question.reason == code_of(fp::rmt::Reason::kTtl)) {
    return complain(context, frame, packet, kTimeExceeded, 0, question.now, out);
  }
  if (question.reason == code_of(fp::rmt::Reason::kUnreachable)) {
    const uint8_t code = context.interfaces.connected({dst, 16}) ? kAddress : kNoRoute;
    return complain(context, frame, packet, kUnreachable, code, question.now, out);
  }
  return kSilent;
}

}  // namespace fw::packets
