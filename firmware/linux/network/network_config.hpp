// SPDX-License-Identifier: Apache-2.0
//
// What network.yaml says (docs/network-yaml.md): which ports exist, how they are joined at layer 2
// and which TCP destinations the DPU serves. A plain value; firmware/linux/pipeline turns it into
// tables.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "firmware/linux/common/yaml.hpp"

namespace fp::network {

// Number of MAC ports a configuration may name: p0 to p3 (common.port_id).
inline constexpr uint8_t kNumPorts = 4;

struct IpAddress {
  bool v6 = false;
  std::array<uint8_t, 16> bytes{};  // network order; IPv4 in the first four, the rest 0
  bool operator==(const IpAddress&) const = default;
};

// What answers behind a stream. Echo sends every message back.
enum class Service : uint8_t { kEcho };

// A TCP destination that leaves the L2 path and is terminated by the DPU.
struct Stream {
  IpAddress address;
  uint16_t port = 0;  // 1..65535
  Service service = Service::kEcho;
  bool operator==(const Stream&) const = default;
};

// Valid by construction: ports distinct, pairs of two listed ports and no port in two of them,
// streams with distinct {address, port}.
struct NetworkConfig {
  std::vector<uint8_t> ports;                      // common.port_id, ascending
  std::vector<std::pair<uint8_t, uint8_t>> pairs;  // frames of one leave by the other, both ways
  std::vector<Stream> streams;
  bool operator==(const NetworkConfig&) const = default;
};

// Four ports, p0 <-> p1 and p2 <-> p3, no streams.
NetworkConfig default_network_config();

// Reads a file. A key left out keeps its default; without `l2`, the default pairs whose two ports
// are listed. Throws config::InputError, "FILE:LINE: PATH: found X, expected Y".
NetworkConfig load_network_config(const std::string& file);

// The same for text in memory; `name` stands for the file in messages.
NetworkConfig parse_network_config(const std::string& text, const std::string& name);

// "10.0.0.2" or "2001:db8::2", RFC 5952.
std::string to_string(const IpAddress& address);
// "p0".
std::string port_name(uint8_t port);

}  // namespace fp::network
