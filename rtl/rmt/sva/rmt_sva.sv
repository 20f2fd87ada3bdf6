// SPDX-License-Identifier: Apache-2.0
//
// Assertions and covers over the RMT pipeline's ports and the counts between its ends.
module rmt_sva #(
  localparam int unsigned Ports    = rmt_pkg::NumPorts,
  localparam int unsigned BeatBits = common_pkg::PktBeatBits
) (
  input logic                      clk_i,
  input logic                      rst_ni,
  input logic [Ports-1:0]          in_valid_i,
  input logic [Ports*BeatBits-1:0] in_data_i,
  input logic [Ports-1:0]          in_ready_o,
  input logic [Ports-1:0]          out_valid_o,
  input logic [Ports*BeatBits-1:0] out_data_o,
  input logic [Ports-1:0]          out_ready_i,
  input logic                      parsed_valid_o,
  input logic                      verdict_valid_o,
  input rmt_pkg::verdict_report_t  verdict_data_o,
  input logic                      idle_o,
  // Inside rmt.
  input logic                      init_done,
  input logic                      cnt_frame,     // a new frame's last beat was granted
  input logic [15:0]               cells_free,
  input logic [31:0]               inflight,
  input logic                      tw_valid,
  input logic                      t_bank,
  input logic                      enable,        // CTRL.ENABLE
  input logic                      epoch_bank,
  input logic                      pause
);
  logic unused;
  assign unused = ^verdict_data_o;

  for (genvar p = 0; p < Ports; p++) begin : g_port
    stream_sva #(.Width(BeatBits)) u_in (
      .clk_i, .rst_ni, .valid(in_valid_i[p]), .ready(in_ready_o[p]),
      .data(in_data_i[p*BeatBits +: BeatBits]));
    pkt_stream_sva u_in_pkt (
      .clk_i, .rst_ni, .valid(in_valid_i[p]), .ready(in_ready_o[p]),
      .data(in_data_i[p*BeatBits +: BeatBits]));
    stream_sva #(.Width(BeatBits)) u_out (
      .clk_i, .rst_ni, .valid(out_valid_o[p]), .ready(out_ready_i[p]),
      .data(out_data_o[p*BeatBits +: BeatBits]));
    pkt_stream_sva u_out_pkt (
      .clk_i, .rst_ni, .valid(out_valid_o[p]), .ready(out_ready_i[p]),
      .data(out_data_o[p*BeatBits +: BeatBits]));
  end

  // Frames granted whole and not yet judged; the counts also hold the one being granted and those
  // that wait to leave.
  logic [31:0] held_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) held_q <= '0;
    else held_q <= held_q + 32'(cnt_frame) - 32'(verdict_valid_o);
  end
  logic [16:0] counted;
  assign counted = {1'b0, inflight[31:16]} + {1'b0, inflight[15:0]};

  judged_only_in_flight: assert property (@(posedge clk_i) disable iff (!rst_ni)
      32'(counted) >= held_q);
  no_count_below_0: assert property (@(posedge clk_i) disable iff (!rst_ni)
      !inflight[31] && !inflight[15]);
  no_cell_is_lost: assert property (@(posedge clk_i) disable iff (!rst_ni)
      idle_o |-> 32'(cells_free) == rmt_pkg::TmCells);
  never_negative: assert property (@(posedge clk_i) disable iff (!rst_ni) !held_q[31]);
  idle_is_empty: assert property (@(posedge clk_i) disable iff (!rst_ni)
      idle_o |-> counted == '0 && out_valid_o == '0 && !parsed_valid_o && !verdict_valid_o);
  ready_after_init: assert property (@(posedge clk_i) disable iff (!rst_ni)
      !init_done |-> in_ready_o == '0 && !idle_o);
  no_write_under_frames: assert property (@(posedge clk_i) disable iff (!rst_ni)
      tw_valid && init_done |-> (t_bank ? inflight[31:16] : inflight[15:0]) == '0 &&
      !($past(enable) && t_bank == $past(epoch_bank)));
  forward_has_no_reason: assert property (@(posedge clk_i) disable iff (!rst_ni)
      verdict_valid_o && verdict_data_o.verdict == rmt_pkg::VerdictForward
      |-> verdict_data_o.reason == '0);
  verdict_exists: assert property (@(posedge clk_i) disable iff (!rst_ni)
      verdict_valid_o |-> verdict_data_o.verdict <= rmt_pkg::VerdictSlow);
  slow_goes_to_cpu: assert property (@(posedge clk_i) disable iff (!rst_ni)
      verdict_valid_o && verdict_data_o.verdict == rmt_pkg::VerdictSlow
      |-> verdict_data_o.out_port == common_pkg::PortIdCpu);
  port_exists: assert property (@(posedge clk_i) disable iff (!rst_ni)
      verdict_valid_o |-> 32'(verdict_data_o.out_port) < rmt_pkg::NumOutputs);
  copies_of_what_leaves: assert property (@(posedge clk_i) disable iff (!rst_ni)
      verdict_valid_o |->
      (verdict_data_o.copies == '0) == (verdict_data_o.verdict == rmt_pkg::VerdictDrop));

  for (genvar r = 1; r <= 32'(rmt_pkg::ReasonLocal) % 256; r++) begin : g_reason
    seen: cover property (@(posedge clk_i) disable iff (!rst_ni)
        verdict_valid_o && verdict_data_o.reason == 8'(r));
  end
  forwarded: cover property (@(posedge clk_i) disable iff (!rst_ni)
      verdict_valid_o && verdict_data_o.verdict == rmt_pkg::VerdictForward);
  slow: cover property (@(posedge clk_i) disable iff (!rst_ni)
      verdict_valid_o && verdict_data_o.verdict == rmt_pkg::VerdictSlow);
  all_inputs_at_once: cover property (@(posedge clk_i) disable iff (!rst_ni) &in_valid_i);
  all_outputs_at_once: cover property (@(posedge clk_i) disable iff (!rst_ni) &out_valid_o);
  both_banks: cover property (@(posedge clk_i) disable iff (!rst_ni)
      inflight[15:0] != '0 && inflight[31:16] != '0);
  paused: cover property (@(posedge clk_i) disable iff (!rst_ni) pause && in_valid_i != '0);
  every_stage_hit: cover property (@(posedge clk_i) disable iff (!rst_ni)
      verdict_valid_o && &verdict_data_o.stage_hit[rmt_pkg::NumStages-1:0]);
  many_copies: cover property (@(posedge clk_i) disable iff (!rst_ni)
      verdict_valid_o && 32'(verdict_data_o.copies) == rmt_pkg::GroupCopies);
  last_pass: cover property (@(posedge clk_i) disable iff (!rst_ni)
      verdict_valid_o && 32'(verdict_data_o.passes) == rmt_pkg::MaxPasses);
  went_idle: cover property (@(posedge clk_i) disable iff (!rst_ni) idle_o && !$past(idle_o));
endmodule
