// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/platform/tcp_segment.hpp"

#include <algorithm>

#include "sim-tb/io/capture.hpp"

namespace fp::platform {
namespace {

using Bytes = std::span<const uint8_t>;

constexpr uint16_t kTypeIpv4 = 0x0800;
constexpr uint16_t kTypeIpv6 = 0x86dd;
constexpr uint8_t kProtoTcp = 6;
constexpr size_t kMacBytes = 6;
constexpr size_t kIpv4Header = 20;
constexpr size_t kIpv6Header = 40;
constexpr size_t kTcpHeader = 20;
// IPv6 extension headers in a row; RFC 8200 4.1 names seven.
constexpr int kMaxExtensions = 8;

// TCP flag bits (RFC 9293, 3.1).
constexpr uint8_t kFin = 0x01;
constexpr uint8_t kSyn = 0x02;
constexpr uint8_t kRst = 0x04;
constexpr uint8_t kPsh = 0x08;
constexpr uint8_t kAck = 0x10;

uint16_t be16(Bytes b, size_t at) { return static_cast<uint16_t>(b[at] << 8 | b[at + 1]); }

uint32_t be32(Bytes b, size_t at) {
  return static_cast<uint32_t>(be16(b, at)) << 16 | be16(b, at + 2);
}

bool is_vlan(uint16_t type) { return type == 0x8100 || type == 0x88a8 || type == 0x9100; }

void copy_address(Bytes from, size_t at, size_t n, std::array<uint8_t, 16>& to) {
  std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(at), n, to.begin());
}

// Reads an IPv4 header; answers what follows it, or nothing.
std::optional<Bytes> parse_ipv4(Bytes ip, FlowKey& key) {
  if (ip.size() < kIpv4Header || ip[0] >> 4 != 4) return {};
  const size_t header = (ip[0] & 0xfu) * 4;
  const size_t total = be16(ip, 2) == 0 ? ip.size() : be16(ip, 2);
  const bool fragment = (be16(ip, 6) & 0x3fff) != 0;
  if (header < kIpv4Header || header > total || total > ip.size()) return {};
  if (fragment || ip[9] != kProtoTcp) return {};
  copy_address(ip, 12, 4, key.remote);
  copy_address(ip, 16, 4, key.local);
  return ip.subspan(header, total - header);
}

std::optional<Bytes> parse_ipv6(Bytes ip, FlowKey& key) {
  if (ip.size() < kIpv6Header || ip[0] >> 4 != 6) return {};
  const size_t length = be16(ip, 4) == 0 ? ip.size() - kIpv6Header : be16(ip, 4);
  if (length > ip.size() - kIpv6Header) return {};
  key.v6 = true;
  copy_address(ip, 8, 16, key.remote);
  copy_address(ip, 24, 16, key.local);
  uint8_t next = ip[6];
  Bytes rest = ip.subspan(kIpv6Header, length);
  for (int i = 0; i < kMaxExtensions && next != kProtoTcp; ++i) {
    const bool fragment = next == 44;
    if (next != 0 && next != 43 && next != 60 && !fragment) return {};
    if (rest.size() < 8) return {};
    const size_t header = fragment ? 8 : (rest[1] + 1u) * 8;
    if (header > rest.size()) return {};
    // Offset and M of an atomic fragment (RFC 6946) are zero.
    if (fragment && (be16(rest, 2) & 0xfff9) != 0) return {};
    next = rest[0];
    rest = rest.subspan(header);
  }
  if (next != kProtoTcp) return {};
  return rest;
}

void put16(std::vector<uint8_t>& b, uint16_t v) {
  b.push_back(static_cast<uint8_t>(v >> 8));
  b.push_back(static_cast<uint8_t>(v));
}

void put32(std::vector<uint8_t>& b, uint32_t v) {
  put16(b, static_cast<uint16_t>(v >> 16));
  put16(b, static_cast<uint16_t>(v));
}

void set16(std::vector<uint8_t>& b, size_t at, uint16_t v) {
  b[at] = static_cast<uint8_t>(v >> 8);
  b[at + 1] = static_cast<uint8_t>(v);
}

uint32_t sum16(Bytes b) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < b.size(); i += 2) sum += be16(b, i);
  if (b.size() % 2 != 0) sum += static_cast<uint32_t>(b.back()) << 8;
  return sum;
}

uint16_t fold(uint32_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

}  // namespace

