// SPDX-License-Identifier: Apache-2.0
//
// What network.yaml means to the mesh pipeline program and to the firmware.
#pragma once

#include <vector>

#include "contract/mailbox.hpp"
#include "firmware/linux/network/network_config.hpp"
#include "firmware/linux/pipeline/compiler.hpp"

namespace fp::network {

// Everything the mesh program's compilation needs beside the program.
struct MeshTables {
  std::vector<pipeline::Entry> entries;
  pipeline::Extras extras;
};

// Tables of the mesh program, in a fixed order. `where` names the configuration in messages;
// `clock_hz` turns rates into bytes a cycle. Throws config::InputError when a rate cannot be held.
MeshTables mesh_tables(const NetworkConfig& config, const std::string& where, uint64_t clock_hz);

// One listener a stream; all services share virtual queue 0.
std::vector<mailbox::Listen> listeners(const NetworkConfig& config);

// The router's own addresses, in the order of the file.
std::vector<mailbox::InterfaceAddress> interface_addresses(const NetworkConfig& config);

}  // namespace fp::network
