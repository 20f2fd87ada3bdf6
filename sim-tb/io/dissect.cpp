// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/io/dissect.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace fp::io {
namespace {

using Form = FieldForm;

// A field of a header, in the order in which they lie.
struct Spec {
  const char* name;
  uint16_t bits;
  Form form = Form::kDecimal;
};

// The headers' fixed parts; the sources of the layouts are the standards named.
constexpr Spec kEthernet[] = {{"eth.dst", 48, Form::kMac}, {"eth.src", 48, Form::kMac}};
constexpr Spec kEthType[] = {{"eth.type", 16, Form::kHex}};
constexpr Spec kEthLength[] = {{"eth.len", 16}};
constexpr Spec kVlan[] = {  // IEEE 802.1Q
    {"vlan.priority", 3},
    {"vlan.dei", 1},
    {"vlan.id", 12},
    {"vlan.etype", 16, Form::kHex}};
constexpr Spec kServiceVlan[] = {  // IEEE 802.1ad
    {"ieee8021ad.priority", 3},
    {"ieee8021ad.dei", 1},
    {"ieee8021ad.id", 12},
    {"ieee8021ah.etype", 16, Form::kHex}};
constexpr Spec kArp[] = {  // RFC 826
    {"arp.hw.type", 16},
    {"arp.proto.type", 16, Form::kHex},
    {"arp.hw.size", 8},
    {"arp.proto.size", 8},
    {"arp.opcode", 16},
    {"arp.src.hw_mac", 48, Form::kMac},
    {"arp.src.proto_ipv4", 32, Form::kIpv4},
    {"arp.dst.hw_mac", 48, Form::kMac},
    {"arp.dst.proto_ipv4", 32, Form::kIpv4}};
constexpr Spec kIpv4[] = {  // RFC 791
    {"ip.version", 4},
    {"ip.hdr_len", 4},
    {"ip.dsfield", 8, Form::kHex},
    {"ip.len", 16},
    {"ip.id", 16, Form::kHex},
    {"ip.flags.rb", 1},
    {"ip.flags.df", 1},
    {"ip.flags.mf", 1},
    {"ip.frag_offset", 13},
    {"ip.ttl", 8},
    {"ip.proto", 8},
    {"ip.checksum", 16, Form::kHex},
    {"ip.src", 32, Form::kIpv4},
    {"ip.dst", 32, Form::kIpv4}};
constexpr Spec kIpv6[] = {  // RFC 8200
    {"ipv6.version", 4},
    {"ipv6.tclass", 8, Form::kHex},
    {"ipv6.flow", 20, Form::kHex},
    {"ipv6.plen", 16},
    {"ipv6.nxt", 8},
    {"ipv6.hlim", 8},
    {"ipv6.src", 128, Form::kIpv6},
    {"ipv6.dst", 128, Form::kIpv6}};
constexpr Spec kHopByHop[] = {{"ipv6.hopopts.nxt", 8}, {"ipv6.hopopts.len", 8}};
constexpr Spec kRouting[] = {{"ipv6.routing.nxt", 8}, {"ipv6.routing.len", 8}};
constexpr Spec kDestination[] = {{"ipv6.dstopts.nxt", 8}, {"ipv6.dstopts.len", 8}};
constexpr Spec kFragment[] = {{"ipv6.fraghdr.nxt", 8},     {"ipv6.fraghdr.reserved_octet", 8},
                              {"ipv6.fraghdr.offset", 13}, {"ipv6.fraghdr.reserved_bits", 2},
                              {"ipv6.fraghdr.more", 1},    {"ipv6.fraghdr.ident", 32, Form::kHex}};
constexpr Spec kTcp[] = {  // RFC 9293
    {"tcp.srcport", 16},
    {"tcp.dstport", 16},
    {"tcp.seq_raw", 32},
    {"tcp.ack_raw", 32},
    {"tcp.hdr_len", 4},
    {"tcp.flags", 12, Form::kHex},
    {"tcp.window_size_value", 16},
    {"tcp.checksum", 16, Form::kHex},
    {"tcp.urgent_pointer", 16}};
constexpr Spec kUdp[] = {  // RFC 768
    {"udp.srcport", 16},
    {"udp.dstport", 16},
    {"udp.length", 16},
    {"udp.checksum", 16, Form::kHex}};
constexpr Spec kIcmp[] = {{"icmp.type", 8}, {"icmp.code", 8}, {"icmp.checksum", 16, Form::kHex}};
constexpr Spec kIcmpEcho[] = {{"icmp.ident", 16}, {"icmp.seq", 16}};
constexpr Spec kIcmpv6[] = {
    {"icmpv6.type", 8}, {"icmpv6.code", 8}, {"icmpv6.checksum", 16, Form::kHex}};
constexpr Spec kIcmpv6Echo[] = {{"icmpv6.echo.identifier", 16, Form::kHex},
                                {"icmpv6.echo.sequence_number", 16}};
constexpr Spec kVxlan[] = {  // RFC 7348
    {"vxlan.flags", 16, Form::kHex},
    {"vxlan.gbp", 16},
    {"vxlan.vni", 24},
    {"vxlan.reserved8", 8}};
// Whatever length is left.
constexpr const char* kRests[] = {"data",        "ip.options",  "ipv6.ext.data",
                                  "tcp.options", "tcp.payload", "udp.payload",
                                  "icmp.data",   "icmpv6.data", "eth.padding"};

constexpr std::span<const Spec> kHeaders[] = {
    kEthernet, kEthType,  kEthLength, kVlan,        kServiceVlan, kArp, kIpv4,
    kIpv6,     kHopByHop, kRouting,   kDestination, kFragment,    kTcp, kUdp,
    kIcmp,     kIcmpEcho, kIcmpv6,    kIcmpv6Echo,  kVxlan};

enum : uint16_t {
  kTypeIpv4 = 0x0800,
  kTypeArp = 0x0806,
  kTypeVlan = 0x8100,
  kTypeIpv6 = 0x86dd,
  kTypeServiceVlan = 0x88a8,
  kFirstType = 0x600,  // smaller is a length (IEEE 802.3 clause 3.2.6)
  kVxlanPort = 4789,
};
enum : uint8_t {
  kHopByHopProto = 0,
  kIcmpProto = 1,
  kTcpProto = 6,
  kUdpProto = 17,
  kRoutingProto = 43,
  kFragmentProto = 44,
  kIcmpv6Proto = 58,
  kDestinationProto = 60,
};

class Dissector {
 public:
  explicit Dissector(std::span<const uint8_t> frame) : frame_(frame), end_(frame.size()) {}

