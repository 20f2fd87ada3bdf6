// SPDX-License-Identifier: Apache-2.0
//
// Two swept RAMs for their lockstep test, driven by one operation word: 16 rows of 32 bits, and 5
// rows that sweep to a value of their own. Read data show 0 until the first read.
module ram_bench (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [63:0] op_i,        // {.., read 41, write 40, rd_addr 39:36, wr_addr 35:32, data 31:0}
  output logic [1:0]  done_o,
  output logic [63:0] rd_data_o    // 32 bits a RAM
);
  logic wr, rd;
  logic [3:0] wr_addr, rd_addr;
  assign wr = op_i[40];
  assign rd = op_i[41];
  assign wr_addr = op_i[35:32];
  assign rd_addr = op_i[39:36];
  logic unused;
  assign unused = ^op_i[63:42];

  logic [31:0] big;
  logic [31:0] small_data;
  logic [1:0] done, read_q;
  ram_1r1w #(.Width(32), .Depth(16)) u_big (
    .clk_i(clk_i), .rst_ni(rst_ni), .init_done_o(done[0]),
    .wr_en_i(wr), .wr_addr_i(wr_addr), .wr_data_i(op_i[31:0]),
    .rd_en_i(rd), .rd_addr_i(rd_addr), .rd_data_o(big)
  );
  ram_1r1w #(.Width(32), .Depth(5), .InitValue(32'h5a5a01a5)) u_small (
    .clk_i(clk_i), .rst_ni(rst_ni), .init_done_o(done[1]),
    .wr_en_i(wr), .wr_addr_i(wr_addr[2:0]), .wr_data_i(op_i[31:0]),
    .rd_en_i(rd), .rd_addr_i(rd_addr[2:0]), .rd_data_o(small_data)
  );
  always_ff @(posedge clk_i) begin
    if (!rst_ni) read_q <= '0;
    else read_q <= read_q | (done & {2{rd}});
  end
  assign done_o = done;
  assign rd_data_o = {read_q[1] ? small_data : 32'h0, read_q[0] ? big : 32'h0};
endmodule
