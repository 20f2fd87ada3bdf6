// SPDX-License-Identifier: Apache-2.0
//
// FIFO in a RAM with a registered read; the read register is the head. An entry pushed in cycle t
// is the head in t+2 at the earliest; then one entry a cycle goes through.

module rmt_ram_fifo #(
  parameter int unsigned Width = 32,   // bits of an entry
  parameter int unsigned Depth = 16,   // entries in the RAM, a power of two; the head comes on top
  localparam int unsigned PtrBits = $clog2(Depth)
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             push_i,     // never with Depth entries in the RAM
  input  logic [Width-1:0] data_i,
  input  logic             pop_i,      // takes the head; only with valid_o
  output logic             valid_o,
  output logic [Width-1:0] data_o,
`ifdef FORMAL
  // What is inside, for proofs of its user: the RAM's places, then the head. Reset has been.
  input  logic                     reset_seen_i,
  output logic [Depth:0]           there_o,
  output logic [(Depth+1)*Width-1:0] entries_o,
`endif
  output logic             settled_o   // the next edge moves nothing by itself
);
  logic [Width-1:0]   mem [Depth];
  logic [PtrBits-1:0] wptr_q, rptr_q;
  logic [PtrBits:0]   level_q;         // entries in the RAM
  logic               fetch;

  assign fetch     = (level_q != '0) & (!valid_o | pop_i);
  assign settled_o = (level_q == '0) | valid_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q  <= '0;
      rptr_q  <= '0;
      level_q <= '0;
      valid_o <= 1'b0;
    end else begin
      if (push_i) wptr_q <= wptr_q + 1'b1;
      if (fetch) rptr_q <= rptr_q + 1'b1;
      if (push_i != fetch) level_q <= push_i ? level_q + 1'b1 : level_q - 1'b1;
      valid_o <= fetch | (valid_o & !pop_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (push_i) mem[wptr_q] <= data_i;
  end

  always_ff @(posedge clk_i) begin
    if (fetch) data_o <= mem[rptr_q];
  end

`ifdef FORMAL
  always_comb begin
    for (int unsigned i = 0; i < Depth; i++) begin
      there_o[i] = {1'b0, PtrBits'(i) - rptr_q} < level_q;
      entries_o[i*Width +: Width] = mem[i];
    end
    there_o[Depth] = valid_o;
    entries_o[Depth*Width +: Width] = data_o;
    if (reset_seen_i) begin
      assert (level_q <= (PtrBits + 1)'(Depth));
      assert (wptr_q == rptr_q + level_q[PtrBits-1:0]);
      assert (!push_i || !level_q[PtrBits]);         // nothing is overwritten
    end
  end
`endif
endmodule
