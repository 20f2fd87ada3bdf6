// SPDX-License-Identifier: Apache-2.0
//
// Speed of the PCIe rate model: mem_bench [cycles]. Load: 256-byte write TLPs and 512-byte reads as
// fast as the link takes them. Prints TLPs and cycles per second of CPU time, and the calls of
// operator new per 1000 TLPs once it is warm (a hot loop allocates nothing).
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <new>
#include <vector>

#include "cmodel/mem/pcie_link.hpp"

namespace {

uint64_t allocations = 0;

}  // namespace

void* operator new(size_t bytes) {
  ++allocations;
  if (void* p = std::malloc(bytes)) return p;
  std::abort();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }

namespace {

using namespace fp;

double cpu_seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

constexpr uint64_t kBase = 0x100000;
constexpr uint32_t kReadBytes = 512, kWriteBytes = 256;
constexpr unsigned kReads = 32;  // outstanding

// Offers write beats without pause and a read whenever fewer than kReads are out.
struct Load {
  explicit Load(mem::PcieLink& dut) : dut_(dut) {
    dut.dma_wr.valid = &high_, dut.dma_wr.data = &wr_;
    dut.dma_rd.valid = &reading_, dut.dma_rd.data = &rd_;
    dut.msix.valid = &low_, dut.msix.data = &msix_;
    dut.dma_rd_data.ready = dut.db.ready = &high_;
    wr_.addr = kBase;
    wr_.nbytes = common::kBeatBytes;
    rd_.addr = kBase;
    rd_.len = kReadBytes;
  }
  void cycle(uint64_t now) {
    const bool wrote = dut_.dma_wr.fires(), read = dut_.dma_rd.fires();
    if (dut_.dma_rd_data.fires()) out_ -= dut_.dma_rd_data.data.last;
    dut_.eval(now);
    dut_.commit();
    if (wrote) {
      wr_.addr = kBase + (wr_.addr + common::kBeatBytes) % 65536;
      wr_.last = (wr_.addr + common::kBeatBytes) % kWriteBytes == 0;
    }
    out_ += read;
    reading_ = out_ < kReads;
  }

 private:
  mem::PcieLink& dut_;
  bool high_ = true, low_ = false, reading_ = false;
  unsigned out_ = 0;
  vq::PcieWr wr_;
  vq::PcieRd rd_;
  vq::Msix msix_;
};

}  // namespace

int main(int argc, char** argv) {
  const uint64_t cycles = argc > 1 ? std::strtoull(argv[1], nullptr, 0) : 4'000'000;
  std::vector<std::byte> bytes(1 << 20);
  mem::HostMemory memory;
  memory.map(kBase, bytes);
  mem::PcieLink link({}, memory);
  Load load(link);
  link.reset();
  uint64_t now = 0;
  while (now < 20'000) load.cycle(now++);
  const auto tlps = [&] { return link.stats().write_tlps + link.stats().read_tlps; };
  const uint64_t tlps_before = tlps(), allocations_before = allocations;
  const double start = cpu_seconds();
  for (const uint64_t end = now + cycles; now < end;) load.cycle(now++);
  const double seconds = cpu_seconds() - start;
  const uint64_t moved = tlps() - tlps_before, allocated = allocations - allocations_before;
  std::printf("pcie_link: %.2f M TLPs/s, %.2f M cycles/s, %.0f allocations per 1000 TLPs\n",
              static_cast<double>(moved) / seconds / 1e6,
              static_cast<double>(cycles) / seconds / 1e6,
              1000.0 * static_cast<double>(allocated) / static_cast<double>(moved));
  return link.stats().faults == 0 && allocated == 0 ? 0 : 1;
}
