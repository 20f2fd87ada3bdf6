// SPDX-License-Identifier: Apache-2.0
//
// What network.yaml means to the mesh pipeline program and to the firmware.
#pragma once

#include <vector>

#include "contract/mailbox.hpp"
#include "firmware/linux/network/network_config.hpp"
#include "firmware/linux/pipeline/compiler.hpp"

namespace fp::network {

// Entries of the mesh program's tables, in a fixed order. `where` names the configuration in
// messages.
std::vector<pipeline::Entry> mesh_entries(const NetworkConfig& config, const std::string& where);

// One listener a stream; all services share virtual queue 0.
std::vector<mailbox::Listen> listeners(const NetworkConfig& config);

}  // namespace fp::network
