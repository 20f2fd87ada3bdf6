// SPDX-License-Identifier: Apache-2.0
//
// A memory-mapped device of the embedded platform: 32-bit registers behind a TLM-2.0 target socket.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>

#include "cmodel/common/state_io.hpp"

namespace fp::soc {

// Base of the model-only devices. Accesses are single, aligned words; anything else answers
// TLM_BURST_ERROR_RESPONSE, an address without a register TLM_ADDRESS_ERROR_RESPONSE. One thread.
class Device : public sc_core::sc_module {
 public:
  explicit Device(const sc_core::sc_module_name& name)
      : sc_core::sc_module(name), socket("socket") {
    socket.register_b_transport(this, &Device::b_transport);
    socket.register_transport_dbg(this, &Device::transport_dbg);
  }

  tlm_utils::simple_target_socket<Device> socket;

  // The registers' state, as Block::checkpoint.
  virtual void checkpoint(StateIo& io) = 0;

 protected:
  // `offset` is a multiple of 4 from the device's base. False: no such register.
  virtual bool read(uint32_t offset, uint32_t& value) { return peek(offset, value); }
  virtual bool write(uint32_t offset, uint32_t value) = 0;
  // What read() would answer, for a debugger: changes nothing. False also for a register whose read
  // has an effect; such a device overrides read() as well.
  virtual bool peek(uint32_t offset, uint32_t& value) const = 0;

 private:
  void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time&) {
    if (trans.get_data_length() != 4 || trans.get_address() % 4 != 0) {
      trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
      return;
    }
    const auto offset = static_cast<uint32_t>(trans.get_address());
    auto& word = *reinterpret_cast<uint32_t*>(trans.get_data_ptr());
    const bool ok = trans.is_read() ? read(offset, word) : write(offset, word);
    trans.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }

  // Reads one aligned word; writes nothing.
  unsigned transport_dbg(tlm::tlm_generic_payload& trans) {
    if (!trans.is_read() || trans.get_data_length() != 4 || trans.get_address() % 4 != 0) return 0;
    auto& word = *reinterpret_cast<uint32_t*>(trans.get_data_ptr());
    return peek(static_cast<uint32_t>(trans.get_address()), word) ? 4 : 0;
  }
};

}  // namespace fp::soc
