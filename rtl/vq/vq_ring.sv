// SPDX-License-Identifier: Apache-2.0
//
// Ring unit: the state of every ring and the only place that changes it, one operation at a time.
// That makes every same-cycle conflict between doorbells, DMA, credit and events an ordering
// question with one answer. Operations: docs/uarch/vq.md. C++ twin: cmodel/vq/ring_unit.hpp.
//
//   IDLE  grant a client; read its row (or, for a conn_id, the map)
//   MAP   the map names the row: read it
//   ROW   the row is here: new row and answer are computed
//   WR    the row is written, the answer is up for one cycle
module vq_ring (
    input logic clk_i,
    input logic rst_ni,

    output logic init_done_o,
    output logic idle_o,

    // Clients. A request stays up until its rsp bit; grant is combinational for queue heads.
    input  logic [vq_int_pkg::NumClients-1:0]                         req_valid_i,
    input  logic [vq_int_pkg::NumClients*vq_int_pkg::RingReqBits-1:0] req_i,
    output logic [vq_int_pkg::NumClients-1:0]                         grant_o,
    output logic [vq_int_pkg::NumClients-1:0]                         rsp_valid_o,
    input  vq_pkg::ring_cfg_t                                         bind_cfg_i,  // <- table unit

    // Answer, valid with rsp_valid_o.
    output logic [2:0]                      res_o,
    output logic [vq_pkg::RingBits-1:0] ring_o,
    output vq_pkg::ring_cfg_t               cfg_o,
    output vq_pkg::ring_state_t             st_o,         // after the operation
    output logic [31:0]                     cret_bytes_o, // OpDb: RX bytes the host gave back
    output logic                            fin_o,        // OpTxIssue: the segment ends the stream
    output logic                            ev_valid_o,   // OpEvent: an event was taken
    output vq_pkg::host_event_t             ev_o,         // its phase is 0

    // Doorbell slot RAMs (vq_db): values of the row read in IDLE.
    output logic [vq_pkg::RingBits-1:0] slot_rd_ring_o,
    input  vq_pkg::ring_slot_t              slot_i,
    output logic                            slot_clr_o,   // write zeros to ring_o's slot

    // Rings with TX work, rings with events due.
    output logic                            sched_valid_o,
    output logic [vq_pkg::RingBits-1:0] sched_ring_o,
    input  logic                            sched_ready_i,
    output logic                            due_valid_o,
    output logic [vq_pkg::RingBits-1:0] due_ring_o,
    input  logic                            due_ready_i,

    // Function-level reset.
    input  logic sweep_i,                    // forget every ring; only while idle
    output logic sweep_done_o,
    output logic [$clog2(vq_pkg::NumRings+1)-1:0] bound_o,

    // Pulses.
    output logic        gone_o,
    output logic        fault_valid_o,
    output logic [7:0]  fault_code_o,
    output logic [19:0] fault_index_o,
    output logic [31:0] fault_data_o,
    output logic        inc_rx_msg_o,
    output logic        inc_tx_seg_o,
    output logic [15:0] inc_bytes_o,         // of either
    output logic        inc_parked_o,
    output logic        inc_refused_o,
    output logic        inc_discarded_o,
    output logic        inc_closed_o
);
  localparam int unsigned RingBits = vq_pkg::RingBits;
  localparam int unsigned CountBits = $clog2(vq_pkg::NumRings + 1);
  localparam int unsigned MapBits = $clog2(vq_pkg::NumConns);
  localparam int unsigned ClBits = $clog2(vq_int_pkg::NumClients);
  localparam logic [RingBits-1:0] LastRing = RingBits'(vq_pkg::NumRings - 1);

  typedef enum logic [2:0] {StIdle, StMap, StRow, StWr, StSweep} state_e;
  state_e state_q;

  // --- arbiter ---------------------------------------------------------------------------------
  logic [vq_int_pkg::NumClients-1:0] req_valid, grant;
  logic grant_valid;
  logic [ClBits-1:0] grant_idx, client_q;
  logic take;
  assign take = (state_q == StIdle) & ~sweep_i & init_done_o;
  assign req_valid = take ? req_valid_i : '0;
  rr_arbiter #(.N(vq_int_pkg::NumClients)) u_arb (
      .clk_i, .rst_ni,
      .req_i(req_valid), .accept_i(grant_valid), .last_i(1'b1),
      .grant_valid_o(grant_valid), .grant_o(grant), .grant_idx_o(grant_idx)
  );
  assign grant_o = grant;

  vq_int_pkg::ring_req_t req_d, req_q;
  always_comb begin
    req_d = req_i[vq_int_pkg::RingReqBits-1:0];
    for (int unsigned i = 1; i < vq_int_pkg::NumClients; i++) begin
      if (grant[i]) req_d = req_i[i*vq_int_pkg::RingReqBits+:vq_int_pkg::RingReqBits];
    end
  end
  logic lookup;
  assign lookup = (req_d.op == vq_int_pkg::OpRxBegin) | (req_d.op == vq_int_pkg::OpCredit);

  // --- memories --------------------------------------------------------------------------------
  logic cfg_done, st_done, map_done;
  logic row_rd, map_rd;
  logic [RingBits-1:0] row_addr, map_out, ring_q;
  vq_pkg::ring_cfg_t cfg_ram;
  vq_pkg::ring_state_t st_ram;
  logic cfg_we_q, st_we_q, map_we_q, slot_clr_q;
  vq_pkg::ring_cfg_t cfg_q;     // row read, for the answer; with cfg_new_q what is written
  vq_pkg::ring_cfg_t cfg_new_q;
  vq_pkg::ring_state_t st_q;
  logic [RingBits-1:0] sweep_q;
  logic wr, sweeping;

  assign wr = state_q == StWr;
  assign sweeping = state_q == StSweep;
  assign map_rd = grant_valid & lookup;
  assign row_rd = (grant_valid & ~lookup) | (state_q == StMap);
  assign row_addr = (state_q == StMap) ? map_out : req_d.ring[RingBits-1:0];
  assign slot_rd_ring_o = req_d.ring[RingBits-1:0];

  ram_1r1w #(.Width(vq_pkg::RingCfgBits), .Depth(vq_pkg::NumRings)) u_cfg (
      .clk_i, .rst_ni, .init_done_o(cfg_done),
      .wr_en_i((wr & cfg_we_q) | sweeping), .wr_addr_i(sweeping ? sweep_q : ring_q),
      .wr_data_i(sweeping ? '0 : cfg_new_q),
      .rd_en_i(row_rd), .rd_addr_i(row_addr), .rd_data_o(cfg_ram)
  );
  ram_1r1w #(.Width(vq_pkg::RingStateBits), .Depth(vq_pkg::NumRings)) u_st (
      .clk_i, .rst_ni, .init_done_o(st_done),
      .wr_en_i((wr & st_we_q) | sweeping), .wr_addr_i(sweeping ? sweep_q : ring_q),
      .wr_data_i(sweeping ? '0 : st_q),
      .rd_en_i(row_rd), .rd_addr_i(row_addr), .rd_data_o(st_ram)
  );
  ram_1r1w #(.Width(RingBits), .Depth(vq_pkg::NumConns)) u_map (
      .clk_i, .rst_ni, .init_done_o(map_done),
      .wr_en_i(wr & map_we_q), .wr_addr_i(cfg_new_q.conn_id[MapBits-1:0]), .wr_data_i(ring_q),
      .rd_en_i(map_rd), .rd_addr_i(req_d.conn_id[MapBits-1:0]), .rd_data_o(map_out)
  );
  assign init_done_o = cfg_done & st_done & map_done;

  // --- the operation ---------------------------------------------------------------------------
  vq_pkg::ring_cfg_t cfg, cfg_d;
  vq_pkg::ring_state_t st, st_d;
  assign cfg = cfg_ram;
  assign st = st_ram;

  logic [31:0] rx_size, tx_size, rx_used, tx_used, tx_used_new, rx_back, seen_new;
  logic conn_match, rx_live, tx_live, tx_work, want_sched, due;
  logic bad_tx, bad_rx, bad_seen;
  logic [2:0] res;
  logic cfg_we, st_we, bind_ok, ev_valid, sched_push, due_push, fin, gone;
  logic fault;
  logic [7:0] fault_code;
  logic [31:0] fault_data, cret;
  logic inc_rx, inc_tx, inc_parked, inc_refused, inc_discarded, inc_closed;
  vq_pkg::host_event_t ev;
  logic lookup_q;

  assign rx_size = 32'd1 << cfg.rx_log2;
  assign tx_size = 32'd1 << cfg.tx_log2;
  assign rx_used = st.rx_tail - st.rx_head;
  assign tx_used = st.tx_tail - st.tx_head;
  assign tx_used_new = slot_i.tx_tail - st.tx_head;
  assign rx_back = slot_i.rx_head - st.rx_head;
  assign seen_new = slot_i.tx_seen - st.tx_seen;
  assign conn_match = cfg.valid & (cfg.conn_id == req_q.conn_id);
  assign rx_live = ~st.stopped & ~st.closing & ~st.rx_fin;
  assign tx_live = cfg.valid & ~st.stopped & ~st.closing;
  // Forward within the ring; not at all after the host's fin.
  assign bad_tx = (tx_used_new > tx_size) | (tx_used_new < tx_used)
                | (st.ctl_fin & (slot_i.tx_tail != st.tx_tail));
  assign bad_rx = rx_back > rx_used;
  assign bad_seen = seen_new > (st.tx_head - st.tx_seen);

  always_comb begin
    cfg_d = cfg;
    st_d = st;
    res = vq_int_pkg::ResOk;
    cfg_we = 1'b0;
    st_we = 1'b1;
    bind_ok = 1'b0;
    want_sched = 1'b0;
    ev_valid = 1'b0;
    ev = '0;
    fin = 1'b0;
    gone = 1'b0;
    fault = 1'b0;
    fault_code = vq_pkg::FaultNone;
    fault_data = req_q.info;
    cret = '0;
    inc_rx = 1'b0;
    inc_tx = 1'b0;
    inc_parked = 1'b0;
    inc_refused = 1'b0;
    inc_discarded = 1'b0;
    inc_closed = 1'b0;

    case (req_q.op)
      vq_int_pkg::OpBind: begin
        if (cfg.valid) begin
          res = vq_int_pkg::ResNo;
          st_we = 1'b0;
        end else begin
          cfg_d = bind_cfg_i;
          cfg_d.valid = 1'b1;
          cfg_d.rsvd_pad = '0;
          cfg_we = 1'b1;
          st_d = '0;
          bind_ok = 1'b1;
        end
      end
      vq_int_pkg::OpClear: begin
        if (!cfg.valid || st.closing) res = vq_int_pkg::ResNo;
        else st_d.closing = 1'b1;
      end
      vq_int_pkg::OpOpen: begin
        if (!cfg.valid || st.closing) res = vq_int_pkg::ResNo;
        else st_d.open_due = 1'b1;
      end
      vq_int_pkg::OpRxBegin: begin
        if (!conn_match) begin
          res = vq_int_pkg::ResUnknown;
          fault = 1'b1;
          fault_code = vq_pkg::FaultConnUnknown;
        end else if (cfg.gen != req_q.gen) begin
          res = vq_int_pkg::ResStale;
          fault = 1'b1;
          fault_code = vq_pkg::FaultConnStale;
        end else if (!rx_live) begin
          res = vq_int_pkg::ResClosed;
          inc_closed = 1'b1;
        end else if ({16'h0, req_q.len} > rx_size - rx_used) begin
          res = vq_int_pkg::ResOverrun;
          st_d.stopped = 1'b1;
          st_d.err_due = 1'b1;
          fault = 1'b1;
          fault_code = vq_pkg::FaultRxOverrun;
        end else begin
          st_d.rx_busy = 1'b1;
        end
      end
      vq_int_pkg::OpRxEnd: begin
        st_d.rx_busy = 1'b0;
        if (req_q.fault) begin
          st_d.stopped = 1'b1;
          st_d.err_due = 1'b1;
          fault = 1'b1;
          fault_code = req_q.kind[0] ? vq_pkg::FaultReadError : vq_pkg::FaultWindow;
        end else begin
          inc_rx = 1'b1;
          st_d.rx_tail = st.rx_tail + {16'h0, req_q.len};
          if (req_q.len != '0 && (!st.rx_out || cfg.eager)) begin
            st_d.rx_due = 1'b1;
            st_d.rx_out = 1'b1;
          end
          if (req_q.fin) st_d.fin_due = 1'b1;
          if (req_q.rst) st_d.rst_due = 1'b1;
          if (req_q.fin || req_q.rst) st_d.rx_fin = 1'b1;
          if (req_q.err) begin
            st_d.err_due = 1'b1;
            st_d.stopped = 1'b1;
          end
        end
      end
      vq_int_pkg::OpTxBegin: begin
        st_d.sched = 1'b0;
        if (tx_work) begin
          st_d.inflight = st.inflight + 6'd1;
          st_d.park_i = 1'b1;
        end else begin
          res = vq_int_pkg::ResNo;
        end
      end
      vq_int_pkg::OpTxIssue: begin
        st_d.inflight = st.inflight - 6'd1;
        res = vq_int_pkg::ResNo;
        case (req_q.kind)
          vq_int_pkg::IssuePark: inc_parked = 1'b1;
          vq_int_pkg::IssueWait: begin
            st_d.park_i = 1'b0;
            want_sched = st_d.inflight == '0;
          end
          vq_int_pkg::IssueFault: begin
            st_d.park_i = 1'b0;
            st_d.stopped = 1'b1;
            st_d.err_due = 1'b1;
            fault = 1'b1;
            fault_code = vq_pkg::FaultWindow;
          end
          default: begin
            st_d.park_i = 1'b0;
            want_sched = 1'b1;
            if (tx_live && !st.fin_sent && st.tx_fetch == req_q.start) begin
              res = vq_int_pkg::ResOk;
              st_d.inflight = st.inflight;
              st_d.tx_fetch = st.tx_fetch + {16'h0, req_q.len};
              fin = st.ctl_fin & (st_d.tx_fetch == st.tx_tail) & ~req_q.rst;
              st_d.fin_sent = fin | req_q.rst;
            end
          end
        endcase
      end
      vq_int_pkg::OpTxCheck: begin
        if (tx_live && st.tx_head == req_q.start) st_d.park_w = 1'b1;
        else res = vq_int_pkg::ResNo;
      end
      vq_int_pkg::OpTxDone: begin
        st_d.inflight = st.inflight - 6'd1;
        want_sched = 1'b1;
        case (req_q.kind)
          vq_int_pkg::DoneOk: begin
            inc_tx = 1'b1;
            st_d.park_w = 1'b0;
            st_d.tx_head = st.tx_head + {16'h0, req_q.len};
            if (req_q.len != '0 && !st.tf_out) begin
              st_d.tf_due = 1'b1;
              st_d.tf_out = 1'b1;
            end
          end
          vq_int_pkg::DoneRefused: begin
            inc_refused = 1'b1;
            st_d.tx_fetch = st.tx_head;
            st_d.fin_sent = 1'b0;
            // Still parked: mbuf will say when. Already unparked: it has said so.
            want_sched = ~st.park_w;
          end
          vq_int_pkg::DoneErr: begin
            st_d.park_w = 1'b0;
            st_d.stopped = 1'b1;
            st_d.err_due = 1'b1;
            fault = 1'b1;
            fault_code = vq_pkg::FaultCplError;
          end
          default: inc_discarded = 1'b1;
        endcase
      end
      vq_int_pkg::OpDb: begin
        if (tx_live) begin
          if (bad_tx || bad_rx || bad_seen) begin
            st_d.stopped = 1'b1;
            st_d.err_due = 1'b1;
            fault = 1'b1;
            fault_code = vq_pkg::FaultBadIndex;
            fault_data = bad_tx ? slot_i.tx_tail : bad_rx ? slot_i.rx_head : slot_i.tx_seen;
          end else begin
            want_sched = 1'b1;
            st_d.tx_tail = slot_i.tx_tail;
            st_d.ctl_fin = st.ctl_fin | slot_i.fin;
            st_d.ctl_rst = st.ctl_rst | slot_i.rst;
            if (rx_back != '0) begin
              cret = rx_back;
              st_d.rx_head = slot_i.rx_head;
              st_d.rx_out = rx_back != rx_used;
              st_d.rx_due = rx_back != rx_used;
            end
            if (seen_new != '0) begin
              st_d.tx_seen = slot_i.tx_seen;
              st_d.tf_out = slot_i.tx_seen != st.tx_head;
              st_d.tf_due = slot_i.tx_seen != st.tx_head;
            end
          end
        end
      end
      vq_int_pkg::OpEvent: begin
        st_d.evq = 1'b0;
        ev.ring = {{(20 - RingBits) {1'b0}}, ring_q};
        ev.gen = cfg.gen;
        ev.tail = st.rx_tail;
        if (st.open_due | st.rx_due | st.fin_due | st.rst_due | st.err_due) begin
          ev_valid = 1'b1;
          ev.open = st.open_due;
          ev.rx = st.rx_due;
          ev.fin = st.fin_due;
          ev.rst = st.rst_due;
          ev.err = st.err_due;
          st_d.open_due = 1'b0;
          st_d.rx_due = 1'b0;
          st_d.fin_due = 1'b0;
          st_d.rst_due = 1'b0;
          st_d.err_due = 1'b0;
        end else if (st.tf_due) begin
          ev_valid = 1'b1;
          ev.txfree = 1'b1;
          ev.tail = st.tx_head;
          st_d.tf_due = 1'b0;
        end else if (st.gone_due) begin
          ev_valid = 1'b1;
          ev.gone = 1'b1;
          gone = 1'b1;
          cfg_d = '0;
          cfg_we = 1'b1;
          st_d = '0;
        end
      end
      vq_int_pkg::OpCredit: begin
        if (conn_match && cfg.gen == req_q.gen && (st.park_i || st.park_w)) begin
          st_d.park_i = 1'b0;
          st_d.park_w = 1'b0;
          want_sched = 1'b1;
        end
      end
      default: st_we = 1'b0;
    endcase

    // What every operation may have brought about.
    sched_push = want_sched & cfg_d.valid & ~st_d.stopped & ~st_d.closing & ~st_d.fin_sent
               & ~st_d.sched & (st_d.ctl_rst | st_d.ctl_fin | (st_d.tx_tail != st_d.tx_fetch));
    if (sched_push) st_d.sched = 1'b1;
    if (cfg_d.valid && st_d.closing && st_d.inflight == '0 && !st_d.rx_busy && !st_d.sched) begin
      st_d.gone_due = 1'b1;
    end
    due = st_d.open_due | st_d.rx_due | st_d.fin_due | st_d.rst_due | st_d.err_due
        | st_d.tf_due | st_d.gone_due;
    due_push = cfg_d.valid & due & ~st_d.evq;
    if (due_push) st_d.evq = 1'b1;
    // A conn_id without a ring names a row that is somebody else's.
    if (lookup_q && (!conn_match || res == vq_int_pkg::ResStale)) begin
      st_we = 1'b0;
      sched_push = 1'b0;
      due_push = 1'b0;
    end
    if (!cfg_d.valid && !cfg_we) begin
      st_we = 1'b0;
      due_push = 1'b0;
    end
  end
  assign tx_work = tx_live & ~st.fin_sent
                 & (st.ctl_rst | st.ctl_fin | (st.tx_tail != st.tx_fetch));

  // --- registers -------------------------------------------------------------------------------
  logic [2:0] res_q;
  logic [31:0] cret_q, fault_data_q;
  logic [19:0] fault_index_q;
  logic [7:0] fault_code_q;
  logic [15:0] len_q;
  logic fin_q, gone_q, fault_q, sched_push_q, due_push_q, ev_valid_q;
  logic inc_rx_q, inc_tx_q, inc_parked_q, inc_refused_q, inc_discarded_q, inc_closed_q;
  vq_pkg::host_event_t ev_q;
  logic [CountBits-1:0] bound_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q         <= StIdle;
      client_q        <= '0;
      req_q           <= '0;
      lookup_q        <= 1'b0;
      ring_q          <= '0;
      sweep_q         <= '0;
      cfg_we_q        <= 1'b0;
      st_we_q         <= 1'b0;
      map_we_q        <= 1'b0;
      slot_clr_q      <= 1'b0;
      cfg_q           <= '0;
      cfg_new_q       <= '0;
      st_q            <= '0;
      res_q           <= '0;
      cret_q          <= '0;
      fin_q           <= 1'b0;
      gone_q          <= 1'b0;
      fault_q         <= 1'b0;
      fault_code_q    <= '0;
      fault_index_q   <= '0;
      fault_data_q    <= '0;
      len_q           <= '0;
      sched_push_q    <= 1'b0;
      due_push_q      <= 1'b0;
      ev_valid_q      <= 1'b0;
      ev_q            <= '0;
      inc_rx_q        <= 1'b0;
      inc_tx_q        <= 1'b0;
      inc_parked_q    <= 1'b0;
      inc_refused_q   <= 1'b0;
      inc_discarded_q <= 1'b0;
      inc_closed_q    <= 1'b0;
      bound_q         <= '0;
    end else begin
      case (state_q)
        StIdle: begin
          if (sweep_i) begin
            state_q <= StSweep;
            sweep_q <= '0;
          end else if (grant_valid) begin
            state_q  <= lookup ? StMap : StRow;
            client_q <= grant_idx;
            req_q    <= req_d;
            lookup_q <= lookup;
            ring_q   <= req_d.ring[RingBits-1:0];
          end
        end
        StMap: begin
          state_q <= StRow;
          ring_q  <= map_out;
        end
        StRow: begin
          state_q         <= StWr;
          cfg_we_q        <= cfg_we;
          st_we_q         <= st_we;
          map_we_q        <= bind_ok;
          slot_clr_q      <= bind_ok;
          cfg_q           <= cfg;
          cfg_new_q       <= cfg_d;
          st_q            <= st_d;
          res_q           <= res;
          cret_q          <= cret;
          fin_q           <= fin;
          gone_q          <= gone;
          fault_q         <= fault;
          fault_code_q    <= fault_code;
          fault_index_q   <= (fault_code == vq_pkg::FaultConnUnknown
                              || fault_code == vq_pkg::FaultConnStale)
                             ? req_q.conn_id : {{(20 - RingBits) {1'b0}}, ring_q};
          fault_data_q    <= fault_data;
          len_q           <= req_q.len;
          sched_push_q    <= sched_push;
          due_push_q      <= due_push;
          ev_valid_q      <= ev_valid;
          ev_q            <= ev;
          inc_rx_q        <= inc_rx;
          inc_tx_q        <= inc_tx;
          inc_parked_q    <= inc_parked;
          inc_refused_q   <= inc_refused;
          inc_discarded_q <= inc_discarded;
          inc_closed_q    <= inc_closed;
          if (bind_ok) bound_q <= bound_q + CountBits'(1);
          else if (gone) bound_q <= bound_q - CountBits'(1);
        end
        StWr: state_q <= StIdle;
        StSweep: begin
          sweep_q <= sweep_q + RingBits'(1);
          bound_q <= '0;
          if (sweep_q == LastRing) state_q <= StIdle;
        end
        default: state_q <= StIdle;
      endcase
    end
  end

  always_comb begin
    rsp_valid_o = '0;
    if (wr) rsp_valid_o[client_q] = 1'b1;
  end
  assign idle_o = (state_q == StIdle);
  assign sweep_done_o = sweeping & (sweep_q == LastRing);
  assign bound_o = bound_q;
  assign res_o = res_q;
  assign ring_o = ring_q;
  assign cfg_o = cfg_q;
  assign st_o = st_q;
  assign cret_bytes_o = cret_q;
  assign fin_o = fin_q;
  assign ev_valid_o = ev_valid_q;
  assign ev_o = ev_q;
  assign slot_clr_o = wr & slot_clr_q;
  assign sched_valid_o = wr & sched_push_q;
  assign sched_ring_o = ring_q;
  assign due_valid_o = wr & due_push_q;
  assign due_ring_o = ring_q;
  assign gone_o = wr & gone_q;
  assign fault_valid_o = wr & fault_q;
  assign fault_code_o = fault_code_q;
  assign fault_index_o = fault_index_q;
  assign fault_data_o = fault_data_q;
  assign inc_rx_msg_o = wr & inc_rx_q;
  assign inc_tx_seg_o = wr & inc_tx_q;
  assign inc_bytes_o = len_q;
  assign inc_parked_o = wr & inc_parked_q;
  assign inc_refused_o = wr & inc_refused_q;
  assign inc_discarded_o = wr & inc_discarded_q;
  assign inc_closed_o = wr & inc_closed_q;

  // One bit per ring keeps both queues from overflowing; vq_bind.sv asserts it.
  logic unused;
  assign unused = ^{sched_ready_i, due_ready_i, slot_i.rsvd0, req_q};
endmodule
