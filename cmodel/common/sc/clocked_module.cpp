// SPDX-License-Identifier: Apache-2.0
#include "cmodel/common/sc/clocked_module.hpp"

namespace fp::sc {

ClockedModule::ClockedModule(const sc_core::sc_module_name& name, Block& block,
                             const Out<bool>* irq)
    : sc_core::sc_module(name), block_(block), irq_(irq) {
  SC_METHOD(rise);
  sensitive << clk_i.pos();
  dont_initialize();
  SC_METHOD(settle);
  sensitive << edge_;
  dont_initialize();
}

void ClockedModule::rise() {
  resetting_ = !rst_ni.read();
  if (!resetting_) {
    if (!was_reset_) {
      SC_REPORT_ERROR("flatproxy", (std::string(name()) + ".rst_ni: found high at the first edge, "
                                                          "expected a reset")
                                       .c_str());
      return;
    }
    for (PortEnd* end : ends_) end->sample(sc_core::sc_time_stamp());
    block_.eval(now_i.size() > 0 ? now_i->read() : cycle_);
  }
  edge_.notify(sc_core::SC_ZERO_TIME);
}

void ClockedModule::settle() {
  if (resetting_) {
    was_reset_ = true;
    cycle_ = 0;
    block_.reset();
    for (PortEnd* end : ends_) end->reset();
  } else {
    block_.commit();
    ++cycle_;
    for (PortEnd* end : ends_) end->publish();
  }
  write_if_bound(idle_o, block_.idle());
  write_if_bound(wake_at_o, block_.wake_at());
  if (irq_ != nullptr) write_if_bound(irq_o, irq_->value);
}

}  // namespace fp::sc
