// SPDX-License-Identifier: Apache-2.0
//
// One match-action stage: key crossbar, mask, gateway and hash; exact-match read; compare; action
// read; one ALU a container. Five cycles, never stalls, one frame a cycle. See docs/uarch/rmt.md.

module rmt_stage #(
  parameter int unsigned Stage = 0,  // < NumStages; picks the table ids and the report bits
  localparam int unsigned IndexBits = $clog2(rmt_pkg::ExactWays * rmt_pkg::ExactRows)
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,

  output logic                            init_done_o,  // both RAMs are swept

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
  input  logic                            t_bank_i,
  input  logic [IndexBits-1:0]            t_index_i,
  input  logic [rmt_pkg::ActionInstrBits-1:0] tw_data_i,  // row image from bit 0
  output logic                            tr_valid_o,   // one of this stage's tables
  output logic [rmt_pkg::ActionInstrBits-1:0] tr_data_o   // 0 past the row's end
);

  localparam int unsigned RowBits    = $clog2(rmt_pkg::ExactRows);
  localparam int unsigned WayBits    = $clog2(rmt_pkg::ExactWays);
  localparam int unsigned ActBits    = $clog2(rmt_pkg::NumActions);
  localparam int unsigned ExactDepth = rmt_pkg::NumBanks * rmt_pkg::ExactRows;
  localparam int unsigned ActDepth   = rmt_pkg::NumBanks * rmt_pkg::NumActions;
  localparam int unsigned SweepBits  = RowBits + 2;  // counts to ExactDepth, ActDepth is smaller
  localparam int unsigned KeyBits    = rmt_pkg::KeyBits;
  localparam int unsigned ParamBits  = 32 * rmt_pkg::ParamWords;
  localparam int unsigned MatchCycles = rmt_pkg::StageCycles - 1;

  localparam logic [7:0] KeyTable =
      8'(rmt_pkg::StageTableBase + Stage * rmt_pkg::StageTableStride);
  localparam logic [7:0] TableMask  = 8'(rmt_pkg::StageTableStride - 1);
  localparam logic [7:0] KeyOff     = rmt_pkg::TableIdStage0Key & TableMask;
  localparam logic [7:0] ExactOff   = rmt_pkg::TableIdStage0Exact & TableMask;
  localparam logic [7:0] ActionOff  = rmt_pkg::TableIdStage0Action & TableMask;
  localparam logic [7:0] DefaultOff = rmt_pkg::TableIdStage0Default & TableMask;

  // ---------------------------------------------------------------- tables
  logic [rmt_pkg::KeyCfgBits-1:0]        key_cfg_q [rmt_pkg::NumBanks];
  logic [rmt_pkg::DefaultActionBits-1:0] default_q [rmt_pkg::NumBanks];

  logic [SweepBits-1:0] sweep_q;
  logic                 sweeping;
  assign sweeping    = !sweep_q[SweepBits-1];
  assign init_done_o = !sweeping;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      sweep_q <= '0;
    end else if (sweeping) begin
      sweep_q <= sweep_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned b = 0; b < rmt_pkg::NumBanks; b++) begin
        key_cfg_q[b] <= '0;
        default_q[b] <= '0;
      end
    end else if (tw_valid_i) begin
      if (t_table_i == KeyTable) begin
        key_cfg_q[t_bank_i] <= tw_data_i[rmt_pkg::KeyCfgBits-1:0];
      end
      if (t_table_i == KeyTable + DefaultOff) begin
        default_q[t_bank_i] <= tw_data_i[rmt_pkg::DefaultActionBits-1:0];
      end
    end
  end

  // ---------------------------------------------------------------- 1: key, gateway, hash
  rmt_pkg::key_cfg_t  cfg;
  logic               run_d;
  logic [KeyBits-1:0] key_d;
  logic [31:0]        crc_d;

  assign cfg   = key_cfg_q[epoch_i[0]];
  assign run_d = cfg.en & (((hdr_valid_i ^ cfg.gw_value) & cfg.gw_mask) == '0);

  always_comb begin
    for (int unsigned i = 0; i < rmt_pkg::KeySel32; i++) begin
      key_d[32 * i +: 32] = phv_i.c32[cfg.sel32[i]];
    end
    for (int unsigned i = 0; i < rmt_pkg::KeySel16; i++) begin
      key_d[32 * rmt_pkg::KeySel32 + 16 * i +: 16] = phv_i.c16[cfg.sel16[i]];
    end
    for (int unsigned i = 0; i < rmt_pkg::KeySel8; i++) begin
      key_d[32 * rmt_pkg::KeySel32 + 16 * rmt_pkg::KeySel16 + 8 * i +: 8] = phv_i.c8[cfg.sel8[i]];
    end
    key_d = key_d & cfg.mask;
  end

  crc32c #(
    .Width(KeyBits)
  ) u_hash (
    .data_i(key_d),
    .crc_o (crc_d)
  );

  logic [MatchCycles:1] valid_q;  // [n]: a frame has passed step n
  logic [MatchCycles-1:1] run_q;  // its gateway held
  logic [MatchCycles-1:1] bank_q;
  logic [KeyBits-1:0]   key1_q, key2_q;
  logic [31:0]          crc_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
      run_q   <= '0;
    end else begin
      valid_q <= {valid_q[MatchCycles-1:1], valid_i};
      run_q   <= {run_q[MatchCycles-2:1], valid_i & run_d};
    end
  end

  always_ff @(posedge clk_i) begin
    bank_q <= {bank_q[MatchCycles-2:1], epoch_i[0]};
    if (valid_i) begin
      key1_q <= key_d;
      crc_q  <= crc_d;
    end
    if (run_q[1]) begin
      key2_q <= key1_q;
    end
  end

  // The frame's state waits in a ring of MatchCycles slots instead of moving through registers:
  // a slot is read in the cycle at whose end it is written again.
  logic [1:0]                      slot_q;
  rmt_pkg::phv_t                   phv_mem    [MatchCycles];
  logic [rmt_pkg::NumHeaders-1:0]  hdr_mem    [MatchCycles];
  logic [10:0]                     exc_mem    [MatchCycles];
  logic [7:0]                      epoch_mem  [MatchCycles];
  logic [rmt_pkg::NumContainers-1:0] dirty_mem [MatchCycles];
  logic [7:0]                      hit_mem    [MatchCycles];
  logic [63:0]                     action_mem [MatchCycles];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      slot_q <= '0;
    end else if (valid_i | (|valid_q)) begin
      slot_q <= slot_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      phv_mem[slot_q]    <= phv_i;
      hdr_mem[slot_q]    <= hdr_valid_i;
      exc_mem[slot_q]    <= exc_i;
      epoch_mem[slot_q]  <= epoch_i;
      dirty_mem[slot_q]  <= dirty_i;
      hit_mem[slot_q]    <= hit_i;
      action_mem[slot_q] <= action_i;
    end
  end

  // ---------------------------------------------------------------- 2: exact-match read
  logic [rmt_pkg::ExactEntryBits-1:0] way_row   [rmt_pkg::ExactWays];
  logic [rmt_pkg::ExactEntryBits-1:0] way_tdata [rmt_pkg::ExactWays];
  logic                               exact_sel;
  logic [RowBits:0]                   exact_taddr;

  assign exact_sel   = t_table_i == KeyTable + ExactOff;
  assign exact_taddr = sweeping ? sweep_q[RowBits:0] : {t_bank_i, t_index_i[RowBits-1:0]};

  for (genvar w = 0; w < rmt_pkg::ExactWays; w++) begin : gen_way
    logic here;
    assign here = exact_sel & (t_index_i[RowBits +: WayBits] == WayBits'(w));
    rmt_ram #(
      .Width(rmt_pkg::ExactEntryBits),
      .Depth(ExactDepth)
    ) u_ram (
      .clk_i,
      .a_en_i   (run_q[1]),
      .a_addr_i ({bank_q[1], crc_q[8 * w +: RowBits]}),
      .a_rdata_o(way_row[w]),
      .b_we_i   (sweeping | (tw_valid_i & here)),
      .b_re_i   (tr_valid_i & here),
      .b_addr_i (exact_taddr),
      .b_wdata_i(sweeping ? '0 : tw_data_i[rmt_pkg::ExactEntryBits-1:0]),
      .b_rdata_o(way_tdata[w])
    );
  end

  // ---------------------------------------------------------------- 3: compare, select
  rmt_pkg::default_action_t dflt;
  rmt_pkg::exact_entry_t    entry;
  logic                     match_hit, act_run_d;
  logic [ActBits-1:0]       act_d;
  logic [ParamBits-1:0]     params_d;

  assign dflt = default_q[bank_q[2]];

  always_comb begin
    match_hit = 1'b0;
    act_run_d = dflt.en;
    act_d     = dflt.action;
    params_d  = dflt.params;
    entry     = '0;
    for (int unsigned w = 0; w < rmt_pkg::ExactWays; w++) begin
      entry = way_row[w];
      if (!match_hit && entry.valid && entry.key == key2_q) begin
        match_hit = 1'b1;
        act_run_d = 1'b1;
        act_d     = entry.action;
        params_d  = entry.params;
      end
    end
  end

  logic                 hit3_q, hit4_q;
  logic                 act3_run_q, act4_run_q;
  logic [ActBits-1:0]   act3_q, act4_q;
  logic [ParamBits-1:0] params3_q, params4_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      hit3_q     <= 1'b0;
      act3_run_q <= 1'b0;
      hit4_q     <= 1'b0;
      act4_run_q <= 1'b0;
    end else begin
      hit3_q     <= run_q[2] & match_hit;
      act3_run_q <= run_q[2] & act_run_d;
      hit4_q     <= hit3_q;
      act4_run_q <= act3_run_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (run_q[2]) begin
      act3_q    <= act_d;
      params3_q <= params_d;
    end
    if (act3_run_q) begin
      act4_q    <= act3_q;
      params4_q <= params3_q;
    end
  end

  assign cnt_hit_o  = run_q[3] & hit3_q;
  assign cnt_miss_o = run_q[3] & !hit3_q;

  // ---------------------------------------------------------------- 4: action read
  logic [rmt_pkg::ActionInstrBits-1:0] instr_row, act_tdata;
  rmt_pkg::action_instr_t              instr;
  logic                                act_sel;
  logic [ActBits:0]                    act_taddr;

  assign act_sel   = t_table_i == KeyTable + ActionOff;
  assign act_taddr = sweeping ? sweep_q[ActBits:0] : {t_bank_i, t_index_i[ActBits-1:0]};

  rmt_ram #(
    .Width(rmt_pkg::ActionInstrBits),
    .Depth(ActDepth)
  ) u_action_ram (
    .clk_i,
    .a_en_i   (act3_run_q),
    .a_addr_i ({bank_q[3], act3_q}),
    .a_rdata_o(instr_row),
    .b_we_i   (sweeping | (tw_valid_i & act_sel)),
    .b_re_i   (tr_valid_i & act_sel),
    .b_addr_i (act_taddr),
    .b_wdata_i(sweeping ? '0 : tw_data_i),
    .b_rdata_o(act_tdata)
  );
  assign instr = instr_row;

  // ---------------------------------------------------------------- 5: ALUs
  rmt_pkg::phv_t                       old, phv_d;
  logic [rmt_pkg::NumContainers-1:0]   wrote;

  assign old = phv_mem[slot_q];

  rmt_alus u_alus (
    .run_i   (act4_run_q),
    .instr_i (instr),
    .params_i(params4_q),
    .phv_i   (old),
    .phv_o   (phv_d),
    .wrote_o (wrote)
  );

  logic [63:0] action_d;
  logic [7:0]  hit_d;
  always_comb begin
    action_d = action_mem[slot_q];
    hit_d    = hit_mem[slot_q];
    action_d[8 * Stage +: 8] = act4_run_q ? 8'(act4_q) + 8'd1 : 8'd0;
    hit_d[Stage]             = hit4_q;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_o <= 1'b0;
    end else begin
      valid_o <= valid_q[MatchCycles];
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_q[MatchCycles]) begin
      phv_o       <= phv_d;
      hdr_valid_o <= hdr_mem[slot_q];
      exc_o       <= exc_mem[slot_q];
      epoch_o     <= epoch_mem[slot_q];
      dirty_o     <= dirty_mem[slot_q] | wrote;
      hit_o       <= hit_d;
      action_o    <= action_d;
    end
  end

  // ---------------------------------------------------------------- table read-back
  logic               tr_q;
  logic [WayBits-1:0] t_way;
  assign t_way = t_index_i[RowBits +: WayBits];

  // t_index_i and t_bank_i stay put until the answer.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      tr_q       <= 1'b0;
      tr_valid_o <= 1'b0;
    end else begin
      tr_q       <= tr_valid_i & ((t_table_i & ~TableMask) == KeyTable);
      tr_valid_o <= tr_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (tr_q) begin
      case (t_table_i & TableMask)
        KeyOff:     tr_data_o <= rmt_pkg::ActionInstrBits'(key_cfg_q[t_bank_i]);
        ExactOff:   tr_data_o <= rmt_pkg::ActionInstrBits'(way_tdata[t_way]);
        ActionOff:  tr_data_o <= act_tdata;
        DefaultOff: tr_data_o <= rmt_pkg::ActionInstrBits'(default_q[t_bank_i]);
        default:    tr_data_o <= '0;
      endcase
    end
  end

endmodule
