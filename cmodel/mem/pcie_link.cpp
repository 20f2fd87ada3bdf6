// SPDX-License-Identifier: Apache-2.0
#include "cmodel/mem/pcie_link.hpp"

#include <algorithm>
#include <cstring>

namespace fp::mem {

namespace {

// Byte times are kept with this resolution, so that rates need no floating point.
constexpr uint64_t kScale = 1024;
constexpr uint32_t kBeat = common::kBeatBytes;
constexpr uint32_t kInterruptBytes = 4;

uint64_t cycles(uint32_t ns, const PcieConfig& c) {
  return (ns + c.ns_per_cycle - 1) / c.ns_per_cycle;
}

}  // namespace

void PcieLink::Lane::configure(const PcieConfig& c) {
  per_cycle_ =
      std::max<uint64_t>(1, c.bytes_per_second * c.ns_per_cycle / 1'000'000 * kScale / 1000);
}

uint64_t PcieLink::Lane::send(uint64_t now, uint64_t bytes) {
  // Cycle numbers stay far below 2^40, byte times below 2^60.
  free_at_ = std::max(free_at_, now * per_cycle_) + bytes * kScale;
  return (free_at_ + per_cycle_ - 1) / per_cycle_;
}

PcieLink::PcieLink(const PcieConfig& config, HostMemory& memory)
    : config_(config),
      memory_(memory),
      latency_(cycles(config.latency_ns, config)),
      memory_latency_(cycles(config.memory_ns, config)) {
  up_.configure(config);
  down_.configure(config);
}

void PcieLink::reset() {
  up_.reset();
  down_.reset();
  tlp_.clear();
  upstream_.clear();
  on_the_way_ = 0;
  completions_.clear();
  doorbells_.clear();
  stats_ = {};
  ready_ = false;
  next_cpl_ = {};
  next_db_ = {};
  dma_wr.ready = dma_rd.ready = msix.ready = false;
  dma_rd_data.valid = db.valid = false;
  idle_ = false;  // the first edge raises ready
  wake_at_ = kNever;
}

void PcieLink::post_doorbell(uint64_t now, uint8_t fn, uint32_t offset, uint32_t value) {
  Doorbell& d = doorbells_.push();
  d.at = down_.send(now, config_.request_overhead + 4) + latency_;
  d.write = {};
  d.write.fn = fn;
  d.write.addr = offset;
  d.write.data = value;
  ++stats_.doorbells;
  wake_at_ = std::min(wake_at_, d.at);
}

void PcieLink::fault(uint64_t addr) {
  if (stats_.faults++ == 0) stats_.first_fault = addr;
}

PcieLink::Request& PcieLink::send_up(uint64_t now, Request::Kind kind, uint32_t payload) {
  Request& r = upstream_.push();
  r.kind = kind;
  r.at = up_.send(now, config_.request_overhead + payload) + latency_;
  return r;
}

void PcieLink::take_inputs(uint64_t now) {
  if (dma_wr.fires()) {
    const vq::PcieWr& w = *dma_wr.data;
    if (tlp_.empty()) tlp_addr_ = w.addr;
    const auto* from = reinterpret_cast<const std::byte*>(w.data.data());
    tlp_.insert(tlp_.end(), from, from + std::min<uint32_t>(w.nbytes, kBeat));
    if (w.last) {
      const auto bytes = static_cast<uint32_t>(tlp_.size());
      Request& r = send_up(now, Request::Kind::kWrite, bytes);
      r.addr = tlp_addr_;
      r.bytes = bytes;
      // The buffer that comes back served an earlier request: no TLP allocates one.
      r.data.swap(tlp_);
      tlp_.clear();
      on_the_way_ += bytes;
      ++stats_.write_tlps;
      stats_.write_bytes += bytes;
    }
  }
  if (dma_rd.fires()) {
    const vq::PcieRd& q = *dma_rd.data;
    Request& r = send_up(now, Request::Kind::kRead, 0);
    r.addr = q.addr;
    r.bytes = q.len;
    r.tag = q.tag;
    ++stats_.read_tlps;
    stats_.read_bytes += q.len;
  }
  // Taken last: whatever moved in this cycle or before is ahead of it.
  if (msix.fires()) {
    send_up(now, Request::Kind::kInterrupt, kInterruptBytes).vector = msix.data->vector;
    ++stats_.interrupts;
  }
}

void PcieLink::arrive(uint64_t now) {
  while (!upstream_.empty() && upstream_.front().at <= now) {
    const Request& r = upstream_.front();
    switch (r.kind) {
      case Request::Kind::kWrite:
        if (!memory_.write(r.addr, r.data)) fault(r.addr);
        on_the_way_ -= r.bytes;
        break;
      case Request::Kind::kRead:
        complete(now, r);
        break;
      case Request::Kind::kInterrupt:
        if (on_msix) on_msix(r.vector);
        break;
    }
    upstream_.pop();
  }
}

// Answers in TLPs of at most max_payload that end on its multiples, each cut into beats that end on
// multiples of 64 bytes.
void PcieLink::complete(uint64_t now, const Request& read) {
  std::array<std::byte, 4096> data;
  const uint32_t bytes = std::min<uint32_t>(read.bytes, data.size());
  if (bytes == 0 || !memory_.read(read.addr, std::span(data).first(bytes))) {
    fault(read.addr);
    Completion& c = completions_.push();
    c.beat = {};
    c.at = down_.send(now + memory_latency_, config_.completion_overhead) + latency_;
    c.beat.tag = read.tag;
    c.beat.last = c.beat.err = true;
    return;
  }
  uint32_t done = 0;
  while (done < bytes) {
    const uint64_t addr = read.addr + done;
    const uint32_t tlp = std::min<uint32_t>(
        bytes - done, config_.max_payload - static_cast<uint32_t>(addr % config_.max_payload));
    const uint64_t at =
        down_.send(now + memory_latency_, config_.completion_overhead + tlp) + latency_;
    for (uint32_t end = done + tlp; done < end;) {
      Completion& c = completions_.push();
      c.beat = {};
      c.at = at;
      const uint32_t n =
          std::min<uint32_t>(end - done, kBeat - static_cast<uint32_t>((read.addr + done) % kBeat));
      std::memcpy(c.beat.data.data(), data.data() + done, n);
      done += n;
      c.beat.tag = read.tag;
      c.beat.nbytes = static_cast<uint8_t>(n);
      c.beat.last = done == bytes;
    }
  }
}

void PcieLink::eval(uint64_t now) {
  take_inputs(now);
  arrive(now);
  pop_completion_ = dma_rd_data.fires();
  pop_doorbell_ = db.fires();
  plan(now);
}

// What the outputs show after this edge.
void PcieLink::plan(uint64_t now) {
  if (pop_completion_) next_cpl_.valid = false;
  if (pop_doorbell_) next_db_.valid = false;
  if (!next_cpl_.valid && !completions_.empty() && completions_.front().at <= now) {
    next_cpl_.valid = true;
    next_cpl_.data = completions_.front().beat;
    completions_.pop();
  }
  if (!next_db_.valid && !doorbells_.empty() && doorbells_.front().at <= now) {
    next_db_.valid = true;
    next_db_.data = doorbells_.front().write;
    doorbells_.pop();
  }
  ready_ = on_the_way_ + tlp_.size() < config_.posted_credit;
}

void PcieLink::commit() {
  dma_rd_data.valid = next_cpl_.valid;
  dma_rd_data.data = next_cpl_.data;
  db.valid = next_db_.valid;
  db.data = next_db_.data;
  dma_wr.ready = ready_;
  dma_rd.ready = msix.ready = true;
  idle_ = !dma_rd_data.valid && !db.valid && dma_wr.ready;
  wake_at_ = kNever;
  if (!upstream_.empty()) wake_at_ = upstream_.front().at;
  if (!completions_.empty()) wake_at_ = std::min(wake_at_, completions_.front().at);
  if (!doorbells_.empty()) wake_at_ = std::min(wake_at_, doorbells_.front().at);
}

}  // namespace fp::mem
