// SPDX-License-Identifier: Apache-2.0
//
// VQ/DMA: socket rings in host memory on one side, mbuf on the other. docs/uarch/vq.md has the
// pipeline and the timing, rtl/vq/vq.yaml the formats. C++ twin: cmodel/vq/vq_model.hpp.
module vq (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic [63:0] now_i,
    output logic        idle_o,
    output logic [63:0] wake_at_o,

    input  logic                              desc_rx_valid_i,   // messages for the host
    input  logic [common_pkg::MsgDescBits-1:0] desc_rx_data_i,
    output logic                              desc_rx_ready_o,
    output logic                              desc_tx_valid_o,   // messages from the host
    output logic [common_pkg::MsgDescBits-1:0] desc_tx_data_o,
    input  logic                              desc_tx_ready_i,

    output logic                              rd_valid_o,        // consumer 2 of mbuf
    output logic [mbuf_pkg::MbufRdBits-1:0]   rd_data_o,
    input  logic                              rd_ready_i,
    input  logic                              rdata_valid_i,
    input  logic [mbuf_pkg::MbufRdataBits-1:0] rdata_data_i,
    output logic                              rdata_ready_o,
    output logic                              free_valid_o,
    output logic [common_pkg::MsgDescBits-1:0] free_data_o,
    input  logic                              free_ready_i,
    output logic                              cret_valid_o,
    output logic [mbuf_pkg::MbufCretBits-1:0] cret_data_o,
    input  logic                              cret_ready_i,

    output logic                              cq_valid_o,        // producer 2 of mbuf
    output logic [common_pkg::ConnRefBits-1:0] cq_data_o,
    input  logic                              cq_ready_i,
    input  logic                              cr_valid_i,
    input  logic [mbuf_pkg::MbufCreditBits-1:0] cr_data_i,
    output logic                              cr_ready_o,
    input  logic                              cevt_valid_i,
    input  logic [common_pkg::ConnRefBits-1:0] cevt_data_i,
    output logic                              cevt_ready_o,
    output logic                              wr_valid_o,
    output logic [mbuf_pkg::MbufWrBits-1:0]   wr_data_o,
    input  logic                              wr_ready_i,
    input  logic                              desc_valid_i,
    input  logic [common_pkg::MsgDescBits-1:0] desc_data_i,
    output logic                              desc_ready_o,

    output logic                              dma_wr_valid_o,    // PCIe
    output logic [vq_pkg::PcieWrBits-1:0]     dma_wr_data_o,
    input  logic                              dma_wr_ready_i,
    output logic                              dma_rd_valid_o,
    output logic [vq_pkg::PcieRdBits-1:0]     dma_rd_data_o,
    input  logic                              dma_rd_ready_i,
    input  logic                              dma_rd_data_valid_i,
    input  logic [vq_pkg::PcieCplBits-1:0]    dma_rd_data_data_i,
    output logic                              dma_rd_data_ready_o,
    input  logic                              db_valid_i,
    input  logic [vq_pkg::PcieMmioBits-1:0]   db_data_i,
    output logic                              db_ready_o,
    output logic                              msix_valid_o,
    output logic [vq_pkg::MsixBits-1:0]       msix_data_o,
    input  logic                              msix_ready_i,

    input  common_pkg::axil_req_t             axil_req_i,
    output common_pkg::axil_rsp_t             axil_rsp_o,
    output logic                              irq_o
);
  localparam int unsigned RingBits = vq_pkg::RingBits;
  localparam int unsigned NumClients = vq_int_pkg::NumClients;
  localparam int unsigned WindowsBits = vq_pkg::NumWindows * vq_pkg::WindowCfgBits;
  localparam int unsigned DescBits = common_pkg::MsgDescBits;
  localparam int unsigned DescDepth = 4;
  localparam int unsigned RdataDepth = 4;
  localparam int unsigned SegDepth = 16;
  localparam int unsigned PostedDepth = 4;
  // A popped ring may come back while the queue shows no ready: one place more than rings.
  localparam int unsigned QueueDepth = vq_pkg::NumRings + 1;

  vq_pkg::reg2hw_t reg2hw;
  vq_pkg::hw2reg_t hw2reg;
  vq_regs u_regs (
      .clk_i, .rst_ni, .axil_i(axil_req_i), .axil_o(axil_rsp_o),
      .reg2hw_o(reg2hw), .hw2reg_i(hw2reg)
  );

  logic init_done, ring_init, db_init, txw_init, hold_work, hold_init;
  assign init_done = ring_init & db_init & txw_init;
  assign hold_init = ~init_done;
  assign hold_work = ~init_done | ~reg2hw.ctrl_enable_q;

  function automatic logic [3:0] pcie_log2(input logic [3:0] value);
    if (value < 4'(vq_pkg::MpsLog2Min)) pcie_log2 = 4'(vq_pkg::MpsLog2Min);
    else if (value > 4'(vq_pkg::MpsLog2Max)) pcie_log2 = 4'(vq_pkg::MpsLog2Max);
    else pcie_log2 = value;
  endfunction
  logic [3:0] mps_log2, mrrs_log2;
  assign mps_log2 = pcie_log2(reg2hw.dma_cfg_mps_log2_q);
  assign mrrs_log2 = pcie_log2(reg2hw.dma_cfg_mrrs_log2_q);

  // --- ring unit and its queues ------------------------------------------------------------------
  logic [NumClients-1:0] req_valid, grant, rsp_valid;
  vq_int_pkg::ring_req_t req_tbl, req_rx, req_txi, req_txw, req_db, req_ev, req_cevt;
  logic [2:0] res;
  logic [RingBits-1:0] ring;
  vq_pkg::ring_cfg_t ring_cfg, bind_cfg;
  vq_pkg::ring_state_t ring_st;
  logic [31:0] ring_cret;
  logic ring_fin, ring_ev_valid, ring_idle;
  vq_pkg::host_event_t ring_ev;
  logic [RingBits-1:0] slot_rd_ring;
  vq_pkg::ring_slot_t slot;
  logic slot_clr, sched_push, due_push, sched_ready, due_ready, sweep, sweep_done;
  logic [RingBits-1:0] sched_in, due_in, sched_ring, due_ring;
  logic sched_valid, due_valid, queue_rst_n;
  logic [$clog2(vq_pkg::NumRings+1)-1:0] bound;
  logic gone, rf_valid, inc_rx, inc_tx, inc_parked, inc_refused, inc_discarded, inc_closed;
  logic [7:0] rf_code;
  logic [19:0] rf_index;
  logic [31:0] rf_data;
  logic [15:0] inc_bytes;
  logic [255:0] tbl_image;
  for (genvar i = 0; i < 8; i++) begin : g_image
    assign tbl_image[i*32+:32] = reg2hw.tbl_data_word_q[i];
  end
  assign bind_cfg = tbl_image[vq_pkg::RingCfgBits-1:0];
  vq_ring u_ring (
      .clk_i, .rst_ni, .init_done_o(ring_init), .idle_o(ring_idle),
      .req_valid_i(req_valid),
      .req_i({req_cevt, req_ev, req_db, req_txw, req_txi, req_rx, req_tbl}),
      .grant_o(grant), .rsp_valid_o(rsp_valid), .bind_cfg_i(bind_cfg),
      .res_o(res), .ring_o(ring), .cfg_o(ring_cfg), .st_o(ring_st), .cret_bytes_o(ring_cret),
      .fin_o(ring_fin), .ev_valid_o(ring_ev_valid), .ev_o(ring_ev),
      .slot_rd_ring_o(slot_rd_ring), .slot_i(slot), .slot_clr_o(slot_clr),
      .sched_valid_o(sched_push), .sched_ring_o(sched_in), .sched_ready_i(sched_ready),
      .due_valid_o(due_push), .due_ring_o(due_in), .due_ready_i(due_ready),
      .sweep_i(sweep), .sweep_done_o(sweep_done), .bound_o(bound),
      .gone_o(gone), .fault_valid_o(rf_valid), .fault_code_o(rf_code),
      .fault_index_o(rf_index), .fault_data_o(rf_data),
      .inc_rx_msg_o(inc_rx), .inc_tx_seg_o(inc_tx), .inc_bytes_o(inc_bytes),
      .inc_parked_o(inc_parked), .inc_refused_o(inc_refused), .inc_discarded_o(inc_discarded),
      .inc_closed_o(inc_closed)
  );
  assign queue_rst_n = rst_ni & ~sweep;
  // A grant of vq_txi concerns the schedule only while it has no ring in hand.
  logic txi_begin;
  assign txi_begin = req_txi.op == vq_int_pkg::OpTxBegin;
  logic [$clog2(QueueDepth+1)-1:0] sched_level, due_level;
  logic sched_full, sched_empty, due_full, due_empty;
  stream_fifo #(.Width(RingBits), .Depth(QueueDepth)) u_sched (
      .clk_i, .rst_ni(queue_rst_n), .hold_i(1'b0),
      .in_valid_i(sched_push), .in_data_i(sched_in), .in_ready_o(sched_ready),
      .out_valid_o(sched_valid), .out_data_o(sched_ring), .out_ready_i(grant[vq_int_pkg::ClTxi] & txi_begin),
      .level_o(sched_level), .full_o(sched_full), .empty_o(sched_empty)
  );
  stream_fifo #(.Width(RingBits), .Depth(QueueDepth)) u_due (
      .clk_i, .rst_ni(queue_rst_n), .hold_i(1'b0),
      .in_valid_i(due_push), .in_data_i(due_in), .in_ready_o(due_ready),
      .out_valid_o(due_valid), .out_data_o(due_ring), .out_ready_i(grant[vq_int_pkg::ClEv]),
      .level_o(due_level), .full_o(due_full), .empty_o(due_empty)
  );

  // --- tables, function-level reset -------------------------------------------------------------
  logic tbl_busy, flr_busy, tbl_idle, tbl_we, tbl_error, flr_done, ev_clear, quiet, block;
  logic [255:0] tbl_out;
  logic [7:0] tbl_code, tf_code;
  logic [19:0] tf_index;
  logic tf_valid, ev_busy;
  vq_pkg::vq_cfg_t vq_cfg;
  logic [WindowsBits-1:0] windows;
  vq_tbl u_tbl (
      .clk_i, .rst_ni, .cmd_busy_o(tbl_busy), .flr_busy_o(flr_busy), .idle_o(tbl_idle),
      .op_qe_i(reg2hw.tbl_cmd_op_qe), .op_i(reg2hw.tbl_cmd_op_q),
      .table_i(reg2hw.tbl_cmd_table_id_q), .index_i(reg2hw.tbl_cmd_index_q),
      .data_i(tbl_image), .data_we_o(tbl_we), .data_o(tbl_out),
      .error_o(tbl_error), .code_o(tbl_code),
      .flr_qe_i(reg2hw.flr_go_qe & reg2hw.flr_go_q), .flr_fn_i(reg2hw.flr_fn_q),
      .flr_done_o(flr_done),
      .vq_o(vq_cfg), .windows_o(windows),
      .req_valid_o(req_valid[vq_int_pkg::ClTbl]), .req_o(req_tbl),
      .rsp_valid_i(rsp_valid[vq_int_pkg::ClTbl]), .res_i(res), .cfg_i(ring_cfg), .st_i(ring_st),
      .bound_i(bound), .ev_busy_i(ev_busy), .ev_clear_o(ev_clear), .quiet_i(quiet),
      .block_o(block), .sweep_o(sweep), .sweep_done_i(sweep_done),
      .fault_valid_o(tf_valid), .fault_code_o(tf_code), .fault_index_o(tf_index)
  );

  // --- doorbells ---------------------------------------------------------------------------------
  vq_pkg::pcie_mmio_t db_in;
  assign db_in = db_data_i;
  logic db_idle, db_ring_valid, ev_head_valid, arm_valid, bad_db, inc_db, inc_merged;
  logic [RingBits-1:0] db_ring;
  logic [11:0] bad_slot;
  logic [31:0] db_addr, db_data;
  vq_db u_db (
      .clk_i, .rst_ni, .flush_i(sweep), .hold_i(hold_work),
      .init_done_o(db_init), .idle_o(db_idle),
      .db_valid_i, .db_fn_i(db_in.fn), .db_addr_i(db_in.addr), .db_data_i(db_in.data),
      .db_ready_o,
      .vq_valid_i(vq_cfg.valid), .vq_fn_i(vq_cfg.fn), .vq_ring_count_i(vq_cfg.ring_count),
      .ring_valid_o(db_ring_valid), .ring_o(db_ring), .ring_take_i(grant[vq_int_pkg::ClDb]),
      .slot_rd_ring_i(slot_rd_ring), .slot_rd_i(grant[vq_int_pkg::ClDb]), .slot_o(slot),
      .slot_clr_i(slot_clr), .slot_clr_ring_i(ring),
      .ev_head_valid_o(ev_head_valid), .arm_valid_o(arm_valid), .bad_valid_o(bad_db),
      .slot_num_o(bad_slot), .addr_o(db_addr), .data_o(db_data),
      .inc_db_o(inc_db), .inc_merged_o(inc_merged)
  );
  logic cret_db_q, cret_ready, rx_cret_valid, rx_cret_ready;
  logic [19:0] cret_conn_q;
  logic [3:0] cret_gen_q;
  logic [31:0] cret_bytes_q;
  assign req_valid[vq_int_pkg::ClDb] = db_ring_valid & ~cret_db_q & ~block;
  always_comb begin
    req_db = '0;
    req_db.op = vq_int_pkg::OpDb;
    req_db.ring = {{(16 - RingBits) {1'b0}}, db_ring};
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      cret_db_q    <= 1'b0;
      cret_conn_q  <= '0;
      cret_gen_q   <= '0;
      cret_bytes_q <= '0;
    end else if (rsp_valid[vq_int_pkg::ClDb]) begin
      cret_db_q    <= ring_cret != '0;
      cret_conn_q  <= ring_cfg.conn_id;
      cret_gen_q   <= ring_cfg.gen;
      cret_bytes_q <= ring_cret;
    end else if (cret_ready) begin
      cret_db_q <= 1'b0;
    end
  end

  // --- RX ----------------------------------------------------------------------------------------
  logic rxd_valid, rxd_pop, rxd_full, rxd_empty;
  logic [DescBits-1:0] rxd_bits;
  common_pkg::msg_desc_t rxd;
  logic [$clog2(DescDepth+1)-1:0] rxd_level;
  assign rxd = rxd_bits;
  stream_fifo #(.Width(DescBits), .Depth(DescDepth)) u_rxd (
      .clk_i, .rst_ni, .hold_i(hold_work),
      .in_valid_i(desc_rx_valid_i), .in_data_i(desc_rx_data_i), .in_ready_o(desc_rx_ready_o),
      .out_valid_o(rxd_valid), .out_data_o(rxd_bits), .out_ready_i(rxd_pop),
      .level_o(rxd_level), .full_o(rxd_full), .empty_o(rxd_empty)
  );
  // Only what RX uses of rdata passes the FIFO.
  mbuf_pkg::mbuf_rdata_t rdata_in;
  assign rdata_in = rdata_data_i;
  logic rdd_valid, rdd_pop, rdd_last, rdd_err, rdd_full, rdd_empty;
  logic [511:0] rdd;
  logic [$clog2(RdataDepth+1)-1:0] rdd_level;
  stream_fifo #(.Width(514), .Depth(RdataDepth)) u_rdata (
      .clk_i, .rst_ni, .hold_i(hold_init),
      .in_valid_i(rdata_valid_i), .in_data_i({rdata_in.err, rdata_in.last, rdata_in.data}),
      .in_ready_o(rdata_ready_o),
      .out_valid_o(rdd_valid), .out_data_o({rdd_err, rdd_last, rdd}), .out_ready_i(rdd_pop),
      .level_o(rdd_level), .full_o(rdd_full), .empty_o(rdd_empty)
  );
  logic rx_idle, rx_busy, rx_wr_valid, rx_wr_ready;
  vq_pkg::pcie_wr_t rx_wr;
  vq_rx u_rx (
      .clk_i, .rst_ni, .block_i(block), .idle_o(rx_idle), .busy_o(rx_busy),
      .desc_valid_i(rxd_valid), .desc_i(rxd), .desc_pop_o(rxd_pop),
      .req_valid_o(req_valid[vq_int_pkg::ClRx]), .req_o(req_rx),
      .rsp_valid_i(rsp_valid[vq_int_pkg::ClRx]), .res_i(res), .ring_i(ring),
      .cfg_i(ring_cfg), .st_i(ring_st),
      .fn_i(vq_cfg.fn), .mps_log2_i(mps_log2), .windows_i(windows),
      .rd_valid_o, .rd_ready_i,
      .rdata_valid_i(rdd_valid), .rdata_err_i(rdd_err), .rdata_last_i(rdd_last), .rdata_i(rdd),
      .rdata_pop_o(rdd_pop),
      .free_valid_o, .free_ready_i, .cret_valid_o(rx_cret_valid), .cret_ready_i(rx_cret_ready),
      .wr_valid_o(rx_wr_valid), .wr_o(rx_wr), .wr_ready_i(rx_wr_ready)
  );
  mbuf_pkg::mbuf_rd_t rd;
  always_comb begin
    rd = '0;
    rd.conn.conn_id = rxd.conn_id;
    rd.conn.gen = rxd.gen;
    rd.first_cell = rxd.first_cell;
    rd.offset = rxd.offset;
    rd.len = rxd.seg_len;
  end
  assign rd_data_o = rd;
  assign free_data_o = rxd_bits;

  // Credit returns: what the host released before what RX dropped.
  mbuf_pkg::mbuf_cret_t cret;
  always_comb begin
    cret = '0;
    cret.conn.conn_id = cret_db_q ? cret_conn_q : rxd.conn_id;
    cret.conn.gen = cret_db_q ? cret_gen_q : rxd.gen;
    cret.bytes = cret_db_q ? cret_bytes_q : {16'h0, rxd.seg_len};
  end
  assign rx_cret_ready = cret_ready & ~cret_db_q;
  skid_buffer #(.Width(mbuf_pkg::MbufCretBits)) u_cret (
      .clk_i, .rst_ni, .hold_i(1'b0),
      .in_valid_i(cret_db_q | rx_cret_valid), .in_data_i(cret), .in_ready_o(cret_ready),
      .out_valid_o(cret_valid_o), .out_data_o(cret_data_o), .out_ready_i(cret_ready_i)
  );

  // --- TX ----------------------------------------------------------------------------------------
  mbuf_pkg::mbuf_credit_t cr;
  assign cr = cr_data_i;
  logic txi_busy, txi_idle, seg_in_valid, seg_in_ready, seg_valid, seg_pop, seg_full, seg_empty;
  logic [vq_pkg::TxSegBits-1:0] seg_in, seg_bits;
  vq_pkg::tx_seg_t seg;
  logic [$clog2(SegDepth+1)-1:0] seg_level;
  logic txi_rd_valid, txi_rd_end, tag_free, rd_fire;
  logic [63:0] txi_rd_addr;
  logic [9:0] txi_rd_len;
  logic [7:0] tag;
  logic [19:0] txi_conn;
  logic [3:0] txi_gen;
  vq_txi u_txi (
      .clk_i, .rst_ni, .block_i(block), .busy_o(txi_busy), .idle_o(txi_idle),
      .sched_valid_i(sched_valid), .sched_ring_i(sched_ring),
      .req_valid_o(req_valid[vq_int_pkg::ClTxi]), .req_o(req_txi),
      .grant_i(grant[vq_int_pkg::ClTxi]),
      .rsp_valid_i(rsp_valid[vq_int_pkg::ClTxi]), .res_i(res), .ring_i(ring),
      .cfg_i(ring_cfg), .st_i(ring_st), .fin_i(ring_fin),
      .fn_i(vq_cfg.fn), .mrrs_log2_i(mrrs_log2), .windows_i(windows),
      .cq_valid_o, .conn_id_o(txi_conn), .gen_o(txi_gen), .cq_ready_i,
      .cr_valid_i, .cr_ok_i(cr.ok), .cr_bytes_i(cr.bytes), .cr_ready_o,
      .seg_valid_o(seg_in_valid), .seg_o(seg_in), .seg_ready_i(seg_in_ready),
      .rd_valid_o(txi_rd_valid), .rd_addr_o(txi_rd_addr), .rd_len_o(txi_rd_len),
      .rd_seg_end_o(txi_rd_end), .rd_ready_i(rd_fire)
  );
  assign cq_data_o = {txi_gen, txi_conn};
  stream_fifo #(.Width(vq_pkg::TxSegBits), .Depth(SegDepth)) u_seg (
      .clk_i, .rst_ni, .hold_i(1'b0),
      .in_valid_i(seg_in_valid), .in_data_i(seg_in), .in_ready_o(seg_in_ready),
      .out_valid_o(seg_valid), .out_data_o(seg_bits), .out_ready_i(seg_pop),
      .level_o(seg_level), .full_o(seg_full), .empty_o(seg_empty)
  );
  assign seg = seg_bits;
  // Free tags only ever appear, so valid stays up once it is.
  assign dma_rd_valid_o = txi_rd_valid & tag_free;
  assign rd_fire = dma_rd_valid_o & dma_rd_ready_i;
  vq_pkg::pcie_rd_t dma_rd;
  always_comb begin
    dma_rd = '0;
    dma_rd.addr = txi_rd_addr;
    dma_rd.len = txi_rd_len;
    dma_rd.tag = tag;
    dma_rd.fn = vq_cfg.fn;
  end
  assign dma_rd_data_o = dma_rd;

  logic cpl_ready_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) cpl_ready_q <= 1'b0;
    else cpl_ready_q <= init_done;
  end
  assign dma_rd_data_ready_o = cpl_ready_q;
  vq_pkg::pcie_cpl_t cpl;
  assign cpl = dma_rd_data_data_i;

  logic wd_valid, wd_pop;
  logic [DescBits-1:0] wd_bits;
  common_pkg::msg_desc_t wd, desc_tx;
  assign wd = wd_bits;
  skid_buffer #(.Width(DescBits)) u_wd (
      .clk_i, .rst_ni, .hold_i(hold_init),
      .in_valid_i(desc_valid_i), .in_data_i(desc_data_i), .in_ready_o(desc_ready_o),
      .out_valid_o(wd_valid), .out_data_o(wd_bits), .out_ready_i(wd_pop)
  );
  logic txw_idle, bad_cpl, txw_last, txw_err;
  logic [6:0] txw_nbytes;
  logic [47:0] ts, txw_ts;
  logic [511:0] txw_data;
  assign ts = now_i[47:0] * {44'h0, reg2hw.dma_cfg_ns_per_cycle_q};
  vq_txw u_txw (
      .clk_i, .rst_ni, .ts_i(ts), .init_done_o(txw_init), .idle_o(txw_idle),
      .rd_len_i(txi_rd_len), .rd_seg_end_i(txi_rd_end),
      .tag_free_o(tag_free), .tag_o(tag), .rd_fire_i(rd_fire),
      .cpl_valid_i(dma_rd_data_valid_i & cpl_ready_q), .cpl_i(cpl), .bad_cpl_o(bad_cpl),
      .seg_valid_i(seg_valid), .seg_i(seg), .seg_pop_o(seg_pop),
      .req_valid_o(req_valid[vq_int_pkg::ClTxw]), .req_o(req_txw),
      .rsp_valid_i(rsp_valid[vq_int_pkg::ClTxw]), .res_i(res),
      .wr_valid_o, .wr_nbytes_o(txw_nbytes), .wr_last_o(txw_last), .wr_err_o(txw_err),
      .wr_ts_o(txw_ts), .wr_data_o(txw_data), .wr_ready_i,
      .desc_valid_i(wd_valid), .desc_i(wd), .desc_pop_o(wd_pop),
      .desc_tx_valid_o, .desc_tx_o(desc_tx), .desc_tx_ready_i
  );
  assign desc_tx_data_o = desc_tx;
  mbuf_pkg::mbuf_wr_t wr;
  always_comb begin
    wr = '0;
    wr.conn.conn_id = seg.conn_id;
    wr.conn.gen = seg.gen;
    wr.dir = seg.dir;
    wr.cls = seg.cls;
    wr.fin = seg.fin;
    wr.rst = seg.rst;
    wr.err = txw_err;
    wr.err_code = txw_err ? vq_pkg::FaultCplError : vq_pkg::FaultNone;
    wr.ts = txw_ts;
    wr.last = txw_last;
    wr.nbytes = txw_nbytes;
    wr.data = txw_data;
  end
  assign wr_data_o = wr;

  // Connections with credit again.
  logic ce_valid, ce_full, ce_empty;
  logic [common_pkg::ConnRefBits-1:0] ce_bits;
  common_pkg::conn_ref_t ce;
  logic [2:0] ce_level;
  assign ce = ce_bits;
  stream_fifo #(.Width(common_pkg::ConnRefBits), .Depth(4)) u_cevt (
      .clk_i, .rst_ni, .hold_i(hold_init),
      .in_valid_i(cevt_valid_i), .in_data_i(cevt_data_i), .in_ready_o(cevt_ready_o),
      .out_valid_o(ce_valid), .out_data_o(ce_bits), .out_ready_i(grant[vq_int_pkg::ClCevt]),
      .level_o(ce_level), .full_o(ce_full), .empty_o(ce_empty)
  );
  assign req_valid[vq_int_pkg::ClCevt] = ce_valid & ~block;
  always_comb begin
    req_cevt = '0;
    req_cevt.op = vq_int_pkg::OpCredit;
    req_cevt.conn_id = ce.conn_id;
    req_cevt.gen = ce.gen;
  end

  // --- events --------------------------------------------------------------------------------------
  logic ev_idle, ev_wr_valid, ev_msix_valid, ev_ready, ev_fault, bad_head, bad_evwin;
  logic inc_event, inc_msix, inc_held;
  logic [31:0] bad_page, ev_tail, ev_head;
  vq_pkg::pcie_wr_t ev_wr;
  vq_ev u_ev (
      .clk_i, .rst_ni, .block_i(block), .clear_i(ev_clear), .busy_o(ev_busy), .idle_o(ev_idle),
      .cfg_i(vq_cfg), .windows_i(windows),
      .ev_head_valid_i(ev_head_valid), .arm_valid_i(arm_valid), .db_data_i(db_data),
      .due_valid_i(due_valid), .due_ring_i(due_ring),
      .req_valid_o(req_valid[vq_int_pkg::ClEv]), .req_o(req_ev),
      .grant_i(grant[vq_int_pkg::ClEv]), .rsp_valid_i(rsp_valid[vq_int_pkg::ClEv]),
      .ev_valid_i(ring_ev_valid), .ev_i(ring_ev),
      .wr_valid_o(ev_wr_valid), .wr_o(ev_wr), .msix_valid_o(ev_msix_valid), .ready_i(ev_ready),
      .tail_o(ev_tail), .head_o(ev_head), .fault_o(ev_fault),
      .bad_head_o(bad_head), .bad_window_o(bad_evwin), .bad_page_o(bad_page),
      .inc_event_o(inc_event), .inc_msix_o(inc_msix), .inc_held_o(inc_held)
  );

  // --- posted queue: data, events and interrupts in one order -----------------------------------
  logic tlp_open_q, post_valid, post_ready, post_is_msix, po_valid, po_is_msix, po_pop;
  logic po_full, po_empty;
  logic [2:0] po_level;
  vq_pkg::pcie_wr_t post_wr;
  vq_pkg::msix_t msix;
  logic [vq_pkg::PcieWrBits-1:0] po_bits;
  always_comb begin
    msix = '0;
    msix.vector = vq_cfg.vector;
    msix.fn = vq_cfg.fn;
  end
  // An event goes first, but never into an open TLP.
  assign ev_ready = post_ready & ~tlp_open_q;
  assign rx_wr_ready = post_ready & (tlp_open_q | ~(ev_wr_valid | ev_msix_valid));
  assign post_valid = tlp_open_q ? rx_wr_valid : (rx_wr_valid | ev_wr_valid | ev_msix_valid);
  assign post_is_msix = ~tlp_open_q & ev_msix_valid;
  always_comb begin
    post_wr = rx_wr;
    if (!tlp_open_q && ev_wr_valid) post_wr = ev_wr;
    if (post_is_msix) begin
      post_wr = '0;
      post_wr.addr = {{(64 - vq_pkg::MsixBits) {1'b0}}, msix};
    end
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) tlp_open_q <= 1'b0;
    else if (rx_wr_valid && rx_wr_ready) tlp_open_q <= ~rx_wr.last;
  end
  stream_fifo #(.Width(vq_pkg::PcieWrBits + 1), .Depth(PostedDepth)) u_posted (
      .clk_i, .rst_ni, .hold_i(1'b0),
      .in_valid_i(post_valid), .in_data_i({post_is_msix, post_wr}), .in_ready_o(post_ready),
      .out_valid_o(po_valid), .out_data_o({po_is_msix, po_bits}), .out_ready_i(po_pop),
      .level_o(po_level), .full_o(po_full), .empty_o(po_empty)
  );
  vq_pkg::pcie_wr_t po_wr;
  assign po_wr = po_bits;
  assign dma_wr_valid_o = po_valid & ~po_is_msix;
  assign dma_wr_data_o = po_bits;
  assign msix_valid_o = po_valid & po_is_msix;
  assign msix_data_o = po_wr.addr[vq_pkg::MsixBits-1:0];
  assign po_pop = po_is_msix ? msix_ready_i : dma_wr_ready_i;

  logic unused;
  assign unused = ^{rdata_in, wd, cr, db_in.rsvd_pad, ring_st, ring_cfg, rx_wr, po_wr,
                    sched_level, sched_full, due_level, due_full, due_empty, rxd_level, rxd_full,
                    rdd_level, rdd_full, seg_level, seg_full, ce_level, ce_full, po_level, po_full,
                    now_i[63:48]};

  // --- idle --------------------------------------------------------------------------------------
  logic ready_settled, regs_idle;
  assign ready_settled = (desc_rx_ready_o == ~hold_work) & rdata_ready_o & cevt_ready_o
                       & desc_ready_o & cpl_ready_q & cret_ready & post_ready & sched_ready
                       & due_ready & seg_in_ready;
  assign regs_idle = axil_rsp_o.awready & axil_rsp_o.wready & axil_rsp_o.arready
                   & ~reg2hw.tbl_cmd_op_qe & ~reg2hw.flr_go_qe;
  logic work_idle;
  assign work_idle = ring_idle & rx_idle & txi_idle & txw_idle & ev_idle & db_idle & ce_empty
                   & po_empty & rdd_empty & rxd_empty & seg_empty & ~wd_valid & ~cret_db_q
                   & ~cret_valid_o & sched_empty;
  assign idle_o = init_done & work_idle & tbl_idle & ready_settled & regs_idle;
  assign wake_at_o = '1;
  assign quiet = ring_idle & ~rx_busy & ~txi_busy & txw_idle & ~ev_busy;

  // --- registers -----------------------------------------------------------------------------------
  logic [2:0] faults;
  logic any_fault;
  logic [7:0] first_code;
  logic [19:0] first_index;
  logic [31:0] first_data;
  assign any_fault = rf_valid | bad_db | bad_head | bad_evwin | bad_cpl | tf_valid;
  assign faults = {2'b0, rf_valid} + {2'b0, bad_db} + {2'b0, bad_head} + {2'b0, bad_evwin}
                + {2'b0, bad_cpl} + {2'b0, tf_valid};
  // In one cycle: the ring unit's first, then doorbells, events, completions, tables.
  always_comb begin
    first_code = tf_code;
    first_index = tf_index;
    first_data = '0;
    if (bad_cpl) begin
      first_code = vq_pkg::FaultBadCompletion;
      first_index = {12'h0, cpl.tag};
    end
    if (bad_evwin) begin
      first_code = vq_pkg::FaultEvWindow;
      first_index = '0;
      first_data = bad_page;
    end
    if (bad_head) begin
      first_code = vq_pkg::FaultBadEvHead;
      first_index = '0;
      first_data = db_data;
    end
    if (bad_db) begin
      first_code = vq_pkg::FaultBadDoorbell;
      first_index = {8'h0, bad_slot};
      first_data = db_addr;
    end
    if (rf_valid) begin
      first_code = rf_code;
      first_index = rf_index;
      first_data = rf_data;
    end
  end

  always_comb begin
    hw2reg = '0;
    hw2reg.status_init_done_d = init_done;
    hw2reg.status_tbl_busy_d = tbl_busy;
    hw2reg.status_idle_d = work_idle;
    hw2reg.status_flr_busy_d = flr_busy;
    hw2reg.status_vq_fault_d = ev_fault;
    hw2reg.status_bound_d = {{(8 - $bits(bound)) {1'b0}}, bound};
    hw2reg.irq_status_err_d = 1'b1;
    hw2reg.irq_status_err_de = any_fault;
    hw2reg.irq_status_gone_d = 1'b1;
    hw2reg.irq_status_gone_de = gone;
    hw2reg.irq_status_flr_done_d = 1'b1;
    hw2reg.irq_status_flr_done_de = flr_done;
    hw2reg.ev_tail_count_d = ev_tail;
    hw2reg.ev_head_count_d = ev_head;
    hw2reg.tbl_status_busy_d = tbl_busy;
    hw2reg.tbl_status_error_d = tbl_error;
    hw2reg.tbl_status_code_d = tbl_code;
    for (int unsigned i = 0; i < 8; i++) begin
      hw2reg.tbl_data_word_d[i] = tbl_out[i*32+:32];
      hw2reg.tbl_data_word_de[i] = tbl_we;
    end
    hw2reg.rx_msgs_inc = inc_rx;
    hw2reg.rx_bytes_inc = inc_rx ? inc_bytes : '0;
    hw2reg.tx_segs_inc = inc_tx;
    hw2reg.tx_bytes_inc = inc_tx ? inc_bytes : '0;
    hw2reg.events_inc = inc_event;
    hw2reg.msix_inc = inc_msix;
    hw2reg.doorbells_inc = inc_db;
    hw2reg.db_merged_inc = inc_merged;
    hw2reg.tlp_wr_inc = dma_wr_valid_o & dma_wr_ready_i & po_wr.last;
    hw2reg.tlp_rd_inc = rd_fire;
    hw2reg.tx_parked_inc = inc_parked;
    hw2reg.tx_refused_inc = inc_refused;
    hw2reg.tx_discarded_inc = inc_discarded;
    hw2reg.ev_held_inc = inc_held;
    hw2reg.drop_conn_unknown_inc = rf_valid & (rf_code == vq_pkg::FaultConnUnknown);
    hw2reg.drop_conn_stale_inc = rf_valid & (rf_code == vq_pkg::FaultConnStale);
    hw2reg.drop_ring_closed_inc = inc_closed;
    hw2reg.fault_rx_overrun_inc = rf_valid & (rf_code == vq_pkg::FaultRxOverrun);
    hw2reg.fault_window_inc = rf_valid & (rf_code == vq_pkg::FaultWindow);
    hw2reg.fault_cpl_error_inc = rf_valid & (rf_code == vq_pkg::FaultCplError);
    hw2reg.fault_bad_index_inc = rf_valid & (rf_code == vq_pkg::FaultBadIndex);
    hw2reg.fault_bad_doorbell_inc = bad_db;
    hw2reg.fault_bad_ev_head_inc = bad_head;
    hw2reg.fault_ev_window_inc = bad_evwin;
    hw2reg.fault_read_error_inc = rf_valid & (rf_code == vq_pkg::FaultReadError);
    hw2reg.fault_bad_completion_inc = bad_cpl;
    hw2reg.err_first_valid_d = 1'b1;
    hw2reg.err_first_valid_de = any_fault;
    hw2reg.err_first_code_d = first_code;
    hw2reg.err_first_code_de = any_fault & ~reg2hw.err_first_valid_q;
    hw2reg.err_first_index_d = first_index;
    hw2reg.err_first_index_de = any_fault & ~reg2hw.err_first_valid_q;
    hw2reg.err_data_data_d = first_data;
    hw2reg.err_data_data_de = any_fault & ~reg2hw.err_first_valid_q;
    hw2reg.err_count_inc = faults;
  end
  assign irq_o = (reg2hw.irq_status_err_q & reg2hw.irq_enable_err_q)
               | (reg2hw.irq_status_gone_q & reg2hw.irq_enable_gone_q)
               | (reg2hw.irq_status_flr_done_q & reg2hw.irq_enable_flr_done_q);
endmodule
