// SPDX-License-Identifier: Apache-2.0
//
// One reader of the traffic manager: reads a beat a cycle for one of the destinations it serves, in
// turn among those that have a job and room at their output. A destination that cannot take beats
// costs the others nothing.

module rmt_tm_read #(
  parameter int unsigned Reader = 0,
  parameter int unsigned Cells  = rmt_pkg::TmCells,
  localparam int unsigned Lanes     = rmt_tm_pkg::Lanes,
  localparam int unsigned LaneBits  = rmt_tm_pkg::LaneBits,
  localparam int unsigned CellBits  = $clog2(Cells),
  localparam int unsigned IdxBits   = $clog2(rmt_tm_pkg::CellBeats),
  localparam int unsigned ChainBits = rmt_tm_pkg::ChainBits,
  localparam int unsigned BeatsBits = rmt_tm_pkg::BeatsBits,
  localparam int unsigned EditLog   = rmt_tm_pkg::EditLog,
  localparam int unsigned FrameBits = CellBits + BeatsBits + EditLog + 2,
  localparam int unsigned RelBits   = CellBits + ChainBits + 3
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,

  input  logic [Lanes-1:0]            job_valid_i,   // <-> rmt_tm_queues
  input  logic [Lanes*FrameBits-1:0]  job_i,         // {head, beats, edit, bank, shared}
  output logic [Lanes-1:0]            job_done_o,

  // Reads; what they answer is there in the next cycle       <-> rmt_tm_cells, edit table
  output logic                        data_re_o,
  output logic [CellBits+IdxBits-1:0] data_addr_o,
  output logic                        rec_re_o,
  output logic [CellBits-1:0]         head_o,
  output logic                        link_re_o,
  output logic [CellBits-1:0]         link_addr_o,
  input  logic [CellBits-1:0]         link_i,
  output logic                        edit_re_o,
  output logic [EditLog:0]            edit_addr_o,   // {bank, edit}

  // What the memories show in this cycle                     -> rmt_egress
  output logic [Lanes-1:0]            beat_valid_o,
  output logic                        beat_first_o,
  output logic                        beat_last_o,
  output logic                        beat_edit_o,   // the frame has an edit: its row is there
  input  logic [Lanes-1:0]            take_i,        // a beat has left rmt_egress' buffer
  input  logic [Lanes-1:0]            edit_free_i,   // so has an edit

  // The last beat is read                                    -> rmt_tm_release
  output logic                        rel_valid_o,
  output logic [RelBits-1:0]          rel_o,         // {head, cells, shared, bank, again}
  input  logic                        rel_room_i
);
  localparam int unsigned Buffer    = 4;             // beats rmt_egress can hold
  localparam int unsigned BufferLog = $clog2(Buffer);

  logic [CellBits-1:0]  cell_q [Lanes];
  logic [CellBits-1:0]  next_q [Lanes];
  logic [IdxBits-1:0]   idx_q  [Lanes];
  logic [BeatsBits-1:0] left_q [Lanes];              // beats
  logic [BufferLog:0]   used_q [Lanes];              // beats on their way or in the buffer
  logic [Lanes-1:0]     started_q, edit_q, want, pick;
  logic                 any;
  logic [LaneBits-1:0]  lane;

  // ---------------------------------------------------------------- whose turn
  for (genvar j = 0; j < Lanes; j++) begin : gen_want
    logic has_edit, last;
    assign has_edit = job_i[j*FrameBits + 2 +: EditLog] != '0;
    assign last = started_q[j] ? left_q[j] == BeatsBits'(1)
                               : job_i[j*FrameBits + 2 + EditLog +: BeatsBits] == BeatsBits'(1);
    assign want[j] = job_valid_i[j] & !used_q[j][BufferLog] &
                     (started_q[j] | !has_edit | !edit_q[j]) & (!last | rel_room_i);
  end

  rr_arbiter #(.N(Lanes)) u_rr (
    .clk_i,
    .rst_ni,
    .req_i        (want),
    .accept_i     (any),
    .last_i       (1'b1),
    .grant_valid_o(any),
    .grant_o      (pick),
    .grant_idx_o  (lane)
  );

  // ---------------------------------------------------------------- the beat that is read
  logic [CellBits-1:0]  head, here;
  logic [BeatsBits-1:0] beats, left;
  logic [EditLog-1:0]   edit;
  logic                 bank, shared, first, last, wrap;
  logic [IdxBits-1:0]   idx;

  assign {head, beats, edit, bank, shared} = job_i[lane*FrameBits +: FrameBits];
  assign first = !started_q[lane];
  assign here  = first ? head : cell_q[lane];
  assign idx   = first ? '0 : idx_q[lane];
  assign left  = first ? beats : left_q[lane];
  assign last  = left == BeatsBits'(1);
  assign wrap  = idx == '1;

  assign data_re_o   = any;
  assign data_addr_o = {here, idx};
  assign rec_re_o    = any & first;
  assign head_o      = head;
  assign link_re_o   = any & (idx == '0) & (left > BeatsBits'(rmt_tm_pkg::CellBeats));
  assign link_addr_o = here;
  assign edit_re_o   = any & first & (edit != '0);
  assign edit_addr_o = {bank, edit};
  assign job_done_o  = last ? pick : '0;
  assign rel_valid_o = any & last;
  // Reader and lane name the destination.
  assign rel_o = {head,
                  ChainBits'((beats + BeatsBits'(rmt_tm_pkg::CellBeats - 1)) /
                             BeatsBits'(rmt_tm_pkg::CellBeats)),
                  shared, bank,
                  (32'(lane) * rmt_pkg::TmReaders + Reader) == 32'(rmt_tm_pkg::OutRecirc)};

  logic                link_q;                       // link_i is the cell behind link_lane_q's
  logic [LaneBits-1:0] lane_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      started_q    <= '0;
      beat_valid_o <= '0;
      link_q       <= 1'b0;
    end else begin
      beat_valid_o <= pick;
      link_q       <= link_re_o;
      if (any) started_q[lane] <= !last;
    end
  end

  always_ff @(posedge clk_i) begin
    if (any) begin
      beat_first_o <= first;
      beat_last_o  <= last;
      beat_edit_o  <= edit != '0;
      lane_q       <= lane;
      idx_q[lane]  <= idx + 1'b1;
      left_q[lane] <= left - 1'b1;
      cell_q[lane] <= wrap ? next_q[lane] : here;
    end
    if (link_q) next_q[lane_q] <= link_i;
  end

  for (genvar j = 0; j < Lanes; j++) begin : gen_used
    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        used_q[j] <= '0;
        edit_q[j] <= 1'b0;
      end else begin
        if (pick[j] != take_i[j]) used_q[j] <= pick[j] ? used_q[j] + 1'b1 : used_q[j] - 1'b1;
        edit_q[j] <= (edit_q[j] & !edit_free_i[j]) | (pick[j] & edit_re_o);
      end
    end
  end
endmodule
