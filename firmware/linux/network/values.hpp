// SPDX-License-Identifier: Apache-2.0
//
// Values that network.yaml is made of: ports, addresses, prefixes, rates. Each reader takes one
// YAML node and throws config::InputError naming it.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "firmware/linux/common/yaml.hpp"

namespace fp::network {

// Number of MAC ports a configuration may name: p0 to p3 (common.port_id).
inline constexpr uint8_t kNumPorts = 4;

using Mac = std::array<uint8_t, 6>;  // wire order

struct IpAddress {
  bool v6 = false;
  std::array<uint8_t, 16> bytes{};  // network order; IPv4 in the first four, the rest 0
  bool operator==(const IpAddress&) const = default;

  unsigned bits() const { return v6 ? 128 : 32; }
};

struct Prefix {
  IpAddress address;   // bits behind the prefix are 0
  uint8_t length = 0;  // 0..32 or 0..128
  bool operator==(const Prefix&) const = default;

  bool contains(const IpAddress& a) const;
};

// An interface's own address together with the prefix of its network: 10.0.0.1/24.
struct InterfaceAddress {
  IpAddress address;
  Prefix network;
  bool operator==(const InterfaceAddress&) const = default;
};

struct PortRange {
  uint16_t first = 0;
  uint16_t last = 65535;  // inclusive
  bool operator==(const PortRange&) const = default;

  bool all() const { return first == 0 && last == 65535; }
};

uint8_t read_port(const config::Yaml& node);          // p0..p3 -> 0..3
uint16_t read_vlan(const config::Yaml& node);         // 1..4094 (IEEE 802.1Q)
uint16_t read_l4_port(const config::Yaml& node);      // 1..65535
PortRange read_port_range(const config::Yaml& node);  // 80 or 1000-1999
Mac read_unicast_mac(const config::Yaml& node);
IpAddress read_address(const config::Yaml& node);
IpAddress read_unicast(const config::Yaml& node);
Prefix read_prefix(const config::Yaml& node);  // 10.0.0.0/8; bits behind the prefix are refused
InterfaceAddress read_interface_address(const config::Yaml& node);
uint64_t read_rate(const config::Yaml& node);  // "10Mbit", "1.5Gbit": bits a second
uint32_t read_size(const config::Yaml& node);  // 1500, "64KiB", "1MiB": bytes

// "10.0.0.2" or "2001:db8::2", RFC 5952.
std::string to_string(const IpAddress& address);
std::string to_string(const Mac& mac);
// "p0".
std::string port_name(uint8_t port);

}  // namespace fp::network
