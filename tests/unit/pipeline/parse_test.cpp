// SPDX-License-Identifier: Apache-2.0
//
// The default program on real frames: every header and every field that people see. Expected values
// were written by hand from the RFCs beside the bytes.
#include <gtest/gtest.h>

#include "contract/reasons.hpp"
#include "firmware/linux/pipeline/program.hpp"
#include "tests/unit/pipeline/image_view.hpp"

namespace fp::pipeline {
namespace {

using test::hex;
using Names = std::vector<std::string>;

class Mesh : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    program_ =
        new Program(load_program(FP_SOURCE_DIR "/firmware/linux/pipeline/programs/mesh.yaml"));
    image_ = new Image(compile(*program_, {}));
  }
  static void TearDownTestSuite() {
    delete image_;
    delete program_;
  }

  void parse(const std::string& frame) { parse(hex(frame)); }
  void parse(const std::vector<uint8_t>& bytes) {
    parsed_ = view_.parsed(bytes);
    fields_ = view_.fields(parsed_);
    headers_ = view_.headers(parsed_);
  }
  // The only value, or all of them joined by a comma.
  std::string field(const std::string& name) const {
    std::string out;
    for (const std::string& v : fields_.at(name)) out += (out.empty() ? "" : ",") + v;
    return out;
  }
  void expect_exception(rmt::Verdict verdict, Reason reason) {
    ASSERT_TRUE(parsed_.exc);
    EXPECT_EQ(parsed_.exc->verdict, verdict);
    EXPECT_EQ(parsed_.exc->reason, static_cast<uint8_t>(reason));
  }

  static Program* program_;
  static Image* image_;
  test::ImageView view_{*image_};
  rmt::test::Parsed parsed_;
  std::map<std::string, std::vector<std::string>> fields_;
  Names headers_;
};

Program* Mesh::program_ = nullptr;
Image* Mesh::image_ = nullptr;

const std::string kMacs = "001122334455 66778899aabb ";
const std::string kIp =  // RFC 791: version 4, 20 bytes, don't fragment, TTL 64
    "45 b8 0028 1234 4000 40 06 beef 0a000001 c0a80002 ";
const std::string kTcp =  // RFC 9293: SYN, ACK, PSH and the NS bit of old
    "1f90 0050 01020304 05060708 51 1a ffee abcd 0f0f ";
const std::string kIp6 =  // RFC 8200; next header follows by hand
    "6b9 12345 0040 ";
const std::string kAddrs6 = "20010db8000000000000000000000001 fe80000000000000020000fffe000002 ";

TEST_F(Mesh, Ipv4AndTcp) {
  parse(kMacs + "0800" + kIp + kTcp + "000000000000");
  EXPECT_EQ(headers_, (Names{"ethernet", "ipv4", "tcp"}));
  EXPECT_FALSE(parsed_.exc);
  const std::map<std::string, std::vector<std::string>> expected = {
      {"eth.dst", {"001122334455"}}, {"eth.src", {"66778899aabb"}},
      {"ip.version", {"4"}},         {"ip.dsfield", {"b8"}},
      {"ip.len", {"0028"}},          {"ip.id", {"1234"}},
      {"ip.flags.rb", {"0"}},        {"ip.flags.df", {"1"}},
      {"ip.flags.mf", {"0"}},        {"ip.ttl", {"40"}},
      {"ip.proto", {"06"}},          {"ip.checksum", {"beef"}},
      {"ip.src", {"0a000001"}},      {"ip.dst", {"c0a80002"}},
      {"tcp.srcport", {"1f90"}},     {"tcp.dstport", {"0050"}},
      {"tcp.seq_raw", {"01020304"}}, {"tcp.ack_raw", {"05060708"}},
      {"tcp.flags", {"11a"}},        {"tcp.window_size_value", {"ffee"}},
      {"tcp.checksum", {"abcd"}},    {"tcp.urgent_pointer", {"0f0f"}}};
  EXPECT_EQ(fields_, expected);
}

TEST_F(Mesh, OneVlanTag) {
  parse(kMacs + "8100 b123 0800" + kIp + kTcp);
  EXPECT_EQ(headers_, (Names{"ethernet", "vlan0", "ipv4", "tcp"}));
  EXPECT_EQ(field("vlan.priority"), "5");
  EXPECT_EQ(field("vlan.dei"), "1");
  EXPECT_EQ(field("vlan.id"), "123");
  EXPECT_EQ(field("ip.dst"), "c0a80002");
}

TEST_F(Mesh, TwoTagsOfEitherKind) {
  parse(kMacs + "88a8 6fff 8100 4002 0800" + kIp + kTcp);
  EXPECT_EQ(headers_, (Names{"ethernet", "svlan0", "vlan0", "ipv4", "tcp"}));
  EXPECT_EQ(field("ieee8021ad.priority"), "3");
  EXPECT_EQ(field("ieee8021ad.dei"), "0");
  EXPECT_EQ(field("ieee8021ad.id"), "fff");
  EXPECT_EQ(field("vlan.id"), "002");
  parse(kMacs + "8100 6fff 8100 4002 0800" + kIp + kTcp);
  EXPECT_EQ(headers_, (Names{"ethernet", "vlan0", "vlan1", "ipv4", "tcp"}));
  EXPECT_EQ(field("vlan.id"), "fff,002");
  EXPECT_EQ(field("tcp.dstport"), "0050");
}

