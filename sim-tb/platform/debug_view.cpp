// SPDX-License-Identifier: Apache-2.0
//
// What a debugger of the control core sees of the platform: blocks, registers by contract, time.
#include <array>

#include "cmodel/common/register_peek.hpp"
#include "contract/ideal_stream_csr_table.hpp"
#include "contract/intc.hpp"
#include "contract/intc_csr_table.hpp"
#include "contract/mailbox_csr_table.hpp"
#include "contract/mbuf_csr_table.hpp"
#include "contract/pktq.hpp"
#include "contract/pktq_csr_table.hpp"
#include "contract/rmt_csr_table.hpp"
#include "contract/sysctl.hpp"
#include "contract/sysctl_csr_table.hpp"
#include "contract/uart.hpp"
#include "contract/uart_csr_table.hpp"
#include "contract/vq_csr_table.hpp"
#include "contract/wdt.hpp"
#include "contract/wdt_csr_table.hpp"
#include "sim-tb/gdb/server.hpp"
#include "sim-tb/platform/platform.hpp"

namespace fp::platform {

void Platform::attach_debugger() {
  gdb::Machine machine;
  machine.hart = &soc_->hart();
  machine.write = [this](uint32_t addr, std::span<const uint8_t> bytes) {
    return soc_->debug_write(addr, bytes);
  };
  machine.crashed = [this] {
    return soc_->crash_record() != 0 || soc_->expired_watchdog() != nullptr;
  };

  gdb::SystemView& view = machine.view;
  view.core_cycles = [this] { return soc_->local_time(); };
  view.block_cycles = [this] { return ticker_.now(); };
  view.ready_cycle = [this] { return result_.boot_cycles; };
  view.asleep = [this] { return soc_->hart().in_wfi(); };
  view.read = [this](uint32_t addr, std::span<uint8_t> out) { return soc_->debug_read(addr, out); };

  view.blocks = {
      {"rmt", &rmt_.block()}, {"mbuf", &mbuf_.block()},           {"vq", &vq_.block()},
      {"csr", &csr_.block()}, {"ideal_stream", &stream_.block()}, {"pktq", &soc_->packets()}};
  if (host_ != nullptr) view.blocks.push_back({"host", host_});
  for (size_t w = 0; w < sources_.size(); ++w) {
    view.blocks.push_back({"p" + std::to_string(w) + ".in", sources_[w].get()});
  }
  constexpr std::array<const char*, 5> kSinkNames = {"p0.out", "p1.out", "p2.out", "p3.out", "vf"};
  for (size_t s = 0; s < sinks_.size(); ++s) {
    view.blocks.push_back({kSinkNames.at(s), sinks_[s].get()});
  }

  view.registers = {{"rmt", rmt::kCsrBase, rmt::kCsrTable},
                    {"mbuf", mbuf::kCsrBase, mbuf::kCsrTable},
                    {"vq", vq::kCsrBase, vq::kCsrTable},
                    {"ideal_stream", ideal_stream::kCsrBase, ideal_stream::kCsrTable},
                    {"uart", uart::kCsrBase, uart::kCsrTable},
                    {"intc", intc::kCsrBase, intc::kCsrTable},
                    {"mailbox", mailbox::kCsrBase, mailbox::kCsrTable},
                    {"sysctl", sysctl::kCsrBase, sysctl::kCsrTable},
                    {"pktq", pktq::kCsrBase, pktq::kCsrTable},
                    {"wdt", wdt::kCsrBase, wdt::kCsrTable}};

  // In the order of the interconnect's ports (connect_blocks()).
  const std::array<const RegisterPeek*, soc::CsrIf::kNumSlaves> slaves = {
      dynamic_cast<const RegisterPeek*>(&rmt_.block()),
      dynamic_cast<const RegisterPeek*>(&mbuf_.block()),
      dynamic_cast<const RegisterPeek*>(&vq_.block()),
      dynamic_cast<const RegisterPeek*>(&stream_.block())};
  soc_->set_csr_peek([slaves](uint32_t addr, uint32_t& value) {
    for (unsigned i = 0; i < slaves.size(); ++i) {
      if (soc::CsrIf::slot(i) != (addr >> 16)) continue;
      return slaves[i] != nullptr && slaves[i]->peek(addr & 0xffff, value);
    }
    return false;
  });
  config_.debugger->attach(std::move(machine));
  soc_->set_run_control(config_.debugger);
}

}  // namespace fp::platform
