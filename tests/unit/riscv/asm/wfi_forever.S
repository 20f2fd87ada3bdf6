// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// Has tohost but sleeps instead of writing it.
#include "env.h"
  BEGIN
  wfi
  j fail
  .balign 4
trap_entry:
  j fail
  END
  HOST_WORDS
