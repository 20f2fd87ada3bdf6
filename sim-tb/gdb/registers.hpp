// SPDX-License-Identifier: Apache-2.0
//
// The core's registers as GDB numbers them, and the target description that tells it so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cmodel/riscv/hart.hpp"

namespace fp::gdb {

// x0..x31, then the pc: what the g packet holds.
inline constexpr uint32_t kPc = 32;
inline constexpr uint32_t kNumGeneral = 33;
// CSR n has this number plus n.
inline constexpr uint32_t kFirstCsr = 0x1000;

// Nothing: there is no such register.
std::optional<uint32_t> read_register(riscv::Hart& hart, uint32_t number);
// False: no such register, or it cannot be written.
bool write_register(riscv::Hart& hart, uint32_t number, uint32_t value);

// target.xml: the general registers and every CSR that `hart` answers to, by name.
std::string describe(riscv::Hart& hart);

}  // namespace fp::gdb
