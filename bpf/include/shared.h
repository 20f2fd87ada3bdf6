/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel programs and the loader agree on: map values, reasons, switches. Plain C,
 * included by both; a layout change needs a detach before the next attach (FP_LAYOUT).
 */
#ifndef BPF_INCLUDE_SHARED_H
#define BPF_INCLUDE_SHARED_H

#include <linux/types.h>

#define FP_LAYOUT 1 /* counts up with every change of a map's key, value or meaning */
#define FP_PAIRS 32768
#define FP_PROGRAM_NAME 16 /* TASK_COMM_LEN */

/*
 * Why a message or a connection went where it went. X(name, level, text): `name` is what `status`,
 * `explain` and Prometheus print; level m counts messages, c counts connections.
 */
#define FP_REASON_LIST(X)                                                                   \
  X(redirected, m, "given to the peer's socket")                                            \
  X(switched_off, m, "redirection is switched off or draining")                             \
  X(peer_unmatched, m, "the peer has not completed its handshake")                          \
  X(reader_unseen, m, "the peer has not been seen reading yet")                             \
  X(reader_special, m, "the peer reads with MSG_WAITALL or MSG_TRUNC")                      \
  X(receive_low_water, m, "the peer set SO_RCVLOWAT")                                       \
  X(zero_copy, m, "the socket waits for zero-copy completions")                             \
  X(order_gate, m, "bytes are still on their way by TCP")                                   \
  X(backpressure, m, "the peer's receive buffer is full")                                   \
  X(leaving, m, "the connection is a stream and goes back to plain TCP")                    \
  X(peer_closed, m, "the peer's socket is gone")                                            \
  X(enrolled, c, "both ends are on this node and enrolled")                                 \
  X(not_announced, c, "the peer is not on this node, or outside the cgroup, or excluded")   \
  X(peer_not_enrolled, c, "the connecting end is not enrolled")                             \
  X(policy_cgroup, c, "the policy leaves this cgroup to TCP")                               \
  X(policy_address, c, "the policy leaves this address to TCP")                             \
  X(policy_port, c, "the policy leaves this port to TCP")                                   \
  X(program_listed, c, "the policy's readers name the program that owns the socket")        \
  X(program_unseen, c, "the owner's first connection shows by TCP how it reads")            \
  X(program_fionread, c, "the owner asks FIONREAD, which this kernel answers wrongly")      \
  X(program_zero_copy, c, "the owner counts zero-copy completions")                         \
  X(no_slot, c, "all pairs are taken")                                                      \
  X(map_full, c, "the kernel refused the socket")                                           \
  X(left_stream, c, "left for plain TCP: one side streams")                                 \
  X(left_zero_copy, c, "left for plain TCP: one side began to count zero-copy completions") \
  X(left_backpressure, c, "left for plain TCP: the reader is slower than the writer")

enum fp_reason {
#define FP_REASON_ENUM(name, level, text) FP_##name,
  FP_REASON_LIST(FP_REASON_ENUM)
#undef FP_REASON_ENUM
      FP_REASONS
};

/* A per-CPU counter for each reason. */
struct fp_counter {
  __u64 count; /* messages, or connections */
  __u64 bytes; /* of messages */
};

/* TCP sequence numbers of a socket at ESTABLISHED; the peer has them swapped. Host byte order. */
struct fp_sequence {
  __u32 sent;
  __u32 received;
};

struct fp_pending {
  __u64 cookie;
  __u32 slot;
  __u32 reserved;
};

enum fp_reader { FP_READER_UNSEEN, FP_READER_PLAIN, FP_READER_SPECIAL };

/* A program is a name in a cgroup: containers of the same image do not learn from each other. */
struct fp_program {
  __u64 cgroup;
  char name[FP_PROGRAM_NAME]; /* of the process, not of its threads */
};
enum fp_program_state {
  FP_PROGRAM_READS = 1,
  FP_PROGRAM_ASKS_FIONREAD = 2,
  FP_PROGRAM_ZERO_COPY = 4
}; /* or-ed */

struct fp_side {
  __u64 sk;     /* kernel address of struct sock, only ever read through, then judged by cookie */
  __u64 cookie; /* of that socket */
  __u32 busy;   /* thread whose last redirect may still be on its way to the peer, or 0 */
  __u32 shared; /* several threads redirect: busy says nothing */
  __u32 reader; /* enum fp_reader */
  __u32 gate_open; /* all bytes sent by TCP have been read, up to open_at */
  __u32 open_at;   /* write_seq when the gate was opened */
  __u32 messages;
  __u32 run;          /* small messages in a row without an answer */
  __u32 run_answered; /* the peer's `messages` when the run began */
};

/* side[0] connected, side[1] accepted. Its place in the sockmap is 2 * slot + side. */
enum fp_pair_state { FP_PAIR_MATCHED = 1, FP_PAIR_LEAVING = 2, FP_PAIR_LEFT = 4 };

struct fp_pair {
  struct fp_side side[2];
  __u32 state;  /* enum fp_pair_state, or-ed */
  __u32 alive;  /* sides not closed yet; the slot is free again at 0 */
  __u32 reason; /* why it leaves: enum fp_reason */
  __u32 reserved;
};

/* Per socket, whatever its verdict. */
struct fp_connection {
  struct fp_sequence mine;
  __u64 cookie;
  __u32 slot;
  __u8 enrolled;
  __u8 side;
  __u8 reason; /* enum fp_reason of the connection */
  __u8 reserved;
};

enum fp_mode { FP_MODE_OFF, FP_MODE_ON };

/* What ioctl(FIONREAD) counts on an enrolled socket of this kernel, by self-test. */
enum fp_fionread { FP_FIONREAD_BOTH, FP_FIONREAD_REDIRECTED_ONLY, FP_FIONREAD_TCP_ONLY };

enum fp_action { FP_ACTION_REDIRECT, FP_ACTION_TCP };

struct fp_settings {
  __u32 layout;         /* FP_LAYOUT */
  __u32 mode;           /* enum fp_mode */
  __u32 small_bytes;    /* a message below this belongs to a stream of small writes */
  __u32 stream_run;     /* so many of them without an answer make a stream; 0: never leave */
  __u32 fionread;       /* enum fp_fionread */
  __u32 cgroup_default; /* enum fp_action, three times */
  __u32 address_default;
  __u32 port_default;
};

/* LPM trie key; IPv4 as ::ffff:a.b.c.d. Bits, then network byte order. */
struct fp_prefix {
  __u32 bits;
  __u8 address[16];
};

/* What the iterator over all connections writes, one per socket. */
struct fp_record {
  struct fp_connection connection;
  struct fp_pair pair;
  __u64 inode;    /* of the socket's file, 0 when it has none */
  __u32 waiting;  /* redirected bytes not read yet, 1 when the kernel does not count them */
  __u32 users;    /* references to the socket's redirect state */
  __u8 local[16]; /* IPv4 in the first four bytes */
  __u8 remote[16];
  __u16 local_port; /* host byte order */
  __u16 remote_port;
  __u16 family; /* AF_INET or AF_INET6 */
  __u16 state;  /* TCP_* of the kernel */
};

#endif
