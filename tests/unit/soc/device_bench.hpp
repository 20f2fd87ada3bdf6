// SPDX-License-Identifier: Apache-2.0
//
// One device behind a bus master.
#pragma once

#include <utility>

#include "tests/unit/soc/bus_master.hpp"
#include "tests/unit/soc/fresh_systemc.hpp"

namespace fp::soc::test {

template <class D>
struct Bench {
  template <class... Args>
  explicit Bench(Args&&... args)
      : prepared((fresh_systemc(), true)),
        device("device", std::forward<Args>(args)...),
        master("master") {
    master.socket.bind(device.socket);
    elaborate();
  }
  bool prepared;
  D device;
  BusMaster master;
};

}  // namespace fp::soc::test
