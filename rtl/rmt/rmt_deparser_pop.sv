// SPDX-License-Identifier: Apache-2.0
//
// Which bytes a deparser_pop row removes from a frame's window: none, or those from one header's
// position up to another's. Combinational.

module rmt_deparser_pop #(
  localparam int unsigned PosBits = $clog2(rmt_pkg::WindowBytes) + 1
) (
  input  logic [PosBits-1:0]                     len_i,        // bytes in the window
  input  logic [rmt_pkg::NumHeaders-1:0]         hdr_valid_i,
  input  logic [rmt_pkg::NumHeaders*PosBits-1:0] hdr_off_i,
  input  logic [rmt_pkg::DeparserPopBits-1:0]    row_i,        // rmt_pkg::deparser_pop_t
  output logic                                   act_o,
  output logic [PosBits-1:0]                     from_o,       // first byte removed
  output logic [PosBits-1:0]                     count_o       // bytes removed, < WindowBytes
);
  rmt_pkg::deparser_pop_t row;
  logic [PosBits:0]       from, to;

  assign row = row_i;
  always_comb begin
    from = '0;
    to   = '0;
    if (row.en) begin
      from = {1'b0, hdr_off_i[row.from_hdr*PosBits +: PosBits]} + (PosBits + 1)'(row.from_off);
      to   = {1'b0, hdr_off_i[row.to_hdr*PosBits +: PosBits]} + (PosBits + 1)'(row.to_off);
    end
  end

  // Both positions are bytes of the frame, so that something of it is left.
  assign act_o = row.en && hdr_valid_i[row.from_hdr] && hdr_valid_i[row.to_hdr] &&
                 (from < {1'b0, len_i}) && (to < {1'b0, len_i}) && (from <= to);
  assign from_o  = from[PosBits-1:0];
  assign count_o = PosBits'(to - from);
endmodule
