// SPDX-License-Identifier: Apache-2.0
//
// Who may write state, and that frames meet on one row.
module rmt_live_ram_sva (
  input logic clk_i,
  input logic rst_ni,
  input logic rd_i,
  input logic we_i,
  input logic t_clear_i,
  input logic t_we_i,
  input logic t_re_i,
  input logic bypass_q
);
  logic rd_q;
  always_ff @(posedge clk_i) rd_q <= rst_ni && rd_i;

  write_follows_read: assert property (@(posedge clk_i) disable iff (!rst_ni) we_i |-> rd_q);
  no_table_write_under_frames: assert property (@(posedge clk_i) disable iff (!rst_ni)
      t_we_i || t_clear_i |-> !rd_i && !rd_q);

  frame_right_behind: cover property (@(posedge clk_i) disable iff (!rst_ni)
      rd_q && bypass_q && we_i);
  three_in_a_row: cover property (@(posedge clk_i) disable iff (!rst_ni)
      rd_q && bypass_q && we_i && rd_i);
  read_while_written: cover property (@(posedge clk_i) disable iff (!rst_ni) t_re_i && we_i);
endmodule
