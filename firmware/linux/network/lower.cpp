// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/network/lower.hpp"

#include "contract/common.hpp"

namespace fp::network {

namespace {

using common::PortId;
using pipeline::Entry;

Entry to_port(const std::string& table, std::map<std::string, std::vector<uint8_t>> key,
              uint8_t port, const std::string& where) {
  return {table, std::move(key), "to_port", {{"port", port}}, where};
}

std::vector<uint8_t> bytes_of(const IpAddress& a) {
  return {a.bytes.begin(), a.bytes.begin() + (a.v6 ? 16 : 4)};
}

}  // namespace

std::vector<Entry> mesh_entries(const NetworkConfig& config, const std::string& where) {
  std::vector<Entry> entries;
  for (size_t i = 0; i < config.pairs.size(); ++i) {
    const auto [a, b] = config.pairs[i];
    const std::string at = where + ": l2.pairs[" + std::to_string(i) + "]";
    entries.push_back(to_port("pairs", {{"meta.in_port", {a}}}, b, at));
    entries.push_back(to_port("pairs", {{"meta.in_port", {b}}}, a, at));
  }
  // What the TOE sends leaves by the MAC port it names.
  for (const uint8_t port : config.ports) {
    const uint8_t from = static_cast<uint8_t>(static_cast<uint8_t>(PortId::kToeP0) + port);
    entries.push_back(to_port("pairs", {{"meta.in_port", {from}}}, port, where + ": ports"));
  }
  for (size_t i = 0; i < config.streams.size(); ++i) {
    const Stream& s = config.streams[i];
    entries.push_back(to_port(
        "streams",
        {{s.address.v6 ? "ipv6.dst" : "ipv4.dst", bytes_of(s.address)},
         {"tcp.dport", {static_cast<uint8_t>(s.port >> 8), static_cast<uint8_t>(s.port)}}},
        static_cast<uint8_t>(PortId::kToe), where + ": streams[" + std::to_string(i) + "]"));
  }
  return entries;
}

std::vector<mailbox::Listen> listeners(const NetworkConfig& config) {
  std::vector<mailbox::Listen> out;
  for (const Stream& s : config.streams) {
    mailbox::Listen listen;
    listen.family = s.address.v6 ? mailbox::Family::kIpv6 : mailbox::Family::kIpv4;
    listen.vq = 0;
    listen.port = s.port;
    listen.address = s.address.bytes;
    out.push_back(listen);
  }
  return out;
}

}  // namespace fp::network
