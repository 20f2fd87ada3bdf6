// SPDX-License-Identifier: Apache-2.0
//
// Deparser: joins the match-action unit's result with the frame's window, writes dirty containers
// back (rmt_deparser_step), keeps checksums right (rmt_deparser_csum), removes what MetaPop names
// (rmt_deparser_pop) and sends the frame out, window first, then its body beats, realigned: one beat
// a cycle, never stalled. docs/uarch/rmt-deparser.md.

module rmt_deparser #(
  // Frames between the window collector and m_valid_i: power of two, more than
  // ParserSteps + 1 + the match-action unit's latency, which must be at least 2 cycles.
  parameter int unsigned CtxDepth = 64,
  localparam int unsigned WinBits = rmt_pkg::WindowBytes * 8,
  localparam int unsigned PosBits = $clog2(rmt_pkg::WindowBytes) + 1,
  localparam int unsigned SlotLog = $clog2(rmt_pkg::DeparserSlots),
  localparam int unsigned SideBits = rmt_tm_pkg::SideBits
) (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,

  // A frame enters the parser: its window is kept here       <- rmt_window (w_*)
  input  logic                                 w_valid_i,
  input  logic [WinBits-1:0]                   w_window_i,
  input  logic [PosBits-1:0]                   w_len_i,
  input  logic                                 w_whole_i,
  input  logic                                 w_err_i,
  input  logic [31:0]                          w_tag_i,
  input  logic [common_pkg::PortIdBits-1:0]    w_port_i,
  input  logic [2:0]                           w_passes_i,
  // It leaves the parser                                     <- rmt_parser (p_*)
  input  logic                                 p_valid_i,
  input  logic [rmt_pkg::NumHeaders-1:0]       p_hdr_valid_i,
  input  logic [rmt_pkg::NumHeaders*PosBits-1:0] p_hdr_off_i,
  // It leaves the last stage, in the same order              <- match-action unit
  input  logic                                 m_valid_i,
  input  rmt_pkg::phv_t                        m_phv_i,
  input  logic [rmt_pkg::NumContainers-1:0]    m_dirty_i,      // by container id
  input  logic                                 m_exc_valid_i,
  input  logic [rmt_pkg::VerdictBits-1:0]      m_exc_verdict_i,
  input  logic [7:0]                           m_exc_reason_i,
  input  logic [7:0]                           m_stage_hit_i,
  input  logic [63:0]                          m_stage_action_i,
  input  logic [7:0]                           m_epoch_i,

  // Body beats                                               <-> rmt_window
  input  logic                                 b_valid_i,
  input  logic [common_pkg::BeatBytes*8-1:0]   b_data_i,
  input  logic [6:0]                           b_nbytes_i,
  input  logic                                 b_eop_i,
  input  logic                                 b_err_i,
  output logic                                 b_pop_o,

  // Frames out, every beat with its frame's fate             -> traffic manager
  output logic                                 o_valid_o,
  output common_pkg::pkt_beat_t                o_beat_o,
  output logic [SideBits-1:0]                  o_side_o,       // rmt_tm_pkg::side_t

  // Table access, one cycle per row                          <- table decoder
  input  logic                                 tw_valid_i,     // write tw_data_i
  input  logic                                 tr_valid_i,     // read; answer one cycle later
  input  logic [rmt_pkg::TableIdBits-1:0]      t_table_i,
  input  logic                                 t_bank_i,
  input  logic [SlotLog-1:0]                   t_index_i,      // in range: the decoder checked it
  input  logic [rmt_pkg::DeparserSlotBits-1:0] tw_data_i,      // row image from bit 0
  output logic                                 tr_valid_o,     // one of this module's tables
  output logic [rmt_pkg::DeparserSlotBits-1:0] tr_data_o,

  output logic                                 busy_o          // a frame is inside
);
  localparam int unsigned Steps = 4;
  localparam int unsigned SlotsPerStep = rmt_pkg::DeparserSlots / Steps;
  localparam int unsigned SlotBits = rmt_pkg::DeparserSlotBits;
  localparam int unsigned CsumBits = rmt_pkg::DeparserCsumBits;
  localparam int unsigned Units = rmt_pkg::ChecksumUnits;
  localparam int unsigned UnitLog = $clog2(Units);
  localparam int unsigned PopBits = rmt_pkg::DeparserPopBits;
  localparam int unsigned PopLog = $clog2(rmt_pkg::NumPops);
  localparam int unsigned DeltaBits = 24;
  localparam int unsigned BeatBits = common_pkg::BeatBytes * 8;
  localparam int unsigned BeatLog = $clog2(common_pkg::BeatBytes);
  localparam int unsigned WinBeats = rmt_pkg::WindowBytes / common_pkg::BeatBytes;
  localparam int unsigned WBeatLog = $clog2(WinBeats);
  localparam int unsigned PtrBits = $clog2(CtxDepth);
  // Windows waiting to be sent; docs/uarch/rmt-deparser.md proves that four are enough.
  localparam int unsigned OutDepth = 4;
  localparam int unsigned OutLog = $clog2(OutDepth);

  // ---- tables; only the enable bits have a reset ----
  logic [rmt_pkg::NumBanks*rmt_pkg::DeparserSlots-1:0] slot_en_q;
  logic [rmt_pkg::NumBanks*Units-1:0] csum_en_q;
  logic [SlotBits-1:0] slot_q [rmt_pkg::NumBanks*rmt_pkg::DeparserSlots];
  logic [CsumBits-1:0] csum_q [rmt_pkg::NumBanks*Units];
  logic [rmt_pkg::NumBanks*rmt_pkg::NumPops-1:0] pop_en_q;
  logic [PopBits-1:0]  pop_q [rmt_pkg::NumBanks*rmt_pkg::NumPops];
  logic                t_slot, t_csum, t_pop;
  logic                tr_valid_q;
  logic [SlotBits-1:0] tr_data_q;

  assign t_slot = t_table_i == rmt_pkg::TableIdDeparserSlot;
  assign t_csum = t_table_i == rmt_pkg::TableIdDeparserCsum;
  assign t_pop = t_table_i == rmt_pkg::TableIdDeparserPop;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      slot_en_q <= '0;
      csum_en_q <= '0;
      pop_en_q <= '0;
      tr_valid_q <= 1'b0;
    end else begin
      if (tw_valid_i && t_slot) slot_en_q[{t_bank_i, t_index_i}] <= tw_data_i[0];
      if (tw_valid_i && t_csum) csum_en_q[{t_bank_i, t_index_i[UnitLog-1:0]}] <= tw_data_i[0];
      if (tw_valid_i && t_pop) pop_en_q[{t_bank_i, t_index_i[PopLog-1:0]}] <= tw_data_i[0];
      tr_valid_q <= tr_valid_i && (t_slot || t_csum || t_pop);
    end
  end

  always_ff @(posedge clk_i) begin
    if (tw_valid_i && t_slot) slot_q[{t_bank_i, t_index_i}] <= tw_data_i;
    if (tw_valid_i && t_csum) csum_q[{t_bank_i, t_index_i[UnitLog-1:0]}] <= tw_data_i[CsumBits-1:0];
    if (tw_valid_i && t_pop) pop_q[{t_bank_i, t_index_i[PopLog-1:0]}] <= tw_data_i[PopBits-1:0];
    if (tr_valid_i) begin
      if (t_slot) tr_data_q <= slot_q[{t_bank_i, t_index_i}];
      else if (t_csum) tr_data_q <= SlotBits'(csum_q[{t_bank_i, t_index_i[UnitLog-1:0]}]);
      else tr_data_q <= SlotBits'(pop_q[{t_bank_i, t_index_i[PopLog-1:0]}]);
    end
  end
  assign tr_valid_o = tr_valid_q;
  assign tr_data_o = tr_data_q;

  // ---- contexts: two RAMs in frame order, read one cycle ahead of m_valid_i ----
  localparam int unsigned CtxBits = WinBits + PosBits + 1 + 1 + 32 + common_pkg::PortIdBits + 3;
  localparam int unsigned HdrBits = rmt_pkg::NumHeaders * (1 + PosBits);
  logic [CtxBits-1:0]  ctx_mem_q [CtxDepth];
  logic [HdrBits-1:0]  hdr_mem_q [CtxDepth];
  logic [CtxBits-1:0]  ctx_q;
  logic [HdrBits-1:0]  hdr_q;
  logic [PtrBits-1:0]  ctx_wptr_q, hdr_wptr_q, rptr_q, rptr_d;
  logic [PtrBits:0]    held_q;                 // frames between w_valid_i and m_valid_i

  assign rptr_d = rptr_q + PtrBits'(m_valid_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      ctx_wptr_q <= '0;
      hdr_wptr_q <= '0;
      rptr_q <= '0;
      held_q <= '0;
    end else begin
      if (w_valid_i) ctx_wptr_q <= ctx_wptr_q + 1'b1;
      if (p_valid_i) hdr_wptr_q <= hdr_wptr_q + 1'b1;
      rptr_q <= rptr_d;
      held_q <= held_q + (PtrBits + 1)'(w_valid_i) - (PtrBits + 1)'(m_valid_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (w_valid_i) begin
      ctx_mem_q[ctx_wptr_q] <= {w_passes_i, w_port_i, w_tag_i, w_err_i, w_whole_i, w_len_i, w_window_i};
    end
    if (p_valid_i) hdr_mem_q[hdr_wptr_q] <= {p_hdr_off_i, p_hdr_valid_i};
    if (held_q != '0) begin
      ctx_q <= ctx_mem_q[rptr_d];
      hdr_q <= hdr_mem_q[rptr_d];
    end
  end

  // ---- what becomes of the frame ----
  logic [7:0]                      meta_verdict, meta_reason, meta_out_port;
  logic [rmt_pkg::VerdictBits-1:0] verdict;
  logic [7:0]                      reason, out_port;

  assign meta_verdict = m_phv_i.c8[rmt_pkg::MetaVerdict];
  assign meta_reason = m_phv_i.c8[rmt_pkg::MetaReason];
  assign meta_out_port = m_phv_i.c8[rmt_pkg::MetaOutPort];

  always_comb begin
    if (m_exc_valid_i) begin
      verdict = m_exc_verdict_i;
      reason = m_exc_reason_i;
    end else if (meta_verdict == 8'(rmt_pkg::VerdictForward)) begin
      verdict = rmt_pkg::VerdictForward;
      reason = '0;
    end else if ((meta_verdict == 8'(rmt_pkg::VerdictDrop)) ||
                 (meta_verdict == 8'(rmt_pkg::VerdictSlow))) begin
      verdict = meta_verdict[rmt_pkg::VerdictBits-1:0];
      reason = meta_reason;
    end else begin
      verdict = rmt_pkg::VerdictDrop;
      reason = 8'(rmt_pkg::ReasonNoRoute);
    end
    case (verdict)
      rmt_pkg::VerdictForward: out_port = meta_out_port;
      rmt_pkg::VerdictSlow:    out_port = 8'(common_pkg::PortIdCpu);
      default:                 out_port = '0;
    endcase
  end

  // ---- write-back steps ----
  // A frame's way through the steps; fate is rmt_tm_pkg::side_t.
  typedef struct packed {
    logic                            whole;
    logic                            err;
    logic [31:0]                     tag;
    logic [common_pkg::PortIdBits-1:0] port;
    logic [7:0]                      pop;        // MetaPop
    logic [SideBits-1:0]             fate;
  } way_t;
  localparam int unsigned WayBits = 1 + 1 + 32 + common_pkg::PortIdBits + 8 + SideBits;

  localparam int unsigned OffBits = rmt_pkg::NumHeaders * PosBits;
  localparam int unsigned SumBits = Units * DeltaBits;

  // Element k goes into step k, element Steps comes out of the last one.
  logic [Steps:0]                  s_valid;
  logic [(Steps+1)*WayBits-1:0]   s_side;
  logic [(Steps+1)*WinBits-1:0]    s_window;
  logic [(Steps+1)*PosBits-1:0]    s_len;
  logic [(Steps+1)*rmt_pkg::NumHeaders-1:0] s_hdr_valid;
  logic [(Steps+1)*OffBits-1:0]    s_hdr_off;
  logic [(Steps+1)*rmt_pkg::PhvBits-1:0] s_phv;
  logic [(Steps+1)*rmt_pkg::NumContainers-1:0] s_dirty;
  logic [(Steps+1)*SumBits-1:0]    s_delta;
  way_t                            side_in;

  logic [2:0]                      passes;

  always_comb begin
    {passes, side_in.port, side_in.tag, side_in.err, side_in.whole} = ctx_q[CtxBits-1:WinBits+PosBits];
    // A frame that took an exception leaves as it came.
    side_in.pop = m_exc_valid_i ? '0 : m_phv_i.c8[rmt_pkg::MetaPop];
    // In the order of rmt_tm_pkg::side_t.
    side_in.fate = {verdict, reason, out_port,
                    m_phv_i.c8[rmt_pkg::MetaQueue][rmt_tm_pkg::QueueBits-1:0],
                    m_exc_valid_i ? 8'd0 : m_phv_i.c8[rmt_pkg::MetaEdit],
                    m_phv_i.c16[rmt_pkg::MetaGroup][rmt_tm_pkg::GroupLog-1:0],
                    m_phv_i.c16[rmt_pkg::MetaEntropy][13:0],
                    m_phv_i.c32[rmt_pkg::MetaRecirc], passes,
                    m_stage_hit_i, m_stage_action_i, m_epoch_i};
  end

  assign s_valid[0] = m_valid_i;
  assign s_side[WayBits-1:0] = side_in;
  assign s_window[WinBits-1:0] = ctx_q[WinBits-1:0];
  assign s_len[PosBits-1:0] = ctx_q[WinBits +: PosBits];
  assign {s_hdr_off[OffBits-1:0], s_hdr_valid[rmt_pkg::NumHeaders-1:0]} = hdr_q;
  assign s_phv[rmt_pkg::PhvBits-1:0] = m_phv_i;
  assign s_dirty[rmt_pkg::NumContainers-1:0] = m_exc_valid_i ? '0 : m_dirty_i;
  assign s_delta[SumBits-1:0] = '0;

  for (genvar k = 0; k < Steps; k++) begin : g_step
    logic [SlotsPerStep*SlotBits-1:0] rows;
    logic                             bank;
    assign bank = s_side[k*WayBits];           // bit 0 of the epoch, the last field of all
    always_comb begin
      rows = '0;
      if (s_valid[k]) begin
        for (int unsigned i = 0; i < SlotsPerStep; i++) begin
          rows[i*SlotBits +: SlotBits] = slot_q[{bank, SlotLog'(k*SlotsPerStep + i)}];
          rows[i*SlotBits] = slot_en_q[{bank, SlotLog'(k*SlotsPerStep + i)}];
        end
      end
    end

    rmt_deparser_step #(
      .NumSlots(SlotsPerStep),
      .SideBits(WayBits)
    ) u_step (
      .clk_i,
      .rst_ni,
      .valid_i    (s_valid[k]),
      .side_i     (s_side[k*WayBits +: WayBits]),
      .window_i   (s_window[k*WinBits +: WinBits]),
      .len_i      (s_len[k*PosBits +: PosBits]),
      .hdr_valid_i(s_hdr_valid[k*rmt_pkg::NumHeaders +: rmt_pkg::NumHeaders]),
      .hdr_off_i  (s_hdr_off[k*OffBits +: OffBits]),
      .phv_i      (s_phv[k*rmt_pkg::PhvBits +: rmt_pkg::PhvBits]),
      .dirty_i    (s_dirty[k*rmt_pkg::NumContainers +: rmt_pkg::NumContainers]),
      .delta_i    (s_delta[k*SumBits +: SumBits]),
      .slots_i    (rows),
      .valid_o    (s_valid[k+1]),
      .side_o     (s_side[(k+1)*WayBits +: WayBits]),
      .window_o   (s_window[(k+1)*WinBits +: WinBits]),
      .len_o      (s_len[(k+1)*PosBits +: PosBits]),
      .hdr_valid_o(s_hdr_valid[(k+1)*rmt_pkg::NumHeaders +: rmt_pkg::NumHeaders]),
      .hdr_off_o  (s_hdr_off[(k+1)*OffBits +: OffBits]),
      .phv_o      (s_phv[(k+1)*rmt_pkg::PhvBits +: rmt_pkg::PhvBits]),
      .dirty_o    (s_dirty[(k+1)*rmt_pkg::NumContainers +: rmt_pkg::NumContainers]),
      .delta_o    (s_delta[(k+1)*SumBits +: SumBits])
    );
  end

  // ---- checksums, then the bytes to remove, then the queue of windows to send ----
  logic                done;                   // a frame comes out of the last step
  logic                done_bank;
  logic [Units*CsumBits-1:0] csum_rows;
  logic [WinBits-1:0]  done_window;

  assign done = s_valid[Steps];
  assign done_bank = s_side[Steps*WayBits];

  always_comb begin
    csum_rows = '0;
    if (done) begin
      for (int unsigned i = 0; i < Units; i++) begin
        csum_rows[i*CsumBits +: CsumBits] = csum_q[{done_bank, UnitLog'(i)}];
        csum_rows[i*CsumBits] = csum_en_q[{done_bank, UnitLog'(i)}];
      end
    end
  end

  rmt_deparser_csum #(.DeltaBits(DeltaBits)) u_csum (
    .valid_i    (done),
    .window_i   (s_window[Steps*WinBits +: WinBits]),
    .len_i      (s_len[Steps*PosBits +: PosBits]),
    .hdr_valid_i(s_hdr_valid[Steps*rmt_pkg::NumHeaders +: rmt_pkg::NumHeaders]),
    .hdr_off_i  (s_hdr_off[Steps*OffBits +: OffBits]),
    .delta_i    (s_delta[Steps*SumBits +: SumBits]),
    .rows_i     (csum_rows),
    .window_o   (done_window)
  );

  // PHV and dirty bits have done their work after the last step.
  logic unused_last;
  assign unused_last = ^{s_phv[Steps*rmt_pkg::PhvBits +: rmt_pkg::PhvBits],
                         s_dirty[Steps*rmt_pkg::NumContainers +: rmt_pkg::NumContainers]};

  // Where the bytes to remove begin, and how many.
  way_t                done_way;
  logic [PopBits-1:0]  pop_row;
  logic                pop_act;
  logic [PosBits-1:0]  pop_from, pop_count;

  assign done_way = s_side[Steps*WayBits +: WayBits];
  always_comb begin
    pop_row = '0;
    if (done && done_way.pop != '0 && done_way.pop <= 8'(rmt_pkg::NumPops)) begin
      pop_row = pop_q[{done_bank, PopLog'(done_way.pop - 8'd1)}];
      pop_row[0] = pop_en_q[{done_bank, PopLog'(done_way.pop - 8'd1)}];
    end
  end

  rmt_deparser_pop u_pop (
    .len_i      (s_len[Steps*PosBits +: PosBits]),
    .hdr_valid_i(s_hdr_valid[Steps*rmt_pkg::NumHeaders +: rmt_pkg::NumHeaders]),
    .hdr_off_i  (s_hdr_off[Steps*OffBits +: OffBits]),
    .row_i      (pop_row),
    .act_o      (pop_act),
    .from_o     (pop_from),
    .count_o    (pop_count)
  );

  // A cycle between the checksums and the queue, in which the window closes up.
  logic                c_valid_q, c_act_q;
  logic [WinBits-1:0]  c_window_q, c_window;
  logic [PosBits-1:0]  c_len_q, c_from_q, c_count_q;
  logic [WayBits-1:0]  c_way_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) c_valid_q <= 1'b0;
    else c_valid_q <= done;
  end
  always_ff @(posedge clk_i) begin
    if (done) begin
      c_window_q <= done_window;
      c_len_q    <= s_len[Steps*PosBits +: PosBits];
      c_way_q    <= done_way;
      c_act_q    <= pop_act;
      c_from_q   <= pop_from;
      c_count_q  <= pop_count;
    end
  end

  always_comb begin
    c_window = c_window_q;
    if (c_valid_q && c_act_q) begin
      c_window = (c_window_q & ~({WinBits{1'b1}} << {c_from_q, 3'b000})) |
                 (((c_window_q >> {c_count_q, 3'b000}) >> {c_from_q, 3'b000})
                  << {c_from_q, 3'b000});
    end
  end

  localparam int unsigned OutBits = WayBits + PosBits;
  logic [WinBits-1:0]  out_win_q [OutDepth];
  logic [OutBits-1:0]  out_ctl_q [OutDepth];
  logic [OutLog-1:0]   out_wptr_q, out_rptr_q;
  logic [OutLog:0]     out_level_q;
  logic                out_pop;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      out_wptr_q <= '0;
      out_rptr_q <= '0;
      out_level_q <= '0;
    end else begin
      if (c_valid_q) out_wptr_q <= out_wptr_q + 1'b1;
      if (out_pop) out_rptr_q <= out_rptr_q + 1'b1;
      out_level_q <= out_level_q + (OutLog + 1)'(c_valid_q) - (OutLog + 1)'(out_pop);
    end
  end

  always_ff @(posedge clk_i) begin
    if (c_valid_q) begin
      out_win_q[out_wptr_q] <= c_window;
      out_ctl_q[out_wptr_q] <= {c_len_q - (c_act_q ? c_count_q : '0), c_way_q};
    end
  end

  // ---- send: window beats, then the body ----
  // Where bytes were removed from a frame that goes on behind the window, the window's last bytes
  // wait in carry_q for the first ones of a body beat. In such a frame every beat is put together.
  // verilator lint_off UNUSEDSIGNAL
  way_t                head;                   // pop has done its work
  // verilator lint_on UNUSEDSIGNAL
  logic [PosBits-1:0]  head_len, left;         // bytes of the window not sent before this cycle
  logic                send_window, window_end, emit_window;
  logic                body_q;                 // the frame under way has only body beats left
  logic                flush_q;                // ... or only what waits
  logic [WBeatLog-1:0] beat_q;
  logic [6:0]          keep_q, keep_d;         // bytes that wait, 0..63
  logic [BeatBits-1:0] carry_q, piece, after;
  logic [2*BeatBits-1:0] joined;
  logic [7:0]          total;
  logic                emit, eop, err, o_valid_q, o_sop_q, o_eop_q, o_err_q, open_q;
  logic                body_err_q;
  logic [BeatBits-1:0] data, o_data_q;
  logic [6:0]          nbytes, o_nbytes_q;
  logic [31:0]         o_tag_q;
  logic [common_pkg::PortIdBits-1:0] o_port_q;
  logic [SideBits-1:0] o_side_q;

  assign send_window = !body_q && !flush_q && (out_level_q != '0);
  assign b_pop_o     = body_q && b_valid_i;
  assign out_pop     = send_window && window_end;

  always_comb begin
    {head_len, head} = out_ctl_q[out_rptr_q];
    left        = head_len - {1'b0, beat_q, {BeatLog{1'b0}}};
    piece       = '0;
    after       = '0;
    window_end  = 1'b0;
    emit_window = 1'b0;
    joined      = '0;
    total       = '0;
    emit        = 1'b0;
    eop         = 1'b0;
    err         = 1'b0;
    keep_d      = '0;
    if (send_window) begin
      piece = out_win_q[out_rptr_q][{beat_q, {(BeatLog + 3){1'b0}}} +: BeatBits];
      if (head.whole) begin
        window_end  = left <= PosBits'(common_pkg::BeatBytes);
        emit_window = 1'b1;
      end else begin
        // The window ends with its last full beat; what is behind that waits.
        window_end  = left < PosBits'(2 * common_pkg::BeatBytes);
        emit_window = left >= PosBits'(common_pkg::BeatBytes);
        if (emit_window && beat_q != '1) begin
          after = out_win_q[out_rptr_q][{beat_q + 1'b1, {(BeatLog + 3){1'b0}}} +: BeatBits];
        end
      end
      joined[BeatBits-1:0] = piece;
      emit   = emit_window;
      eop    = window_end && head.whole;
      err    = head.err;
      total  = (window_end && head.whole) ? 8'(left) : 8'(common_pkg::BeatBytes);
      if (window_end && !head.whole) begin
        keep_d = left[BeatLog-1:0] == '0 ? '0 : {1'b0, left[BeatLog-1:0]};
      end
      if (!emit_window) after = piece;
    end else if (b_pop_o) begin
      joined = (2*BeatBits)'(b_data_i);
      if (b_eop_i && b_nbytes_i != 7'(common_pkg::BeatBytes)) begin
        joined = joined & ~({(2*BeatBits){1'b1}} << {b_nbytes_i, 3'b000});
      end
      if (keep_q != '0) joined = (2*BeatBits)'(carry_q) | (joined << {keep_q, 3'b000});
      total  = {1'b0, keep_q} + {1'b0, b_nbytes_i};
      emit   = 1'b1;
      eop    = b_eop_i && total <= 8'(common_pkg::BeatBytes);
      err    = b_err_i;
      keep_d = b_eop_i ? (eop ? '0 : 7'(total - 8'(common_pkg::BeatBytes))) : keep_q;
      after  = joined[2*BeatBits-1:BeatBits];
    end else if (flush_q) begin
      joined = (2*BeatBits)'(carry_q);
      total  = {1'b0, keep_q};
      emit   = 1'b1;
      eop    = 1'b1;
      err    = body_err_q;
    end
    data   = joined[BeatBits-1:0];
    nbytes = (total > 8'(common_pkg::BeatBytes)) ? 7'(common_pkg::BeatBytes) : total[6:0];
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      o_valid_q <= 1'b0;
      body_q <= 1'b0;
      flush_q <= 1'b0;
      open_q <= 1'b0;
      beat_q <= '0;
    end else begin
      o_valid_q <= emit;
      if (emit) open_q <= !eop;
      flush_q <= b_pop_o && b_eop_i && !eop;
      if (send_window) begin
        beat_q <= window_end ? '0 : beat_q + 1'b1;
        body_q <= window_end && !head.whole;
      end else if (b_pop_o) begin
        body_q <= !b_eop_i;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (emit) begin
      o_data_q <= data;
      o_nbytes_q <= nbytes;
      o_sop_q <= !open_q;
      o_eop_q <= eop;
      o_err_q <= eop && err;
    end
    if (send_window) begin
      o_tag_q <= head.tag;
      o_port_q <= head.port;
      o_side_q <= head.fate;
    end
    if ((send_window && window_end) || b_pop_o) begin
      keep_q <= keep_d;
      body_err_q <= b_err_i;
    end
    if (keep_d != '0) carry_q <= after;
  end

  assign o_valid_o = o_valid_q;
  // In the order of pkt_beat_t; by member the port would need an enum cast.
  assign o_beat_o = {o_tag_q, o_port_q, o_err_q, o_eop_q, o_sop_q, o_nbytes_q, o_data_q};
  assign o_side_o = o_side_q;
  assign busy_o = (held_q != '0) || (s_valid[Steps:1] != '0) || c_valid_q || (out_level_q != '0) ||
                  body_q || flush_q || o_valid_q;

endmodule
