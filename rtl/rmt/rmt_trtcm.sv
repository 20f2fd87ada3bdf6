// SPDX-License-Identifier: Apache-2.0
//
// Two-rate three-colour marker, RFC 2698 section 3, combinational: refills both buckets for the time
// that has passed, then marks one frame. Tokens are 1/65536 byte, rates tokens a cycle.

module rmt_trtcm (
  input  rmt_pkg::meter_cfg_t   cfg_i,
  input  rmt_pkg::meter_state_t state_i,
  input  logic [47:0]           now_i,     // cycle
  input  logic [15:0]           len_i,     // bytes
  input  logic                  aware_i,   // colour-aware: `before_i` counts
  input  logic [7:0]            before_i,  // the frame's colour so far; above yellow is red
  output logic [rmt_pkg::ColourBits-1:0] colour_o,
  output rmt_pkg::meter_state_t state_o
);

  localparam int unsigned Frac = 16;       // bits of a token's fraction of a byte

  logic [47:0] gone, c_full, p_full, need, tc, tp;
  logic [31:0] dt;
  logic [64:0] c_sum, p_sum;

  assign gone   = now_i - state_i.last;
  assign dt     = (gone[47:32] != '0) ? '1 : gone[31:0];
  assign c_full = {cfg_i.cbs, Frac'(0)};
  assign p_full = {cfg_i.pbs, Frac'(0)};
  assign need   = {16'h0, len_i, Frac'(0)};
  assign c_sum  = {17'h0, state_i.tc} + {1'b0, {32'h0, cfg_i.cir} * {32'h0, dt}};
  assign p_sum  = {17'h0, state_i.tp} + {1'b0, {32'h0, cfg_i.pir} * {32'h0, dt}};
  assign tc     = (!state_i.used || c_sum > {17'h0, c_full}) ? c_full : c_sum[47:0];
  assign tp     = (!state_i.used || p_sum > {17'h0, p_full}) ? p_full : p_sum[47:0];

  always_comb begin
    state_o.used = 1'b1;
    state_o.last = now_i;
    state_o.tc   = tc;
    state_o.tp   = tp;
    if (tp < need || (aware_i && before_i > 8'(rmt_pkg::ColourYellow))) begin
      colour_o = rmt_pkg::ColourRed;
    end else begin
      state_o.tp = tp - need;
      if (tc < need || (aware_i && before_i == 8'(rmt_pkg::ColourYellow))) begin
        colour_o = rmt_pkg::ColourYellow;
      end else begin
        colour_o   = rmt_pkg::ColourGreen;
        state_o.tc = tc - need;
      end
    end
  end

`ifdef FORMAL
  // No bucket ever holds more than its size, whatever it held before; a frame that is not red was
  // paid for in full.
  always_comb begin
    assert (state_o.tc <= {cfg_i.cbs, 16'h0});
    assert (state_o.tp <= {cfg_i.pbs, 16'h0});
    assert (colour_o == rmt_pkg::ColourRed || (state_o.tp == tp - need && tp >= need));
    assert (colour_o != rmt_pkg::ColourGreen || (state_o.tc == tc - need && tc >= need));
    assert (colour_o == rmt_pkg::ColourGreen || state_o.tc == tc);
  end
`endif

endmodule
