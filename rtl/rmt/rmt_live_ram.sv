// SPDX-License-Identifier: Apache-2.0
//
// RAM of state that frames change: read in one cycle, written in the next, so that the frame right
// behind gets what the one ahead of it writes. The table port reads at any time what has been
// written so far; it writes only while no frame is in flight (rmt_tables).

module rmt_live_ram #(
  parameter int unsigned Width = 32,  // bits of a row
  parameter int unsigned Depth = 16,  // rows
  localparam int unsigned AddrBits = $clog2(Depth)
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  // The frame's read, and one cycle later its write of the same row.
  input  logic                rd_i,
  input  logic [AddrBits-1:0] row_i,
  output logic [Width-1:0]    rdata_o,    // in the next cycle: all earlier frames' writes included
  input  logic                we_i,       // only in the cycle after rd_i
  input  logic [Width-1:0]    wdata_i,

  input  logic                t_clear_i,  // table port: the row becomes 0
  input  logic                t_we_i,
  input  logic                t_re_i,
  input  logic [AddrBits-1:0] t_addr_i,
  input  logic [Width-1:0]    t_wdata_i,
  output logic [Width-1:0]    t_rdata_o
);

  logic [Width-1:0]    mem [Depth];
  logic [AddrBits-1:0] row_q;    // of the frame that may write in this cycle
  logic [Width-1:0]    read_q;   // as the RAM gave it
  logic [Width-1:0]    ahead_q;  // what the frame ahead wrote at the same edge
  logic                bypass_q;

  assign rdata_o = bypass_q ? ahead_q : read_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      bypass_q <= 1'b0;
    end else if (rd_i) begin
      bypass_q <= we_i & (row_i == row_q);
    end
  end

  always_ff @(posedge clk_i) begin
    if (rd_i) begin
      row_q  <= row_i;
      read_q <= mem[row_i];
      if (we_i) begin
        ahead_q <= wdata_i;
      end
    end
  end

  // One write port: table writes and clearing come only when no frame can write.
  logic                w_en;
  logic [AddrBits-1:0] w_row;
  assign w_en  = we_i | t_we_i | t_clear_i;
  assign w_row = we_i ? row_q : t_addr_i;
  always_ff @(posedge clk_i) begin
    if (w_en) begin
      mem[w_row] <= we_i ? wdata_i : t_clear_i ? '0 : t_wdata_i;
    end
  end
  always_ff @(posedge clk_i) begin
    if (t_re_i) begin
      t_rdata_o <= mem[t_addr_i];
    end
  end

`ifdef FORMAL
  // What the stage and rmt_tables guarantee.
  logic rd_q;
  initial rd_q = 1'b0;
  always_ff @(posedge clk_i) rd_q <= rd_i & rst_ni;
  always_comb begin
    assume (!we_i | rd_q);
    assume (!(rd_i | rd_q) | !(t_we_i | t_clear_i));
    assume (!t_we_i | !t_clear_i);
  end

  // A frame sees its row as if the frames went through one after the other: what the memory holds
  // in the cycle in which the frame acts, when every frame ahead has written.
  always_comb begin
    if (rd_q & rst_ni) begin
      assert (rdata_o == mem[row_q]);
    end
  end
`endif

endmodule
