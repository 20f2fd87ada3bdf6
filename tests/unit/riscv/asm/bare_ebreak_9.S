// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// No tohost: ends at an ebreak without a handler, exit code 9 in a0.
  .globl _start
_start:
  li a0, 9
  ebreak
