// SPDX-License-Identifier: Apache-2.0
//
// rmt_stage with few rows of what is compared side by side: the netlist that mutants are put into.

module rmt_stage_small #(
  localparam int unsigned IndexBits = $clog2(rmt_pkg::ExactWays * rmt_pkg::ExactRows),
  localparam int unsigned StageBits = $clog2(rmt_pkg::NumStages)
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,

  // Which stage this is: picks the table ids and the report bits. A constant wire, not a parameter,
  // so that a simulator builds one model for all stages.
  input  logic [StageBits-1:0]            stage_i,
  input  logic [47:0]                     now_i,        // low bits of the cycle count

  output logic                            init_done_o,  // every RAM is swept

  // From the parser or the stage before.
  input  logic                            valid_i,
  input  rmt_pkg::phv_t                   phv_i,
  input  logic [rmt_pkg::NumHeaders-1:0]  hdr_valid_i,
  input  logic [10:0]                     exc_i,        // {valid, verdict, reason}, passed on
  input  logic [7:0]                      epoch_i,
  input  logic [rmt_pkg::NumContainers-1:0] dirty_i,
  input  logic [7:0]                      hit_i,        // verdict_report.stage_hit so far
  input  logic [63:0]                     action_i,     // verdict_report.stage_action so far

  // To the stage behind or the deparser, StageCycles later.
  output logic                            valid_o,
  output rmt_pkg::phv_t                   phv_o,
  output logic [rmt_pkg::NumHeaders-1:0]  hdr_valid_o,
  output logic [10:0]                     exc_o,
  output logic [7:0]                      epoch_o,
  output logic [rmt_pkg::NumContainers-1:0] dirty_o,
  output logic [7:0]                      hit_o,
  output logic [63:0]                     action_o,

  // Counter pulses -> STAGE_HIT, STAGE_MISS.
  output logic                            cnt_hit_o,
  output logic                            cnt_miss_o,

  // Table port: checked by rmt_tables, answered two cycles after tr_valid_i.
  input  logic                            tw_valid_i,
  input  logic                            tr_valid_i,
  input  logic [7:0]                      t_table_i,
  input  logic                            t_bank_i,     // live tables have one bank and ignore it
  input  logic [IndexBits-1:0]            t_index_i,
  input  logic [rmt_pkg::ActionInstrBits-1:0] tw_data_i,  // row image from bit 0
  output logic                            tr_valid_o,   // one of this stage's tables
  output logic [rmt_pkg::ActionInstrBits-1:0] tr_data_o   // 0 past the row's end
);
  rmt_stage #(
    .TernaryRows(16),
    .LpmPivots  (8)
  ) u_stage (.*);
endmodule
