// SPDX-License-Identifier: Apache-2.0
//
// Puts the beats of a frame into cells as they come and says at the last one what the frame takes.
// A frame that finds no free cell loses its rest; its chain is freed when it is judged.

module rmt_tm_write #(
  parameter int unsigned Cells = rmt_pkg::TmCells,
  localparam int unsigned CellBits  = $clog2(Cells),
  localparam int unsigned IdxBits   = $clog2(rmt_tm_pkg::CellBeats),
  localparam int unsigned ChainBits = rmt_tm_pkg::ChainBits,
  localparam int unsigned LenBits   = rmt_tm_pkg::LenBits
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,

  input  logic                        valid_i,       // a beat
  input  logic                        sop_i,
  input  logic                        eop_i,
  input  logic [6:0]                  nbytes_i,
  input  logic                        store_i,       // the frame wants a place; constant over it

  input  logic                        cell_valid_i,  // <- rmt_tm_free
  input  logic [CellBits-1:0]         cell_i,
  output logic                        get_o,

  output logic                        data_we_o,     // -> rmt_tm_cells
  output logic [CellBits+IdxBits-1:0] data_addr_o,
  output logic                        link_we_o,
  output logic [CellBits-1:0]         link_addr_o,
  output logic [CellBits-1:0]         link_o,

  // The frame as a whole, with its last beat                -> rmt_tm_decide, record
  output logic                        end_o,
  output logic [CellBits-1:0]         head_o,        // meaningful with cells_o > 0
  output logic [ChainBits-1:0]        cells_o,       // held, 0 for a frame that is not stored
  output logic [LenBits-1:0]          len_o,
  output logic                        lost_o         // it lacks beats
);
  logic [CellBits-1:0]  head_q, cell_q, here;
  logic [IdxBits-1:0]   idx_q, idx;
  logic [ChainBits-1:0] cells_q, cells, cells_d;
  logic [LenBits-1:0]   len_q, len_d;
  logic                 lost_q, lost, lost_d, need;

  assign idx     = sop_i ? '0 : idx_q;
  assign lost    = !sop_i & lost_q;
  assign cells   = sop_i ? '0 : cells_q;
  assign need    = store_i & (idx == '0) & !lost;
  assign get_o   = valid_i & need & cell_valid_i;
  assign lost_d  = lost | (need & !cell_valid_i);
  assign cells_d = cells + ChainBits'(get_o);
  assign len_d   = (sop_i ? '0 : len_q) + LenBits'(nbytes_i);
  assign here    = (idx == '0) ? cell_i : cell_q;

  assign data_we_o   = valid_i & store_i & !lost_d;
  assign data_addr_o = {here, idx};
  assign link_we_o   = get_o & !sop_i;
  assign link_addr_o = cell_q;
  assign link_o      = cell_i;

  assign end_o   = valid_i & eop_i;
  assign head_o  = sop_i ? cell_i : head_q;
  assign cells_o = cells_d;
  assign len_o   = len_d;
  assign lost_o  = lost_d;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) lost_q <= 1'b0;
    else if (valid_i) lost_q <= lost_d;
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      idx_q   <= idx + 1'b1;
      cells_q <= cells_d;
      len_q   <= len_d;
      if (get_o) cell_q <= cell_i;
      if (sop_i) head_q <= cell_i;
    end
  end
endmodule
