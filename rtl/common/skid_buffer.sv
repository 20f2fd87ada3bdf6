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
  logic seen_reset_q;
  initial seen_reset_q = 1'b0;
  always_ff @(posedge clk_i) if (!rst_ni) seen_reset_q <= 1'b1;
  // The specification: a list of at most two elements.
  logic [1:0] count_q;
  logic [Width-1:0] first_q, second_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q <= 2'd0;
    end else begin
      count_q <= count_q + 2'(push) - 2'(pop);
      if (pop) first_q <= second_q;
      if (push && count_q == 2'(pop)) first_q <= in_data_i;
      if (push && count_q != 2'(pop)) second_q <= in_data_i;
    end
  end
  always_comb begin
    if (seen_reset_q) begin
      assert (count_q <= 2'd2);
      assert (out_valid_q == (count_q != 2'd0));
      assert (skid_valid_q == (count_q == 2'd2));
      assert (!(ready_q && count_q == 2'd2));
      if (count_q != 2'd0) assert (out_q == first_q);
      if (count_q == 2'd2) assert (skid_q == second_q);
    end
  end
`endif
endmodule
