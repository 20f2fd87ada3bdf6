// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/cli/boot_image.hpp"

#include "firmware/linux/network/lower.hpp"
#include "firmware/linux/pipeline/shipped.hpp"
#include "sim-tb/platform/inproc_host.hpp"

namespace fp::cli {

BootImage make_boot_image(const network::NetworkConfig& config, const std::string& where) {
  const pipeline::Program program = pipeline::mesh_program();
  return {pipeline::compile(program, network::mesh_entries(config, where)),
          network::listeners(config)};
}

std::unique_ptr<platform::HostSide> make_host(const network::NetworkConfig& config,
                                              uint32_t ns_per_cycle) {
  if (config.streams.empty()) return nullptr;
  return std::make_unique<platform::InprocHost>(ns_per_cycle);
}

}  // namespace fp::cli
