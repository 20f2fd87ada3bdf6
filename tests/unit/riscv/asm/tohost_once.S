// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// Writes the low word of tohost once, nothing else, and then waits: the command is complete all the same.
#include "env.h"
  BEGIN
  li a0, 11
  la t0, tohost
  sw a0, 0(t0)
1:
  nop
  j 1b
  .balign 4
trap_entry:
  j trap_entry
  HOST_WORDS
