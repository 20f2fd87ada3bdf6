// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/cli/boot_image.hpp"

#include "firmware/linux/network/lower.hpp"
#include "firmware/linux/pipeline/entries_file.hpp"
#include "firmware/linux/pipeline/shipped.hpp"
#include "sim-tb/platform/inproc_host.hpp"

namespace fp::cli {

BootImage make_boot_image(const network::NetworkConfig& config, const std::string& where,
                          uint64_t clock_hz) {
  network::MeshTables tables = network::mesh_tables(config, where, clock_hz);
  pipeline::Program program = pipeline::mesh_program();
  pipeline::Image image = pipeline::compile(program, tables.entries, tables.extras);
  return {std::move(image), network::listeners(config), network::interface_addresses(config),
          std::move(program), std::move(tables.entries)};
}

BootImage make_boot_image(const std::string& program_name, const std::string& entries) {
  pipeline::Program program = program_name == "flowstats" ? pipeline::flowstats_program()
                                                          : pipeline::load_program(program_name);
  pipeline::Configured configured =
      entries.empty() ? pipeline::Configured{} : pipeline::load_entries(program, entries);
  pipeline::Image image = pipeline::compile(program, configured.entries, configured.extras);
  return {std::move(image), {}, {}, std::move(program), std::move(configured.entries)};
}

std::unique_ptr<platform::HostSide> make_host(const network::NetworkConfig& config,
                                              uint32_t ns_per_cycle) {
  if (config.streams.empty()) return nullptr;
  return std::make_unique<platform::InprocHost>(ns_per_cycle);
}

}  // namespace fp::cli
