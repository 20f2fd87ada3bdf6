// SPDX-License-Identifier: Apache-2.0
//
// One data bank: 64-byte words, a byte-enabled write and a registered read per cycle. Swept to zero
// after reset, one word a cycle, so that no byte ever read is undefined.
module mbuf_bank #(
  parameter int unsigned Words = 2048,  // power of two
  localparam int unsigned AddrBits = $clog2(Words)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  output logic                init_done_o,
  input  logic                wr_en_i,    // ignored until init_done_o
  input  logic [AddrBits-1:0] wr_addr_i,
  input  logic [511:0]        wr_data_i,
  input  logic [63:0]         wr_mask_i,  // byte enables
  input  logic                rd_en_i,
  input  logic [AddrBits-1:0] rd_addr_i,
  output logic [511:0]        rd_data_o   // word before this edge's write; held until the next read
);
  logic [511:0] mem [Words];
  logic [AddrBits-1:0] sweep_q;
  logic done_q;

  logic we;
  logic [AddrBits-1:0] addr;
  logic [511:0] data;
  logic [63:0] mask;
  assign we = done_q ? wr_en_i : rst_ni;
  assign addr = done_q ? wr_addr_i : sweep_q;
  assign data = done_q ? wr_data_i : 512'd0;
  assign mask = done_q ? wr_mask_i : 64'hffff_ffff_ffff_ffff;

  // A process per byte: lanes never meet, and tools need not find that out for 64 of them.
  for (genvar i = 0; i < 64; i++) begin : g_lane
    always_ff @(posedge clk_i) begin
      if (we && mask[i]) mem[addr][8*i+:8] <= data[8*i+:8];
    end
  end

  always_ff @(posedge clk_i) begin
    if (rd_en_i) rd_data_o <= mem[rd_addr_i];
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      sweep_q <= '0;
      done_q  <= 1'b0;
    end else if (!done_q) begin
      sweep_q <= sweep_q + 1'b1;
      done_q  <= &sweep_q;
    end
  end
  assign init_done_o = done_q;
endmodule
