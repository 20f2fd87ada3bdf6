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

TEST(NetworkConfig, ListsReferToEachOther) {
  const NetworkConfig c =
      load_network_config(std::string(FP_SOURCE_DIR) + "/tests/data/network.yaml");
  ASSERT_EQ(c.vlans.size(), 2u);
  EXPECT_EQ(c.vlans[0].members, (std::vector<Member>{{2, false, 0}, {3, true, 0}}));
  EXPECT_EQ(c.vlans[1].members, (std::vector<Member>{{3, true, 200}}));
  EXPECT_EQ(c.vlans[0].stations[2].at, Station::At::kTunnel);
  EXPECT_EQ(c.vlans[1].stations[1].at, Station::At::kVf);
  ASSERT_EQ(c.interfaces.size(), 2u);
  EXPECT_EQ(c.interfaces[0].addresses.size(), 2u);
  EXPECT_EQ(to_string(c.interfaces[0].addresses[1].network.address), "2001:db8:10::");
  EXPECT_EQ(c.neighbours[2].interface, 1u);
  EXPECT_EQ(c.routes[1].neighbour, 0u);
  EXPECT_EQ(c.acl[1].meter, 0u);
  EXPECT_EQ(c.acl[1].to_ports, (PortRange{5000, 5999}));
  EXPECT_EQ(c.meters[0].pir, 20'000'000u);
  EXPECT_EQ(c.meters[0].cbs, 16384u);
  EXPECT_EQ(c.vips[0].endpoints[0].port, 8080);
  EXPECT_EQ(to_string(c.tunnels[0].next_hop), "02:00:00:00:00:02");
}

TEST(NetworkConfig, VlanPortsLeaveTheDefaultPairs) {
  EXPECT_EQ(parse("vlans: [{id: 1, untagged: [p1]}]").pairs,
            (std::vector<std::pair<uint8_t, uint8_t>>{{2, 3}}));
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
             "ports, l2, vlans, addresses, neighbours, routes, acl, vips, nat, tunnels, meters, "
             "streams"},
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
        Case{"vlans: [{id: 0, tagged: [p0]}]",
             "n.yaml:1: vlans[0].id: found 0, expected a VLAN id from 1 to 4094"},
        Case{"vlans: [{id: 7}]",
             "n.yaml:1: vlans[0]: found a map, expected at least one port or tunnel"},
        Case{"vlans: [{id: 7, untagged: [p0], tagged: [p0]}]",
             "n.yaml:1: vlans[0].tagged[0]: found a second p0, expected each port once a VLAN"},
        Case{"vlans:\n- {id: 7, untagged: [p0]}\n- {id: 8, untagged: [p0]}",
             "n.yaml:3: vlans[1].untagged[0]: found a second p0 untagged, expected each port "
             "untagged in at most one VLAN"},
        Case{"vlans: [{id: 7, untagged: [p0]}]\nl2: {pairs: [[p0, p1]]}",
             "n.yaml:2: l2.pairs[0][0]: found p0 of a VLAN, expected a port in no VLAN"},
        Case{"vlans: [{id: 7, untagged: [p0], stations: [{mac: \"01:00:00:00:00:01\", port: p0}]}]",
             "n.yaml:1: vlans[0].stations[0].mac: found 01:00:00:00:00:01, expected a unicast MAC "
             "address such as 02:00:00:00:00:01"},
        Case{"vlans: [{id: 7, untagged: [p0], stations: [{mac: \"02:00:00:00:00:01\", port: p1}]}]",
             "n.yaml:1: vlans[0].stations[0].port: found p1, expected a port of this VLAN"},
        Case{"addresses: [{vlan: 3, mac: \"02:00:00:00:00:01\", address: 10.0.0.1/8}]",
             "n.yaml:1: addresses[0].vlan: found 3, expected the id of a VLAN"},
        Case{"neighbours: [{address: 10.0.0.1, mac: \"02:00:00:00:00:01\"}]",
             "n.yaml:1: neighbours[0].address: found 10.0.0.1, expected an address in a network of "
             "`addresses`"},
        Case{"routes: [{prefix: 10.0.0.1/8, via: 10.0.0.1}]",
             "n.yaml:1: routes[0].prefix: found 10.0.0.1/8, expected no bits behind the prefix"},
        Case{"routes: [{prefix: 10.0.0.0/33, via: 10.0.0.1}]",
             "n.yaml:1: routes[0].prefix: found 10.0.0.0/33, expected a prefix such as 10.0.0.0/8"},
        Case{"routes: [{prefix: 10.0.0.0/8, via: 10.0.0.1}]",
             "n.yaml:1: routes[0].via: found 10.0.0.1, expected an address listed in neighbours"},
        Case{"acl: [{action: allow}]",
             "n.yaml:1: acl[0].action: found allow, expected permit or "
             "deny"},
        Case{"acl: [{action: deny, to_ports: 80}]",
             "n.yaml:1: acl[0].to_ports: found ports without protocol tcp or udp, expected one of "
             "them"},
        Case{"acl: [{action: deny, protocol: tcp, to_ports: 80-70}]",
             "n.yaml:1: acl[0].to_ports: found 80-70, expected a port, or a range such as "
             "1000-1999"},
        Case{"acl: [{action: deny, from: 10.0.0.0/8, to: \"2001:db8::/32\"}]",
             "n.yaml:1: acl[0].to: found 2001:db8::/32, expected one address family in a rule"},
        Case{"acl: [{action: permit, meter: gold}]",
             "n.yaml:1: acl[0].meter: found gold, expected the name of a meter"},
        Case{"acl: [{action: permit, queue: 4}]",
             "n.yaml:1: acl[0].queue: found 4, expected a number up to 3"},
        Case{"meters: [{name: a, cir: 2Mbit, pir: 1Mbit, cbs: 1500, pbs: 1500}]",
             "n.yaml:1: meters[0].pir: found 1Mbit, expected a rate not below cir (RFC 2698 "
             "section 2)"},
        Case{"meters: [{name: a, cir: fast, pir: 1Mbit, cbs: 1500, pbs: 1500}]",
             "n.yaml:1: meters[0].cir: found fast, expected a rate such as 10Mbit or 1.5Gbit"},
        Case{"vips: [{address: 10.0.0.1, port: 80, endpoints: []}]",
             "n.yaml:1: vips[0].endpoints: found a list of 0, expected 1 to 16 endpoints"},
        Case{"vips: [{address: \"2001:db8::1\", port: 80, endpoints: [{address: \"2001:db8::2\", "
             "port: "
             "81}]}]",
             "n.yaml:1: vips[0].endpoints[0].port: found 81, expected 80: an entry's action data "
             "holds an IPv6 address and no port"},
        Case{"nat: [{inside: 10.0.0.1, outside: \"2001:db8::1\"}]",
             "n.yaml:1: nat[0].outside: found 2001:db8::1, expected the family of inside"},
        Case{"tunnels: [{name: a, vni: 16777216}]",
             "n.yaml:1: tunnels[0].vni: found 16777216, expected a number up to 16777215"},
        Case{"tunnels: [{name: a, vni: 1, local: 10.0.0.1, remote: 10.0.0.2, port: p0, source: "
             "\"02:00:00:00:00:01\", next_hop: \"02:00:00:00:00:02\"}]",
             "n.yaml:1: tunnels[0]: found a tunnel of no VLAN, expected it in one VLAN's tunnels"},
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
