// SPDX-License-Identifier: Apache-2.0
//
// The router's own addresses: which MAC address it has in a VLAN and which IP addresses it answers
// for. Written by the configuration plane, read for every packet.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "contract/mailbox.hpp"

namespace fw::packets {

class Interfaces {
 public:
  // The pipeline's table `routers` has as many rows.
  static constexpr unsigned kMaxAddresses = 512;

  using Address = fp::mailbox::InterfaceAddress;

  // False: the table is full.
  bool add(const Address& address);
  // This VLAN has the address already.
  bool has(const Address& address) const;
  bool empty() const { return count_ == 0; }

  // The interface's MAC address in a VLAN, or nullptr.
  const uint8_t* mac(uint16_t vlan) const;
  // The interface of this VLAN has the address (4 or 16 bytes).
  bool own(uint16_t vlan, std::span<const uint8_t> address) const;
  // Some interface has the address.
  bool own(std::span<const uint8_t> address) const;
  // `group` is the solicited-node group (RFC 4291 section 2.7.1) of an address of this VLAN.
  bool own_group(uint16_t vlan, const uint8_t* group) const;
  // The address is in the network of some interface address.
  bool connected(std::span<const uint8_t> address) const;
  // The directed broadcast address of some interface's network (RFC 1812 section 4.2.2.11).
  bool broadcast(const uint8_t* ipv4) const;
  // The address that an answer to `peer` comes from when no address was asked for: one of this
  // VLAN in whose network the peer is, else the first of this VLAN and family; nullptr for none.
  const uint8_t* source_for(uint16_t vlan, std::span<const uint8_t> peer) const;

 private:
  std::array<Address, kMaxAddresses> table_;
  unsigned count_ = 0;
};

}  // namespace fw::packets
