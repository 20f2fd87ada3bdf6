// SPDX-License-Identifier: Apache-2.0
//
// Bounds, flags and conservation of stream_fifo, checked from its ports alone.
module fifo_sva #(
  parameter int unsigned Depth = 4,
  localparam int unsigned LevelBits = $clog2(Depth + 1)
) (
  input logic                 clk_i,
  input logic                 rst_ni,
  input logic                 hold_i,
  input logic                 in_valid_i,
  input logic                 in_ready_o,
  input logic                 out_valid_o,
  input logic                 out_ready_i,
  input logic [LevelBits-1:0] level_o,
  input logic                 full_o,
  input logic                 empty_o
);
  logic push, pop, was_full_q;
  assign push = in_valid_i & in_ready_o;
  assign pop = out_valid_o & out_ready_i;
  always_ff @(posedge clk_i) was_full_q <= rst_ni & (full_o | (was_full_q & ~empty_o));

  // Elements in minus elements out, counted here.
  logic [31:0] held_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) held_q <= '0;
    else held_q <= held_q + 32'(push) - 32'(pop);
  end

  level_bound: assert property (@(posedge clk_i) disable iff (!rst_ni)
      level_o <= LevelBits'(Depth));
  level_counts: assert property (@(posedge clk_i) disable iff (!rst_ni) 32'(level_o) == held_q);
  full_is_depth: assert property (@(posedge clk_i) disable iff (!rst_ni)
      full_o == (level_o == LevelBits'(Depth)));
  empty_is_zero: assert property (@(posedge clk_i) disable iff (!rst_ni)
      empty_o == (level_o == '0) && out_valid_o == !empty_o);
  no_push_when_full: assert property (@(posedge clk_i) disable iff (!rst_ni)
      full_o |-> !in_ready_o);
  hold_closes: assert property (@(posedge clk_i) disable iff (!rst_ni) hold_i |=> !in_ready_o);

  full: cover property (@(posedge clk_i) disable iff (!rst_ni) full_o);
  drained_after_full: cover property (@(posedge clk_i) disable iff (!rst_ni)
      was_full_q && empty_o);
  pop_when_full: cover property (@(posedge clk_i) disable iff (!rst_ni) full_o && pop);
  push_refused: cover property (@(posedge clk_i) disable iff (!rst_ni) in_valid_i && full_o);
  push_into_empty: cover property (@(posedge clk_i) disable iff (!rst_ni) push && empty_o);
  push_as_last_leaves: cover property (@(posedge clk_i) disable iff (!rst_ni)
      push && pop && level_o == LevelBits'(1));
  held_while_draining: cover property (@(posedge clk_i) disable iff (!rst_ni)
      hold_i && !in_ready_o && pop);
endmodule
