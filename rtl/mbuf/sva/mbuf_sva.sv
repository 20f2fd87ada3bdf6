// SPDX-License-Identifier: Apache-2.0
//
// Assertions and covers of the message buffer: its streams, conservation of cells, the idle
// contract, and every reason, event and same-cycle conflict the test plan names.
module mbuf_sva #(
  parameter int unsigned NumCells = 4096,
  localparam int unsigned WrBits = mbuf_pkg::MbufWrBits,
  localparam int unsigned RdBits = mbuf_pkg::MbufRdBits,
  localparam int unsigned RdataBits = mbuf_pkg::MbufRdataBits,
  localparam int unsigned DescBits = common_pkg::MsgDescBits,
  localparam int unsigned CreditBits = mbuf_pkg::MbufCreditBits,
  localparam int unsigned CretBits = mbuf_pkg::MbufCretBits
) (
  input logic clk_i,
  input logic rst_ni,
  input logic [2:0] wr_valid_i, wr_ready_o, desc_valid_o, desc_ready_i, cq_valid_i, cq_ready_o,
  input logic [2:0] cr_valid_o, cr_ready_i, cevt_valid_o, cevt_ready_i, rd_valid_i, rd_ready_o,
  input logic [2:0] rdata_valid_o, rdata_ready_i, free_valid_i, free_ready_o,
  input logic [2:0] cret_valid_i, cret_ready_o,
  input logic [3*WrBits-1:0] wr_data_i,
  input logic [3*DescBits-1:0] desc_data_o, free_data_i,
  input logic [3*24-1:0] cq_data_i, cevt_data_o,
  input logic [3*CreditBits-1:0] cr_data_o,
  input logic [3*RdBits-1:0] rd_data_i,
  input logic [3*RdataBits-1:0] rdata_data_o,
  input logic [3*CretBits-1:0] cret_data_i,
  input logic idle_o,
  // Inside mbuf.
  input logic init_done,
  input logic quiet,
  input logic [16:0] n_free, n_rsv, n_held,
  input logic leak_now,
  input logic list_push, list_ready, list_valid, list_pop,
  input logic rel,
  input logic alloc_any, alloc_is_rsv,
  input logic [2:0] alloc_req, ww_req, ww_gnt, word_req, word_gnt, rw_req, row_req,
  input logic [13:0] ctx_req,
  input logic [2:0] desc_push, desc_full, evt_fire, evt_ok,
  input logic [2:0] shared_ok,
  input logic tbl_done, tbl_error, tbl_write,
  input mbuf_types_pkg::fault_t ctx_fault, free_fault,
  input logic [5*mbuf_types_pkg::FaultBits-1:0] faults
);
  for (genvar p = 0; p < 3; p++) begin : g_port
    stream_sva #(.Width(WrBits)) u_wr (
      .clk_i, .rst_ni, .valid(wr_valid_i[p]), .ready(wr_ready_o[p]), .data(wr_data_i[p*WrBits+:WrBits]));
    stream_sva #(.Width(DescBits)) u_desc (
      .clk_i, .rst_ni, .valid(desc_valid_o[p]), .ready(desc_ready_i[p]),
      .data(desc_data_o[p*DescBits+:DescBits]));
    stream_sva #(.Width(24)) u_cq (
      .clk_i, .rst_ni, .valid(cq_valid_i[p]), .ready(cq_ready_o[p]), .data(cq_data_i[p*24+:24]));
    stream_sva #(.Width(CreditBits)) u_cr (
      .clk_i, .rst_ni, .valid(cr_valid_o[p]), .ready(cr_ready_i[p]),
      .data(cr_data_o[p*CreditBits+:CreditBits]));
    stream_sva #(.Width(24)) u_cevt (
      .clk_i, .rst_ni, .valid(cevt_valid_o[p]), .ready(cevt_ready_i[p]), .data(cevt_data_o[p*24+:24]));
    stream_sva #(.Width(RdBits)) u_rd (
      .clk_i, .rst_ni, .valid(rd_valid_i[p]), .ready(rd_ready_o[p]), .data(rd_data_i[p*RdBits+:RdBits]));
    stream_sva #(.Width(RdataBits)) u_rdata (
      .clk_i, .rst_ni, .valid(rdata_valid_o[p]), .ready(rdata_ready_i[p]),
      .data(rdata_data_o[p*RdataBits+:RdataBits]));
    stream_sva #(.Width(DescBits)) u_free (
      .clk_i, .rst_ni, .valid(free_valid_i[p]), .ready(free_ready_o[p]),
      .data(free_data_i[p*DescBits+:DescBits]));
    stream_sva #(.Width(CretBits)) u_cret (
      .clk_i, .rst_ni, .valid(cret_valid_i[p]), .ready(cret_ready_o[p]),
      .data(cret_data_i[p*CretBits+:CretBits]));
    desc_has_place: assert property (@(posedge clk_i) disable iff (!rst_ni)
        desc_push[p] |-> !desc_full[p]);
    evt_held_off: cover property (@(posedge clk_i) disable iff (!rst_ni) init_done && !evt_ok[p]);
  end

  // Cells.
  cells_conserved: assert property (@(posedge clk_i) disable iff (!rst_ni)
      init_done && quiet |-> !leak_now);
  never_more_cells: assert property (@(posedge clk_i) disable iff (!rst_ni)
      init_done |-> n_free + n_held <= 17'(NumCells));
  reserve_covered: assert property (@(posedge clk_i) disable iff (!rst_ni)
      init_done |-> n_rsv <= n_free);
  list_takes_back: assert property (@(posedge clk_i) disable iff (!rst_ni)
      init_done && list_push |-> list_ready);
  list_has_cell: assert property (@(posedge clk_i) disable iff (!rst_ni) list_pop |-> list_valid);
  alloc_entitled: assert property (@(posedge clk_i) disable iff (!rst_ni)
      alloc_any |-> (alloc_is_rsv ? n_rsv != 0 : n_free > n_rsv));

  // Idle contract.
  logic any_valid;
  assign any_valid = |{wr_valid_i, cq_valid_i, rd_valid_i, free_valid_i, cret_valid_i};
  idle_means_quiet: assert property (@(posedge clk_i) disable iff (!rst_ni) idle_o |-> quiet);
  idle_stays: assert property (@(posedge clk_i) disable iff (!rst_ni)
      idle_o && !any_valid |=> quiet);

  // Covers named in docs/testplan/mbuf.yaml.
  bank_write_conflict: cover property (@(posedge clk_i) (ww_req & ~ww_gnt) != 3'd0);
  bank_read_conflict: cover property (@(posedge clk_i) (word_req & ~word_gnt) != 3'd0);
  three_writes: cover property (@(posedge clk_i) ww_gnt == 3'b111);
  three_reads: cover property (@(posedge clk_i) word_gnt == 3'b111);
  alloc_tie: cover property (@(posedge clk_i) (alloc_req & (alloc_req - 3'd1)) != 3'd0);
  row_write_tie: cover property (@(posedge clk_i) (rw_req & (rw_req - 3'd1)) != 3'd0);
  row_read_tie: cover property (@(posedge clk_i) (row_req & (row_req - 3'd1)) != 3'd0);
  engine_tie: cover property (@(posedge clk_i) (ctx_req & (ctx_req - 14'd1)) != 14'd0);
  alloc_and_free: cover property (@(posedge clk_i) alloc_any && rel && init_done);
  pool_empty: cover property (@(posedge clk_i) init_done && shared_ok == 3'd0);
  only_response: cover property (@(posedge clk_i) init_done && shared_ok == 3'b010);
  reserve_used: cover property (@(posedge clk_i) alloc_any && alloc_is_rsv);
  event_fired: cover property (@(posedge clk_i) evt_fire != 3'd0);
  open_refused: cover property (@(posedge clk_i) tbl_done && tbl_write && tbl_error);
  all_free_again: cover property (@(posedge clk_i) init_done && n_free == 17'(NumCells) && idle_o);

  // Each reason at each place that can give it.
  for (genvar r = 1; r <= 8; r++) if (r != 6) begin : g_engine_reason  // there is no reason 6
    engine: cover property (@(posedge clk_i) ctx_fault.code == 8'(r));
  end
  for (genvar r = 9; r <= 12; r++) begin : g_free_reason
    free: cover property (@(posedge clk_i) free_fault.code == 8'(r));
  end
  free_stale: cover property (@(posedge clk_i) free_fault.code == 8'(mbuf_pkg::ReasonMbufStale));
  free_bad_conn: cover property (@(posedge clk_i) free_fault.code == 8'(mbuf_pkg::ReasonMbufBadConn));
  for (genvar c = 0; c < 3; c++) begin : g_reader
    mbuf_types_pkg::fault_t f;
    assign f = faults[(2+c)*mbuf_types_pkg::FaultBits+:mbuf_types_pkg::FaultBits];
    logic unused_f;
    assign unused_f = ^f;
    bad_conn: cover property (@(posedge clk_i) f.code == 8'(mbuf_pkg::ReasonMbufBadConn));
    stale: cover property (@(posedge clk_i) f.code == 8'(mbuf_pkg::ReasonMbufStale));
    for (genvar r = 9; r <= 12; r++) begin : g_reason
      read: cover property (@(posedge clk_i) f.code == 8'(r));
    end
  end

  logic unused;
  assign unused = ^{ctx_fault, free_fault, faults};
endmodule

// What a segment may do to the cells, and the shapes of segments that must have been seen.
/* verilator lint_off DECLFILENAME */  // the parts of one block
module mbuf_writer_sva (
  input logic clk_i,
  input logic rst_ni,
  input logic run,
  input logic accept,
  input logic need_cell,
  input logic leave,
  input logic complete,
  input logic has_hi,
  input logic flush_needed,
  input logic finish,
  input logic [16:0] len_sum,
  input logic [8:0] pos_q,
  input logic [7:0] left_q,
  input logic [7:0] beat_code,
  input logic [6:0] n,
  input logic [7:0] n_new_q,
  input logic abort_req_o,
  input logic commit_gnt_i,
  input logic wq_v_q,
  input logic wq_retire,
  input logic [2:0] sl_q
);
  length_bounded: assert property (@(posedge clk_i) disable iff (!rst_ni)
      accept |-> len_sum[16] == 1'b0);
  logic unused;
  assign unused = ^len_sum;
  fill_bounded: assert property (@(posedge clk_i) disable iff (!rst_ni) run |-> pos_q <= 9'd256);
  cap_kept: assert property (@(posedge clk_i) disable iff (!rst_ni)
      accept && need_cell |-> left_q != 8'd0);
  one_slot: assert property (@(posedge clk_i) disable iff (!rst_ni) finish |-> sl_q == 3'd0);

  appended: cover property (@(posedge clk_i) accept && n != 0 && n_new_q == 0 && pos_q[7:0] != 0);
  one_byte: cover property (@(posedge clk_i) accept && n == 7'd1);
  marker: cover property (@(posedge clk_i) accept && n == 7'd0);
  cell_ends_on_beat: cover property (@(posedge clk_i) accept && leave && pos_q[8]);
  cell_ends_in_beat: cover property (@(posedge clk_i) accept && leave && !pos_q[8]);
  spill: cover property (@(posedge clk_i) accept && flush_needed && has_hi && !leave);
  exact_word: cover property (@(posedge clk_i) accept && complete && !has_hi);
  refused_late: cover property (@(posedge clk_i) run && beat_code != 0 && n_new_q != 0);
  aborted: cover property (@(posedge clk_i) abort_req_o);
  store_waits: cover property (@(posedge clk_i) wq_v_q && !wq_retire);
  commit_waits: cover property (@(posedge clk_i) sl_q == 3'd2 && !commit_gnt_i);
endmodule

module mbuf_reader_sva (
  input logic clk_i,
  input logic rst_ni,
  input logic [2:0] out_level_i,
  input logic out_push_o,
  input logic space,
  input logic run_q,
  input logic leave_cell,
  input logic nxt_v_q,
  input logic [5:0] shift_q,
  input logic f_v_q,
  input logic f_word_q
);
  out_has_place: assert property (@(posedge clk_i) disable iff (!rst_ni)
      out_push_o |-> out_level_i < 3'd4);

  aligned: cover property (@(posedge clk_i) run_q && shift_q == 6'd0);
  unaligned: cover property (@(posedge clk_i) run_q && shift_q != 6'd0);
  tail_beat: cover property (@(posedge clk_i) f_v_q && !f_word_q);
  row_ready: cover property (@(posedge clk_i) run_q && leave_cell && nxt_v_q);
  row_late: cover property (@(posedge clk_i) run_q && leave_cell && !nxt_v_q);
  stalled: cover property (@(posedge clk_i) run_q && !space);
endmodule
