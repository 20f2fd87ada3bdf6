// SPDX-License-Identifier: Apache-2.0
//
// Registers behind a TLM-2.0 target socket: an AXI4-Lite master that a transaction drives, with the
// cycles that a bus bridge of one register stage would take.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <systemc>
#include <tlm>

#include "cmodel/common/sc/clocked_module.hpp"
#include "contract/common.hpp"

namespace fp::sc {

// Req: common::AxilReq (a block) or soc::CsrReq (the interconnect).
//
// One aligned 32-bit word a transaction. b_transport waits its delay out, so the access happens at
// its time stamp and ends the initiator's quantum; it returns, with delay 0, at the edge at which
// the answer was taken. A request that is up at an edge's settling (one delta cycle behind it, so
// also one made by a process that this edge woke) leaves the master's register at that edge.
//   a burst, a part of a word, an unaligned address   TLM_BURST_ERROR_RESPONSE
//   byte enables                                      TLM_BYTE_ENABLE_ERROR_RESPONSE
//   an address outside the window, DECERR             TLM_ADDRESS_ERROR_RESPONSE
//   SLVERR, or a reset in the middle                  TLM_GENERIC_ERROR_RESPONSE
// No DMI. transport_dbg reads what `peek` knows, never writes, and takes no time.
template <class Req>
class CsrTarget : public sc_core::sc_module, public PortEnd {
 public:
  tlm_utils::simple_target_socket_optional<CsrTarget> socket{"socket"};

  Req req{};                             // output
  const common::AxilRsp* rsp = nullptr;  // input, set before the simulation starts
  // What a read would answer, without its effects; false: cannot say.
  std::function<bool(uint32_t addr, uint32_t& value)> peek;

  // `bytes`: size of the address window.
  CsrTarget(const sc_core::sc_module_name& name, uint64_t bytes)
      : sc_core::sc_module(name), bytes_(bytes) {
    socket.register_b_transport(this, &CsrTarget::b_transport);
    socket.register_transport_dbg(this, &CsrTarget::transport_dbg);
  }

  void reset() override {
    req = {};
    answered_ = false;
    if (state_ == State::kIssued) finish(common::AxiResp::kSlverr);
  }

  void sample(const sc_core::sc_time&) override {
    answered_ = false;
    if (state_ != State::kIssued) return;
    took_address_ = write_ ? req.awvalid && rsp->awready : req.arvalid && rsp->arready;
    took_data_ = req.wvalid && rsp->wready;
    answered_ = write_ ? rsp->bvalid : rsp->rvalid;
    answer_ = *rsp;
  }

  void publish() override {
    if (answered_) {
      req = {};
      if (!write_) word_ = answer_.rdata;
      finish(write_ ? answer_.bresp : answer_.rresp);
    } else if (state_ == State::kIssued) {
      if (took_address_) req.awvalid = req.arvalid = false;
      if (took_data_) req.wvalid = false;
    } else if (state_ == State::kAsked) {
      state_ = State::kIssued;
      req.awvalid = req.wvalid = req.bready = write_;
      req.arvalid = req.rready = !write_;
      (write_ ? req.awaddr : req.araddr) = addr_;
      req.wdata = write_ ? word_ : 0;
      req.wstrb = write_ ? 0xf : 0;
    }
  }

 private:
  enum class State : uint8_t { kFree, kAsked, kIssued, kDone };
  using Address = decltype(Req::awaddr);

  void finish(common::AxiResp resp) {
    resp_ = resp;
    state_ = State::kDone;
    done_.notify(sc_core::SC_ZERO_TIME);
  }

  tlm::tlm_response_status refused(const tlm::tlm_generic_payload& trans) const {
    if (trans.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    if (trans.get_data_length() != 4 || trans.get_streaming_width() < 4 ||
        trans.get_address() % 4 != 0) {
      return tlm::TLM_BURST_ERROR_RESPONSE;
    }
    if (trans.get_address() >= bytes_) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    if (!trans.is_read() && !trans.is_write()) return tlm::TLM_COMMAND_ERROR_RESPONSE;
    return tlm::TLM_OK_RESPONSE;
  }

  void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
    trans.set_dmi_allowed(false);
    const tlm::tlm_response_status refusal = refused(trans);
    if (refusal != tlm::TLM_OK_RESPONSE) {
      trans.set_response_status(refusal);
      return;
    }
    if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
    delay = sc_core::SC_ZERO_TIME;
    while (state_ != State::kFree) sc_core::wait(free_);
    write_ = trans.is_write();
    addr_ = static_cast<Address>(trans.get_address());
    if (write_) std::memcpy(&word_, trans.get_data_ptr(), 4);
    state_ = State::kAsked;
    while (state_ != State::kDone) sc_core::wait(done_);
    if (!write_) std::memcpy(trans.get_data_ptr(), &word_, 4);
    trans.set_response_status(resp_ == common::AxiResp::kOkay ? tlm::TLM_OK_RESPONSE
                              : resp_ == common::AxiResp::kDecerr
                                  ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                  : tlm::TLM_GENERIC_ERROR_RESPONSE);
    state_ = State::kFree;
    free_.notify(sc_core::SC_ZERO_TIME);
  }

  unsigned transport_dbg(tlm::tlm_generic_payload& trans) {
    if (refused(trans) != tlm::TLM_OK_RESPONSE || !trans.is_read() || !peek) return 0;
    uint32_t value = 0;
    if (!peek(static_cast<uint32_t>(trans.get_address()), value)) return 0;
    std::memcpy(trans.get_data_ptr(), &value, 4);
    return 4;
  }

  const uint64_t bytes_;
  State state_ = State::kFree;
  sc_core::sc_event done_, free_;
  // The access under way.
  bool write_ = false;
  Address addr_ = 0;
  uint32_t word_ = 0;
  common::AxiResp resp_{};
  // Seen at this edge.
  bool took_address_ = false;
  bool took_data_ = false;
  bool answered_ = false;
  common::AxilRsp answer_{};
};

}  // namespace fp::sc
