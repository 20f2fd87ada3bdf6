// SPDX-License-Identifier: Apache-2.0
//
// The platform's block factory with one flipped bit in the RTL pipeline's output: beat 5 of port 1.
#define make_rmt make_whole_rmt
#include "sim-tb/platform/fidelity.cpp"
#undef make_rmt

#include "sim-tb/lockstep/fault.hpp"

namespace fp::platform {

std::unique_ptr<rmt::RmtIf> make_rmt(Fidelity f);

std::unique_ptr<rmt::RmtIf> make_rmt(Fidelity f) {
  if (f != Fidelity::kLockstep) return make_whole_rmt(f);
  const sim::Fault fault{
      .kind = sim::FaultKind::kFlipBit, .port = "out[1]", .nth = 5, .at = 0, .bit = 9};
  auto broken = std::make_unique<sim::FaultShim<rmt::RmtIf>>(std::make_unique<RmtRtl>(), fault);
  return std::make_unique<sim::Lockstep<rmt::RmtIf>>(std::move(broken),
                                                     std::make_unique<rmt::RmtModel>());
}

}  // namespace fp::platform
