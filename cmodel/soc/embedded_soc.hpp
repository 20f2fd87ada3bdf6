// SPDX-License-Identifier: Apache-2.0
//
// The embedded platform: control core, RAM, TLM-2.0 bus, timer, console, interrupt controller,
// mailbox, and the bridge into CSR space. Model only; the CSR interconnect it talks to is a block
// (csr_if.hpp).
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <systemc>
#include <vector>

#include "cmodel/common/state_io.hpp"
#include "cmodel/riscv/hart.hpp"
#include "cmodel/soc/csr_if.hpp"
#include "cmodel/soc/devices.hpp"
#include "cmodel/soc/mailbox.hpp"
#include "cmodel/soc/pktq.hpp"
#include "cmodel/soc/run_control.hpp"
#include "cmodel/soc/uart.hpp"
#include "cmodel/soc/watchdog.hpp"

namespace fp::soc {

struct SocConfig {
  uint32_t clock_hz = 250'000'000;      // shown to firmware; core and blocks share one clock
  uint32_t cycles_per_instruction = 1;  // CPI of the core (an in-order single-issue pipeline)
};

// Interrupt lines into the controller, in the platform's hands. Pointers must outlive the SoC.
struct SocIrqs {
  const bool* rmt = &kLow;
  const bool* mbuf = &kLow;
  const bool* vq = &kLow;
  const bool* stream = &kLow;
};

// How the SoC moves the rest of the platform. Called from run() only.
class SocHost {
 public:
  virtual ~SocHost() = default;
  // Ticks all blocks until their time is `cycle`; they may already be there. A TLM access ends the
  // quantum: hardware reaches the access's time stamp before the access happens.
  virtual void advance_to(uint64_t cycle) = 0;
  // One tick of all blocks.
  virtual void tick() = 0;
  // Blocks' time in cycles.
  virtual uint64_t now() const = 0;
};

// Local time is in cycles since reset and never behind the blocks' time by more than what run()
// was asked for. One thread.
class EmbeddedSoc : public sc_core::sc_module, private riscv::Bus {
 public:
  // `console` receives every character firmware prints.
  EmbeddedSoc(const sc_core::sc_module_name& name, const SocConfig& config, SocHost& host,
              std::function<void(char)> console);
  ~EmbeddedSoc() override;

  // Upstream port of the CSR interconnect.
  void connect_csr(CsrIf& csr);
  void set_irqs(const SocIrqs& irqs) { irqs_ = irqs; }

  // Loads firmware and points the core at its entry. Returns "" or one line (FILE: FIELD: ...).
  std::string load(const std::string& elf_file);

  // --- for a debugger ---------------------------------------------------------------------------
  // Executes the core from now on; null: the core's own loop. Not owned.
  void set_run_control(RunControl* control) { control_ = control; }
  // Answers reads of CSR space by address within it (RegisterPeek's rules); without it there are
  // none.
  void set_csr_peek(std::function<bool(uint32_t addr, uint32_t& value)> peek);
  // Copies memory or registers at `addr` without any effect on them; returns how many bytes from
  // the front could be had. Registers are read in whole words.
  size_t debug_read(uint32_t addr, std::span<uint8_t> out);
  // Changes RAM; false, and nothing changed, if any byte lies elsewhere.
  bool debug_write(uint32_t addr, std::span<const uint8_t> bytes);

  // Executes until local time reaches `cycle`, or the core sleeps. Interrupt lines are sampled when
  // called and after every device or CSR access.
  void run(uint64_t cycle);

  // Cycles executed and slept since reset.
  uint64_t local_time() const;
  // Asleep in WFI with nothing pending; lets time pass without run().
  bool asleep();
  void sleep_until(uint64_t cycle);
  // Cycle at which the timer or the console would wake a sleeping core, or kNever.
  uint64_t wake_at() const;

  Mailbox& mailbox() { return mailbox_; }
  // The console's other end: type() there.
  Uart& console() { return uart_; }
  // A block as well: whoever ticks the platform connects and ticks it.
  PacketQueue& packets() { return packets_; }
  riscv::Hart& hart() { return hart_; }
  // Firmware died: address of its crash record, else 0.
  uint32_t crash_record() const { return sysctl_.crash_record(); }
  // Null, or the watchdog that holds the core for good.
  const Watchdog* expired_watchdog() const { return watchdog_.expired() ? &watchdog_ : nullptr; }
  uint64_t csr_accesses() const { return csr_accesses_; }

  // Core, RAM and devices; between two calls of run() only.
  void checkpoint(StateIo& io);

  tlm_utils::simple_initiator_socket<EmbeddedSoc> core_socket;  // core -> bus

 private:
  class Router;
  class CsrBridge;

  riscv::BusReply access(tlm::tlm_command command, uint32_t addr, unsigned size, uint32_t& value);
  riscv::BusReply read(uint32_t addr, unsigned size, uint32_t& out) override;
  riscv::BusReply write(uint32_t addr, unsigned size, uint32_t value) override;
  uint64_t time() override { return local_time(); }
  uint64_t awake_time() const { return local_time() - slept_; }
  void sample_interrupts();

  SocConfig config_;
  SocHost& host_;
  std::vector<uint8_t> ram_;
  riscv::Hart hart_;
  Clint clint_;
  Uart uart_;
  Intc intc_;
  Mailbox mailbox_;
  PacketQueue packets_;
  Sysctl sysctl_;
  Watchdog watchdog_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<CsrBridge> bridge_;
  SocIrqs irqs_;
  uint64_t csr_accesses_ = 0;
  uint64_t slept_ = 0;  // cycles in WFI since reset
  RunControl* control_ = nullptr;
};

}  // namespace fp::soc
