// SPDX-License-Identifier: Apache-2.0
//
// Programmable parser: ParserSteps engines take frames in turn, one a cycle, and each visits one
// state a cycle against the tables they all share. Every frame leaves ParserSteps + 1 cycles after
// it came, so order is kept and nothing ever stalls (docs/uarch/rmt-parser.md).

module rmt_parser #(
  localparam int unsigned WinBits = rmt_pkg::WindowBytes * 8,
  localparam int unsigned PosBits = $clog2(rmt_pkg::WindowBytes) + 1,
  // Entries compared side by side; fewer serve netlist mutation.
  parameter int unsigned Entries = rmt_pkg::ParserEntries,
  localparam int unsigned IdxBits = $clog2(Entries)
) (
  input  logic                               clk_i,
  input  logic                               rst_ni,

  // Frames to parse                                          <- rmt_window
  input  logic                               w_valid_i,
  input  logic [WinBits-1:0]                 w_window_i,
  input  logic [PosBits-1:0]                 w_len_i,
  input  logic                               w_whole_i,
  input  logic [31:0]                        w_tag_i,
  input  logic [common_pkg::PortIdBits-1:0]  w_port_i,
  input  logic [rmt_tm_pkg::AgainBits-1:0]   w_side_i,        // rmt_tm_pkg::again_t

  // Parsed frames                                            -> match-action unit
  output logic                               p_valid_o,
  output rmt_pkg::phv_t                      p_phv_o,
  output logic [rmt_pkg::NumHeaders-1:0]     p_hdr_valid_o,
  output logic                               p_exc_valid_o,
  output logic [rmt_pkg::VerdictBits-1:0]    p_exc_verdict_o,
  output logic [7:0]                         p_exc_reason_o,
  output logic [7:0]                         p_epoch_o,
  output logic [31:0]                        p_tag_o,
  output logic [common_pkg::PortIdBits-1:0]  p_port_o,
  output logic [2:0]                         p_passes_o,
  output logic [rmt_pkg::NumHeaders*PosBits-1:0] p_hdr_off_o,  // -> rmt_deparser
  // Report of the same frame, same cycle                     -> rmt.parsed
  output rmt_pkg::parse_report_t             parsed_o,

  // Table access, one cycle per row                          <- table decoder
  input  logic                               tw_valid_i,      // write tw_data_i
  input  logic                               tr_valid_i,      // read; answer one cycle later
  input  logic [rmt_pkg::TableIdBits-1:0]    t_table_i,
  input  logic                               t_bank_i,
  input  logic [IdxBits-1:0]                 t_index_i,       // in range: the decoder checked it
  input  logic [rmt_pkg::ParserActionBits-1:0] tw_data_i,     // row image from bit 0
  output logic                               tr_valid_o,      // one of this module's tables
  output logic [rmt_pkg::ParserActionBits-1:0] tr_data_o,

  output logic                               busy_o           // a frame is inside
);
  localparam int unsigned Engines = rmt_pkg::ParserSteps;
  localparam int unsigned TurnBits = $clog2(Engines);
  localparam int unsigned KeyBits = 8 + 8 * rmt_pkg::LookupBytes;
  localparam int unsigned Rows = rmt_pkg::NumBanks * Entries;

  // ---- tables ----
  // Only what says whether a row counts has a reset.
  logic [rmt_pkg::ParserInitBits-1:0]    init_q [rmt_pkg::NumBanks];
  logic [Rows-1:0]                       valid_q;
  logic [KeyBits-1:0]                    value_q [Rows];
  logic [KeyBits-1:0]                    mask_q [Rows];
  logic [rmt_pkg::ParserActionBits-1:0]  action_q [Rows];

  logic [IdxBits:0]                      t_row;
  rmt_pkg::parser_tcam_t                 tw_tcam;
  logic                                  t_init, t_tcam, t_action;

  assign t_row = {t_bank_i, t_index_i};
  assign tw_tcam = tw_data_i[rmt_pkg::ParserTcamBits-1:0];
  assign t_init = t_table_i == rmt_pkg::TableIdParserInit;
  assign t_tcam = t_table_i == rmt_pkg::TableIdParserTcam;
  assign t_action = t_table_i == rmt_pkg::TableIdParserAction;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
      for (int unsigned i = 0; i < rmt_pkg::NumBanks; i++) init_q[i] <= '0;
    end else if (tw_valid_i) begin
      if (t_init) init_q[t_bank_i] <= tw_data_i[rmt_pkg::ParserInitBits-1:0];
      if (t_tcam) valid_q[t_row] <= tw_tcam.valid;
    end
  end

  always_ff @(posedge clk_i) begin
    if (tw_valid_i && t_tcam) begin
      value_q[t_row] <= {tw_tcam.lookup, tw_tcam.state};
      mask_q[t_row] <= {tw_tcam.lookup_mask, tw_tcam.state_mask};
    end
    if (tw_valid_i && t_action) action_q[t_row] <= tw_data_i;
  end

  // Read back: rows come out as they were written.
  rmt_pkg::parser_tcam_t                 tr_tcam;
  logic                                  tr_valid_q;
  logic [rmt_pkg::ParserActionBits-1:0]  tr_data_q;

  always_comb begin
    tr_tcam = '0;
    tr_tcam.valid = valid_q[t_row];
    tr_tcam.lookup = value_q[t_row][KeyBits-1:8];
    tr_tcam.state = value_q[t_row][7:0];
    tr_tcam.lookup_mask = mask_q[t_row][KeyBits-1:8];
    tr_tcam.state_mask = mask_q[t_row][7:0];
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) tr_valid_q <= 1'b0;
    else tr_valid_q <= tr_valid_i && (t_init || t_tcam || t_action);
  end

  always_ff @(posedge clk_i) begin
    if (tr_valid_i) begin
      if (t_action) tr_data_q <= action_q[t_row];
      else if (t_tcam) tr_data_q <= rmt_pkg::ParserActionBits'(tr_tcam);
      else tr_data_q <= rmt_pkg::ParserActionBits'(init_q[t_bank_i]);
    end
  end

  assign tr_valid_o = tr_valid_q;
  assign tr_data_o = tr_data_q;

  // ---- turns: an engine takes a frame and gives it up Engines cycles later, when its turn is back
  rmt_tm_pkg::again_t  w_side;
  assign w_side = w_side_i;

  logic [TurnBits-1:0] turn_q;
  logic [Engines-1:0]  held_q;                 // engine holds a frame not yet given up
  logic                give;

  assign give = held_q[turn_q];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      turn_q <= '0;
      held_q <= '0;
    end else if (w_valid_i || (held_q != '0)) begin
      turn_q <= turn_q + 1'b1;
      held_q[turn_q] <= w_valid_i;
    end
  end

  // What the frame brings from the pass before, at its engine's place.
  localparam int unsigned WordBits = 32 + 3;
  logic [WordBits-1:0] word_mem [Engines];
  always_ff @(posedge clk_i) begin
    if (w_valid_i) word_mem[turn_q] <= {w_side.recirc, w_side.passes};
  end

  // ---- engines and their lookups ----
  typedef struct packed {
    logic [rmt_pkg::VerdictBits-1:0]     exc_verdict;
    logic [7:0]                          exc_reason;
    logic                                exc_valid;
    logic [7:0]                          epoch;
    logic [31:0]                         tag;
    logic [common_pkg::PortIdBits-1:0]   port;
    logic [rmt_pkg::NumHeaders*PosBits-1:0] hdr_off;
    logic [rmt_pkg::NumHeaders-1:0]      hdr_valid;
    logic [rmt_pkg::PhvBits-1:0]         phv;
  } parsed_t;
  localparam int unsigned ParsedBits = rmt_pkg::PhvBits + rmt_pkg::NumHeaders * (1 + PosBits) +
                                       common_pkg::PortIdBits + 32 + 8 + 1 + 8 +
                                       rmt_pkg::VerdictBits;

  logic [ParsedBits-1:0]         parsed [Engines];
  rmt_pkg::parser_init_t         init;

  assign init = init_q[w_side.epoch[0]];

  for (genvar e = 0; e < Engines; e++) begin : g_engine
    logic                    run, hit, bank;
    logic [KeyBits-1:0]      key;
    logic [IdxBits-1:0]      idx;
    logic [rmt_pkg::ParserActionBits-1:0] row;
    logic [rmt_pkg::PhvBits-1:0] phv;
    logic [rmt_pkg::NumHeaders-1:0] hdr_valid;
    logic [rmt_pkg::NumHeaders*PosBits-1:0] hdr_off;
    logic [common_pkg::PortIdBits-1:0] port;
    logic [31:0]             tag;
    logic [7:0]              epoch, exc_reason;
    logic                    exc_valid;
    logic [rmt_pkg::VerdictBits-1:0] exc_verdict;

    assign bank = epoch[0];

    always_comb begin
      hit = 1'b0;
      idx = '0;
      if (run) begin
        for (int unsigned i = 0; i < Entries; i++) begin
          if (!hit && valid_q[{bank, IdxBits'(i)}] &&
              (((key ^ value_q[{bank, IdxBits'(i)}]) & mask_q[{bank, IdxBits'(i)}]) == '0)) begin
            hit = 1'b1;
            idx = IdxBits'(i);
          end
        end
      end
    end

    always_comb begin
      row = '0;
      if (hit) row = action_q[{bank, idx}];
    end

    rmt_parser_engine u_engine (
      .clk_i,
      .rst_ni,
      .load_i       (w_valid_i && (turn_q == TurnBits'(e))),
      .window_i     (w_window_i),
      .len_i        (w_len_i),
      .whole_i      (w_whole_i),
      .tag_i        (w_tag_i),
      .port_i       (w_port_i),
      .epoch_i      (w_side.epoch),
      .init_i       (init),
      .run_o        (run),
      .key_o        (key),
      .hit_i        (hit),
      .row_i        (row),
      .tag_o        (tag),
      .port_o       (port),
      .epoch_o      (epoch),
      .phv_o        (phv),
      .hdr_valid_o  (hdr_valid),
      .hdr_off_o    (hdr_off),
      .exc_valid_o  (exc_valid),
      .exc_verdict_o(exc_verdict),
      .exc_reason_o (exc_reason)
    );
    assign parsed[e] = {exc_verdict, exc_reason, exc_valid, epoch, tag, port, hdr_off, hdr_valid,
                        phv};
  end

  // ---- the frame given up in this cycle ----
  // Where the wider containers begin in the vector.
  localparam int unsigned Phv16 = 8 * rmt_pkg::NumC8;
  localparam int unsigned Phv32 = Phv16 + 16 * rmt_pkg::NumC16;
  logic    p_valid_q;
  parsed_t p_q, p_d;
  logic [31:0] recirc;
  logic [2:0]  passes, passes_q;

  always_comb begin
    p_d = '0;
    {recirc, passes} = '0;
    if (give) begin
      p_d = parsed[turn_q];
      {recirc, passes} = word_mem[turn_q];
      // Metadata stands above whatever an extractor put there.
      p_d.phv[8*rmt_pkg::MetaInPort +: 8] =                // 8-bit containers lie at bit 0
          (passes == '0) ? 8'(p_d.port) : 8'(common_pkg::PortIdRecirc);
      p_d.phv[8*rmt_pkg::MetaOutPort +: 8] = '0;
      p_d.phv[8*rmt_pkg::MetaVerdict +: 8] = 8'(rmt_pkg::VerdictDrop);
      p_d.phv[8*rmt_pkg::MetaReason +: 8] = 8'(rmt_pkg::ReasonNoRoute);
      p_d.phv[8*rmt_pkg::MetaQueue +: 8] = '0;
      p_d.phv[8*rmt_pkg::MetaEdit +: 8] = '0;
      p_d.phv[8*rmt_pkg::MetaPop +: 8] = '0;
      p_d.phv[Phv16 + 16*rmt_pkg::MetaGroup +: 16] = '0;
      p_d.phv[Phv16 + 16*rmt_pkg::MetaEntropy +: 16] = '0;
      p_d.phv[Phv32 + 32*rmt_pkg::MetaRecirc +: 32] = recirc;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) p_valid_q <= 1'b0;
    else p_valid_q <= give;
  end

  always_ff @(posedge clk_i) begin
    if (give) begin
      p_q <= p_d;
      passes_q <= passes;
    end
  end

  assign p_valid_o = p_valid_q;
  assign p_phv_o = p_q.phv;
  assign p_hdr_valid_o = p_q.hdr_valid;
  assign p_hdr_off_o = p_q.hdr_off;
  assign p_exc_valid_o = p_q.exc_valid;
  assign p_exc_verdict_o = p_q.exc_verdict;
  assign p_exc_reason_o = p_q.exc_reason;
  assign p_epoch_o = p_q.epoch;
  assign p_tag_o = p_q.tag;
  assign p_port_o = p_q.port;
  assign p_passes_o = passes_q;
  assign parsed_o = {p_q.phv, p_q.hdr_valid, p_q.port, p_q.tag};
  assign busy_o = p_valid_q || (held_q != '0);
endmodule