std::optional<Segment> parse_segment(Bytes frame) {
  Segment s;
  size_t at = 2 * kMacBytes;
  if (frame.size() < at + 2) return {};
  uint16_t type = be16(frame, at);
  for (int tags = 0; tags < 2 && is_vlan(type); ++tags) {
    at += 4;
    if (frame.size() < at + 2) return {};
    type = be16(frame, at);
  }
  at += 2;
  s.link = frame.first(at);
  const Bytes ip = frame.subspan(at);
  std::optional<Bytes> tcp;
  if (type == kTypeIpv4) tcp = parse_ipv4(ip, s.key);
  if (type == kTypeIpv6) tcp = parse_ipv6(ip, s.key);
  if (!tcp || tcp->size() < kTcpHeader) return {};
  const size_t header = ((*tcp)[12] >> 4) * 4u;
  if (header < kTcpHeader || header > tcp->size()) return {};
  s.key.remote_port = be16(*tcp, 0);
  s.key.local_port = be16(*tcp, 2);
  s.seq = be32(*tcp, 4);
  s.ack = be32(*tcp, 8);
  const uint8_t flags = (*tcp)[13];
  s.flags = {.fin = (flags & kFin) != 0,
             .syn = (flags & kSyn) != 0,
             .rst = (flags & kRst) != 0,
             .psh = (flags & kPsh) != 0,
             .ack = (flags & kAck) != 0};
  s.payload = tcp->subspan(header);
  return s;
}

LinkHeader answer_header(Bytes received) {
  LinkHeader h;
  h.size = static_cast<uint8_t>(std::min(received.size(), kMaxLinkHeader));
  std::copy_n(received.begin(), h.size, h.bytes.begin());
  std::swap_ranges(h.bytes.begin(), h.bytes.begin() + kMacBytes, h.bytes.begin() + kMacBytes);
  return h;
}

void build_segment(const LinkHeader& link, const FlowKey& key, const SegmentFields& fields,
                   Bytes payload, std::vector<uint8_t>& frame) {
  frame.assign(link.bytes.begin(), link.bytes.begin() + link.size);
  const size_t ip = frame.size();
  const auto tcp_bytes = static_cast<uint32_t>(kTcpHeader + payload.size());
  const size_t n = key.v6 ? 16 : 4;
  if (key.v6) {
    put32(frame, 0x60000000);
    put16(frame, static_cast<uint16_t>(tcp_bytes));
    frame.push_back(kProtoTcp);
    frame.push_back(fields.hop_limit);
  } else {
    put16(frame, 0x4500);
    put16(frame, static_cast<uint16_t>(kIpv4Header + tcp_bytes));
    put16(frame, fields.ip_id);
    put16(frame, 0x4000);  // do not fragment
    frame.push_back(fields.hop_limit);
    frame.push_back(kProtoTcp);
    put16(frame, 0);
  }
  const size_t addresses = frame.size();
  frame.insert(frame.end(), key.local.begin(), key.local.begin() + static_cast<std::ptrdiff_t>(n));
  frame.insert(frame.end(), key.remote.begin(),
               key.remote.begin() + static_cast<std::ptrdiff_t>(n));
  if (!key.v6) set16(frame, ip + 10, fold(sum16(Bytes(frame).subspan(ip, kIpv4Header))));

  const size_t tcp = frame.size();
  put16(frame, key.local_port);
  put16(frame, key.remote_port);
  put32(frame, fields.seq);
  put32(frame, fields.flags.ack ? fields.ack : 0);
  frame.push_back((kTcpHeader / 4) << 4);
  frame.push_back(
      static_cast<uint8_t>((fields.flags.fin ? kFin : 0) | (fields.flags.syn ? kSyn : 0) |
                           (fields.flags.rst ? kRst : 0) | (fields.flags.psh ? kPsh : 0) |
                           (fields.flags.ack ? kAck : 0)));
  put16(frame, fields.window);
  put32(frame, 0);  // checksum, urgent pointer
  frame.insert(frame.end(), payload.begin(), payload.end());
  // Both pseudo headers are the addresses, the length and the protocol; zeros do not count.
  const uint32_t pseudo = sum16(Bytes(frame).subspan(addresses, 2 * n)) + tcp_bytes + kProtoTcp;
  set16(frame, tcp + 16, fold(pseudo + sum16(Bytes(frame).subspan(tcp))));
  if (frame.size() < io::kMinFrameBytes) frame.resize(io::kMinFrameBytes, 0);
}

}  // namespace fp::platform
