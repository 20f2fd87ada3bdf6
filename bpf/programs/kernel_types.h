/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few kernel structures that the programs read, with the members they name. Offsets come from
 * the target's BTF at load time (CO-RE), so neither the build machine's kernel nor its headers
 * matter.
 */
#ifndef BPF_PROGRAMS_KERNEL_TYPES_H
#define BPF_PROGRAMS_KERNEL_TYPES_H

#include <linux/types.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
  int counter;
} atomic_t;
typedef struct {
  long long counter;
} atomic64_t;
typedef struct {
  atomic_t refs;
} refcount_t;

struct list_head {
  struct list_head *next, *prev;
};

struct kernfs_node {
  __u64 id;
};
struct cgroup_subsys_state {
  struct cgroup* cgroup;
};
struct cgroup {
  struct cgroup_subsys_state self;
  int level;
  struct kernfs_node* kn;
  struct cgroup* ancestors[];
};
struct sock_cgroup_data {
  struct cgroup* cgroup;
};

struct in6_addr___kernel {
  __u8 bytes[16];
};
struct sock_common {
  __be32 skc_daddr;
  __be32 skc_rcv_saddr;
  __be16 skc_dport;
  __u16 skc_num;
  unsigned short skc_family;
  volatile unsigned char skc_state;
  struct in6_addr___kernel skc_v6_daddr;
  struct in6_addr___kernel skc_v6_rcv_saddr;
  atomic64_t skc_cookie;
  unsigned long skc_flags;
  struct sock* skc_listener;
};
struct inode {
  unsigned short i_mode;
  unsigned long i_ino;
};
struct file {
  struct inode* f_inode;
  void* private_data;
};
struct socket {
  struct file* file;
  struct sock* sk;
};
struct sock {
  struct sock_common __sk_common;
  struct {
    atomic_t rmem_alloc;
  } sk_backlog;
  int sk_rcvbuf;
  int sk_rcvlowat;
  void* sk_user_data;
  __u16 sk_protocol;
  struct socket* sk_socket;
  struct sock_cgroup_data sk_cgrp_data;
};
struct tcp_sock {
  __u32 write_seq;
  __u32 copied_seq;
  __u32 rcv_nxt;
};
struct tcp_request_sock {
  __u32 rcv_isn;
  __u32 snt_isn;
};
struct sk_psock_progs {
  void* stream_verdict;
  void* skb_verdict;
};
struct sk_psock {
  struct sk_psock_progs progs;
  struct list_head ingress_msg;
  __u32 msg_tot_len;
  refcount_t refcnt;
};

struct fdtable {
  unsigned int max_fds;
  struct file** fd;
};
struct files_struct {
  struct fdtable* fdt;
};
struct task_struct {
  struct files_struct* files;
  struct task_struct* group_leader;
  char comm[16];
};
struct pt_regs___x86 {
  unsigned long si, di;
};

struct bpf_sock_ops_kern {
  struct sock* sk;
};
struct seq_file;
struct bpf_map;
struct bpf_iter_meta {
  struct seq_file* seq;
};
struct bpf_iter__task_file {
  struct bpf_iter_meta* meta;
  struct task_struct* task;
  __u32 fd;
  struct file* file;
};
struct bpf_iter__bpf_sk_storage_map {
  struct bpf_iter_meta* meta;
  struct bpf_map* map;
  struct sock* sk;
  void* value;
};

#pragma clang attribute pop

/* Only the names count: CO-RE asks the target for the values. */
enum sock_flags { SOCK_ZEROCOPY = 24 };

#define FP_AF_INET 2
#define FP_AF_INET6 10
#define FP_IPPROTO_TCP 6
#define FP_TCP_CLOSE 7
#define FP_TCP_LISTEN 10
#define FP_TCP_NEW_SYN_RECV 12
#define FP_MSG_OOB 0x1
#define FP_MSG_TRUNC 0x20
#define FP_MSG_WAITALL 0x100
#define FP_MSG_ERRQUEUE 0x2000

#endif
