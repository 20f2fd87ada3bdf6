/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps, and what every program asks of them. All are pinned by the loader. */
#ifndef BPF_PROGRAMS_MAPS_BPF_H
#define BPF_PROGRAMS_MAPS_BPF_H

// clang-format off: libbpf headers want the types first
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
// clang-format on

#include "bpf/include/shared.h"
#include "bpf/programs/kernel_types.h"

struct {
  __uint(type, BPF_MAP_TYPE_SOCKMAP);
  __uint(max_entries, 2 * FP_PAIRS);
  __type(key, __u32);
  __type(value, __u32);
} sockets SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, FP_PAIRS);
  __type(key, __u32);
  __type(value, struct fp_pair);
} pairs SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __uint(max_entries, FP_PAIRS);
  __type(value, __u32);
} free_slots SEC(".maps");

/* What a listener promised in its SYN-ACK, from the listener's side. Floods only push out others.
 */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 65536);
  __type(key, struct fp_sequence);
  __type(value, __u32);
} announced SEC(".maps");

/* Connecting ends that are enrolled and wait for their peer, from the peer's side. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, FP_PAIRS);
  __type(key, struct fp_sequence);
  __type(value, struct fp_pending);
} pending SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_SK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct fp_connection);
} connections SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, FP_REASONS);
  __type(key, __u32);
  __type(value, struct fp_counter);
} counters SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct fp_settings);
} settings SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, __u64); /* cgroup id */
  __type(value, __u32);
} policy_cgroups SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 16384);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct fp_prefix);
  __type(value, __u32);
} policy_addresses SEC(".maps");

/* One bit a port: 1 is the opposite of the default. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 65536 / 64);
  __type(key, __u32);
  __type(value, __u64);
} policy_ports SEC(".maps");

/* Names of programs whose sockets are left to TCP. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 256);
  __type(key, char[FP_PROGRAM_NAME]);
  __type(value, __u32);
} policy_readers SEC(".maps");

/* Who opened a socket: listeners hand it on to what they accept. */
struct {
  __uint(type, BPF_MAP_TYPE_SK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
  __type(key, int);
  __type(value, struct fp_program);
} owners SEC(".maps");

/* What has been learned of each program: enum fp_program_state. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 8192);
  __type(key, struct fp_program);
  __type(value, __u32);
} programs SEC(".maps");

static __always_inline const struct fp_settings* get_settings(void) {
  __u32 zero = 0;
  return bpf_map_lookup_elem(&settings, &zero);
}

static __always_inline void count(__u32 reason, __u32 bytes) {
  struct fp_counter* c = bpf_map_lookup_elem(&counters, &reason);
  if (c) {
    c->count++;
    c->bytes += bytes;
  }
}

static __always_inline __u64 cgroup_id(struct sock* sk) {
  return BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id);
}

/* The process that runs now, as the owner of a socket in `cgroup`. */
static __always_inline struct fp_program this_program(__u64 cgroup) {
  struct fp_program program = {.cgroup = cgroup};
  struct task_struct* task = (struct task_struct*)bpf_get_current_task();
  BPF_CORE_READ_STR_INTO(&program.name, task, group_leader, comm);
  return program;
}

static __always_inline void learn(const struct fp_program* program, __u32 state) {
  __u32* known = bpf_map_lookup_elem(&programs, program);
  if (!known) {
    bpf_map_update_elem(&programs, program, &state, BPF_NOEXIST);
  } else if ((*known & state) != state) {
    __sync_fetch_and_or(known, state);
  }
}

/* SO_ZEROCOPY: enrolled sockets report a completion for each page, not for each send. */
static __always_inline bool wants_completions(struct sock* sk) {
  __u64 bit = bpf_core_enum_value(enum sock_flags, SOCK_ZEROCOPY);
  return BPF_CORE_READ(sk, __sk_common.skc_flags) >> bit & 1;
}

static __always_inline struct sk_psock* psock_of(struct sock* sk) {
  return (struct sk_psock*)((__u64)BPF_CORE_READ(sk, sk_user_data) & ~7ull);
}

/* Redirected bytes that the socket's owner has not read; 1 when the kernel does not count them. */
static __always_inline __u32 waiting_bytes(struct sk_psock* psock) {
  if (!psock) {
    return 0;
  }
  void* first = BPF_CORE_READ(psock, ingress_msg.next);
  if (first == (void*)psock + bpf_core_field_offset(struct sk_psock, ingress_msg)) {
    return 0;
  }
  if (bpf_core_field_exists(psock->msg_tot_len)) {
    __u32 bytes = BPF_CORE_READ(psock, msg_tot_len);
    return bytes ? bytes : 1;
  }
  return 1;
}

#endif
