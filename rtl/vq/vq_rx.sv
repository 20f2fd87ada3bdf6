// SPDX-License-Identifier: Apache-2.0
//
// RX DMA: takes message descriptors one at a time, reads their bytes from mbuf and writes them into
// the ring of their connection; cells go back to mbuf whatever happens. One 64-byte beat per cycle.
// C++ twin: cmodel/vq/rx_engine.hpp.
module vq_rx (
    input logic clk_i,
    input logic rst_ni,
    input logic block_i,      // begin nothing new (function-level reset)
    output logic idle_o,      // nothing in work, nothing waiting
    output logic busy_o,      // something in work

    // Message at the head of the input FIFO; popped when it is done.
    input  logic                  desc_valid_i,
    input  common_pkg::msg_desc_t desc_i,
    output logic                  desc_pop_o,

    output logic                  req_valid_o,   // -> ring unit
    output vq_int_pkg::ring_req_t req_o,
    input  logic                  rsp_valid_i,
    input  logic [2:0]            res_i,
    input  logic [vq_pkg::RingBits-1:0] ring_i,
    input  vq_pkg::ring_cfg_t     cfg_i,
    input  vq_pkg::ring_state_t   st_i,

    input  logic [7:0] fn_i,
    input  logic [3:0] mps_log2_i,
    input  logic [vq_pkg::NumWindows*vq_pkg::WindowCfgBits-1:0] windows_i,

    output logic        rd_valid_o,              // -> mbuf
    input  logic        rd_ready_i,
    input  logic         rdata_valid_i,          // head of the read data FIFO
    input  logic         rdata_err_i,
    input  logic         rdata_last_i,
    input  logic [511:0] rdata_i,
    output logic         rdata_pop_o,
    output logic        free_valid_o,
    input  logic        free_ready_i,
    output logic        cret_valid_o,            // ring credit of a message that is dropped
    input  logic        cret_ready_i,

    output logic              wr_valid_o,        // -> posted queue
    output vq_pkg::pcie_wr_t  wr_o,
    input  logic              wr_ready_i
);
  typedef enum logic [3:0] {
    StIdle, StBegin, StPage, StNext, StRead, StData, StDrain, StEnd, StCret, StFree
  } state_e;
  state_e state_q;

  vq_pkg::ring_cfg_t cfg_q;
  logic [vq_pkg::RingBits-1:0] ring_q;
  logic [11:0] in_page_q;          // where the next byte goes
  logic [51:0] ring_idx_q;         // page of the ring that is being translated
  logic [15:0] rem_q, left_q;      // bytes to write; bytes not yet taken from mbuf
  logic first_q, mid_q;            // first beat of the message; inside a TLP
  logic fault_q, cut_q;            // window refused; mbuf cut the read
  logic [6:0] shift_q;             // bytes of a read beat that belong to the write beat before
  logic [511:0] prev_q;
  logic cur_hit_q, nxt_hit_q;
  logic [51:0] cur_page_q, nxt_page_q;
  logic [31:0] cur_raw_q, nxt_raw_q;   // low part of the page numbers before translation

  // --- translation, one page ahead -------------------------------------------------------------
  logic xl_hit;
  logic [51:0] xl_page, xl_raw, ring_mask, idx_mask;
  assign ring_mask = (52'd1 << (cfg_q.rx_log2 - 5'(vq_pkg::PageLog2))) - 52'd1;
  assign idx_mask = (52'd1 << (cfg_i.rx_log2 - 5'(vq_pkg::PageLog2))) - 52'd1;
  assign xl_raw = cfg_q.rx_page + ring_idx_q;
  vq_xlate u_xlate (
      .windows_i, .fn_i, .write_i(1'b1), .page_i(xl_raw), .hit_o(xl_hit), .page_o(xl_page)
  );

  // --- one write beat --------------------------------------------------------------------------
  logic [6:0] room, n;
  logic [15:0] n16, took, addr_end, mps_mask;
  logic need, have, page_end, tlp_end, fire, bad;
  logic [1023:0] window;
  logic [511:0] bytes;
  assign room = 7'd64 - {1'b0, in_page_q[5:0]};
  assign n = ({9'h0, room} < rem_q) ? room : rem_q[6:0];
  assign n16 = {9'h0, n};
  assign need = (left_q != '0) & ~cut_q;
  assign bad = (state_q == StData) & cur_hit_q & need & rdata_valid_i & rdata_err_i;
  assign have = ~need | (rdata_valid_i & ~rdata_err_i);
  assign took = (left_q > 16'd64) ? 16'd64 : left_q;
  assign addr_end = {4'h0, in_page_q} + n16;
  assign page_end = addr_end[12];
  assign mps_mask = (16'd1 << mps_log2_i) - 16'd1;
  assign tlp_end = (rem_q == n16) | ((addr_end & mps_mask) == '0);
  assign window = {rdata_i, prev_q} >> {shift_q, 3'b000};
  // Bytes past nbytes are zero: nothing of another message leaks into a write.
  always_comb begin
    bytes = '0;
    for (int unsigned i = 0; i < 64; i++) begin
      if (i < {25'h0, n} && !cut_q) bytes[i*8+:8] = first_q ? rdata_i[i*8+:8] : window[i*8+:8];
    end
  end

  assign wr_valid_o = (state_q == StData) & have & cur_hit_q;
  always_comb begin
    wr_o = '0;
    wr_o.addr = {cur_page_q, in_page_q};
    wr_o.nbytes = n;
    wr_o.last = tlp_end;
    wr_o.fn = fn_i;
    wr_o.data = bytes;
  end
  assign fire = wr_valid_o & wr_ready_i;
  assign rdata_pop_o = (fire & need) | ((state_q == StDrain) & rdata_valid_i) | bad;

  // --- requests ----------------------------------------------------------------------------------
  assign req_valid_o = (state_q == StBegin) | (state_q == StEnd);
  always_comb begin
    req_o = '0;
    req_o.op = (state_q == StEnd) ? vq_int_pkg::OpRxEnd : vq_int_pkg::OpRxBegin;
    req_o.ring = {{(16 - vq_pkg::RingBits) {1'b0}}, ring_q};
    req_o.conn_id = desc_i.conn_id;
    req_o.gen = desc_i.gen;
    req_o.len = desc_i.seg_len;
    req_o.fin = desc_i.fin;
    req_o.rst = desc_i.rst;
    req_o.err = desc_i.err;
    req_o.fault = fault_q | cut_q;
    req_o.kind = {1'b0, cut_q};
    req_o.info = (state_q == StEnd) ? cur_raw_q : {16'h0, desc_i.seg_len};
  end

  assign rd_valid_o = state_q == StRead;
  assign free_valid_o = state_q == StFree;
  assign cret_valid_o = state_q == StCret;

  logic has_cells, finish;
  assign has_cells = desc_i.n_cells != '0;
  // The descriptor leaves the input FIFO with its cells, or at once when it has none.
  always_comb begin
    finish = free_valid_o & free_ready_i;
    if (!has_cells) begin
      if (state_q == StEnd && rsp_valid_i) finish = 1'b1;
      if (state_q == StCret && cret_ready_i) finish = 1'b1;
      if (state_q == StBegin && rsp_valid_i && res_i != vq_int_pkg::ResOk
          && (desc_i.seg_len == '0 || res_i == vq_int_pkg::ResUnknown
              || res_i == vq_int_pkg::ResStale)) finish = 1'b1;
    end
  end
  assign desc_pop_o = finish;
  assign idle_o = (state_q == StIdle) & ~desc_valid_i;
  assign busy_o = state_q != StIdle;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q    <= StIdle;
      cfg_q      <= '0;
      ring_q     <= '0;
      in_page_q  <= '0;
      ring_idx_q <= '0;
      rem_q      <= '0;
      left_q     <= '0;
      first_q    <= 1'b0;
      mid_q      <= 1'b0;
      fault_q    <= 1'b0;
      cut_q      <= 1'b0;
      shift_q    <= '0;
      prev_q     <= '0;
      cur_hit_q  <= 1'b0;
      nxt_hit_q  <= 1'b0;
      cur_page_q <= '0;
      nxt_page_q <= '0;
      cur_raw_q  <= '0;
      nxt_raw_q  <= '0;
    end else begin
      case (state_q)
        StIdle: if (desc_valid_i && !block_i) state_q <= StBegin;
        StBegin: begin
          if (rsp_valid_i) begin
            cfg_q      <= cfg_i;
            ring_q     <= ring_i;
            in_page_q  <= st_i.rx_tail[11:0];
            ring_idx_q <= {32'h0, st_i.rx_tail[31:12]} & idx_mask;
            shift_q    <= 7'd64 - {1'b0, st_i.rx_tail[5:0]};
            rem_q      <= desc_i.seg_len;
            left_q     <= desc_i.seg_len;
            first_q    <= 1'b1;
            mid_q      <= 1'b0;
            fault_q    <= 1'b0;
            cut_q      <= 1'b0;
            if (res_i == vq_int_pkg::ResOk) begin
              state_q <= (desc_i.seg_len == '0) ? StEnd : StPage;
            end else if (desc_i.seg_len != '0 && (res_i == vq_int_pkg::ResClosed
                         || res_i == vq_int_pkg::ResOverrun)) begin
              state_q <= StCret;
            end else begin
              state_q <= has_cells ? StFree : StIdle;
            end
          end
        end
        StPage: begin
          cur_hit_q  <= xl_hit;
          cur_page_q <= xl_page;
          cur_raw_q  <= xl_raw[31:0];
          ring_idx_q <= (ring_idx_q + 52'd1) & ring_mask;
          state_q    <= StNext;
        end
        StNext: begin
          nxt_hit_q  <= xl_hit;
          nxt_page_q <= xl_page;
          nxt_raw_q  <= xl_raw[31:0];
          state_q    <= StRead;
        end
        StRead: if (rd_ready_i) state_q <= StData;
        StData: begin
          nxt_hit_q  <= xl_hit;
          nxt_page_q <= xl_page;
          nxt_raw_q  <= xl_raw[31:0];
          if (!cur_hit_q) begin
            fault_q <= 1'b1;
            state_q <= need ? StDrain : StEnd;
          end else if (bad) begin
            // The TLP that is open must end; the bytes it pads are beyond the tail.
            cut_q <= 1'b1;
            if (!mid_q) state_q <= StEnd;
          end else if (fire) begin
            in_page_q <= addr_end[11:0];
            rem_q     <= rem_q - n16;
            first_q   <= 1'b0;
            mid_q     <= ~tlp_end;
            if (need) begin
              left_q <= left_q - took;
              prev_q <= rdata_i;
            end
            if (page_end) begin
              cur_hit_q  <= nxt_hit_q;
              cur_page_q <= nxt_page_q;
              cur_raw_q  <= nxt_raw_q;
              ring_idx_q <= (ring_idx_q + 52'd1) & ring_mask;
            end
            if (rem_q == n16 || (cut_q && tlp_end)) state_q <= StEnd;
          end
        end
        StDrain: if (rdata_valid_i && rdata_last_i) state_q <= StEnd;
        StEnd: if (rsp_valid_i) state_q <= has_cells ? StFree : StIdle;
        StCret: if (cret_ready_i) state_q <= has_cells ? StFree : StIdle;
        StFree: if (free_ready_i) state_q <= StIdle;
        default: state_q <= StIdle;
      endcase
    end
  end

  logic unused;
  assign unused = ^{st_i, cfg_i, cfg_q, desc_i};
endmodule
