/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Enrolment. Both ends meet by their sequence numbers, which NAT, network namespaces and the IP
 * version leave alone:
 *
 *   1. SYN at a listener: its two initial sequence numbers are announced, before the SYN-ACK
 * leaves.
 *   2. The connecting end is established: announced? then its peer is a socket of this node and of
 *      the cgroup. It takes a slot, is enrolled, and waits under the same key.
 *   3. The accepting end is established: is its peer waiting? then it is enrolled, and they are a
 * pair.
 *
 * So no socket is ever enrolled whose peer cannot be. A socket leaves the map when it closes, or,
 * for a stream, in leave(), when no redirected byte can be under way or unread.
 */
#ifndef BPF_PROGRAMS_ENROL_BPF_H
#define BPF_PROGRAMS_ENROL_BPF_H

#include "bpf/programs/policy.bpf.h"

static __always_inline void announce(struct bpf_sock_ops* ops, const struct fp_settings* s) {
  struct sock* req = BPF_CORE_READ((struct bpf_sock_ops_kern*)ops, sk);
  if (BPF_CORE_READ(req, __sk_common.skc_state) != FP_TCP_NEW_SYN_RECV) {
    return; /* the connecting end asks for its timeout, too */
  }
  struct sock* listener = BPF_CORE_READ(req, __sk_common.skc_listener);
  __u16 port = BPF_CORE_READ(req, __sk_common.skc_num);
  if (judge_policy(s, req, listener, port) != FP_enrolled) {
    return;
  }
  struct fp_sequence key = {
      .sent = BPF_CORE_READ((struct tcp_request_sock*)req, snt_isn) + 1,
      .received = BPF_CORE_READ((struct tcp_request_sock*)req, rcv_isn) + 1,
  };
  __u32 yes = 1;
  bpf_map_update_elem(&announced, &key, &yes, BPF_ANY);
}

static __always_inline void free_slot(struct fp_pair* pair, __u32 slot) {
  if (__sync_fetch_and_sub(&pair->alive, 1) == 1) {
    bpf_map_push_elem(&free_slots, &slot, BPF_ANY);
  }
}

static __always_inline __u32 enrol_connecting(struct bpf_sock_ops* ops, struct bpf_sock* sk,
                                              struct fp_connection* c) {
  struct fp_sequence theirs = {.sent = c->mine.received, .received = c->mine.sent};
  if (!bpf_map_lookup_elem(&announced, &theirs)) {
    return FP_not_announced;
  }
  bpf_map_delete_elem(&announced, &theirs);
  __u32 slot;
  if (bpf_map_pop_elem(&free_slots, &slot)) {
    return FP_no_slot;
  }
  struct fp_pair* pair = bpf_map_lookup_elem(&pairs, &slot);
  if (!pair) {
    return FP_no_slot;
  }
  __builtin_memset(pair, 0, sizeof(*pair));
  pair->alive = 1;
  pair->side[0].sk = (__u64)sk;
  pair->side[0].cookie = c->cookie;
  __u32 index = 2 * slot;
  if (bpf_sock_map_update(ops, &sockets, &index, BPF_ANY)) {
    free_slot(pair, slot);
    return FP_map_full;
  }
  c->slot = slot;
  c->side = 0;
  c->enrolled = 1;
  struct fp_pending entry = {.cookie = c->cookie, .slot = slot};
  bpf_map_update_elem(&pending, &theirs, &entry, BPF_ANY);
  return FP_enrolled;
}

