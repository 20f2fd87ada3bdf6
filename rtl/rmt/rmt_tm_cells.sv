// SPDX-License-Identifier: Apache-2.0
//
// Memories of the traffic manager: beats by cell, the link from a cell to the next of its frame, and
// a record a frame at its head cell. One beat a cycle is written, one a cycle and reader is read;
// every read shows in the next cycle and keeps until the next one.

module rmt_tm_cells #(
  parameter int unsigned Cells = rmt_pkg::TmCells,
  localparam int unsigned Readers  = rmt_pkg::TmReaders,
  localparam int unsigned CellBits = $clog2(Cells),
  localparam int unsigned IdxBits  = $clog2(rmt_tm_pkg::CellBeats),
  localparam int unsigned DataBits = common_pkg::BeatBytes * 8,
  localparam int unsigned RecBits  = rmt_tm_pkg::RecBits
) (
  input  logic                        clk_i,

  input  logic                        data_we_i,
  input  logic [CellBits+IdxBits-1:0] data_waddr_i,   // {cell, beat}
  input  logic [DataBits-1:0]         data_i,
  input  logic                        link_we_i,
  input  logic [CellBits-1:0]         link_waddr_i,
  input  logic [CellBits-1:0]         link_i,
  input  logic                        rec_we_i,
  input  logic [CellBits-1:0]         rec_waddr_i,
  input  logic [RecBits-1:0]          rec_i,

  input  logic [Readers-1:0]          data_re_i,
  input  logic [Readers*(CellBits+IdxBits)-1:0] data_raddr_i,
  output logic [Readers*DataBits-1:0] data_o,
  input  logic [Readers-1:0]          rec_re_i,
  input  logic [Readers*CellBits-1:0] rec_raddr_i,
  output logic [Readers*RecBits-1:0]  rec_o,
  input  logic [Readers:0]            link_re_i,      // the last one is the free list's
  input  logic [(Readers+1)*CellBits-1:0] link_raddr_i,
  output logic [(Readers+1)*CellBits-1:0] link_o
);
  logic [DataBits-1:0] data_mem [Cells * rmt_tm_pkg::CellBeats];
  logic [CellBits-1:0] link_mem [Cells];
  logic [RecBits-1:0]  rec_mem  [Cells];

  always_ff @(posedge clk_i) begin
    if (data_we_i) data_mem[data_waddr_i] <= data_i;
  end
  always_ff @(posedge clk_i) begin
    if (link_we_i) link_mem[link_waddr_i] <= link_i;
  end
  always_ff @(posedge clk_i) begin
    if (rec_we_i) rec_mem[rec_waddr_i] <= rec_i;
  end

  for (genvar r = 0; r < Readers; r++) begin : gen_reader
    always_ff @(posedge clk_i) begin
      if (data_re_i[r]) begin
        data_o[r*DataBits +: DataBits] <=
            data_mem[data_raddr_i[r*(CellBits+IdxBits) +: CellBits+IdxBits]];
      end
    end
    always_ff @(posedge clk_i) begin
      if (rec_re_i[r]) begin
        rec_o[r*RecBits +: RecBits] <= rec_mem[rec_raddr_i[r*CellBits +: CellBits]];
      end
    end
  end
  for (genvar r = 0; r <= Readers; r++) begin : gen_link
    always_ff @(posedge clk_i) begin
      if (link_re_i[r]) begin
        link_o[r*CellBits +: CellBits] <= link_mem[link_raddr_i[r*CellBits +: CellBits]];
      end
    end
  end
endmodule
