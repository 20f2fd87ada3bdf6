// SPDX-License-Identifier: Apache-2.0
//
// Side rows of the cells (chain link, owner, sum) and the released-toggle bits, copied so that the
// readers, the check and the release walk of the free engine each read one row a cycle. One row is
// written per cycle (a writer) and one toggle (a release).
module mbuf_rows #(
  parameter int unsigned NumCells = 4096,
  localparam int unsigned CellBits = $clog2(NumCells)
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  output logic        init_done_o,

  input  logic [2:0]  wr_req_i,   // round robin
  input  logic [3*16-1:0] wr_cell_i,
  input  logic [3*mbuf_types_pkg::RowBits-1:0] wr_row_i,
  output logic [2:0]  wr_gnt_o,

  input  logic        tog_we_i,
  input  logic [15:0] tog_cell_i,
  input  logic        tog_i,

  input  logic [2:0]  rd_req_i,   // round robin
  input  logic [3*16-1:0] rd_cell_i,
  output logic [2:0]  rd_gnt_o,
  output mbuf_types_pkg::row_t rd_row_o,  // the cycle after the grant
  output logic        rd_dead_o,          // that cell is not allocated

  input  logic        chk_en_i,
  input  logic [15:0] chk_cell_i,
  output mbuf_types_pkg::row_t chk_row_o, // held until the next chk_en_i
  output logic        chk_dead_o,

  input  logic        rel_en_i,
  input  logic [15:0] rel_cell_i,
  output mbuf_types_pkg::row_t rel_row_o  // held until the next rel_en_i
);
  localparam int unsigned RowBits = mbuf_types_pkg::RowBits;

  logic wr_any, rd_any;
  logic [1:0] wr_idx, rd_idx;
  rr_arbiter #(.N(3)) u_wr_arb (
    .clk_i, .rst_ni, .req_i(wr_req_i), .accept_i(wr_any), .last_i(1'b1),
    .grant_valid_o(wr_any), .grant_o(wr_gnt_o), .grant_idx_o(wr_idx)
  );
  rr_arbiter #(.N(3)) u_rd_arb (
    .clk_i, .rst_ni, .req_i(rd_req_i), .accept_i(rd_any), .last_i(1'b1),
    .grant_valid_o(rd_any), .grant_o(rd_gnt_o), .grant_idx_o(rd_idx)
  );

  logic [15:0] wr_cell, rd_cell;
  logic [RowBits-1:0] wr_row;
  always_comb begin
    case (wr_idx)
      2'd0: begin
        wr_cell = wr_cell_i[15:0];
        wr_row = wr_row_i[RowBits-1:0];
      end
      2'd1: begin
        wr_cell = wr_cell_i[31:16];
        wr_row = wr_row_i[2*RowBits-1:RowBits];
      end
      default: begin
        wr_cell = wr_cell_i[47:32];
        wr_row = wr_row_i[3*RowBits-1:2*RowBits];
      end
    endcase
    case (rd_idx)
      2'd0: rd_cell = rd_cell_i[15:0];
      2'd1: rd_cell = rd_cell_i[31:16];
      default: rd_cell = rd_cell_i[47:32];
    endcase
  end

  logic [4:0] done;
  logic rd_tog, chk_tog;
  ram_1r1w #(.Width(RowBits), .Depth(NumCells)) u_rd_row (
    .clk_i, .rst_ni, .init_done_o(done[0]),
    .wr_en_i(wr_any), .wr_addr_i(wr_cell[CellBits-1:0]), .wr_data_i(wr_row),
    .rd_en_i(rd_any), .rd_addr_i(rd_cell[CellBits-1:0]), .rd_data_o(rd_row_o)
  );
  ram_1r1w #(.Width(RowBits), .Depth(NumCells)) u_chk_row (
    .clk_i, .rst_ni, .init_done_o(done[1]),
    .wr_en_i(wr_any), .wr_addr_i(wr_cell[CellBits-1:0]), .wr_data_i(wr_row),
    .rd_en_i(chk_en_i), .rd_addr_i(chk_cell_i[CellBits-1:0]), .rd_data_o(chk_row_o)
  );
  ram_1r1w #(.Width(RowBits), .Depth(NumCells)) u_rel_row (
    .clk_i, .rst_ni, .init_done_o(done[2]),
    .wr_en_i(wr_any), .wr_addr_i(wr_cell[CellBits-1:0]), .wr_data_i(wr_row),
    .rd_en_i(rel_en_i), .rd_addr_i(rel_cell_i[CellBits-1:0]), .rd_data_o(rel_row_o)
  );
  ram_1r1w #(.Width(1), .Depth(NumCells)) u_rd_tog (
    .clk_i, .rst_ni, .init_done_o(done[3]),
    .wr_en_i(tog_we_i), .wr_addr_i(tog_cell_i[CellBits-1:0]), .wr_data_i(tog_i),
    .rd_en_i(rd_any), .rd_addr_i(rd_cell[CellBits-1:0]), .rd_data_o(rd_tog)
  );
  ram_1r1w #(.Width(1), .Depth(NumCells)) u_chk_tog (
    .clk_i, .rst_ni, .init_done_o(done[4]),
    .wr_en_i(tog_we_i), .wr_addr_i(tog_cell_i[CellBits-1:0]), .wr_data_i(tog_i),
    .rd_en_i(chk_en_i), .rd_addr_i(chk_cell_i[CellBits-1:0]), .rd_data_o(chk_tog)
  );
  assign rd_dead_o = rd_row_o.tog == rd_tog;
  assign chk_dead_o = chk_row_o.tog == chk_tog;
  assign init_done_o = &done;

  if (CellBits < 16) begin : g_unused
    logic unused;
    assign unused = ^{wr_cell[15:CellBits], rd_cell[15:CellBits], tog_cell_i[15:CellBits],
                      chk_cell_i[15:CellBits], rel_cell_i[15:CellBits]};
  end
endmodule
