// SPDX-License-Identifier: Apache-2.0
//
// The headers that frames get on their way out: tags and VXLAN.
#pragma once

#include "contract/rmt.hpp"
#include "firmware/linux/network/network_config.hpp"

namespace fp::network {

// Inserts the tag or tags of a member port behind the MAC addresses. `member` is tagged.
rmt::EgressEdit tag_edit(uint16_t vlan, const Member& member);

// Puts Ethernet, IP, UDP and VXLAN in front of the frame (RFC 7348 section 5).
rmt::EgressEdit tunnel_edit(const Tunnel& tunnel);

}  // namespace fp::network
