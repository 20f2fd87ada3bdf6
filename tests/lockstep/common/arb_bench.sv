// SPDX-License-Identifier: Apache-2.0
//
// The arbiters for their lockstep test: streams 0..4 through a round-robin one to output 0, streams
// 5..8 through a weighted one to output 1. Bit 63 of a beat ends its frame.
module arb_bench (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic [11:0]     weight_i,     // 3 bits a stream
  input  logic [8:0]      in_valid_i,
  input  logic [9*64-1:0] in_data_i,
  output logic [8:0]      in_ready_o,
  output logic [1:0]      out_valid_o,
  output logic [2*64-1:0] out_data_o,
  input  logic [1:0]      out_ready_i
);
  logic [8:0] valid, ready;
  logic [9*64-1:0] data;
  for (genvar i = 0; i < 9; i++) begin : g_in
    skid_buffer #(.Width(64)) u_skid (
      .clk_i(clk_i), .rst_ni(rst_ni), .hold_i(1'b0),
      .in_valid_i(in_valid_i[i]), .in_data_i(in_data_i[64*i +: 64]), .in_ready_o(in_ready_o[i]),
      .out_valid_o(valid[i]), .out_data_o(data[64*i +: 64]), .out_ready_i(ready[i])
    );
  end

  logic rr_valid, wrr_valid;
  logic [1:0] out_ready;
  logic [4:0] rr_grant;
  logic [3:0] wrr_grant;
  logic [2:0] rr_idx;
  logic [1:0] wrr_idx;
  logic [63:0] rr_beat, wrr_beat;
  assign rr_beat = data[64*rr_idx +: 64];
  assign wrr_beat = data[5*64 + 64*wrr_idx +: 64];
  rr_arbiter #(.N(5)) u_rr (
    .clk_i(clk_i), .rst_ni(rst_ni), .req_i(valid[4:0]),
    .accept_i(rr_valid & out_ready[0]), .last_i(rr_beat[63]),
    .grant_valid_o(rr_valid), .grant_o(rr_grant), .grant_idx_o(rr_idx)
  );
  wrr_arbiter #(.N(4), .WeightBits(3)) u_wrr (
    .clk_i(clk_i), .rst_ni(rst_ni), .weight_i(weight_i), .req_i(valid[8:5]),
    .accept_i(wrr_valid & out_ready[1]), .last_i(wrr_beat[63]),
    .grant_valid_o(wrr_valid), .grant_o(wrr_grant), .grant_idx_o(wrr_idx)
  );
  assign ready = {wrr_grant & {4{out_ready[1]}}, rr_grant & {5{out_ready[0]}}};

  skid_buffer #(.Width(64)) u_out0 (
    .clk_i(clk_i), .rst_ni(rst_ni), .hold_i(1'b0),
    .in_valid_i(rr_valid), .in_data_i(rr_beat), .in_ready_o(out_ready[0]),
    .out_valid_o(out_valid_o[0]), .out_data_o(out_data_o[63:0]), .out_ready_i(out_ready_i[0])
  );
  skid_buffer #(.Width(64)) u_out1 (
    .clk_i(clk_i), .rst_ni(rst_ni), .hold_i(1'b0),
    .in_valid_i(wrr_valid), .in_data_i(wrr_beat), .in_ready_o(out_ready[1]),
    .out_valid_o(out_valid_o[1]), .out_data_o(out_data_o[127:64]), .out_ready_i(out_ready_i[1])
  );
endmodule
