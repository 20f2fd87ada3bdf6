// SPDX-License-Identifier: Apache-2.0
//
// IPv4 to the control core: echo (RFC 792, RFC 1122 section 3.2.2.6), and the ICMP errors that a
// router owes (RFC 1812 section 4.3).
#include "contract/rmt.hpp"
#include "firmware/embedded/control/packets/frame.hpp"

namespace fw::packets {

namespace {

constexpr uint32_t kIpHead = 20;
constexpr uint32_t kIcmpHead = 8;
constexpr uint32_t kMaxError = 576;  // RFC 1812 section 4.3.2.3
constexpr uint8_t kHops = 64;        // IANA, IP option numbers: default TTL
constexpr uint8_t kEchoReply = 0, kUnreachable = 3, kEcho = 8, kTimeExceeded = 11;
constexpr uint8_t kNet = 0, kHost = 1;  // codes of unreachable

constexpr uint8_t code_of(fp::rmt::Reason reason) { return static_cast<uint16_t>(reason) & 0xff; }

// A source that no answer may go to: RFC 1122 section 3.2.1.3, RFC 1812 section 5.3.7.
bool martian(const Interfaces& interfaces, const uint8_t* ip) {
  return ip[0] == 0 || ip[0] == 127 || ip[0] >= 224 || interfaces.own({ip, 4}) ||
         interfaces.broadcast(ip);
}

void put_ipv4(const Context& context, uint8_t* at, uint8_t tos, uint32_t length, const uint8_t* src,
              const uint8_t* dst) {
  at[0] = 0x45;
  at[1] = tos;
  put16(at + 2, length);
  put16(at + 4, context.ip_id++);
  put16(at + 6, 0);
  at[8] = kHops;
  at[9] = kIcmp;
  put16(at + 10, 0);
  copy(at + 12, src, 4);
  copy(at + 16, dst, 4);
  put16(at + 10, checksum_of(add_words(0, {at, kIpHead})));
}

Answer echo(const Context& context, const Frame& frame, Bytes packet, std::span<uint8_t> out) {
  const uint8_t* const ip = packet.data();
  const Bytes icmp = packet.subspan(kIpHead);
  if (icmp.size() < kIcmpHead || checksum_of(add_words(0, icmp)) != 0) {
    return {Outcome::kMalformed, 0};
  }
  if (icmp[0] != kEcho) return {Outcome::kNotForUs, 0};
  uint8_t* const reply = begin_answer(frame, frame.src, out);
  put_ipv4(context, reply, ip[1], static_cast<uint32_t>(packet.size()), ip + 16, ip + 12);
  uint8_t* const to = reply + kIpHead;
  copy(to, icmp.data(), static_cast<uint32_t>(icmp.size()));
  to[0] = kEchoReply;
  // The type's change enters the checksum by RFC 1624.
  put16(to + 2, checksum_of(static_cast<uint16_t>(~get16(&icmp[2])) +
                            static_cast<uint16_t>(~(kEcho << 8)) + (kEchoReply << 8)));
  return {Outcome::kEchoReply, kFrameHead + static_cast<uint32_t>(packet.size())};
}

// RFC 1122 section 3.2.2: never about an error, and unknown types may be one.
bool may_complain(Bytes packet, uint32_t head) {
  if (packet[9] != kIcmp) return true;
  if (packet.size() <= head) return false;
  switch (packet[head]) {
    case kEchoReply:
    case kEcho:
    case 13:  // timestamp, information and address mask, with their replies
    case 14:
    case 15:
    case 16:
    case 17:
    case 18:
      return true;
    default:
      return false;
  }
}

Answer complain(const Context& context, const Frame& frame, Bytes packet, uint8_t type,
                uint8_t code, uint64_t now, std::span<uint8_t> out) {
  const uint8_t* const ip = packet.data();
  const uint8_t* const from = context.interfaces.source_for(frame.vlan, {ip + 12, 4});
  if (from == nullptr) return {Outcome::kNotForUs, 0};
  if (!context.errors.take(now)) return {Outcome::kRateLimited, 0};
  const uint32_t room = kMaxError - kIpHead - kIcmpHead;
  const uint32_t quoted = packet.size() < room ? static_cast<uint32_t>(packet.size()) : room;
  uint8_t* const reply = begin_answer(frame, frame.src, out);
  // Precedence 6, internetwork control (RFC 1812 section 4.3.2.5), the rest as it came.
  put_ipv4(context, reply, static_cast<uint8_t>(0xc0 | (ip[1] & 0x1e)),
           kIpHead + kIcmpHead + quoted, from, ip + 12);
  uint8_t* const icmp = reply + kIpHead;
  for (uint32_t i = 0; i < kIcmpHead; ++i) icmp[i] = 0;
  icmp[0] = type;
  icmp[1] = code;
  copy(icmp + kIcmpHead, ip, quoted);
  put16(icmp + 2, checksum_of(add_words(0, {icmp, kIcmpHead + quoted})));
  return {type == kTimeExceeded ? Outcome::kTimeExceeded : Outcome::kUnreachable,
          kFrameHead + kIpHead + kIcmpHead + quoted};
}

}  // namespace

Answer answer_ipv4(const Context& context, const Frame& frame, const Question& question,
                   std::span<uint8_t> out) {
  constexpr Answer kBad = {Outcome::kMalformed, 0};
  constexpr Answer kSilent = {Outcome::kNotForUs, 0};
  Bytes packet = frame.payload;
  if (packet.size() < kIpHead || packet[0] >> 4 != 4) return kBad;
  const uint32_t head = (packet[0] & 0xfu) * 4;
  const uint32_t length = get16(&packet[2]);
  if (head < kIpHead || length < head || length > packet.size()) return kBad;
  packet = packet.first(length);
  if (checksum_of(add_words(0, packet.first(head))) != 0) return kBad;
  const uint8_t* const src = &packet[12];
  const uint8_t* const dst = &packet[16];
  if (martian(context.interfaces, src)) return kBad;
  // Broadcasts and groups are neither echoed (Linux: icmp_echo_ignore_broadcasts) nor complained
  // about.
  if (frame.to_group || dst[0] >= 224 || context.interfaces.broadcast(dst)) return kSilent;
  if (context.interfaces.own({dst, 4})) {
    if (packet[9] != kIcmp) return kSilent;
    const bool fragment = (get16(&packet[6]) & 0x3fff) != 0;
    if (fragment || head != kIpHead) return {Outcome::kUnsupported, 0};
    return echo(context, frame, packet, out);
  }
  if ((get16(&packet[6]) & 0x1fff) != 0 || !may_complain(packet, head)) return kSilent;
  if (question.reason == code_of(fp::rmt::Reason::kTtl)) {
    return complain(context, frame, packet, kTimeExceeded, 0, question.now, out);
  }
  if (question.reason == code_of(fp::rmt::Reason::kUnreachable)) {
    const uint8_t code = context.interfaces.connected({dst, 4}) ? kHost : kNet;
    return complain(context, frame, packet, kUnreachable, code, question.now, out);
  }
  return kSilent;
}

}  // namespace fw::packets
