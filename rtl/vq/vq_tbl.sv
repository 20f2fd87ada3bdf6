// SPDX-License-Identifier: Apache-2.0
//
// Table commands and function-level reset: what firmware asks for, checked before anything changes.
// Owns the queue row and the window rows. C++ twin: cmodel/vq/table_unit.hpp.
module vq_tbl (
    input  logic clk_i,
    input  logic rst_ni,
    output logic cmd_busy_o,
    output logic flr_busy_o,
    output logic idle_o,

    input  logic        op_qe_i,             // <- registers
    input  logic [2:0]  op_i,                // taken with op_qe_i, unless a command is in work
    input  logic [7:0]  table_i,
    input  logic [15:0] index_i,
    input  logic [255:0] data_i,
    output logic         data_we_o,
    output logic [255:0] data_o,
    output logic         error_o,            // outcome of the last command
    output logic [7:0]   code_o,
    input  logic         flr_qe_i,
    input  logic [7:0]   flr_fn_i,
    output logic         flr_done_o,         // pulse

    output vq_pkg::vq_cfg_t vq_o,
    output logic [vq_pkg::NumWindows*vq_pkg::WindowCfgBits-1:0] windows_o,

    output logic                  req_valid_o,   // -> ring unit
    output vq_int_pkg::ring_req_t req_o,
    input  logic                  rsp_valid_i,
    input  logic [2:0]            res_i,
    input  vq_pkg::ring_cfg_t     cfg_i,
    input  vq_pkg::ring_state_t   st_i,
    input  logic [$clog2(vq_pkg::NumRings+1)-1:0] bound_i,

    input  logic ev_busy_i,
    output logic ev_clear_o,
    input  logic quiet_i,                    // no engine has work in hand
    output logic block_o,                    // engines begin nothing new
    output logic sweep_o,                    // ring unit forgets the rings, queues are flushed
    input  logic sweep_done_i,

    output logic        fault_valid_o,
    output logic [7:0]  fault_code_o,
    output logic [19:0] fault_index_o
);
  localparam int unsigned WBits = vq_pkg::WindowCfgBits;
  localparam int unsigned WIdxBits = $clog2(vq_pkg::NumWindows);
  typedef enum logic [2:0] {StIdle, StExec, StRing, StEvWait, StFlrWait, StSweep, StFlrEnd} state_e;
  state_e state_q;

  logic cmd_q, flr_q, error_q;
  logic [2:0] op_q;
  logic [7:0] table_q, flr_fn_q;
  logic [15:0] index_q;
  logic [7:0] code_q;
  vq_pkg::vq_cfg_t vq_q, vq_d;
  logic [vq_pkg::NumWindows*WBits-1:0] windows_q;
  vq_pkg::ring_cfg_t ring_d;
  vq_pkg::window_cfg_t win_d;
  logic [WBits-1:0] win_row;
  logic [WIdxBits-1:0] widx;
  assign ring_d = data_i[vq_pkg::RingCfgBits-1:0];
  always_comb begin
    vq_d = data_i[vq_pkg::VqCfgBits-1:0];
    vq_d.rsvd_pad = '0;
    win_d = data_i[WBits-1:0];
    win_d.rsvd_pad = '0;
  end
  assign widx = index_q[WIdxBits-1:0];
  assign win_row = windows_q[widx*WBits+:WBits];

  // Rows of the function being reset.
  logic [vq_pkg::NumWindows-1:0] flr_hit;
  vq_pkg::window_cfg_t scan;
  always_comb begin
    flr_hit = '0;
    scan = '0;
    for (int unsigned i = 0; i < vq_pkg::NumWindows; i++) begin
      scan = windows_q[i*WBits+:WBits];
      flr_hit[i] = scan.fn == flr_fn_q;
    end
  end

  // --- checks ----------------------------------------------------------------------------------
  logic is_ring, is_state, is_vq, is_win;
  logic [7:0] code;      // FaultNone: the command may go on
  logic [31:0] slots, rings_after;
  logic win_over;
  logic [52:0] win_end;
  logic size_ok;
  assign is_ring = table_q == vq_pkg::TableIdRing;
  assign is_state = table_q == vq_pkg::TableIdRingState;
  assign is_vq = table_q == vq_pkg::TableIdVq;
  assign is_win = table_q == vq_pkg::TableIdWindow;
  assign slots = 32'd1 << vq_q.ev_log2;
  assign rings_after = {{(32 - $bits(bound_i)) {1'b0}}, bound_i} + 32'd1;
  assign win_end = {1'b0, win_d.base_page} + {1'b0, win_d.pages};
  assign win_over = win_end[52] & (win_end[51:0] != '0);
  assign size_ok = (ring_d.rx_log2 >= 5'(vq_pkg::RingLog2Min))
                 & (ring_d.tx_log2 >= 5'(vq_pkg::RingLog2Min))
                 & ({12'h0, ring_d.conn_id} < vq_pkg::NumConns)
                 & (ring_d.tx_cls != 2'd3);
  always_comb begin
    code = vq_pkg::FaultNone;
    if (is_ring) begin
      if ({16'h0, index_q} >= vq_pkg::NumRings) code = vq_pkg::FaultTblBadIndex;
      else if (op_q == vq_pkg::TableOpWrite) begin
        if (!vq_q.valid || index_q >= {3'h0, vq_q.ring_count}) code = vq_pkg::FaultTblBadIndex;
        else if (!size_ok) code = vq_pkg::FaultTblBadValue;
        else if (slots < (rings_after << 1) + vq_pkg::EvSlotSlack) code = vq_pkg::FaultTblEvSlots;
      end else if (op_q != vq_pkg::TableOpRead && op_q != vq_pkg::TableOpClear
                   && op_q != vq_pkg::TableOpOpen) begin
        code = vq_pkg::FaultTblBadOp;
      end
    end else if (is_state) begin
      if ({16'h0, index_q} >= vq_pkg::NumRings) code = vq_pkg::FaultTblBadIndex;
      else if (op_q != vq_pkg::TableOpRead) code = vq_pkg::FaultTblBadOp;
    end else if (is_vq) begin
      if ({16'h0, index_q} >= vq_pkg::NumVqs) code = vq_pkg::FaultTblBadIndex;
      else if (op_q == vq_pkg::TableOpWrite) begin
        if (bound_i != '0) code = vq_pkg::FaultTblInUse;
        else if (vq_d.valid && (vq_d.ev_log2 < 5'(vq_pkg::EvLog2Min)
                 || vq_d.ev_log2 > 5'(vq_pkg::EvLog2Max)
                 || {19'h0, vq_d.ring_count} > vq_pkg::NumRings)) begin
          code = vq_pkg::FaultTblBadValue;
        end
      end else if (op_q != vq_pkg::TableOpRead) begin
        code = vq_pkg::FaultTblBadOp;
      end
    end else if (is_win) begin
      if ({16'h0, index_q} >= vq_pkg::NumWindows) code = vq_pkg::FaultTblBadIndex;
      else if (op_q == vq_pkg::TableOpWrite) begin
        if (win_over) code = vq_pkg::FaultTblBadValue;
      end else if (op_q != vq_pkg::TableOpRead && op_q != vq_pkg::TableOpClear) begin
        code = vq_pkg::FaultTblBadOp;
      end
    end else begin
      code = vq_pkg::FaultTblBadTable;
    end
  end

  // --- ring unit ---------------------------------------------------------------------------------
  assign req_valid_o = state_q == StRing;
  always_comb begin
    req_o = '0;
    req_o.ring = index_q;
    req_o.op = vq_int_pkg::OpRead;
    if (is_ring) begin
      case (op_q)
        vq_pkg::TableOpWrite: req_o.op = vq_int_pkg::OpBind;
        vq_pkg::TableOpClear: req_o.op = vq_int_pkg::OpClear;
        vq_pkg::TableOpOpen:  req_o.op = vq_int_pkg::OpOpen;
        default: ;
      endcase
    end
  end

  logic reading, ring_no;
  logic [7:0] ring_code;
  assign reading = op_q == vq_pkg::TableOpRead;
  assign ring_no = (state_q == StRing) & rsp_valid_i & (res_i != vq_int_pkg::ResOk);
  assign ring_code = (op_q == vq_pkg::TableOpWrite) ? vq_pkg::FaultTblInUse
                                                    : vq_pkg::FaultTblNotBound;
  always_comb begin
    data_we_o = 1'b0;
    data_o = '0;
    if (state_q == StRing && rsp_valid_i && reading) begin
      data_we_o = 1'b1;
      data_o = is_state ? {{(256 - vq_pkg::RingStateBits) {1'b0}}, st_i}
                        : {{(256 - vq_pkg::RingCfgBits) {1'b0}}, cfg_i};
    end
    if (state_q == StExec && code == vq_pkg::FaultNone && reading && (is_vq || is_win)) begin
      data_we_o = 1'b1;
      data_o = is_vq ? {{(256 - vq_pkg::VqCfgBits) {1'b0}}, vq_q}
                     : {{(256 - WBits) {1'b0}}, win_row};
    end
  end

  assign fault_valid_o = ((state_q == StExec) & (code != vq_pkg::FaultNone)) | ring_no;
  assign fault_code_o = (state_q == StExec) ? code : ring_code;
  assign fault_index_o = {4'h0, index_q};
  assign ev_clear_o = ((state_q == StEvWait) & ~ev_busy_i) | (state_q == StSweep);
  assign block_o = (state_q == StFlrWait) | (state_q == StSweep);
  assign sweep_o = state_q == StSweep;
  assign flr_done_o = state_q == StFlrEnd;
  assign cmd_busy_o = cmd_q | op_qe_i;
  assign flr_busy_o = flr_q | flr_qe_i;
  assign idle_o = (state_q == StIdle) & ~cmd_busy_o & ~flr_busy_o;
  assign error_o = error_q;
  assign code_o = code_q;
  assign vq_o = vq_q;
  assign windows_o = windows_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q   <= StIdle;
      cmd_q     <= 1'b0;
      flr_q     <= 1'b0;
      op_q      <= '0;
      table_q   <= '0;
      index_q   <= '0;
      flr_fn_q  <= '0;
      error_q   <= 1'b0;
      code_q    <= '0;
      vq_q      <= '0;
      windows_q <= '0;
    end else begin
      if (op_qe_i && !cmd_q) begin
        cmd_q   <= 1'b1;
        op_q    <= op_i;
        table_q <= table_i;
        index_q <= index_i;
      end
      if (flr_qe_i && !flr_q) begin
        flr_q    <= 1'b1;
        flr_fn_q <= flr_fn_i;
      end
      case (state_q)
        StIdle: begin
          if (flr_q) state_q <= (vq_q.valid && vq_q.fn == flr_fn_q) ? StFlrWait : StFlrEnd;
          else if (cmd_q) state_q <= StExec;
        end
        StExec: begin
          error_q <= code != vq_pkg::FaultNone;
          code_q  <= code;
          cmd_q   <= 1'b0;
          state_q <= StIdle;
          if (code == vq_pkg::FaultNone) begin
            if (is_ring || is_state) begin
              cmd_q   <= 1'b1;
              state_q <= StRing;
            end else if (is_vq && !reading) begin
              cmd_q   <= 1'b1;
              state_q <= StEvWait;
            end else if (is_win && op_q == vq_pkg::TableOpWrite) begin
              windows_q[widx*WBits+:WBits] <= win_d;
            end else if (is_win && op_q == vq_pkg::TableOpClear) begin
              windows_q[widx*WBits+:WBits] <= '0;
            end
          end
        end
        StRing: begin
          if (rsp_valid_i) begin
            error_q <= ring_no;
            code_q  <= ring_no ? ring_code : vq_pkg::FaultNone;
            cmd_q   <= 1'b0;
            state_q <= StIdle;
          end
        end
        // The GONE event of the last ring may still be on its way.
        StEvWait: begin
          if (!ev_busy_i) begin
            vq_q    <= vq_d;
            cmd_q   <= 1'b0;
            state_q <= StIdle;
          end
        end
        StFlrWait: if (quiet_i) state_q <= StSweep;
        StSweep: begin
          vq_q <= '0;
          if (sweep_done_i) state_q <= StFlrEnd;
        end
        StFlrEnd: begin
          flr_q   <= 1'b0;
          state_q <= StIdle;
          for (int unsigned i = 0; i < vq_pkg::NumWindows; i++) begin
            if (flr_hit[i]) windows_q[i*WBits+:WBits] <= '0;
          end
        end
        default: state_q <= StIdle;
      endcase
    end
  end
  logic unused;
  assign unused = ^{scan, ring_d, index_q, data_i};
endmodule
