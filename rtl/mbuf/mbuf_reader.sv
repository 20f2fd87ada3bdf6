// SPDX-License-Identifier: Apache-2.0
//
// Consumer port: walks a chain, reads one word a cycle and turns the words into beats that begin at
// the read's first byte. A cell that is not the connection's, or not there, ends the read with err.
module mbuf_reader #(
  parameter int unsigned NumCells = 4096,
  parameter int unsigned NumConns = 1024,
  parameter int unsigned Port = 0,
  localparam int unsigned OutDepth = 4
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic                h_valid_i,  // head of the port's input FIFO
  input  mbuf_pkg::mbuf_rd_t  h_i,
  output logic                h_pop_o,

  output logic                row_req_o,  // side row of a cell
  output logic [15:0]         row_cell_o,
  input  logic                row_gnt_i,
  input  mbuf_types_pkg::row_t row_i,     // one cycle after row_gnt_i
  input  logic                row_dead_i, // that cell is not allocated

  output logic                word_req_o, // word of a data bank
  output logic [15:0]         word_cell_o,
  output logic [1:0]          word_idx_o,
  input  logic                word_gnt_i,
  input  logic [511:0]        word_i,     // one cycle after word_gnt_i

  input  logic [2:0]          out_level_i,  // beats in the output FIFO
  output logic                out_push_o,
  output mbuf_pkg::mbuf_rdata_t out_o,

  output mbuf_types_pkg::fault_t fault_o,
  output logic                idle_o
);
  // ---- read in progress ----
  logic run_q, run_d;
  logic [19:0] conn_q, conn_d;
  logic [3:0] gen_q, gen_d;
  logic [15:0] bytes_q, bytes_d;    // bytes still to be given out
  logic [10:0] words_q, words_d;    // words still to be read
  logic [5:0] shift_q, shift_d;     // first byte's place in the first word
  logic first_q, first_d;           // no word was read yet
  logic [7:0] err_q, err_d;         // the next slot is the error beat
  logic cur_v_q, cur_v_d, cur_nv_q, cur_nv_d;
  logic [15:0] cur_q, cur_d, cur_next_q, cur_next_d;
  logic [7:0] cur_err_q, cur_err_d;
  logic [1:0] idx_q, idx_d;
  logic ask_q, ask_d;               // a row is wanted
  logic [15:0] ask_cell_q, ask_cell_d;
  logic get_q, get_d;               // that row arrives in this cycle
  logic nxt_v_q, nxt_v_d;
  mbuf_types_pkg::row_t nxt_q, nxt_d;
  logic [7:0] nxt_err_q, nxt_err_d;
  logic [15:0] nxt_cell_q, nxt_cell_d;
  logic [15:0] sum_q, sum_d;
  logic shared_q, shared_d;

  // ---- word in flight ----
  logic f_v_q, f_v_d, f_word_q, f_word_d, f_emit_q, f_emit_d, f_last_q, f_last_d, f_shared_q;
  logic [6:0] f_nb_q, f_nb_d;
  logic [7:0] f_err_q, f_err_d;
  logic [5:0] f_shift_q;
  logic [15:0] f_sum_q;
  logic [511:0] res_q;

  // A new read: refused at once if it cannot be walked.
  logic [7:0] head_err;
  always_comb begin
    head_err = 8'd0;
    if ({12'd0, h_i.conn.conn_id} >= NumConns) head_err = 8'(mbuf_pkg::ReasonMbufBadConn);
    else if (h_i.len == 16'd0) head_err = 8'(mbuf_pkg::ReasonMbufBadChain);
    else if ({16'd0, h_i.first_cell} >= NumCells) head_err = 8'(mbuf_pkg::ReasonMbufBadCell);
  end

  logic [16:0] span;
  assign span = {1'b0, h_i.len} + {11'd0, h_i.offset[5:0]} + 17'd63;

  // The row that arrives: owner check.
  logic [7:0] row_err;
  always_comb begin
    row_err = 8'd0;
    if (row_dead_i) row_err = 8'(mbuf_pkg::ReasonMbufDeadCell);
    else if (row_i.conn_id != conn_q) row_err = 8'(mbuf_pkg::ReasonMbufForeignCell);
    else if (row_i.gen != gen_q) row_err = 8'(mbuf_pkg::ReasonMbufStale);
  end

  logic [16:0] sum_raw;
  logic load_cur;
  mbuf_types_pkg::row_t load_row;
  logic [7:0] load_err;
  logic [15:0] load_cell;

  logic space, issue, leave_cell;
  logic [6:0] nb;
  assign space = (out_level_i + {2'd0, f_v_q}) < 3'(OutDepth);
  assign nb = (bytes_q > 16'd64) ? 7'd64 : bytes_q[6:0];

  assign row_req_o = run_q ? ask_q : (h_valid_i & (head_err == 8'd0));
  assign row_cell_o = run_q ? ask_cell_q : h_i.first_cell;
  assign word_req_o = run_q & (err_q == 8'd0) & cur_v_q & (cur_err_q == 8'd0) & (words_q != 11'd0)
      & space;
  assign word_cell_o = cur_q;
  assign word_idx_o = idx_q;

  always_comb begin
    run_d = run_q;
    conn_d = conn_q;
    gen_d = gen_q;
    bytes_d = bytes_q;
    words_d = words_q;
    shift_d = shift_q;
    first_d = first_q;
    err_d = err_q;
    cur_v_d = cur_v_q;
    cur_d = cur_q;
    cur_nv_d = cur_nv_q;
    cur_next_d = cur_next_q;
    cur_err_d = cur_err_q;
    idx_d = idx_q;
    ask_d = ask_q;
    ask_cell_d = ask_cell_q;
    get_d = 1'b0;
    nxt_v_d = nxt_v_q;
    nxt_d = nxt_q;
    nxt_err_d = nxt_err_q;
    nxt_cell_d = nxt_cell_q;
    sum_d = sum_q;
    shared_d = shared_q;
    f_v_d = 1'b0;
    f_word_d = 1'b0;
    f_emit_d = 1'b0;
    f_last_d = 1'b0;
    f_nb_d = nb;
    f_err_d = 8'd0;
    h_pop_o = 1'b0;
    issue = 1'b0;
    leave_cell = 1'b0;
    load_cur = 1'b0;
    sum_raw = 17'd0;
    load_row = row_i;
    load_err = row_err;
    load_cell = ask_cell_q;
    fault_o = '0;
    fault_o.source = mbuf_pkg::SourceRd;
    fault_o.port = 2'(Port);
    fault_o.conn_id = conn_q;
    fault_o.gen = gen_q;

    if (~run_q) begin
      conn_d = h_i.conn.conn_id;
      gen_d = h_i.conn.gen;
      bytes_d = h_i.len;
      words_d = span[16:6];
      shift_d = h_i.offset[5:0];
      idx_d = h_i.offset[7:6];
      first_d = 1'b1;
      err_d = head_err;
      cur_v_d = 1'b0;
      nxt_v_d = 1'b0;
      ask_d = 1'b0;
      ask_cell_d = h_i.first_cell;
      sum_d = 16'd0;
      shared_d = 1'b0;
      if (h_valid_i & ((head_err != 8'd0) | row_gnt_i)) begin
        h_pop_o = 1'b1;
        run_d = 1'b1;
        get_d = head_err == 8'd0;
      end
    end else begin
      // One slot of the read goes into flight: a word, the rest of the last word, or the error.
      if ((err_q != 8'd0) | (cur_v_q & (cur_err_q != 8'd0))) begin
        if (space) begin
          f_v_d = 1'b1;
          f_emit_d = 1'b1;
          f_last_d = 1'b1;
          f_nb_d = 7'd0;
          f_err_d = (err_q != 8'd0) ? err_q : cur_err_q;
          run_d = 1'b0;
          fault_o.code = f_err_d;
        end
      end else if (words_q != 11'd0) begin
        issue = word_gnt_i;
        f_v_d = issue;
        f_word_d = 1'b1;
        f_emit_d = ~(first_q & (shift_q != 6'd0));
      end else begin
        issue = space;
        f_v_d = issue;
        f_emit_d = 1'b1;
      end
      if (issue) begin
        first_d = 1'b0;
        if (f_word_d) begin
          words_d = words_q - 11'd1;
          idx_d = idx_q + 2'd1;
          leave_cell = (idx_q == 2'd3) & (words_q != 11'd1);
        end
        if (f_emit_d) begin
          bytes_d = bytes_q - {9'd0, nb};
          f_last_d = bytes_q <= 16'd64;
          if (f_last_d) run_d = 1'b0;
        end
      end

      // Rows: the one of the current cell, and the next one ahead of time.
      if (ask_q & row_gnt_i) begin
        ask_d = 1'b0;
        get_d = 1'b1;
      end
      if (leave_cell) begin
        cur_v_d = 1'b0;
        if (~cur_nv_q) err_d = 8'(mbuf_pkg::ReasonMbufBadChain);
      end
      if (nxt_v_q & leave_cell) begin
        load_cur = 1'b1;
        load_row = nxt_q;
        load_err = nxt_err_q;
        load_cell = nxt_cell_q;
        nxt_v_d = 1'b0;
      end else if (get_q & (~cur_v_q | leave_cell)) begin
        load_cur = 1'b1;
      end else if (get_q) begin
        nxt_v_d = 1'b1;
        nxt_d = row_i;
        nxt_err_d = row_err;
        nxt_cell_d = ask_cell_q;
      end
      sum_raw = {1'b0, sum_q} + {1'b0, load_row.sum};
      if (load_cur) begin
        cur_v_d = 1'b1;
        cur_d = load_cell;
        cur_nv_d = load_row.next_v;
        cur_next_d = load_row.next;
        cur_err_d = load_err;
        if (load_err == 8'd0) begin
          sum_d = sum_raw[15:0] + {15'd0, sum_raw[16]};
          shared_d = shared_q | load_row.shared;
          // More words than this cell holds: ask for the next row now.
          if (load_row.next_v & (words_d > {8'd0, 3'd4 - {1'b0, idx_d}})) begin
            ask_d = 1'b1;
            ask_cell_d = load_row.next;
          end
        end
      end
    end
  end

  // Reset only what has to be: everything else is loaded before it is used.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      run_q <= 1'b0;
      ask_q <= 1'b0;
      get_q <= 1'b0;
      f_v_q <= 1'b0;
    end else begin
      run_q <= run_d;
      ask_q <= ask_d & run_d;
      get_q <= get_d & run_d;
      f_v_q <= f_v_d;
    end
  end
  always_ff @(posedge clk_i) begin
    conn_q <= conn_d;
    gen_q <= gen_d;
    bytes_q <= bytes_d;
    words_q <= words_d;
    shift_q <= shift_d;
    first_q <= first_d;
    err_q <= err_d;
    cur_v_q <= cur_v_d;
    cur_q <= cur_d;
    cur_nv_q <= cur_nv_d;
    cur_next_q <= cur_next_d;
    cur_err_q <= cur_err_d;
    idx_q <= idx_d;
    ask_cell_q <= ask_cell_d;
    nxt_v_q <= nxt_v_d;
    nxt_q <= nxt_d;
    nxt_err_q <= nxt_err_d;
    nxt_cell_q <= nxt_cell_d;
    sum_q <= sum_d;
    shared_q <= shared_d;
    f_word_q <= f_word_d;
    f_emit_q <= f_emit_d;
    f_last_q <= f_last_d;
    f_nb_q <= f_nb_d;
    f_err_q <= f_err_d;
    f_shift_q <= shift_q;
    f_sum_q <= sum_q;
    f_shared_q <= shared_q;
    if (f_v_q & f_word_q) res_q <= word_i;
  end

  // ---- beats ----
  logic [511:0] low;
  logic [1023:0] both;
  logic [511:0] turned;
  // Aligned reads need only the word itself; the others the rest of the word before it.
  assign low = (f_shift_q == 6'd0) ? word_i : res_q;
  assign both = {(f_word_q ? word_i : 512'd0), low} >> {f_shift_q, 3'd0};
  assign turned = both[511:0];
  assign out_push_o = f_v_q & f_emit_q;
  always_comb begin
    for (int i = 0; i < 64; i++) begin
      out_o.data[i] = (7'(i) < f_nb_q) ? turned[8*i+:8] : 8'd0;
    end
    out_o.nbytes = f_nb_q;
    out_o.last = f_last_q;
    out_o.err = f_err_q != 8'd0;
    out_o.err_code = f_err_q;
    out_o.shared = f_last_q & (f_err_q == 8'd0) & f_shared_q;
    out_o.csum = (f_last_q & (f_err_q == 8'd0)) ? f_sum_q : 16'd0;
  end

  assign idle_o = ~run_q & ~h_valid_i & ~f_v_q;

  logic unused;
  assign unused = ^{cur_next_q, span[5:0], both[1023:512], nxt_q.tog, nxt_q.conn_id, nxt_q.gen, nxt_q.dir,
                    nxt_q.grant, load_row};
endmodule
