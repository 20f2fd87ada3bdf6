// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/platform/dpu_sc.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <deque>
#include <utility>

#include "cmodel/mbuf/mbuf_model.hpp"
#include "cmodel/rmt/rmt_model.hpp"
#include "cmodel/soc/csr_model.hpp"
#include "cmodel/vq/vq_model.hpp"
#include "contract/common.hpp"
#include "firmware/linux/pipeline/admin.hpp"
#include "sim-tb/platform/dpu.hpp"

namespace fp::platform {
namespace {

// A socket's end under the DPU's clock. It decides by itself when it needs an edge.
class EndBlock final : public Block {
 public:
  EndBlock(sc::PortEnd& end, const sc_core::sc_time& period) : end_(end), period_(period) {}

  void reset() override { end_.reset(); }
  void eval(uint64_t now) override { end_.sample(period_ * static_cast<double>(now)); }
  void commit() override { end_.publish(); }
  bool idle() const override { return end_.idle(); }
  uint64_t wake_at() const override { return kNever; }

  template <class A, class B, class F>
  static void zip_ports(A&, B&, F&&) {}

 private:
  sc::PortEnd& end_;
  const sc_core::sc_time period_;
};

// Takes everything from a stream that nobody reads.
class Drain final : public Block {
 public:
  Rx<common::PktBeat> in;

  void reset() override { in.ready = true; }
  void eval(uint64_t) override {}
  void commit() override {}
  bool idle() const override { return true; }
  uint64_t wake_at() const override { return kNever; }

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("in", a.in, b.in);
  }
};

pipeline::Image image_or_empty(const DpuScConfig& config) {
  return config.image ? *config.image : pipeline::Image{};
}

}  // namespace

struct DpuSc::Parts {
  Parts(const DpuScConfig& config, HostSide* host)
      : dpu("dpu",
            {.profile = config.profile,
             .firmware = config.firmware,
             .console = config.console ? config.console : [](char) {}},
            {.rmt = std::make_unique<rmt::RmtModel>(),
             .mbuf = std::make_unique<mbuf::MbufModel>(),
             .vq = std::make_unique<vq::VqModel>(),
             .csr = std::make_unique<soc::CsrModel>()},
            host),
        admin(image_or_empty(config), config.listens, config.lossless, config.addresses) {}

  Dpu dpu;
  pipeline::AdminSession admin;
  std::deque<EndBlock> ends;
  std::deque<Drain> drains;
};

DpuSc::DpuSc(const sc_core::sc_module_name& name, DpuScConfig config, HostSide* host)
    : sc_core::sc_module(name),
      in("in", kNumWires),
      out("out", kNumWires,
          [&config](const char* port, size_t) {
            // A frame takes a cycle or more: what a quantum can bring fits.
            return new sc::PacketInitiator(
                port, sc::PacketInitiator::kDepth + static_cast<size_t>(config.quantum));
          }),
      config_(std::move(config)),
      host_(host),
      period_(config_.profile.ns_per_cycle, sc_core::SC_NS),
      parts_(std::make_unique<Parts>(config_, host)) {
  mail.register_b_transport(this, &DpuSc::b_transport);
  SC_THREAD(run);
}

DpuSc::~DpuSc() = default;

void DpuSc::before_end_of_elaboration() {
  rmt::RmtIf& rmt = parts_->dpu.rmt().block();
  const auto add = [this](sc::PortEnd& end) {
    parts_->dpu.add(parts_->ends.emplace_back(end, period_));
  };
  for (unsigned w = 0; w < kNumWires; ++w) {
    if (in[w].take(rmt.in[w])) add(in[w]);
    if (out[w].take(rmt.out[w])) add(out[w]);
  }
  for (auto& port : rmt.out) {
    if (port.ready != &kLow) continue;
    Drain& drain = parts_->drains.emplace_back();
    connect(port, drain.in);
    parts_->dpu.add(drain);
  }
}

