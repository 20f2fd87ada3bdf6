// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// No tohost: ends at an ebreak without a handler, exit code 0 in a0.
  .globl _start
_start:
  li a0, 0
  ebreak
