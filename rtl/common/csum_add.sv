// SPDX-License-Identifier: Apache-2.0
//
// Ones'-complement sum of N 16-bit terms (RFC 1071, not inverted), combinational.
// C++ twin: cmodel/common/csum.hpp.
module csum_add #(
  parameter int unsigned N = 2   // terms, 2..65536
) (
  input  logic [16*N-1:0] terms_i,
  output logic [15:0]     sum_o
);
  localparam int unsigned CarryBits = $clog2(N);
  localparam int unsigned SumBits = 16 + CarryBits;

  logic [SumBits-1:0] sum;
  logic [16:0] folded;
  always_comb begin
    sum = '0;
    for (int unsigned i = 0; i < N; i++) begin
      sum = sum + SumBits'(terms_i[16*i +: 16]);
    end
    // One fold leaves at most one carry; its fold cannot carry again.
    folded = 17'(sum[15:0]) + 17'(sum[SumBits-1:16]);
    sum_o = folded[15:0] + 16'(folded[16]);
  end
endmodule
