// SPDX-License-Identifier: Apache-2.0
//
// network.yaml: what is read, and that everything else is refused by line and path.
#include "firmware/linux/network/network_config.hpp"

#include <gtest/gtest.h>

namespace fp::network {
namespace {

NetworkConfig parse(const std::string& text) { return parse_network_config(text, "n.yaml"); }

std::string refusal(const std::string& text) {
  try {
    parse(text);
  } catch (const config::InputError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(NetworkConfig, DefaultJoinsTwoPairsAndServesNothing) {
  const NetworkConfig c = default_network_config();
  EXPECT_EQ(c.ports, (std::vector<uint8_t>{0, 1, 2, 3}));
  EXPECT_EQ(c.pairs, (std::vector<std::pair<uint8_t, uint8_t>>{{0, 1}, {2, 3}}));
  EXPECT_TRUE(c.streams.empty());
  EXPECT_EQ(parse("{}"), c);
}

TEST(NetworkConfig, TheCommentedExampleIsRead) {
  const NetworkConfig c =
      load_network_config(std::string(FP_SOURCE_DIR) + "/tests/data/network.yaml");
  ASSERT_EQ(c.streams.size(), 2u);
  EXPECT_EQ(to_string(c.streams[0].address), "10.0.0.2");
  EXPECT_FALSE(c.streams[0].address.v6);
  EXPECT_EQ(c.streams[0].port, 80);
  EXPECT_EQ(to_string(c.streams[1].address), "2001:db8::2");
  EXPECT_TRUE(c.streams[1].address.v6);
  EXPECT_EQ(c.streams[1].port, 8080);
}

TEST(NetworkConfig, UnlistedPortsLeaveTheDefaultPairs) {
  const NetworkConfig c = parse("ports: [p3, p0, p1]");
  EXPECT_EQ(c.ports, (std::vector<uint8_t>{0, 1, 3}));
  EXPECT_EQ(c.pairs, (std::vector<std::pair<uint8_t, uint8_t>>{{0, 1}}));
}

TEST(NetworkConfig, PairsMayCrossTheDefault) {
  EXPECT_EQ(parse("l2: {pairs: [[p0, p3]]}").pairs,
            (std::vector<std::pair<uint8_t, uint8_t>>{{0, 3}}));
  EXPECT_TRUE(parse("l2: {pairs: []}").pairs.empty());
}

struct Case {
  const char* text;
  const char* message;
};

class Refused : public testing::TestWithParam<Case> {};

TEST_P(Refused, WithLineAndPath) { EXPECT_EQ(refusal(GetParam().text), GetParam().message); }

INSTANTIATE_TEST_SUITE_P(
    NetworkConfig, Refused,
    testing::Values(
        Case{"ports: [p0]\nmesh: {}",
             "n.yaml:2: mesh: found an unknown field, expected one of "
             "ports, l2, streams"},
        Case{"ports: [p0]\nports: [p1]",
             "n.yaml:2: ports: found a second one, expected each key "
             "once"},
        Case{"ports: p0", "n.yaml:1: ports: found p0, expected a list"},
        Case{"ports: []", "n.yaml:1: ports: found a list of 0, expected at least one port"},
        Case{"ports:\n- p0\n- p4", "n.yaml:3: ports[1]: found p4, expected one of p0, p1, p2, p3"},
        Case{"ports: [p0, p0]", "n.yaml:1: ports[1]: found a second p0, expected each port once"},
        Case{"l2: {}", "n.yaml:1: l2.pairs: found nothing, expected a value"},
        Case{"l2: {pairs: [[p0]]}", "n.yaml:1: l2.pairs[0]: found a list of 1, expected two ports"},
        Case{"l2: {pairs: [[p0, p0]]}",
             "n.yaml:1: l2.pairs[0][1]: found a second p0, expected each port in at most one pair"},
        Case{"ports: [p0, p1]\nl2:\n  pairs:\n  - [p0, p2]",
             "n.yaml:4: l2.pairs[0][1]: found p2, expected a port listed in ports"},
        Case{"streams:\n- {address: 10.0.0.2, service: echo}",
             "n.yaml:2: streams[0].port: found nothing, expected a value"},
        Case{"streams:\n- {address: 10.0.0.2, port: 80, service: echo, tls: true}",
             "n.yaml:2: streams[0].tls: found an unknown field, expected one of address, port, "
             "service"},
        Case{"l2: {pairs: [], vlan: 1}",
             "n.yaml:1: l2.vlan: found an unknown field, expected one of pairs"},
        Case{"streams:\n- {address: 10.0.0, port: 80, service: echo}",
             "n.yaml:2: streams[0].address: found 10.0.0, expected an IPv4 or IPv6 address"},
        Case{"streams:\n- {address: 224.0.0.1, port: 80, service: echo}",
             "n.yaml:2: streams[0].address: found 224.0.0.1, expected a unicast address"},
        Case{"streams:\n- {address: \"::\", port: 80, service: echo}",
             "n.yaml:2: streams[0].address: found ::, expected a unicast address"},
        Case{"streams:\n- {address: 10.0.0.2, port: 0, service: echo}",
             "n.yaml:2: streams[0].port: found 0, expected a number from 1 to 65535"},
        Case{"streams:\n- {address: 10.0.0.2, port: 65536, service: echo}",
             "n.yaml:2: streams[0].port: found 65536, expected a number up to 65535"},
        Case{"streams:\n- {address: 10.0.0.2, port: http, service: echo}",
             "n.yaml:2: streams[0].port: found http, expected a number up to 65535"},
        Case{"streams:\n- {address: 10.0.0.2, port: 80, service: sink}",
             "n.yaml:2: streams[0].service: found sink, expected echo"},
        Case{"streams:\n- {address: 10.0.0.2, port: 80, service: echo}\n"
             "- {address: 10.0.0.2, port: 80, service: echo}",
             "n.yaml:3: streams[1]: found a second 10.0.0.2 port 80, expected each address and "
             "port once"},
        Case{"[p0]", "n.yaml:1: document: found a list of 1, expected a map"},
        Case{"", "n.yaml: file: found 0 documents, expected one YAML document"}));

TEST(NetworkConfig, BrokenYamlNamesItsLine) {
  EXPECT_EQ(refusal("ports: [p0\nl2: }").substr(0, 17), "n.yaml:2: syntax:");
}

TEST(NetworkConfig, AMissingFileIsNamed) {
  try {
    load_network_config("/nonexistent/n.yaml");
    FAIL();
  } catch (const config::InputError& e) {
    EXPECT_STREQ(e.what(),
                 "/nonexistent/n.yaml: file: found No such file or directory, expected a readable "
                 "YAML file");
  }
}

}  // namespace
}  // namespace fp::network
