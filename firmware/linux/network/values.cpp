// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/network/values.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string_view>

namespace fp::network {
namespace {

using config::Yaml;

std::optional<IpAddress> address_of(const std::string& text) {
  IpAddress address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) return address;
  address.v6 = true;
  if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

// A whole decimal number.
std::optional<unsigned> decimal(std::string_view text, unsigned max) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

IpAddress masked(IpAddress a, unsigned length) {
  for (unsigned bit = length; bit < 128; ++bit) {
    a.bytes[bit / 8] &= static_cast<uint8_t>(~(0x80u >> bit % 8));
  }
  return a;
}

struct Parts {
  IpAddress address;
  unsigned length;
};

Parts address_and_length(const Yaml& node, const char* example) {
  const std::string text = node.text();
  const size_t slash = text.find('/');
  if (slash == std::string::npos) node.expected(example);
  const auto address = address_of(text.substr(0, slash));
  if (!address) node.expected(example);
  const auto length = decimal(std::string_view(text).substr(slash + 1), address->bits());
  if (!length) node.expected(example);
  return {*address, *length};
}

bool is_unicast(const IpAddress& a) {
  const bool zero = std::all_of(a.bytes.begin(), a.bytes.end(), [](uint8_t b) { return b == 0; });
  return !zero && (a.v6 ? a.bytes[0] != 0xff : a.bytes[0] < 224);
}

// A number with one of `units` behind it, times the unit.
std::optional<double> scaled(const std::string& text,
                             std::initializer_list<std::pair<std::string_view, double>> units) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value) || value < 0) return std::nullopt;
  const std::string_view unit(end, text.data() + text.size());
  for (const auto& [name, factor] : units) {
    if (unit == name) return value * factor;
  }
  return std::nullopt;
}

}  // namespace

bool Prefix::contains(const IpAddress& a) const {
  return a.v6 == address.v6 && masked(a, length) == address;
}

uint8_t read_port(const Yaml& node) {
  const std::string name = node.text();
  if (name.size() == 2 && name[0] == 'p' && name[1] >= '0' && name[1] < '0' + kNumPorts) {
    return static_cast<uint8_t>(name[1] - '0');
  }
  node.expected("one of p0, p1, p2, p3");
}

uint16_t read_vlan(const Yaml& node) {
  const uint64_t id = node.number();
  if (id < 1 || id > 4094) node.expected("a VLAN id from 1 to 4094");
  return static_cast<uint16_t>(id);
}

uint16_t read_l4_port(const Yaml& node) {
  const auto port = static_cast<uint16_t>(node.number(UINT16_MAX));
  if (port == 0) node.expected("a number from 1 to 65535");
  return port;
}

PortRange read_port_range(const Yaml& node) {
  const std::string text = node.text();
  const size_t dash = text.find('-');
  const auto first = decimal(std::string_view(text).substr(0, dash), UINT16_MAX);
  const auto last = dash == std::string::npos
                        ? first
                        : decimal(std::string_view(text).substr(dash + 1), UINT16_MAX);
  if (!first || !last || *first > *last) node.expected("a port, or a range such as 1000-1999");
  return {static_cast<uint16_t>(*first), static_cast<uint16_t>(*last)};
}

Mac read_unicast_mac(const Yaml& node) {
  constexpr const char* kExpected = "a unicast MAC address such as 02:00:00:00:00:01";
  const std::string text = node.text();
  Mac mac{};
  if (text.size() != 17) node.expected(kExpected);
  for (size_t i = 0; i < mac.size(); ++i) {
    const char* at = text.data() + 3 * i;
    const auto [end, error] = std::from_chars(at, at + 2, mac[i], 16);
    if (error != std::errc() || end != at + 2 || (i < 5 && at[2] != ':')) node.expected(kExpected);
  }
  const bool zero = std::all_of(mac.begin(), mac.end(), [](uint8_t b) { return b == 0; });
  if (zero || (mac[0] & 1) != 0) node.expected(kExpected);
  return mac;
}

IpAddress read_address(const Yaml& node) {
  const auto address = address_of(node.text());
  if (!address) node.expected("an IPv4 or IPv6 address");
  return *address;
}

// Addresses nobody can be reached at would make an entry that never serves.
IpAddress read_unicast(const Yaml& node) {
  const IpAddress address = read_address(node);
  if (!is_unicast(address)) node.expected("a unicast address");
  return address;
}

Prefix read_prefix(const Yaml& node) {
  const auto [address, length] = address_and_length(node, "a prefix such as 10.0.0.0/8");
  if (masked(address, length) != address) node.expected("no bits behind the prefix");
  return {address, static_cast<uint8_t>(length)};
}

InterfaceAddress read_interface_address(const Yaml& node) {
  const auto [address, length] =
      address_and_length(node, "an address with its network's length such as 10.0.0.1/24");
  if (!is_unicast(address)) node.expected("a unicast address");
  return {address, {masked(address, length), static_cast<uint8_t>(length)}};
}

uint64_t read_rate(const Yaml& node) {
  const auto rate = scaled(node.text(), {{"bit", 1}, {"kbit", 1e3}, {"Mbit", 1e6}, {"Gbit", 1e9}});
  if (!rate || *rate < 1 || *rate > 1e12) node.expected("a rate such as 10Mbit or 1.5Gbit");
  return static_cast<uint64_t>(*rate);
}

uint32_t read_size(const Yaml& node) {
  const auto size = scaled(node.text(), {{"", 1}, {"KiB", 1024}, {"MiB", 1024.0 * 1024}});
  if (!size || *size < 1 || *size > UINT32_MAX) node.expected("a size in bytes such as 64KiB");
  return static_cast<uint32_t>(*size);
}

std::string to_string(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), text, sizeof text);
  return text;
}

std::string to_string(const Mac& mac) {
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                mac[4], mac[5]);
  return text;
}

std::string port_name(uint8_t port) { return "p" + std::to_string(port); }

}  // namespace fp::network
