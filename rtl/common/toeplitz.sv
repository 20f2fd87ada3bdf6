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

  // Both with their first bit (most significant of byte 0) on top: bit i of the input then meets the
  // 32 key bits from i on, which for one hash bit is a slice of the key as long as the input.
  logic [Bits+31:0] key;
  logic [Bits-1:0] data;
  for (genvar b = 0; b < Bytes + 4; b++) begin : g_key
    assign key[Bits+31-8*b -: 8] = key_i[8*b +: 8];
  end
  for (genvar b = 0; b < Bytes; b++) begin : g_data
    assign data[Bits-1-8*b -: 8] = data_i[8*b +: 8];
  end
  for (genvar j = 0; j < 32; j++) begin : g_bit
    assign hash_o[j] = ^(data & key[j+1 +: Bits]);
  end
  // The last key bit meets no input bit.
  logic unused;
  assign unused = key[0];
endmodule
