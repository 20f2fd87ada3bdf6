// SPDX-License-Identifier: Apache-2.0
//
// The combinational parts behind registers, in the widths that their test compares.
module math_bench (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [511:0] data_i,
  input  logic [319:0] key_i,
  output logic [159:0] crc_o,        // of the first 1, 8, 13, 40 and 64 bytes
  output logic [63:0]  hash_o,       // of the first 12 and 36 bytes
  output logic [47:0]  sum_o         // of the first 2, 5 and 32 terms
);
  logic [159:0] crc;
  crc32c #(.Width(8))   u_crc1  (.data_i(data_i[7:0]),   .crc_o(crc[31:0]));
  crc32c #(.Width(64))  u_crc8  (.data_i(data_i[63:0]),  .crc_o(crc[63:32]));
  crc32c #(.Width(104)) u_crc13 (.data_i(data_i[103:0]), .crc_o(crc[95:64]));
  crc32c #(.Width(320)) u_crc40 (.data_i(data_i[319:0]), .crc_o(crc[127:96]));
  crc32c #(.Width(512)) u_crc64 (.data_i(data_i),        .crc_o(crc[159:128]));
  logic [63:0] hash;
  toeplitz #(.Bytes(12)) u_hash12 (.key_i(key_i[127:0]), .data_i(data_i[95:0]), .hash_o(hash[31:0]));
  toeplitz #(.Bytes(36)) u_hash36 (.key_i(key_i), .data_i(data_i[287:0]), .hash_o(hash[63:32]));
  logic [47:0] sum;
  csum_add #(.N(2))  u_sum2  (.terms_i(data_i[31:0]), .sum_o(sum[15:0]));
  csum_add #(.N(5))  u_sum5  (.terms_i(data_i[79:0]), .sum_o(sum[31:16]));
  csum_add #(.N(32)) u_sum32 (.terms_i(data_i),       .sum_o(sum[47:32]));
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      crc_o  <= '0;
      hash_o <= '0;
      sum_o  <= '0;
    end else begin
      crc_o  <= crc;
      hash_o <= hash;
      sum_o  <= sum;
    end
  end
endmodule
