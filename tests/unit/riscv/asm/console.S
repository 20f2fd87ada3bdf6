// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// Prints through the console device, low word first ('o' and 'k' are odd: not exit codes), then through system call
// 64, and leaves with system call 93.
#include "env.h"
  BEGIN
  li s1, 0x01010000
  la s0, tohost
  li a0, 'o'
  call put
  li a0, 'k'
  call put
  li a0, '\n'
  call put

  TEST 2
  li a1, 64
  li a2, 1
  la a3, text
  li a4, 6             // its length
  call syscall
  EXPECT a0, 6

  TEST 3              // a file that is not open
  li a1, 64
  li a2, 7
  call syscall
  EXPECT a0, -9

  TEST 4              // a buffer that is not memory
  li a1, 64
  li a2, 1
  li a3, 0x1000
  call syscall
  EXPECT a0, -14

  TEST 5              // a call that does not exist
  li a1, 9999
  call syscall
  EXPECT a0, -38

  li a1, 93
  li a2, 0
  call syscall
  j fail

put:                  // a0: character
  sw a0, 0(s0)
  sw s1, 4(s0)
1:
  lw t1, 0(s0)
  bnez t1, 1b
  ret

syscall:              // a1: number, a2..a4: arguments; a0: result
  la t0, magic
  sw a1, 0(t0)
  sw zero, 4(t0)
  sw a2, 8(t0)
  sw zero, 12(t0)
  sw a3, 16(t0)
  sw zero, 20(t0)
  sw a4, 24(t0)
  sw zero, 28(t0)
  fence
  la t1, fromhost
  sw zero, 0(t1)
  sw zero, 4(t1)
  sw t0, 0(s0)
  sw zero, 4(s0)
1:
  lw t2, 0(t1)
  beqz t2, 1b
  sw zero, 0(t1)
  lw a0, 0(t0)
  ret

  .balign 4
trap_entry:
  j fail
  END
  HOST_WORDS
  .data
text: .ascii "hello\n"
  .balign 64
magic: .zero 64
