// SPDX-License-Identifier: Apache-2.0
//
// Frees chains in two walks, so that a descriptor with anything wrong in it touches nothing: first
// the check (owner, allocation, links, length), then the release, one cell a cycle through the
// connection engine. The check of a chain runs beside the release of the one before it.
module mbuf_free #(
  parameter int unsigned NumCells = 4096,
  parameter int unsigned NumConns = 1024
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic [5:0]          req_i,       // 0..2 consumers, 3..5 refused segments of producers
  input  logic [6*mbuf_types_pkg::JobBits-1:0] job_i,
  output logic [5:0]          gnt_o,       // the job is taken
  input  logic [2:0]          fresh_i,     // cells finished but not committed, per producer:
  input  logic [3*16-1:0]     fresh_cell_i,  // nobody may free them yet

  output logic                chk_en_o,
  output logic [15:0]         chk_cell_o,
  input  mbuf_types_pkg::row_t chk_row_i,
  input  logic                chk_dead_i,
  output logic                rel_en_o,
  output logic [15:0]         rel_cell_o,
  input  mbuf_types_pkg::row_t rel_row_i,

  output logic                freed_req_o,  // OpFreed -> engine
  output mbuf_types_pkg::job_t freed_job_o, // first = the cell
  output logic [1:0]          freed_port_o,
  input  logic                freed_gnt_i,

  output mbuf_types_pkg::fault_t fault_o,
  output logic                idle_o
);
  // ---- check ----
  logic chk_q, chk_d;
  mbuf_types_pkg::job_t job_q, job_d;
  logic [1:0] port_q, port_d;
  logic [15:0] cell_q, cell_d;
  logic [7:0] count_q, count_d;  // cells walked before this one

  logic any;
  logic [2:0] idx;
  logic [5:0] grant;
  rr_arbiter #(.N(6)) u_arb (
    .clk_i, .rst_ni, .req_i(chk_q ? 6'd0 : req_i), .accept_i(any), .last_i(1'b1),
    .grant_valid_o(any), .grant_o(grant), .grant_idx_o(idx)
  );
  assign gnt_o = grant;

  mbuf_types_pkg::job_t head;
  logic [7:0] head_err;
  always_comb begin
    head = job_i[mbuf_types_pkg::JobBits-1:0];
    for (int i = 1; i < 6; i++) begin
      if (idx == 3'(i)) head = job_i[i*mbuf_types_pkg::JobBits+:mbuf_types_pkg::JobBits];
    end
    head_err = 8'd0;
    if ({12'd0, head.conn_id} >= NumConns) head_err = 8'(mbuf_pkg::ReasonMbufBadConn);
    else if (({16'd0, head.first} >= NumCells) | ({16'd0, head.last} >= NumCells)) begin
      head_err = 8'(mbuf_pkg::ReasonMbufBadCell);
    end
  end

  logic fresh;
  always_comb begin
    fresh = 1'b0;
    for (int p = 0; p < 3; p++) begin
      if (fresh_i[p] & (fresh_cell_i[16*p+:16] == cell_q)) fresh = 1'b1;
    end
  end

  logic [7:0] walk_err;
  logic at_end;
  assign at_end = (count_q + 8'd1) == job_q.n_cells;
  always_comb begin
    walk_err = 8'd0;
    if (chk_dead_i) walk_err = 8'(mbuf_pkg::ReasonMbufDeadCell);
    else if ((chk_row_i.conn_id != job_q.conn_id) | (chk_row_i.dir != job_q.dir) | fresh) begin
      walk_err = 8'(mbuf_pkg::ReasonMbufForeignCell);
    end else if (chk_row_i.gen != job_q.gen) walk_err = 8'(mbuf_pkg::ReasonMbufStale);
    else if (at_end ? (cell_q != job_q.last) : ~chk_row_i.next_v) begin
      walk_err = 8'(mbuf_pkg::ReasonMbufBadChain);
    end
  end

  logic rel_q, rel_d;
  logic hand;
  always_comb begin
    chk_d = chk_q;
    job_d = job_q;
    port_d = port_q;
    cell_d = cell_q;
    count_d = count_q;
    chk_en_o = 1'b0;
    chk_cell_o = head.first;
    hand = 1'b0;
    fault_o = '0;
    fault_o.source = mbuf_pkg::SourceFree;
    fault_o.port = port_q;
    fault_o.conn_id = job_q.conn_id;
    fault_o.gen = job_q.gen;
    if (~chk_q) begin
      job_d = head;
      port_d = (idx >= 3'd3) ? 2'(idx - 3'd3) : idx[1:0];
      cell_d = head.first;
      count_d = 8'd0;
      // A descriptor without cells (a marker, a refusal) has nothing to free.
      if (any & (head.n_cells != 8'd0)) begin
        if (head_err != 8'd0) begin
          fault_o.code = head_err;
          fault_o.port = port_d;
          fault_o.conn_id = head.conn_id;
          fault_o.gen = head.gen;
        end else begin
          chk_en_o = 1'b1;
          chk_d = 1'b1;
        end
      end
    end else if (walk_err != 8'd0) begin
      fault_o.code = walk_err;
      chk_d = 1'b0;
    end else if (~at_end) begin
      chk_en_o = 1'b1;
      chk_cell_o = chk_row_i.next;
      cell_d = chk_row_i.next;
      count_d = count_q + 8'd1;
    end else if (~rel_q) begin
      hand = 1'b1;
      chk_d = 1'b0;
    end
  end

  // ---- release ----
  mbuf_types_pkg::job_t rel_job_q;
  logic [1:0] rel_port_q;
  logic [15:0] rel_at_q, rel_at_d;
  logic [7:0] rel_left_q, rel_left_d;  // cells after this one
  always_comb begin
    rel_d = rel_q;
    rel_at_d = rel_at_q;
    rel_left_d = rel_left_q;
    rel_en_o = 1'b0;
    rel_cell_o = job_q.first;
    if (~rel_q) begin
      if (hand) begin
        rel_d = 1'b1;
        rel_en_o = 1'b1;
        rel_at_d = job_q.first;
        rel_left_d = job_q.n_cells - 8'd1;
      end
    end else if (freed_gnt_i) begin
      rel_cell_o = rel_row_i.next;
      rel_at_d = rel_row_i.next;
      rel_left_d = rel_left_q - 8'd1;
      if (rel_left_q == 8'd0) rel_d = 1'b0;
      else rel_en_o = 1'b1;
    end
  end
  assign freed_req_o = rel_q;
  always_comb begin
    freed_job_o = rel_job_q;
    freed_job_o.first = rel_at_q;
  end
  assign freed_port_o = rel_port_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      chk_q <= 1'b0;
      rel_q <= 1'b0;
    end else begin
      chk_q <= chk_d;
      rel_q <= rel_d;
    end
  end
  always_ff @(posedge clk_i) begin
    job_q <= job_d;
    port_q <= port_d;
    cell_q <= cell_d;
    count_q <= count_d;
    rel_at_q <= rel_at_d;
    rel_left_q <= rel_left_d;
    if (hand) begin
      rel_job_q <= job_q;
      rel_port_q <= port_q;
    end
  end
  assign idle_o = ~chk_q & ~rel_q & (req_i == 6'd0);

  logic unused;
  assign unused = ^{chk_row_i.sum, chk_row_i.grant, chk_row_i.tog, chk_row_i.shared, rel_row_i.next_v, rel_row_i.sum,
                    rel_row_i.conn_id, rel_row_i.gen, rel_row_i.dir, rel_row_i.grant, rel_row_i.tog,
                    rel_row_i.shared};
endmodule
