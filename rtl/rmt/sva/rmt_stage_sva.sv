// SPDX-License-Identifier: Apache-2.0
//
// Assertions and covers of one match-action stage: its pipeline, who wins a lookup, what its state
// goes through.
module rmt_stage_sva (
  input logic                        clk_i,
  input logic                        rst_ni,
  input logic                        valid_i,
  input logic                        valid_o,
  input logic                        init_done_o,
  input logic                        tw_valid_i,
  input logic                        tr_valid_i,
  input logic                        cnt_hit_o,
  input logic                        cnt_miss_o,
  // Inside the stage.
  input logic [2:0]                  run_d,       // ternary, exact, LPM
  input logic [4:1]                  valid_q,
  input logic                        looked,      // in step 3
  input logic                        t_hit,
  input logic                        e_hit,
  input logic                        l_hit,
  input logic                        act_run_d,
  input logic                        act4_run_q,
  input logic                        met_done,
  input logic [1:0]                  colour,
  input rmt_pkg::action_side_t       side,
  input logic                        reg_done,
  input logic                        use_live     // a frame reads a live table in step 4
);
  logic unused;
  assign unused = ^side;

  five_cycles: assert property (@(posedge clk_i) disable iff (!rst_ni)
      valid_q[4] |=> valid_o);
  nothing_from_nothing: assert property (@(posedge clk_i) disable iff (!rst_ni)
      !valid_q[4] |=> !valid_o);
  no_frame_before_init: assert property (@(posedge clk_i) disable iff (!rst_ni)
      valid_i |-> init_done_o);
  no_access_before_init: assert property (@(posedge clk_i) disable iff (!rst_ni)
      tw_valid_i || tr_valid_i |-> init_done_o);
  hit_or_miss: assert property (@(posedge clk_i) disable iff (!rst_ni) !(cnt_hit_o && cnt_miss_o));
  hit_needs_lookup: assert property (@(posedge clk_i) disable iff (!rst_ni)
      t_hit || e_hit || l_hit || act_run_d |-> looked);
  state_needs_action: assert property (@(posedge clk_i) disable iff (!rst_ni)
      met_done || reg_done |-> act4_run_q && valid_q[4]);

  logic known;  // nothing below means anything without it
  assign known = rst_ni && looked;
  ternary_alone: cover property (@(posedge clk_i) disable iff (!rst_ni)
      known && t_hit && !e_hit && !l_hit);
  exact_alone: cover property (@(posedge clk_i) disable iff (!rst_ni)
      known && !t_hit && e_hit && !l_hit);
  lpm_alone: cover property (@(posedge clk_i) disable iff (!rst_ni)
      known && !t_hit && !e_hit && l_hit);
  ternary_over_exact: cover property (@(posedge clk_i) disable iff (!rst_ni)
      known && t_hit && e_hit && !l_hit);
  exact_over_lpm: cover property (@(posedge clk_i) disable iff (!rst_ni)
      known && !t_hit && e_hit && l_hit);
  all_three: cover property (@(posedge clk_i) disable iff (!rst_ni)
      known && t_hit && e_hit && l_hit);
  default_runs: cover property (@(posedge clk_i) disable iff (!rst_ni)
      known && !t_hit && !e_hit && !l_hit && act_run_d);
  nothing_runs: cover property (@(posedge clk_i) disable iff (!rst_ni) known && !act_run_d);
  every_stage_step_busy: cover property (@(posedge clk_i) disable iff (!rst_ni)
      valid_i && &valid_q && valid_o);
  written_under_frames: cover property (@(posedge clk_i) disable iff (!rst_ni)
      tw_valid_i && &valid_q);
  read_under_frames: cover property (@(posedge clk_i) disable iff (!rst_ni)
      tr_valid_i && use_live);
  for (genvar k = 0; k < 3; k++) begin : g_kind
    only: cover property (@(posedge clk_i) disable iff (!rst_ni) valid_i && run_d == 3'(1 << k));
  end
  no_kind: cover property (@(posedge clk_i) disable iff (!rst_ni) valid_i && run_d == '0);
  for (genvar c = 0; c < 3; c++) begin : g_colour
    met: cover property (@(posedge clk_i) disable iff (!rst_ni)
        valid_q[4] && met_done && colour == 2'(c));
  end
  red_drop: cover property (@(posedge clk_i) disable iff (!rst_ni)
      valid_q[4] && met_done && colour == rmt_pkg::ColourRed && side.red_drop);
  for (genvar o = 1; o <= 5; o++) begin : g_op
    done: cover property (@(posedge clk_i) disable iff (!rst_ni)
        valid_q[4] && reg_done && side.reg_op == rmt_pkg::reg_op_e'(o));
  end
endmodule
