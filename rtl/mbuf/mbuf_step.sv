// SPDX-License-Identifier: Apache-2.0
//
// What one operation does to one direction of a connection: credit, cells, the tracked cell, who is
// woken. Combinational; mbuf_ctx gives it the row and stores what comes back.
module mbuf_step (
  input  logic [2:0]            op_i,      // mbuf_types_pkg::Op*, not OpTable
  input  logic [1:0]            port_i,
  input  logic [3:0]            gen_i,     // generation the caller named
  input  logic                  dir_i,     // direction st_i belongs to
  input  logic                  dir_ok_i,  // the port is that direction's producer (or consumer)
  input  logic                  in_range_i,
  input  mbuf_types_pkg::hdr_t  hdr_i,
  input  mbuf_types_pkg::dir_t  st_i,
  input  mbuf_types_pkg::slot_t slot_i,    // OpCommit
  input  mbuf_types_pkg::row_t  row_i,     // OpFreed: the cell's side row
  input  logic [15:0]           cell_i,    // ... and number
  input  logic [19:0]           conn_i,
  input  logic                  cnt_tog_i, // released-toggle bit of that cell
  input  logic [8:0]            cnt_i,     // chains in it beyond one, when it is not tracked
  input  logic [31:0]           bytes_i,   // OpCret
  input  logic                  shared_ok_i,     // for the row's class
  input  logic [7:0]            shared_avail_i,

  output mbuf_types_pkg::dir_t  st_o,
  output logic                  we_o,      // st_o is to be stored
  output logic [7:0]            code_o,    // 0, or the reason of a refusal or fault
  output mbuf_types_pkg::start_t start_o,  // OpStart
  output logic                  abort_o,   // OpCommit: refused with cells, which are freed next
  output logic [31:0]           q_bytes_o, // OpQuery
  output logic [7:0]            q_cells_o,
  output logic                  fire_o,    // an event for the direction's producer
  output logic                  arm_o,     // want rose
  output logic                  disarm_o,  // want fell
  output logic                  rel_o,     // a cell goes back to the free list
  output logic [15:0]           rel_cell_o,
  output logic                  rel_tog_o, // its released-toggle bit from now on
  output logic [1:0]            rel_grant_o,
  output logic                  cnt_we_o,  // count of cnt_cell_o
  output logic [15:0]           cnt_cell_o,
  output logic                  cnt_tog_o,
  output logic [8:0]            cnt_o,
  output logic                  rsv_add_o, // a reservation is free again
  output logic                  rsv_sub_o, // a reservation is dissolved
  output logic [7:0]            held_add_o
);
  mbuf_types_pkg::dir_t st;
  logic known, tracked_hit, check_want;
  logic [8:0] live;
  logic [7:0] cap_room;
  logic [8:0] avail, cells;
  logic [16:0] room;
  logic more;

  assign known = in_range_i & hdr_i.valid & (hdr_i.gen == gen_i);
  assign tracked_hit = st_i.open_v & (st_i.open_cell == cell_i);
  assign cap_room = (hdr_i.cap > st_i.held) ? hdr_i.cap - st_i.held : 8'd0;
  assign avail = {1'b0, shared_avail_i} + {8'd0, ~st_i.rsv_used};
  assign cells = ({1'b0, cap_room} < avail) ? {1'b0, cap_room} : avail;
  assign room = {cells, 8'd0} + (st_i.open_v ? 17'd256 - {8'd0, st_i.open_fill} : 17'd0);

  always_comb begin
    st = st_i;
    we_o = 1'b0;
    code_o = 8'd0;
    abort_o = 1'b0;
    q_bytes_o = 32'd0;
    q_cells_o = 8'd0;
    fire_o = 1'b0;
    rel_o = 1'b0;
    rel_cell_o = cell_i;
    rel_tog_o = row_i.tog;
    rel_grant_o = row_i.grant;
    cnt_we_o = 1'b0;
    cnt_cell_o = cell_i;
    cnt_tog_o = cnt_tog_i;
    cnt_o = 9'd0;
    rsv_add_o = 1'b0;
    rsv_sub_o = 1'b0;
    held_add_o = 8'd0;
    live = st_i.open_live;
    check_want = 1'b0;
    start_o.code = 8'd0;
    start_o.credit = st_i.credit;
    start_o.cells_left = cap_room;
    start_o.rsv_avail = ~st_i.rsv_used;
    start_o.open_v = st_i.open_v;
    start_o.open_cell = st_i.open_cell;
    start_o.open_fill = st_i.open_fill;
    start_o.open_sum = st_i.open_sum;
    start_o.open_tog = st_i.open_tog;
    start_o.open_grant = st_i.open_grant;

    // Who speaks: a connection must be open and of that generation, the port must be its own.
    if ((op_i == mbuf_types_pkg::OpStart) | (op_i == mbuf_types_pkg::OpQuery)
        | (op_i == mbuf_types_pkg::OpCret)) begin
      if (~in_range_i) code_o = 8'(mbuf_pkg::ReasonMbufBadConn);
      else if (~known) code_o = 8'(mbuf_pkg::ReasonMbufStale);
      else if (~dir_ok_i) code_o = 8'(mbuf_pkg::ReasonMbufForeignPort);
    end

    case (op_i)
      mbuf_types_pkg::OpStart: begin
        start_o.code = code_o;
        if (code_o == 8'd0) begin
          we_o = 1'b1;
          st.lock = 1'b1;
          st.touched = 1'b0;
          st.rsv_used = 1'b1;
          if (st_i.open_v) st.open_live = st_i.open_live + 9'd1;
        end
      end

      mbuf_types_pkg::OpCommit: begin
        code_o = slot_i.code;
        if (~slot_i.noctx) begin
          we_o = 1'b1;
          if ((code_o == 8'd0) & ~hdr_i.valid) code_o = 8'(mbuf_pkg::ReasonMbufStale);
          abort_o = (code_o != 8'd0) & (slot_i.n_cells != 8'd0);
          st.lock = 1'b0;
          if (code_o == 8'd0) st.credit = st_i.credit - {16'd0, slot_i.seg_len};
          held_add_o = slot_i.n_new;
          st.held = st_i.held + slot_i.n_new;
          // The reservation taken at the start and not used goes back, unless the row was closed.
          if (slot_i.rsv_taken & slot_i.rsv_left) begin
            if (hdr_i.valid) st.rsv_used = 1'b0;
            else rsv_sub_o = 1'b1;
          end
          // The cell tracked so far: the start's reference becomes the chain's, or is dropped.
          if (st_i.open_v) begin
            if (~slot_i.used_p) live = st_i.open_live - 9'd1;
            if (live == 9'd0) begin
              rel_o = 1'b1;
              rel_cell_o = st_i.open_cell;
              rel_tog_o = st_i.open_tog;
              rel_grant_o = st_i.open_grant;
              st.open_v = 1'b0;
            end else if (slot_i.n_new != 8'd0) begin
              cnt_we_o = 1'b1;
              cnt_cell_o = st_i.open_cell;
              cnt_tog_o = ~st_i.open_tog;
              cnt_o = live - 9'd1;
            end else begin
              st.open_live = live;
              if (slot_i.used_p) begin
                st.open_fill = slot_i.pos;
                st.open_sum = slot_i.sum;
              end
            end
          end
          if (slot_i.n_new != 8'd0) begin
            st.open_v = 1'b1;
            st.open_cell = slot_i.last;
            st.open_fill = slot_i.pos;
            st.open_live = 9'd1;
            st.open_sum = slot_i.sum;
            st.open_tog = slot_i.tog;
            st.open_grant = slot_i.grant;
          end
          if ((code_o == 8'(mbuf_pkg::ReasonMbufNoCredit)) | (code_o == 8'(mbuf_pkg::ReasonMbufCellCap))
              | (code_o == 8'(mbuf_pkg::ReasonMbufNoCells))) begin
            st.want = 1'b1;
            check_want = st_i.touched;
          end
        end
      end

      mbuf_types_pkg::OpQuery: begin
        if (code_o == 8'd0) begin
          q_cells_o = cells[7:0];
          q_bytes_o = (st_i.credit < {15'd0, room}) ? st_i.credit : {15'd0, room};
          if (q_bytes_o == 32'd0) begin
            we_o = 1'b1;
            st.want = 1'b1;
          end
        end
      end

      mbuf_types_pkg::OpCret: begin
        if (code_o == 8'd0) begin
          we_o = 1'b1;
          st.credit = st_i.credit + bytes_i;
          if (st.credit < st_i.credit) st.credit = 32'hffff_ffff;
          st.touched = 1'b1;
          check_want = 1'b1;
        end
      end

      mbuf_types_pkg::OpFreed: begin
        if (row_i.tog == cnt_tog_i) code_o = 8'(mbuf_pkg::ReasonMbufDeadCell);
        else if ((row_i.conn_id != conn_i) | (row_i.dir != dir_i)) begin
          code_o = 8'(mbuf_pkg::ReasonMbufForeignCell);
        end else if (row_i.gen != gen_i) code_o = 8'(mbuf_pkg::ReasonMbufStale);
        else if (tracked_hit & st_i.lock & (st_i.open_live == 9'd1)) begin
          code_o = 8'(mbuf_pkg::ReasonMbufDeadCell);  // only the segment being written is in it
        end else begin
          we_o = 1'b1;
          if (tracked_hit & (st_i.open_live > 9'd1)) begin
            st.open_live = st_i.open_live - 9'd1;
          end else if (~tracked_hit & (cnt_i != 9'd0)) begin
            cnt_we_o = 1'b1;
            cnt_o = cnt_i - 9'd1;
          end else begin
            rel_o = 1'b1;
            if (tracked_hit) st.open_v = 1'b0;
            if ((row_i.grant == mbuf_types_pkg::GrantReserved) & hdr_i.valid) begin
              st.rsv_used = 1'b0;
              rsv_add_o = 1'b1;
            end
            st.touched = 1'b1;
            check_want = 1'b1;
          end
        end
      end

      default: ;
    endcase

    // A cell given back here: count it, and free the reservation a committing segment returns.
    if (rel_o) begin
      if (st.held != 8'd0) st.held = st.held - 8'd1;
      cnt_we_o = 1'b1;
      cnt_cell_o = rel_cell_o;
      cnt_tog_o = rel_tog_o;
      cnt_o = 9'd0;
      if ((op_i == mbuf_types_pkg::OpCommit) & (rel_grant_o == mbuf_types_pkg::GrantReserved)
          & hdr_i.valid) begin
        st.rsv_used = 1'b0;
        rsv_add_o = 1'b1;
      end
    end

    more = hdr_i.valid & (st.credit != 32'd0)
        & ((st.open_v & ~st.open_fill[8])
           | ((st.held < hdr_i.cap) & (~st.rsv_used | shared_ok_i)));
    if (check_want & st.want & more) begin
      fire_o = 1'b1;
      st.want = 1'b0;
    end
  end
  assign st_o = st;
  assign arm_o = we_o & st.want & ~st_i.want;
  assign disarm_o = we_o & ~st.want & st_i.want;

  logic unused;
  assign unused = ^{port_i, row_i.next_v, row_i.next, row_i.sum, row_i.shared, cells[8], slot_i, hdr_i};
endmodule
