// SPDX-License-Identifier: Apache-2.0
//
// Assertions and covers of the traffic manager's parts; rmt_bind.sv binds them.
/* verilator lint_off DECLFILENAME */  // small checkers in one file
/* verilator lint_off UNUSEDSIGNAL */  // covers are part of the small build only: RMT_TM_COVER
/* verilator lint_off UNUSEDPARAM */

// A cell has one owner: it goes out only when it is free and comes back only when it was out.
module rmt_tm_free_sva #(
  parameter int unsigned Cells = 2048,
  localparam int unsigned CellBits = $clog2(Cells)
) (
  input logic                clk_i,
  input logic                rst_ni,
  input logic                sweeping_o,
  input logic                valid_o,
  input logic                get_i,
  input logic [CellBits-1:0] cell_o,
  input logic                give,        // the walker makes a cell ready
  input logic                more,        // ... and the chain goes on
  input logic [CellBits-1:0] cur,
  input logic                put_valid_i,
  input logic                drop_valid_i,
  input logic                drop_pop,
  input logic [CellBits:0]   free_o
);
  logic [Cells-1:0] out_q;   // handed out since it was ready last
  logic [Cells-1:0] been_q;  // ready at least once since the sweep began
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      out_q  <= '0;
      been_q <= '0;
    end else begin
      if (get_i) out_q[cell_o] <= 1'b1;
      if (give) begin
        out_q[cur]  <= 1'b0;
        been_q[cur] <= 1'b1;
      end
    end
  end
  get_needs_a_cell: assert property (@(posedge clk_i) disable iff (!rst_ni) get_i |-> valid_o);
  out_once: assert property (@(posedge clk_i) disable iff (!rst_ni) get_i |-> !out_q[cell_o]);
  back_once: assert property (@(posedge clk_i) disable iff (!rst_ni)
      give && been_q[cur] |-> out_q[cur]);
  count_bound: assert property (@(posedge clk_i) disable iff (!rst_ni) 32'(free_o) <= Cells);

`ifdef RMT_TM_COVER
  runs_out: cover property (@(posedge clk_i) disable iff (!rst_ni) !valid_o && !sweeping_o);
  chain_walked: cover property (@(posedge clk_i) disable iff (!rst_ni) give && more && get_i);
  both_back: cover property (@(posedge clk_i) disable iff (!rst_ni) put_valid_i && drop_valid_i);
  dropped_used: cover property (@(posedge clk_i) disable iff (!rst_ni) drop_pop);
`endif
endmodule

module rmt_tm_decide_sva #(
  parameter int unsigned Waiting = 64,
  localparam int unsigned LevelBits = $clog2(Waiting) + 1
) (
  input logic                 clk_i,
  input logic                 rst_ni,
  input logic [LevelBits-1:0] level_q,
  input logic                 push,
  input logic                 pop,
  input logic                 over,
  input logic                 many,
  input logic                 single,
  input logic                 busy_q,
  input logic                 first_q,
  input logic                 done,
  input logic                 last,
  input logic                 copy_any,
  input logic                 copy_bad,
  input logic                 copy_try,
  input logic                 enq_fits_i,
  input logic                 enq_valid_o,
  input logic                 end_valid_o,
  input logic                 drop_valid_o,
  input logic                 verdict_valid_o,
  input logic                 cnt_again_o
);
  wait_bound: assert property (@(posedge clk_i) disable iff (!rst_ni)
      32'(level_q) <= Waiting / 2 + rmt_pkg::GroupCopies + 1);
  one_fate: assert property (@(posedge clk_i) disable iff (!rst_ni)
      !(end_valid_o && drop_valid_o) && !(drop_valid_o && enq_valid_o && enq_fits_i));
  report_or_again: assert property (@(posedge clk_i) disable iff (!rst_ni)
      !(verdict_valid_o && cnt_again_o));

`ifdef RMT_TM_COVER
  waits_more_than_half: cover property (@(posedge clk_i) disable iff (!rst_ni) over);
  group_refused: cover property (@(posedge clk_i) disable iff (!rst_ni)
      over && many && !busy_q && done);
  runs_empty: cover property (@(posedge clk_i) disable iff (!rst_ni)
      pop && !push && level_q == LevelBits'(1));
  behind_a_group: cover property (@(posedge clk_i) disable iff (!rst_ni) push && busy_q);
  empty_group: cover property (@(posedge clk_i) disable iff (!rst_ni)
      busy_q && first_q && !copy_any);
  whole_group: cover property (@(posedge clk_i) disable iff (!rst_ni) last && !first_q);
  bad_copy: cover property (@(posedge clk_i) disable iff (!rst_ni) copy_bad);
  pruned: cover property (@(posedge clk_i) disable iff (!rst_ni)
      copy_any && !copy_bad && !copy_try);
  copy_lost: cover property (@(posedge clk_i) disable iff (!rst_ni) copy_try && !enq_fits_i);
  tail: cover property (@(posedge clk_i) disable iff (!rst_ni)
      single && enq_valid_o && !enq_fits_i);
`endif
endmodule

module rmt_tm_queues_sva #(
  parameter int unsigned QueueFrames = 256,
  localparam int unsigned Queues = rmt_tm_pkg::Queues,
  localparam int unsigned Outputs = rmt_pkg::NumOutputs,
  localparam int unsigned PtrBits = $clog2(QueueFrames),
  localparam int unsigned IdxBits = $clog2(Queues)
) (
  input logic               clk_i,
  input logic               rst_ni,
  input logic               enq,
  input logic               enq_valid_i,
  input logic               fits_o,
  input logic [IdxBits-1:0] enq_idx,
  input logic [PtrBits:0]   enq_frames,    // frames in the ring before
  input logic [Queues-1:0]  some_q,
  input logic [Outputs-1:0] popped,
  input logic [Outputs-1:0] room,
  input logic [Outputs-1:0] job_valid_o,
  input logic [Outputs-1:0] job_done_i,
  input logic               above_o
);
  frames_bound: assert property (@(posedge clk_i) disable iff (!rst_ni)
      32'(enq_frames) <= QueueFrames);
  some_is_frames: assert property (@(posedge clk_i) disable iff (!rst_ni)
      enq_valid_i |-> some_q[enq_idx] == (enq_frames != '0));
  done_needs_a_job: assert property (@(posedge clk_i) disable iff (!rst_ni)
      (job_done_i & ~job_valid_o) == '0);

`ifdef RMT_TM_COVER
  ring_full: cover property (@(posedge clk_i) disable iff (!rst_ni)
      enq_valid_i && 32'(enq_frames) == QueueFrames);
  over_the_limit: cover property (@(posedge clk_i) disable iff (!rst_ni)
      enq_valid_i && !fits_o && 32'(enq_frames) != QueueFrames);
  into_empty: cover property (@(posedge clk_i) disable iff (!rst_ni) enq && enq_frames == '0);
  in_and_out: cover property (@(posedge clk_i) disable iff (!rst_ni)
      enq && popped[enq_idx[IdxBits-1 -: 3]]);
  all_queues_of_one: cover property (@(posedge clk_i) disable iff (!rst_ni) some_q[3:0] == '1);
  jobs_full: cover property (@(posedge clk_i) disable iff (!rst_ni) room != '1 && some_q != '0);
  two_a_cycle: cover property (@(posedge clk_i) disable iff (!rst_ni)
      (popped & {4{2'b01}}) != '0 && (popped & {4{2'b10}}) != '0);
  above: cover property (@(posedge clk_i) disable iff (!rst_ni) above_o);
`endif
endmodule

module rmt_tm_release_sva (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       end_valid_i,
  input logic [rmt_pkg::TmReaders-1:0] some,
  input logic [rmt_pkg::TmReaders-1:0] rel_valid_i,
  input logic [rmt_pkg::TmReaders-1:0] rel_room_o,
  input logic       ev_valid_q,
  input logic       ev_shared_q,
  input logic       last_valid_q,
  input logic       put_valid_o
);
  push_needs_room: assert property (@(posedge clk_i) disable iff (!rst_ni)
      (rel_valid_i & ~rel_room_o) == '0);

`ifdef RMT_TM_COVER
  tie: cover property (@(posedge clk_i) disable iff (!rst_ni) &some);
  full: cover property (@(posedge clk_i) disable iff (!rst_ni) rel_room_o != '1);
  end_before_release: cover property (@(posedge clk_i) disable iff (!rst_ni)
      end_valid_i && some != '0);
  last_copy: cover property (@(posedge clk_i) disable iff (!rst_ni)
      ev_valid_q && ev_shared_q && put_valid_o);
  earlier_copy: cover property (@(posedge clk_i) disable iff (!rst_ni)
      ev_valid_q && ev_shared_q && !put_valid_o);
  counts_back_to_back: cover property (@(posedge clk_i) disable iff (!rst_ni)
      ev_valid_q && ev_shared_q && last_valid_q);
`endif
endmodule

module rmt_egress_sva (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       valid_i,
  input logic       push,
  input logic       pop,
  input logic [2:0] level_q,
  input logic       held,
  input logic       take,
  input logic       room,
  input logic       send,
  input logic       alone,
  input logic       flush_q,
  input logic [7:0] kept_q,
  input logic [7:0] total,
  input logic       load_edit,
  input logic       edit_free_o,
  input logic [6:0] ins_len_q,
  input logic       eop
);
  buffer_bound: assert property (@(posedge clk_i) disable iff (!rst_ni)
      level_q <= 3'd4 && !(push && !pop && level_q == 3'd4));
  kept_bound: assert property (@(posedge clk_i) disable iff (!rst_ni)
      32'(kept_q) <= rmt_pkg::EditBytes);
  one_edit: assert property (@(posedge clk_i) disable iff (!rst_ni)
      !(load_edit && edit_free_o));

`ifdef RMT_TM_COVER
  by_the_buffer: cover property (@(posedge clk_i) disable iff (!rst_ni) take && !held);
  buffer_full: cover property (@(posedge clk_i) disable iff (!rst_ni) level_q == 3'd4);
  stalled: cover property (@(posedge clk_i) disable iff (!rst_ni) valid_i && !room);
  edited: cover property (@(posedge clk_i) disable iff (!rst_ni) edit_free_o && ins_len_q != '0);
  left_alone: cover property (@(posedge clk_i) disable iff (!rst_ni)
      edit_free_o && ins_len_q == '0);
  flush: cover property (@(posedge clk_i) disable iff (!rst_ni) send && flush_q);
  ends_full: cover property (@(posedge clk_i) disable iff (!rst_ni)
      send && eop && total == 8'd64 && kept_q != '0);
  more_than_a_beat_kept: cover property (@(posedge clk_i) disable iff (!rst_ni)
      send && alone && kept_q > 8'd64);
`endif
endmodule
