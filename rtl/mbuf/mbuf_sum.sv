// SPDX-License-Identifier: Apache-2.0
//
// RFC 1071 sum (not inverted) of a 64-byte word on top of a running sum; byte 0 is a high byte.
// Bytes that do not count must be zero.
module mbuf_sum (
  input  logic [511:0] data_i,
  input  logic [15:0]  base_i,
  output logic [15:0]  sum_o
);
  logic [21:0] total;
  logic [16:0] once;
  always_comb begin
    total = {6'd0, base_i};
    for (int i = 0; i < 32; i++) begin
      total = total + {6'd0, data_i[16*i+:8], data_i[16*i+8+:8]};
    end
    once = {1'b0, total[15:0]} + {11'd0, total[21:16]};
    sum_o = once[15:0] + {15'd0, once[16]};
  end
endmodule
