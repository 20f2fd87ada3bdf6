// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// No tohost: ends asleep, with a signature.
  .globl _start
_start:
  la t0, begin_signature
  li t1, 0x600d
  sw t1, 0(t0)
  wfi
  .data
  .balign 4
  .globl begin_signature, end_signature
begin_signature:
  .word 0
end_signature:
