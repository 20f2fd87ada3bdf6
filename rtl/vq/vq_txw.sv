// SPDX-License-Identifier: Apache-2.0
//
// TX writer: gives reads their tags, puts completions (any order of tags) back in order and writes
// the segments into mbuf. Completions are always taken: their place is reserved when the read is
// issued. A segment counts only when its descriptor came back. C++ twin: cmodel/vq/tx_writer.hpp.
module vq_txw (
    input  logic clk_i,
    input  logic rst_ni,
    input  logic [47:0] ts_i,        // ns
    output logic init_done_o,
    output logic idle_o,

    // Reads of vq_txi.
    input  logic [9:0]  rd_len_i,
    input  logic        rd_seg_end_i,
    output logic        tag_free_o,
    output logic [7:0]  tag_o,
    input  logic        rd_fire_i,   // the read goes out with that tag

    // Completions; always taken.
    input  logic             cpl_valid_i,
    input  vq_pkg::pcie_cpl_t cpl_i,
    output logic             bad_cpl_o,

    // Segments of vq_txi, in the order of their reads.
    input  logic             seg_valid_i,
    input  vq_pkg::tx_seg_t  seg_i,
    output logic             seg_pop_o,

    output logic                  req_valid_o,   // -> ring unit
    output vq_int_pkg::ring_req_t req_o,
    input  logic                  rsp_valid_i,
    input  logic [2:0]            res_i,

    output logic         wr_valid_o,             // -> mbuf; identity in seg_i
    output logic [6:0]   wr_nbytes_o,
    output logic         wr_last_o,
    output logic         wr_err_o,
    output logic [47:0]  wr_ts_o,
    output logic [511:0] wr_data_o,
    input  logic         wr_ready_i,

    input  logic                  desc_valid_i,  // head of the descriptor FIFO
    input  common_pkg::msg_desc_t desc_i,
    output logic                  desc_pop_o,
    output logic                  desc_tx_valid_o,
    output common_pkg::msg_desc_t desc_tx_o,
    input  logic                  desc_tx_ready_i
);
  localparam int unsigned TagBits = $clog2(vq_pkg::NumTags);
  localparam int unsigned CountBits = $clog2(vq_pkg::NumTags + 1);
  // An aligned block of the largest MRRS in beats that end on 64-byte boundaries.
  localparam int unsigned TagBeats = (1 << vq_pkg::MpsLog2Max) / common_pkg::BeatBytes;
  localparam int unsigned BeatBits = $clog2(TagBeats);
  localparam int unsigned RowBits = 512 + 7;
  localparam int unsigned OutBits = RowBits + 2;
  localparam int unsigned OutDepth = 4;

  // --- tags ------------------------------------------------------------------------------------
  logic [vq_pkg::NumTags-1:0] busy_q, done_q, err_q, end_q;
  logic [9:0] exp_q [vq_pkg::NumTags];       // bytes still to come
  logic [BeatBits:0] count_q [vq_pkg::NumTags];  // beats stored
  logic [TagBits-1:0] alloc_q, head_q;
  logic [CountBits-1:0] used_q;
  assign tag_free_o = used_q != CountBits'(vq_pkg::NumTags);
  assign tag_o = {{(8 - TagBits) {1'b0}}, alloc_q};

  logic [TagBits-1:0] ctag;
  logic known, bad_beat, store;
  logic [9:0] cexp;
  logic [BeatBits:0] ccount;
  assign ctag = cpl_i.tag[TagBits-1:0];
  assign known = cpl_valid_i & (cpl_i.tag < 8'(vq_pkg::NumTags)) & busy_q[ctag] & ~done_q[ctag];
  assign bad_cpl_o = cpl_valid_i & ~known;
  assign cexp = exp_q[ctag];
  assign ccount = count_q[ctag];
  assign bad_beat = cpl_i.err | (cpl_i.nbytes == '0) | (cpl_i.nbytes > 7'd64)
                  | ({3'h0, cpl_i.nbytes} > cexp) | (cpl_i.last != ({3'h0, cpl_i.nbytes} == cexp))
                  | (ccount == (BeatBits + 1)'(TagBeats));
  assign store = known & ~bad_beat & ~err_q[ctag];

  // --- reader: tags in order of issue, one beat per cycle ----------------------------------------
  logic [BeatBits:0] beat_q;
  logic here, more, head_err, tag_end, step, pipe_q, pipe_err_q, pipe_end_q;
  logic [RowBits-1:0] row;
  logic out_valid, out_pop, out_in_ready, out_full, out_empty;
  logic [$clog2(OutDepth+1)-1:0] out_level;
  logic room;
  assign room = (out_level + {2'b00, pipe_q}) < 3'(OutDepth);
  assign here = busy_q[head_q] & room;
  assign head_err = err_q[head_q] & done_q[head_q];
  assign more = ~err_q[head_q] & (beat_q < count_q[head_q]);
  assign step = here & (more | head_err);
  assign tag_end = head_err | (done_q[head_q] & (beat_q + (BeatBits + 1)'(1) == count_q[head_q]));

  logic rob_done;
  ram_1r1w #(.Width(RowBits), .Depth(vq_pkg::NumTags * TagBeats)) u_rob (
      .clk_i, .rst_ni, .init_done_o(rob_done),
      .wr_en_i(store), .wr_addr_i({ctag, ccount[BeatBits-1:0]}),
      .wr_data_i({cpl_i.nbytes, cpl_i.data}),
      .rd_en_i(step & more), .rd_addr_i({head_q, beat_q[BeatBits-1:0]}), .rd_data_o(row)
  );
  assign init_done_o = rob_done;

  logic [6:0] out_nbytes;
  logic [511:0] out_data;
  logic out_end, out_err;
  stream_fifo #(.Width(OutBits), .Depth(OutDepth)) u_out (
      .clk_i, .rst_ni, .hold_i(1'b0),
      .in_valid_i(pipe_q),
      .in_data_i({pipe_err_q, pipe_end_q, pipe_err_q ? {RowBits{1'b0}} : row}),
      .in_ready_o(out_in_ready),
      .out_valid_o(out_valid), .out_data_o({out_err, out_end, out_nbytes, out_data}),
      .out_ready_i(out_pop), .level_o(out_level), .full_o(out_full), .empty_o(out_empty)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q     <= '0;
      done_q     <= '0;
      err_q      <= '0;
      end_q      <= '0;
      alloc_q    <= '0;
      head_q     <= '0;
      used_q     <= '0;
      beat_q     <= '0;
      pipe_q     <= 1'b0;
      pipe_err_q <= 1'b0;
      pipe_end_q <= 1'b0;
      for (int unsigned i = 0; i < vq_pkg::NumTags; i++) begin
        exp_q[i]   <= '0;
        count_q[i] <= '0;
      end
    end else begin
      if (known) begin
        if (cpl_i.last) done_q[ctag] <= 1'b1;
        if (bad_beat) err_q[ctag] <= 1'b1;
        if (store) begin
          exp_q[ctag]   <= cexp - {3'h0, cpl_i.nbytes};
          count_q[ctag] <= ccount + (BeatBits + 1)'(1);
        end
      end
      pipe_q     <= step;
      pipe_err_q <= head_err;
      pipe_end_q <= step & tag_end & end_q[head_q];
      if (step) begin
        beat_q <= beat_q + (BeatBits + 1)'(1);
        if (tag_end) begin
          busy_q[head_q] <= 1'b0;
          head_q         <= head_q + TagBits'(1);
          beat_q         <= '0;
        end
      end
      if (rd_fire_i) begin
        busy_q[alloc_q]  <= 1'b1;
        done_q[alloc_q]  <= 1'b0;
        err_q[alloc_q]   <= 1'b0;
        end_q[alloc_q]   <= rd_seg_end_i;
        exp_q[alloc_q]   <= rd_len_i;
        count_q[alloc_q] <= '0;
        alloc_q          <= alloc_q + TagBits'(1);
      end
      if (rd_fire_i && !(step && tag_end)) used_q <= used_q + CountBits'(1);
      if (!rd_fire_i && step && tag_end) used_q <= used_q - CountBits'(1);
    end
  end

  // --- writer ------------------------------------------------------------------------------------
  typedef enum logic [2:0] {StIdle, StCheck, StStream, StMark, StDesc, StFwd, StDone} state_e;
  state_e state_q;
  logic discard_q, failed_q;
  logic [1:0] kind_q;
  logic [47:0] ts_q;
  common_pkg::msg_desc_t desc_q;

  logic fails, silent;
  assign fails = failed_q | out_err;
  // A beat that mbuf does not see: discarded, or lost without ending the segment.
  assign silent = discard_q | (fails & ~out_end);
  assign wr_valid_o = ((state_q == StStream) & out_valid & ~silent) | (state_q == StMark);
  assign wr_nbytes_o = ((state_q == StMark) | fails) ? '0 : out_nbytes;
  assign wr_data_o = ((state_q == StMark) | fails) ? '0 : out_data;
  assign wr_last_o = (state_q == StMark) | out_end;
  assign wr_err_o = (state_q == StStream) & fails;
  assign wr_ts_o = ts_q;
  assign out_pop = (state_q == StStream) & out_valid & (silent | wr_ready_i);

  assign req_valid_o = (state_q == StCheck) | (state_q == StDone);
  always_comb begin
    req_o = '0;
    req_o.op = (state_q == StDone) ? vq_int_pkg::OpTxDone : vq_int_pkg::OpTxCheck;
    req_o.ring = seg_i.ring;
    req_o.start = seg_i.start;
    req_o.len = seg_i.len;
    req_o.kind = kind_q;
  end
  assign seg_pop_o = (state_q == StDone) & rsp_valid_i;
  assign desc_pop_o = (state_q == StDesc) & desc_valid_i;
  assign desc_tx_valid_o = state_q == StFwd;
  assign desc_tx_o = desc_q;
  assign idle_o = (state_q == StIdle) & ~seg_valid_i & (used_q == '0) & out_empty & ~pipe_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q   <= StIdle;
      discard_q <= 1'b0;
      failed_q  <= 1'b0;
      kind_q    <= '0;
      ts_q      <= '0;
      desc_q    <= '0;
    end else begin
      case (state_q)
        StIdle: if (seg_valid_i) state_q <= StCheck;
        StCheck: begin
          if (rsp_valid_i) begin
            discard_q <= res_i != vq_int_pkg::ResOk;
            failed_q  <= 1'b0;
            kind_q    <= vq_int_pkg::DoneDrop;
            ts_q      <= ts_i;
            if (seg_i.len != '0) state_q <= StStream;
            else state_q <= (res_i == vq_int_pkg::ResOk) ? StMark : StDone;
          end
        end
        StStream: begin
          if (out_pop) begin
            failed_q <= fails;
            if (out_end) state_q <= discard_q ? StDone : StDesc;
          end
        end
        StMark: if (wr_ready_i) state_q <= StDesc;
        StDesc: begin
          if (desc_valid_i) begin
            desc_q <= desc_i;
            if (!failed_q && desc_i.err) begin
              kind_q  <= vq_int_pkg::DoneRefused;
              state_q <= StDone;
            end else begin
              kind_q  <= failed_q ? vq_int_pkg::DoneErr : vq_int_pkg::DoneOk;
              state_q <= StFwd;
            end
          end
        end
        StFwd: if (desc_tx_ready_i) state_q <= StDone;
        StDone: if (rsp_valid_i) state_q <= StIdle;
        default: state_q <= StIdle;
      endcase
    end
  end

  logic unused;
  assign unused = ^{out_in_ready, out_full, seg_i, cpl_i.rsvd_pad, ccount[BeatBits]};
endmodule
