/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The verdict for each message of an enrolled socket: into the peer's queue, or on by TCP with a
 * reason. The peer reads its redirect queue first, so redirect -> TCP keeps the order by itself;
 * TCP -> redirect waits until the peer has read everything that TCP carried (the order gate).
 */
#ifndef BPF_PROGRAMS_REDIRECT_BPF_H
#define BPF_PROGRAMS_REDIRECT_BPF_H

#include "bpf/programs/maps.bpf.h"

static __always_inline void start_leaving(struct fp_pair* pair, __u32 reason) {
  pair->reason = reason;
  __sync_fetch_and_or(&pair->state, FP_PAIR_LEAVING);
}

/* A stream of small writes: TCP packs it better than any queue of messages. */
static __always_inline bool is_stream(const struct fp_settings* s, struct fp_side* me,
                                      const struct fp_side* peer, __u32 size) {
  if (!s->stream_run || size >= s->small_bytes) {
    me->run = 0;
    return false;
  }
  if (me->run_answered != peer->messages) {
    me->run_answered = peer->messages;
    me->run = 0;
  }
  return ++me->run > s->stream_run;
}

static __always_inline __u32 judge(const struct fp_settings* s, struct fp_pair* pair,
                                   struct fp_side* me, struct fp_side* peer, __u32 size) {
  if (pair->state & (FP_PAIR_LEAVING | FP_PAIR_LEFT)) {
    return FP_leaving;
  }
  if (s->mode != FP_MODE_ON) {
    return FP_switched_off;
  }
  if (!(pair->state & FP_PAIR_MATCHED)) {
    return FP_peer_unmatched;
  }
  struct sock* mine = (struct sock*)me->sk;
  struct sock* theirs = (struct sock*)peer->sk;
  if (wants_completions(mine)) {
    start_leaving(pair, FP_left_zero_copy);
    return FP_zero_copy;
  }
  int unread = BPF_CORE_READ(theirs, sk_backlog.rmem_alloc.counter);
  bool stream = is_stream(s, me, peer, size);
  if (stream && unread == 0) {
    start_leaving(pair, FP_left_stream);
    return FP_leaving;
  }
  if (peer->reader != FP_READER_PLAIN) {
    return peer->reader == FP_READER_UNSEEN ? FP_reader_unseen : FP_reader_special;
  }
  if (BPF_CORE_READ(theirs, sk_rcvlowat) > 1) {
    return FP_receive_low_water;
  }
  /* Twice the receive buffer: bytes sent on by TCP are then held back by TCP's own rule until the
   * reader is awake and has read, so that it cannot miss their arrival. */
  if (unread > 2 * BPF_CORE_READ(theirs, sk_rcvbuf)) {
    start_leaving(pair, FP_left_backpressure);
    return FP_backpressure;
  }
  __u32 written = BPF_CORE_READ((struct tcp_sock*)mine, write_seq);
  if (!me->gate_open || me->open_at != written) {
    if (BPF_CORE_READ((struct tcp_sock*)theirs, copied_seq) != written) {
      me->gate_open = 0;
      return FP_order_gate;
    }
    me->open_at = written;
    me->gate_open = 1;
  }
  /* Last: whatever was read above came from the peer, and not from memory used again. */
  if ((__u64)BPF_CORE_READ(theirs, __sk_common.skc_cookie.counter) != peer->cookie) {
    return FP_peer_closed;
  }
  return FP_redirected;
}

SEC("sk_msg")
int fp_message(struct sk_msg_md* msg) {
  const struct fp_settings* s = get_settings();
  struct bpf_sock* sk = msg->sk;
  if (!s || !sk) {
    return SK_PASS;
  }
  struct fp_connection* c = bpf_sk_storage_get(&connections, sk, NULL, 0);
  if (!c || !c->enrolled) {
    return SK_PASS;
  }
  __u32 slot = c->slot;
  __u32 side = c->side & 1;
  struct fp_pair* pair = bpf_map_lookup_elem(&pairs, &slot);
  if (!pair) {
    return SK_PASS;
  }
  struct fp_side* me = &pair->side[0];
  struct fp_side* peer = &pair->side[1];
  if (side) {
    me = &pair->side[1];
    peer = &pair->side[0];
  }
  __u32 size = msg->size;
  __u32 thread = (__u32)bpf_get_current_pid_tgid();
  me->messages++;
  if (me->busy == thread) {
    me->busy = 0; /* its redirect before this one has arrived: sendmsg() returned, or looped */
  }
  __u32 verdict = judge(s, pair, me, peer, size);
  if (verdict == FP_redirected) {
    if (me->busy && me->busy != thread) {
      me->shared = 1;
    }
    me->busy = thread;
    if (__sync_fetch_and_or(&pair->state, 0) & FP_PAIR_LEAVING) { /* a full barrier before it */
      verdict = FP_leaving;
    } else if (bpf_msg_redirect_map(msg, &sockets, 2 * slot + (side ^ 1), BPF_F_INGRESS) !=
               SK_PASS) {
      verdict = FP_peer_closed;
    }
    if (verdict != FP_redirected) {
      me->busy = 0;
    }
  }
  if (verdict == FP_zero_copy) {
    struct fp_program* owner = bpf_sk_storage_get(&owners, sk, NULL, 0);
    if (owner) {
      learn(owner, FP_PROGRAM_ZERO_COPY);
    }
  }
  count(verdict, size);
  return SK_PASS;
}

#endif
