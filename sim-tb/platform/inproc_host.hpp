// SPDX-License-Identifier: Apache-2.0
//
// A host in the simulator's own process: the host library with a service on it, the PCIe link
// below. The service runs on the simulator's thread at a fixed model-time period.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "cmodel/mem/pcie_link.hpp"
#include "flatproxy/device_ops.hpp"
#include "flatproxy/in_process.hpp"
#include "sim-tb/platform/host_side.hpp"

namespace flatproxy::examples {
class Echo;
}

namespace fp::platform {

// Serves the echo service on every destination that firmware hands to queue 0.
class InprocHost : public HostSide, private flatproxy::DeviceOps {
 public:
  explicit InprocHost(uint32_t ns_per_cycle);
  ~InprocHost() override;

  // HostSide
  void receive(std::span<const uint32_t> words) override;
  std::optional<std::vector<uint32_t>> next() override;
  void sent() override;
  bool run_software(uint64_t) override { return false; }  // runs inside eval(), at its period
  bool quiet() const override;

  // Block
  void reset() override;
  void eval(uint64_t now) override;
  void commit() override;
  bool idle() const override;
  uint64_t wake_at() const override;
  void checkpoint(StateIo& io) override;  // host_state.cpp

  const mem::PcieStats& pcie() const { return link_.stats(); }

 private:
  // flatproxy::DeviceOps
  flatproxy::DeviceInfo info() const override;
  int read32(flatproxy::Region region, uint64_t offset, uint32_t& value) override;
  int write32(flatproxy::Region region, uint64_t offset, uint32_t value) override;
  int dma_map(uint64_t iova, std::span<std::byte> memory) override;
  int dma_unmap(uint64_t iova, uint64_t bytes) override;
  int reset_function() override;
  bool post_message(std::span<const uint32_t> words) override;
  bool take_message(std::vector<uint32_t>& words) override;

  void run_service();

  uint64_t period_;  // cycles
  mem::HostMemory memory_;
  mem::PcieLink link_;
  std::deque<std::vector<uint32_t>> inbox_;      // from the firmware
  std::optional<std::vector<uint32_t>> outbox_;  // to the firmware
  fp_ctx* context_ = nullptr;
  fp_vq* queue_ = nullptr;
  std::unique_ptr<flatproxy::examples::Echo> service_;
  uint64_t now_ = 0;
  bool wanted_ = true;  // the service has something to look at
};

}  // namespace fp::platform
