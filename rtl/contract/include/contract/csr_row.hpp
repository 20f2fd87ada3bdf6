// SPDX-License-Identifier: Apache-2.0
//
// One word of a block's register map as the generated CSR tables (contract/BLOCK_csr_table.hpp)
// list it. Array elements and the halves of 64-bit counters are words of their own.
#pragma once

#include <cstdint>

namespace fp::contract {

struct CsrRow {
  const char* name;        // register, with [index] and .HI where it applies
  uint32_t offset;         // bytes within the block
  uint32_t reset;          // value a read gives after reset (wo bits zero)
  uint32_t rw_mask;        // software reads back what it wrote
  uint32_t ro_mask;        // software reads only
  uint32_t w1c_mask;       // software clears by writing one
  uint32_t wo_mask;        // software writes, reads zero
  uint32_t reserved_mask;  // no field: reads zero, ignores writes
  uint32_t volatile_mask;  // hardware may change it at any time
  bool counter;            // saturating event counter
  bool pulse;              // a write makes hardware act (a qe output)
};

}  // namespace fp::contract
