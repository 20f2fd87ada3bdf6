// SPDX-License-Identifier: Apache-2.0
//
// Sweep and read-port rules of ram_1r1w.
module ram_sva #(
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 256,
  localparam int unsigned AddrBits = $clog2(Depth)
) (
  input logic                clk_i,
  input logic                rst_ni,
  input logic                init_done_o,
  input logic                wr_en_i,
  input logic [AddrBits-1:0] wr_addr_i,
  input logic                rd_en_i,
  input logic [AddrBits-1:0] rd_addr_i,
  input logic [Width-1:0]    rd_data_o
);
  logic [31:0] cycles_q;   // since reset
  always_ff @(posedge clk_i) begin
    if (!rst_ni) cycles_q <= '0;
    else if (cycles_q <= Depth) cycles_q <= cycles_q + 32'd1;
  end

  done_after_depth: assert property (@(posedge clk_i) disable iff (!rst_ni)
      init_done_o == (cycles_q >= Depth));
  read_holds: assert property (@(posedge clk_i) disable iff (!rst_ni)
      !rd_en_i |=> $stable(rd_data_o));

  read_and_write_one_row: cover property (@(posedge clk_i) disable iff (!rst_ni)
      init_done_o && rd_en_i && wr_en_i && rd_addr_i == wr_addr_i);
  read_after_write: cover property (@(posedge clk_i) disable iff (!rst_ni)
      init_done_o && rd_en_i && $past(wr_en_i) && rd_addr_i == $past(wr_addr_i));
  write_during_sweep: cover property (@(posedge clk_i) disable iff (!rst_ni)
      !init_done_o && wr_en_i);
  read_during_sweep: cover property (@(posedge clk_i) disable iff (!rst_ni)
      !init_done_o && rd_en_i);
  last_row: cover property (@(posedge clk_i) disable iff (!rst_ni)
      init_done_o && wr_en_i && wr_addr_i == AddrBits'(Depth - 1));
  if (Depth != 1 << AddrBits) begin : g_some_rows
    beyond_depth: cover property (@(posedge clk_i) disable iff (!rst_ni)
        init_done_o && rd_en_i && rd_addr_i > AddrBits'(Depth - 1));
  end
endmodule
