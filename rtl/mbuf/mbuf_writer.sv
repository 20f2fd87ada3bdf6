// SPDX-License-Identifier: Apache-2.0
//
// Producer port: takes one beat a cycle, packs the bytes into cells and finishes each segment with a
// slot, which waits for the last word to be stored, is committed by the connection engine and, if the
// segment is refused, gives its cells to the free engine. Timing: docs/uarch/mbuf.md.
module mbuf_writer #(
  parameter int unsigned NumConns = 1024
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic                h_valid_i,     // head of the port's input FIFO
  input  mbuf_pkg::mbuf_wr_t  h_i,
  output logic                h_pop_o,

  output logic                start_req_o,   // OpStart for the head's connection -> engine
  output logic [19:0]         start_conn_o,
  output logic [3:0]          start_gen_o,
  output logic                start_dir_o,
  input  logic                start_gnt_i,
  input  mbuf_types_pkg::start_t start_rsp_i,  // one cycle after start_gnt_i
  input  logic                evt_ok_i,      // the event queue has room for what may be armed

  input  logic [2:0]          shared_ok_i,   // a shared cell may be granted, per class
  output logic                alloc_req_o,
  output logic                alloc_rsv_o,   // out of the reservation
  output logic [1:0]          alloc_cls_o,
  input  logic                alloc_gnt_i,
  input  logic [15:0]         alloc_cell_i,
  input  logic                alloc_tog_i,   // released-toggle bit of that cell

  output logic                ww_req_o,      // word into a data bank
  output logic [15:0]         ww_cell_o,
  output logic [1:0]          ww_idx_o,
  output logic [511:0]        ww_data_o,
  output logic [63:0]         ww_mask_o,
  input  logic                ww_gnt_i,

  output logic                rw_req_o,      // side row
  output logic [15:0]         rw_cell_o,
  output mbuf_types_pkg::row_t rw_row_o,
  input  logic                rw_gnt_i,

  output logic                commit_req_o,  // OpCommit -> engine
  input  logic                commit_ok_i,   // the descriptor FIFO has a place
  input  logic                commit_gnt_i,
  input  logic                commit_abort_i,  // one cycle after commit_gnt_i: free the cells again
  output logic                slot_fresh_o,  // the slot's last cell is new and not yet committed
  output mbuf_types_pkg::slot_t slot_o,
  output logic [15:0]         slot_last_o,   // that cell
  output logic                abort_req_o,   // slot's chain -> free engine
  output mbuf_types_pkg::job_t abort_job_o,
  input  logic                abort_gnt_i,

  output logic                idle_o
);
  localparam logic [2:0] StIdle = 3'd0;
  localparam logic [2:0] StWait = 3'd1;   // OpStart is being done
  localparam logic [2:0] StRun = 3'd2;
  localparam logic [2:0] StDrain = 3'd3;  // swallows the rest of a refused segment
  localparam logic [2:0] StFlush = 3'd4;  // stores what the last beat left over

  localparam logic [2:0] SlEmpty = 3'd0;
  localparam logic [2:0] SlStore = 3'd1;  // the last word or row is not stored yet
  localparam logic [2:0] SlReq = 3'd2;    // wants OpCommit
  localparam logic [2:0] SlDone = 3'd3;   // OpCommit is being done
  localparam logic [2:0] SlAbort = 3'd4;  // wants its cells freed

  // ---- segment in progress ----
  logic [2:0] st_q, st_d;
  logic [7:0] code_q, code_d;
  logic noctx_q, noctx_d;
  logic [19:0] conn_q, conn_d;
  logic [3:0] gen_q, gen_d;
  logic dir_q, dir_d;
  logic [1:0] cls_q, cls_d;
  logic [31:0] credit_q, credit_d;
  logic [7:0] left_q, left_d;
  logic rsv_q, rsv_d, rsv_taken_q, rsv_taken_d;
  logic cur_v_q, cur_v_d, tog_q, tog_d, used_p_q, used_p_d;
  logic [1:0] grant_q, grant_d;
  logic [15:0] cur_q, cur_d, first_q, first_d;
  logic [8:0] pos_q, pos_d;
  logic [7:0] offset_q, offset_d, n_cells_q, n_cells_d, n_new_q, n_new_d;
  logic [16:0] len_q, len_d;
  logic [511:0] acc_q, acc_d;
  logic [63:0] mask_q, mask_d;
  logic [15:0] sum_q, sum_d;

  // ---- store register ----
  logic wq_v_q, wq_word_q, wq_row_q, wq_before_q;
  logic wq_word_done_q, wq_row_done_q;
  logic [15:0] wq_cell_q, wq_row_cell_q;
  logic [1:0] wq_idx_q;
  logic [511:0] wq_data_q;
  logic [63:0] wq_mask_q;
  mbuf_types_pkg::row_t wq_row_data_q;
  logic wq_load, wq_word_d, wq_row_d, wq_before_d;
  logic [15:0] wq_cell_d, wq_row_cell_d;
  logic [1:0] wq_idx_d;
  logic [511:0] wq_data_d;
  logic [63:0] wq_mask_d;
  mbuf_types_pkg::row_t wq_row_data_d;

  logic wq_retire, can_wq;
  assign ww_req_o = wq_v_q & wq_word_q & ~wq_word_done_q;
  assign rw_req_o = wq_v_q & wq_row_q & ~wq_row_done_q;
  assign wq_retire = wq_v_q & (~ww_req_o | ww_gnt_i) & (~rw_req_o | rw_gnt_i);
  assign can_wq = ~wq_v_q | wq_retire;
  assign ww_cell_o = wq_cell_q;
  assign ww_idx_o = wq_idx_q;
  assign ww_data_o = wq_data_q;
  assign ww_mask_o = wq_mask_q;

  // A word that belongs to the row's cell counts in the row's sum; one that follows it does not.
  logic [15:0] word_base, word_sum, row_sum, sum_after;
  logic [511:0] sum_word;
  assign sum_word = (wq_v_q & wq_word_q) ? wq_data_q : 512'd0;
  assign word_base = (wq_row_q & wq_before_q) ? 16'd0 : sum_q;
  mbuf_sum u_sum (.data_i(sum_word), .base_i(word_base), .sum_o(word_sum));
  assign row_sum = wq_before_q ? sum_q : word_sum;
  assign sum_after = (wq_row_q & wq_row_data_q.next_v & ~wq_before_q) ? 16'd0 : word_sum;
  assign rw_cell_o = wq_row_cell_q;
  always_comb begin
    rw_row_o = wq_row_data_q;
    rw_row_o.sum = row_sum;
  end

  // ---- the head beat ----
  logic [6:0] n;
  logic [9:0] end_pos;
  logic [16:0] len_sum;
  logic need_cell, leave, complete, has_hi, flush_needed, run;
  logic [6:0] tot;
  logic [5:0] w;
  logic [7:0] beat_code;
  assign n = h_i.nbytes;
  assign w = pos_q[5:0];
  assign tot = {1'b0, w} + n;  // n <= 64 whenever it matters
  assign end_pos = {1'b0, pos_q} + {3'd0, n};
  // A cap of 255 cells ends every segment before 65536 bytes.
  assign len_sum = len_q + {10'd0, n};
  assign need_cell = (n != 7'd0) & (end_pos > 10'd256);
  assign leave = need_cell & cur_v_q;
  assign complete = (n != 7'd0) & (tot >= 7'd64);
  assign has_hi = complete & (tot != 7'd64);
  assign flush_needed = h_i.last & (leave | has_hi);
  assign run = (st_q == StRun) & h_valid_i;

  always_comb begin
    beat_code = 8'd0;
    if ((n > 7'd64) | ((n == 7'd0) & ~h_i.last)) beat_code = 8'(mbuf_pkg::ReasonMbufBadBeat);
    else if ({25'd0, n} > credit_q) beat_code = 8'(mbuf_pkg::ReasonMbufNoCredit);
    else if (need_cell & (left_q == 8'd0)) beat_code = 8'(mbuf_pkg::ReasonMbufCellCap);
    else if (need_cell & ~rsv_q & ~shared_ok_i[cls_q]) beat_code = 8'(mbuf_pkg::ReasonMbufNoCells);
  end

  logic slot_free, accept, finish_beat;
  logic [2:0] sl_q;
  assign slot_free = sl_q == SlEmpty;
  assign finish_beat = h_i.last & ~flush_needed;
  assign alloc_req_o = run & (beat_code == 8'd0) & need_cell & can_wq & (slot_free | ~finish_beat);
  assign alloc_rsv_o = rsv_q;
  assign alloc_cls_o = cls_q;
  assign accept = run & (beat_code == 8'd0) & can_wq & (slot_free | ~finish_beat)
      & (~need_cell | alloc_gnt_i);

  // Bytes beyond n are zero; then the word is turned to its place.
  logic [63:0] byte_mask;
  logic [127:0] place_mask;
  logic [511:0] bytes;
  logic [1023:0] place;
  logic [511:0] word;
  logic [63:0] word_mask;
  always_comb begin
    byte_mask = n[6] ? 64'hffff_ffff_ffff_ffff : ((64'd1 << n[5:0]) - 64'd1);
    for (int i = 0; i < 64; i++) begin
      bytes[8*i+:8] = byte_mask[i] ? h_i.data[i] : 8'd0;
    end
    place = {512'd0, bytes} << {w, 3'd0};
    place_mask = {64'd0, byte_mask} << w;
    word = acc_q | place[511:0];
    word_mask = mask_q | place_mask[63:0];
  end

  // ---- START ----
  logic slot_blocks;
  logic [19:0] slot_conn;
  logic in_range;
  assign slot_blocks = (sl_q != SlEmpty) & (slot_conn == h_i.conn.conn_id);
  assign in_range = {12'd0, h_i.conn.conn_id} < NumConns;
  assign start_req_o = (st_q == StIdle) & h_valid_i & in_range & (h_i.cls != 2'd3)
      & can_wq & ~slot_blocks & evt_ok_i;
  assign start_conn_o = h_i.conn.conn_id;
  assign start_gen_o = h_i.conn.gen;
  assign start_dir_o = h_i.dir;

  // ---- next state ----
  logic finish, slot_store;
  logic [15:0] new_cell;
  logic [8:0] new_pos;
  assign new_cell = alloc_cell_i;
  always_comb begin
    new_pos = pos_q + {2'd0, n};
    if (need_cell) new_pos = pos_q[8] ? {2'd0, n} : end_pos[8:0] - 9'd256;
  end

  always_comb begin
    st_d = st_q;
    code_d = code_q;
    noctx_d = noctx_q;
    conn_d = conn_q;
    gen_d = gen_q;
    dir_d = dir_q;
    cls_d = cls_q;
    credit_d = credit_q;
    left_d = left_q;
    rsv_d = rsv_q;
    rsv_taken_d = rsv_taken_q;
    cur_v_d = cur_v_q;
    cur_d = cur_q;
    tog_d = tog_q;
    grant_d = grant_q;
    used_p_d = used_p_q;
    first_d = first_q;
    pos_d = pos_q;
    offset_d = offset_q;
    n_cells_d = n_cells_q;
    n_new_d = n_new_q;
    len_d = len_q;
    acc_d = acc_q;
    mask_d = mask_q;
    h_pop_o = 1'b0;
    finish = 1'b0;
    slot_store = 1'b0;
    wq_load = 1'b0;
    wq_word_d = 1'b0;
    wq_row_d = 1'b0;
    wq_before_d = 1'b0;
    wq_cell_d = cur_q;
    wq_idx_d = pos_q[7:6];
    wq_data_d = acc_q;
    wq_mask_d = mask_q;
    wq_row_cell_d = cur_q;
    wq_row_data_d.next_v = 1'b0;
    wq_row_data_d.next = 16'd0;
    wq_row_data_d.sum = 16'd0;
    wq_row_data_d.conn_id = conn_q;
    wq_row_data_d.gen = gen_q;
    wq_row_data_d.dir = dir_q;
    wq_row_data_d.grant = grant_q;
    wq_row_data_d.tog = tog_q;
    wq_row_data_d.shared = used_p_q & (n_new_q == 8'd0);

    case (st_q)
      StIdle: begin
        if (h_valid_i) begin
          conn_d = h_i.conn.conn_id;
          gen_d = h_i.conn.gen;
          dir_d = h_i.dir;
          cls_d = h_i.cls;
          code_d = 8'd0;
          noctx_d = 1'b0;
          len_d = 17'd0;
          n_cells_d = 8'd0;
          n_new_d = 8'd0;
          used_p_d = 1'b0;
          first_d = 16'd0;
          offset_d = 8'd0;
          rsv_d = 1'b0;
          rsv_taken_d = 1'b0;
          acc_d = 512'd0;
          mask_d = 64'd0;
          if (~in_range) begin
            st_d = StDrain;
            code_d = 8'(mbuf_pkg::ReasonMbufBadConn);
            noctx_d = 1'b1;
          end else if (h_i.cls == 2'd3) begin
            st_d = StDrain;
            code_d = 8'(mbuf_pkg::ReasonMbufBadBeat);
            noctx_d = 1'b1;
          end else if (start_gnt_i) begin
            st_d = StWait;
          end
        end
      end
      StWait: begin
        credit_d = start_rsp_i.credit;
        left_d = start_rsp_i.cells_left;
        rsv_d = start_rsp_i.rsv_avail;
        rsv_taken_d = start_rsp_i.rsv_avail;
        cur_v_d = start_rsp_i.open_v & ~start_rsp_i.open_fill[8];
        cur_d = start_rsp_i.open_cell;
        tog_d = start_rsp_i.open_tog;
        grant_d = start_rsp_i.open_grant;
        pos_d = (start_rsp_i.open_v & ~start_rsp_i.open_fill[8]) ? start_rsp_i.open_fill : 9'd256;
        if (start_rsp_i.code != 8'd0) begin
          st_d = StDrain;
          code_d = start_rsp_i.code;
          noctx_d = 1'b1;
        end else begin
          st_d = StRun;
        end
      end
      StRun: begin
        if (run & (beat_code != 8'd0)) begin
          st_d = StDrain;
          code_d = beat_code;
          acc_d = 512'd0;
          mask_d = 64'd0;
        end else if (accept) begin
          h_pop_o = 1'b1;
          credit_d = credit_q - {25'd0, n};
          len_d = len_sum;
          pos_d = new_pos;
          if (n != 7'd0) begin
            if (len_q == 17'd0) begin
              first_d = pos_q[8] ? new_cell : cur_q;
              offset_d = pos_q[7:0];
              n_cells_d = (~pos_q[8] & need_cell) ? 8'd2 : 8'd1;
            end else if (need_cell) begin
              n_cells_d = n_cells_q + 8'd1;
            end
            if (~pos_q[8] & (n_new_q == 8'd0)) used_p_d = 1'b1;
          end
          if (need_cell) begin
            cur_v_d = 1'b1;
            cur_d = new_cell;
            tog_d = ~alloc_tog_i;
            grant_d = rsv_q ? mbuf_types_pkg::GrantReserved : cls_q;
            rsv_d = 1'b0;
            left_d = left_q - 8'd1;
            n_new_d = n_new_q + 8'd1;
          end
          // Word under construction: complete, the segment's end, or kept.
          wq_cell_d = pos_q[8] ? new_cell : cur_q;
          wq_idx_d = pos_q[8] ? 2'd0 : pos_q[7:6];
          wq_data_d = word;
          wq_mask_d = word_mask;
          wq_word_d = complete | (finish_beat & (word_mask != 64'd0));
          acc_d = wq_word_d ? place[1023:512] : word;
          mask_d = wq_word_d ? place_mask[127:64] : word_mask;
          if (leave) begin
            wq_row_d = 1'b1;
            wq_before_d = pos_q[8];
            wq_row_data_d.next_v = 1'b1;
            wq_row_data_d.next = new_cell;
            wq_row_data_d.shared = (n_new_q == 8'd0);
          end else if (finish_beat & (len_sum != 17'd0)) begin
            wq_row_d = 1'b1;
            wq_row_cell_d = cur_d;
            wq_row_data_d.tog = tog_d;
            wq_row_data_d.grant = grant_d;
            wq_row_data_d.shared = used_p_d & (n_new_d == 8'd0);
          end
          wq_load = wq_word_d | wq_row_d;
          if (finish_beat) begin
            st_d = StIdle;
            finish = 1'b1;
            slot_store = wq_load;
          end else if (h_i.last) begin
            st_d = StFlush;
          end
        end
      end
      StDrain: begin
        if (h_valid_i) begin
          if (~h_i.last) begin
            h_pop_o = 1'b1;
          end else if (len_q != 17'd0) begin
            h_pop_o = 1'b1;
            st_d = StFlush;
          end else if (slot_free) begin
            h_pop_o = 1'b1;
            st_d = StIdle;
            finish = 1'b1;
          end
        end
      end
      default: begin  // StFlush
        if (can_wq & slot_free) begin
          wq_word_d = mask_q != 64'd0;
          wq_row_d = 1'b1;
          wq_load = 1'b1;
          acc_d = 512'd0;
          mask_d = 64'd0;
          st_d = StIdle;
          finish = 1'b1;
          slot_store = 1'b1;
        end
      end
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      st_q <= StIdle;
      wq_v_q <= 1'b0;
      wq_word_q <= 1'b0;
      wq_row_q <= 1'b0;
      wq_before_q <= 1'b0;
      wq_word_done_q <= 1'b0;
      wq_row_done_q <= 1'b0;
    end else begin
      st_q <= st_d;
      if (wq_load) begin
        wq_v_q <= 1'b1;
        wq_word_q <= wq_word_d;
        wq_row_q <= wq_row_d;
        wq_before_q <= wq_before_d;
        wq_word_done_q <= 1'b0;
        wq_row_done_q <= 1'b0;
      end else if (wq_retire) begin
        wq_v_q <= 1'b0;
        wq_word_q <= 1'b0;
        wq_row_q <= 1'b0;
        wq_before_q <= 1'b0;
      end else begin
        wq_word_done_q <= wq_word_done_q | (ww_req_o & ww_gnt_i);
        wq_row_done_q <= wq_row_done_q | (rw_req_o & rw_gnt_i);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    code_q <= code_d;
    noctx_q <= noctx_d;
    conn_q <= conn_d;
    gen_q <= gen_d;
    dir_q <= dir_d;
    cls_q <= cls_d;
    credit_q <= credit_d;
    left_q <= left_d;
    rsv_q <= rsv_d;
    rsv_taken_q <= rsv_taken_d;
    cur_v_q <= cur_v_d;
    cur_q <= cur_d;
    tog_q <= tog_d;
    grant_q <= grant_d;
    used_p_q <= used_p_d;
    first_q <= first_d;
    pos_q <= pos_d;
    offset_q <= offset_d;
    n_cells_q <= n_cells_d;
    n_new_q <= n_new_d;
    len_q <= len_d;
    acc_q <= acc_d;
    mask_q <= mask_d;
    if (wq_load) begin
      wq_cell_q <= wq_cell_d;
      wq_idx_q <= wq_idx_d;
      wq_data_q <= wq_data_d;
      wq_mask_q <= wq_mask_d;
      wq_row_cell_q <= wq_row_cell_d;
      wq_row_data_q <= wq_row_data_d;
    end
    if (st_q == StWait) sum_q <= cur_v_d ? start_rsp_i.open_sum : 16'd0;
    else if (wq_retire) sum_q <= sum_after;
  end
  assign sum_d = sum_after;

  // ---- slot ----
  // What the last beat says; kept for a flush, because the slot may still be in use then.
  logic [68:0] flags_q, flags_head;
  assign flags_head = {h_i.som, h_i.eom, h_i.fin, h_i.rst, h_i.err, h_i.err_code, h_i.epoch, h_i.ts};

  mbuf_types_pkg::slot_t slot_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      sl_q <= SlEmpty;
    end else begin
      case (sl_q)
        SlEmpty: if (finish) sl_q <= slot_store ? SlStore : SlReq;
        SlStore: if (wq_retire) sl_q <= SlReq;
        SlReq:   if (commit_gnt_i) sl_q <= SlDone;
        SlDone:  sl_q <= commit_abort_i ? SlAbort : SlEmpty;
        default: if (abort_gnt_i) sl_q <= SlEmpty;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    if (finish) begin
      slot_q.noctx <= noctx_d;
      {slot_q.som, slot_q.eom, slot_q.fin, slot_q.rst, slot_q.err, slot_q.err_code, slot_q.epoch,
       slot_q.ts} <= h_pop_o ? flags_head : flags_q;
      slot_q.code <= code_d;
      slot_q.conn_id <= conn_q;
      slot_q.gen <= gen_q;
      slot_q.dir <= dir_q;
      slot_q.cls <= cls_q;
      slot_q.seg_len <= len_d[15:0];
      slot_q.first <= first_d;
      slot_q.last <= (len_d != 17'd0) ? cur_d : 16'd0;
      slot_q.n_cells <= n_cells_d;
      slot_q.offset <= offset_d;
      slot_q.n_new <= n_new_d;
      slot_q.rsv_taken <= rsv_taken_q;
      slot_q.rsv_left <= rsv_d;
      slot_q.used_p <= used_p_d;
      slot_q.pos <= pos_d;
      slot_q.tog <= tog_d;
      slot_q.grant <= grant_d;
    end
    if (h_pop_o & h_i.last) flags_q <= flags_head;
    if ((sl_q == SlStore) & wq_retire) slot_q.sum <= sum_d;
  end
  assign slot_o = slot_q;
  assign slot_conn = slot_q.conn_id;
  assign slot_last_o = slot_q.last;
  assign abort_job_o = {slot_q.conn_id, slot_q.gen, slot_q.dir, slot_q.first, slot_q.last,
                        slot_q.n_cells};
  assign slot_fresh_o = (sl_q != SlEmpty) & (sl_q != SlAbort) & (slot_q.n_new != 8'd0);
  assign commit_req_o = (sl_q == SlReq) & commit_ok_i;
  assign abort_req_o = sl_q == SlAbort;

  assign idle_o = (st_q == StIdle) & ~h_valid_i & ~wq_v_q & (sl_q == SlEmpty);

  logic unused;
  assign unused = ^{len_q[16]};
endmodule
