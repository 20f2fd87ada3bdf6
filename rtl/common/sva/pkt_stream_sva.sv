// SPDX-License-Identifier: Apache-2.0
//
// What holds on a packet stream (common_pkg::pkt_beat_t) beyond stream_sva: frames nest, only the
// last beat is short, tag and port stay the same over a frame (docs/uarch/interfaces.md).
module pkt_stream_sva (
  input logic                                 clk_i,
  input logic                                 rst_ni,
  input logic                                 valid,
  input logic                                 ready,
  input logic [common_pkg::PktBeatBits-1:0]   data
);
  common_pkg::pkt_beat_t beat;
  assign beat = data;
  logic unused;
  assign unused = ^beat.data;

  logic inside_q;
  logic [31:0] tag_q;
  logic [3:0] port_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      inside_q <= 1'b0;
      tag_q    <= '0;
      port_q   <= '0;
    end else if (valid & ready) begin
      inside_q <= ~beat.eop;
      tag_q    <= beat.tag;
      port_q   <= beat.port;
    end
  end

  sop_opens: assert property (@(posedge clk_i) disable iff (!rst_ni) valid |-> beat.sop != inside_q);
  full_until_eop: assert property (@(posedge clk_i) disable iff (!rst_ni)
      valid && !beat.eop |-> beat.nbytes == 7'd64);
  byte_count_sane: assert property (@(posedge clk_i) disable iff (!rst_ni)
      valid |-> beat.nbytes >= 7'd1 && beat.nbytes <= 7'd64);
  err_at_eop_only: assert property (@(posedge clk_i) disable iff (!rst_ni)
      valid && beat.err |-> beat.eop);
  tag_constant: assert property (@(posedge clk_i) disable iff (!rst_ni)
      valid && inside_q |-> beat.tag == tag_q && beat.port == port_q);

  one_beat_frame: cover property (@(posedge clk_i) disable iff (!rst_ni)
      valid && ready && beat.sop && beat.eop);
  long_frame: cover property (@(posedge clk_i) disable iff (!rst_ni)
      valid && ready && inside_q && !beat.eop);
  frames_back_to_back: cover property (@(posedge clk_i) disable iff (!rst_ni)
      valid && ready && beat.sop && $past(valid && ready && beat.eop));
endmodule
