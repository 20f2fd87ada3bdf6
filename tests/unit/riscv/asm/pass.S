// SPDX-License-Identifier: Apache-2.0
// Cores: embedded, np
// Does nothing and passes.
#include "env.h"
  BEGIN
  j pass
trap_entry:
  j fail
  END
  HOST_WORDS
