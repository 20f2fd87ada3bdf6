// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/platform/inproc_host.hpp"

#include <cerrno>

#include "hostdrv/examples/echo.hpp"
#include "sim-tb/lockstep/port_visit.hpp"

namespace fp::platform {

namespace {

// Function 0 owns the queue until there are several.
constexpr uint8_t kFunction = 0;
// How often the service looks for work: an interrupt plus a wake-up on an otherwise idle core takes
// about this long.
constexpr uint32_t kPeriodNs = 1000;

mem::PcieConfig pcie_config(uint32_t ns_per_cycle) {
  mem::PcieConfig config;
  config.ns_per_cycle = ns_per_cycle;
  return config;
}

}  // namespace

InprocHost::InprocHost(uint32_t ns_per_cycle)
    : period_(kPeriodNs / ns_per_cycle), link_(pcie_config(ns_per_cycle), memory_) {
  link_.on_msix = [this](uint16_t) { wanted_ = true; };
  context_ = flatproxy::open_in_process(*this);
  if (fp_vq_create(context_, 0, &queue_) == 0) {
    service_ = std::make_unique<flatproxy::examples::Echo>(queue_);
  }
}

InprocHost::~InprocHost() {
  service_.reset();
  flatproxy::close(context_);
}

void InprocHost::receive(std::span<const uint32_t> words) {
  inbox_.emplace_back(words.begin(), words.end());
  wanted_ = true;
}

std::optional<std::vector<uint32_t>> InprocHost::next() { return outbox_; }

void InprocHost::sent() {
  outbox_.reset();
  wanted_ |= !flatproxy::control_idle(context_);
}

bool InprocHost::quiet() const {
  return !wanted_ && inbox_.empty() && !outbox_ && flatproxy::control_idle(context_);
}

void InprocHost::reset() {
  link_.reset();
  zip_ports(link_, *this, [](const char*, auto& in, auto& out) { sim::share_inputs(in, out); });
  zip_ports(*this, link_, [](const char*, auto& out, auto& in) { sim::publish(out, in); });
  wanted_ = true;
}

// The service's round. It sleeps after a round without work, and only once the device has agreed to
// wake it.
void InprocHost::run_service() {
  bool worked = false;
  while (flatproxy::poll_control(context_)) worked = true;
  if (service_) worked |= service_->poll();
  wanted_ = worked || (flatproxy::control_ready(context_) && queue_ != nullptr &&
                       fp_vq_arm(queue_) == -EAGAIN);
}

void InprocHost::eval(uint64_t now) {
  now_ = now;
  link_.eval(now);
  if (wanted_ && now % period_ == 0) run_service();
}

void InprocHost::commit() {
  link_.commit();
  zip_ports(*this, link_, [](const char*, auto& out, auto& in) { sim::publish(out, in); });
}

bool InprocHost::idle() const { return link_.idle(); }

uint64_t InprocHost::wake_at() const {
  const uint64_t link = link_.wake_at();
  if (!wanted_) return link;
  return std::min(link, (now_ / period_ + 1) * period_);
}

// --- the function as the host library sees it ----------------------------------------------------

flatproxy::DeviceInfo InprocHost::info() const { return {.function = kFunction, .vectors = 1}; }

int InprocHost::read32(flatproxy::Region, uint64_t, uint32_t&) { return -EOPNOTSUPP; }

int InprocHost::write32(flatproxy::Region region, uint64_t offset, uint32_t value) {
  if (region != flatproxy::Region::kDoorbells || offset % 4 != 0 || offset > UINT32_MAX) {
    return -EINVAL;
  }
  link_.post_doorbell(now_, kFunction, static_cast<uint32_t>(offset), value);
  return 0;
}

int InprocHost::dma_map(uint64_t iova, std::span<std::byte> memory) {
  return memory_.map(iova, memory) ? 0 : -EINVAL;
}

int InprocHost::dma_unmap(uint64_t iova, uint64_t bytes) {
  return memory_.unmap(iova, bytes) ? 0 : -EINVAL;
}

int InprocHost::reset_function() { return -EOPNOTSUPP; }

bool InprocHost::post_message(std::span<const uint32_t> words) {
  if (outbox_) return false;
  outbox_.emplace(words.begin(), words.end());
  return true;
}

bool InprocHost::take_message(std::vector<uint32_t>& words) {
  if (inbox_.empty()) return false;
  words = std::move(inbox_.front());
  inbox_.pop_front();
  return true;
}

}  // namespace fp::platform
