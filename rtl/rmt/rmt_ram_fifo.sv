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
endmodule
