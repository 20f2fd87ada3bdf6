// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/control/packets/interfaces.hpp"

#include "firmware/embedded/control/packets/bytes.hpp"

namespace fw::packets {

namespace {

using fp::mailbox::Family;

bool same_family(const Interfaces::Address& a, uint32_t bytes) {
  return bytes == (a.family == Family::kIpv6 ? 16u : 4u);
}

bool inside(const Interfaces::Address& a, Bytes address) {
  if (!same_family(a, static_cast<uint32_t>(address.size()))) return false;
  const uint32_t whole = a.prefix / 8, rest = a.prefix % 8;
  if (whole > address.size() || !equal(a.address.data(), address.data(), whole)) return false;
  return rest == 0 || whole == address.size() ||
         ((a.address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

bool is(const Interfaces::Address& a, Bytes address) {
  return same_family(a, static_cast<uint32_t>(address.size())) &&
         equal(a.address.data(), address.data(), static_cast<uint32_t>(address.size()));
}

}  // namespace

bool Interfaces::add(const Address& address) {
  if (count_ == kMaxAddresses) return false;
  table_[count_++] = address;
  return true;
}

bool Interfaces::has(const Address& address) const {
  return own(address.vlan, Bytes(address.address).first(address.family == Family::kIpv6 ? 16 : 4));
}

const uint8_t* Interfaces::mac(uint16_t vlan) const {
  for (unsigned i = 0; i < count_; ++i) {
    if (table_[i].vlan == vlan) return table_[i].mac.data();
  }
  return nullptr;
}

bool Interfaces::own(uint16_t vlan, Bytes address) const {
  for (unsigned i = 0; i < count_; ++i) {
    if (table_[i].vlan == vlan && is(table_[i], address)) return true;
  }
  return false;
}

bool Interfaces::own(Bytes address) const {
  for (unsigned i = 0; i < count_; ++i) {
    if (is(table_[i], address)) return true;
  }
  return false;
}

bool Interfaces::own_group(uint16_t vlan, const uint8_t* group) const {
  static constexpr uint8_t kPrefix[13] = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};
  if (!equal(group, kPrefix, 13)) return false;
  for (unsigned i = 0; i < count_; ++i) {
    const Address& a = table_[i];
    if (a.vlan == vlan && a.family == Family::kIpv6 && equal(&a.address[13], group + 13, 3)) {
      return true;
    }
  }
  return false;
}

bool Interfaces::connected(Bytes address) const {
  for (unsigned i = 0; i < count_; ++i) {
    if (inside(table_[i], address)) return true;
  }
  return false;
}

bool Interfaces::broadcast(const uint8_t* ipv4) const {
  for (unsigned i = 0; i < count_; ++i) {
    const Address& a = table_[i];
    if (a.family != Family::kIpv4 || a.prefix > 30) continue;  // RFC 3021: /31 has none
    const uint32_t hosts = UINT32_MAX >> a.prefix;
    if ((get32(ipv4) & hosts) == hosts && inside(a, {ipv4, 4})) return true;
  }
  return false;
}

const uint8_t* Interfaces::source_for(uint16_t vlan, Bytes peer) const {
  const uint8_t* first = nullptr;
  for (unsigned i = 0; i < count_; ++i) {
    const Address& a = table_[i];
    if (a.vlan != vlan || !same_family(a, static_cast<uint32_t>(peer.size()))) continue;
    if (inside(a, peer)) return a.address.data();
    if (first == nullptr) first = a.address.data();
  }
  return first;
}

}  // namespace fw::packets
