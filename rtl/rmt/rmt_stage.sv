// SPDX-License-Identifier: Apache-2.0
//
// One match-action stage: key crossbar, gateways and hash; ternary, exact and longest-prefix lookup;
// action read; one ALU a container, counter, meter and register. Five cycles, never stalls, one
// frame a cycle. See docs/uarch/rmt-stage.md.

module rmt_stage #(
  // Sizes of what is compared side by side; smaller ones serve netlist mutation.
  parameter int unsigned TernaryRows = rmt_pkg::TernaryRows,
  parameter int unsigned LpmPivots   = rmt_pkg::LpmPivots,
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
  localparam int unsigned ActBits    = $clog2(rmt_pkg::NumActions);
  localparam int unsigned TernBits   = $clog2(TernaryRows);
  localparam int unsigned EntryBits  = $clog2(LpmPivots * rmt_pkg::LpmSlots);
  localparam int unsigned PivotBits  = $clog2(LpmPivots);
  localparam int unsigned CountBits  = $clog2(rmt_pkg::CounterRows);
  localparam int unsigned MeterBits  = $clog2(rmt_pkg::MeterRows);
  localparam int unsigned RegBits    = $clog2(rmt_pkg::RegisterRows);
  localparam int unsigned SweepBits  = IndexBits + 1;  // no table is deeper than 2^IndexBits
  localparam int unsigned KeyBits    = rmt_pkg::KeyBits;
  localparam int unsigned ParamBits  = 32 * rmt_pkg::ParamWords;
  localparam int unsigned RowBits    = rmt_pkg::ActionInstrBits;  // of the longest row
  localparam int unsigned Kinds      = 3;  // ternary, exact, LPM: order of key_cfg's gateways
  localparam int unsigned Ternary    = 0;
  localparam int unsigned Exact      = 1;
  localparam int unsigned Lpm        = 2;
  localparam int unsigned MatchCycles = rmt_pkg::StageCycles - 1;

  localparam int unsigned OffBits = $clog2(rmt_pkg::StageTableStride);
  localparam logic [7-OffBits:0] FirstStage = (8-OffBits)'(rmt_pkg::StageTableBase >> OffBits);
  localparam logic [OffBits-1:0] KeyOff        = OffBits'(rmt_pkg::TableIdStage0Key);
  localparam logic [OffBits-1:0] ExactOff      = OffBits'(rmt_pkg::TableIdStage0Exact);
  localparam logic [OffBits-1:0] ActionOff     = OffBits'(rmt_pkg::TableIdStage0Action);
  localparam logic [OffBits-1:0] DefaultOff    = OffBits'(rmt_pkg::TableIdStage0Default);
  localparam logic [OffBits-1:0] TernaryOff    = OffBits'(rmt_pkg::TableIdStage0Ternary);
  localparam logic [OffBits-1:0] LpmPivotOff   = OffBits'(rmt_pkg::TableIdStage0LpmPivot);
  localparam logic [OffBits-1:0] LpmEntryOff   = OffBits'(rmt_pkg::TableIdStage0LpmEntry);
  localparam logic [OffBits-1:0] SideOff       = OffBits'(rmt_pkg::TableIdStage0Side);
  localparam logic [OffBits-1:0] StateOff      = OffBits'(rmt_pkg::TableIdStage0State);
  localparam logic [OffBits-1:0] MeterOff      = OffBits'(rmt_pkg::TableIdStage0Meter);
  localparam logic [OffBits-1:0] CounterOff    = OffBits'(rmt_pkg::TableIdStage0Counter);
  localparam logic [OffBits-1:0] MeterStateOff = OffBits'(rmt_pkg::TableIdStage0MeterState);
  localparam logic [OffBits-1:0] RegisterOff   = OffBits'(rmt_pkg::TableIdStage0Register);

  // ---------------------------------------------------------------- tables
  logic [OffBits-1:0] t_off;
  logic               t_mine, t_write, t_read;
  assign t_off   = t_table_i[OffBits-1:0];
  assign t_mine  = t_table_i[7:OffBits] == FirstStage + (8-OffBits)'(stage_i);
  assign t_write = tw_valid_i & t_mine;
  assign t_read  = tr_valid_i & t_mine;

  // After reset every RAM is cleared, row n of all of them in cycle n.
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

  logic [IndexBits-1:0] t_row;   // in range of the table asked for
  logic                 t_bank;  // {bank, row} of a table of n bits: bank at bit n when swept
  assign t_row  = sweeping ? sweep_q[IndexBits-1:0] : t_index_i;
  assign t_bank = t_bank_i;

  logic [rmt_pkg::KeyCfgBits-1:0]        key_cfg_q   [rmt_pkg::NumBanks];
  logic [rmt_pkg::DefaultActionBits-1:0] default_q   [rmt_pkg::NumBanks];
  logic [rmt_pkg::StateCfgBits-1:0]      state_cfg_q [rmt_pkg::NumBanks];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned b = 0; b < rmt_pkg::NumBanks; b++) begin
        key_cfg_q[b]   <= '0;
        default_q[b]   <= '0;
        state_cfg_q[b] <= '0;
      end
    end else if (t_write) begin
      if (t_off == KeyOff) begin
        key_cfg_q[t_bank_i] <= tw_data_i[rmt_pkg::KeyCfgBits-1:0];
      end
      if (t_off == DefaultOff) begin
        default_q[t_bank_i] <= tw_data_i[rmt_pkg::DefaultActionBits-1:0];
      end
      if (t_off == StateOff) begin
        state_cfg_q[t_bank_i] <= tw_data_i[rmt_pkg::StateCfgBits-1:0];
      end
    end
  end

  // ---------------------------------------------------------------- 1: key, gateways, hash
  rmt_pkg::key_cfg_t  cfg;
  logic [Kinds-1:0]   run_d;
  logic [KeyBits-1:0] key_d, masked_d;
  logic [31:0]        crc_d;

  assign cfg = key_cfg_q[epoch_i[0]];

  always_comb begin
    for (int unsigned k = 0; k < Kinds; k++) begin
      run_d[k] = valid_i & cfg.en[k] &
                 (((hdr_valid_i ^ cfg.gw_value[k]) & cfg.gw_mask[k]) == '0);
    end
  end

  always_comb begin
    key_d = '0;
    if (run_d != '0) begin
      for (int unsigned n = 0; n < rmt_pkg::KeySel32; n++) begin
        key_d[32 * n +: 32] = phv_i.c32[cfg.sel32[n]];
      end
      for (int unsigned n = 0; n < rmt_pkg::KeySel16; n++) begin
        key_d[32 * rmt_pkg::KeySel32 + 16 * n +: 16] = phv_i.c16[cfg.sel16[n]];
      end
      for (int unsigned n = 0; n < rmt_pkg::KeySel8; n++) begin
        key_d[32 * rmt_pkg::KeySel32 + 16 * rmt_pkg::KeySel16 + 8 * n +: 8] =
            phv_i.c8[cfg.sel8[n]];
      end
    end
  end

  assign masked_d = key_d & cfg.mask;

  crc32c #(
    .Width(KeyBits)
  ) u_hash (
    .data_i(masked_d),
    .crc_o (crc_d)
  );

  logic [MatchCycles:1]   valid_q;  // [n]: a frame has passed step n
  logic [Kinds-1:0]       run1_q;   // by kind: a lookup after step 1
  logic [MatchCycles-1:1] run_q;    // any lookup
  logic [MatchCycles-1:1] bank_q;
  logic [KeyBits-1:0]     key1_q;   // not masked, for ternary and LPM
  logic [KeyBits-1:0]     masked1_q;
  logic [31:0]            crc1_q, crc2_q, crc3_q, crc4_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
      run1_q  <= '0;
      run_q   <= '0;
    end else begin
      valid_q <= {valid_q[MatchCycles-1:1], valid_i};
      run1_q  <= run_d;
      run_q   <= {run_q[MatchCycles-2:1], |run_d};
    end
  end

  always_ff @(posedge clk_i) begin
    bank_q <= {bank_q[MatchCycles-2:1], epoch_i[0]};
    if (run_d != '0) begin
      key1_q <= key_d;
      crc1_q <= crc_d;
    end
    if (run_d[Exact]) begin
      masked1_q <= masked_d;
    end
    if (run_q[1]) begin
      crc2_q <= crc1_q;
    end
    if (run_q[2]) begin
      crc3_q <= crc2_q;
    end
    if (run_q[3]) begin
      crc4_q <= crc3_q;
    end
  end

  // The frame's state waits in a ring of MatchCycles slots instead of moving through registers:
  // a slot is read in the cycle at whose end it is written again.
  logic [1:0]                      slot_q;
  logic [rmt_pkg::PhvBits-1:0]     phv_mem    [MatchCycles];
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

  // ---------------------------------------------------------------- 2, 3: lookup
  logic                 t_hit, e_hit, l_hit;
  logic [ActBits-1:0]   t_act, e_act, l_act;
  logic [ParamBits-1:0] t_params, e_params, l_params;
  logic [rmt_pkg::TernaryEntryBits-1:0] tern_tdata;
  logic [rmt_pkg::ExactEntryBits-1:0]   exact_tdata;
  logic [rmt_pkg::LpmPivotBits-1:0]     pivot_tdata;
  logic [rmt_pkg::LpmEntryBits-1:0]     entry_tdata;

  rmt_ternary #(
    .Rows(TernaryRows)
  ) u_ternary (
    .clk_i,
    .rst_ni,
    .run_i    (run1_q[Ternary]),
    .bank_i   (bank_q[1]),
    .key_i    (key1_q),
    .hit_o    (t_hit),
    .action_o (t_act),
    .params_o (t_params),
    .t_clear_i(sweeping),
    .t_we_i   (t_write & (t_off == TernaryOff)),
    .t_re_i   (t_read & (t_off == TernaryOff)),
    .t_addr_i ({sweeping ? sweep_q[TernBits] : t_bank, t_row[TernBits-1:0]}),
    .t_wdata_i(tw_data_i[rmt_pkg::TernaryEntryBits-1:0]),
    .t_rdata_o(tern_tdata)
  );

  localparam int unsigned WayRowBits = $clog2(rmt_pkg::ExactRows);
  rmt_exact u_exact (
    .clk_i,
    .rst_ni,
    .run_i    (run1_q[Exact]),
    .bank_i   (bank_q[1]),
    .crc_i    (crc1_q),
    .key_i    (masked1_q),
    .hit_o    (e_hit),
    .action_o (e_act),
    .params_o (e_params),
    .t_clear_i(sweeping),
    .t_we_i   (t_write & (t_off == ExactOff)),
    .t_re_i   (t_read & (t_off == ExactOff)),
    .t_addr_i ({sweeping ? sweep_q[WayRowBits] : t_bank, t_row}),
    .t_wdata_i(tw_data_i[rmt_pkg::ExactEntryBits-1:0]),
    .t_rdata_o(exact_tdata)
  );

  // The sweep clears row n of all slots at once, so it counts {bank, pivot}.
  localparam int unsigned SlotBits = $clog2(rmt_pkg::LpmSlots);
  rmt_lpm #(
    .Pivots(LpmPivots)
  ) u_lpm (
    .clk_i,
    .rst_ni,
    .run_i     (run1_q[Lpm]),
    .bank_i    (bank_q[1]),
    .key_i     ({key1_q[287:256], key1_q[159:0]}),
    .hit_o     (l_hit),
    .action_o  (l_act),
    .params_o  (l_params),
    .pt_clear_i(sweeping),
    .pt_we_i   (t_write & (t_off == LpmPivotOff)),
    .pt_re_i   (t_read & (t_off == LpmPivotOff)),
    .pt_addr_i ({sweeping ? sweep_q[PivotBits] : t_bank, t_row[PivotBits-1:0]}),
    .pt_wdata_i(tw_data_i[rmt_pkg::LpmPivotBits-1:0]),
    .pt_rdata_o(pivot_tdata),
    .et_clear_i(sweeping),
    .et_we_i   (t_write & (t_off == LpmEntryOff)),
    .et_re_i   (t_read & (t_off == LpmEntryOff)),
    .et_addr_i (sweeping ? {sweep_q[PivotBits:0], SlotBits'(0)} : {t_bank, t_row[EntryBits-1:0]}),
    .et_wdata_i(tw_data_i[rmt_pkg::LpmEntryBits-1:0]),
    .et_rdata_o(entry_tdata)
  );

  // ---------------------------------------------------------------- 3: choose
  logic [rmt_pkg::DefaultActionBits-1:0] dflt_row;
  logic [rmt_pkg::StateCfgBits-1:0]      scfg_row;
  rmt_pkg::default_action_t dflt;
  // verilator lint_off UNUSEDSIGNAL
  rmt_pkg::state_cfg_t      scfg;  // some fields matter in step 5 only
  // verilator lint_on UNUSEDSIGNAL
  logic                     match_hit, act_run_d;
  logic [ActBits-1:0]       act_d;
  logic [ParamBits-1:0]     params_d;
  assign dflt_row = default_q[bank_q[2]];
  assign dflt     = dflt_row;
  assign scfg_row = state_cfg_q[bank_q[2]];
  assign scfg     = scfg_row;

  assign match_hit = t_hit | e_hit | l_hit;
  assign act_run_d = run_q[2] & (match_hit | dflt.en);
  always_comb begin
    if (t_hit) begin
      act_d    = t_act;
      params_d = t_params;
    end else if (e_hit) begin
      act_d    = e_act;
      params_d = e_params;
    end else if (l_hit) begin
      act_d    = l_act;
      params_d = l_params;
    end else begin
      act_d    = dflt.action;
      params_d = dflt.params;
    end
  end

  logic                 hit3_q, hit4_q;
  logic                 act3_run_q, act4_run_q;
  logic [ActBits-1:0]   act3_q, act4_q;
  logic [ParamBits-1:0] params3_q, params4_q;
  logic                 cnt_has, met_has, reg_has;
  logic                 cnt3_q, met3_q, reg3_q;  // the frame has a row
  logic [15:0]          cnt_row_d, met_row_d, reg_row_d;
  logic [CountBits-1:0] cnt_row_q;
  logic [MeterBits-1:0] met_row_q;
  logic [RegBits-1:0]   reg_row_q;
  logic [rmt_pkg::StateCfgBits-1:0] scfg3_q, scfg4_q;

  // Rows of the stage's state: a half word of the action data or the hash. No functions here: see
  // rmt_alus.
  assign cnt_row_d = (scfg.counter_src == rmt_pkg::IndexSrcHash) ? crc2_q[15:0] :
                     params_d[{scfg.counter_half, 4'b0} +: 16];
  assign met_row_d = (scfg.meter_src == rmt_pkg::IndexSrcHash) ? crc2_q[15:0] :
                     params_d[{scfg.meter_half, 4'b0} +: 16];
  assign reg_row_d = (scfg.reg_src == rmt_pkg::IndexSrcHash) ? crc2_q[15:0] :
                     params_d[{scfg.reg_half, 4'b0} +: 16];
  // A source that does not exist is none.
  assign cnt_has = scfg.counter_src == rmt_pkg::IndexSrcParam ||
                   scfg.counter_src == rmt_pkg::IndexSrcHash;
  assign met_has = scfg.meter_src == rmt_pkg::IndexSrcParam ||
                   scfg.meter_src == rmt_pkg::IndexSrcHash;
  assign reg_has = scfg.reg_src == rmt_pkg::IndexSrcParam ||
                   scfg.reg_src == rmt_pkg::IndexSrcHash;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      hit3_q     <= 1'b0;
      act3_run_q <= 1'b0;
      hit4_q     <= 1'b0;
      act4_run_q <= 1'b0;
      cnt3_q     <= 1'b0;
      met3_q     <= 1'b0;
      reg3_q     <= 1'b0;
    end else begin
      hit3_q     <= match_hit;
      act3_run_q <= act_run_d;
      hit4_q     <= hit3_q;
      act4_run_q <= act3_run_q;
      cnt3_q     <= act_run_d & cnt_has;
      met3_q     <= act_run_d & met_has;
      reg3_q     <= act_run_d & reg_has;
    end
  end

  always_ff @(posedge clk_i) begin
    if (act_run_d) begin
      act3_q    <= act_d;
      params3_q <= params_d;
      scfg3_q   <= scfg_row;
      cnt_row_q <= cnt_row_d[CountBits-1:0];
      met_row_q <= met_row_d[MeterBits-1:0];
      reg_row_q <= reg_row_d[RegBits-1:0];
    end
    if (act3_run_q) begin
      act4_q    <= act3_q;
      params4_q <= params3_q;
      scfg4_q   <= scfg3_q;
    end
  end

  // Rows have fewer bits than the half words they come from.
  logic unused_row_bits;
  assign unused_row_bits = ^{cnt_row_d[15:CountBits], met_row_d[15:MeterBits],
                             reg_row_d[15:RegBits]};

  assign cnt_hit_o  = run_q[3] & hit3_q;
  assign cnt_miss_o = run_q[3] & !hit3_q;

  // ---------------------------------------------------------------- 4: action read
  logic [RowBits-1:0]                 instr_row, act_tdata;
  logic [rmt_pkg::ActionSideBits-1:0] side_row, side_tdata;
  rmt_pkg::action_instr_t             instr;
  rmt_pkg::action_side_t              side;
  // verilator lint_off UNUSEDSIGNAL
  rmt_pkg::state_cfg_t                scfg4;  // some fields matter in step 3 only
  // verilator lint_on UNUSEDSIGNAL
  logic [ActBits:0]                   act_taddr;

  assign act_taddr = {sweeping ? sweep_q[ActBits] : t_bank, t_row[ActBits-1:0]};

  rmt_table_ram #(
    .Width(RowBits),
    .Depth(rmt_pkg::NumBanks * rmt_pkg::NumActions)
  ) u_action_ram (
    .clk_i,
    .a_en_i   (act3_run_q),
    .a_addr_i ({bank_q[3], act3_q}),
    .a_rdata_o(instr_row),
    .t_clear_i(sweeping),
    .t_we_i   (t_write & (t_off == ActionOff)),
    .t_re_i   (t_read & (t_off == ActionOff)),
    .t_addr_i (act_taddr),
    .t_wdata_i(tw_data_i),
    .t_rdata_o(act_tdata)
  );
  assign instr = instr_row;

  rmt_table_ram #(
    .Width(rmt_pkg::ActionSideBits),
    .Depth(rmt_pkg::NumBanks * rmt_pkg::NumActions)
  ) u_side_ram (
    .clk_i,
    .a_en_i   (act3_run_q),
    .a_addr_i ({bank_q[3], act3_q}),
    .a_rdata_o(side_row),
    .t_clear_i(sweeping),
    .t_we_i   (t_write & (t_off == SideOff)),
    .t_re_i   (t_read & (t_off == SideOff)),
    .t_addr_i (act_taddr),
    .t_wdata_i(tw_data_i[rmt_pkg::ActionSideBits-1:0]),
    .t_rdata_o(side_tdata)
  );
  assign side  = side_row;
  assign scfg4 = scfg4_q;

  // ---------------------------------------------------------------- 5: ALUs, state
  rmt_pkg::phv_t                       old, alu_phv, phv_d;
  logic [rmt_pkg::NumContainers-1:0]   alu_wrote, wrote;

  assign old = phv_mem[slot_q];

  rmt_alus u_alus (
    .run_i   (act4_run_q),
    .instr_i (instr),
    .params_i(params4_q),
    .hash_i  (crc4_q),
    .phv_i   (old),
    .phv_o   (alu_phv),
    .wrote_o (alu_wrote)
  );

  logic [15:0] len;
  logic [31:0] x;
  logic        met_done, reg_done;
  logic [rmt_pkg::ColourBits-1:0] colour;
  logic [31:0] reg_result;
  logic [rmt_pkg::CounterRowBits-1:0] cnt_tdata;
  logic [rmt_pkg::MeterCfgBits-1:0]   mcfg_tdata;
  logic [rmt_pkg::MeterStateBits-1:0] mstate_tdata;
  logic [31:0]                        reg_tdata;

  assign len = old.c16[scfg4.len_src];
  always_comb begin
    case (side.x)
      rmt_pkg::RegXOne:       x = 32'd1;
      rmt_pkg::RegXContainer: x = old.c32[side.x_src];
      rmt_pkg::RegXParam:     x = params4_q[{side.x_src[1:0], 5'b0} +: 32];
      default:                x = '0;
    endcase
  end

  rmt_counters u_counters (
    .clk_i,
    .rst_ni,
    .use_i    (cnt3_q),
    .row_i    (cnt_row_q),
    .count_i  (side.count),
    .len_i    (len),
    .t_clear_i(sweeping),
    .t_we_i   (t_write & (t_off == CounterOff)),
    .t_re_i   (t_read & (t_off == CounterOff)),
    .t_addr_i (t_row[CountBits-1:0]),
    .t_wdata_i(tw_data_i[rmt_pkg::CounterRowBits-1:0]),
    .t_rdata_o(cnt_tdata)
  );

  rmt_meters u_meters (
    .clk_i,
    .rst_ni,
    .use_i     (met3_q),
    .bank_i    (bank_q[3]),
    .row_i     (met_row_q),
    .meter_i   (side.meter),
    .len_i     (len),
    .aware_i   (scfg4.meter_aware),
    .before_i  (old.c8[scfg4.meter_dst]),
    .now_i,
    .done_o    (met_done),
    .colour_o  (colour),
    .ct_clear_i(sweeping),
    .ct_we_i   (t_write & (t_off == MeterOff)),
    .ct_re_i   (t_read & (t_off == MeterOff)),
    .ct_addr_i ({sweeping ? sweep_q[MeterBits] : t_bank, t_row[MeterBits-1:0]}),
    .ct_wdata_i(tw_data_i[rmt_pkg::MeterCfgBits-1:0]),
    .ct_rdata_o(mcfg_tdata),
    .st_clear_i(sweeping),
    .st_we_i   (t_write & (t_off == MeterStateOff)),
    .st_re_i   (t_read & (t_off == MeterStateOff)),
    .st_addr_i (t_row[MeterBits-1:0]),
    .st_wdata_i(tw_data_i[rmt_pkg::MeterStateBits-1:0]),
    .st_rdata_o(mstate_tdata)
  );

  rmt_registers u_registers (
    .clk_i,
    .rst_ni,
    .use_i    (reg3_q),
    .row_i    (reg_row_q),
    .op_i     (side.reg_op),
    .x_i      (x),
    .done_o   (reg_done),
    .result_o (reg_result),
    .t_clear_i(sweeping),
    .t_we_i   (t_write & (t_off == RegisterOff)),
    .t_re_i   (t_read & (t_off == RegisterOff)),
    .t_addr_i (t_row[RegBits-1:0]),
    .t_wdata_i(tw_data_i[31:0]),
    .t_rdata_o(reg_tdata)
  );

  // Results of the state win over the instruction's slots, red_drop over all.
  always_comb begin
    phv_d = alu_phv;
    wrote = alu_wrote;
    if (reg_done & side.reg_wr) begin
      phv_d.c32[side.reg_dst] = reg_result;
      wrote[7'(rmt_pkg::C32Base) + 7'(side.reg_dst)] = 1'b1;
    end
    if (met_done) begin
      phv_d.c8[scfg4.meter_dst] = 8'(colour);
      wrote[7'(scfg4.meter_dst)] = 1'b1;
      if (side.red_drop & (colour == rmt_pkg::ColourRed)) begin
        phv_d.c8[rmt_pkg::MetaVerdict] = 8'(rmt_pkg::VerdictDrop);
        phv_d.c8[rmt_pkg::MetaReason]  = 8'(rmt_pkg::ReasonMeter);
        wrote[rmt_pkg::MetaVerdict] = 1'b1;
        wrote[rmt_pkg::MetaReason]  = 1'b1;
      end
    end
  end

  logic [63:0] action_d;
  logic [7:0]  hit_d;
  always_comb begin
    action_d = action_mem[slot_q];
    hit_d    = hit_mem[slot_q];
    action_d[{stage_i, 3'b0} +: 8] = act4_run_q ? 8'(act4_q) + 8'd1 : 8'd0;
    hit_d[stage_i]                 = hit4_q;
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
  logic tr_q;

  // t_table_i, t_index_i and t_bank_i stay put until the answer.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      tr_q       <= 1'b0;
      tr_valid_o <= 1'b0;
    end else begin
      tr_q       <= t_read;
      tr_valid_o <= tr_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (tr_q) begin
      case (t_off)
        KeyOff:        tr_data_o <= RowBits'(key_cfg_q[t_bank_i]);
        ExactOff:      tr_data_o <= RowBits'(exact_tdata);
        ActionOff:     tr_data_o <= act_tdata;
        DefaultOff:    tr_data_o <= RowBits'(default_q[t_bank_i]);
        TernaryOff:    tr_data_o <= RowBits'(tern_tdata);
        LpmPivotOff:   tr_data_o <= RowBits'(pivot_tdata);
        LpmEntryOff:   tr_data_o <= RowBits'(entry_tdata);
        SideOff:       tr_data_o <= RowBits'(side_tdata);
        StateOff:      tr_data_o <= RowBits'(state_cfg_q[t_bank_i]);
        MeterOff:      tr_data_o <= RowBits'(mcfg_tdata);
        CounterOff:    tr_data_o <= RowBits'(cnt_tdata);
        MeterStateOff: tr_data_o <= RowBits'(mstate_tdata);
        RegisterOff:   tr_data_o <= RowBits'(reg_tdata);
        default:       tr_data_o <= '0;
      endcase
    end
  end

endmodule
