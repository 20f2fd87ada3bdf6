// SPDX-License-Identifier: Apache-2.0
//
// Checksum update: applies the deltas gathered by the deparser's steps to the checksum fields in
// the window (RFC 1624 eqn 3). A wrong checksum stays wrong by the same amount. Combinational.

module rmt_deparser_csum #(
  parameter int unsigned DeltaBits = 24,
  localparam int unsigned WinBits = rmt_pkg::WindowBytes * 8,
  localparam int unsigned PosBits = $clog2(rmt_pkg::WindowBytes) + 1
) (
  input  logic                                 valid_i,     // the rest is ignored otherwise
  input  logic [WinBits-1:0]                   window_i,
  input  logic [PosBits-1:0]                   len_i,
  input  logic [rmt_pkg::NumHeaders-1:0]       hdr_valid_i,
  input  logic [rmt_pkg::NumHeaders*PosBits-1:0] hdr_off_i,
  input  logic [rmt_pkg::ChecksumUnits*DeltaBits-1:0] delta_i,
  input  logic [rmt_pkg::ChecksumUnits*rmt_pkg::DeparserCsumBits-1:0] rows_i,  // unit 0 lowest
  output logic [WinBits-1:0]                   window_o
);
  localparam int unsigned RowBits = rmt_pkg::DeparserCsumBits;

  logic [WinBits+7:0]      win;                // 8 zero bits above, as the field has two bytes
  rmt_pkg::deparser_csum_t c;
  logic [PosBits:0]        at, fld_end;
  logic [15:0]             raw, hc;
  logic [DeltaBits-1:0]    sum;
  logic [16:0]             fold;
  logic [15:0]             res;

  always_comb begin
    win = {8'b0, window_i};
    c = '0;
    at = '0;
    fld_end = '0;
    raw = '0;
    hc = '0;
    sum = '0;
    fold = '0;
    res = '0;
    for (int unsigned u = 0; u < rmt_pkg::ChecksumUnits; u++) begin
      c = rows_i[u*RowBits +: RowBits];
      if (valid_i && c.en && hdr_valid_i[c.hdr_id]) begin
        at = {1'b0, hdr_off_i[c.hdr_id*PosBits +: PosBits]} + (PosBits + 1)'(c.off);
        fld_end = at + (PosBits + 1)'(2);
        if (fld_end <= {1'b0, len_i}) begin
          raw = win[{1'b0, at[PosBits-2:0], 3'b000} +: 16];
          hc = {raw[7:0], raw[15:8]};
          sum = delta_i[u*DeltaBits +: DeltaBits] + {{(DeltaBits - 16){1'b0}}, ~hc};
          fold = {1'b0, sum[15:0]} + {{(17 - (DeltaBits - 16)){1'b0}}, sum[DeltaBits-1:16]};
          res = ~(fold[15:0] + {15'b0, fold[16]});
          // RFC 768: 0 means no checksum, a sum of 0 goes out as all ones.
          if (c.zero_keeps && (hc == '0)) res = '0;
          else if (c.zero_keeps && (res == '0)) res = '1;
          win[{1'b0, at[PosBits-2:0], 3'b000} +: 16] = {res[7:0], res[15:8]};
        end
      end
    end
  end
  assign window_o = win[WinBits-1:0];
endmodule
