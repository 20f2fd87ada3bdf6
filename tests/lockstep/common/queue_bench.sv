// SPDX-License-Identifier: Apache-2.0
//
// The queues side by side for their lockstep test: stream 0 a skid buffer, 1..3 FIFOs of depth 2, 3
// and 8, all carrying packet beats.
module queue_bench (
  input  logic                                   clk_i,
  input  logic                                   rst_ni,
  input  logic                                   hold_i,
  input  logic [3:0]                             in_valid_i,
  input  logic [4*common_pkg::PktBeatBits-1:0]   in_data_i,
  output logic [3:0]                             in_ready_o,
  output logic [3:0]                             out_valid_o,
  output logic [4*common_pkg::PktBeatBits-1:0]   out_data_o,
  input  logic [3:0]                             out_ready_i,
  output logic [23:0]                            level_o,   // 8 bits a FIFO
  output logic [2:0]                             full_o,
  output logic [2:0]                             empty_o
);
  localparam int unsigned Bits = common_pkg::PktBeatBits;

  skid_buffer #(.Width(Bits)) u_skid (
    .clk_i(clk_i), .rst_ni(rst_ni), .hold_i(hold_i),
    .in_valid_i(in_valid_i[0]), .in_data_i(in_data_i[0 +: Bits]), .in_ready_o(in_ready_o[0]),
    .out_valid_o(out_valid_o[0]), .out_data_o(out_data_o[0 +: Bits]), .out_ready_i(out_ready_i[0])
  );

  logic [1:0] level2, level3;
  logic [3:0] level8;
  stream_fifo #(.Width(Bits), .Depth(2)) u_fifo2 (
    .clk_i(clk_i), .rst_ni(rst_ni), .hold_i(hold_i),
    .in_valid_i(in_valid_i[1]), .in_data_i(in_data_i[Bits +: Bits]), .in_ready_o(in_ready_o[1]),
    .out_valid_o(out_valid_o[1]), .out_data_o(out_data_o[Bits +: Bits]),
    .out_ready_i(out_ready_i[1]),
    .level_o(level2), .full_o(full_o[0]), .empty_o(empty_o[0])
  );
  stream_fifo #(.Width(Bits), .Depth(3)) u_fifo3 (
    .clk_i(clk_i), .rst_ni(rst_ni), .hold_i(hold_i),
    .in_valid_i(in_valid_i[2]), .in_data_i(in_data_i[2*Bits +: Bits]), .in_ready_o(in_ready_o[2]),
    .out_valid_o(out_valid_o[2]), .out_data_o(out_data_o[2*Bits +: Bits]),
    .out_ready_i(out_ready_i[2]),
    .level_o(level3), .full_o(full_o[1]), .empty_o(empty_o[1])
  );
  stream_fifo #(.Width(Bits), .Depth(8)) u_fifo8 (
    .clk_i(clk_i), .rst_ni(rst_ni), .hold_i(hold_i),
    .in_valid_i(in_valid_i[3]), .in_data_i(in_data_i[3*Bits +: Bits]), .in_ready_o(in_ready_o[3]),
    .out_valid_o(out_valid_o[3]), .out_data_o(out_data_o[3*Bits +: Bits]),
    .out_ready_i(out_ready_i[3]),
    .level_o(level8), .full_o(full_o[2]), .empty_o(empty_o[2])
  );
  assign level_o = {4'h0, level8, 6'h0, level3, 6'h0, level2};
endmodule
