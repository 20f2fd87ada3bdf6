// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// Traps before mtvec is set.
#include "env.h"
  .globl _start
_start:
  lw a0, 1(zero)
fail:
  j fail
  HOST_WORDS
