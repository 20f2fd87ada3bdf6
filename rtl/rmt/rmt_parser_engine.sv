// SPDX-License-Identifier: Apache-2.0
//
// One parser engine: holds a frame and visits one parse state a cycle, ParserSteps at most. It asks
// the shared tables (rmt_parser) for the entry that matches its key and gets the action row back in
// the same cycle. Between frames nothing in it moves.

module rmt_parser_engine #(
  localparam int unsigned WinBits = rmt_pkg::WindowBytes * 8,
  localparam int unsigned PosBits = $clog2(rmt_pkg::WindowBytes) + 1,
  localparam int unsigned SrcBits = $clog2(rmt_pkg::SliceBytes),
  localparam int unsigned KeyBits = 8 + 8 * rmt_pkg::LookupBytes
) (
  input  logic                               clk_i,
  input  logic                               rst_ni,

  // A new frame; the engine is free then (rmt_parser deals frames out in turn)
  input  logic                               load_i,
  input  logic [WinBits-1:0]                 window_i,
  input  logic [PosBits-1:0]                 len_i,
  input  logic                               whole_i,
  input  logic [31:0]                        tag_i,
  input  logic [common_pkg::PortIdBits-1:0]  port_i,
  input  logic [7:0]                         epoch_i,
  input  rmt_pkg::parser_init_t              init_i,

  // Lookup: key out, entry back in the same cycle
  output logic                               run_o,       // a state is visited in this cycle
  output logic [KeyBits-1:0]                 key_o,       // {lookup bytes, state}, as parser_tcam
  input  logic                               hit_i,
  input  rmt_pkg::parser_action_t            row_i,

  // The frame as it stands after this cycle; final in the cycle after which the engine is reloaded
  output logic [31:0]                        tag_o,
  output logic [common_pkg::PortIdBits-1:0]  port_o,
  output logic [7:0]                         epoch_o,
  output rmt_pkg::phv_t                      phv_o,       // metadata containers still 0
  output logic [rmt_pkg::NumHeaders-1:0]     hdr_valid_o,
  output logic [rmt_pkg::NumHeaders*PosBits-1:0] hdr_off_o,
  output logic                               exc_valid_o,
  output logic [rmt_pkg::VerdictBits-1:0]    exc_verdict_o,
  output logic [7:0]                         exc_reason_o
);
  // Sixteen copies in one C++ function compile half as long again for 5 % of speed.
  /* verilator no_inline_module */
  localparam int unsigned SliceBits = rmt_pkg::SliceBytes * 8;
  localparam int unsigned StepBits = $clog2(rmt_pkg::ParserSteps);
  localparam int unsigned LookBits = rmt_pkg::LookupBytes * SrcBits;
  localparam int unsigned C8Bits = rmt_pkg::NumC8 * 8;
  localparam int unsigned C16Bits = rmt_pkg::NumC16 * 16;
  localparam int unsigned C32Bits = rmt_pkg::NumC32 * 32;
  localparam int unsigned VarBits = 15;       // widest variable part of an advance: 255 << 7
  localparam int unsigned AdvBits = VarBits + 1;

  logic                run_q, run_d;
  logic [StepBits-1:0] step_q;
  logic [7:0]          state_q;
  logic [LookBits-1:0] look_q;
  logic [PosBits-1:0]  pos_q, pos_d;          // saturates: every value past the window acts alike

  logic [WinBits-1:0]  window_q;
  logic [PosBits-1:0]  len_q;
  logic                whole_q;
  logic [31:0]         tag_q;
  logic [common_pkg::PortIdBits-1:0] port_q;
  logic [7:0]          epoch_q;

  logic [C8Bits-1:0]   c8_q, c8_d;
  logic [C16Bits-1:0]  c16_q, c16_d;
  logic [C32Bits-1:0]  c32_q, c32_d;
  logic [rmt_pkg::NumHeaders-1:0] hdr_valid_q, hdr_valid_d;
  logic [rmt_pkg::NumHeaders*PosBits-1:0] hdr_off_q, hdr_off_d;
  logic                exc_valid_q, exc_valid_d;
  logic [rmt_pkg::VerdictBits-1:0] exc_verdict_q, exc_verdict_d;
  logic [7:0]          exc_reason_q, exc_reason_d;

  // SliceBytes of the window from byte `first`, zeros beyond its end.
  function automatic logic [SliceBits-1:0] pad(input logic [WinBits-1:0] win,
                                               input logic [PosBits-1:0] first);
    logic [WinBits+SliceBits-1:0] wide;
    wide = {{SliceBits{1'b0}}, win};
    pad = wide[{first, 3'b000} +: SliceBits];
  endfunction

  // ---- slice of the window at the current header, and the lookup key ----
  // 24 zero bits above the slice let an extractor start at its last byte.
  logic [SliceBits+23:0] slice;
  logic [PosBits-1:0]    at;
  logic [KeyBits-1:0]    key;

  always_comb begin
    slice = '0;
    key = '0;
    at = pos_q[PosBits-1] ? PosBits'(rmt_pkg::WindowBytes) : pos_q;
    if (run_q) begin
      slice[SliceBits-1:0] = pad(window_q, at);
      key[7:0] = state_q;
      for (int unsigned i = 0; i < rmt_pkg::LookupBytes; i++) begin
        key[8 + 8*i +: 8] = slice[{1'b0, look_q[SrcBits*i +: SrcBits], 3'b000} +: 8];
      end
    end
  end
  assign run_o = run_q;
  assign key_o = key;

  // ---- one state ----
  logic [PosBits:0]     need_end;             // where the bytes this state needs end
  logic [7:0]           adv_masked;
  logic [AdvBits-1:0]   adv;
  logic [AdvBits:0]     pos_sum;
  logic [15:0]          half;
  logic [31:0]          word;
  rmt_pkg::extract8_t   x8;
  rmt_pkg::extract16_t  x16;
  rmt_pkg::extract32_t  x32;

  always_comb begin
    run_d = 1'b0;
    pos_d = pos_q;
    c8_d = c8_q;
    c16_d = c16_q;
    c32_d = c32_q;
    hdr_valid_d = hdr_valid_q;
    hdr_off_d = hdr_off_q;
    exc_valid_d = exc_valid_q;
    exc_verdict_d = exc_verdict_q;
    exc_reason_d = exc_reason_q;
    need_end = '0;
    adv_masked = '0;
    adv = '0;
    pos_sum = '0;
    half = '0;
    word = '0;
    x8 = '0;
    x16 = '0;
    x32 = '0;

    if (run_q && hit_i) begin
      need_end = {1'b0, pos_q} + (PosBits + 1)'(row_i.need);
      if (need_end > {1'b0, len_q}) begin
        // Where a frame that fills the window ends is unknown here: then the window is what is
        // too short.
        exc_valid_d = 1'b1;
        exc_verdict_d = whole_q ? rmt_pkg::VerdictDrop : rmt_pkg::VerdictSlow;
        exc_reason_d = whole_q ? 8'(rmt_pkg::ReasonParserTruncated)
                               : 8'(rmt_pkg::ReasonParserWindow);
      end else begin
        if (row_i.mark) begin
          hdr_valid_d[row_i.hdr_id] = 1'b1;
          hdr_off_d[row_i.hdr_id*PosBits +: PosBits] = pos_q;
        end
        for (int unsigned i = 0; i < rmt_pkg::NumExtract8; i++) begin
          x8 = row_i.x8[i];
          if (x8.en) c8_d[{x8.dst, 3'b000} +: 8] = slice[{1'b0, x8.src, 3'b000} +: 8];
        end
        for (int unsigned i = 0; i < rmt_pkg::NumExtract16; i++) begin
          x16 = row_i.x16[i];
          if (x16.en) begin
            half = slice[{1'b0, x16.src, 3'b000} +: 16];
            c16_d[{x16.dst, 4'b0000} +: 16] = {half[7:0], half[15:8]};
          end
        end
        for (int unsigned i = 0; i < rmt_pkg::NumExtract32; i++) begin
          x32 = row_i.x32[i];
          if (x32.en) begin
            word = slice[{1'b0, x32.src, 3'b000} +: 32];
            c32_d[{x32.dst, 5'b00000} +: 32] = {word[7:0], word[15:8], word[23:16], word[31:24]};
          end
        end

        adv_masked = (slice[{1'b0, row_i.adv_byte, 3'b000} +: 8] & row_i.adv_mask) >> row_i.adv_shr;
        adv = {{(AdvBits - 8){1'b0}}, row_i.adv_const};
        if (row_i.adv_var) begin
          adv = adv + ({{(AdvBits - 8){1'b0}}, adv_masked} << row_i.adv_shl);
        end
        pos_sum = {1'b0, adv} + (AdvBits + 1)'(pos_q);
        pos_d = (pos_sum[AdvBits:PosBits] != '0) ? '1 : pos_sum[PosBits-1:0];

        if (row_i.exc) begin
          exc_valid_d = 1'b1;
          exc_verdict_d = (row_i.exc_verdict == rmt_pkg::VerdictSlow) ? rmt_pkg::VerdictSlow
                                                                      : rmt_pkg::VerdictDrop;
          exc_reason_d = row_i.exc_reason;
        end else if (!row_i.done) begin
          if (step_q == StepBits'(rmt_pkg::ParserSteps - 1)) begin
            exc_valid_d = 1'b1;
            exc_verdict_d = rmt_pkg::VerdictSlow;
            exc_reason_d = 8'(rmt_pkg::ReasonParserDepth);
          end else begin
            run_d = 1'b1;
          end
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) run_q <= 1'b0;
    else run_q <= load_i || run_d;
  end

  always_ff @(posedge clk_i) begin
    if (load_i) begin
      step_q <= '0;
      state_q <= init_i.state;
      look_q <= init_i.lookup_off;
      pos_q <= '0;
      window_q <= window_i;
      len_q <= len_i;
      whole_q <= whole_i;
      tag_q <= tag_i;
      port_q <= port_i;
      epoch_q <= epoch_i;
      c8_q <= '0;
      c16_q <= '0;
      c32_q <= '0;
      hdr_valid_q <= '0;
      hdr_off_q <= '0;
      exc_valid_q <= 1'b0;
      exc_verdict_q <= rmt_pkg::VerdictDrop;
      exc_reason_q <= '0;
    end else if (run_q) begin
      step_q <= step_q + 1'b1;
      state_q <= row_i.next_state;
      look_q <= row_i.lookup_off;
      pos_q <= pos_d;
      c8_q <= c8_d;
      c16_q <= c16_d;
      c32_q <= c32_d;
      hdr_valid_q <= hdr_valid_d;
      hdr_off_q <= hdr_off_d;
      exc_valid_q <= exc_valid_d;
      exc_verdict_q <= exc_verdict_d;
      exc_reason_q <= exc_reason_d;
    end
  end

  assign tag_o = tag_q;
  assign port_o = port_q;
  assign epoch_o = epoch_q;
  assign phv_o = {c32_d, c16_d, c8_d};
  assign hdr_valid_o = hdr_valid_d;
  assign hdr_off_o = hdr_off_d;
  assign exc_valid_o = exc_valid_d;
  assign exc_verdict_o = exc_verdict_d;
  assign exc_reason_o = exc_reason_d;
endmodule
