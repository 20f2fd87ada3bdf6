// SPDX-License-Identifier: Apache-2.0
//
// RAM with one write and one registered read port; after reset it sweeps itself to InitValue and
// then raises init_done_o. Timing: docs/uarch/common.md. C++ twin: cmodel/common/ram_1r1w.hpp.
module ram_1r1w #(
  parameter int unsigned Width = 32,            // bits of a row
  parameter int unsigned Depth = 256,           // rows, >= 2
  parameter logic [Width-1:0] InitValue = '0,   // what the sweep writes
  localparam int unsigned AddrBits = $clog2(Depth)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  output logic                init_done_o,   // the sweep is over; both enables are ignored before
  input  logic                wr_en_i,
  input  logic [AddrBits-1:0] wr_addr_i,
  input  logic [Width-1:0]    wr_data_i,
  input  logic                rd_en_i,
  input  logic [AddrBits-1:0] rd_addr_i,
  output logic [Width-1:0]    rd_data_o      // the row as it was before this edge's write; held
);
  localparam logic [AddrBits-1:0] LastRow = AddrBits'(Depth - 1);

  if (Depth < 2) begin : g_bad_depth
    $error("ram_1r1w: Depth must be at least 2");
  end

  logic [Width-1:0] mem [Depth];
  logic [AddrBits-1:0] sweep_q;
  logic done_q;

  // One write port, shared by the sweep; the enables are checked so that no index leaves the RAM.
  logic wr_en, wr_ok, rd_ok;
  logic [AddrBits-1:0] wr_addr;
  logic [Width-1:0] wr_data;
  assign wr_en = done_q ? (wr_en_i & wr_ok) : rst_ni;
  assign wr_addr = done_q ? wr_addr_i : sweep_q;
  assign wr_data = done_q ? wr_data_i : InitValue;
  if (Depth == 1 << AddrBits) begin : g_all_rows
    assign wr_ok = 1'b1;
    assign rd_ok = 1'b1;
  end else begin : g_some_rows
    assign wr_ok = wr_addr_i <= LastRow;
    assign rd_ok = rd_addr_i <= LastRow;
  end

  always_ff @(posedge clk_i) begin
    if (wr_en) mem[wr_addr] <= wr_data;
  end

  always_ff @(posedge clk_i) begin
    if (done_q & rd_en_i) rd_data_o <= rd_ok ? mem[rd_addr_i] : '0;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      sweep_q <= '0;
      done_q  <= 1'b0;
    end else if (!done_q) begin
      sweep_q <= sweep_q + AddrBits'(1);
      done_q  <= sweep_q == LastRow;
    end
  end
  assign init_done_o = done_q;

`ifdef FORMAL
  logic seen_reset_q;
  initial seen_reset_q = 1'b0;
  always_ff @(posedge clk_i) if (!rst_ni) seen_reset_q <= 1'b1;
  always_comb begin
    if (seen_reset_q) begin
      assert (done_q || sweep_q <= LastRow);
      assert (!wr_en || wr_addr <= LastRow);
    end
  end
`endif
endmodule
