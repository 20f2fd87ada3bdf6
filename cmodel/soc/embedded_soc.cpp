// SPDX-License-Identifier: Apache-2.0
#include "cmodel/soc/embedded_soc.hpp"

#include <algorithm>

#include "cmodel/riscv/elf_image.hpp"
#include "contract/intc.hpp"
#include "contract/pktq.hpp"
#include "contract/soc.hpp"
#include "contract/sysctl.hpp"
#include "contract/uart.hpp"
#include "contract/wdt.hpp"

namespace fp::soc {

// The bus: one target socket for the core, one initiator socket per target; decodes addresses and
// hands each target its own offsets.
class EmbeddedSoc::Router : public sc_core::sc_module {
 public:
  explicit Router(const sc_core::sc_module_name& name)
      : sc_core::sc_module(name), target("target") {
    target.register_b_transport(this, &Router::b_transport);
    target.register_transport_dbg(this, &Router::transport_dbg);
  }

  template <class Socket>
  void map(Socket& socket, uint32_t base, uint32_t bytes) {
    ports_.push_back(
        {base, bytes,
         std::make_unique<Initiator>(("out" + std::to_string(ports_.size())).c_str())});
    ports_.back().socket->bind(socket);
  }

  tlm_utils::simple_target_socket<Router> target;

 private:
  using Initiator = tlm_utils::simple_initiator_socket<Router>;
  struct Port {
    uint32_t base;
    uint32_t bytes;
    std::unique_ptr<Initiator> socket;
  };

  void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
    const uint64_t addr = trans.get_address();
    Port* const p = port_of(addr);
    if (p == nullptr) {
      trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return;
    }
    trans.set_address(addr - p->base);
    (*p->socket)->b_transport(trans, delay);
    trans.set_address(addr);
  }

  unsigned transport_dbg(tlm::tlm_generic_payload& trans) {
    const uint64_t addr = trans.get_address();
    Port* const p = port_of(addr);
    if (p == nullptr) return 0;
    trans.set_address(addr - p->base);
    const unsigned bytes = (*p->socket)->transport_dbg(trans);
    trans.set_address(addr);
    return bytes;
  }

  Port* port_of(uint64_t addr) {
    for (Port& p : ports_) {
      if (addr >= p.base && addr - p.base < p.bytes) return &p;
    }
    return nullptr;
  }

  std::vector<Port> ports_;
};

// TLM-2.0 into AXI4-Lite: ticks the blocks until the interconnect has answered, and adds the time
// that took to the transaction's delay.
class EmbeddedSoc::CsrBridge : public sc_core::sc_module {
 public:
  CsrBridge(const sc_core::sc_module_name& name, SocHost& host, sc_core::sc_time cycle)
      : sc_core::sc_module(name), socket("socket"), host_(host), cycle_(cycle) {
    socket.register_b_transport(this, &CsrBridge::b_transport);
    socket.register_transport_dbg(this, &CsrBridge::transport_dbg);
  }

  tlm_utils::simple_target_socket<CsrBridge> socket;
  Out<CsrReq> req;
  In<common::AxilRsp> rsp;
  std::function<bool(uint32_t addr, uint32_t& value)> peek;

 private:
  unsigned transport_dbg(tlm::tlm_generic_payload& trans) {
    if (!peek || !trans.is_read() || trans.get_data_length() != 4 || trans.get_address() % 4 != 0) {
      return 0;
    }
    auto& word = *reinterpret_cast<uint32_t*>(trans.get_data_ptr());
    return peek(static_cast<uint32_t>(trans.get_address()), word) ? 4 : 0;
  }

  void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
    if (trans.get_data_length() != 4 || trans.get_address() % 4 != 0 || rsp.value == nullptr) {
      trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
      return;
    }
    const uint64_t start = host_.now();
    auto& word = *reinterpret_cast<uint32_t*>(trans.get_data_ptr());
    const auto addr = static_cast<uint32_t>(trans.get_address());
    const common::AxiResp resp = trans.is_read() ? do_read(addr, word) : do_write(addr, word);
    delay += cycle_ * static_cast<double>(host_.now() - start);
    trans.set_response_status(resp == common::AxiResp::kOkay ? tlm::TLM_OK_RESPONSE
                                                             : tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }

  // The request is set between two ticks, as a register of the bridge would change at the edge.
  common::AxiResp do_read(uint32_t addr, uint32_t& word) {
    req.value.arvalid = true;
    req.value.araddr = addr;
    req.value.rready = true;
    for (;;) {
      const common::AxilRsp before = *rsp.value;
      host_.tick();
      if (req.value.arvalid && before.arready) req.value.arvalid = false;
      if (before.rvalid) {
        req.value = {};
        word = before.rdata;
        return before.rresp;
      }
    }
  }

