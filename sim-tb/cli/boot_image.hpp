// SPDX-License-Identifier: Apache-2.0
//
// From network.yaml to what bring-up needs: the pipeline's tables, the TCP destinations served, and
// the host that serves them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "contract/mailbox.hpp"
#include "firmware/linux/network/network_config.hpp"
#include "firmware/linux/pipeline/compiler.hpp"
#include "sim-tb/platform/host_side.hpp"

namespace fp::cli {

struct BootImage {
  pipeline::Image image;
  std::vector<mailbox::Listen> listens;
  std::vector<mailbox::InterfaceAddress> addresses;
  // What the image was made of, for tools that explain it.
  pipeline::Program program;
  std::vector<pipeline::Entry> entries;
};

// Compiles the default pipeline program for `config`; `where` names the configuration in messages.
// Throws config::InputError.
BootImage make_boot_image(const network::NetworkConfig& config, const std::string& where,
                          uint64_t clock_hz);

// Compiles another program: the name of one that is built in, or a file; `entries` is the file that
// fills its tables, empty for none. Throws config::InputError.
BootImage make_boot_image(const std::string& program, const std::string& entries);

// The host of the streams' services; null when there are none.
std::unique_ptr<platform::HostSide> make_host(const network::NetworkConfig& config,
                                              uint32_t ns_per_cycle);

}  // namespace fp::cli
