// SPDX-License-Identifier: Apache-2.0
//
// PCIe between the virtual queues and host memory, as a rate model: TLP overhead, bandwidth,
// latency, flow-control credit, ordering. Model only; it serves model and RTL of the device alike.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "cmodel/common/block.hpp"
#include "cmodel/common/grow_ring.hpp"
#include "cmodel/common/ports.hpp"
#include "cmodel/common/state_io.hpp"
#include "cmodel/mem/host_memory.hpp"
#include "contract/vq.hpp"

namespace fp::mem {

// All defaults are those of a Gen3 x8 slot.
struct PcieConfig {
  uint32_t ns_per_cycle = 4;
  // 8 GT/s x 8 lanes x 128/130 (PCIe 3.0, 4.2.2.1) = 7.877 GB/s each way.
  uint64_t bytes_per_second = 7'877'000'000;
  // Framing 4, sequence and header 16 (64-bit address), LCRC 4 (PCIe 3.0, 2.2 and 4.2.2.3).
  uint32_t request_overhead = 24;     // bytes
  uint32_t completion_overhead = 20;  // bytes; completion headers have 12
  uint32_t max_payload = 256;         // bytes, completions are cut to it
  // Half of the 900 ns that Neugebauer et al. (SIGCOMM 2018, "Understanding PCIe performance for
  // end host networking") measured for a 64-byte DMA read round trip on a Gen3 NIC, less memory.
  uint32_t latency_ns = 400;       // one way
  uint32_t memory_ns = 100;        // host memory read
  uint32_t posted_credit = 16384;  // bytes of requests on their way before `ready` falls
};

// Counted since reset.
struct PcieStats {
  uint64_t write_tlps = 0, write_bytes = 0;
  uint64_t read_tlps = 0, read_bytes = 0;
  uint64_t doorbells = 0, interrupts = 0;
  uint64_t faults = 0;       // requests outside every mapped range
  uint64_t first_fault = 0;  // address of the first one
};

// Upstream requests keep their order: a read never passes a write, an interrupt neither.
// Completions and doorbells share the downstream link. Times are computed in whole cycles, rounded
// up.
class PcieLink : public Block {
 public:
  explicit PcieLink(const PcieConfig& config, HostMemory& memory);

  Rx<vq::PcieWr> dma_wr;
  Rx<vq::PcieRd> dma_rd;
  Tx<vq::PcieCpl> dma_rd_data;
  Tx<vq::PcieMmio> db;
  Rx<vq::Msix> msix;

  // Called when an interrupt message arrives at the host, during eval().
  std::function<void(uint16_t vector)> on_msix;

  // Sends a 32-bit doorbell write towards the device; it leaves the host at `now`.
  void post_doorbell(uint64_t now, uint8_t fn, uint32_t offset, uint32_t value);

  const PcieStats& stats() const { return stats_; }

  void reset() override;
  void eval(uint64_t now) override;
  void commit() override;
  bool idle() const override { return idle_; }
  uint64_t wake_at() const override { return wake_at_; }

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("dma_wr", a.dma_wr, b.dma_wr);
    f("dma_rd", a.dma_rd, b.dma_rd);
    f("dma_rd_data", a.dma_rd_data, b.dma_rd_data);
    f("db", a.db, b.db);
    f("msix", a.msix, b.msix);
  }

  void checkpoint(StateIo& io) override {
    checkpoint_ports<PcieLink>(io, *this);
    io.place("pcie link");
    io(up_, down_, tlp_addr_, upstream_, on_the_way_, completions_, doorbells_, pop_completion_,
       pop_doorbell_, ready_, idle_, wake_at_, next_cpl_, next_db_, stats_);
    io.resized(tlp_);
  }

 private:
  // One direction of the link: when it is free again, in byte times.
  class Lane {
   public:
    void configure(const PcieConfig& config);
    void reset() { free_at_ = 0; }
    // Sends `bytes` from `now` on; the cycle in which the last one has left.
    uint64_t send(uint64_t now, uint64_t bytes);
    void checkpoint(StateIo& io) { io(free_at_); }

   private:
    uint64_t per_cycle_ = 1;  // byte times a cycle, scaled by kScale
    uint64_t free_at_ = 0;    // scaled byte times since cycle 0
  };

  struct Request {
    enum class Kind : uint8_t { kWrite, kRead, kInterrupt } kind = Kind::kWrite;
    uint64_t at = 0;  // cycle of arrival at the host
    uint64_t addr = 0;
    uint32_t bytes = 0;
    uint8_t tag = 0;
    uint16_t vector = 0;
    std::vector<std::byte> data;  // of a write

    void checkpoint(StateIo& io) {
      io(kind, at, addr, bytes, tag, vector);
      io.resized(data);
    }
  };
  struct Completion {
    uint64_t at = 0;
    vq::PcieCpl beat;
  };
  struct Doorbell {
    uint64_t at = 0;
    vq::PcieMmio write;
  };

  // A request that leaves the device now with `payload` bytes; data are the caller's to fill.
  Request& send_up(uint64_t now, Request::Kind kind, uint32_t payload);
  void take_inputs(uint64_t now);
  void arrive(uint64_t now);
  void complete(uint64_t now, const Request& read);
  void fault(uint64_t addr);
  void plan(uint64_t now);

  PcieConfig config_;
  HostMemory& memory_;
  uint64_t latency_, memory_latency_;  // cycles
  Lane up_, down_;
  std::vector<std::byte> tlp_;  // payload of the write TLP being received
  uint64_t tlp_addr_ = 0;
  GrowRing<Request> upstream_;
  uint64_t on_the_way_ = 0;  // bytes in upstream_
  GrowRing<Completion> completions_;
  GrowRing<Doorbell> doorbells_;
  bool pop_completion_ = false, pop_doorbell_ = false;
  bool ready_ = false;
  bool idle_ = true;
  uint64_t wake_at_ = kNever;
  Tx<vq::PcieCpl> next_cpl_;
  Tx<vq::PcieMmio> next_db_;
  PcieStats stats_;
};

}  // namespace fp::mem
