// SPDX-License-Identifier: Apache-2.0
//
// The output register in front of a Tx port of a C++ block: loaded in eval(), shown at commit().
#pragma once

#include "cmodel/common/ports.hpp"
#include "cmodel/common/state_io.hpp"

namespace fp::platform {

template <class T>
class StreamOut {
 public:
  explicit StreamOut(Tx<T>& port) : port_(port) {}

  // First in every eval(): the beat that leaves in this cycle frees the register.
  void begin() {
    valid_ = port_.valid && !*port_.ready;
    loaded_ = false;
  }
  // May push() in this cycle.
  bool can_push() const { return !valid_; }
  void push(const T& data) {
    data_ = data;
    valid_ = loaded_ = true;
  }
  void commit() {
    port_.valid = valid_;
    if (loaded_) port_.data = data_;
    loaded_ = false;
  }
  void reset() {
    valid_ = loaded_ = false;
    port_.valid = false;
    port_.data = T{};
  }
  // Nothing waits to leave.
  bool idle() const { return !port_.valid; }

  void checkpoint(StateIo& io) { io(data_, valid_, loaded_); }

 private:
  Tx<T>& port_;
  T data_{};
  bool valid_ = false;
  bool loaded_ = false;
};

}  // namespace fp::platform
