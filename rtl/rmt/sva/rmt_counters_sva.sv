// SPDX-License-Identifier: Apache-2.0
//
// Ends of a counter's range.
module rmt_counters_sva (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        write,
  input logic        packets_over,
  input logic        bytes_over
);
  packets_full: cover property (@(posedge clk_i) disable iff (!rst_ni) write && packets_over);
  bytes_full: cover property (@(posedge clk_i) disable iff (!rst_ni) write && bytes_over);
endmodule
