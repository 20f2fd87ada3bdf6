// SPDX-License-Identifier: Apache-2.0
//
// Window collector: gathers the first WindowBytes of each frame for the parser and queues the beats
// after them (the body) for the deparser. Input and output rates are equal, so the body queue holds
// no more beats than the pipeline is deep (docs/uarch/rmt-parser.md proves the bound).

module rmt_window #(
  // Power of two, at least the cycles from w_valid_o to the deparser's first beat, plus 4.
  parameter int unsigned BodyDepth = 128
) (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,

  // One beat a cycle, frames never interleaved, no ready     <- input stage
  input  logic                                 in_valid_i,
  input  common_pkg::pkt_beat_t                in_i,
  input  logic [rmt_tm_pkg::AgainBits-1:0]     in_side_i,     // rmt_tm_pkg::again_t, with sop

  // A frame's window, one cycle per frame                    -> parser
  output logic                                 w_valid_o,
  output logic [rmt_pkg::WindowBytes*8-1:0]    w_window_o,    // byte k at bit 8k; 0 beyond w_len_o
  output logic [$clog2(rmt_pkg::WindowBytes):0] w_len_o,      // bytes in the window, 1..WindowBytes
  output logic                                 w_whole_o,     // the frame ends inside the window
  output logic                                 w_err_o,       // with w_whole_o: marked bad
  output logic [31:0]                          w_tag_o,
  output logic [common_pkg::PortIdBits-1:0]    w_port_o,
  output logic [rmt_tm_pkg::AgainBits-1:0]     w_side_o,

  // Oldest body beat; b_pop_i takes it                       <-> deparser
  output logic                                 b_valid_o,
  output logic [common_pkg::BeatBytes*8-1:0]   b_data_o,
  output logic [6:0]                           b_nbytes_o,
  output logic                                 b_eop_o,
  output logic                                 b_err_o,
  input  logic                                 b_pop_i,
  output logic [$clog2(BodyDepth)+1:0]         body_level_o,  // beats held

  output logic                                 busy_o         // a frame or body beats are inside
);
  localparam int unsigned BeatBits = common_pkg::BeatBytes * 8;
  localparam int unsigned WinBeats = rmt_pkg::WindowBytes / common_pkg::BeatBytes;
  localparam int unsigned IdxBits = $clog2(WinBeats);
  localparam int unsigned LenBits = $clog2(rmt_pkg::WindowBytes) + 1;
  localparam int unsigned BeatLog = $clog2(common_pkg::BeatBytes);
  localparam int unsigned BodyBits = BeatBits + 9;
  localparam int unsigned PtrBits = $clog2(BodyDepth);

  // ---- window ----
  logic [IdxBits:0]    beat_q;                 // beats of the open frame so far, stops at WinBeats
  logic                open_q;                 // sop seen, eop not yet
  logic [BeatBits-1:0] win_q [WinBeats];
  logic                w_valid_q, w_whole_q, w_err_q;
  logic [LenBits-1:0]  w_len_q;
  logic [31:0]         w_tag_q;
  logic [common_pkg::PortIdBits-1:0] w_port_q;
  logic [rmt_tm_pkg::AgainBits-1:0] w_side_q;

  logic [IdxBits:0]    idx;
  logic                in_window, last;
  logic [BeatBits-1:0] masked;

  assign idx = in_i.sop ? '0 : beat_q;
  assign in_window = !idx[IdxBits];
  assign last = in_i.eop || (idx == (IdxBits + 1)'(WinBeats - 1));

  // The parser relies on zeros beyond the frame's end, so bytes past nbytes are cleared here.
  always_comb begin
    masked = in_i.data;
    if (in_i.eop) masked = in_i.data & ~({BeatBits{1'b1}} << {in_i.nbytes, 3'b000});
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      w_valid_q <= 1'b0;
      beat_q <= '0;
      open_q <= 1'b0;
    end else begin
      w_valid_q <= in_valid_i && in_window && last;
      if (in_valid_i) begin
        open_q <= !in_i.eop;
        if (in_window) beat_q <= idx + 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (in_valid_i && in_window) begin
      for (int unsigned i = 0; i < WinBeats; i++) begin
        if (idx == (IdxBits + 1)'(i)) win_q[i] <= masked;
        else if (in_i.sop) win_q[i] <= '0;
      end
      w_len_q <= {1'b0, idx[IdxBits-1:0], {BeatLog{1'b0}}} +
                 (in_i.eop ? LenBits'(in_i.nbytes) : LenBits'(common_pkg::BeatBytes));
      w_whole_q <= in_i.eop;
      w_err_q <= in_i.eop && in_i.err;
      if (in_i.sop) begin
        w_tag_q <= in_i.tag;
        w_port_q <= in_i.port;
        w_side_q <= in_side_i;
      end
    end
  end

  for (genvar i = 0; i < WinBeats; i++) begin : g_window
    assign w_window_o[i*BeatBits +: BeatBits] = win_q[i];
  end
  assign w_valid_o = w_valid_q;
  assign w_len_o = w_len_q;
  assign w_whole_o = w_whole_q;
  assign w_err_o = w_err_q;
  assign w_tag_o = w_tag_q;
  assign w_port_o = w_port_q;
  assign w_side_o = w_side_q;

  // ---- body queue: a RAM with a registered read, its output register being the head ----
  logic [BodyBits-1:0] mem_q [BodyDepth];
  logic [BodyBits-1:0] head_q;
  logic                head_valid_q;
  logic [PtrBits-1:0]  wptr_q, rptr_q;
  logic [PtrBits:0]    level_q;                // beats in the RAM
  logic                push, fetch;

  assign push = in_valid_i && !in_window;
  assign fetch = (level_q != '0) && (!head_valid_q || b_pop_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      head_valid_q <= 1'b0;
      wptr_q <= '0;
      rptr_q <= '0;
      level_q <= '0;
    end else begin
      if (push) wptr_q <= wptr_q + 1'b1;
      if (fetch) rptr_q <= rptr_q + 1'b1;
      level_q <= level_q + (PtrBits + 1)'(push) - (PtrBits + 1)'(fetch);
      if (fetch) head_valid_q <= 1'b1;
      else if (b_pop_i) head_valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (push) mem_q[wptr_q] <= {in_i.err, in_i.eop, in_i.nbytes, in_i.data};
    if (fetch) head_q <= mem_q[rptr_q];
  end

  assign b_valid_o = head_valid_q;
  assign {b_err_o, b_eop_o, b_nbytes_o, b_data_o} = head_q;
  assign body_level_o = {1'b0, level_q} + (PtrBits + 2)'(head_valid_q);
  assign busy_o = open_q || w_valid_q || head_valid_q || (level_q != '0);

endmodule
