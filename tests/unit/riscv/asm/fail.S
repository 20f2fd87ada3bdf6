// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// Fails its test 1337.
#include "env.h"
  BEGIN
  TEST 1337
  li a1, 3
  EXPECT a1, 4
  j pass
  .balign 4
trap_entry:
  j fail
  END
  HOST_WORDS
