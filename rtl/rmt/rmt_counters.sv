// SPDX-License-Identifier: Apache-2.0
//
// Packet and byte counters of a stage, saturating: the row is read in step 4 and written in step 5.

module rmt_counters #(
  parameter int unsigned Rows = rmt_pkg::CounterRows,  // a power of two, >= 2
  localparam int unsigned RowBits = $clog2(Rows)
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  // Step 4
  input  logic               use_i,     // the frame has a row
  input  logic [RowBits-1:0] row_i,
  // Step 5
  input  logic               count_i,   // its action counts
  input  logic [15:0]        len_i,     // bytes

  // Table port; data in the cycle after t_re_i.
  input  logic               t_clear_i,
  input  logic               t_we_i,
  input  logic               t_re_i,
  input  logic [RowBits-1:0] t_addr_i,
  input  logic [rmt_pkg::CounterRowBits-1:0] t_wdata_i,
  output logic [rmt_pkg::CounterRowBits-1:0] t_rdata_o
);

  logic                  use_q, write;
  rmt_pkg::counter_row_t old, sum;
  logic [64:0]           packets, bytes;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      use_q <= 1'b0;
    end else begin
      use_q <= use_i;
    end
  end

  rmt_live_ram #(
    .Width(rmt_pkg::CounterRowBits),
    .Depth(Rows)
  ) u_ram (
    .clk_i,
    .rst_ni,
    .rd_i   (use_i),
    .row_i,
    .rdata_o(old),
    .we_i   (write),
    .wdata_i(sum),
    .t_clear_i,
    .t_we_i,
    .t_re_i,
    .t_addr_i,
    .t_wdata_i,
    .t_rdata_o
  );

  assign write   = use_q & count_i;
  assign packets = {1'b0, old.packets} + 65'd1;
  assign bytes   = {1'b0, old.bytes} + {49'h0, len_i};
  always_comb begin
    sum.packets = packets[64] ? '1 : packets[63:0];
    sum.bytes   = bytes[64] ? '1 : bytes[63:0];
  end

endmodule
