// SPDX-License-Identifier: Apache-2.0
//
// RMT pipeline, L2-L4: inputs -> window -> parser -> match-action stages -> deparser ->
// traffic manager -> outputs, and from there to the inputs again.
// docs/uarch/rmt.md has the timing; nothing between rmt_input and rmt_tm can stall.

module rmt #(
  parameter int unsigned TmCells    = rmt_pkg::TmCells,      // cells, a power of two
  parameter int unsigned QueueFrames = rmt_pkg::QueueFrames, // frames a queue, a power of two
  localparam int unsigned Ports    = rmt_pkg::NumPorts,
  localparam int unsigned BeatBits = common_pkg::PktBeatBits
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  // verilator lint_off UNUSEDSIGNAL
  input  logic [63:0]                   now_i,       // every block has it; nothing here has timers
  // verilator lint_on UNUSEDSIGNAL

  // Packet streams, by common_pkg::port_id_e <-> wires, toe, cpu, vf
  input  logic [Ports-1:0]              in_valid_i,
  input  logic [Ports*BeatBits-1:0]     in_data_i,
  output logic [Ports-1:0]              in_ready_o,
  output logic [Ports-1:0]              out_valid_o,
  output logic [Ports*BeatBits-1:0]     out_data_o,
  input  logic [Ports-1:0]              out_ready_i,

  // Reports, up for one cycle a frame; ready is not looked at -> trace, checks
  output logic                          parsed_valid_o,
  output rmt_pkg::parse_report_t        parsed_data_o,
  output logic                          verdict_valid_o,
  output rmt_pkg::verdict_report_t      verdict_data_o,

  input  common_pkg::axil_req_t         axil_req_i,
  output common_pkg::axil_rsp_t         axil_rsp_o,
  output logic                          irq_o,       // level: ERR_FIRST.VALID & IRQ_ENABLE.ERR

  output logic                          idle_o,
  output logic [63:0]                   wake_at_o    // never: there are no timers
);

  localparam int unsigned Stages   = rmt_pkg::NumStages;
  localparam int unsigned WinBits  = rmt_pkg::WindowBytes * 8;
  localparam int unsigned PosBits  = $clog2(rmt_pkg::WindowBytes) + 1;
  localparam int unsigned Headers  = rmt_pkg::NumHeaders;
  localparam int unsigned Cons     = rmt_pkg::NumContainers;
  localparam int unsigned PortBits = common_pkg::PortIdBits;
  localparam int unsigned AgainBits = rmt_tm_pkg::AgainBits;
  localparam int unsigned RowWords  = rmt_pkg::ActionInstrBits / 32;  // of the longest row
  localparam int unsigned IndexBits = $clog2(rmt_pkg::ExactWays * rmt_pkg::ExactRows);

  // ---------------------------------------------------------------- registers
  rmt_pkg::reg2hw_t reg2hw;
  rmt_pkg::hw2reg_t hw2reg;
  logic             regs_idle;

  rmt_regs u_regs (
    .clk_i,
    .rst_ni,
    .axil_i   (axil_req_i),
    .axil_o   (axil_rsp_o),
    .reg2hw_o (reg2hw),
    .hw2reg_i (hw2reg)
  );

  // Nothing held in the register block: all three channels are ready, no response and no pulse up.
  assign regs_idle = axil_rsp_o.awready & axil_rsp_o.wready & axil_rsp_o.arready &
                     !axil_rsp_o.bvalid & !axil_rsp_o.rvalid & !reg2hw.tbl_cmd_op_qe;

  // ---------------------------------------------------------------- table access
  logic              tw_valid, tr_valid, t_bank, answer, swept, init_done;
  logic [7:0]        t_table;
  logic [IndexBits-1:0] t_index;
  logic [rmt_pkg::ActionInstrBits-1:0] t_wdata;  // the longest row
  logic              tbl_busy, tbl_error, tbl_fault;
  logic [7:0]        tbl_fault_code;
  logic [15:0]       tbl_fault_index;
  logic [16*rmt_pkg::NumBanks-1:0] inflight;
  logic              tm_init_done;
  logic [Stages-1:0] stage_init_done;

  assign init_done = swept & tm_init_done & (&stage_init_done);
  assign t_wdata   = swept ? reg2hw.tbl_data_word_q[RowWords-1:0] : '0;

  rmt_tables u_tables (
    .clk_i,
    .rst_ni,
    .cmd_i        (reg2hw.tbl_cmd_op_qe),
    .op_i         (reg2hw.tbl_cmd_op_q),
    .table_i      (reg2hw.tbl_cmd_table_id_q),
    .bank_i       (reg2hw.tbl_cmd_bank_q),
    .index_i      (reg2hw.tbl_cmd_index_q),
    .enable_i     (reg2hw.ctrl_enable_q),
    .epoch_bank_i (reg2hw.epoch_epoch_q[0]),
    .inflight_i   (inflight),
    .init_done_i  (init_done),
    .answer_i     (answer),
    .tw_valid_o   (tw_valid),
    .tr_valid_o   (tr_valid),
    .table_o      (t_table),
    .bank_o       (t_bank),
    .index_o      (t_index),
    .swept_o      (swept),
    .busy_o       (tbl_busy),
    .error_o      (tbl_error),
    .fault_o      (tbl_fault),
    .fault_code_o (tbl_fault_code),
    .fault_index_o(tbl_fault_index)
  );

  // ---------------------------------------------------------------- inputs
  logic                  in_valid, pause, judged, gone, gone_bank, cnt_frame, input_idle;
  common_pkg::pkt_beat_t in_beat;
  logic [AgainBits-1:0]  in_side, again_side;
  logic                  again_valid, again_ready, dropped;
  common_pkg::pkt_beat_t again_beat;
  rmt_pkg::verdict_report_t report;

  rmt_input u_input (
    .clk_i,
    .rst_ni,
    .in_valid_i,
    .in_data_i,
    .in_ready_o,
    .again_valid_i(again_valid),
    .again_beat_i (again_beat),
    .again_i      (again_side),
    .again_ready_o(again_ready),
    .enable_i     (reg2hw.ctrl_enable_q),
    .init_done_i  (init_done),
    .pause_i      (pause),
    .epoch_i      (reg2hw.epoch_epoch_q),
    .weight_i     (reg2hw.in_weight_frames_q),
    .valid_o      (in_valid),
    .beat_o       (in_beat),
    .side_o       (in_side),
    .dropped_i    (dropped),
    .dropped_bank_i(report.epoch[0]),
    .gone_i       (gone),
    .gone_bank_i  (gone_bank),
    .inflight_o   (inflight),
    .cnt_frame_o  (cnt_frame),
    .idle_o       (input_idle)
  );

  // ---------------------------------------------------------------- window, parser
  logic               w_valid, w_whole, w_err, p_valid, p_exc_valid;
  logic [WinBits-1:0] w_window;
  logic [PosBits-1:0] w_len;
  logic [31:0]        w_tag;
  logic [PortBits-1:0] w_port;
  logic [AgainBits-1:0] w_side;
  // verilator lint_off UNUSEDSIGNAL
  rmt_tm_pkg::again_t w_again;  // a view: only passes
  // verilator lint_on UNUSEDSIGNAL
  logic [7:0]         p_epoch, p_exc_reason;
  logic [2:0]         p_passes;
  logic               b_valid, b_eop, b_err, b_pop;
  logic [8*common_pkg::BeatBytes-1:0] b_data;
  logic [6:0]         b_nbytes;
  rmt_pkg::phv_t      p_phv;
  logic [Headers-1:0] p_hdr_valid;
  rmt_pkg::verdict_e  p_exc_verdict;
  logic [Headers*PosBits-1:0] p_hdr_off;
  logic               par_tr_valid, dep_tr_valid;
  logic               window_busy, parser_busy, deparser_busy;
  logic [rmt_pkg::ParserActionBits-1:0] par_tr_data;
  logic [rmt_pkg::DeparserSlotBits-1:0] dep_tr_data;

  rmt_window u_window (
    .clk_i,
    .rst_ni,
    .in_valid_i  (in_valid),
    .in_i        (in_beat),
    .in_side_i   (in_side),
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
    // verilator lint_off PINCONNECTEMPTY
    .body_level_o(),  // for tests
    // verilator lint_on PINCONNECTEMPTY
    .busy_o      (window_busy)
  );

  rmt_parser u_parser (
    .clk_i,
    .rst_ni,
    .w_valid_i      (w_valid),
    .w_window_i     (w_window),
    .w_len_i        (w_len),
    .w_whole_i      (w_whole),
    .w_tag_i        (w_tag),
    .w_port_i       (w_port),
    .w_side_i       (w_side),
    .p_valid_o      (p_valid),
    .p_phv_o        (p_phv),
    .p_hdr_valid_o  (p_hdr_valid),
    .p_exc_valid_o  (p_exc_valid),
    .p_exc_verdict_o(p_exc_verdict),
    .p_exc_reason_o (p_exc_reason),
    .p_epoch_o      (p_epoch),
    // verilator lint_off PINCONNECTEMPTY
    .p_tag_o        (),  // in parsed_o
    .p_port_o       (),
    // verilator lint_on PINCONNECTEMPTY
    .p_passes_o     (p_passes),
    .p_hdr_off_o    (p_hdr_off),
    .parsed_o       (parsed_data_o),
    .tw_valid_i     (tw_valid),
    .tr_valid_i     (tr_valid),
    .t_table_i      (t_table),
    .t_bank_i       (t_bank),
    .t_index_i      (t_index[$clog2(rmt_pkg::ParserEntries)-1:0]),
    .tw_data_i      (t_wdata[rmt_pkg::ParserActionBits-1:0]),
    .tr_valid_o     (par_tr_valid),
    .tr_data_o      (par_tr_data),
    .busy_o         (parser_busy)
  );
  assign parsed_valid_o = p_valid & (p_passes == '0);  // of the first pass
  assign w_again        = w_side;

  // ---------------------------------------------------------------- match-action stages
  // Element s is what stage s gets, element Stages what the deparser gets.
  logic                      s_valid     [Stages+1];
  logic [rmt_pkg::PhvBits-1:0] s_phv     [Stages+1];
  logic [Headers-1:0]        s_hdr_valid [Stages+1];
  logic [10:0]               s_exc       [Stages+1];
  logic [7:0]                s_epoch     [Stages+1];
  logic [Cons-1:0]           s_dirty     [Stages+1];
  logic [7:0]                s_hit       [Stages+1];
  logic [63:0]               s_action    [Stages+1];
  logic [Stages-1:0]         cnt_hit, cnt_miss, st_tr_valid;
  logic [rmt_pkg::ActionInstrBits-1:0] st_tr_data [Stages];

  assign s_valid[0]     = p_valid;
  assign s_phv[0]       = p_phv;
  assign s_hdr_valid[0] = p_hdr_valid;
  assign s_exc[0]       = {p_exc_valid, p_exc_verdict, p_exc_reason};
  assign s_epoch[0]     = p_epoch;
  assign s_dirty[0]     = '0;
  assign s_hit[0]       = '0;
  assign s_action[0]    = '0;

  for (genvar s = 0; s < Stages; s++) begin : gen_stage
    rmt_stage u_stage (
      .clk_i,
      .rst_ni,
      .stage_i    ($clog2(Stages)'(s)),
      .now_i      (now_i[47:0]),
      .init_done_o(stage_init_done[s]),
      .valid_i    (s_valid[s]),
      .phv_i      (s_phv[s]),
      .hdr_valid_i(s_hdr_valid[s]),
      .exc_i      (s_exc[s]),
      .epoch_i    (s_epoch[s]),
      .dirty_i    (s_dirty[s]),
      .hit_i      (s_hit[s]),
      .action_i   (s_action[s]),
      .valid_o    (s_valid[s+1]),
      .phv_o      (s_phv[s+1]),
      .hdr_valid_o(s_hdr_valid[s+1]),
      .exc_o      (s_exc[s+1]),
      .epoch_o    (s_epoch[s+1]),
      .dirty_o    (s_dirty[s+1]),
      .hit_o      (s_hit[s+1]),
      .action_o   (s_action[s+1]),
      .cnt_hit_o  (cnt_hit[s]),
      .cnt_miss_o (cnt_miss[s]),
      .tw_valid_i (tw_valid),
      .tr_valid_i (tr_valid),
      .t_table_i  (t_table),
      .t_bank_i   (t_bank),
      .t_index_i  (t_index),
      .tw_data_i  (t_wdata),
      .tr_valid_o (st_tr_valid[s]),
      .tr_data_o  (st_tr_data[s])
    );
  end

  // ---------------------------------------------------------------- deparser, queues
  logic                    o_valid;
  common_pkg::pkt_beat_t   o_beat;
  logic [rmt_tm_pkg::SideBits-1:0] o_side;
  logic [7:0]              bad_port;
  logic                    is_bad_port, tm_idle, tm_tr_valid, cnt_copy, cnt_copy_drop, cnt_again;
  logic [15:0]             cells_free;
  logic [rmt_pkg::EgressEditBits-1:0] tm_tr_data;

  rmt_deparser u_deparser (
    .clk_i,
    .rst_ni,
    .w_valid_i       (w_valid),
    .w_window_i      (w_window),
    .w_len_i         (w_len),
    .w_whole_i       (w_whole),
    .w_err_i         (w_err),
    .w_tag_i         (w_tag),
    .w_port_i        (w_port),
    .w_passes_i      (w_again.passes),
    .p_valid_i       (p_valid),
    .p_hdr_valid_i   (p_hdr_valid),
    .p_hdr_off_i     (p_hdr_off),
    .m_valid_i       (s_valid[Stages]),
    .m_phv_i         (s_phv[Stages]),
    .m_dirty_i       (s_dirty[Stages]),
    .m_exc_valid_i   (s_exc[Stages][10]),
    .m_exc_verdict_i (s_exc[Stages][9:8]),
    .m_exc_reason_i  (s_exc[Stages][7:0]),
    .m_stage_hit_i   (s_hit[Stages]),
    .m_stage_action_i(s_action[Stages]),
    .m_epoch_i       (s_epoch[Stages]),
    .b_valid_i       (b_valid),
    .b_data_i        (b_data),
    .b_nbytes_i      (b_nbytes),
    .b_eop_i         (b_eop),
    .b_err_i         (b_err),
    .b_pop_o         (b_pop),
    .o_valid_o       (o_valid),
    .o_beat_o        (o_beat),
    .o_side_o        (o_side),
    .tw_valid_i      (tw_valid),
    .tr_valid_i      (tr_valid),
    .t_table_i       (t_table),
    .t_bank_i        (t_bank),
    .t_index_i       (t_index[$clog2(rmt_pkg::DeparserSlots)-1:0]),
    .tw_data_i       (t_wdata[rmt_pkg::DeparserSlotBits-1:0]),
    .tr_valid_o      (dep_tr_valid),
    .tr_data_o       (dep_tr_data),
    .busy_o          (deparser_busy)
  );

  rmt_tm #(
    .Cells      (TmCells),
    .QueueFrames(QueueFrames)
  ) u_tm (
    .clk_i,
    .rst_ni,
    .valid_i         (o_valid),
    .beat_i          (o_beat),
    .side_i          (o_side),
    .out_valid_o,
    .out_data_o,
    .out_ready_i,
    .again_valid_o   (again_valid),
    .again_beat_o    (again_beat),
    .again_o         (again_side),
    .again_ready_i   (again_ready),
    .verdict_valid_o,
    .verdict_o       (report),
    .bad_port_valid_o(is_bad_port),
    .bad_port_o      (bad_port),
    .cnt_copy_o      (cnt_copy),
    .cnt_copy_drop_o (cnt_copy_drop),
    .cnt_again_o     (cnt_again),
    .gone_o          (gone),
    .gone_bank_o     (gone_bank),
    .weight_i        (reg2hw.q_weight_frames_q),
    .limit_i         (reg2hw.q_limit_cells_q),
    .lossless_i      (reg2hw.ctrl_lossless_q),
    .threshold_i     (reg2hw.pause_thresh_cells_q),
    .pause_o         (pause),
    .free_o          (cells_free),
    .tw_valid_i      (tw_valid),
    .tr_valid_i      (tr_valid),
    .t_table_i       (t_table),
    .t_bank_i        (t_bank),
    .t_index_i       (t_index[7:0]),
    .tw_data_i       (t_wdata[rmt_pkg::EgressEditBits-1:0]),
    .tr_valid_o      (tm_tr_valid),
    .tr_data_o       (tm_tr_data),
    .init_done_o     (tm_init_done),
    .idle_o          (tm_idle)
  );

  assign judged         = verdict_valid_o;
  assign verdict_data_o = report;

  // ---------------------------------------------------------------- to the registers
  // The row that was asked for.
  logic [rmt_pkg::ActionInstrBits-1:0] row;
  assign answer = par_tr_valid | dep_tr_valid | tm_tr_valid | (|st_tr_valid);
  always_comb begin
    row = '0;
    if (par_tr_valid) begin
      row[rmt_pkg::ParserActionBits-1:0] = par_tr_data;
    end else if (dep_tr_valid) begin
      row[rmt_pkg::DeparserSlotBits-1:0] = dep_tr_data;
    end else if (tm_tr_valid) begin
      row[rmt_pkg::EgressEditBits-1:0] = tm_tr_data;
    end else begin
      for (int unsigned s = 0; s < Stages; s++) begin
        if (st_tr_valid[s]) begin
          row = st_tr_data[s];
        end
      end
    end
  end

  logic slow, fault, quiet, pipe_busy;
  assign pipe_busy   = window_busy | parser_busy | deparser_busy;
  assign dropped     = judged & (report.verdict == rmt_pkg::VerdictDrop);
  assign slow        = judged & (report.verdict == rmt_pkg::VerdictSlow);
  assign fault       = tbl_fault | is_bad_port;

  always_comb begin
    hw2reg = '0;
    hw2reg.status_init_done_d   = init_done;
    hw2reg.status_tbl_busy_d    = tbl_busy;
    hw2reg.status_idle_d        = quiet;
    hw2reg.inflight_count_d     = inflight;
    hw2reg.cells_free_count_d   = cells_free;
    hw2reg.copies_inc           = cnt_copy;
    hw2reg.copy_drop_inc        = cnt_copy_drop;
    hw2reg.recirculated_inc     = cnt_again;
    hw2reg.tbl_status_busy_d    = tbl_busy;
    hw2reg.tbl_status_error_d   = tbl_error;
    hw2reg.tbl_data_word_d[RowWords-1:0] = row;
    hw2reg.tbl_data_word_de     = answer ? '1 : '0;
    hw2reg.pkt_in_inc           = cnt_frame;
    hw2reg.forwarded_inc        = judged & (report.verdict == rmt_pkg::VerdictForward);
    hw2reg.dropped_inc          = dropped;
    hw2reg.slow_inc             = slow;
    if (judged) begin
      case (report.reason)
        8'(rmt_pkg::ReasonNoRoute):         hw2reg.drop_no_route_inc         = 1'b1;
        8'(rmt_pkg::ReasonParserTruncated): hw2reg.drop_parser_truncated_inc = 1'b1;
        8'(rmt_pkg::ReasonParserWindow):    hw2reg.slow_parser_window_inc    = 1'b1;
        8'(rmt_pkg::ReasonParserDepth):     hw2reg.slow_parser_depth_inc     = 1'b1;
        8'(rmt_pkg::ReasonFragment):        hw2reg.slow_fragment_inc         = 1'b1;
        8'(rmt_pkg::ReasonFrameError):      hw2reg.drop_frame_error_inc      = 1'b1;
        8'(rmt_pkg::ReasonTmTailDrop):      hw2reg.drop_tm_tail_inc          = 1'b1;
        8'(rmt_pkg::ReasonBadPort):         hw2reg.drop_bad_port_inc         = 1'b1;
        8'(rmt_pkg::ReasonProgram):         hw2reg.drop_program_inc          = 1'b1;
        8'(rmt_pkg::ReasonHeaderError):     hw2reg.drop_header_error_inc     = 1'b1;
        8'(rmt_pkg::ReasonMeter):           hw2reg.drop_meter_inc            = 1'b1;
        8'(rmt_pkg::ReasonRecircLimit):     hw2reg.drop_recirc_limit_inc     = 1'b1;
        8'(rmt_pkg::ReasonTmNoCell):        hw2reg.drop_tm_no_cell_inc       = 1'b1;
        8'(rmt_pkg::ReasonAcl):             hw2reg.drop_acl_inc              = 1'b1;
        8'(rmt_pkg::ReasonVlan):            hw2reg.drop_vlan_inc             = 1'b1;
        8'(rmt_pkg::ReasonTunnel):          hw2reg.drop_tunnel_inc           = 1'b1;
        8'(rmt_pkg::ReasonUnreachable):     hw2reg.slow_unreachable_inc      = 1'b1;
        8'(rmt_pkg::ReasonTtl):             hw2reg.slow_ttl_inc              = 1'b1;
        8'(rmt_pkg::ReasonLocal):           hw2reg.slow_local_inc            = 1'b1;
        default: ;
      endcase
    end
    hw2reg.stage_hit_inc        = cnt_hit;
    hw2reg.stage_miss_inc       = cnt_miss;
    hw2reg.err_first_valid_d    = 1'b1;
    hw2reg.err_first_valid_de   = fault;
    // The first fault is kept: code and index load only while nothing is recorded.
    hw2reg.err_first_code_d     = tbl_fault ? tbl_fault_code : rmt_pkg::FaultBadPort;
    hw2reg.err_first_code_de    = fault & !reg2hw.err_first_valid_q;
    hw2reg.err_first_index_d    = tbl_fault ? tbl_fault_index : {8'h0, bad_port};
    hw2reg.err_first_index_de   = fault & !reg2hw.err_first_valid_q;
    hw2reg.err_count_inc        = {1'b0, tbl_fault} + {1'b0, is_bad_port};
  end

  assign irq_o     = reg2hw.err_first_valid_q & reg2hw.irq_enable_err_q;
  assign quiet     = init_done & input_idle & tm_idle & !pipe_busy;
  assign idle_o    = quiet & !tbl_busy & regs_idle;
  assign wake_at_o = '1;

endmodule
