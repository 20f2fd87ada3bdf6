// SPDX-License-Identifier: Apache-2.0
//
// Binds the assertions and covers of window, parser and deparser.
/* verilator lint_off DECLFILENAME */  // several binds, no module

bind rmt_window rmt_window_sva #(.BodyDepth(BodyDepth)) u_window_sva (
    .in_sop(in_i.sop), .in_eop(in_i.eop), .*);
bind rmt_parser rmt_parser_sva u_parser_sva (.*);
bind rmt_deparser rmt_deparser_sva #(.CtxDepth(CtxDepth)) u_deparser_sva (
    .o_sop(o_beat_o.sop), .o_eop(o_beat_o.eop), .o_err(o_beat_o.err), .*);