  std::vector<FrameField> run() {
    ethernet();
    rest("data");
    end_ = frame_.size();
    rest("eth.padding");
    return std::move(fields_);
  }

 private:
  // Adds the header's fields when the packet holds all of it.
  bool header(std::span<const Spec> specs) {
    size_t bits = 0;
    for (const Spec& s : specs) bits += s.bits;
    if (at_ + bits / 8 > end_) return false;
    auto bit = static_cast<uint32_t>(8 * at_);
    for (const Spec& s : specs) {
      fields_.push_back({s.name, bit, s.bits, s.form});
      bit += s.bits;
    }
    at_ += bits / 8;
    return true;
  }
  // Bytes up to `end`, as far as the packet goes.
  void bytes(const char* name, size_t end) {
    end = std::min(end, end_);
    if (end <= at_) return;
    fields_.push_back({name, static_cast<uint32_t>(8 * at_), static_cast<uint32_t>(8 * (end - at_)),
                       Form::kBytes});
    at_ = end;
  }
  void rest(const char* name) { bytes(name, end_); }
  uint16_t word(size_t at) const { return static_cast<uint16_t>(frame_[at] << 8 | frame_[at + 1]); }

  void ethernet() {
    if (!header(kEthernet)) return;
    if (at_ + 2 > end_) return;
    const uint16_t type = word(at_);
    header(type < kFirstType ? std::span<const Spec>(kEthLength) : kEthType);
    if (type >= kFirstType) network(type);
  }

  void network(uint16_t type) {
    // A chain of tags ends with the frame.
    while (type == kTypeVlan || type == kTypeServiceVlan) {
      if (!header(type == kTypeVlan ? std::span<const Spec>(kVlan) : kServiceVlan)) return;
      type = word(at_ - 2);
    }
    if (type == kTypeArp) {
      if (header(kArp)) end_ = at_;
    } else if (type == kTypeIpv4) {
      ipv4();
    } else if (type == kTypeIpv6) {
      ipv6();
    }
  }

