// SPDX-License-Identifier: Apache-2.0
//
// Ready/valid stream ports and level ports between blocks. A port's outputs are registers of the
// block that owns it: written at commit() only, read by peers during eval().
#pragma once

#include <cstdint>

#include "cmodel/common/state_io.hpp"

namespace fp {

inline constexpr bool kLow = false;
inline constexpr bool kHigh = true;

// Producer side of a stream. A beat moves in a cycle where valid and *ready both hold. valid stays
// up and data stays put until then. Neither may depend on *ready in the same cycle.
template <class T>
struct Tx {
  using Payload = T;
  bool valid = false;         // output
  T data{};                   // output, meaningful while valid
  const bool* ready = &kLow;  // input, set by connect()

  bool fires() const { return valid && *ready; }
  void checkpoint(StateIo& io) { io(valid, data); }
};

// Consumer side of a stream.
template <class T>
struct Rx {
  using Payload = T;
  const bool* valid = &kLow;  // input, set by connect()
  const T* data = nullptr;    // input, set by connect()
  bool ready = false;         // output

  bool fires() const { return *valid && ready; }
  void checkpoint(StateIo& io) { io(ready); }
};

// A level a block drives, for example an interrupt line.
template <class T>
struct Out {
  T value{};

  void checkpoint(StateIo& io) { io(value); }
};

// A level a block reads; `value` is set by connect() or points at a constant.
template <class T>
struct In {
  const T* value = nullptr;

  void checkpoint(StateIo&) {}  // its peer's
};

// Wires a producer to its one consumer. Both must outlive the simulation.
template <class T>
void connect(Tx<T>& tx, Rx<T>& rx) {
  rx.valid = &tx.valid;
  rx.data = &tx.data;
  tx.ready = &rx.ready;
}

template <class T>
void connect(Out<T>& out, In<T>& in) {
  in.value = &out.value;
}

}  // namespace fp
