// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// Fills its signature and passes.
#include "env.h"
  BEGIN
  la t0, begin_signature
  li t1, 0x01234567
  sw t1, 0(t0)
  li t1, -2
  sh t1, 6(t0)
  j pass
  .balign 4
trap_entry:
  j fail
  END
  HOST_WORDS
  .data
  .balign 4
  .globl begin_signature
begin_signature:
  .word 0xdeadbeef, 0xdeadbeef, 0x00000080
  .globl end_signature
end_signature:
  .word 0xffffffff
