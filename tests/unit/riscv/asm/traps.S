// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// Every exception a program can cause by itself: mcause, mepc and mtval as the program sees them.
#include "env.h"

// Runs `insn` as test `number`; it must trap with the given cause and mtval.
.macro TRAPS number, cause, tval, insn:vararg
  TEST \number
  li s2, 0
  la s3, 1f
1:
  .option push
  .option norvc
  \insn
  .option pop
  beqz s2, fail
  EXPECT s4, \cause
  bne s5, s3, fail
  li t6, \tval
  bne s6, t6, fail
.endm

  BEGIN
  la s0, word
  li s1, 0x40000000
  TRAPS 2, 11, 0, ecall
  TRAPS 3, 4, 0x40000001, lh a0, 1(s1)
  TRAPS 4, 4, 0x40000002, lw a0, 2(s1)
  TRAPS 5, 6, 0x40000003, sw a0, 3(s1)
  TRAPS 6, 5, 0x40000000, lw a0, 0(s1)
  TRAPS 7, 5, 0x40000001, lbu a0, 1(s1)
  TRAPS 8, 7, 0x40000004, sw a0, 4(s1)
  TRAPS 9, 2, 0xf1401073, csrw mhartid, zero
  TRAPS 10, 2, 0x10002573, csrr a0, sstatus
  TRAPS 11, 2, 0x3a002573, csrr a0, pmpcfg0
  TRAPS 12, 2, 0x30602573, csrr a0, mcounteren
  TRAPS 13, 2, 0x0000000b, .word 0x0000000b
  TRAPS 14, 2, 0x00053507, .word 0x00053507
  TRAPS 15, 2, 0x10200073, .word 0x10200073
  TRAPS 16, 2, 0x12000073, .word 0x12000073
  TRAPS 17, 2, 0x02051513, .word 0x02051513

  TEST 20             // mtval of ebreak is its address
  li s2, 0
  la s3, 1f
1:
  .option push
  .option norvc
  ebreak
  .option pop
  beqz s2, fail
  EXPECT s4, 3
  bne s5, s3, fail
  bne s6, s3, fail

  TEST 21             // a fetch fault: the handler returns to ra
  li s2, 0
  jalr s1
  beqz s2, fail
  EXPECT s4, 1
  bne s5, s1, fail
  bne s6, s1, fail

  TEST 22             // minstret counts neither the trap nor skips the handler's four
  csrr s7, minstret
  .option push
  .option norvc
  ecall
  .option pop
  csrr s8, minstret
  sub s8, s8, s7
  la t0, after_handler
  la t1, trap_entry
  li t6, 1
  bgt s8, t6, 1f
  j fail
1:
  j pass

  .balign 4
trap_entry:
  li s2, 1
  csrr s4, mcause
  csrr s5, mepc
  csrr s6, mtval
  li t6, 1
  bne s4, t6, 1f
  csrw mepc, ra
  mret
1:
  addi t6, s5, 4
  csrw mepc, t6
  mret
after_handler:
  END
  HOST_WORDS
  .data
  .balign 4
word: .word 0
