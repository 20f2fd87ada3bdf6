// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/platform/dpu.hpp"

#include <algorithm>

#include "contract/common.hpp"
#include "sim-tb/io/errors.hpp"

namespace fp::platform {
namespace {

// Mailboxes and signals are looked at in cycles that are multiples of this while the core sleeps: a
// phase that does not depend on which idle time was skipped.
constexpr uint64_t kSlice = 200;

constexpr unsigned kToe = static_cast<unsigned>(common::PortId::kToe);
constexpr unsigned kCpu = static_cast<unsigned>(common::PortId::kCpu);

}  // namespace

Dpu::Dpu(const sc_core::sc_module_name& name, const DpuConfig& config, DpuBlocks blocks,
         HostSide* host)
    : sc_core::sc_module(name),
      skipping_(config.skipping),
      rmt_("rmt", std::move(blocks.rmt)),
      mbuf_("mbuf", std::move(blocks.mbuf)),
      vq_("vq", std::move(blocks.vq)),
      csr_("csr", std::move(blocks.csr)),
      stream_("ideal_stream", std::make_unique<IdealStream>(config.profile.ns_per_cycle)) {
  soc::SocConfig soc_config;
  soc_config.clock_hz = 1'000'000'000 / config.profile.ns_per_cycle;
  soc::SocHost& time = *this;
  soc_ = std::make_unique<soc::EmbeddedSoc>("soc", soc_config, time, config.console);
  const std::string complaint = soc_->load(config.firmware);
  if (!complaint.empty()) throw io::InputError(complaint);
  connect_blocks(host);
}

Dpu::~Dpu() = default;

void Dpu::connect_blocks(HostSide* host) {
  rmt::RmtIf& rmt = rmt_.block();
  mbuf::MbufIf& mbuf = mbuf_.block();
  vq::VqIf& vq = vq_.block();
  soc::CsrIf& csr = csr_.block();
  IdealStream& stream = stream_.block();

  connect(stream.segments, rmt.in[kToe]);
  connect(rmt.out[kToe], stream.frames);
  // The packet queue and others may read the verdicts: the port's ready is tied high either way.
  soc::PacketQueue& packets = soc_->packets();
  connect(rmt.out[kCpu], packets.in);
  connect(packets.out, rmt.in[kCpu]);
  connect(rmt.verdict, packets.notes);

  connect(stream.wr, mbuf.wr[mbuf::kToePort]);
  connect(mbuf.desc[mbuf::kToePort], stream.desc);
  connect(stream.cq, mbuf.cq[mbuf::kToePort]);
  connect(mbuf.cr[mbuf::kToePort], stream.cr);
  connect(mbuf.cevt[mbuf::kToePort], stream.cevt);
  connect(stream.rd, mbuf.rd[mbuf::kToePort]);
  connect(mbuf.rdata[mbuf::kToePort], stream.rdata);
  connect(stream.free, mbuf.free[mbuf::kToePort]);
  connect(stream.cret, mbuf.cret[mbuf::kToePort]);
  connect(vq.wr, mbuf.wr[mbuf::kVqPort]);
  connect(mbuf.desc[mbuf::kVqPort], vq.desc);
  connect(vq.cq, mbuf.cq[mbuf::kVqPort]);
  connect(mbuf.cr[mbuf::kVqPort], vq.cr);
  connect(mbuf.cevt[mbuf::kVqPort], vq.cevt);
  connect(vq.rd, mbuf.rd[mbuf::kVqPort]);
  connect(mbuf.rdata[mbuf::kVqPort], vq.rdata);
  connect(vq.free, mbuf.free[mbuf::kVqPort]);
  connect(vq.cret, mbuf.cret[mbuf::kVqPort]);
  connect(stream.desc_rx, vq.desc_rx);
  connect(vq.desc_tx, stream.desc_tx);
  if (host != nullptr) {
    connect(vq.dma_wr, host->dma_wr);
    connect(vq.dma_rd, host->dma_rd);
    connect(host->dma_rd_data, vq.dma_rd_data);
    connect(host->db, vq.db);
    connect(vq.msix, host->msix);
  }

  soc::connect(csr, 0, rmt.csr);
  soc::connect(csr, 1, mbuf.csr);
  soc::connect(csr, 2, vq.csr);
  soc::connect(csr, 3, stream.csr());
  soc_->connect_csr(csr);
  soc_->set_irqs({.rmt = &rmt.irq.value,
                  .mbuf = &mbuf.irq.value,
                  .vq = &vq.irq.value,
                  .stream = &stream.irq.value});

  add(rmt);
  add(mbuf);
  add(vq);
  // The bridge raises a request between two cycles.
  const auto* up = csr.up_req.value;
  ticker_.add(csr, {&up->awvalid, &up->wvalid, &up->arvalid});
  blocks_.push_back(&csr);
  add(stream);
  add(packets);
  if (host != nullptr) add(*host);
}

void Dpu::reset() {
  ticker_.set_skipping(skipping_);
  ticker_.reset();
}

bool Dpu::irq() const {
  return rmt_.block().irq.value || mbuf_.block().irq.value || vq_.block().irq.value ||
         stream_.block().irq.value || soc_->packets().irq();
}

uint64_t Dpu::earliest() const {
  uint64_t at = kNever;
  for (const Block* b : blocks_) at = std::min(at, b->wake_at());
  return at;
}

bool Dpu::busy() {
  ticker_.set_skipping(true);
  const bool any = ticker_.busy();
  ticker_.set_skipping(skipping_);
  return any;
}

bool Dpu::slice(uint64_t end, bool moved, const std::function<bool()>& stop) {
  const uint64_t start = ticker_.now();
  if (!soc_->asleep()) {
    soc_->run(std::min(end, start + kQuantum));
    run_until(soc_->local_time());
    return true;
  }
  uint64_t until = std::min({end, soc_->wake_at(), (start / kSlice + 1) * kSlice});
  if (skipping_ && !busy()) {
    // Nothing can raise an interrupt before the first wake-up: jump.
    const uint64_t next = std::min(earliest(), soc_->wake_at());
    if (next == kNever) return moved;
    until = std::min(end, std::max(next, start + 1));
  }
  run_until(until, [this, &stop] { return irq() || (stop && stop()); });
  soc_->sleep_until(ticker_.now());
  return true;
}

}  // namespace fp::platform
