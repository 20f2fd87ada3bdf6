// SPDX-License-Identifier: Apache-2.0
//
// Assertions and covers of window, parser and deparser; rmt_edge_bind.sv binds them.
/* verilator lint_off DECLFILENAME */  // three small checkers in one file

module rmt_window_sva #(
  parameter int unsigned BodyDepth = 128,
  localparam int unsigned LevelBits = $clog2(BodyDepth) + 2,
  localparam int unsigned LenBits = $clog2(rmt_pkg::WindowBytes) + 1
) (
  input logic                 clk_i,
  input logic                 rst_ni,
  input logic                 in_valid_i,
  input logic                 in_sop,
  input logic                 in_eop,
  input logic                 open_q,
  input logic                 w_valid_o,
  input logic [LenBits-1:0]   w_len_o,
  input logic                 w_whole_o,
  input logic                 w_err_o,
  input logic [LevelBits-1:0] body_level_o,
  input logic                 push,
  input logic                 fetch,
  input logic                 b_pop_i,
  input logic                 b_valid_o
);
  // What the proof in rmt-parser.md relies on: frames come one after the other.
  frames_nest: assert property (@(posedge clk_i) disable iff (!rst_ni)
      in_valid_i |-> in_sop == !open_q);
  body_bound: assert property (@(posedge clk_i) disable iff (!rst_ni)
      32'(body_level_o) <= BodyDepth);
  length_range: assert property (@(posedge clk_i) disable iff (!rst_ni)
      w_valid_o |-> w_len_o != '0 && 32'(w_len_o) <= rmt_pkg::WindowBytes);
  unfinished_is_full: assert property (@(posedge clk_i) disable iff (!rst_ni)
      w_valid_o && !w_whole_o |-> 32'(w_len_o) == rmt_pkg::WindowBytes && !w_err_o);
  pop_takes_something: assert property (@(posedge clk_i) disable iff (!rst_ni)
      b_pop_i |-> b_valid_o);

  ends_with_window: cover property (@(posedge clk_i) disable iff (!rst_ni)
      w_valid_o && w_whole_o && 32'(w_len_o) == rmt_pkg::WindowBytes);
  one_byte: cover property (@(posedge clk_i) disable iff (!rst_ni)
      w_valid_o && 32'(w_len_o) == 1);
  goes_on: cover property (@(posedge clk_i) disable iff (!rst_ni) w_valid_o && !w_whole_o);
  bad_in_window: cover property (@(posedge clk_i) disable iff (!rst_ni) w_valid_o && w_err_o);
  back_to_back: cover property (@(posedge clk_i) disable iff (!rst_ni)
      w_valid_o && in_valid_i && in_sop && in_eop);
  push_pop_fetch: cover property (@(posedge clk_i) disable iff (!rst_ni)
      push && fetch && b_pop_i);
  head_runs_dry: cover property (@(posedge clk_i) disable iff (!rst_ni) b_pop_i && !fetch);
endmodule

module rmt_parser_sva (
  input logic                             clk_i,
  input logic                             rst_ni,
  input logic                             w_valid_i,
  input logic                             p_valid_o,
  input logic                             p_exc_valid_o,
  input logic [rmt_pkg::VerdictBits-1:0]  p_exc_verdict_o,
  input logic [7:0]                       p_exc_reason_o,
  input logic [rmt_pkg::NumHeaders-1:0]   p_hdr_valid_o,
  input logic [rmt_pkg::ParserSteps-1:0]  held_q,
  input logic                             tw_valid_i,
  input logic                             busy_o
);
  // A frame's way takes the same time whatever it holds.
  logic [rmt_pkg::ParserSteps:0] way;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) way <= '0;
    else way <= {way[rmt_pkg::ParserSteps-1:0], w_valid_i};
  end
  fixed_latency: assert property (@(posedge clk_i) disable iff (!rst_ni)
      p_valid_o == way[rmt_pkg::ParserSteps]);
  never_forward: assert property (@(posedge clk_i) disable iff (!rst_ni)
      p_valid_o && p_exc_valid_o |-> p_exc_verdict_o == rmt_pkg::VerdictDrop
                                     || p_exc_verdict_o == rmt_pkg::VerdictSlow);

  all_engines: cover property (@(posedge clk_i) disable iff (!rst_ni) held_q == '1);
  truncated: cover property (@(posedge clk_i) disable iff (!rst_ni) p_valid_o && p_exc_valid_o
      && p_exc_reason_o == 8'(rmt_pkg::ReasonParserTruncated));
  window: cover property (@(posedge clk_i) disable iff (!rst_ni) p_valid_o && p_exc_valid_o
      && p_exc_reason_o == 8'(rmt_pkg::ReasonParserWindow));
  depth: cover property (@(posedge clk_i) disable iff (!rst_ni) p_valid_o && p_exc_valid_o
      && p_exc_reason_o == 8'(rmt_pkg::ReasonParserDepth));
  nothing_found: cover property (@(posedge clk_i) disable iff (!rst_ni)
      p_valid_o && p_hdr_valid_o == '0 && !p_exc_valid_o);
  write_under_traffic: cover property (@(posedge clk_i) disable iff (!rst_ni)
      tw_valid_i && busy_o && w_valid_i);
endmodule

module rmt_deparser_sva #(
  parameter int unsigned CtxDepth = 64,
  localparam int unsigned HeldBits = $clog2(CtxDepth) + 1
) (
  input logic                clk_i,
  input logic                rst_ni,
  input logic                m_valid_i,
  input logic [HeldBits-1:0] held_q,
  input logic [2:0]          out_level_q,
  input logic                done,
  input logic                out_pop,
  input logic                body_q,
  input logic                b_valid_i,
  input logic                b_eop_i,
  input logic                b_pop_o,
  input logic                o_valid_o,
  input logic                o_sop,
  input logic                o_eop,
  input logic                o_err
);
  logic open;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) open <= 1'b0;
    else if (o_valid_o) open <= !o_eop;
  end
  contexts_bound: assert property (@(posedge clk_i) disable iff (!rst_ni)
      32'(held_q) <= CtxDepth);
  no_stage_result_from_nowhere: assert property (@(posedge clk_i) disable iff (!rst_ni)
      m_valid_i |-> held_q != '0);
  windows_bound: assert property (@(posedge clk_i) disable iff (!rst_ni) out_level_q <= 3'd4);
  no_window_lost: assert property (@(posedge clk_i) disable iff (!rst_ni)
      done && out_level_q == 3'd4 |-> out_pop);
  frames_nest: assert property (@(posedge clk_i) disable iff (!rst_ni)
      o_valid_o |-> o_sop == !open);
  err_at_eop: assert property (@(posedge clk_i) disable iff (!rst_ni)
      o_valid_o && o_err |-> o_eop);

  windows_full: cover property (@(posedge clk_i) disable iff (!rst_ni) out_level_q == 3'd4);
  waits_for_body: cover property (@(posedge clk_i) disable iff (!rst_ni) body_q && !b_valid_i);
  next_waits_for_body: cover property (@(posedge clk_i) disable iff (!rst_ni)
      body_q && out_level_q != '0);
  body_ends: cover property (@(posedge clk_i) disable iff (!rst_ni) b_pop_o && b_eop_i);
  bad_frame: cover property (@(posedge clk_i) disable iff (!rst_ni) o_valid_o && o_err);
endmodule
