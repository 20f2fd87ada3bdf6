// SPDX-License-Identifier: Apache-2.0
//
// RAM with one lookup port and one table port, both with registered read data. The table port
// writes or reads; the block never lets it write a row that a lookup may read in the same cycle.

module rmt_ram #(
  parameter int unsigned Width = 32,  // bits of a row
  parameter int unsigned Depth = 16,  // rows
  localparam int unsigned AddrBits = $clog2(Depth)
) (
  input  logic                clk_i,

  input  logic                a_en_i,     // lookup: a_rdata_o shows the row in the next cycle
  input  logic [AddrBits-1:0] a_addr_i,
  output logic [Width-1:0]    a_rdata_o,

  input  logic                b_we_i,     // table port
  input  logic                b_re_i,
  input  logic [AddrBits-1:0] b_addr_i,
  input  logic [Width-1:0]    b_wdata_i,
  output logic [Width-1:0]    b_rdata_o
);

  logic [Width-1:0] mem [Depth];

  always_ff @(posedge clk_i) begin
    if (a_en_i) begin
      a_rdata_o <= mem[a_addr_i];
    end
  end

  always_ff @(posedge clk_i) begin
    if (b_re_i) begin
      b_rdata_o <= mem[b_addr_i];
    end
    if (b_we_i) begin
      mem[b_addr_i] <= b_wdata_i;
    end
  end

endmodule
