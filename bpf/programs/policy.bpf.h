/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* May this socket be redirected? Cgroup (nearest ancestor), both addresses (longest prefix), port.
 */
#ifndef BPF_PROGRAMS_POLICY_BPF_H
#define BPF_PROGRAMS_POLICY_BPF_H

#include "bpf/programs/maps.bpf.h"

#define FP_CGROUP_LEVELS 12

static __always_inline __u32 cgroup_action(struct sock* sk, __u32 otherwise) {
  struct cgroup* cgroup = BPF_CORE_READ(sk, sk_cgrp_data.cgroup);
  int level = BPF_CORE_READ(cgroup, level);
  for (int i = 0; i < FP_CGROUP_LEVELS && level >= 0; ++i, --level) {
    struct cgroup* ancestor = NULL;
    bpf_core_read(&ancestor, sizeof(ancestor), &cgroup->ancestors[level]);
    __u64 id = BPF_CORE_READ(ancestor, kn, id);
    __u32* action = bpf_map_lookup_elem(&policy_cgroups, &id);
    if (action) {
      return *action;
    }
  }
  return otherwise;
}

static __always_inline __u32 address_action(struct sock* sk, __u16 family, bool local,
                                            __u32 otherwise) {
  struct fp_prefix key = {.bits = 128};
  if (family == FP_AF_INET6) {
    if (local) {
      BPF_CORE_READ_INTO(&key.address, sk, __sk_common.skc_v6_rcv_saddr);
    } else {
      BPF_CORE_READ_INTO(&key.address, sk, __sk_common.skc_v6_daddr);
    }
  } else {
    __be32 address = local ? BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr)
                           : BPF_CORE_READ(sk, __sk_common.skc_daddr);
    key.address[10] = key.address[11] = 0xff;
    __builtin_memcpy(&key.address[12], &address, 4);
  }
  __u32* action = bpf_map_lookup_elem(&policy_addresses, &key);
  return action ? *action : otherwise;
}

/* FP_enrolled when the policy has nothing against it. `port` is the accepting end's. */
static __always_inline __u32 judge_policy(const struct fp_settings* s, struct sock* sk,
                                          struct sock* owner, __u16 port) {
  __u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
  if (cgroup_action(owner, s->cgroup_default) == FP_ACTION_TCP) {
    return FP_policy_cgroup;
  }
  if (address_action(sk, family, true, s->address_default) == FP_ACTION_TCP ||
      address_action(sk, family, false, s->address_default) == FP_ACTION_TCP) {
    return FP_policy_address;
  }
  __u32 word = port / 64;
  __u64* bits = bpf_map_lookup_elem(&policy_ports, &word);
  bool opposite = bits && (*bits >> (port % 64) & 1);
  if ((s->port_default == FP_ACTION_TCP) != opposite) {
    return FP_policy_port;
  }
  return FP_enrolled;
}

#endif
