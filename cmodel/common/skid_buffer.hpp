// SPDX-License-Identifier: Apache-2.0
//
// Cycle-exact twin of rtl/common/skid_buffer.sv for use inside a block model: a FIFO of two, seen
// from its ports. Timing: docs/uarch/common.md.
#pragma once

#include "cmodel/common/state_io.hpp"
#include "cmodel/common/stream_fifo.hpp"

namespace fp {

template <class T>
class SkidBuffer {
 public:
  bool in_ready() const { return fifo_.in_ready(); }
  bool out_valid() const { return fifo_.out_valid(); }
  const T& out_data() const { return fifo_.out_data(); }  // meaningful while out_valid()
  bool empty() const { return fifo_.empty(); }
  // A clock edge with in_valid low and the same hold changes nothing.
  bool idle(bool hold = false) const { return fifo_.idle(hold); }

  void reset() { fifo_.reset(); }
  void eval(bool in_valid, const T& in_data, bool out_ready, bool hold = false) {
    fifo_.eval(in_valid, in_data, out_ready, hold);
  }
  // A cycle without in_valid.
  void eval(bool out_ready, bool hold = false) { fifo_.eval(out_ready, hold); }
  void commit() { fifo_.commit(); }

  void checkpoint(StateIo& io) { io(fifo_); }

 private:
  StreamFifo<T> fifo_{2};
};

}  // namespace fp
