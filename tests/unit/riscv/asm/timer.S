// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// The CLINT: software interrupt to itself, timer interrupt while running and out of WFI, mtime counting cycles.
#include "env.h"
  BEGIN
  la t0, trap_vectors
  ori t0, t0, 1
  csrw mtvec, t0

  TEST 2              // MSIP
  li s2, 0
  csrwi mie, MIP_MSIP
  csrsi mstatus, MSTATUS_MIE
  li t0, CLINT_MSIP
  li t1, 1
  sw t1, 0(t0)
  EXPECT s2, 3

  TEST 3              // MTIP while running
  li s2, 0
  call arm_timer
  li t1, MIP_MTIP
  csrw mie, t1
  li t2, 10000
1:
  addi t2, t2, -1
  bnez s2, 2f
  bnez t2, 1b
2:
  EXPECT s2, 7

  TEST 4              // out of WFI with interrupts off: no trap
  li s2, 0
  csrci mstatus, MSTATUS_MIE
  call arm_timer
  wfi
  EXPECT s2, 0
  csrr t1, mip
  andi t1, t1, MIP_MTIP
  beqz t1, fail

  TEST 5              // mtime moves with mcycle
  li t0, CLINT_MTIME
  lw t1, 0(t0)
  csrr t2, mcycle
  lw t3, 0(t0)
  csrr t4, mcycle
  sub t3, t3, t1
  sub t4, t4, t2
  bne t3, t4, fail

  TEST 6              // mtime can be written
  sw zero, 4(t0)
  sw zero, 0(t0)
  lw t1, 0(t0)
  li t2, 100
  bgtu t1, t2, fail
  j pass

arm_timer:            // mtimecmp = mtime + 200
  li t0, CLINT_MTIME
  lw t1, 0(t0)
  li t0, CLINT_MTIMECMP
  li t2, -1
  sw t2, 4(t0)
  addi t1, t1, 200
  sw t1, 0(t0)
  sw zero, 4(t0)
  ret

  .balign 256
trap_vectors:
  .option push
  .option norvc
  j fail
  j fail
  j fail
  j software
  j fail
  j fail
  j fail
  j timer
  .option pop

software:
  li t5, CLINT_MSIP
  sw zero, 0(t5)
  li s2, 3
  mret

timer:
  li t5, CLINT_MTIMECMP
  li t6, -1
  sw t6, 0(t5)
  sw t6, 4(t5)
  li s2, 7
  mret

  .balign 4
trap_entry:
  j fail
  END
  HOST_WORDS
