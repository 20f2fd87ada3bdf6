// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/network/edits.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>

namespace fp::network {
namespace {

constexpr uint16_t kTypeIpv4 = 0x0800, kTypeIpv6 = 0x86dd;
constexpr uint16_t kCTag = 0x8100, kSTag = 0x88a8;  // IEEE 802.1Q
constexpr uint8_t kUdp = 17;
constexpr uint16_t kVxlanPort = 4789;  // IANA, RFC 7348 section 8
constexpr uint8_t kHopLimit = 64;      // RFC 1700's default
constexpr unsigned kMacBytes = 12;
constexpr unsigned kIpv4Bytes = 20, kUdpBytes = 8, kVxlanBytes = 8;

// Appends to an edit's data, most significant byte first.
class Bytes {
 public:
  explicit Bytes(rmt::EgressEdit& edit) : edit_(edit) {}

  uint8_t at() const { return edit_.len; }
  void u8(unsigned v) {
    if (edit_.len == rmt::kEditBytes) throw std::logic_error("an edit longer than its row");
    edit_.data[edit_.len++] = static_cast<uint8_t>(v);
  }
  void u16(unsigned v) {
    u8(v >> 8);
    u8(v);
  }
  void all(std::span<const uint8_t> bytes) {
    for (const uint8_t b : bytes) u8(b);
  }

 private:
  rmt::EgressEdit& edit_;
};

std::span<const uint8_t> bytes_of(const IpAddress& a) {
  return std::span(a.bytes).first(a.v6 ? 16 : 4);
}

// RFC 791: the checksum covers every half word but itself; the length is added when a frame leaves.
uint16_t header_sum(const rmt::EgressEdit& edit, unsigned begin) {
  uint32_t sum = 0;
  for (unsigned i = begin; i < begin + kIpv4Bytes; i += 2) {
    sum += static_cast<uint32_t>(edit.data[i] << 8 | edit.data[i + 1]);
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

void add_ipv4(rmt::EgressEdit& edit, Bytes& out, const Tunnel& t) {
  const uint8_t begin = out.at();
  out.u16(0x4500);
  edit.len0_en = true;  // total length
  edit.len0_at = out.at();
  edit.len0_add = kIpv4Bytes + kUdpBytes + kVxlanBytes;
  out.u16(0);
  out.u16(0);
  out.u16(0x4000);  // not to be fragmented: RFC 7348 section 4.3
  out.u8(kHopLimit);
  out.u8(kUdp);
  edit.csum_en = true;
  edit.csum_at = out.at();
  out.u16(0);
  out.all(bytes_of(t.local));
  out.all(bytes_of(t.remote));
  const uint16_t sum = header_sum(edit, begin);
  edit.data[edit.csum_at] = static_cast<uint8_t>(sum >> 8);
  edit.data[edit.csum_at + 1u] = static_cast<uint8_t>(sum);
}

void add_ipv6(rmt::EgressEdit& edit, Bytes& out, const Tunnel& t) {
  out.u16(0x6000);
  out.u16(0);
  edit.len0_en = true;  // payload length
  edit.len0_at = out.at();
  edit.len0_add = kUdpBytes + kVxlanBytes;
  out.u16(0);
  out.u8(kUdp);
  out.u8(kHopLimit);
  out.all(bytes_of(t.local));
  out.all(bytes_of(t.remote));
}

}  // namespace

rmt::EgressEdit tag_edit(uint16_t vlan, const Member& member) {
  rmt::EgressEdit edit;
  edit.at = kMacBytes;
  Bytes out(edit);
  if (member.outer != 0) {
    out.u16(kSTag);
    out.u16(member.outer);
  }
  out.u16(kCTag);
  out.u16(vlan);
  return edit;
}

rmt::EgressEdit tunnel_edit(const Tunnel& t) {
  rmt::EgressEdit edit;
  Bytes out(edit);
  out.all(t.next_hop);
  out.all(t.source);
  if (t.tag != 0) {
    out.u16(kCTag);
    out.u16(t.tag);
  }
  out.u16(t.local.v6 ? kTypeIpv6 : kTypeIpv4);
  t.local.v6 ? add_ipv6(edit, out, t) : add_ipv4(edit, out, t);
  edit.hash_en = true;  // source port
  edit.hash_at = out.at();
  out.u16(0);
  out.u16(kVxlanPort);
  edit.len1_en = true;
  edit.len1_at = out.at();
  edit.len1_add = kUdpBytes + kVxlanBytes;
  out.u16(0);
  out.u16(0);       // no checksum: RFC 7348 section 5, over IPv6 RFC 6935
  out.u16(0x0800);  // VXLAN: the I flag
  out.u16(0);
  out.u8(t.vni >> 16);
  out.u16(t.vni);
  out.u8(0);
  return edit;
}

}  // namespace fp::network
