// SPDX-License-Identifier: Apache-2.0
//
// Toeplitz hash of receive-side scaling, combinational; byte 0 of key and data in bits 7:0.
// Vectors: Microsoft, "Verifying the RSS hash calculation". C++ twin: cmodel/common/toeplitz.hpp.
module toeplitz #(
  parameter int unsigned Bytes = 36   // input bytes; shorter inputs end in zeros
) (
  input  logic [8*(Bytes+4)-1:0] key_i,
  input  logic [8*Bytes-1:0]     data_i,
  output logic [31:0]            hash_o
);
  localparam int unsigned Bits = 8 * Bytes;

  // The key with its first bit (most significant of byte 0) on top, so that windows are slices.
  logic [Bits+31:0] key;
  logic [31:0] hash;
  always_comb begin
    for (int unsigned b = 0; b < Bytes + 4; b++) begin
      key[Bits+31-8*b -: 8] = key_i[8*b +: 8];
    end
    hash = '0;
    for (int unsigned i = 0; i < Bits; i++) begin
      hash = hash ^ (key[Bits+31-i -: 32] & {32{data_i[8*(i/8) + 7 - (i%8)]}});
    end
  end
  assign hash_o = hash;
endmodule
