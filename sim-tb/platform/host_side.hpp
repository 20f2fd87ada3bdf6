// SPDX-License-Identifier: Apache-2.0
//
// The seam between the DPU and a host: PCIe streams on one side, the service controller's mailbox
// channel on the other. In-process services, vfio-user servers and tests implement it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cmodel/common/block.hpp"
#include "cmodel/common/ports.hpp"
#include "contract/vq.hpp"

namespace fp::platform {

// Clocked like every block, so that its latencies are modelled. Without work to do by itself it is
// idle; software that wants to run reports it through software_pending().
class HostSide : public Block {
 public:
  Rx<vq::PcieWr> dma_wr;
  Rx<vq::PcieRd> dma_rd;
  Tx<vq::PcieCpl> dma_rd_data;
  Tx<vq::PcieMmio> db;
  Rx<vq::Msix> msix;

  // Service controller (mailbox channel 1). A message from the firmware, header first.
  virtual void receive(std::span<const uint32_t> words) = 0;
  // The message to hand to the firmware now, if any; asked again until sent().
  virtual std::optional<std::vector<uint32_t>> next() = 0;
  virtual void sent() = 0;

  // Lets the host's software run at cycle `now`, between two cycles of the blocks. Answers whether
  // it did anything.
  virtual bool run_software(uint64_t now) = 0;
  // Nothing is under way that would not be finished by the blocks alone.
  virtual bool quiet() const = 0;

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("dma_wr", a.dma_wr, b.dma_wr);
    f("dma_rd", a.dma_rd, b.dma_rd);
    f("dma_rd_data", a.dma_rd_data, b.dma_rd_data);
    f("db", a.db, b.db);
    f("msix", a.msix, b.msix);
  }
};

}  // namespace fp::platform