  void ipv4() {
    const size_t start = at_;
    if (!header(kIpv4)) return;
    const size_t length = (frame_[start] & 15u) * 4;
    const size_t total = word(start + 2);
    if (total >= at_ - start) end_ = std::min(end_, start + total);
    bytes("ip.options", start + length);
    const bool later_fragment = (word(start + 6) & 0x1fff) != 0;
    if (!later_fragment) transport(frame_[start + 9]);
  }

  void ipv6() {
    const size_t start = at_;
    if (!header(kIpv6)) return;
    end_ = std::min(end_, at_ + word(start + 4));
    uint8_t next = frame_[start + 6];
    for (;;) {
      const size_t extension = at_;
      if (next == kFragmentProto) {
        if (!header(kFragment)) return;
        if ((word(extension + 2) & 0xfff8) != 0) return;
      } else if (next == kHopByHopProto || next == kRoutingProto || next == kDestinationProto) {
        if (!header(next == kHopByHopProto  ? std::span<const Spec>(kHopByHop)
                    : next == kRoutingProto ? kRouting
                                            : kDestination)) {
          return;
        }
        bytes("ipv6.ext.data", extension + 8 * (size_t{frame_[extension + 1]} + 1));
      } else {
        break;
      }
      next = frame_[extension];
    }
    transport(next);
  }

  void transport(uint8_t protocol) {
    const size_t start = at_;
    if (protocol == kTcpProto) {
      if (!header(kTcp)) return;
      bytes("tcp.options", start + (frame_[start + 12] >> 4) * size_t{4});
      rest("tcp.payload");
    } else if (protocol == kUdpProto) {
      if (!header(kUdp)) return;
      if (word(start + 2) == kVxlanPort && header(kVxlan)) return ethernet();
      rest("udp.payload");
    } else if (protocol == kIcmpProto) {
      if (!header(kIcmp)) return;
      if (frame_[start] == 0 || frame_[start] == 8) header(kIcmpEcho);
      rest("icmp.data");
    } else if (protocol == kIcmpv6Proto) {
      if (!header(kIcmpv6)) return;
      if (frame_[start] == 128 || frame_[start] == 129) header(kIcmpv6Echo);
      rest("icmpv6.data");
    }
  }

  std::span<const uint8_t> frame_;
  std::vector<FrameField> fields_;
  size_t at_ = 0;
  size_t end_;  // of the packet; what lies behind it is padding
};

// Up to 64 bits.
uint64_t bits_at(std::span<const uint8_t> frame, uint32_t bit, uint32_t bits) {
  uint64_t value = 0;
  for (uint32_t i = bit; i < bit + bits; ++i)
    value = value << 1 | (frame[i / 8] >> (7 - i % 8) & 1);
  return value;
}

}  // namespace

std::vector<FrameField> dissect(std::span<const uint8_t> frame) { return Dissector(frame).run(); }

std::string field_text(const FrameField& field, std::span<const uint8_t> frame) {
  if (8 * frame.size() < size_t{field.bit} + field.bits) return "nothing";
  const uint8_t* at = frame.data() + field.bit / 8;
  switch (field.form) {
    case Form::kDecimal:
      return fmt::format("{}", bits_at(frame, field.bit, field.bits));
    case Form::kHex:
      return fmt::format("0x{:0{}x}", bits_at(frame, field.bit, field.bits),
                         (field.bits + 7) / 8 * 2);
    case Form::kMac:
      return fmt::format("{:02x}", fmt::join(at, at + 6, ":"));
    case Form::kIpv4:
      return fmt::format("{}", fmt::join(at, at + 4, "."));
    case Form::kIpv6: {
      char text[INET6_ADDRSTRLEN] = "";
      inet_ntop(AF_INET6, at, text, sizeof text);
      return text;
    }
    case Form::kBytes:
      break;
  }
  constexpr uint32_t kShown = 16;
  const uint32_t n = std::min(field.bits / 8, kShown);
  return fmt::format("{:02x}{}", fmt::join(at, at + n, ""), n < field.bits / 8 ? "..." : "");
}

bool is_field_name(std::string_view name) {
  if (std::find(std::begin(kRests), std::end(kRests), name) != std::end(kRests)) return true;
  return std::any_of(std::begin(kHeaders), std::end(kHeaders), [&](std::span<const Spec> header) {
    return std::any_of(header.begin(), header.end(), [&](const Spec& s) { return name == s.name; });
  });
}

}  // namespace fp::io
