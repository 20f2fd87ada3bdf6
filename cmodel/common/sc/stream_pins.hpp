// SPDX-License-Identifier: Apache-2.0
//
// A block's stream as wires, cycle for cycle those of its RTL: valid, ready, and the contract
// struct packed into one vector (bit 0 first), as X_valid_i, X_data_i, X_ready_o are.
#pragma once

#include <array>
#include <cstdint>
#include <systemc>

#include "cmodel/common/ports.hpp"
#include "cmodel/common/sc/clocked_module.hpp"

namespace fp::sc {

// Wires into a block. `module` clocks `port`; both outlive the pins. Connects at once, so nothing
// else may have taken the port.
template <class T>
class StreamPinsIn : public sc_core::sc_module, public PortEnd {
 public:
  using Data = sc_dt::sc_bv<static_cast<int>(T::kBits)>;
  sc_core::sc_in<bool> valid_i{"valid_i"};
  sc_core::sc_in<Data> data_i{"data_i"};
  sc_core::sc_out<bool> ready_o{"ready_o"};

  StreamPinsIn(const sc_core::sc_module_name& name, ClockedModule& module, Rx<T>& port)
      : sc_core::sc_module(name), port_(port) {
    port.valid = &valid_;
    port.data = &beat_;
    module.attach(*this);
  }

  void reset() override {
    valid_ = false;
    publish();
  }
  void sample(const sc_core::sc_time&) override {
    valid_ = valid_i.read();
    if (!valid_) return;
    std::array<uint32_t, T::kWords> words;
    for (unsigned i = 0; i < T::kWords; ++i) words[i] = data_i.read().get_word(static_cast<int>(i));
    beat_ = T::unpack(words.data());
  }
  void publish() override { ready_o.write(port_.ready); }

 private:
  const Rx<T>& port_;
  bool valid_ = false;
  T beat_{};
};

// Wires out of a block.
template <class T>
class StreamPinsOut : public sc_core::sc_module, public PortEnd {
 public:
  using Data = sc_dt::sc_bv<static_cast<int>(T::kBits)>;
  sc_core::sc_out<bool> valid_o{"valid_o"};
  sc_core::sc_out<Data> data_o{"data_o"};
  sc_core::sc_in<bool> ready_i{"ready_i"};

  StreamPinsOut(const sc_core::sc_module_name& name, ClockedModule& module, Tx<T>& port)
      : sc_core::sc_module(name), port_(port) {
    port.ready = &ready_;
    module.attach(*this);
  }

  void reset() override {
    ready_ = false;
    publish();
  }
  void sample(const sc_core::sc_time&) override { ready_ = ready_i.read(); }
  void publish() override {
    valid_o.write(port_.valid);
    if (!port_.valid) return;
    std::array<uint32_t, T::kWords> words;
    port_.data.pack(words.data());
    Data data;
    for (unsigned i = 0; i < T::kWords; ++i) data.set_word(static_cast<int>(i), words[i]);
    data_o.write(data);
  }

 private:
  const Tx<T>& port_;
  bool ready_ = false;
};

}  // namespace fp::sc
