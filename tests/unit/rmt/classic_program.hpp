// SPDX-License-Identifier: Apache-2.0
//
// A small hand-made parse graph for directed tests: Ethernet, IPv4 with options, IPv6 with
// hop-by-hop and destination options, TCP, UDP. Offsets are those of RFC 791, 8200, 9293 and 768.
#pragma once

#include "tests/unit/rmt/random_program.hpp"

namespace fp::rmt::test {

namespace hdr {
inline constexpr uint8_t kEthernet = 0;
inline constexpr uint8_t kIpv4 = 1;
inline constexpr uint8_t kIpv6 = 2;
inline constexpr uint8_t kIpv6Ext = 3;
inline constexpr uint8_t kTcp = 4;
inline constexpr uint8_t kUdp = 5;
}  // namespace hdr

namespace state {
inline constexpr uint8_t kEthernet = 1;
inline constexpr uint8_t kIpv4 = 2;
inline constexpr uint8_t kIpv6 = 3;
inline constexpr uint8_t kIpv6Ext = 4;
inline constexpr uint8_t kTcp = 5;
inline constexpr uint8_t kUdp = 6;
}  // namespace state

// Containers the program fills.
namespace box {
inline constexpr unsigned kTtl = 8;        // c8
inline constexpr unsigned kTos = 9;        // c8
inline constexpr unsigned kEtherType = 8;  // c16
inline constexpr unsigned kSrcPort = 9;    // c16
inline constexpr unsigned kDstPort = 10;   // c16
inline constexpr unsigned kSrcAddr = 8;    // c32
inline constexpr unsigned kDstAddr = 9;    // c32
inline constexpr unsigned kSeq = 10;       // c32
}  // namespace box

inline Program classic_program() {
  Program p;
  unsigned n = 0;
  // `bytes`: lookup values with their masks, from lookup byte 0.
  const auto entry = [&](uint8_t state,
                         std::vector<std::pair<uint8_t, uint8_t>> bytes) -> ParserAction& {
    ParserTcam& e = p.tcam[n];
    e.valid = true;
    e.state = state;
    e.state_mask = 0xff;
    for (size_t i = 0; i < bytes.size(); ++i) {
      e.lookup[i] = bytes[i].first;
      e.lookup_mask[i] = bytes[i].second;
    }
    return p.action[n++];
  };

  // Ethernet: lookup on the EtherType.
  p.init.state = state::kEthernet;
  p.init.lookup_off = {12, 13, 0, 0};
  const auto ethernet = [&](ParserAction& a) {
    a.mark = true;
    a.hdr_id = hdr::kEthernet;
    a.need = 14;
    a.adv_const = 14;
    a.x16[0] = {true, 12, box::kEtherType};
  };
  ParserAction& eth4 = entry(state::kEthernet, {{0x08, 0xff}, {0x00, 0xff}});
  ethernet(eth4);
  eth4.next_state = state::kIpv4;
  eth4.lookup_off = {9, 0, 6, 7};  // protocol, IHL, flags and fragment offset
  ParserAction& eth6 = entry(state::kEthernet, {{0x86, 0xff}, {0xdd, 0xff}});
  ethernet(eth6);
  eth6.next_state = state::kIpv6;
  eth6.lookup_off = {6, 0, 0, 0};  // next header
  ParserAction& other = entry(state::kEthernet, {});
  ethernet(other);
  other.done = true;

  const auto ipv4 = [&](ParserAction& a) {
    a.mark = true;
    a.hdr_id = hdr::kIpv4;
    a.need = 20;
    a.adv_var = true;  // IHL is in words of four bytes
    a.adv_byte = 0;
    a.adv_mask = 0x0f;
    a.adv_shl = 2;
    a.x8[0] = {true, 8, box::kTtl};
    a.x8[1] = {true, 1, box::kTos};
    a.x32[0] = {true, 12, box::kSrcAddr};
    a.x32[1] = {true, 16, box::kDstAddr};
  };
  // IHL below 5 contradicts itself: 0..3 and 4.
  for (const auto& [value, mask] : {std::pair<uint8_t, uint8_t>{0x40, 0xfc}, {0x44, 0xff}}) {
    ParserAction& bad = entry(state::kIpv4, {{0, 0}, {value, mask}});
    ipv4(bad);
    bad.exc = true;
    bad.exc_verdict = Verdict::kDrop;
    bad.exc_reason = uint8_t(Reason::kHeaderError);
  }
  ParserAction& ip4tcp = entry(state::kIpv4, {{6, 0xff}});
  ipv4(ip4tcp);
  ip4tcp.next_state = state::kTcp;
  ParserAction& ip4udp = entry(state::kIpv4, {{17, 0xff}});
  ipv4(ip4udp);
  ip4udp.next_state = state::kUdp;
  ParserAction& ip4other = entry(state::kIpv4, {});
  ipv4(ip4other);
  ip4other.done = true;

  // IPv6 and its extension headers: 40 bytes; then 8 + 8 * length byte.
  for (const uint8_t from : {state::kIpv6, state::kIpv6Ext}) {
    const auto common = [&](ParserAction& a) {
      a.mark = true;
      a.hdr_id = from == state::kIpv6 ? hdr::kIpv6 : hdr::kIpv6Ext;
      a.need = from == state::kIpv6 ? 40 : 8;
      a.adv_const = a.need;
      if (from == state::kIpv6Ext) {
        a.adv_var = true;
        a.adv_byte = 1;
        a.adv_mask = 0xff;
        a.adv_shl = 3;
      }
    };
    for (const uint8_t ext : {0, 60}) {
      ParserAction& a = entry(from, {{ext, 0xff}});
      common(a);
      a.next_state = state::kIpv6Ext;
      a.lookup_off = {0, 0, 0, 0};
    }
    ParserAction& tcp = entry(from, {{6, 0xff}});
    common(tcp);
    tcp.next_state = state::kTcp;
    ParserAction& udp = entry(from, {{17, 0xff}});
    common(udp);
    udp.next_state = state::kUdp;
    ParserAction& rest = entry(from, {});
    common(rest);
    rest.done = true;
  }

  ParserAction& tcp = entry(state::kTcp, {});
  tcp.mark = true;
  tcp.hdr_id = hdr::kTcp;
  tcp.need = 20;
  tcp.done = true;
  tcp.x16[0] = {true, 0, box::kSrcPort};
  tcp.x16[1] = {true, 2, box::kDstPort};
  tcp.x32[0] = {true, 4, box::kSeq};
  ParserAction& udp = entry(state::kUdp, {});
  udp.mark = true;
  udp.hdr_id = hdr::kUdp;
  udp.need = 8;
  udp.done = true;
  udp.x16[0] = {true, 0, box::kSrcPort};
  udp.x16[1] = {true, 2, box::kDstPort};
  return p;
}

namespace detail {

inline void put16(std::vector<uint8_t>& b, unsigned v) {
  b.push_back(static_cast<uint8_t>(v >> 8));
  b.push_back(static_cast<uint8_t>(v));
}

}  // namespace detail

// Ones' complement sum of half words (RFC 1071), an odd last byte padded with 0, folded.
inline uint16_t ones_sum(const uint8_t* p, size_t n, uint32_t sum = 0) {
  for (size_t i = 0; i < n; i += 2) sum += p[i] * 256u + (i + 1 < n ? p[i + 1] : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

// Sum that checksum field and covered bytes of TCP or UDP over IPv4 at `l4` make; 0xffff is right.
inline uint16_t l4_sum(const std::vector<uint8_t>& b, size_t l4) {
  constexpr size_t kIp = 14;
  const uint32_t length = static_cast<uint32_t>(b.size() - l4);
  return ones_sum(&b[l4], length, ones_sum(&b[kIp + 12], 8) + b[kIp + 9] + length);
}

// Ethernet / IPv4 with `options` words / TCP (6) or UDP (17), checksums right.
inline std::vector<uint8_t> ipv4_packet(sim::Random& r, unsigned proto, unsigned options,
                                        unsigned payload) {
  std::vector<uint8_t> b;
  for (unsigned i = 0; i < 12; ++i) b.push_back(detail::byte(r));
  detail::put16(b, 0x0800);
  const unsigned ip_len = 20 + 4 * options;
  const unsigned l4_len = proto == 6 ? 20 : 8;
  b.push_back(static_cast<uint8_t>(0x40 | ip_len / 4));
  b.push_back(detail::byte(r));
  detail::put16(b, ip_len + l4_len + payload);
  detail::put16(b, static_cast<unsigned>(r.below(65536)));
  detail::put16(b, 0);
  b.push_back(static_cast<uint8_t>(1 + r.below(255)));
  b.push_back(static_cast<uint8_t>(proto));
  detail::put16(b, 0);
  for (unsigned i = 0; i < 8 + 4 * options; ++i) b.push_back(detail::byte(r));
  const uint16_t ip_sum = static_cast<uint16_t>(~ones_sum(&b[14], ip_len));
  b[24] = static_cast<uint8_t>(ip_sum >> 8);
  b[25] = static_cast<uint8_t>(ip_sum);
  const size_t l4 = b.size();
  for (unsigned i = 0; i < l4_len + payload; ++i) b.push_back(detail::byte(r));
  const size_t at = l4 + (proto == 6 ? 16 : 6);
  if (proto == 17) {
    b[l4 + 4] = static_cast<uint8_t>((l4_len + payload) >> 8);
    b[l4 + 5] = static_cast<uint8_t>(l4_len + payload);
  }
  b[at] = b[at + 1] = 0;
  uint16_t sum = static_cast<uint16_t>(~l4_sum(b, l4));
  if (proto == 17 && sum == 0) sum = 0xffff;
  b[at] = static_cast<uint8_t>(sum >> 8);
  b[at + 1] = static_cast<uint8_t>(sum);
  return b;
}

}  // namespace fp::rmt::test
