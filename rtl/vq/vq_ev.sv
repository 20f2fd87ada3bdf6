// SPDX-License-Identifier: Apache-2.0
//
// Event unit: writes due events into the event ring as 8-byte posted writes and interrupts once per
// `arm`. An event is taken out of its ring's state only when a slot of the event ring is free, so a
// full ring loses nothing. C++ twin: cmodel/vq/event_unit.hpp.
module vq_ev (
    input  logic clk_i,
    input  logic rst_ni,
    input  logic block_i,      // take nothing (function-level reset)
    input  logic clear_i,      // new queue: indices to zero; only while not busy
    output logic busy_o,
    output logic idle_o,

    input  vq_pkg::vq_cfg_t cfg_i,
    input  logic [vq_pkg::NumWindows*vq_pkg::WindowCfgBits-1:0] windows_i,

    input  logic        ev_head_valid_i,     // doorbells
    input  logic        arm_valid_i,
    input  logic [31:0] db_data_i,

    input  logic                            due_valid_i,   // head of the rings with events due
    input  logic [vq_pkg::RingBits-1:0] due_ring_i,    // popped by the ring unit's grant
    output logic                  req_valid_o,
    output vq_int_pkg::ring_req_t req_o,
    input  logic                  grant_i,
    input  logic                  rsp_valid_i,
    input  logic                  ev_valid_i,
    input  vq_pkg::host_event_t   ev_i,

    output logic             wr_valid_o,     // -> posted queue
    output vq_pkg::pcie_wr_t wr_o,
    output logic             msix_valid_o,   // -> posted queue; never with wr_valid_o
    input  logic             ready_i,

    output logic [31:0] tail_o,
    output logic [31:0] head_o,
    output logic        fault_o,             // the queue's events stopped
    output logic        bad_head_o,          // pulses -> error record
    output logic        bad_window_o,
    output logic [31:0] bad_page_o,
    output logic        inc_event_o,
    output logic        inc_msix_o,
    output logic        inc_held_o
);
  typedef enum logic [2:0] {StIdle, StTake, StXlate, StWrite, StMsix} state_e;
  state_e state_q;

  logic [31:0] tail_q, head_q, arm_q, used, mask, idx;
  logic arm_pend_q, armed_q, fault_q, held_q, full, may_take;
  vq_pkg::host_event_t ev_q;
  logic [51:0] page_q, xl_raw, xl_page;
  logic xl_hit;

  assign used = tail_q - head_q;
  assign full = used >= (32'd1 << cfg_i.ev_log2);
  assign mask = (32'd1 << cfg_i.ev_log2) - 32'd1;
  assign idx = tail_q & mask;
  assign xl_raw = cfg_i.ev_page + {29'h0, idx[31:9]};
  vq_xlate u_xlate (
      .windows_i, .fn_i(cfg_i.fn), .write_i(1'b1), .page_i(xl_raw), .hit_o(xl_hit), .page_o(xl_page)
  );

  assign may_take = cfg_i.valid & ~fault_q & ~block_i & due_valid_i;
  assign req_valid_o = (state_q == StIdle) & ~arm_pend_q & may_take & ~full;
  always_comb begin
    req_o = '0;
    req_o.op = vq_int_pkg::OpEvent;
    req_o.ring = {{(16 - vq_pkg::RingBits) {1'b0}}, due_ring_i};
  end

  vq_pkg::host_event_t ev_phased;
  always_comb begin
    ev_phased = ev_q;
    ev_phased.phase = (tail_q & (32'd1 << cfg_i.ev_log2)) == '0;
    wr_o = '0;
    wr_o.addr = {page_q, idx[8:0], 3'b000};
    wr_o.nbytes = 7'(vq_pkg::EventBytes);
    wr_o.last = 1'b1;
    wr_o.fn = cfg_i.fn;
    wr_o.data = {448'h0, ev_phased};
  end
  assign wr_valid_o = state_q == StWrite;
  assign msix_valid_o = state_q == StMsix;
  assign inc_event_o = wr_valid_o & ready_i;
  assign inc_msix_o = msix_valid_o & ready_i;
  assign inc_held_o = (state_q == StIdle) & may_take & full & ~held_q;
  assign bad_head_o = ev_head_valid_i & ((db_data_i - head_q) > used);
  assign bad_window_o = (state_q == StXlate) & ~xl_hit;
  assign bad_page_o = xl_raw[31:0];
  assign tail_o = tail_q;
  assign head_o = head_q;
  assign fault_o = fault_q;
  assign busy_o = state_q != StIdle;
  assign idle_o = (state_q == StIdle) & ~arm_pend_q & ~inc_held_o & ~(may_take & ~full)
                & ~(held_q & ~full);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q    <= StIdle;
      tail_q     <= '0;
      head_q     <= '0;
      arm_q      <= '0;
      arm_pend_q <= 1'b0;
      armed_q    <= 1'b0;
      fault_q    <= 1'b0;
      held_q     <= 1'b0;
      ev_q       <= '0;
      page_q     <= '0;
    end else begin
      case (state_q)
        StIdle: begin
          if (arm_pend_q) begin
            // Never reads host memory: the level the host saw against the level written.
            arm_pend_q <= 1'b0;
            armed_q    <= tail_q == arm_q;
            if (tail_q != arm_q) state_q <= StMsix;
          end else if (grant_i) begin
            state_q <= StTake;
          end
          if (inc_held_o) held_q <= 1'b1;
          if (!full) held_q <= 1'b0;
        end
        StTake: begin
          if (rsp_valid_i) begin
            ev_q    <= ev_i;
            state_q <= ev_valid_i ? StXlate : StIdle;
          end
        end
        StXlate: begin
          page_q <= xl_page;
          if (xl_hit) begin
            state_q <= StWrite;
          end else begin
            fault_q <= 1'b1;
            state_q <= StIdle;
          end
        end
        StWrite: begin
          if (ready_i) begin
            tail_q  <= tail_q + 32'd1;
            armed_q <= 1'b0;
            state_q <= armed_q ? StMsix : StIdle;
          end
        end
        StMsix: if (ready_i) state_q <= StIdle;
        default: state_q <= StIdle;
      endcase
      if (ev_head_valid_i) begin
        if (bad_head_o) fault_q <= 1'b1;
        else head_q <= db_data_i;
      end
      if (arm_valid_i) begin
        arm_q      <= db_data_i;
        arm_pend_q <= 1'b1;
      end
      if (clear_i) begin
        tail_q     <= '0;
        head_q     <= '0;
        arm_pend_q <= 1'b0;
        armed_q    <= 1'b0;
        fault_q    <= 1'b0;
        held_q     <= 1'b0;
      end
    end
  end

`ifdef FORMAL
  // The event ring never holds more than its slots, whatever the host writes.
  logic past_reset_q;
  always_ff @(posedge clk_i) past_reset_q <= rst_ni;
  logic slot_free_q;   // what the ring unit was asked for finds its slot
  always_ff @(posedge clk_i) begin
    if (!rst_ni) slot_free_q <= 1'b0;
    else slot_free_q <= ~full;
  end
  always_comb begin
    assume (!(grant_i && !req_valid_o));
    assume (cfg_i.ev_log2 == 5'(vq_pkg::EvLog2Min));
    assume (!(clear_i && busy_o));
    if (past_reset_q) begin
      assert (used <= (32'd1 << cfg_i.ev_log2));
      assert (!(busy_o && state_q != StMsix && full));
      assert (!(wr_valid_o && full));
    end
  end
`endif
  logic unused;
  assign unused = ^{cfg_i.vector, cfg_i.ring_count, cfg_i.rsvd_pad};
endmodule
