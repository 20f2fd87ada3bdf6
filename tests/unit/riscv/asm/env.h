// SPDX-License-Identifier: Apache-2.0
// Start-up, checks and the ways to end for the guest programs: the conventions of riscv-tests,
// written anew. gp holds the number of the test under way.
#pragma once

#define MSTATUS_MIE 0x8
#define MIP_MSIP 0x8
#define MIP_MTIP 0x80
#define CLINT_MSIP 0x02000000
#define CLINT_MTIMECMP 0x02004000
#define CLINT_MTIME 0x0200bff8

.macro BEGIN
  .option norelax
  .text
  .globl _start
_start:
  la t0, trap_entry
  csrw mtvec, t0
  li gp, 0
.endm

.macro HOST_WORDS
  .pushsection .tohost, "aw", @progbits
  .balign 64
  .globl tohost
tohost: .dword 0
  .balign 64
  .globl fromhost
fromhost: .dword 0
  .popsection
.endm

// Starts test `number`.
.macro TEST number
  li gp, \number
.endm

// Fails the test under way unless `register` holds `value`.
.macro EXPECT register, value
  li t6, \value
  bne \register, t6, fail
.endm

// pass: tohost = 1. fail: tohost = 2 * gp + 1.
.macro END
pass:
  li a0, 1
  j write_tohost
fail:
  slli a0, gp, 1
  ori a0, a0, 1
write_tohost:
  la t0, tohost
1:
  sw a0, 0(t0)
  sw zero, 4(t0)
  j 1b
.endm
