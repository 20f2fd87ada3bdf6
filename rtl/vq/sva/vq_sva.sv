// SPDX-License-Identifier: Apache-2.0
//
// Assertions and cover points of the VQ block; vq_bind.sv binds them. Verilator only.
/* verilator lint_off DECLFILENAME */   // three small checkers in one file
/* verilator lint_off UNUSEDSIGNAL */   // whole structs are bound, some fields checked
module vq_ring_sva (
    input logic clk_i,
    input logic rst_ni,
    input logic [vq_int_pkg::NumClients-1:0] rsp_valid_o,
    input logic [vq_int_pkg::NumClients-1:0] grant_o,
    input logic sched_valid_o, sched_ready_i, due_valid_o, due_ready_i,
    input logic [3:0] op,
    input logic [2:0] res_o,
    input vq_pkg::ring_state_t st_o,
    input vq_pkg::ring_cfg_t cfg_o,
    input logic ev_valid_o,
    input vq_pkg::host_event_t ev_o
);
  one_answer: assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0(rsp_valid_o));
  one_grant: assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0(grant_o));
  // One bit per ring: neither queue can overflow, so neither push is ever refused.
  sched_taken: assert property (@(posedge clk_i) disable iff (!rst_ni)
      sched_valid_o |-> sched_ready_i);
  due_taken: assert property (@(posedge clk_i) disable iff (!rst_ni) due_valid_o |-> due_ready_i);
  // Order of the indices of a live ring.
  rx_order: assert property (@(posedge clk_i) disable iff (!rst_ni)
      |rsp_valid_o && cfg_o.valid |->
          st_o.rx_tail - st_o.rx_head <= (32'd1 << cfg_o.rx_log2));
  tx_order: assert property (@(posedge clk_i) disable iff (!rst_ni)
      |rsp_valid_o && cfg_o.valid |->
          st_o.tx_tail - st_o.tx_head <= (32'd1 << cfg_o.tx_log2)
          && st_o.tx_fetch - st_o.tx_head <= st_o.tx_tail - st_o.tx_head);
  // An event that is due is queued; nothing waits unseen.
  due_is_queued: assert property (@(posedge clk_i) disable iff (!rst_ni)
      |rsp_valid_o && (cfg_o.valid || op == vq_int_pkg::OpBind)
      && op != vq_int_pkg::OpRxBegin && op != vq_int_pkg::OpCredit
      && (st_o.rx_due || st_o.tf_due || st_o.open_due || st_o.fin_due || st_o.rst_due
          || st_o.err_due || st_o.gone_due) |-> st_o.evq);

  ev_rx:     cover property (@(posedge clk_i) |rsp_valid_o && ev_valid_o && ev_o.rx);
  ev_txfree: cover property (@(posedge clk_i) |rsp_valid_o && ev_valid_o && ev_o.txfree);
  ev_fin:    cover property (@(posedge clk_i) |rsp_valid_o && ev_valid_o && ev_o.fin);
  ev_rst:    cover property (@(posedge clk_i) |rsp_valid_o && ev_valid_o && ev_o.rst);
  ev_err:    cover property (@(posedge clk_i) |rsp_valid_o && ev_valid_o && ev_o.err);
  ev_open:   cover property (@(posedge clk_i) |rsp_valid_o && ev_valid_o && ev_o.open);
  ev_gone:   cover property (@(posedge clk_i) |rsp_valid_o && ev_valid_o && ev_o.gone);
  rx_stale:   cover property (@(posedge clk_i) rsp_valid_o[vq_int_pkg::ClRx]
                              && op == vq_int_pkg::OpRxBegin && res_o == vq_int_pkg::ResStale);
  rx_unknown: cover property (@(posedge clk_i) rsp_valid_o[vq_int_pkg::ClRx]
                              && op == vq_int_pkg::OpRxBegin && res_o == vq_int_pkg::ResUnknown);
  rx_closed:  cover property (@(posedge clk_i) rsp_valid_o[vq_int_pkg::ClRx]
                              && op == vq_int_pkg::OpRxBegin && res_o == vq_int_pkg::ResClosed);
  rx_overrun: cover property (@(posedge clk_i) rsp_valid_o[vq_int_pkg::ClRx]
                              && op == vq_int_pkg::OpRxBegin && res_o == vq_int_pkg::ResOverrun);
endmodule

module vq_db_sva #(parameter int unsigned NumRings = 2, parameter int unsigned RingBits = 1) (
    input logic clk_i,
    input logic rst_ni,
    input logic flush_i,
    input logic [NumRings-1:0] pending_q,
    input logic [RingBits:0] wr_ptr_q, rd_ptr_q,
    input logic push, set, ring_take_i,
    input logic [RingBits-1:0] ring, ring_o
);
  logic [RingBits:0] level;
  assign level = wr_ptr_q - rd_ptr_q;
  level_is_pending: assert property (@(posedge clk_i) disable iff (!rst_ni)
      {{(31 - RingBits) {1'b0}}, level} == $countones(pending_q));
  no_overflow: assert property (@(posedge clk_i) disable iff (!rst_ni)
      push && !ring_take_i |-> {{(31 - RingBits) {1'b0}}, level} < NumRings);
  flushed: cover property (@(posedge clk_i) flush_i && level != 0);
  merged: cover property (@(posedge clk_i) set && !push);
  taken_and_set: cover property (@(posedge clk_i) set && ring_take_i && ring == ring_o);
  full: cover property (@(posedge clk_i) {{(31 - RingBits) {1'b0}}, level} == NumRings);
endmodule

module vq_ev_sva (
    input logic clk_i,
    input logic rst_ni,
    input logic [31:0] used,
    input logic full,
    input vq_pkg::vq_cfg_t cfg_i,
    input logic wr_valid_o, msix_valid_o, grant_i, req_valid_o, arm_valid_i, inc_held_o, inc_event_o
);
  never_beyond: assert property (@(posedge clk_i) disable iff (!rst_ni)
      cfg_i.valid |-> used <= (32'd1 << cfg_i.ev_log2));
  room_when_written: assert property (@(posedge clk_i) disable iff (!rst_ni) wr_valid_o |-> !full);
  one_of: assert property (@(posedge clk_i) disable iff (!rst_ni) !(wr_valid_o && msix_valid_o));
  asked: assert property (@(posedge clk_i) disable iff (!rst_ni) grant_i |-> req_valid_o);
  held: cover property (@(posedge clk_i) inc_held_o);
  arm_and_event: cover property (@(posedge clk_i) arm_valid_i && inc_event_o);
endmodule
