// SPDX-License-Identifier: Apache-2.0
//
// The traffic manager at the size its tests use: 64 cells and queues of 8 frames, so that cells run
// out and rings fill within a few hundred cycles. Recirculation is output 7. Mutants are made of it.

module rmt_tm_small #(
  localparam int unsigned Outputs  = rmt_pkg::NumOutputs,
  localparam int unsigned Ports    = rmt_pkg::NumPorts,
  localparam int unsigned Queues   = rmt_tm_pkg::Queues,
  localparam int unsigned BeatBits = common_pkg::PktBeatBits
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  input  logic                            valid_i,
  input  logic [BeatBits-1:0]             beat_i,
  input  logic [rmt_tm_pkg::SideBits-1:0] side_i,
  output logic [Outputs-1:0]              out_valid_o,
  output logic [Outputs*BeatBits-1:0]     out_data_o,
  input  logic [Outputs-1:0]              out_ready_i,
  output logic [rmt_tm_pkg::AgainBits-1:0] again_o,
  output logic                            verdict_valid_o,
  output logic [rmt_pkg::VerdictReportBits-1:0] verdict_o,
  output logic                            bad_port_valid_o,
  output logic [7:0]                      bad_port_o,
  output logic [2:0]                      cnt_o,          // copy, copy dropped, recirculated
  output logic [1:0]                      gone_o,         // gone, bank
  input  logic [Queues*4-1:0]             weight_i,
  input  logic [Queues*12-1:0]            limit_i,
  input  logic                            lossless_i,
  input  logic [15:0]                     threshold_i,
  output logic                            pause_o,
  output logic [15:0]                     free_o,
  input  logic                            tw_valid_i,
  input  logic                            tr_valid_i,
  input  logic [7:0]                      t_table_i,
  input  logic                            t_bank_i,
  input  logic [7:0]                      t_index_i,
  input  logic [rmt_pkg::EgressEditBits-1:0] tw_data_i,
  output logic                            tr_valid_o,
  output logic [rmt_pkg::EgressEditBits-1:0] tr_data_o,
  output logic                            init_done_o,
  output logic                            idle_o
);
  common_pkg::pkt_beat_t beat, again_beat;
  assign beat = beat_i;
  assign out_data_o[Ports*BeatBits +: BeatBits] = again_beat;

  rmt_tm #(
    .Cells      (64),
    .QueueFrames(8),
    .PauseCells (16)
  ) u_tm (
    .clk_i,
    .rst_ni,
    .valid_i,
    .beat_i          (beat),
    .side_i,
    .out_valid_o     (out_valid_o[Ports-1:0]),
    .out_data_o      (out_data_o[Ports*BeatBits-1:0]),
    .out_ready_i     (out_ready_i[Ports-1:0]),
    .again_valid_o   (out_valid_o[Ports]),
    .again_beat_o    (again_beat),
    .again_o,
    .again_ready_i   (out_ready_i[Ports]),
    .verdict_valid_o,
    .verdict_o,
    .bad_port_valid_o,
    .bad_port_o,
    .cnt_copy_o      (cnt_o[0]),
    .cnt_copy_drop_o (cnt_o[1]),
    .cnt_again_o     (cnt_o[2]),
    .gone_o          (gone_o[0]),
    .gone_bank_o     (gone_o[1]),
    .weight_i,
    .limit_i,
    .lossless_i,
    .threshold_i,
    .pause_o,
    .free_o,
    .tw_valid_i,
    .tr_valid_i,
    .t_table_i,
    .t_bank_i,
    .t_index_i,
    .tw_data_i,
    .tr_valid_o,
    .tr_data_o,
    .init_done_o,
    .idle_o
  );
endmodule