static __always_inline __u32 enrol_accepting(struct bpf_sock_ops* ops, struct bpf_sock* sk,
                                             struct fp_connection* c, bool allowed) {
  bpf_map_delete_elem(&announced, &c->mine);
  struct fp_pending* entry = bpf_map_lookup_elem(&pending, &c->mine);
  if (!entry) {
    return FP_peer_not_enrolled;
  }
  __u32 slot = entry->slot;
  __u64 cookie = entry->cookie;
  bpf_map_delete_elem(&pending, &c->mine);
  struct fp_pair* pair = bpf_map_lookup_elem(&pairs, &slot);
  if (!pair || pair->side[0].cookie != cookie ||
      __sync_val_compare_and_swap(&pair->alive, 1, 2) != 1) {
    return FP_peer_not_enrolled; /* it has closed already */
  }
  pair->side[1].sk = (__u64)sk;
  pair->side[1].cookie = c->cookie;
  __u32 index = 2 * slot + 1;
  if (!allowed || bpf_sock_map_update(ops, &sockets, &index, BPF_ANY)) {
    /* Nothing has been redirected yet: the peer leaves without loss. */
    __u32 other = 2 * slot;
    __sync_fetch_and_or(&pair->state, FP_PAIR_LEFT);
    bpf_map_delete_elem(&sockets, &other);
    free_slot(pair, slot);
    return FP_map_full;
  }
  c->slot = slot;
  c->side = 1;
  c->enrolled = 1;
  __sync_fetch_and_or(&pair->state, FP_PAIR_MATCHED);
  return FP_enrolled;
}

/*
 * May the socket's owner get redirected bytes? Where FIONREAD answers wrongly on enrolled sockets,
 * only after a connection by plain TCP has shown that the program reads, and does not ask.
 */
static __always_inline __u32 judge_owner(const struct fp_settings* s, struct bpf_sock* sk,
                                         struct sock* kernel) {
  struct fp_program* owner = bpf_sk_storage_get(&owners, sk, NULL, 0);
  __u32* known = owner ? bpf_map_lookup_elem(&programs, owner) : NULL;
  __u32 state = known ? *known : 0;
  if (owner && bpf_map_lookup_elem(&policy_readers, owner->name)) {
    return FP_program_listed;
  }
  if ((state & FP_PROGRAM_ZERO_COPY) || wants_completions(kernel)) {
    return FP_program_zero_copy;
  }
  if (s->fionread == FP_FIONREAD_BOTH) {
    return FP_enrolled;
  }
  if (state & FP_PROGRAM_ASKS_FIONREAD) {
    return FP_program_fionread;
  }
  return state & FP_PROGRAM_READS ? FP_enrolled : FP_program_unseen;
}

/* In listen() and connect(), where the caller is the owner. */
static __always_inline void note_owner(struct bpf_sock_ops* ops) {
  struct bpf_sock* sk = ops->sk;
  if (!sk) {
    return;
  }
  struct fp_program program =
      this_program(cgroup_id(BPF_CORE_READ((struct bpf_sock_ops_kern*)ops, sk)));
  bpf_sk_storage_get(&owners, sk, &program, BPF_SK_STORAGE_GET_F_CREATE);
}

