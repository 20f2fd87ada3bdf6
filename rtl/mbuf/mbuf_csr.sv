// SPDX-License-Identifier: Apache-2.0
//
// Registers, the TBL_CMD sequence, counting of reasons, error record, interrupt.
module mbuf_csr #(
  parameter int unsigned NumConns = 1024
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  common_pkg::axil_req_t axil_req_i,
  output common_pkg::axil_rsp_t axil_rsp_o,
  output logic        irq_o,
  output logic        axil_idle_o,    // no access in progress and none offered

  output logic        enable_o,
  output logic [47:0] limit_o,
  output logic [15:0] floor_o,
  input  logic        init_done_i,
  input  logic        quiet_i,        // nothing in flight, this register block aside
  input  logic        leak_now_i,
  input  logic [16:0] free_i,
  input  logic [16:0] held_i,
  input  logic [16:0] rsv_i,
  input  logic [47:0] used_i,

  output logic        tbl_req_o,      // OpTable -> engine
  output logic [15:0] tbl_index_o,
  output logic        tbl_write_o,
  output logic [127:0] tbl_row_o,
  input  logic        tbl_gnt_i,
  input  logic        tbl_done_i,
  input  logic        tbl_error_i,
  input  logic [127:0] tbl_row_i,
  output logic        tbl_idle_o,

  input  logic [5*mbuf_types_pkg::FaultBits-1:0] faults_i,  // engine, free, readers 0..2
  input  logic        ok_seg_i,
  input  logic [15:0] ok_bytes_i,
  input  logic        alloc_i,
  input  logic        rel_i,
  input  logic [2:0]  beats_i,        // beats made, per consumer
  input  logic        event_i
);
  mbuf_pkg::reg2hw_t r;
  mbuf_pkg::hw2reg_t h;
  mbuf_regs u_regs (
    .clk_i, .rst_ni, .axil_i(axil_req_i), .axil_o(axil_rsp_o), .reg2hw_o(r), .hw2reg_i(h)
  );
  assign axil_idle_o = axil_rsp_o.awready & axil_rsp_o.wready & axil_rsp_o.arready
      & ~axil_rsp_o.bvalid & ~axil_rsp_o.rvalid
      & ~axil_req_i.awvalid & ~axil_req_i.wvalid & ~axil_req_i.arvalid;
  assign enable_o = r.ctrl_enable_q;
  assign limit_o = r.shared_limit_count_q;
  assign floor_o = r.resp_floor_count_q;
  assign irq_o = r.irq_status_fault_q & r.irq_enable_fault_q;

  // ---- TBL_CMD ----
  localparam logic [1:0] TbIdle = 2'd0;
  localparam logic [1:0] TbReq = 2'd1;
  localparam logic [1:0] TbWait = 2'd2;
  logic [1:0] tb_q;
  logic tb_error_q, tb_write_q, tb_start, tb_known;
  logic [15:0] tb_index_q;
  logic [127:0] tb_row_q;
  assign tb_start = (tb_q == TbIdle) & r.tbl_cmd_op_qe & (r.tbl_cmd_op_q != mbuf_pkg::TblOpNone);
  assign tb_known = (r.tbl_cmd_table_id_q == mbuf_pkg::TableIdConn)
      & ({16'd0, r.tbl_cmd_index_q} < NumConns)
      & ((r.tbl_cmd_op_q == mbuf_pkg::TblOpWrite) | (r.tbl_cmd_op_q == mbuf_pkg::TblOpRead));
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      tb_q <= TbIdle;
      tb_error_q <= 1'b0;
      tb_write_q <= 1'b0;
      tb_index_q <= 16'd0;
      tb_row_q <= 128'd0;
    end else begin
      case (tb_q)
        TbIdle: begin
          if (tb_start) begin
            tb_error_q <= ~tb_known;
            tb_write_q <= r.tbl_cmd_op_q == mbuf_pkg::TblOpWrite;
            tb_index_q <= r.tbl_cmd_index_q;
            tb_row_q <= r.tbl_data_word_q;
            if (tb_known) tb_q <= TbReq;
          end
        end
        TbReq: if (tbl_gnt_i) tb_q <= TbWait;
        default: begin
          if (tbl_done_i) begin
            tb_error_q <= tbl_error_i;
            tb_q <= TbIdle;
          end
        end
      endcase
    end
  end
  assign tbl_req_o = (tb_q == TbReq) & init_done_i;
  assign tbl_index_o = tb_index_q;
  assign tbl_write_o = tb_write_q;
  assign tbl_row_o = tb_row_q;
  assign tbl_idle_o = (tb_q == TbIdle) & ~tb_start;

  // ---- conservation check ----
  logic leak_q, leak_new;
  assign leak_new = quiet_i & leak_now_i & ~leak_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) leak_q <= 1'b0;
    else if (quiet_i) leak_q <= leak_now_i;
  end

  // ---- faults: the first of a cycle in this order is recorded, all are counted ----
  logic [6*8-1:0] codes;
  logic [5:0] is_fault;
  mbuf_types_pkg::fault_t f, first;
  always_comb begin
    first = '0;
    for (int i = 4; i >= 0; i--) begin
      f = faults_i[i*mbuf_types_pkg::FaultBits+:mbuf_types_pkg::FaultBits];
      codes[8*i+:8] = f.code;
      is_fault[i] = (f.code != 8'd0) & (f.code != 8'(mbuf_pkg::ReasonMbufNoCredit))
          & (f.code != 8'(mbuf_pkg::ReasonMbufCellCap)) & (f.code != 8'(mbuf_pkg::ReasonMbufNoCells));
      if (is_fault[i]) first = f;
    end
    codes[47:40] = leak_new ? 8'(mbuf_pkg::ReasonMbufLeak) : 8'd0;
    is_fault[5] = leak_new;
    if (is_fault[4:0] == 5'd0) begin
      first.code = 8'(mbuf_pkg::ReasonMbufLeak);
      first.source = mbuf_pkg::SourceLeak;
    end
  end

  logic [2:0] n_faults;
  logic [3*16-1:0] n_code;  // times each code was seen
  always_comb begin
    n_faults = 3'd0;
    n_code = 48'd0;
    for (int i = 0; i < 6; i++) begin
      if (is_fault[i]) n_faults = n_faults + 3'd1;
    end
    for (int k = 1; k < 16; k++) begin
      for (int i = 0; i < 6; i++) begin
        if (codes[8*i+:8] == 8'(k)) n_code[3*k+:3] = n_code[3*k+:3] + 3'd1;
      end
    end
  end

  logic any_fault, record;
  assign any_fault = is_fault != 6'd0;
  assign record = any_fault & ~r.err_first_valid_q;
  always_comb begin
    h = '0;
    h.status_init_done_d = init_done_i;
    h.status_tbl_busy_d = tb_q != TbIdle;
    h.status_idle_d = quiet_i;
    h.status_leak_d = leak_q;
    h.cells_free_d = free_i[15:0];
    h.cells_held_d = held_i[15:0];
    h.reserved_count_d = rsv_i[15:0];
    h.shared_used_count_d = used_i;
    h.irq_status_fault_d = 1'b1;
    h.irq_status_fault_de = any_fault;
    h.err_first_valid_d = 1'b1;
    h.err_first_valid_de = any_fault;
    h.err_first_code_d = first.code;
    h.err_first_code_de = record;
    h.err_first_source_d = first.source;
    h.err_first_source_de = record;
    h.err_first_port_d = first.port;
    h.err_first_port_de = record;
    h.err_conn_conn_id_d = first.conn_id;
    h.err_conn_conn_id_de = record;
    h.err_conn_gen_d = first.gen;
    h.err_conn_gen_de = record;
    h.tbl_status_busy_d = tb_q != TbIdle;
    h.tbl_status_error_d = tb_error_q;
    h.tbl_data_word_d = tbl_row_i;
    h.tbl_data_word_de = {4{tbl_done_i & ~tb_write_q}};
    h.segments_inc = ok_seg_i;
    h.bytes_inc = ok_seg_i ? ok_bytes_i : 16'd0;
    h.frees_inc = rel_i;
    h.allocs_inc = alloc_i;
    h.rd_beats_inc = {1'b0, beats_i[0]} + {1'b0, beats_i[1]} + {1'b0, beats_i[2]};
    h.events_inc = event_i;
    h.drop_stale_inc = n_code[3*(32'(mbuf_pkg::ReasonMbufStale) & 32'hff)+:3];
    h.drop_bad_conn_inc = n_code[3*(32'(mbuf_pkg::ReasonMbufBadConn) & 32'hff)+:3];
    h.drop_no_credit_inc = n_code[3*(32'(mbuf_pkg::ReasonMbufNoCredit) & 32'hff)+:3];
    h.drop_cell_cap_inc = n_code[3*(32'(mbuf_pkg::ReasonMbufCellCap) & 32'hff)+:3];
    h.drop_no_cells_inc = n_code[3*(32'(mbuf_pkg::ReasonMbufNoCells) & 32'hff)+:3];
    h.drop_foreign_port_inc = n_code[3*(32'(mbuf_pkg::ReasonMbufForeignPort) & 32'hff)+:3];
    h.drop_bad_beat_inc = n_code[3*(32'(mbuf_pkg::ReasonMbufBadBeat) & 32'hff)+:3];
    h.fault_bad_cell_inc = n_code[3*(32'(mbuf_pkg::ReasonMbufBadCell) & 32'hff)+:3];
    h.fault_dead_cell_inc = n_code[3*(32'(mbuf_pkg::ReasonMbufDeadCell) & 32'hff)+:3];
    h.fault_foreign_cell_inc = n_code[3*(32'(mbuf_pkg::ReasonMbufForeignCell) & 32'hff)+:3];
    h.fault_bad_chain_inc = n_code[3*(32'(mbuf_pkg::ReasonMbufBadChain) & 32'hff)+:3];
    h.fault_leak_inc = n_code[3*(32'(mbuf_pkg::ReasonMbufLeak) & 32'hff)+:3];
    h.err_count_inc = n_faults;
  end

  logic unused;
  assign unused = ^{free_i[16], held_i[16], rsv_i[16], n_code[2:0]};
endmodule
