// SPDX-License-Identifier: Apache-2.0
//
// Bounds and order of one output queue, from its ports and pointers.
module rmt_queue_sva #(
  parameter int unsigned Depth = 1024,
  localparam int unsigned PtrBits = $clog2(Depth)
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             write_i,
  input logic             commit_i,
  input logic             rollback_i,
  input logic             full_o,
  input logic [PtrBits:0] level_o,
  input logic             valid_o,
  input logic             ready_i,
  input logic [PtrBits:0] wr_q,
  input logic [PtrBits:0] cm_q,
  input logic [PtrBits:0] rd_q,
  input logic             load
);
  logic [PtrBits:0] committed;
  assign committed = cm_q - rd_q;

  level_bound: assert property (@(posedge clk_i) disable iff (!rst_ni)
      32'(level_o) <= Depth && committed <= level_o);
  no_write_when_full: assert property (@(posedge clk_i) disable iff (!rst_ni) !(full_o && write_i));
  not_both: assert property (@(posedge clk_i) disable iff (!rst_ni) !(commit_i && rollback_i));
  only_committed_leaves: assert property (@(posedge clk_i) disable iff (!rst_ni)
      load |-> committed != '0);
  no_bubble: assert property (@(posedge clk_i) disable iff (!rst_ni)
      committed != '0 && (!valid_o || ready_i) |=> valid_o);

  full: cover property (@(posedge clk_i) disable iff (!rst_ni) full_o);
  full_and_read: cover property (@(posedge clk_i) disable iff (!rst_ni) full_o && load);
  rolled_back: cover property (@(posedge clk_i) disable iff (!rst_ni)
      rollback_i && wr_q != cm_q);
  commit_into_empty: cover property (@(posedge clk_i) disable iff (!rst_ni)
      commit_i && committed == '0);
  wrapped: cover property (@(posedge clk_i) disable iff (!rst_ni)
      wr_q[PtrBits] != rd_q[PtrBits] && commit_i);
endmodule
