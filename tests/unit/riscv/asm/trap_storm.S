// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// Its trap handler cannot be fetched: no instruction retires any more.
#include "env.h"
  BEGIN
  li t0, 0x40000000
  csrw mtvec, t0
  ecall
trap_entry:
  j fail
  END
  HOST_WORDS
