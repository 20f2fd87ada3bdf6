// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// Stores the high word of each 64-bit command before the low one: prints "hi", then passes.
#include "env.h"
  BEGIN
  la t0, tohost
  li t1, 0x01010000
  li t2, 'h'
  sw t1, 4(t0)
  sw t2, 0(t0)
1:
  lw t2, 0(t0)
  bnez t2, 1b
  li t2, 'i'
  sw t1, 4(t0)
  sw t2, 0(t0)
1:
  lw t2, 0(t0)
  bnez t2, 1b
  li a0, 1
  sw zero, 4(t0)
  sw a0, 0(t0)
1:
  nop
  j 1b
  .balign 4
trap_entry:
  j trap_entry
  HOST_WORDS