TEST_F(Mesh, Ipv4OptionsAreSkipped) {
  for (int words = 0; words <= 10; ++words) {
    std::string options;
    for (int i = 0; i < words; ++i) options += "01010100";
    const char ihl = "56789abcdef"[words];
    parse(kMacs + "0800 4" + ihl + kIp.substr(2) + options + kTcp);
    EXPECT_EQ(headers_, (Names{"ethernet", "ipv4", "tcp"}));
    EXPECT_EQ(field("tcp.srcport"), "1f90") << words;
    EXPECT_EQ(field("tcp.urgent_pointer"), "0f0f");
  }
}

TEST_F(Mesh, ShortIhlIsAHeaderError) {
  for (const char ihl : {'0', '1', '2', '3', '4'}) {
    parse(kMacs + "0800 4" + ihl + kIp.substr(2) + kTcp);
    expect_exception(rmt::Verdict::kDrop, Reason::kHeaderError);
  }
}

TEST_F(Mesh, FragmentsGoSlow) {
  const auto with_frag = [&](const std::string& frag) {
    std::string ip = kIp;
    ip.replace(ip.find("4000"), 4, frag);
    parse(kMacs + "0800" + ip + kTcp);
  };
  with_frag("2000");  // more fragments
  expect_exception(rmt::Verdict::kSlow, Reason::kFragment);
  with_frag("0001");  // smallest offset
  expect_exception(rmt::Verdict::kSlow, Reason::kFragment);
  with_frag("1fff");  // largest offset
  expect_exception(rmt::Verdict::kSlow, Reason::kFragment);
  with_frag("c000");  // reserved bit and DF: no fragment
  EXPECT_FALSE(parsed_.exc);
  parse(kMacs + "86dd" + kIp6 + "2c 40" + kAddrs6 + "0600 0001 00000001" + kTcp);
  EXPECT_EQ(headers_, (Names{"ethernet", "ipv6", "ipv6_frag"}));
  expect_exception(rmt::Verdict::kSlow, Reason::kFragment);
}

TEST_F(Mesh, Ipv6WithExtensionHeaders) {
  // Hop-by-hop of 8 bytes, routing of 24, destination options of 16, then TCP.
  const std::string ext = "2b00 0104 00000000 " + std::string("3c02 0000 00000000 ") +
                          "0000000000000000 0000000000000000 " +
                          "0601 010a 00000000 00000000 00000000 ";
  parse(kMacs + "86dd" + kIp6 + "00 3f" + kAddrs6 + ext + kTcp);
  EXPECT_FALSE(parsed_.exc);
  EXPECT_EQ(headers_, (Names{"ethernet", "ipv6", "ipv6_ext", "tcp"}));
  EXPECT_EQ(field("ipv6.version"), "6");
  EXPECT_EQ(field("ipv6.tclass"), "b9");
  EXPECT_EQ(field("ipv6.flow"), "12345");
  EXPECT_EQ(field("ipv6.plen"), "0040");
  EXPECT_EQ(field("ipv6.nxt"), "00");
  EXPECT_EQ(field("ipv6.hlim"), "3f");
  EXPECT_EQ(field("ipv6.src"), "20010db8000000000000000000000001");
  EXPECT_EQ(field("ipv6.dst"), "fe80000000000000020000fffe000002");
  EXPECT_EQ(field("tcp.seq_raw"), "01020304");
}

TEST_F(Mesh, UdpIcmpAndIcmpv6) {
  std::string udp = kIp;
  udp.replace(udp.find("06 beef"), 2, "11");
  parse(kMacs + "0800" + udp + "0035 0036 0010 1111");
  EXPECT_EQ(headers_, (Names{"ethernet", "ipv4", "udp"}));
  EXPECT_EQ(field("udp.srcport"), "0035");
  EXPECT_EQ(field("udp.dstport"), "0036");
  EXPECT_EQ(field("udp.length"), "0010");
  EXPECT_EQ(field("udp.checksum"), "1111");
  std::string icmp = kIp;
  icmp.replace(icmp.find("06 beef"), 2, "01");
  parse(kMacs + "0800" + icmp + "08 00 2222");
  EXPECT_EQ(headers_, (Names{"ethernet", "ipv4", "icmp"}));
  EXPECT_EQ(field("icmp.type"), "08");
  EXPECT_EQ(field("icmp.checksum"), "2222");
  parse(kMacs + "86dd" + kIp6 + "3a ff" + kAddrs6 + "87 00 3333");
  EXPECT_EQ(headers_, (Names{"ethernet", "ipv6", "icmpv6"}));
  EXPECT_EQ(field("icmpv6.type"), "87");
  EXPECT_EQ(field("icmpv6.checksum"), "3333");
}

TEST_F(Mesh, Arp) {
  parse(kMacs + "0806 0001 0800 06 04 0002 66778899aabb 0a000001 001122334455 0a000002");
  EXPECT_EQ(headers_, (Names{"ethernet", "arp"}));
  EXPECT_EQ(field("arp.opcode"), "0002");
  EXPECT_EQ(field("arp.src.hw_mac"), "66778899aabb");
  EXPECT_EQ(field("arp.src.proto_ipv4"), "0a000001");
  EXPECT_EQ(field("arp.dst.hw_mac"), "001122334455");
  EXPECT_EQ(field("arp.dst.proto_ipv4"), "0a000002");
}

TEST_F(Mesh, VxlanShowsBothFramesWithoutMixingThem) {
  const std::string inner = "aabbccddeeff 112233445566 ";
  const std::string outer_udp = "c000 12b5 0080 0000 ";
  const std::string vxlan = "0800 0000 abcdef 00 ";
  std::string outer = kIp;
  outer.replace(outer.find("06 beef"), 2, "11");
  parse(kMacs + "0800" + outer + outer_udp + vxlan + inner +
        "0800 47 00 0030 0001 0000 01 06 0101 "
        "0b000001 0b000002 9404000094040000" +
        kTcp);
  EXPECT_FALSE(parsed_.exc);
  EXPECT_EQ(headers_, (Names{"ethernet", "ipv4", "udp", "vxlan", "inner_ethernet", "inner_ipv4",
                             "inner_tcp"}));
  EXPECT_EQ(field("eth.dst"), "001122334455,aabbccddeeff");
  EXPECT_EQ(field("eth.src"), "66778899aabb,112233445566");
  EXPECT_EQ(field("ip.src"), "0a000001,0b000001");
  EXPECT_EQ(field("ip.dst"), "c0a80002,0b000002");
  EXPECT_EQ(field("ip.ttl"), "40,01");
  EXPECT_EQ(field("udp.dstport"), "12b5");
  EXPECT_EQ(field("vxlan.vni"), "abcdef");
  EXPECT_EQ(field("vxlan.flags"), "0800");
  EXPECT_EQ(field("tcp.dstport"), "0050");
  // IPv6 in IPv6 underlay is the longest there is: 14 + 40 + 8 + 8 + 14 + 40 + 20 bytes.
  parse(kMacs + "86dd" + kIp6 + "11 40" + kAddrs6 + outer_udp + vxlan + inner + "86dd" + kIp6 +
        "06 01" + kAddrs6 + kTcp);
  EXPECT_EQ(headers_, (Names{"ethernet", "ipv6", "udp", "vxlan", "inner_ethernet", "inner_ipv6",
                             "inner_tcp"}));
  EXPECT_EQ(field("ipv6.hlim"), "40,01");
  EXPECT_EQ(field("ipv6.dst"), "fe80000000000000020000fffe000002,fe80000000000000020000fffe000002");
}

TEST_F(Mesh, EveryCutIsToldFromAWholeFrame) {
  const std::vector<uint8_t> frame = hex(kMacs + "8100 0001 0800" + kIp + kTcp);
  // Ends of ethernet, tag, IPv4, TCP: between them a header is cut.
  for (size_t length = 1; length <= frame.size(); ++length) {
    parse(std::vector<uint8_t>(frame.begin(), frame.begin() + static_cast<long>(length)));
    if (length == frame.size()) {
      EXPECT_FALSE(parsed_.exc);
    } else {
      expect_exception(rmt::Verdict::kDrop, Reason::kParserTruncated);
    }
  }
}

TEST_F(Mesh, MoreHeadersThanStepsGoSlow) {
  const auto chain = [&](int extensions) {
    std::string ext;
    for (int i = 0; i < extensions; ++i) {
      ext += (i + 1 == extensions ? "06" : "3c") + std::string("00 0104 00000000 ");
    }
    parse(kMacs + "86dd" + kIp6 + "3c 40" + kAddrs6 + ext + kTcp);
  };
  chain(13);  // ethernet, ipv6, 13, tcp: 16 steps
  EXPECT_FALSE(parsed_.exc);
  EXPECT_EQ(headers_.back(), "tcp");
  chain(14);
  expect_exception(rmt::Verdict::kSlow, Reason::kParserDepth);
}

TEST_F(Mesh, UnknownTypesAreAcceptedAsTheyAre) {
  parse(kMacs + "88cc 0207 0400 0000 0000");
  EXPECT_EQ(headers_, (Names{"ethernet"}));
  EXPECT_FALSE(parsed_.exc);
  // 802.3 length instead of a type.
  parse(kMacs + "0026 42 42 03");
  EXPECT_EQ(headers_, (Names{"ethernet"}));
}

}  // namespace
}  // namespace fp::pipeline
