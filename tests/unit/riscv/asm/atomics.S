// SPDX-License-Identifier: Apache-2.0
// LR/SC, AMOs and self-modifying code on the embedded core; the NP core must trap on the first.
#include "env.h"
  .option norvc
  BEGIN
  la s0, word
  TEST 2              // a lock taken and given back
1:
  lr.w.aq t0, (s0)
  bnez t0, 1b
  li t1, 1
  sc.w t2, t1, (s0)
  bnez t2, 1b
  lw t0, 0(s0)
  EXPECT t0, 1
  amoswap.w.rl t0, zero, (s0)
  EXPECT t0, 1

  TEST 3              // 1000 contended-style increments
  li a1, 1000
1:
  lr.w t0, (s0)
  addi t0, t0, 1
  sc.w t1, t0, (s0)
  bnez t1, 1b
  addi a1, a1, -1
  bnez a1, 1b
  lw t0, 0(s0)
  EXPECT t0, 1000

  TEST 4              // an SC elsewhere fails and stores nothing
  lr.w t0, (s0)
  addi t2, s0, 64
  sc.w t1, t0, (t2)
  EXPECT t1, 1
  lw t1, 64(s0)
  EXPECT t1, 0

  TEST 5              // patch an instruction, fence.i, run it
  la t0, patch
  li t1, 0x07b00513   // li a0, 123
  sw t1, 0(t0)
  fence.i
  .option push
  .option norvc
  .balign 4
patch:
  li a0, 0
  .option pop
  EXPECT a0, 123
  j pass

  .balign 4
trap_entry:
  j fail
  END
  HOST_WORDS
  .data
  .balign 4
word: .word 0
  .zero 64
