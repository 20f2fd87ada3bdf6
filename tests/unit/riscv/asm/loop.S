// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// Never ends.
#include "env.h"
  BEGIN
1:
  addi a0, a0, 1
  j 1b
  .balign 4
trap_entry:
  j fail
  END
  HOST_WORDS