  common::AxiResp do_write(uint32_t addr, uint32_t word) {
    req.value.awvalid = req.value.wvalid = true;
    req.value.awaddr = addr;
    req.value.wdata = word;
    req.value.wstrb = 0xf;
    req.value.bready = true;
    for (;;) {
      const common::AxilRsp before = *rsp.value;
      host_.tick();
      if (req.value.awvalid && before.awready) req.value.awvalid = false;
      if (req.value.wvalid && before.wready) req.value.wvalid = false;
      if (before.bvalid) {
        req.value = {};
        return before.bresp;
      }
    }
  }

  SocHost& host_;
  sc_core::sc_time cycle_;
};

namespace {

riscv::HartConfig hart_config(const SocConfig& config) {
  riscv::HartConfig h;
  h.isa = riscv::kIsaEmbedded;
  h.reset_pc = kRamBase;
  h.cycles_per_instruction = config.cycles_per_instruction;
  return h;
}

sc_core::sc_time cycle_time(const SocConfig& config) {
  return sc_core::sc_time(1.0 / config.clock_hz, sc_core::SC_SEC);
}

}  // namespace

EmbeddedSoc::EmbeddedSoc(const sc_core::sc_module_name& name, const SocConfig& config,
                         SocHost& host, std::function<void(char)> console)
    : sc_core::sc_module(name),
      core_socket("core_socket"),
      config_(config),
      host_(host),
      ram_(kRamBytes),
      hart_(hart_config(config), *this),
      clint_("clint", [this] { return local_time(); }),
      uart_(
          "uart", config.clock_hz, [this] { return local_time(); }, std::move(console)),
      intc_("intc"),
      mailbox_("mailbox"),
      packets_("pktq"),
      sysctl_("sysctl", config.clock_hz),
      watchdog_("wdt", [this] { return awake_time(); }),
      router_(std::make_unique<Router>("bus")),
      bridge_(std::make_unique<CsrBridge>("csr_bridge", host, cycle_time(config))) {
  core_socket.bind(router_->target);
  router_->map(clint_.socket, kClintBase, kClintBytes);
  router_->map(uart_.socket, uart::kCsrBase, uart::kCsrSize);
  router_->map(intc_.socket, intc::kCsrBase, intc::kCsrSize);
  router_->map(mailbox_.socket, mailbox::kCsrBase, mailbox::kCsrSize);
  router_->map(packets_.socket, pktq::kCsrBase, pktq::kCsrSize);
  router_->map(sysctl_.socket, sysctl::kCsrBase, sysctl::kCsrSize);
  router_->map(watchdog_.socket, wdt::kCsrBase, wdt::kCsrSize);
  router_->map(bridge_->socket, kCsrBase, kCsrBytes);
  hart_.add_memory(kRamBase, ram_);
}

EmbeddedSoc::~EmbeddedSoc() = default;

void EmbeddedSoc::connect_csr(CsrIf& csr) {
  csr.up_req.value = &bridge_->req.value;
  bridge_->rsp.value = &csr.up_rsp.value;
}

uint64_t EmbeddedSoc::local_time() const { return hart_.cycle(); }

void EmbeddedSoc::sample_interrupts() {
  uint32_t lines = 0;
  lines |= static_cast<uint32_t>(mailbox_.irq()) << kIrqMailbox;
  lines |= static_cast<uint32_t>(uart_.irq()) << kIrqUart;
  lines |= static_cast<uint32_t>(*irqs_.rmt) << kIrqRmt;
  lines |= static_cast<uint32_t>(*irqs_.mbuf) << kIrqMbuf;
  lines |= static_cast<uint32_t>(*irqs_.vq) << kIrqVq;
  lines |= static_cast<uint32_t>(*irqs_.stream) << kIrqStream;
  lines |= static_cast<uint32_t>(packets_.irq()) << kIrqPktq;
  intc_.set_lines(lines);
  uint32_t mip = 0;
  if (intc_.external_pending()) mip |= riscv::kMeip;
  if (clint_.timer_pending(local_time())) mip |= riscv::kMtip;
  if (clint_.software_pending()) mip |= riscv::kMsip;
  hart_.set_mip(mip);
}

void EmbeddedSoc::run(uint64_t cycle) {
  while (local_time() < cycle && !watchdog_.expired()) {
    sample_interrupts();
    if (hart_.in_wfi()) return;
    // A timer that expires within the slice ends it.
    uint64_t until = cycle;
    if (clint_.deadline() > local_time()) until = std::min(until, clint_.deadline());
    uint64_t cycles = until - local_time();
    if (watchdog_.deadline() != kNever) {
      cycles = std::min(cycles, watchdog_.deadline() - awake_time());
    }
    if (control_ != nullptr) {
      control_->run(hart_, cycles);
    } else {
      hart_.run(cycles);
    }
  }
}

