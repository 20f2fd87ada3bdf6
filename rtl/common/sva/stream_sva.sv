// SPDX-License-Identifier: Apache-2.0
//
// What holds on every ready/valid stream; bind it to each stream port of a block (common_bind.sv
// shows how). Verilator only: concurrent assertions stay out of the synthesisable files.
module stream_sva #(
  parameter int unsigned Width = 8
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             valid,
  input logic             ready,
  input logic [Width-1:0] data
);
  valid_until_ready: assert property (@(posedge clk_i) disable iff (!rst_ni)
      valid && !ready |=> valid);
  payload_stable: assert property (@(posedge clk_i) disable iff (!rst_ni)
      valid && !ready |=> $stable(data));

  logic fired_q;
  always_ff @(posedge clk_i) fired_q <= rst_ni & valid & ready;

  stalled: cover property (@(posedge clk_i) disable iff (!rst_ni) valid && !ready);
  back_to_back: cover property (@(posedge clk_i) disable iff (!rst_ni) fired_q && valid && ready);
  waited_for: cover property (@(posedge clk_i) disable iff (!rst_ni) !valid && ready);
endmodule
