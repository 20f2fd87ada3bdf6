// SPDX-License-Identifier: Apache-2.0
//
// Message buffer: cells, chains and credit for all message bytes of the DPU. Ports and their peers:
// docs/uarch/interfaces.md; what happens in which cycle: docs/uarch/mbuf.md.
module mbuf #(
  parameter int unsigned NumCells = 4096,  // power of two, 16..65536
  parameter int unsigned NumConns = 1024,  // 2..65536
  localparam int unsigned NP = 3,          // producers
  localparam int unsigned NC = 3           // consumers
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic [63:0] now_i,
  output logic idle_o,
  output logic [63:0] wake_at_o,

  input  common_pkg::axil_req_t axil_req_i,
  output common_pkg::axil_rsp_t axil_rsp_o,
  output logic irq_o,

  input  logic [NP-1:0] wr_valid_i,
  input  logic [NP*mbuf_pkg::MbufWrBits-1:0] wr_data_i,
  output logic [NP-1:0] wr_ready_o,
  output logic [NP-1:0] desc_valid_o,
  output logic [NP*common_pkg::MsgDescBits-1:0] desc_data_o,
  input  logic [NP-1:0] desc_ready_i,
  input  logic [NP-1:0] cq_valid_i,
  input  logic [NP*common_pkg::ConnRefBits-1:0] cq_data_i,
  output logic [NP-1:0] cq_ready_o,
  output logic [NP-1:0] cr_valid_o,
  output logic [NP*mbuf_pkg::MbufCreditBits-1:0] cr_data_o,
  input  logic [NP-1:0] cr_ready_i,
  output logic [NP-1:0] cevt_valid_o,
  output logic [NP*common_pkg::ConnRefBits-1:0] cevt_data_o,
  input  logic [NP-1:0] cevt_ready_i,

  input  logic [NC-1:0] rd_valid_i,
  input  logic [NC*mbuf_pkg::MbufRdBits-1:0] rd_data_i,
  output logic [NC-1:0] rd_ready_o,
  output logic [NC-1:0] rdata_valid_o,
  output logic [NC*mbuf_pkg::MbufRdataBits-1:0] rdata_data_o,
  input  logic [NC-1:0] rdata_ready_i,
  input  logic [NC-1:0] free_valid_i,
  input  logic [NC*common_pkg::MsgDescBits-1:0] free_data_i,
  output logic [NC-1:0] free_ready_o,
  input  logic [NC-1:0] cret_valid_i,
  input  logic [NC*mbuf_pkg::MbufCretBits-1:0] cret_data_i,
  output logic [NC-1:0] cret_ready_o
);
  localparam int unsigned RowBits = mbuf_types_pkg::RowBits;
  localparam int unsigned SlotBits = mbuf_types_pkg::SlotBits;
  localparam int unsigned JobBits = mbuf_types_pkg::JobBits;
  localparam int unsigned FaultBits = mbuf_types_pkg::FaultBits;
  localparam int unsigned CellBits = $clog2(NumCells);
  localparam int unsigned WrBits = mbuf_pkg::MbufWrBits;
  localparam int unsigned RdBits = mbuf_pkg::MbufRdBits;
  localparam int unsigned RdataBits = mbuf_pkg::MbufRdataBits;
  localparam int unsigned DescBits = common_pkg::MsgDescBits;
  localparam int unsigned CreditBits = mbuf_pkg::MbufCreditBits;
  localparam int unsigned CretBits = mbuf_pkg::MbufCretBits;

  if (NumCells < 16 || NumCells > 65536 || (1 << CellBits) != NumCells) begin : g_bad_cells
    $error("mbuf: NumCells must be a power of two, 16..65536");
  end
  if (NumConns < 2 || NumConns > 65536) begin : g_bad_conns
    $error("mbuf: NumConns must be 2..65536");
  end

  logic init_done, enable, hold, hold_wr;
  logic [2:0] ram_done;
  logic list_done;
  assign init_done = (&ram_done) & list_done;
  assign hold = ~init_done;
  assign hold_wr = ~init_done | ~enable;

  // ---- free list: {released-toggle bit, cell}; filled with every cell after reset ----
  logic [CellBits:0] fill_q;
  logic list_push, list_pop, list_ready, list_valid, list_full, list_empty;
  logic [CellBits:0] list_in, list_out;
  logic [$clog2(NumCells+1)-1:0] list_level;
  logic rel, rel_tog;
  logic [15:0] rel_cell;
  assign list_done = fill_q[CellBits];
  assign list_push = list_done ? rel : list_ready;
  assign list_in = list_done ? {rel_tog, rel_cell[CellBits-1:0]} : {1'b0, fill_q[CellBits-1:0]};
  always_ff @(posedge clk_i) begin
    if (!rst_ni) fill_q <= '0;
    else if (~list_done & list_ready) fill_q <= fill_q + 1'b1;
  end
  stream_fifo #(.Width(CellBits + 1), .Depth(NumCells)) u_list (
    .clk_i, .rst_ni, .hold_i(1'b0),
    .in_valid_i(list_push), .in_data_i(list_in), .in_ready_o(list_ready),
    .out_valid_o(list_valid), .out_data_o(list_out), .out_ready_i(list_pop),
    .level_o(list_level), .full_o(list_full), .empty_o(list_empty)
  );

  // ---- input FIFOs ----
  logic [NP-1:0] wr_v, wr_pop, cq_v, cq_pop;
  logic [NP*WrBits-1:0] wr_h;
  logic [NP*24-1:0] cq_h;
  logic [NC-1:0] rd_v, rd_pop, fr_v, fr_pop, ct_v, ct_pop;
  logic [NC*RdBits-1:0] rd_h;
  logic [NC*DescBits-1:0] fr_h;
  logic [NC*CretBits-1:0] ct_h;

  // ---- wires between the parts ----
  logic [2:0] start_req, start_gnt, start_dir, evt_ok, shared_ok;
  logic [3*20-1:0] start_conn;
  logic [3*4-1:0] start_gen;
  mbuf_types_pkg::start_t start_rsp;
  logic [2:0] alloc_req, alloc_rsv, alloc_gnt;
  logic [5:0] alloc_cls;
  logic [2:0] ww_req, ww_gnt, rw_req, rw_gnt;
  logic [3*16-1:0] ww_cell, rw_cell;
  logic [3*2-1:0] ww_idx;
  logic [3*512-1:0] ww_data;
  logic [3*64-1:0] ww_mask;
  logic [3*RowBits-1:0] rw_row;
  logic [2:0] commit_req, commit_gnt, desc_full, fresh, ab_req, ab_gnt, wr_idle;
  logic abort;
  logic [3*SlotBits-1:0] slots;
  logic [3*16-1:0] fresh_cell;
  logic [6*JobBits-1:0] jobs;  // 0..2 consumers, 3..5 refused segments
  logic [2:0] row_req, row_gnt, word_req, word_gnt, out_push, rd_idle;
  logic [3*16-1:0] row_cell, word_cell;
  logic [3*2-1:0] word_idx;
  logic [3*512-1:0] word;
  mbuf_types_pkg::row_t rd_row, chk_row, rel_row;
  logic rd_dead, chk_dead, chk_en, rel_en;
  logic [15:0] chk_cell, rel_at;
  logic [5*FaultBits-1:0] faults;
  logic [NP-1:0] desc_push, cr_push, cr_full, desc_v, cr_v, evt_v;
  common_pkg::msg_desc_t desc_new;
  mbuf_pkg::mbuf_credit_t cr_new;
  logic [NC-1:0] out_v;

  // ---- producers ----
  for (genvar p = 0; p < NP; p++) begin : g_prod
    logic full, empty;
    logic [1:0] level;
    stream_fifo #(.Width(WrBits), .Depth(2)) u_in (
      .clk_i, .rst_ni, .hold_i(hold_wr),
      .in_valid_i(wr_valid_i[p]), .in_data_i(wr_data_i[p*WrBits+:WrBits]), .in_ready_o(wr_ready_o[p]),
      .out_valid_o(wr_v[p]), .out_data_o(wr_h[p*WrBits+:WrBits]), .out_ready_i(wr_pop[p]),
      .level_o(level), .full_o(full), .empty_o(empty)
    );
    mbuf_writer #(.NumConns(NumConns)) u_writer (
      .clk_i, .rst_ni,
      .h_valid_i(wr_v[p]), .h_i(wr_h[p*WrBits+:WrBits]), .h_pop_o(wr_pop[p]),
      .start_req_o(start_req[p]), .start_conn_o(start_conn[20*p+:20]),
      .start_gen_o(start_gen[4*p+:4]), .start_dir_o(start_dir[p]), .start_gnt_i(start_gnt[p]),
      .start_rsp_i(start_rsp), .evt_ok_i(evt_ok[p]),
      .shared_ok_i(shared_ok), .alloc_req_o(alloc_req[p]), .alloc_rsv_o(alloc_rsv[p]),
      .alloc_cls_o(alloc_cls[2*p+:2]), .alloc_gnt_i(alloc_gnt[p]),
      .alloc_cell_i(16'(list_out[CellBits-1:0])), .alloc_tog_i(list_out[CellBits]),
      .ww_req_o(ww_req[p]), .ww_cell_o(ww_cell[16*p+:16]), .ww_idx_o(ww_idx[2*p+:2]),
      .ww_data_o(ww_data[512*p+:512]), .ww_mask_o(ww_mask[64*p+:64]), .ww_gnt_i(ww_gnt[p]),
      .rw_req_o(rw_req[p]), .rw_cell_o(rw_cell[16*p+:16]), .rw_row_o(rw_row[RowBits*p+:RowBits]), .rw_gnt_i(rw_gnt[p]),
      .commit_req_o(commit_req[p]), .commit_ok_i(~desc_full[p]), .commit_gnt_i(commit_gnt[p]),
      .commit_abort_i(abort), .slot_fresh_o(fresh[p]), .slot_o(slots[SlotBits*p+:SlotBits]),
      .slot_last_o(fresh_cell[16*p+:16]), .abort_req_o(ab_req[p]),
      .abort_job_o(jobs[JobBits*(3+p)+:JobBits]), .abort_gnt_i(ab_gnt[p]), .idle_o(wr_idle[p])
    );

    logic desc_ready, desc_empty;
    logic [1:0] desc_level;
    stream_fifo #(.Width(DescBits), .Depth(2)) u_desc (
      .clk_i, .rst_ni, .hold_i(1'b0),
      .in_valid_i(desc_push[p]), .in_data_i(desc_new), .in_ready_o(desc_ready),
      .out_valid_o(desc_v[p]), .out_data_o(desc_data_o[p*DescBits+:DescBits]),
      .out_ready_i(desc_ready_i[p]), .level_o(desc_level), .full_o(desc_full[p]), .empty_o(desc_empty)
    );
    assign desc_valid_o[p] = desc_v[p];

    logic cq_full, cq_empty, cr_ready, cr_fl, cr_empty;
    logic [1:0] cq_level, cr_level;
    stream_fifo #(.Width(24), .Depth(2)) u_cq (
      .clk_i, .rst_ni, .hold_i(hold),
      .in_valid_i(cq_valid_i[p]), .in_data_i(cq_data_i[p*24+:24]), .in_ready_o(cq_ready_o[p]),
      .out_valid_o(cq_v[p]), .out_data_o(cq_h[p*24+:24]), .out_ready_i(cq_pop[p]),
      .level_o(cq_level), .full_o(cq_full), .empty_o(cq_empty)
    );
    stream_fifo #(.Width(CreditBits), .Depth(2)) u_cr (
      .clk_i, .rst_ni, .hold_i(1'b0),
      .in_valid_i(cr_push[p]), .in_data_i(cr_new), .in_ready_o(cr_ready),
      .out_valid_o(cr_v[p]), .out_data_o(cr_data_o[p*CreditBits+:CreditBits]),
      .out_ready_i(cr_ready_i[p]), .level_o(cr_level), .full_o(cr_fl), .empty_o(cr_empty)
    );
    assign cr_valid_o[p] = cr_v[p];
    // One answer may be on its way when the next query asks to be done.
    assign cr_full[p] = (cr_level + {1'b0, cr_push[p]}) >= 2'd2;

    logic unused;
    assign unused = ^{full, empty, level, desc_ready, desc_empty, desc_level, cq_full, cq_empty, cq_level,
                      cr_ready, cr_fl, cr_empty};
  end

  // ---- one cell a cycle ----
  logic alloc_any;
  logic [1:0] alloc_idx;
  logic [2:0] alloc_pick;
  rr_arbiter #(.N(3)) u_alloc_arb (
    .clk_i, .rst_ni, .req_i(alloc_req & {3{list_valid}}), .accept_i(alloc_any), .last_i(1'b1),
    .grant_valid_o(alloc_any), .grant_o(alloc_pick), .grant_idx_o(alloc_idx)
  );
  assign alloc_gnt = alloc_pick;
  assign list_pop = alloc_any;
  logic alloc_is_rsv;
  logic [1:0] alloc_as;
  assign alloc_is_rsv = |(alloc_pick & alloc_rsv);
  always_comb begin
    case (alloc_idx)
      2'd0: alloc_as = alloc_cls[1:0];
      2'd1: alloc_as = alloc_cls[3:2];
      default: alloc_as = alloc_cls[5:4];
    endcase
  end

  // ---- consumers ----
  for (genvar c = 0; c < NC; c++) begin : g_cons
    logic rd_full, rd_empty, fr_full, fr_empty, ct_full, ct_empty, out_ready, out_full, out_empty;
    logic [1:0] rd_level, fr_level, ct_level;
    logic [2:0] out_level;
    stream_fifo #(.Width(RdBits), .Depth(2)) u_rd (
      .clk_i, .rst_ni, .hold_i(hold),
      .in_valid_i(rd_valid_i[c]), .in_data_i(rd_data_i[c*RdBits+:RdBits]), .in_ready_o(rd_ready_o[c]),
      .out_valid_o(rd_v[c]), .out_data_o(rd_h[c*RdBits+:RdBits]), .out_ready_i(rd_pop[c]),
      .level_o(rd_level), .full_o(rd_full), .empty_o(rd_empty)
    );
    logic [RdataBits-1:0] beat;
    mbuf_reader #(.NumCells(NumCells), .NumConns(NumConns), .Port(c)) u_reader (
      .clk_i, .rst_ni,
      .h_valid_i(rd_v[c]), .h_i(rd_h[c*RdBits+:RdBits]), .h_pop_o(rd_pop[c]),
      .row_req_o(row_req[c]), .row_cell_o(row_cell[16*c+:16]), .row_gnt_i(row_gnt[c]),
      .row_i(rd_row), .row_dead_i(rd_dead),
      .word_req_o(word_req[c]), .word_cell_o(word_cell[16*c+:16]), .word_idx_o(word_idx[2*c+:2]),
      .word_gnt_i(word_gnt[c]), .word_i(word[512*c+:512]),
      .out_level_i(out_level), .out_push_o(out_push[c]), .out_o(beat),
      .fault_o(faults[(2+c)*FaultBits+:FaultBits]), .idle_o(rd_idle[c])
    );
    stream_fifo #(.Width(RdataBits), .Depth(4)) u_out (
      .clk_i, .rst_ni, .hold_i(1'b0),
      .in_valid_i(out_push[c]), .in_data_i(beat), .in_ready_o(out_ready),
      .out_valid_o(out_v[c]), .out_data_o(rdata_data_o[c*RdataBits+:RdataBits]),
      .out_ready_i(rdata_ready_i[c]), .level_o(out_level), .full_o(out_full), .empty_o(out_empty)
    );
    assign rdata_valid_o[c] = out_v[c];
    stream_fifo #(.Width(DescBits), .Depth(2)) u_free_in (
      .clk_i, .rst_ni, .hold_i(hold),
      .in_valid_i(free_valid_i[c]), .in_data_i(free_data_i[c*DescBits+:DescBits]),
      .in_ready_o(free_ready_o[c]),
      .out_valid_o(fr_v[c]), .out_data_o(fr_h[c*DescBits+:DescBits]), .out_ready_i(fr_pop[c]),
      .level_o(fr_level), .full_o(fr_full), .empty_o(fr_empty)
    );
    stream_fifo #(.Width(CretBits), .Depth(2)) u_cret (
      .clk_i, .rst_ni, .hold_i(hold),
      .in_valid_i(cret_valid_i[c]), .in_data_i(cret_data_i[c*CretBits+:CretBits]),
      .in_ready_o(cret_ready_o[c]),
      .out_valid_o(ct_v[c]), .out_data_o(ct_h[c*CretBits+:CretBits]), .out_ready_i(ct_pop[c]),
      .level_o(ct_level), .full_o(ct_full), .empty_o(ct_empty)
    );
    logic unused;
    assign unused = ^{rd_level, rd_full, rd_empty, fr_level, fr_full, fr_empty, ct_level, ct_full,
                      ct_empty, out_ready, out_full, out_empty};
  end

  // ---- free engine ----
  logic [5:0] job_gnt;
  for (genvar c = 0; c < NC; c++) begin : g_jobs
    mbuf_job u_job (.desc_i(fr_h[c*DescBits+:DescBits]), .job_o(jobs[JobBits*c+:JobBits]));
  end
  logic freed_req, freed_gnt, free_idle;
  mbuf_types_pkg::job_t freed_job;
  logic [1:0] freed_port;
  mbuf_types_pkg::fault_t free_fault;
  mbuf_free #(.NumCells(NumCells), .NumConns(NumConns)) u_free (
    .clk_i, .rst_ni, .req_i({ab_req, fr_v}), .job_i(jobs), .gnt_o(job_gnt),
    .fresh_i(fresh), .fresh_cell_i(fresh_cell),
    .chk_en_o(chk_en), .chk_cell_o(chk_cell), .chk_row_i(chk_row), .chk_dead_i(chk_dead),
    .rel_en_o(rel_en), .rel_cell_o(rel_at), .rel_row_i(rel_row),
    .freed_req_o(freed_req), .freed_job_o(freed_job), .freed_port_o(freed_port),
    .freed_gnt_i(freed_gnt), .fault_o(free_fault), .idle_o(free_idle)
  );
  assign fr_pop = job_gnt[2:0];
  assign ab_gnt = job_gnt[5:3];

  // ---- cells ----
  mbuf_rows #(.NumCells(NumCells)) u_rows (
    .clk_i, .rst_ni, .init_done_o(ram_done[0]),
    .wr_req_i(rw_req), .wr_cell_i(rw_cell), .wr_row_i(rw_row), .wr_gnt_o(rw_gnt),
    .tog_we_i(rel), .tog_cell_i(rel_cell), .tog_i(rel_tog),
    .rd_req_i(row_req), .rd_cell_i(row_cell), .rd_gnt_o(row_gnt), .rd_row_o(rd_row),
    .rd_dead_o(rd_dead),
    .chk_en_i(chk_en), .chk_cell_i(chk_cell), .chk_row_o(chk_row), .chk_dead_o(chk_dead),
    .rel_en_i(rel_en), .rel_cell_i(rel_at), .rel_row_o(rel_row)
  );
  mbuf_banks #(.NumCells(NumCells), .NumBanks(mbuf_pkg::NumBanks)) u_banks (
    .clk_i, .rst_ni, .init_done_o(ram_done[1]),
    .wr_req_i(ww_req), .wr_cell_i(ww_cell), .wr_idx_i(ww_idx), .wr_data_i(ww_data),
    .wr_mask_i(ww_mask), .wr_gnt_o(ww_gnt),
    .rd_req_i(word_req), .rd_cell_i(word_cell), .rd_idx_i(word_idx), .rd_gnt_o(word_gnt),
    .rd_data_o(word)
  );

  // ---- connections ----
  logic [13:0] ctx_req, ctx_gnt;
  logic tbl_req, tbl_write, tbl_done, tbl_error, tbl_idle;
  logic [15:0] tbl_index;
  logic [127:0] tbl_row, tbl_shown;
  logic [23:0] shared_avail;
  logic open_ok;
  logic [1:0] rel_grant, rsv_add, rsv_sub;
  logic [7:0] held_add;
  logic [2:0] evt_fire, evt_arm, evt_dis0, evt_dis1;
  logic [23:0] evt_conn;
  mbuf_types_pkg::fault_t ctx_fault;
  logic [15:0] ok_bytes;
  logic ok_seg, ctx_busy;
  logic [3*24-1:0] ct_conn;
  logic [3*32-1:0] ct_bytes;
  for (genvar c = 0; c < NC; c++) begin : g_cret
    assign ct_conn[24*c+:24] = ct_h[CretBits*c+:24];
    assign ct_bytes[32*c+:32] = ct_h[CretBits*c+24+:32];
  end
  assign ctx_req = {tbl_req, freed_req, ct_v, cq_v & ~cr_full & evt_ok, commit_req, start_req};
  assign start_gnt = ctx_gnt[2:0];
  assign commit_gnt = ctx_gnt[5:3];
  assign cq_pop = ctx_gnt[8:6];
  assign ct_pop = ctx_gnt[11:9];
  assign freed_gnt = ctx_gnt[12];
  mbuf_ctx #(.NumCells(NumCells), .NumConns(NumConns)) u_ctx (
    .clk_i, .rst_ni, .init_done_o(ram_done[2]), .req_i(ctx_req), .gnt_o(ctx_gnt),
    .start_conn_i(start_conn), .start_gen_i(start_gen), .start_dir_i(start_dir),
    .start_rsp_o(start_rsp), .slot_i(slots), .abort_o(abort), .desc_push_o(desc_push),
    .desc_o(desc_new), .query_i(cq_h), .cr_push_o(cr_push), .cr_o(cr_new),
    .cret_conn_i(ct_conn), .cret_bytes_i(ct_bytes),
    .freed_job_i(freed_job), .freed_port_i(freed_port), .freed_row_i(rel_row),
    .tbl_index_i(tbl_index), .tbl_write_i(tbl_write), .tbl_row_i(tbl_row),
    .tbl_done_o(tbl_done), .tbl_error_o(tbl_error), .tbl_row_o(tbl_shown),
    .shared_ok_i(shared_ok), .shared_avail_i(shared_avail), .open_ok_i(open_ok),
    .rel_o(rel), .rel_cell_o(rel_cell), .rel_tog_o(rel_tog), .rel_grant_o(rel_grant),
    .rsv_add_o(rsv_add), .rsv_sub_o(rsv_sub), .held_add_o(held_add),
    .evt_fire_o(evt_fire), .evt_conn_o(evt_conn), .evt_arm_o(evt_arm),
    .evt_disarm0_o(evt_dis0), .evt_disarm1_o(evt_dis1),
    .fault_o(ctx_fault), .ok_bytes_o(ok_bytes), .ok_seg_o(ok_seg), .busy_o(ctx_busy)
  );
  for (genvar p = 0; p < NP; p++) begin : g_events
    mbuf_events #(.NumConns(NumConns)) u_events (
      .clk_i, .rst_ni, .fire_i(evt_fire[p]), .conn_i(evt_conn), .arm_i(evt_arm[p]),
      .disarm0_i(evt_dis0[p]), .disarm1_i(evt_dis1[p]), .ok_o(evt_ok[p]),
      .valid_o(evt_v[p]), .conn_o(cevt_data_o[24*p+:24]), .ready_i(cevt_ready_i[p])
    );
  end
  assign cevt_valid_o = evt_v;

  // ---- accounting and registers ----
  logic [47:0] limit, used;
  logic [15:0] floor;
  logic [16:0] n_free, n_rsv, n_held;
  logic leak_now, axil_idle, quiet;
  mbuf_pool #(.NumCells(NumCells), .RespClass(common_pkg::MsgClsResponse)) u_pool (
    .clk_i, .rst_ni, .list_push_i(list_push), .list_pop_i(list_pop),
    .limit_i(limit), .floor_i(floor), .shared_ok_o(shared_ok), .shared_avail_o(shared_avail),
    .open_ok_o(open_ok), .alloc_i(alloc_any), .alloc_rsv_i(alloc_is_rsv), .alloc_cls_i(alloc_as),
    .rel_i(rel), .rel_grant_i(rel_grant), .rsv_add_i(rsv_add), .rsv_sub_i(rsv_sub),
    .held_add_i(held_add), .free_o(n_free), .rsv_o(n_rsv), .used_o(used), .held_o(n_held),
    .leak_o(leak_now)
  );
  assign faults[FaultBits-1:0] = ctx_fault;
  assign faults[2*FaultBits-1:FaultBits] = free_fault;
  mbuf_csr #(.NumConns(NumConns)) u_csr (
    .clk_i, .rst_ni, .axil_req_i, .axil_rsp_o, .irq_o, .axil_idle_o(axil_idle),
    .enable_o(enable), .limit_o(limit), .floor_o(floor), .init_done_i(init_done), .quiet_i(quiet),
    .leak_now_i(leak_now), .free_i(n_free), .held_i(n_held), .rsv_i(n_rsv), .used_i(used),
    .tbl_req_o(tbl_req), .tbl_index_o(tbl_index), .tbl_write_o(tbl_write), .tbl_row_o(tbl_row),
    .tbl_gnt_i(ctx_gnt[13]), .tbl_done_i(tbl_done), .tbl_error_i(tbl_error), .tbl_row_i(tbl_shown),
    .tbl_idle_o(tbl_idle), .faults_i(faults), .ok_seg_i(ok_seg), .ok_bytes_i(ok_bytes),
    .alloc_i(alloc_any), .rel_i(rel), .beats_i(out_push), .event_i(|evt_fire)
  );

  // Nothing in flight: every state machine rests and every queue is empty.
  assign quiet = init_done & (&wr_idle) & (&rd_idle) & free_idle & ~ctx_busy & tbl_idle
      & ~(|cq_v) & ~(|ct_v) & ~(|desc_v) & ~(|cr_v) & ~(|evt_v) & ~(|out_v);
  logic idle_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) idle_q <= 1'b0;
    else begin
      idle_q <= quiet & axil_idle & ~(|wr_valid_i) & ~(|cq_valid_i) & ~(|rd_valid_i)
          & ~(|free_valid_i) & ~(|cret_valid_i);
    end
  end
  assign idle_o = idle_q;
  assign wake_at_o = 64'hffff_ffff_ffff_ffff;

  // The block keeps no time.
  logic unused;
  assign unused = ^{now_i, list_full, list_empty, list_level};
endmodule
