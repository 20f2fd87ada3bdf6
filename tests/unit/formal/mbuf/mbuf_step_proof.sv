// SPDX-License-Identifier: Apache-2.0
//
// One direction of one connection under any sequence of operations, frees of forged descriptors
// included. The writer's part is assumed as mbuf_writer does it: it takes no more cells and bytes
// than its start granted. Proven: credit never underflows, held stays within the cap, the count of
// the tracked cell stays in range, and the cell a segment is being written into is never released.
module mbuf_step_proof (
  input logic clk_i,
  input logic rst_ni,
  input logic [2:0] op_i,
  input logic [3:0] gen_i,
  input logic dir_ok_i,
  input logic in_range_i,
  input mbuf_types_pkg::hdr_t hdr_i,
  input mbuf_types_pkg::slot_t slot_i,
  input mbuf_types_pkg::row_t row_i,
  input logic [15:0] cell_i,
  input logic [19:0] conn_i,
  input logic cnt_tog_i,
  input logic [8:0] cnt_i,
  input logic [31:0] bytes_i,
  input logic shared_ok_i,
  input logic [7:0] shared_avail_i,
  input logic close_i
);
  mbuf_types_pkg::hdr_t hdr_q, hdr;
  mbuf_types_pkg::dir_t st_q, st_d;
  mbuf_types_pkg::start_t start;
  logic we, abort, fire, arm, disarm, rel, rel_tog, cnt_we, cnt_tog, rsv_add, rsv_sub;
  logic [7:0] code, q_cells, held_add;
  logic [31:0] q_bytes;
  logic [15:0] rel_cell, cnt_cell;
  logic [1:0] rel_grant;
  logic [8:0] cnt;

  // Starts and commits of a direction alternate.
  logic locked_op, op_ok;
  assign op_ok = (op_i == mbuf_types_pkg::OpStart) ? ~st_q.lock
      : (op_i == mbuf_types_pkg::OpCommit) ? st_q.lock : (op_i < mbuf_types_pkg::OpTable);
  assign locked_op = op_ok & rst_ni;

  // What the start granted.
  logic [31:0] credit_q;
  logic [7:0] left_q;
  logic room_q;
  logic [15:0] cell_q;
  logic [8:0] fill_q;

  mbuf_step u_step (
    .op_i(op_i), .port_i(2'd0), .gen_i(gen_i), .dir_i(1'b0), .dir_ok_i(dir_ok_i),
    .in_range_i(in_range_i), .hdr_i(hdr_q), .st_i(st_q), .slot_i(slot_i), .row_i(row_i),
    .cell_i(cell_i), .conn_i(conn_i), .cnt_tog_i(cnt_tog_i), .cnt_i(cnt_i), .bytes_i(bytes_i),
    .shared_ok_i(shared_ok_i), .shared_avail_i(shared_avail_i), .st_o(st_d), .we_o(we),
    .code_o(code), .start_o(start), .abort_o(abort), .q_bytes_o(q_bytes), .q_cells_o(q_cells),
    .fire_o(fire), .arm_o(arm), .disarm_o(disarm), .rel_o(rel), .rel_cell_o(rel_cell),
    .rel_tog_o(rel_tog), .rel_grant_o(rel_grant), .cnt_we_o(cnt_we), .cnt_cell_o(cnt_cell),
    .cnt_tog_o(cnt_tog), .cnt_o(cnt), .rsv_add_o(rsv_add), .rsv_sub_o(rsv_sub),
    .held_add_o(held_add)
  );

  // The slot of a commit, as mbuf_writer fills it.
  logic slot_ok;
  assign slot_ok = ~slot_i.noctx & ({16'd0, slot_i.seg_len} <= credit_q) & (slot_i.n_new <= left_q)
      & (~slot_i.used_p | room_q)
      & (slot_i.n_new != 8'd0 ? (slot_i.pos != 9'd0 && slot_i.pos <= 9'd256)
         : (~slot_i.used_p | (slot_i.pos > fill_q && slot_i.pos <= 9'd256)));

  logic seen_reset_q;
  initial seen_reset_q = 1'b0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      seen_reset_q <= 1'b1;
      hdr_q <= hdr_i;
      st_q <= '0;
      st_q.credit <= bytes_i;
      credit_q <= 32'd0;
      left_q <= 8'd0;
      room_q <= 1'b0;
      cell_q <= 16'd0;
      fill_q <= 9'd0;
    end else begin
      if (close_i) hdr_q.valid <= 1'b0;
      if (locked_op & we) begin
        st_q <= st_d;
        if (op_i == mbuf_types_pkg::OpStart) begin
          credit_q <= st_q.credit;
          left_q <= start.cells_left;
          room_q <= start.open_v & ~start.open_fill[8];
          cell_q <= start.open_cell;
          fill_q <= start.open_fill;
        end
      end
    end
  end

`ifdef FORMAL
  always_comb begin
    if (rst_ni && op_i == mbuf_types_pkg::OpCommit) assume (slot_ok);
    assume (cnt_i <= 9'd257);  // what was written there before, see the last assertion
    if (seen_reset_q) begin
      assert (st_q.held <= hdr_q.cap);
      assert (!st_q.open_v || (st_q.open_fill != 9'd0 && st_q.open_fill <= 9'd256));
      assert (!st_q.open_v || st_q.open_live != 9'd0);
      assert (!st_q.open_v || st_q.open_live <= st_q.open_fill + {8'd0, st_q.lock});
      if (st_q.lock) begin
        assert (credit_q <= st_q.credit);
        assert ({1'b0, st_q.held} + {1'b0, left_q} <= {1'b0, hdr_q.cap});
        assert (st_q.rsv_used || !hdr_q.valid || st_q.touched);
        // The cell being appended to stays tracked until the commit.
        assert (!room_q || (st_q.open_v && st_q.open_cell == cell_q && st_q.open_fill == fill_q));
        assert (!room_q || fill_q < 9'd256);
      end
      if (rst_ni && locked_op && rel && st_q.lock && op_i == mbuf_types_pkg::OpFreed) begin
        assert (!(room_q && rel_cell == cell_q));
      end
      if (rst_ni && locked_op && op_i == mbuf_types_pkg::OpCommit && code == 8'd0) begin
        assert ({16'd0, slot_i.seg_len} <= st_q.credit);
      end
      if (rst_ni && locked_op && cnt_we && !rel) assert (cnt <= 9'd257);
    end
  end
`endif
  logic unused;
  assign unused = ^{abort, fire, arm, disarm, rel_tog, rel_grant, cnt_cell, cnt_tog, rsv_add, rsv_sub,
                    q_bytes, q_cells, held_add, hdr};
  assign hdr = hdr_i;
endmodule
