/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs learn from readers.
 *
 * fp_read: how each socket's owner reads. A direction is redirected only after its reader was seen,
 * and never to one that asks for what a redirected socket does not do (MSG_WAITALL, MSG_TRUNC); a
 * reader that splices is never seen here, so it keeps TCP.
 * fp_fionread: which programs ask ioctl(FIONREAD). No kernel counts both redirected bytes and TCP's
 * there, and who believes the answer stalls (nginx with long headers): such programs keep TCP.
 * fp_list: every connection with its verdict, for status, explain and detach.
 */
#ifndef BPF_PROGRAMS_OBSERVE_BPF_H
#define BPF_PROGRAMS_OBSERVE_BPF_H

#include "bpf/programs/maps.bpf.h"

SEC("tp_btf/sock_recv_length")
int BPF_PROG(fp_read, struct sock* sk, int ret, int flags) {
  if (sk->sk_protocol != FP_IPPROTO_TCP || (flags & FP_MSG_ERRQUEUE)) {
    return 0;
  }
  struct fp_connection* c = bpf_sk_storage_get(&connections, sk, NULL, 0);
  if (!c) {
    return 0;
  }
  if (!c->enrolled) {
    if (c->reason == FP_program_unseen || c->reason == FP_peer_not_enrolled ||
        c->reason == FP_not_announced) {
      struct fp_program program = this_program(cgroup_id(sk));
      learn(&program, FP_PROGRAM_READS);
    }
    return 0;
  }
  __u32 slot = c->slot;
  struct fp_pair* pair = bpf_map_lookup_elem(&pairs, &slot);
  if (!pair) {
    return 0;
  }
  struct fp_side* me = c->side & 1 ? &pair->side[1] : &pair->side[0];
  if (me->busy == (__u32)bpf_get_current_pid_tgid()) {
    me->busy = 0;
  }
  if (flags & (FP_MSG_WAITALL | FP_MSG_TRUNC | FP_MSG_OOB)) {
    me->reader = FP_READER_SPECIAL;
  } else if (me->reader == FP_READER_UNSEEN) {
    me->reader = FP_READER_PLAIN;
  }
  return 0;
}

#if defined(__TARGET_ARCH_x86)
#define FP_SYSCALL_IOCTL 16
#define FP_FIONREAD 0x541b
#define FP_S_IFMT 0170000
#define FP_S_IFSOCK 0140000

static __always_inline struct sock* socket_of_descriptor(__u32 fd) {
  struct task_struct* task = (struct task_struct*)bpf_get_current_task();
  struct fdtable* table = BPF_CORE_READ(task, files, fdt);
  if (fd >= BPF_CORE_READ(table, max_fds)) {
    return NULL;
  }
  struct file** files = BPF_CORE_READ(table, fd);
  struct file* file = NULL;
  bpf_probe_read_kernel(&file, sizeof(file), &files[fd]);
  if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & FP_S_IFMT) != FP_S_IFSOCK) {
    return NULL;
  }
  struct socket* socket = BPF_CORE_READ(file, private_data);
  return BPF_CORE_READ(socket, sk);
}

SEC("raw_tp/sys_enter")
int fp_fionread(struct bpf_raw_tracepoint_args* ctx) {
  if (ctx->args[1] != FP_SYSCALL_IOCTL) {
    return 0;
  }
  struct pt_regs___x86* regs = (struct pt_regs___x86*)ctx->args[0];
  if ((__u32)BPF_CORE_READ(regs, si) != FP_FIONREAD) {
    return 0;
  }
  struct sock* sk = socket_of_descriptor(BPF_CORE_READ(regs, di));
  if (sk && BPF_CORE_READ(sk, sk_protocol) == FP_IPPROTO_TCP) {
    struct fp_program program = this_program(cgroup_id(sk));
    learn(&program, FP_PROGRAM_ASKS_FIONREAD);
  }
  return 0;
}
#endif

/* Run once at attach: the owners of sockets that are older than that. */
SEC("iter/task_file")
int fp_find_owners(struct bpf_iter__task_file* ctx) {
  struct task_struct* task = ctx->task;
  struct file* file = ctx->file;
  if (!task || !file) {
    return 0;
  }
  struct socket* socket = bpf_sock_from_file((void*)file);
  if (!socket) {
    return 0;
  }
  struct sock* sk = socket->sk;
  if (!sk || sk->sk_protocol != FP_IPPROTO_TCP) {
    return 0;
  }
  struct fp_program program = {.cgroup = cgroup_id(sk)};
  BPF_CORE_READ_STR_INTO(&program.name, task, group_leader, comm);
  bpf_sk_storage_get(&owners, sk, &program, BPF_SK_STORAGE_GET_F_CREATE);
  return 0;
}

SEC("iter/bpf_sk_storage_map")
int fp_list(struct bpf_iter__bpf_sk_storage_map* ctx) {
  struct sock* sk = ctx->sk;
  struct fp_connection* c = ctx->value;
  if (!sk || !c) {
    return 0;
  }
  struct fp_record record = {.connection = *c};
  __u32 slot = c->slot;
  struct fp_pair* pair = bpf_map_lookup_elem(&pairs, &slot);
  if (pair && c->enrolled) {
    record.pair = *pair;
  }
  record.inode = BPF_CORE_READ(sk, sk_socket, file, f_inode, i_ino);
  record.family = BPF_CORE_READ(sk, __sk_common.skc_family);
  record.state = BPF_CORE_READ(sk, __sk_common.skc_state);
  record.local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
  record.remote_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
  if (record.family == FP_AF_INET6) {
    BPF_CORE_READ_INTO(&record.local, sk, __sk_common.skc_v6_rcv_saddr);
    BPF_CORE_READ_INTO(&record.remote, sk, __sk_common.skc_v6_daddr);
  } else {
    __be32 address = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
    __builtin_memcpy(record.local, &address, sizeof(address));
    address = BPF_CORE_READ(sk, __sk_common.skc_daddr);
    __builtin_memcpy(record.remote, &address, sizeof(address));
  }
  struct sk_psock* psock = c->enrolled ? psock_of(sk) : NULL;
  if (psock) {
    record.waiting = waiting_bytes(psock);
    record.users = BPF_CORE_READ(psock, refcnt.refs.counter);
  }
  bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
  return 0;
}

#endif