void EmbeddedSoc::set_csr_peek(std::function<bool(uint32_t addr, uint32_t& value)> peek) {
  bridge_->peek = std::move(peek);
}

size_t EmbeddedSoc::debug_read(uint32_t addr, std::span<uint8_t> out) {
  size_t done = 0;
  while (done < out.size()) {
    const auto at = static_cast<uint32_t>(addr + done);
    if (at >= kRamBase && at - kRamBase < kRamBytes) {
      const size_t here = std::min<size_t>(out.size() - done, kRamBytes - (at - kRamBase));
      std::copy_n(ram_.begin() + (at - kRamBase), here, out.begin() + static_cast<ptrdiff_t>(done));
      done += here;
      continue;
    }
    uint32_t word = 0;
    tlm::tlm_generic_payload trans;
    trans.set_command(tlm::TLM_READ_COMMAND);
    trans.set_address(at & ~3u);
    trans.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
    trans.set_data_length(sizeof(word));
    trans.set_streaming_width(sizeof(word));
    if (core_socket->transport_dbg(trans) != sizeof(word)) break;
    for (unsigned byte = at % 4; byte < 4 && done < out.size(); ++byte) {
      out[done++] = static_cast<uint8_t>(word >> (8 * byte));
    }
  }
  return done;
}

bool EmbeddedSoc::debug_write(uint32_t addr, std::span<const uint8_t> bytes) {
  if (addr < kRamBase || addr - kRamBase > kRamBytes ||
      bytes.size() > kRamBytes - (addr - kRamBase)) {
    return false;
  }
  std::copy(bytes.begin(), bytes.end(), ram_.begin() + (addr - kRamBase));
  hart_.notify_write(addr, static_cast<uint32_t>(bytes.size()));
  return true;
}

bool EmbeddedSoc::asleep() {
  sample_interrupts();
  return hart_.in_wfi();
}

void EmbeddedSoc::sleep_until(uint64_t cycle) {
  if (cycle <= local_time()) return;
  slept_ += cycle - local_time();
  hart_.idle(cycle - local_time());
}

uint64_t EmbeddedSoc::wake_at() const {
  // An unset or masked timer never wakes; a sleeping core with the timer enabled wakes at its
  // deadline. A deadline already past would have kept the core awake if it were enabled.
  const uint64_t timer = clint_.deadline() > local_time() ? clint_.deadline() : kNever;
  return std::min(timer, uart_.next_arrival());
}

riscv::BusReply EmbeddedSoc::access(tlm::tlm_command command, uint32_t addr, unsigned size,
                                    uint32_t& value) {
  // Hardware reaches the time stamp of the access before it happens.
  host_.advance_to(local_time());
  tlm::tlm_generic_payload trans;
  trans.set_command(command);
  trans.set_address(addr);
  trans.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  trans.set_data_length(size);
  trans.set_streaming_width(size);
  trans.set_byte_enable_ptr(nullptr);
  trans.set_dmi_allowed(false);
  trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const uint64_t before = host_.now();
  core_socket->b_transport(trans, delay);
  riscv::BusReply reply;
  reply.cycles = static_cast<uint32_t>(host_.now() - before);
  if (addr >= kCsrBase && addr - kCsrBase < kCsrBytes) ++csr_accesses_;
  if (!trans.is_response_ok()) reply.status = riscv::BusStatus::kFault;
  // The access may have changed any line.
  reply.stop = true;
  return reply;
}

riscv::BusReply EmbeddedSoc::read(uint32_t addr, unsigned size, uint32_t& out) {
  out = 0;
  return access(tlm::TLM_READ_COMMAND, addr, size, out);
}

riscv::BusReply EmbeddedSoc::write(uint32_t addr, unsigned size, uint32_t value) {
  return access(tlm::TLM_WRITE_COMMAND, addr, size, value);
}

void EmbeddedSoc::checkpoint(StateIo& io) {
  io.place("soc");
  riscv::HartState hart = hart_.save();
  io(hart, ram_);
  if (io.loading()) hart_.restore(hart);  // forgets what was decoded of other RAM
  for (Device* device :
       {static_cast<Device*>(&clint_), static_cast<Device*>(&uart_), static_cast<Device*>(&intc_),
        static_cast<Device*>(&mailbox_), static_cast<Device*>(&packets_),
        static_cast<Device*>(&sysctl_), static_cast<Device*>(&watchdog_)}) {
    io(*device);
  }
  io(bridge_->req, csr_accesses_, slept_);
}

std::string EmbeddedSoc::load(const std::string& elf_file) {
  riscv::ElfError error;
  const auto image = riscv::ElfImage::read(elf_file, error);
  if (!image || !image->place(ram_, kRamBase, error)) return elf_file + ": " + error.text();
  hart_.notify_write(kRamBase, kRamBytes);
  hart_.set_pc(image->entry());
  return "";
}

}  // namespace fp::soc
