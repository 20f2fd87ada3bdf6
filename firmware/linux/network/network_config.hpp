// SPDX-License-Identifier: Apache-2.0
//
// What network.yaml says (docs/network-yaml.md): which ports exist, how they are joined at layers 2
// and 3, what is let through, translated, tunnelled and metered, and which TCP destinations the DPU
// serves. Plain values; lower.hpp turns them into tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "firmware/linux/network/values.hpp"

namespace fp::network {

// What answers behind a stream. Echo sends every message back.
enum class Service : uint8_t { kEcho };

// A TCP destination that leaves the L2 path and is terminated by the DPU.
struct Stream {
  IpAddress address;
  uint16_t port = 0;  // 1..65535
  Service service = Service::kEcho;
  bool operator==(const Stream&) const = default;
};

// A port's part in a VLAN: untagged, with a C-tag of the VLAN's id, or with an S-tag before it.
struct Member {
  uint8_t port = 0;
  bool tagged = false;
  uint16_t outer = 0;  // S-tag (IEEE 802.1ad), 0 for none
  bool operator==(const Member&) const = default;
};

// Where a station is reached: behind a member port, a tunnel, or inside the DPU.
struct Station {
  Mac mac{};
  enum class At { kPort, kTunnel, kVf, kCpu } at = At::kPort;
  size_t index = 0;   // of Vlan::members, or of NetworkConfig::tunnels
  std::string where;  // "stations[0]" with its path, for messages
  bool operator==(const Station&) const = default;
};

// A broadcast domain.
struct Vlan {
  uint16_t id = 0;
  std::vector<Member> members;    // one a port
  std::vector<size_t> tunnels;    // of NetworkConfig::tunnels; each in one VLAN
  std::vector<Station> stations;  // distinct addresses
  bool operator==(const Vlan&) const = default;
};

// The router's interface in a VLAN.
struct Interface {
  size_t vlan = 0;  // of NetworkConfig::vlans; each at most once
  Mac mac{};
  std::vector<InterfaceAddress> addresses;  // at least one
  bool operator==(const Interface&) const = default;
};

struct Neighbour {
  size_t interface = 0;  // of NetworkConfig::interfaces, whose networks contain the address
  IpAddress address;
  Mac mac{};
  bool operator==(const Neighbour&) const = default;
};

struct Route {
  Prefix prefix;
  size_t neighbour = 0;  // of NetworkConfig::neighbours
  bool operator==(const Route&) const = default;
};

struct Meter {
  std::string name;
  uint64_t cir = 0, pir = 0;  // bits a second, cir <= pir
  uint32_t cbs = 0, pbs = 0;  // bytes
  bool operator==(const Meter&) const = default;
};

// A rule of the access list; the first that holds decides. What is absent matches everything.
struct AclRule {
  bool permit = true;
  std::optional<uint8_t> in;        // source port
  std::optional<bool> v6;           // family; follows from prefixes and protocols
  std::optional<uint8_t> protocol;  // IANA number
  std::optional<Prefix> from, to;
  PortRange from_ports, to_ports;  // of TCP and UDP
  uint8_t queue = 0;               // egress queue, 0..3
  std::optional<size_t> meter;     // of NetworkConfig::meters
  bool operator==(const AclRule&) const = default;
};

// A service address in front of endpoints; answers carry the service address again.
struct Vip {
  struct Endpoint {
    IpAddress address;
    uint16_t port = 0;
    bool operator==(const Endpoint&) const = default;
  };
  IpAddress address;
  uint16_t port = 0;
  uint8_t protocol = 6;             // TCP or UDP
  std::vector<Endpoint> endpoints;  // 1..16, chosen by flow hash
  bool operator==(const Vip&) const = default;
};

// One-to-one translation, both ways.
struct Nat {
  IpAddress inside, outside;  // one family
  bool operator==(const Nat&) const = default;
};

// A VXLAN tunnel (RFC 7348) over one port's untagged network, or a VLAN of it.
struct Tunnel {
  std::string name;
  uint32_t vni = 0;          // 24 bits
  IpAddress local, remote;   // one family
  uint8_t port = 0;          // outer frames leave here ...
  uint16_t tag = 0;          // ... with this C-tag, 0 for none
  Mac source{}, next_hop{};  // of the outer frame
  bool operator==(const Tunnel&) const = default;
};

// Valid by construction: every rule of docs/network-yaml.md holds.
struct NetworkConfig {
  std::vector<uint8_t> ports;                      // common.port_id, ascending
  std::vector<std::pair<uint8_t, uint8_t>> pairs;  // frames of one leave by the other, both ways
  std::vector<Vlan> vlans;
  std::vector<Interface> interfaces;
  std::vector<Neighbour> neighbours;
  std::vector<Route> routes;
  std::vector<AclRule> acl;
  std::vector<Vip> vips;
  std::vector<Nat> nat;
  std::vector<Tunnel> tunnels;
  std::vector<Meter> meters;
  std::vector<Stream> streams;
  bool operator==(const NetworkConfig&) const = default;
};

// Four ports, p0 <-> p1 and p2 <-> p3, nothing else.
NetworkConfig default_network_config();

// Reads a file. A key left out keeps its default; without `l2`, the default pairs whose two ports
// are listed and in no VLAN. Throws config::InputError, "FILE:LINE: PATH: found X, expected Y".
NetworkConfig load_network_config(const std::string& file);

// The same for text in memory; `name` stands for the file in messages.
NetworkConfig parse_network_config(const std::string& text, const std::string& name);

}  // namespace fp::network
