// SPDX-License-Identifier: Apache-2.0
//
// 32-bit stateful registers of a stage: the row is read in step 4; operated on and written in step 5.

module rmt_registers #(
  parameter int unsigned Rows = rmt_pkg::RegisterRows,  // a power of two, >= 2
  localparam int unsigned RowBits = $clog2(Rows)
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  // Step 4
  input  logic               use_i,     // the frame has a row
  input  logic [RowBits-1:0] row_i,
  // Step 5
  input  logic [rmt_pkg::RegOpBits-1:0] op_i,
  input  logic [31:0]        x_i,
  output logic               done_o,    // there is a result
  output logic [31:0]        result_o,

  // Table port; data in the cycle after t_re_i.
  input  logic               t_clear_i,
  input  logic               t_we_i,
  input  logic               t_re_i,
  input  logic [RowBits-1:0] t_addr_i,
  input  logic [31:0]        t_wdata_i,
  output logic [31:0]        t_rdata_o
);

  logic        use_q, write;
  logic [31:0] old, value;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      use_q <= 1'b0;
    end else begin
      use_q <= use_i;
    end
  end

  rmt_live_ram #(
    .Width(32),
    .Depth(Rows)
  ) u_ram (
    .clk_i,
    .rst_ni,
    .rd_i   (use_i),
    .row_i,
    .rdata_o(old),
    .we_i   (write),
    .wdata_i(value),
    .t_clear_i,
    .t_we_i,
    .t_re_i,
    .t_addr_i,
    .t_wdata_i,
    .t_rdata_o
  );

  // Operations above `or` do nothing.
  assign done_o   = use_q & (op_i != rmt_pkg::RegOpNop) & (op_i <= rmt_pkg::RegOpOr);
  assign write    = done_o & (op_i != rmt_pkg::RegOpRead);
  assign result_o = (op_i == rmt_pkg::RegOpWrite) ? old : value;
  always_comb begin
    case (op_i)
      rmt_pkg::RegOpWrite: value = x_i;
      rmt_pkg::RegOpAdd:   value = old + x_i;
      rmt_pkg::RegOpMax:   value = (old > x_i) ? old : x_i;
      rmt_pkg::RegOpOr:    value = old | x_i;
      default:             value = old;
    endcase
  end

endmodule
