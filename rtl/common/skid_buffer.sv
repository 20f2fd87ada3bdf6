// SPDX-License-Identifier: Apache-2.0
//
// One register slice on a ready/valid stream, both directions cut; full throughput. Timing as
// stream_fifo with Depth 2: docs/uarch/common.md. C++ twin: cmodel/common/skid_buffer.hpp.
module skid_buffer #(
  parameter int unsigned Width = 8   // bits of one element
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             hold_i,       // 1: no ready from the next cycle on
  input  logic             in_valid_i,
  input  logic [Width-1:0] in_data_i,
  output logic             in_ready_o,
  output logic             out_valid_o,
  output logic [Width-1:0] out_data_o,
  input  logic             out_ready_i
);
  logic ready_q, out_valid_q, skid_valid_q;
  logic [Width-1:0] out_q, skid_q;

  logic push, pop, out_valid_d, skid_valid_d;
  assign push = in_valid_i & ready_q;
  assign pop = out_valid_q & out_ready_i;
  // The output register takes an element whenever it is empty or being emptied.
  assign out_valid_d = (out_valid_q & ~pop) | skid_valid_q | push;
  assign skid_valid_d = (out_valid_q & ~pop) & (skid_valid_q | push);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      ready_q      <= 1'b0;
      out_valid_q  <= 1'b0;
      skid_valid_q <= 1'b0;
      out_q        <= '0;
      skid_q       <= '0;
    end else begin
      ready_q      <= ~hold_i & ~skid_valid_d;
      out_valid_q  <= out_valid_d;
      skid_valid_q <= skid_valid_d;
      if (pop | ~out_valid_q) begin
        if (skid_valid_q) out_q <= skid_q;
        else if (push) out_q <= in_data_i;
      end else if (push) begin
        skid_q <= in_data_i;
      end
    end
  end

  assign in_ready_o = ready_q;
  assign out_valid_o = out_valid_q;
  assign out_data_o = out_q;

`ifdef FORMAL
  logic past_reset_q;
  always_ff @(posedge clk_i) past_reset_q <= rst_ni;
  always_comb begin
    if (past_reset_q) begin
      // The skid register fills behind a full output register only, and nothing is taken then.
      assert (!skid_valid_q || out_valid_q);
      assert (!(skid_valid_q && ready_q));
    end
  end
`endif
endmodule
