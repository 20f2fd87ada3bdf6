// SPDX-License-Identifier: Apache-2.0
//
// RAM of a stage's table: one lookup port, one table port, both with registered read data. The latter
// writes, clears or reads; the block never lets it write a row that a lookup may read in the same
// cycle.

module rmt_table_ram #(
  parameter int unsigned Width = 32,  // bits of a row
  parameter int unsigned Depth = 16,  // rows
  localparam int unsigned AddrBits = $clog2(Depth)
) (
  input  logic                clk_i,

  input  logic                a_en_i,     // lookup: a_rdata_o shows the row in the next cycle
  input  logic [AddrBits-1:0] a_addr_i,
  output logic [Width-1:0]    a_rdata_o,

  input  logic                t_clear_i,  // table port: the row becomes 0
  input  logic                t_we_i,
  input  logic                t_re_i,
  input  logic [AddrBits-1:0] t_addr_i,
  input  logic [Width-1:0]    t_wdata_i,
  output logic [Width-1:0]    t_rdata_o
);

  logic [Width-1:0] mem [Depth];

  always_ff @(posedge clk_i) begin
    if (a_en_i) begin
      a_rdata_o <= mem[a_addr_i];
    end
  end

  always_ff @(posedge clk_i) begin
    if (t_re_i) begin
      t_rdata_o <= mem[t_addr_i];
    end
    if (t_clear_i | t_we_i) begin
      mem[t_addr_i] <= t_clear_i ? '0 : t_wdata_i;
    end
  end

endmodule