static __always_inline void established(struct bpf_sock_ops* ops, const struct fp_settings* s,
                                        bool accepting) {
  struct bpf_sock* sk = ops->sk;
  if (!sk) {
    return;
  }
  struct fp_connection* c = bpf_sk_storage_get(&connections, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
  if (!c) {
    return;
  }
  struct sock* kernel = BPF_CORE_READ((struct bpf_sock_ops_kern*)ops, sk);
  c->mine.sent = ops->snd_nxt;
  c->mine.received = ops->rcv_nxt;
  c->cookie = bpf_get_socket_cookie(ops);
  c->enrolled = 0;
  __u16 port = accepting ? ops->local_port : bpf_ntohs(ops->remote_port >> 16);
  __u32 reason = judge_policy(s, kernel, kernel, port);
  if (reason == FP_enrolled) {
    reason = judge_owner(s, sk, kernel);
  }
  if (accepting) {
    __u32 found = enrol_accepting(ops, sk, c, reason == FP_enrolled);
    reason = reason == FP_enrolled ? found : reason;
  } else if (reason == FP_enrolled) {
    reason = enrol_connecting(ops, sk, c);
  }
  c->reason = reason;
  count(reason, 0);
  if (reason == FP_enrolled) {
    bpf_sock_ops_cb_flags_set(
        ops, ops->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG | BPF_SOCK_OPS_RTT_CB_FLAG);
  }
}

static __always_inline void closed(struct bpf_sock_ops* ops) {
  struct bpf_sock* sk = ops->sk;
  struct fp_connection* c = sk ? bpf_sk_storage_get(&connections, sk, NULL, 0) : NULL;
  if (!c || !c->enrolled) {
    return;
  }
  c->enrolled = 0;
  if (c->side == 0) {
    struct fp_sequence theirs = {.sent = c->mine.received, .received = c->mine.sent};
    bpf_map_delete_elem(&pending, &theirs);
  }
  __u32 slot = c->slot;
  struct fp_pair* pair = bpf_map_lookup_elem(&pairs, &slot);
  if (pair) {
    free_slot(pair, slot);
  }
}

/* No redirect of this side can be between its verdict and the peer's queue. */
static __always_inline bool is_quiet(struct fp_side* side, struct sk_psock* psock) {
  return (!side->busy && !side->shared) || BPF_CORE_READ(psock, refcnt.refs.counter) == 1;
}

/*
 * Called with every round-trip sample, which only bytes sent by TCP make. The order matters:
 * LEAVING was set before, and each verdict sets `busy` before it reads LEAVING.
 */
static __always_inline void leave(struct bpf_sock_ops* ops) {
  struct bpf_sock* sk = ops->sk;
  struct fp_connection* c = sk ? bpf_sk_storage_get(&connections, sk, NULL, 0) : NULL;
  if (!c) {
    return;
  }
  __u32 slot = c->slot;
  struct fp_pair* pair = bpf_map_lookup_elem(&pairs, &slot);
  if (!pair || !c->enrolled) {
    return;
  }
  if (pair->state & FP_PAIR_LEFT) {
    bpf_sock_ops_cb_flags_set(ops, ops->bpf_sock_ops_cb_flags & ~BPF_SOCK_OPS_RTT_CB_FLAG);
    return;
  }
  if (!(pair->state & FP_PAIR_LEAVING) || pair->alive != 2) {
    return;
  }
  struct sk_psock* first = psock_of((struct sock*)pair->side[0].sk);
  struct sk_psock* second = psock_of((struct sock*)pair->side[1].sk);
  if (!is_quiet(&pair->side[0], first) || !is_quiet(&pair->side[1], second) ||
      waiting_bytes(first) || waiting_bytes(second)) {
    return;
  }
  if (__sync_fetch_and_or(&pair->state, FP_PAIR_LEFT) & FP_PAIR_LEFT) {
    return;
  }
  __u32 index = 2 * slot;
  bpf_map_delete_elem(&sockets, &index);
  index = 2 * slot + 1;
  bpf_map_delete_elem(&sockets, &index);
  count(pair->reason, 0);
}

SEC("sockops")
int fp_sockops(struct bpf_sock_ops* ops) {
  const struct fp_settings* s = get_settings();
  if (!s) {
    return 1;
  }
  switch (ops->op) {
    case BPF_SOCK_OPS_TCP_LISTEN_CB:
    case BPF_SOCK_OPS_TCP_CONNECT_CB:
      note_owner(ops);
      break;
    case BPF_SOCK_OPS_TIMEOUT_INIT:
      if (s->mode == FP_MODE_ON) {
        announce(ops, s);
      }
      break;
    case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
    case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
      if (s->mode == FP_MODE_ON) {
        established(ops, s, ops->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB);
      }
      break;
    case BPF_SOCK_OPS_RTT_CB:
      leave(ops);
      break;
    case BPF_SOCK_OPS_STATE_CB:
      if (ops->args[1] == FP_TCP_CLOSE) {
        closed(ops);
      }
      break;
  }
  return 1;
}

#endif
