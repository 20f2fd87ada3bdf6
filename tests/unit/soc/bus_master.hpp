// SPDX-License-Identifier: Apache-2.0
//
// A TLM-2.0 initiator that reads and writes one device.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <systemc>

namespace fp::soc::test {

class BusMaster : public sc_core::sc_module {
 public:
  explicit BusMaster(const sc_core::sc_module_name& name)
      : sc_core::sc_module(name), socket("socket") {}

  tlm_utils::simple_initiator_socket<BusMaster> socket;
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;  // of the last access
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;                  // added up

  uint32_t read(uint64_t addr, unsigned size = 4) {
    uint32_t value = 0xdeadbeef;
    access(tlm::TLM_READ_COMMAND, addr, value, size);
    return value;
  }
  void write(uint64_t addr, uint32_t value, unsigned size = 4) {
    access(tlm::TLM_WRITE_COMMAND, addr, value, size);
  }
  bool ok() const { return status == tlm::TLM_OK_RESPONSE; }

 private:
  void access(tlm::tlm_command command, uint64_t addr, uint32_t& value, unsigned size) {
    tlm::tlm_generic_payload trans;
    trans.set_command(command);
    trans.set_address(addr);
    trans.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    trans.set_data_length(size);
    trans.set_streaming_width(size);
    trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    socket->b_transport(trans, delay);
    status = trans.get_response_status();
  }
};

}  // namespace fp::soc::test
