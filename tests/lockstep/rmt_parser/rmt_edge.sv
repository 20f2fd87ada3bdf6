// SPDX-License-Identifier: Apache-2.0
//
// Window, parser and deparser connected as rmt connects them, the match-action stages left to the
// test bench: p_* goes out, m_* comes back some cycles later.

module rmt_edge #(
  parameter int unsigned Entries = rmt_pkg::ParserEntries
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,

  input  logic                             in_valid_i,
  input  logic [common_pkg::PktBeatBits-1:0] in_i,
  input  logic [rmt_tm_pkg::AgainBits-1:0] in_side_i,

  output logic                             p_valid_o,
  output logic [rmt_pkg::PhvBits-1:0]      p_phv_o,
  output logic [rmt_pkg::NumHeaders-1:0]   p_hdr_valid_o,
  output logic                             p_exc_valid_o,
  output logic [rmt_pkg::VerdictBits-1:0]  p_exc_verdict_o,
  output logic [7:0]                       p_exc_reason_o,
  output logic [7:0]                       p_epoch_o,
  output logic [31:0]                      p_tag_o,
  output logic [common_pkg::PortIdBits-1:0] p_port_o,
  output logic [2:0]                       p_passes_o,
  output logic [rmt_pkg::ParseReportBits-1:0] parsed_o,

  input  logic                             m_valid_i,
  input  logic [rmt_pkg::PhvBits-1:0]      m_phv_i,
  input  logic [rmt_pkg::NumContainers-1:0] m_dirty_i,
  input  logic                             m_exc_valid_i,
  input  logic [rmt_pkg::VerdictBits-1:0]  m_exc_verdict_i,
  input  logic [7:0]                       m_exc_reason_i,
  input  logic [7:0]                       m_stage_hit_i,
  input  logic [63:0]                      m_stage_action_i,
  input  logic [7:0]                       m_epoch_i,

  output logic                             o_valid_o,
  output logic [common_pkg::PktBeatBits-1:0] o_beat_o,
  output logic [rmt_tm_pkg::SideBits-1:0]  o_side_o,

  input  logic                             tw_valid_i,
  input  logic                             tr_valid_i,
  input  logic [7:0]                       t_table_i,
  input  logic                             t_bank_i,
  input  logic [7:0]                       t_index_i,
  input  logic [rmt_pkg::ParserActionBits-1:0] tw_data_i,
  output logic [1:0]                       tr_valid_o,    // parser, deparser
  output logic [rmt_pkg::ParserActionBits-1:0] tr_parser_o,
  output logic [rmt_pkg::DeparserSlotBits-1:0] tr_deparser_o,

  output logic [8:0]                       body_level_o,
  output logic [2:0]                       busy_o         // window, parser, deparser
);
  localparam int unsigned WinBits = rmt_pkg::WindowBytes * 8;
  localparam int unsigned PosBits = $clog2(rmt_pkg::WindowBytes) + 1;

  logic               w_valid, w_whole, w_err;
  logic [WinBits-1:0] w_window;
  logic [PosBits-1:0] w_len;
  logic [31:0]        w_tag;
  logic [common_pkg::PortIdBits-1:0] w_port;
  logic [rmt_tm_pkg::AgainBits-1:0] w_side;
  // verilator lint_off UNUSEDSIGNAL
  rmt_tm_pkg::again_t w_again;                 // a view: only passes
  // verilator lint_on UNUSEDSIGNAL
  assign w_again = w_side;
  logic               b_valid, b_eop, b_err, b_pop;
  logic [common_pkg::BeatBytes*8-1:0] b_data;
  logic [6:0]         b_nbytes;
  logic [rmt_pkg::NumHeaders*PosBits-1:0] p_hdr_off;

  rmt_window u_window (
    .in_i        (in_i),
    .w_valid_o   (w_valid),
    .w_window_o  (w_window),
    .w_len_o     (w_len),
    .w_whole_o   (w_whole),
    .w_err_o     (w_err),
    .w_tag_o     (w_tag),
    .w_port_o    (w_port),
    .w_side_o    (w_side),
    .b_valid_o   (b_valid),
    .b_data_o    (b_data),
    .b_nbytes_o  (b_nbytes),
    .b_eop_o     (b_eop),
    .b_err_o     (b_err),
    .b_pop_i     (b_pop),
    .busy_o      (busy_o[0]),
    .*
  );

  rmt_parser #(
    .Entries(Entries)
  ) u_parser (
    .w_valid_i (w_valid),
    .w_window_i(w_window),
    .w_len_i   (w_len),
    .w_whole_i (w_whole),
    .w_tag_i   (w_tag),
    .w_port_i  (w_port),
    .w_side_i  (w_side),
    .p_hdr_off_o(p_hdr_off),
    .t_index_i (t_index_i[$clog2(Entries)-1:0]),
    .tr_valid_o(tr_valid_o[0]),
    .tr_data_o (tr_parser_o),
    .busy_o    (busy_o[1]),
    .*
  );

  rmt_deparser u_deparser (
    .w_valid_i (w_valid),
    .w_window_i(w_window),
    .w_len_i   (w_len),
    .w_whole_i (w_whole),
    .w_err_i   (w_err),
    .w_tag_i   (w_tag),
    .w_port_i  (w_port),
    .w_passes_i(w_again.passes),
    .p_valid_i (p_valid_o),
    .p_hdr_valid_i(p_hdr_valid_o),
    .p_hdr_off_i(p_hdr_off),
    .b_valid_i (b_valid),
    .b_data_i  (b_data),
    .b_nbytes_i(b_nbytes),
    .b_eop_i   (b_eop),
    .b_err_i   (b_err),
    .b_pop_o   (b_pop),
    .t_index_i (t_index_i[$clog2(rmt_pkg::DeparserSlots)-1:0]),
    .tw_data_i (tw_data_i[rmt_pkg::DeparserSlotBits-1:0]),
    .tr_valid_o(tr_valid_o[1]),
    .tr_data_o (tr_deparser_o),
    .busy_o    (busy_o[2]),
    .*
  );

  logic unused_index;
  assign unused_index = ^t_index_i;
endmodule
