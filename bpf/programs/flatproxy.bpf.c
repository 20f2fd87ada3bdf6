// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The object that the loader embeds: one translation unit, so that clang alone links it.
#include "bpf/programs/enrol.bpf.h"
#include "bpf/programs/observe.bpf.h"
#include "bpf/programs/redirect.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
