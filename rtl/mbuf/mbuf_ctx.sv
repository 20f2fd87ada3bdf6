// SPDX-License-Identifier: Apache-2.0
//
// The connection engine: one operation a cycle on table conn, in two steps. Cycle t: round robin
// among 14 requesters, row and cell count are read. Cycle t+1: mbuf_step, everything is written and
// answered. A row written in t+1 reaches the operation granted in t+1 by a bypass.
module mbuf_ctx #(
  parameter int unsigned NumCells = 4096,
  parameter int unsigned NumConns = 1024
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  output logic        init_done_o,

  // requesters: 0..2 start, 3..5 commit, 6..8 query, 9..11 cret, 12 freed, 13 table
  input  logic [13:0] req_i,
  output logic [13:0] gnt_o,

  input  logic [3*20-1:0] start_conn_i,
  input  logic [3*4-1:0]  start_gen_i,
  input  logic [2:0]      start_dir_i,
  output mbuf_types_pkg::start_t start_rsp_o,   // the cycle after the grant
  input  logic [3*mbuf_types_pkg::SlotBits-1:0] slot_i,
  output logic            abort_o,              // the cycle after a commit's grant
  output logic [2:0]      desc_push_o,
  output common_pkg::msg_desc_t desc_o,
  input  logic [3*24-1:0] query_i,              // conn_ref per port
  output logic [2:0]      cr_push_o,
  output mbuf_pkg::mbuf_credit_t cr_o,
  input  logic [3*24-1:0] cret_conn_i,
  input  logic [3*32-1:0] cret_bytes_i,
  input  mbuf_types_pkg::job_t freed_job_i,
  input  logic [1:0]      freed_port_i,
  input  mbuf_types_pkg::row_t freed_row_i,
  input  logic [15:0]     tbl_index_i,          // stable from request to tbl_done_o
  input  logic            tbl_write_i,
  input  logic [127:0]    tbl_row_i,
  output logic            tbl_done_o,           // the cycle after the grant
  output logic            tbl_error_o,
  output logic [127:0]    tbl_row_o,

  input  logic [2:0]      shared_ok_i,
  input  logic [23:0]     shared_avail_i,
  input  logic            open_ok_i,
  output logic            rel_o,                // a cell goes to the free list
  output logic [15:0]     rel_cell_o,
  output logic            rel_tog_o,
  output logic [1:0]      rel_grant_o,
  output logic [1:0]      rsv_add_o,
  output logic [1:0]      rsv_sub_o,
  output logic [7:0]      held_add_o,

  output logic [2:0]      evt_fire_o,           // per producer
  output logic [23:0]     evt_conn_o,
  output logic [2:0]      evt_arm_o,
  output logic [2:0]      evt_disarm0_o,
  output logic [2:0]      evt_disarm1_o,

  output mbuf_types_pkg::fault_t fault_o,
  output logic [15:0]     ok_bytes_o,           // bytes of an accepted segment
  output logic            ok_seg_o,
  output logic            busy_o
);
  localparam int unsigned ConnBits = $clog2(NumConns);
  localparam int unsigned CellBits = $clog2(NumCells);
  localparam int unsigned DirBits = mbuf_types_pkg::DirBits;
  localparam int unsigned CtxBits = mbuf_types_pkg::CtxBits;

  // ---- cycle t: who, and what is read ----
  logic any;
  logic [3:0] idx;
  rr_arbiter #(.N(14)) u_arb (
    .clk_i, .rst_ni, .req_i, .accept_i(any), .last_i(1'b1),
    .grant_valid_o(any), .grant_o(gnt_o), .grant_idx_o(idx)
  );

  logic s_v_q;
  logic [2:0] s_op_q, s_op_d;
  logic [1:0] s_port_q, s_port_d;
  logic [19:0] s_conn_q, s_conn_d;
  logic [3:0] s_gen_q, s_gen_d;
  logic s_dir_q, s_dir_d;
  logic [31:0] s_bytes_q, s_bytes_d;
  logic [15:0] s_cell_q;
  mbuf_types_pkg::row_t s_row_q;

  always_comb begin
    s_op_d = mbuf_types_pkg::OpTable;
    s_port_d = 2'd0;
    s_conn_d = {4'd0, tbl_index_i};
    s_gen_d = 4'd0;
    s_dir_d = 1'b0;
    s_bytes_d = 32'd0;
    for (int p = 0; p < 3; p++) begin
      if (gnt_o[p]) begin
        s_op_d = mbuf_types_pkg::OpStart;
        s_port_d = 2'(p);
        s_conn_d = start_conn_i[20*p+:20];
        s_gen_d = start_gen_i[4*p+:4];
        s_dir_d = start_dir_i[p];
      end
      if (gnt_o[3+p]) begin
        s_op_d = mbuf_types_pkg::OpCommit;
        s_port_d = 2'(p);
        // conn_id, gen, dir of slot_t
        s_conn_d = slot_i[mbuf_types_pkg::SlotBits*p+mbuf_types_pkg::SlotBits-29+:20];
        s_gen_d = slot_i[mbuf_types_pkg::SlotBits*p+mbuf_types_pkg::SlotBits-33+:4];
        s_dir_d = slot_i[mbuf_types_pkg::SlotBits*p+mbuf_types_pkg::SlotBits-34];
      end
      if (gnt_o[6+p]) begin
        s_op_d = mbuf_types_pkg::OpQuery;
        s_port_d = 2'(p);
        {s_gen_d, s_conn_d} = query_i[24*p+:24];
      end
      if (gnt_o[9+p]) begin
        s_op_d = mbuf_types_pkg::OpCret;
        s_port_d = 2'(p);
        {s_gen_d, s_conn_d} = cret_conn_i[24*p+:24];
        s_bytes_d = cret_bytes_i[32*p+:32];
      end
    end
    if (gnt_o[12]) begin
      s_op_d = mbuf_types_pkg::OpFreed;
      s_port_d = freed_port_i;
      s_conn_d = freed_job_i.conn_id;
      s_gen_d = freed_job_i.gen;
      s_dir_d = freed_job_i.dir;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) s_v_q <= 1'b0;
    else s_v_q <= any;
  end
  always_ff @(posedge clk_i) begin
    if (any) begin
      s_op_q <= s_op_d;
      s_port_q <= s_port_d;
      s_conn_q <= s_conn_d;
      s_gen_q <= s_gen_d;
      s_dir_q <= s_dir_d;
      s_bytes_q <= s_bytes_d;
      s_cell_q <= freed_job_i.first;
      s_row_q <= freed_row_i;
    end
  end

  logic [1:0] done;
  logic ctx_we, cnt_we;
  logic [CtxBits-1:0] ctx_ram, ctx, ctx_d, ctx_byp_q;
  logic [9:0] cnt_ram, cnt, cnt_d, cnt_byp_q;
  logic [CellBits-1:0] cnt_addr;
  logic ctx_byp_v_q, cnt_byp_v_q;
  ram_1r1w #(.Width(CtxBits), .Depth(NumConns)) u_ctx (
    .clk_i, .rst_ni, .init_done_o(done[0]),
    .wr_en_i(ctx_we), .wr_addr_i(s_conn_q[ConnBits-1:0]), .wr_data_i(ctx_d),
    .rd_en_i(any), .rd_addr_i(s_conn_d[ConnBits-1:0]), .rd_data_o(ctx_ram)
  );
  ram_1r1w #(.Width(10), .Depth(NumCells)) u_cnt (
    .clk_i, .rst_ni, .init_done_o(done[1]),
    .wr_en_i(cnt_we), .wr_addr_i(cnt_addr), .wr_data_i(cnt_d),
    .rd_en_i(any), .rd_addr_i(freed_job_i.first[CellBits-1:0]), .rd_data_o(cnt_ram)
  );
  always_ff @(posedge clk_i) begin
    ctx_byp_v_q <= ctx_we & (s_conn_q[ConnBits-1:0] == s_conn_d[ConnBits-1:0]);
    cnt_byp_v_q <= cnt_we & (cnt_addr == freed_job_i.first[CellBits-1:0]);
    if (ctx_we) ctx_byp_q <= ctx_d;
    if (cnt_we) cnt_byp_q <= cnt_d;
  end
  assign ctx = ctx_byp_v_q ? ctx_byp_q : ctx_ram;
  assign cnt = cnt_byp_v_q ? cnt_byp_q : cnt_ram;
  assign init_done_o = &done;

  // ---- cycle t+1: do it ----
  mbuf_types_pkg::hdr_t hdr, hdr_new;
  mbuf_types_pkg::dir_t dir0, dir1, st, st_new, dir_new;
  mbuf_types_pkg::slot_t slot;
  assign hdr = ctx[CtxBits-1:2*DirBits];
  assign dir1 = ctx[2*DirBits-1:DirBits];
  assign dir0 = ctx[DirBits-1:0];

  logic in_range, which, dir_ok;
  assign in_range = {12'd0, s_conn_q} < NumConns;
  always_comb begin
    which = s_dir_q;
    dir_ok = 1'b1;
    case (s_op_q)
      mbuf_types_pkg::OpStart: dir_ok = (s_dir_q ? hdr.prod1 : hdr.prod0) == s_port_q;
      mbuf_types_pkg::OpQuery: begin  // the direction this port produces
        which = hdr.prod0 != s_port_q;
        dir_ok = (hdr.prod0 == s_port_q) | (hdr.prod1 == s_port_q);
      end
      mbuf_types_pkg::OpCret: begin  // the direction this port consumes
        which = hdr.prod1 != s_port_q;
        dir_ok = (hdr.prod0 == s_port_q) | (hdr.prod1 == s_port_q);
      end
      default: ;
    endcase
    case (s_port_q)
      2'd0: slot = slot_i[mbuf_types_pkg::SlotBits-1:0];
      2'd1: slot = slot_i[2*mbuf_types_pkg::SlotBits-1:mbuf_types_pkg::SlotBits];
      default: slot = slot_i[3*mbuf_types_pkg::SlotBits-1:2*mbuf_types_pkg::SlotBits];
    endcase
  end
  assign st = which ? dir1 : dir0;

  logic [7:0] avail;
  logic shared_ok;
  always_comb begin
    case (hdr.cls)
      2'd0: avail = shared_avail_i[7:0];
      2'd1: avail = shared_avail_i[15:8];
      default: avail = shared_avail_i[23:16];
    endcase
    case (hdr.cls)
      2'd0: shared_ok = shared_ok_i[0];
      2'd1: shared_ok = shared_ok_i[1];
      default: shared_ok = shared_ok_i[2];
    endcase
  end

  logic st_we, abort, fire, arm, disarm, rel, scnt_we, scnt_tog, rsv_add, rsv_sub;
  logic [7:0] code, q_cells, held_add;
  logic [31:0] q_bytes;
  logic [15:0] scnt_cell;
  logic [8:0] scnt;
  mbuf_step u_step (
    .op_i(s_op_q), .port_i(s_port_q), .gen_i(s_gen_q), .dir_i(which), .dir_ok_i(dir_ok),
    .in_range_i(in_range), .hdr_i(hdr), .st_i(st), .slot_i(slot), .row_i(s_row_q),
    .cell_i(s_cell_q), .conn_i(s_conn_q), .cnt_tog_i(cnt[9]), .cnt_i(cnt[8:0]),
    .bytes_i(s_bytes_q), .shared_ok_i(shared_ok), .shared_avail_i(avail),
    .st_o(st_new), .we_o(st_we), .code_o(code), .start_o(start_rsp_o), .abort_o(abort),
    .q_bytes_o(q_bytes), .q_cells_o(q_cells), .fire_o(fire), .arm_o(arm), .disarm_o(disarm),
    .rel_o(rel), .rel_cell_o(rel_cell_o), .rel_tog_o(rel_tog_o), .rel_grant_o(rel_grant_o),
    .cnt_we_o(scnt_we), .cnt_cell_o(scnt_cell), .cnt_tog_o(scnt_tog), .cnt_o(scnt),
    .rsv_add_o(rsv_add), .rsv_sub_o(rsv_sub), .held_add_o(held_add)
  );

  // ---- table conn ----
  mbuf_pkg::conn_row_t img, shown;
  logic is_tbl, is_step, tbl_open, tbl_close;
  assign is_tbl = s_v_q & (s_op_q == mbuf_types_pkg::OpTable);
  assign is_step = s_v_q & (s_op_q != mbuf_types_pkg::OpTable);
  assign img = tbl_row_i;
  assign tbl_open = is_tbl & tbl_write_i & img.valid & ~hdr.valid & (dir0.held == 8'd0)
      & (dir1.held == 8'd0) & ~dir0.lock & ~dir1.lock & (img.cap != 8'd0) & (img.prod0 != 2'd3)
      & (img.prod1 != 2'd3) & (img.cls != 2'd3) & open_ok_i;
  assign tbl_close = is_tbl & tbl_write_i & ~img.valid & hdr.valid;
  assign tbl_done_o = is_tbl;
  assign tbl_error_o = tbl_write_i & ~tbl_open & ~tbl_close;
  always_comb begin
    shown = '0;
    shown.valid = hdr.valid;
    shown.gen = hdr.gen;
    shown.cls = hdr.cls;
    shown.prod0 = hdr.prod0;
    shown.prod1 = hdr.prod1;
    shown.cap = hdr.cap;
    shown.credit0 = dir0.credit;
    shown.credit1 = dir1.credit;
    shown.held0 = dir0.held;
    shown.held1 = dir1.held;
    shown.busy0 = dir0.lock;
    shown.busy1 = dir1.lock;
  end
  assign tbl_row_o = shown;

  // ---- write back ----
  always_comb begin
    hdr_new = hdr;
    ctx_d = ctx;
    ctx_we = 1'b0;
    dir_new = '0;
    if (is_step & st_we) begin
      ctx_we = 1'b1;
      if (which) ctx_d[2*DirBits-1:DirBits] = st_new;
      else ctx_d[DirBits-1:0] = st_new;
    end
    if (tbl_open) begin
      ctx_we = 1'b1;
      hdr_new.valid = 1'b1;
      hdr_new.gen = img.gen;
      hdr_new.cls = img.cls;
      hdr_new.prod0 = img.prod0;
      hdr_new.prod1 = img.prod1;
      hdr_new.cap = img.cap;
      dir_new.credit = img.credit0;
      ctx_d[DirBits-1:0] = dir_new;
      dir_new.credit = img.credit1;
      ctx_d[2*DirBits-1:DirBits] = dir_new;
      ctx_d[CtxBits-1:2*DirBits] = hdr_new;
    end
    if (tbl_close) begin
      ctx_we = 1'b1;
      hdr_new.valid = 1'b0;
      ctx_d[CtxBits-1:2*DirBits] = hdr_new;
      dir_new = dir0;
      dir_new.want = 1'b0;
      dir_new.rsv_used = 1'b1;
      ctx_d[DirBits-1:0] = dir_new;
      dir_new = dir1;
      dir_new.want = 1'b0;
      dir_new.rsv_used = 1'b1;
      ctx_d[2*DirBits-1:DirBits] = dir_new;
    end
  end
  assign cnt_we = is_step & scnt_we;
  assign cnt_addr = scnt_cell[CellBits-1:0];
  assign cnt_d = {scnt_tog, scnt};

  assign rel_o = is_step & rel;
  always_comb begin
    rsv_add_o = {1'b0, is_step & rsv_add};
    rsv_sub_o = {1'b0, is_step & rsv_sub};
    if (tbl_open) rsv_add_o = 2'd2;
    if (tbl_close) rsv_sub_o = {1'b0, ~dir0.rsv_used} + {1'b0, ~dir1.rsv_used};
  end
  assign held_add_o = is_step ? held_add : 8'd0;

  // ---- answers ----
  logic is_commit;
  assign is_commit = is_step & (s_op_q == mbuf_types_pkg::OpCommit);
  assign abort_o = abort;
  assign ok_seg_o = is_commit & (code == 8'd0);
  assign ok_bytes_o = slot.seg_len;
  always_comb begin
    for (int p = 0; p < 3; p++) begin
      desc_push_o[p] = is_commit & (s_port_q == 2'(p));
      cr_push_o[p] = is_step & (s_op_q == mbuf_types_pkg::OpQuery) & (s_port_q == 2'(p));
    end
    desc_o = '0;
    desc_o.conn_id = slot.conn_id;
    desc_o.gen = slot.gen;
    desc_o.dir = slot.dir;
    case (slot.cls)  // a cast to the enum is beyond yosys
      2'd0: desc_o.cls = common_pkg::MsgClsRequest;
      2'd1: desc_o.cls = common_pkg::MsgClsResponse;
      default: desc_o.cls = common_pkg::MsgClsControl;
    endcase
    desc_o.som = slot.som;
    desc_o.eom = slot.eom;
    desc_o.fin = slot.fin;
    desc_o.rst = slot.rst;
    desc_o.err = slot.err | (code != 8'd0);
    desc_o.err_code = (code != 8'd0) ? code : slot.err_code;
    desc_o.epoch = slot.epoch;
    desc_o.ts = slot.ts;
    if (code == 8'd0) begin
      desc_o.seg_len = slot.seg_len;
      desc_o.first_cell = slot.first;
      desc_o.last_cell = slot.last;
      desc_o.n_cells = slot.n_cells;
      desc_o.offset = slot.offset;
    end
    cr_o = '0;
    cr_o.conn.conn_id = s_conn_q;
    cr_o.conn.gen = s_gen_q;
    cr_o.bytes = q_bytes;
    cr_o.cells = q_cells;
    cr_o.ok = code == 8'd0;
  end

  // ---- events: to the producer of the direction ----
  logic [1:0] evt_port;
  assign evt_port = which ? hdr.prod1 : hdr.prod0;
  assign evt_conn_o = {hdr.gen, s_conn_q};
  always_comb begin
    for (int p = 0; p < 3; p++) begin
      evt_fire_o[p] = is_step & fire & (evt_port == 2'(p));
      evt_arm_o[p] = is_step & arm & (evt_port == 2'(p));
      evt_disarm0_o[p] = (is_step & disarm & (evt_port == 2'(p)))
          | (tbl_close & dir0.want & (hdr.prod0 == 2'(p)));
      evt_disarm1_o[p] = tbl_close & dir1.want & (hdr.prod1 == 2'(p));
    end
  end

  // ---- faults ----
  always_comb begin
    fault_o.code = is_step ? code : 8'd0;
    fault_o.port = s_port_q;
    fault_o.conn_id = s_conn_q;
    fault_o.gen = s_gen_q;
    case (s_op_q)
      mbuf_types_pkg::OpQuery: fault_o.source = mbuf_pkg::SourceCq;
      mbuf_types_pkg::OpCret: fault_o.source = mbuf_pkg::SourceCret;
      mbuf_types_pkg::OpFreed: fault_o.source = mbuf_pkg::SourceFree;
      default: fault_o.source = mbuf_pkg::SourceWr;
    endcase
    if (s_op_q == mbuf_types_pkg::OpStart) fault_o.code = 8'd0;  // counted with its descriptor
  end
  assign busy_o = s_v_q;

  logic unused;
  assign unused = ^{img, freed_job_i.last, freed_job_i.n_cells, idx, scnt_cell};
endmodule