// Moves mailbox messages between the firmware and the module's own ends. Answers whether any moved.
bool DpuSc::pump() {
  soc::Mailbox& box = parts_->dpu.soc().mailbox();
  pipeline::AdminSession& admin = parts_->admin;
  bool moved = false;
  if (config_.image) {
    if (box.has_message(mailbox::kChannelConfig)) {
      const std::string complaint = admin.receive(box.take(mailbox::kChannelConfig));
      if (!complaint.empty()) SC_REPORT_ERROR("flatproxy", complaint.c_str());
      moved = true;
    }
    if (const pipeline::Message* m = admin.next();
        m != nullptr && box.post(mailbox::kChannelConfig, *m)) {
      admin.sent();
      moved = true;
    }
  }
  if (host_ == nullptr) return moved;
  if (box.has_message(mailbox::kChannelHost)) {
    host_->receive(box.take(mailbox::kChannelHost));
    moved = true;
  }
  moved |= host_->run_software(parts_->dpu.ticker().now());
  if (const auto m = host_->next(); m && box.post(mailbox::kChannelHost, *m)) {
    host_->sent();
    moved = true;
  }
  return moved;
}

// SystemC's time comes to the blocks', behind what others do at that instant, as with a clocked
// block (clocked_module.hpp).
void DpuSc::meet() {
  const sc_core::sc_time due = period_ * static_cast<double>(parts_->dpu.ticker().now());
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  if (due > now) wait(due - now);
  wait(sc_core::SC_ZERO_TIME);
  wait(sc_core::SC_ZERO_TIME);
}

uint64_t DpuSc::advance(uint64_t end, const std::function<bool()>& stop) {
  sim::Ticker& ticker = parts_->dpu.ticker();
  while (ticker.now() < end) {
    meet();
    const uint64_t to = std::min(end, ticker.now() + config_.quantum);
    if (ticker.run_until(to, stop) < to || (stop && stop())) break;
  }
  return ticker.now();
}

void DpuSc::run() {
  Dpu& dpu = parts_->dpu;
  dpu.set_pace(
      [this](uint64_t end, const std::function<bool()>& stop) { return advance(end, stop); });
  dpu.reset();
  for (;;) {
    meet();
    const uint64_t before = dpu.ticker().now();
    if (!dpu.slice(before + kQuantum, pump())) {
      // Asleep until somebody outside does something; time passes all the same.
      advance(before + config_.quantum, {});
      dpu.soc().sleep_until(dpu.ticker().now());
    }
    if (dpu.soc().crash_record() != 0) {
      std::array<char, 80> text;
      std::snprintf(text.data(), text.size(),
                    "firmware: found a crash (record at 0x%08x), expected none",
                    dpu.soc().crash_record());
      SC_REPORT_ERROR("flatproxy", text.data());
    }
    if (dpu.soc().expired_watchdog() != nullptr) {
      SC_REPORT_ERROR("flatproxy", "firmware: found it stuck, expected a sign of life");
    }
    if (config_.image && !ready_cycle_ && parts_->admin.ready()) {
      ready_cycle_ = dpu.ticker().now();
      sc::write_if_bound(ready_o, true);
    }
    slots_.notify(sc_core::SC_ZERO_TIME);
  }
}

bool DpuSc::own_channel(uint64_t channel) const {
  return channel == mailbox::kChannelConfig ? config_.image.has_value() : host_ != nullptr;
}

void DpuSc::b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
  trans.set_dmi_allowed(false);
  const uint64_t channel = trans.get_address();
  const unsigned bytes = trans.get_data_length();
  if (channel >= mailbox::kNumChannels || own_channel(channel)) {
    trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  if (trans.get_byte_enable_ptr() != nullptr) {
    trans.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  const bool fits = trans.is_write() ? bytes != 0 && bytes <= 4 * mailbox::kSlotWords
                                     : bytes >= 4 * mailbox::kSlotWords;
  if (bytes % 4 != 0 || trans.get_streaming_width() < bytes || !fits) {
    trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  if (delay != sc_core::SC_ZERO_TIME) wait(delay);
  delay = sc_core::SC_ZERO_TIME;
  soc::Mailbox& box = parts_->dpu.soc().mailbox();
  const auto slot = static_cast<unsigned>(channel);
  if (trans.is_write()) {
    std::vector<uint32_t> words(bytes / 4);
    std::memcpy(words.data(), trans.get_data_ptr(), bytes);
    while (!box.post(slot, words)) wait(slots_);
  } else {
    while (!box.has_message(slot)) wait(slots_);
    const std::vector<uint32_t> words = box.take(slot);
    std::memset(trans.get_data_ptr(), 0, bytes);
    std::memcpy(trans.get_data_ptr(), words.data(), 4 * words.size());
  }
  trans.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace fp::platform
