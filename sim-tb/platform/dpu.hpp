// SPDX-License-Identifier: Apache-2.0
//
// The DPU without its surroundings: connected blocks, embedded core with firmware, and the clock
// that moves them. No files, no captures: a bench (platform.hpp) or somebody else's SystemC
// platform (dpu_sc.hpp) stands around it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <utility>
#include <vector>

#include "cmodel/mbuf/mbuf_if.hpp"
#include "cmodel/rmt/rmt_if.hpp"
#include "cmodel/soc/csr_if.hpp"
#include "cmodel/soc/embedded_soc.hpp"
#include "cmodel/vq/vq_if.hpp"
#include "sim-tb/lockstep/ticker.hpp"
#include "sim-tb/platform/host_side.hpp"
#include "sim-tb/platform/ideal_stream.hpp"
#include "sim-tb/platform/profile.hpp"
#include "sim-tb/platform/sc_block.hpp"

namespace fp::platform {

// Cycles that the core may run ahead between two looks at interrupts and mailboxes: the quantum.
inline constexpr uint64_t kQuantum = 100;

// What the DPU is made of: models, RTL or both in lockstep; none may be null.
struct DpuBlocks {
  std::unique_ptr<rmt::RmtIf> rmt;
  std::unique_ptr<mbuf::MbufIf> mbuf;
  std::unique_ptr<vq::VqIf> vq;
  std::unique_ptr<soc::CsrIf> csr;
};

struct DpuConfig {
  Profile profile = kPaper;
  std::string firmware;               // ELF
  std::function<void(char)> console;  // every character that the firmware prints
  bool skipping = true;               // false: every block gets every clock edge
};

// One thread. Ports not connected here (wires, reports) are the owner's to connect, before reset().
class Dpu : public sc_core::sc_module, private soc::SocHost {
 public:
  // `host` may be null: nobody behind PCIe. It must outlive the DPU. Throws io::InputError naming
  // the firmware's file.
  Dpu(const sc_core::sc_module_name& name, const DpuConfig& config, DpuBlocks blocks,
      HostSide* host);
  ~Dpu() override;

  ScBlock<rmt::RmtIf>& rmt() { return rmt_; }
  ScBlock<mbuf::MbufIf>& mbuf() { return mbuf_; }
  ScBlock<vq::VqIf>& vq() { return vq_; }
  ScBlock<soc::CsrIf>& csr() { return csr_; }
  ScBlock<IdealStream>& stream() { return stream_; }
  soc::EmbeddedSoc& soc() { return *soc_; }
  sim::Ticker& ticker() { return ticker_; }

  // Puts a block of the surroundings under the DPU's clock. It must outlive the DPU's last cycle.
  template <class If>
  void add(If& block) {
    ticker_.add(block);
    blocks_.push_back(&block);
  }

  // Registers and levels as reset leaves them; the next cycle is 0.
  void reset();
  // Runs core and blocks for at most one quantum, not beyond cycle `end`; a sleeping core's blocks
  // until an interrupt, a wake-up or `stop`. `moved`: the mailbox has just been served. False:
  // nothing will ever happen by itself.
  bool slice(uint64_t end, bool moved, const std::function<bool()>& stop = {});

  // Somebody else's time: `pace` stands in for the ticker's run_until() wherever the DPU lets its
  // blocks move, and calls that in turn. It may wait.
  using Pace = std::function<uint64_t(uint64_t end, const std::function<bool()>& stop)>;
  void set_pace(Pace pace) { pace_ = std::move(pace); }

  // Some block needs the clock now, whether or not idle ones are skipped.
  bool busy();
  // A block asks for the core's attention.
  bool irq() const;
  // First cycle at which an idle block wakes by itself, or kNever.
  uint64_t earliest() const;

 private:
  // soc::SocHost
  void advance_to(uint64_t cycle) override { run_until(cycle); }
  void tick() override {
    if (pace_) {
      pace_(ticker_.now() + 1, {});
    } else {
      ticker_.tick();
    }
  }
  uint64_t now() const override { return ticker_.now(); }

  void connect_blocks(HostSide* host);
  uint64_t run_until(uint64_t end, const std::function<bool()>& stop = {}) {
    return pace_ ? pace_(end, stop) : ticker_.run_until(end, stop);
  }

  const bool skipping_;
  sim::Ticker ticker_;
  Pace pace_;
  ScBlock<rmt::RmtIf> rmt_;
  ScBlock<mbuf::MbufIf> mbuf_;
  ScBlock<vq::VqIf> vq_;
  ScBlock<soc::CsrIf> csr_;
  ScBlock<IdealStream> stream_;
  std::unique_ptr<soc::EmbeddedSoc> soc_;
  std::vector<Block*> blocks_;
};

}  // namespace fp::platform
