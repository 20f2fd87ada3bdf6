// SPDX-License-Identifier: Apache-2.0
//
// The two implementations of the small message buffer, alone and in lockstep.
#pragma once

#include <memory>

#include "Vrtl_mbuf_s.h"
#include "cmodel/mbuf/mbuf_model.hpp"
#include "sim-tb/lockstep/lockstep.hpp"
#include "sim-tb/rtl_adapters/mbuf_rtl.hpp"
#include "tests/unit/mbuf/traffic.hpp"

namespace fp::mbuf::test {

inline constexpr Params kSmall{64, 12};
using Rtl = MbufRtl<Vrtl_mbuf_s>;
using Pair = sim::Lockstep<MbufIf>;

inline std::unique_ptr<MbufIf> make_model() { return std::make_unique<MbufModel>(kSmall); }

// Registers and RAMs come up with random values, idle payloads are junk.
inline std::unique_ptr<MbufIf> make_rtl(int seed = 1) {
  sim::RtlOptions options;
  options.random_power_up = true;
  options.junk_payloads = true;
  options.seed = seed;
  return std::make_unique<Rtl>(options);
}

inline std::unique_ptr<Pair> make_pair_of(int seed = 1) {
  return std::make_unique<Pair>(make_rtl(seed), make_model());
}

}  // namespace fp::mbuf::test
