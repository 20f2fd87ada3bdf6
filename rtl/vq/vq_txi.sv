// SPDX-License-Identifier: Apache-2.0
//
// TX issue: takes a ring with work from the schedule, asks mbuf for its credit, cuts a segment that
// stays inside one page and issues its reads. A ring without credit is parked in its own state;
// nobody waits behind it. C++ twin: cmodel/vq/tx_issue.hpp.
module vq_txi (
    input  logic clk_i,
    input  logic rst_ni,
    input  logic block_i,     // begin nothing new (function-level reset)
    output logic busy_o,
    output logic idle_o,      // nothing in work, nothing waiting

    input  logic                            sched_valid_i,   // head of the schedule
    input  logic [vq_pkg::RingBits-1:0] sched_ring_i,    // popped by the ring unit's grant

    output logic                  req_valid_o,   // -> ring unit
    output vq_int_pkg::ring_req_t req_o,
    input  logic                  grant_i,
    input  logic                  rsp_valid_i,
    input  logic [2:0]            res_i,
    input  logic [vq_pkg::RingBits-1:0] ring_i,
    input  vq_pkg::ring_cfg_t     cfg_i,
    input  vq_pkg::ring_state_t   st_i,
    input  logic                  fin_i,

    input  logic [7:0] fn_i,
    input  logic [3:0] mrrs_log2_i,
    input  logic [vq_pkg::NumWindows*vq_pkg::WindowCfgBits-1:0] windows_i,

    output logic        cq_valid_o,              // -> mbuf: may this connection write?
    output logic [19:0] conn_id_o,
    output logic [3:0]  gen_o,
    input  logic        cq_ready_i,
    input  logic        cr_valid_i,
    input  logic        cr_ok_i,
    input  logic [31:0] cr_bytes_i,
    output logic        cr_ready_o,

    output logic        seg_valid_o,             // -> segment FIFO of the writer
    output logic [vq_pkg::TxSegBits-1:0] seg_o,
    input  logic        seg_ready_i,

    output logic        rd_valid_o,              // -> PCIe and the writer's tag table
    output logic [63:0] rd_addr_o,
    output logic [9:0]  rd_len_o,
    output logic        rd_seg_end_o,            // last read of the segment
    input  logic        rd_ready_i               // PCIe takes it (a tag is free: vq_txw)
);
  typedef enum logic [2:0] {StIdle, StBegin, StCq, StCr, StXlate, StIssue, StSeg, StRead} state_e;
  state_e state_q;

  vq_pkg::ring_cfg_t cfg_q;
  logic [vq_pkg::RingBits-1:0] ring_q;
  logic [31:0] start_q, avail_q, flight_q;
  logic [15:0] len_q, rem_q;
  logic [11:0] in_page_q;
  logic [51:0] page_q;
  logic [31:0] raw_q;
  logic rst_q, fin_q;
  logic [1:0] kind_q;

  // --- length: what the host has, the page, the longest segment, what mbuf takes ---------------
  logic [31:0] room, free, len_a, len_b;
  logic [15:0] len;
  assign room = vq_pkg::PageBytes - {20'h0, start_q[11:0]};
  // Segments on their way to mbuf have spoken for part of the credit it just quoted.
  assign free = (cr_bytes_i > flight_q) ? cr_bytes_i - flight_q : '0;
  assign len_a = (avail_q < room) ? avail_q : room;
  assign len_b = (free < len_a) ? free : len_a;
  assign len = (len_b > vq_pkg::SegMax) ? 16'(vq_pkg::SegMax) : len_b[15:0];

  // --- translation -----------------------------------------------------------------------------
  logic xl_hit;
  logic [51:0] xl_page, xl_raw, ring_mask;
  assign ring_mask = (52'd1 << (cfg_q.tx_log2 - 5'(vq_pkg::PageLog2))) - 52'd1;
  assign xl_raw = cfg_q.tx_page + ({32'h0, start_q[31:12]} & ring_mask);
  vq_xlate u_xlate (
      .windows_i, .fn_i, .write_i(1'b0), .page_i(xl_raw), .hit_o(xl_hit), .page_o(xl_page)
  );

  // --- reads -----------------------------------------------------------------------------------
  logic [15:0] mrrs, block_room, n;
  assign mrrs = 16'd1 << mrrs_log2_i;
  assign block_room = mrrs - ({4'h0, in_page_q} & (mrrs - 16'd1));
  assign n = (block_room < rem_q) ? block_room : rem_q;
  assign rd_valid_o = state_q == StRead;
  assign rd_addr_o = {page_q, in_page_q};
  assign rd_len_o = n[9:0];
  assign rd_seg_end_o = n == rem_q;

  // --- requests --------------------------------------------------------------------------------
  assign req_valid_o = ((state_q == StIdle) & sched_valid_i & ~block_i & seg_ready_i)
                     | (state_q == StIssue);
  always_comb begin
    req_o = '0;
    req_o.op = (state_q == StIssue) ? vq_int_pkg::OpTxIssue : vq_int_pkg::OpTxBegin;
    req_o.ring[vq_pkg::RingBits-1:0] = (state_q == StIssue) ? ring_q : sched_ring_i;
    req_o.start = start_q;
    req_o.len = len_q;
    req_o.kind = kind_q;
    req_o.rst = rst_q;
    req_o.info = raw_q;
  end

  assign cq_valid_o = state_q == StCq;
  assign cr_ready_o = state_q == StCr;
  assign conn_id_o = cfg_q.conn_id;
  assign gen_o = cfg_q.gen;

  vq_pkg::tx_seg_t seg;
  always_comb begin
    seg = '0;
    seg.ring = {{(16 - vq_pkg::RingBits) {1'b0}}, ring_q};
    seg.start = start_q;
    seg.len = len_q;
    seg.conn_id = cfg_q.conn_id;
    seg.gen = cfg_q.gen;
    seg.dir = cfg_q.tx_dir;
    seg.cls = cfg_q.tx_cls;
    seg.fin = fin_q;
    seg.rst = rst_q;
  end
  assign seg_o = seg;
  assign seg_valid_o = state_q == StSeg;
  assign busy_o = state_q != StIdle;
  assign idle_o = (state_q == StIdle) & ~sched_valid_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q   <= StIdle;
      cfg_q     <= '0;
      ring_q    <= '0;
      start_q   <= '0;
      avail_q   <= '0;
      flight_q  <= '0;
      len_q     <= '0;
      rem_q     <= '0;
      in_page_q <= '0;
      page_q    <= '0;
      raw_q     <= '0;
      rst_q     <= 1'b0;
      fin_q     <= 1'b0;
      kind_q    <= '0;
    end else begin
      case (state_q)
        // The request of StIdle may be granted at once; the ring leaves the schedule then.
        StIdle: if (grant_i) state_q <= StBegin;
        StBegin: begin
          if (rsp_valid_i) begin
            cfg_q    <= cfg_i;
            ring_q   <= ring_i;
            start_q  <= st_i.tx_fetch;
            avail_q  <= st_i.tx_tail - st_i.tx_fetch;
            flight_q <= st_i.tx_fetch - st_i.tx_head;
            rst_q    <= st_i.ctl_rst;
            len_q    <= '0;
            kind_q   <= vq_int_pkg::IssueGo;
            if (res_i != vq_int_pkg::ResOk) state_q <= StIdle;
            else if (st_i.ctl_rst || st_i.tx_tail == st_i.tx_fetch) state_q <= StIssue;
            else state_q <= StCq;
          end
        end
        StCq: if (cq_ready_i) state_q <= StCr;
        StCr: begin
          if (cr_valid_i) begin
            len_q <= len;
            if (cr_ok_i && free != '0) begin
              state_q <= StXlate;
            end else begin
              len_q   <= '0;
              kind_q  <= (cr_ok_i && cr_bytes_i != '0) ? vq_int_pkg::IssueWait
                                                       : vq_int_pkg::IssuePark;
              state_q <= StIssue;
            end
          end
        end
        StXlate: begin
          page_q <= xl_page;
          raw_q  <= xl_raw[31:0];
          if (!xl_hit) kind_q <= vq_int_pkg::IssueFault;
          state_q <= StIssue;
        end
        StIssue: begin
          if (rsp_valid_i) begin
            fin_q     <= fin_i;
            in_page_q <= start_q[11:0];
            rem_q     <= len_q;
            state_q   <= (res_i == vq_int_pkg::ResOk) ? StSeg : StIdle;
          end
        end
        StSeg: if (seg_ready_i) state_q <= (len_q != '0) ? StRead : StIdle;
        StRead: begin
          if (rd_ready_i) begin
            in_page_q <= in_page_q + n[11:0];
            rem_q     <= rem_q - n;
            if (rd_seg_end_o) state_q <= StIdle;
          end
        end
        default: state_q <= StIdle;
      endcase
    end
  end

  logic unused;
  assign unused = ^{st_i, cfg_q};
endmodule
