// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/network/network_config.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace fp::network {
namespace {

using config::Yaml;

constexpr const char* kPortNames = "one of p0, p1, p2, p3";

uint8_t read_port(const Yaml& node) {
  const std::string name = node.text();
  if (name.size() == 2 && name[0] == 'p' && name[1] >= '0' && name[1] < '0' + kNumPorts) {
    return static_cast<uint8_t>(name[1] - '0');
  }
  node.expected(kPortNames);
}

std::vector<uint8_t> read_ports(const Yaml& node) {
  std::vector<uint8_t> ports;
  for (const Yaml& item : node.items()) {
    const uint8_t port = read_port(item);
    if (std::find(ports.begin(), ports.end(), port) != ports.end()) {
      item.fail("a second " + port_name(port), "each port once");
    }
    ports.push_back(port);
  }
  if (ports.empty()) node.expected("at least one port");
  std::sort(ports.begin(), ports.end());
  return ports;
}

std::vector<std::pair<uint8_t, uint8_t>> read_pairs(const Yaml& node,
                                                    const std::vector<uint8_t>& ports) {
  std::vector<std::pair<uint8_t, uint8_t>> pairs;
  std::vector<uint8_t> used;
  for (const Yaml& item : node.items()) {
    const std::vector<Yaml> ends = item.items();
    if (ends.size() != 2) item.expected("two ports");
    std::array<uint8_t, 2> pair{};
    for (size_t i = 0; i < 2; ++i) {
      pair[i] = read_port(ends[i]);
      if (std::find(ports.begin(), ports.end(), pair[i]) == ports.end()) {
        ends[i].expected("a port listed in ports");
      }
      if (std::find(used.begin(), used.end(), pair[i]) != used.end()) {
        ends[i].fail("a second " + port_name(pair[i]), "each port in at most one pair");
      }
      used.push_back(pair[i]);
    }
    pairs.emplace_back(pair[0], pair[1]);
  }
  return pairs;
}

IpAddress read_address(const Yaml& node) {
  const std::string text = node.text();
  IpAddress address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) return address;
  address.v6 = true;
  if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) return address;
  node.expected("an IPv4 or IPv6 address");
}

// Addresses nobody can be reached at would make a stream that never serves.
void check_unicast(const Yaml& node, const IpAddress& a) {
  const bool zero = std::all_of(a.bytes.begin(), a.bytes.end(), [](uint8_t b) { return b == 0; });
  const bool multicast = a.v6 ? a.bytes[0] == 0xff : a.bytes[0] >= 224;
  if (zero || multicast) node.expected("a unicast address");
}

Stream read_stream(const Yaml& node) {
  node.allow_keys({"address", "port", "service"});
  Stream stream;
  const Yaml address = node.at("address");
  stream.address = read_address(address);
  check_unicast(address, stream.address);
  const Yaml port = node.at("port");
  stream.port = static_cast<uint16_t>(port.number(UINT16_MAX));
  if (stream.port == 0) port.expected("a number from 1 to 65535");
  const Yaml service = node.at("service");
  if (service.text() != "echo") service.expected("echo");
  return stream;
}

std::vector<Stream> read_streams(const Yaml& node) {
  std::vector<Stream> streams;
  for (const Yaml& item : node.items()) {
    const Stream stream = read_stream(item);
    for (const Stream& other : streams) {
      if (other.address == stream.address && other.port == stream.port) {
        item.fail("a second " + to_string(stream.address) + " port " + std::to_string(stream.port),
                  "each address and port once");
      }
    }
    streams.push_back(stream);
  }
  return streams;
}

NetworkConfig read_config(const Yaml& root) {
  root.allow_keys({"ports", "l2", "streams"});
  NetworkConfig config = default_network_config();
  if (root.has("ports")) {
    config.ports = read_ports(root.at("ports"));
    const auto listed = [&](uint8_t p) {
      return std::find(config.ports.begin(), config.ports.end(), p) != config.ports.end();
    };
    std::erase_if(config.pairs,
                  [&](const auto& p) { return !listed(p.first) || !listed(p.second); });
  }
  if (root.has("l2")) {
    const Yaml l2 = root.at("l2");
    l2.allow_keys({"pairs"});
    config.pairs = read_pairs(l2.at("pairs"), config.ports);
  }
  if (root.has("streams")) config.streams = read_streams(root.at("streams"));
  return config;
}

}  // namespace

NetworkConfig default_network_config() {
  return NetworkConfig{.ports = {0, 1, 2, 3}, .pairs = {{0, 1}, {2, 3}}, .streams = {}};
}

NetworkConfig load_network_config(const std::string& file) {
  return read_config(Yaml::load_file(file));
}

NetworkConfig parse_network_config(const std::string& text, const std::string& name) {
  return read_config(Yaml::load_text(text, name));
}

std::string to_string(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), text, sizeof text);
  return text;
}

std::string port_name(uint8_t port) { return "p" + std::to_string(port); }

}  // namespace fp::network
