// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// Spins in a jump to itself.
  .option norvc
  .globl _start
_start:
  li a0, 1
1:
  j 1b
