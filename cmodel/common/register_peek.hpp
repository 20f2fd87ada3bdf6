// SPDX-License-Identifier: Apache-2.0
//
// A cycle model whose registers a debugger reads while time stands still. RTL has no such port: its
// registers answer only to clock edges.
#pragma once

#include <cstdint>

namespace fp {

class RegisterPeek {
 public:
  virtual ~RegisterPeek() = default;

  // What a read of byte `offset` would answer; nothing changes and no time passes. Bits that
  // hardware drives without storing them (contract: live) stand as the register block last saw
  // them. False: no such register.
  virtual bool peek(uint32_t offset, uint32_t& value) const = 0;
};

}  // namespace fp
