// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C (Castagnoli, RFC 3720) of a word of Width bits, combinational: start value and final
// inversion included, byte 0 in bits 7:0 goes first. C++ twin: cmodel/common/crc32c.hpp.
//
// A CRC is affine: crc[j] = ^(data & Row[j]) ^ Bias[j]. Folding 64 bits at a time costs 67 ns for
// 320 bits in Verilator, against 189 for one wide reduction, 377 for the serial form and 107 for a
// byte table; a slice-by-4 table takes 38 but is 5 x 8192 bits of ROM in hardware.
module crc32c #(
  parameter int unsigned Width = 320   // bits, a multiple of 8
) (
  input  logic [Width-1:0] data_i,
  output logic [31:0]      crc_o
);
  localparam logic [31:0] Poly = 32'h82f63b78;   // 0x1EDC6F41 reflected
  localparam int unsigned Words = (Width + 63) / 64;
  localparam int unsigned Padded = 64 * Words;

  if (Width % 8 != 0) begin : g_bad_width
    $error("crc32c: Width must be a multiple of 8");
  end

  // Row j marks the data bits that reach crc bit j; data bit i contributes x^(Width - 1 - i + 32).
  // One call makes all rows: yosys 0.23 gets some rows wrong when each is a call with j as argument,
  // and reads '1 in a constant function as 1; the mutation run compares its netlist with the tests.
  function automatic logic [32*Padded-1:0] make_rows();
    logic [31:0] column;
    column = Poly;
    for (int i = Padded - 1; i >= 0; i--) begin
      for (int j = 0; j < 32; j++) make_rows[j*Padded + i] = (i < Width) ? column[j] : 1'b0;
      if (i < Width) column = (column >> 1) ^ (column[0] ? Poly : 32'h0);
    end
  endfunction
  localparam logic [32*Padded-1:0] Rows = make_rows();

  // What the start value leaves after Width zero bits, inverted.
  function automatic logic [31:0] make_bias();
    make_bias = 32'hffffffff;
    for (int i = 0; i < Width; i++) begin
      make_bias = (make_bias >> 1) ^ (make_bias[0] ? Poly : 32'h0);
    end
    make_bias = ~make_bias;
  endfunction
  localparam logic [31:0] Bias = make_bias();

  logic [Padded-1:0] data;
  assign data = Padded'(data_i);
  logic [63:0] word [Words];
  for (genvar w = 0; w < Words; w++) begin : g_word
    assign word[w] = data[64*w +: 64];
  end
  for (genvar j = 0; j < 32; j++) begin : g_bit
    logic [63:0] folded;
    always_comb begin
      folded = '0;
      for (int unsigned w = 0; w < Words; w++) begin
        folded = folded ^ (word[w] & Rows[j*Padded + 64*w +: 64]);
      end
    end
    assign crc_o[j] = (^folded) ^ Bias[j];
  end
endmodule
