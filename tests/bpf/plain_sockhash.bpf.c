// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// The redirect everybody writes first, for comparison: a sockhash by address and port, IPv4, every
// established socket in it, every message redirected when the reverse key is there. Not for use.
// clang-format off: libbpf headers want the types first
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
// clang-format on

struct tuple {
  __u32 local, remote;
  __u32 local_port, remote_port; /* host byte order */
};

struct {
  __uint(type, BPF_MAP_TYPE_SOCKHASH);
  __uint(max_entries, 131072);
  __type(key, struct tuple);
  __type(value, __u32);
} sockets SEC(".maps");

SEC("sockops")
int plain_sockops(struct bpf_sock_ops* ops) {
  if ((ops->op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB &&
       ops->op != BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB) ||
      ops->family != 2) {
    return 1;
  }
  struct tuple key = {.local = ops->local_ip4,
                      .remote = ops->remote_ip4,
                      .local_port = ops->local_port,
                      .remote_port = bpf_ntohl(ops->remote_port)};
  bpf_sock_hash_update(ops, &sockets, &key, BPF_ANY);
  return 1;
}

SEC("sk_msg")
int plain_message(struct sk_msg_md* msg) {
  struct tuple key = {.local = msg->remote_ip4,
                      .remote = msg->local_ip4,
                      .local_port = bpf_ntohl(msg->remote_port),
                      .remote_port = msg->local_port};
  bpf_msg_redirect_hash(msg, &sockets, &key, BPF_F_INGRESS);
  return SK_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
