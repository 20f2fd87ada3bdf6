// SPDX-License-Identifier: Apache-2.0
//
// Binds the assertions and covers of the traffic manager's parts.
/* verilator lint_off DECLFILENAME */  // several binds, no module

bind rmt_tm_free rmt_tm_free_sva #(.Cells(Cells)) u_free_sva (.*);
bind rmt_tm_decide rmt_tm_decide_sva #(.Waiting(Waiting)) u_decide_sva (.*);
bind rmt_tm_queues rmt_tm_queues_sva #(.QueueFrames(QueueFrames)) u_queues_sva (
    .enq_frames(frames_q[enq_idx]), .*);
bind rmt_tm_release rmt_tm_release_sva u_release_sva (.*);
bind rmt_egress rmt_egress_sva u_egress_sva (.*);
