// SPDX-License-Identifier: Apache-2.0
//
// One deparser step: NumSlots write-back slots in index order put dirty containers back into the
// header window and add what changed to the checksum deltas. One register stage, never stalls.

module rmt_deparser_step #(
  parameter int unsigned NumSlots = 8,
  parameter int unsigned SideBits = 1,         // carried along untouched
  localparam int unsigned WinBits = rmt_pkg::WindowBytes * 8,
  localparam int unsigned PosBits = $clog2(rmt_pkg::WindowBytes) + 1,
  localparam int unsigned DeltaBits = 24       // 32 slots x 4 half words + the checksum < 2^24
) (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,

  input  logic                                 valid_i,
  input  logic [SideBits-1:0]                  side_i,
  input  logic [WinBits-1:0]                   window_i,
  input  logic [PosBits-1:0]                   len_i,
  input  logic [rmt_pkg::NumHeaders-1:0]       hdr_valid_i,
  input  logic [rmt_pkg::NumHeaders*PosBits-1:0] hdr_off_i,
  input  rmt_pkg::phv_t                        phv_i,
  input  logic [rmt_pkg::NumContainers-1:0]    dirty_i,
  input  logic [rmt_pkg::ChecksumUnits*DeltaBits-1:0] delta_i,
  // Rows of the frame's bank, slot 0 lowest                   <- rmt_deparser
  input  logic [NumSlots*rmt_pkg::DeparserSlotBits-1:0] slots_i,

  output logic                                 valid_o,
  output logic [SideBits-1:0]                  side_o,
  output logic [WinBits-1:0]                   window_o,
  output logic [PosBits-1:0]                   len_o,
  output logic [rmt_pkg::NumHeaders-1:0]       hdr_valid_o,
  output logic [rmt_pkg::NumHeaders*PosBits-1:0] hdr_off_o,
  output rmt_pkg::phv_t                        phv_o,
  output logic [rmt_pkg::NumContainers-1:0]    dirty_o,
  output logic [rmt_pkg::ChecksumUnits*DeltaBits-1:0] delta_o
);
  localparam int unsigned C8Bits = rmt_pkg::NumC8 * 8;
  localparam int unsigned C16Bits = rmt_pkg::NumC16 * 16;
  localparam int unsigned C32Bits = rmt_pkg::NumC32 * 32;
  localparam int unsigned C8Log = $clog2(rmt_pkg::NumC8);
  localparam int unsigned C16Log = $clog2(rmt_pkg::NumC16);
  localparam int unsigned C32Log = $clog2(rmt_pkg::NumC32);
  localparam int unsigned CIdBits = $clog2(rmt_pkg::NumContainers);
  localparam int unsigned SlotBits = rmt_pkg::DeparserSlotBits;

  logic                valid_q;
  logic [SideBits-1:0] side_q;
  logic [WinBits-1:0]  window_q;
  logic [PosBits-1:0]  len_q;
  logic [rmt_pkg::NumHeaders-1:0] hdr_valid_q;
  logic [rmt_pkg::NumHeaders*PosBits-1:0] hdr_off_q;
  rmt_pkg::phv_t       phv_q;
  logic [rmt_pkg::NumContainers-1:0] dirty_q;
  logic [rmt_pkg::ChecksumUnits*DeltaBits-1:0] delta_q, delta_d;

  logic [C8Bits-1:0]   c8;
  logic [C16Bits-1:0]  c16;
  logic [C32Bits-1:0]  c32;
  assign c8 = phv_i.c8;
  assign c16 = phv_i.c16;
  assign c32 = phv_i.c32;

  // 24 zero bits above let a field at the last byte be read as a word.
  logic [WinBits+23:0] win;
  rmt_pkg::deparser_slot_t s;
  logic [PosBits:0]    at, fld_end;
  logic                is8, is16;
  logic [C32Log-1:0]   id;                     // container within its width
  logic [31:0]         old_raw, old_v, new_v;  // values in network order
  logic [15:0]         old_hi, old_lo, new_hi, new_lo;
  logic [DeltaBits-1:0] change;

  always_comb begin
    win = {24'b0, window_i};
    delta_d = delta_i;
    s = '0;
    at = '0;
    fld_end = '0;
    is8 = 1'b0;
    is16 = 1'b0;
    id = '0;
    old_raw = '0;
    old_v = '0;
    new_v = '0;
    old_hi = '0;
    old_lo = '0;
    new_hi = '0;
    new_lo = '0;
    change = '0;
    for (int unsigned i = 0; i < NumSlots; i++) begin
      s = slots_i[i*SlotBits +: SlotBits];
      if (valid_i && s.en && (s.container < CIdBits'(rmt_pkg::NumContainers)) &&
          dirty_i[s.container] && hdr_valid_i[s.hdr_id]) begin
        is8 = s.container < CIdBits'(rmt_pkg::C16Base);
        is16 = !is8 && (s.container < CIdBits'(rmt_pkg::C32Base));
        at = {1'b0, hdr_off_i[s.hdr_id*PosBits +: PosBits]} + (PosBits + 1)'(s.off);
        fld_end = at + (is8 ? (PosBits + 1)'(1) : is16 ? (PosBits + 1)'(2) : (PosBits + 1)'(4));
        if (fld_end <= {1'b0, len_i}) begin
          old_raw = win[{1'b0, at[PosBits-2:0], 3'b000} +: 32];
          old_v = {old_raw[7:0], old_raw[15:8], old_raw[23:16], old_raw[31:24]};
          // new_v: the word at this place as it will be.
          new_v = old_v;
          if (is8) begin
            id = C32Log'(s.container);
            new_v[31:24] = c8[{id[C8Log-1:0], 3'b000} +: 8];
          end else if (is16) begin
            id = C32Log'(s.container - CIdBits'(rmt_pkg::C16Base));
            new_v[31:16] = c16[{id[C16Log-1:0], 4'b0000} +: 16];
          end else begin
            id = C32Log'(s.container - CIdBits'(rmt_pkg::C32Base));
            new_v = c32[{id[C32Log-1:0], 5'b00000} +: 32];
          end
          win[{1'b0, at[PosBits-2:0], 3'b000} +: 32] =
              {new_v[7:0], new_v[15:8], new_v[23:16], new_v[31:24]};
          // A lone byte counts as a half word with 0 beside it.
          old_hi = is8 ? {old_v[31:24], 8'b0} : old_v[31:16];
          new_hi = is8 ? {new_v[31:24], 8'b0} : new_v[31:16];
          old_lo = (is8 || is16) ? '0 : old_v[15:0];
          new_lo = (is8 || is16) ? '0 : new_v[15:0];
          // At an odd offset a field's first byte is the low half of its half word (RFC 1071,
          // byte order independence).
          if (s.off[0]) begin
            old_hi = {old_hi[7:0], old_hi[15:8]};
            old_lo = {old_lo[7:0], old_lo[15:8]};
            new_hi = {new_hi[7:0], new_hi[15:8]};
            new_lo = {new_lo[7:0], new_lo[15:8]};
          end
          // ~m + m' of RFC 1624 eqn 3; the carries are folded once, at the end.
          change = {8'b0, ~old_hi} + {8'b0, new_hi};
          if (!is8 && !is16) change = change + {8'b0, ~old_lo} + {8'b0, new_lo};
          for (int unsigned u = 0; u < rmt_pkg::ChecksumUnits; u++) begin
            if (s.csum_mask[u]) begin
              delta_d[u*DeltaBits +: DeltaBits] = delta_d[u*DeltaBits +: DeltaBits] + change;
            end
          end
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= valid_i;
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      side_q <= side_i;
      window_q <= win[WinBits-1:0];
      len_q <= len_i;
      hdr_valid_q <= hdr_valid_i;
      hdr_off_q <= hdr_off_i;
      phv_q <= phv_i;
      dirty_q <= dirty_i;
      delta_q <= delta_d;
    end
  end

  assign valid_o = valid_q;
  assign side_o = side_q;
  assign window_o = window_q;
  assign len_o = len_q;
  assign hdr_valid_o = hdr_valid_q;
  assign hdr_off_o = hdr_off_q;
  assign phv_o = phv_q;
  assign dirty_o = dirty_q;
  assign delta_o = delta_q;
endmodule
