// SPDX-License-Identifier: Apache-2.0
//
// Ready/valid FIFO with registered outputs and a level; Depth elements in all, one of them in the
// output register. Timing: docs/uarch/common.md. C++ twin: cmodel/common/stream_fifo.hpp.
module stream_fifo #(
  parameter int unsigned Width = 8,   // bits of one element
  parameter int unsigned Depth = 4,   // elements held in all; >= 2, checked below
  localparam int unsigned LevelBits = $clog2(Depth + 1)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 hold_i,       // 1: no ready from the next cycle on
  input  logic                 in_valid_i,
  input  logic [Width-1:0]     in_data_i,
  output logic                 in_ready_o,
  output logic                 out_valid_o,
  output logic [Width-1:0]     out_data_o,
  input  logic                 out_ready_i,
  output logic [LevelBits-1:0] level_o,      // elements held
  output logic                 full_o,
  output logic                 empty_o
);
  // The element at the head lives in the output register, the others in the memory.
  localparam int unsigned MemDepth = Depth - 1;
  localparam int unsigned PtrBits = MemDepth > 1 ? $clog2(MemDepth) : 1;
  localparam logic [PtrBits-1:0] LastPtr = PtrBits'(MemDepth - 1);

  if (Depth < 2) begin : g_bad_depth
    $error("stream_fifo: Depth must be at least 2");
  end

  logic [Width-1:0] mem [MemDepth];
  logic [PtrBits-1:0] wr_ptr_q, rd_ptr_q;
  logic [LevelBits-1:0] level_q, level_d;
  logic ready_q, valid_q, full_q, empty_q;
  logic [Width-1:0] head_q;

  logic push, pop, bypass, from_mem;
  assign push = in_valid_i & ready_q;
  assign pop = valid_q & out_ready_i;
  // The new element is the only one: it goes straight to the output register.
  assign bypass = push & (level_q == LevelBits'(pop));
  assign from_mem = pop & (level_q > LevelBits'(1));

  always_comb begin
    level_d = level_q;
    if (push & ~pop) level_d = level_q + LevelBits'(1);
    if (pop & ~push) level_d = level_q - LevelBits'(1);
  end

  always_ff @(posedge clk_i) begin
    if (push & ~bypass) mem[wr_ptr_q] <= in_data_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wr_ptr_q <= '0;
      rd_ptr_q <= '0;
      level_q  <= '0;
      ready_q  <= 1'b0;
      valid_q  <= 1'b0;
      full_q   <= 1'b0;
      empty_q  <= 1'b1;
      head_q   <= '0;
    end else begin
      if (push & ~bypass) wr_ptr_q <= (wr_ptr_q == LastPtr) ? '0 : wr_ptr_q + PtrBits'(1);
      if (from_mem) rd_ptr_q <= (rd_ptr_q == LastPtr) ? '0 : rd_ptr_q + PtrBits'(1);
      level_q <= level_d;
      ready_q <= ~hold_i & (level_d != LevelBits'(Depth));
      valid_q <= level_d != '0;
      full_q  <= level_d == LevelBits'(Depth);
      empty_q <= level_d == '0;
      if (bypass) head_q <= in_data_i;
      else if (from_mem) head_q <= mem[rd_ptr_q];
    end
  end

  assign in_ready_o = ready_q;
  assign out_valid_o = valid_q;
  assign out_data_o = head_q;
  assign level_o = level_q;
  assign full_o = full_q;
  assign empty_o = empty_q;

`ifdef FORMAL
  // Memory elements between the pointers, from the pointers alone.
  logic [LevelBits-1:0] span;
  assign span = (wr_ptr_q >= rd_ptr_q)
      ? LevelBits'(wr_ptr_q) - LevelBits'(rd_ptr_q)
      : LevelBits'(MemDepth) - LevelBits'(rd_ptr_q) + LevelBits'(wr_ptr_q);
  logic seen_reset_q;
  initial seen_reset_q = 1'b0;
  always_ff @(posedge clk_i) if (!rst_ni) seen_reset_q <= 1'b1;
  always_comb begin
    if (seen_reset_q) begin
      assert (level_q <= LevelBits'(Depth));
      assert (valid_q == (level_q != '0));
      assert (empty_q == !valid_q);
      assert (full_q == (level_q == LevelBits'(Depth)));
      assert (!(ready_q && full_q));
      assert (wr_ptr_q <= LastPtr);
      assert (rd_ptr_q <= LastPtr);
      // The level counts exactly what lies between the pointers plus the output register.
      if (level_q == LevelBits'(Depth)) assert (span == '0);
      else if (level_q != '0) assert (span == level_q - LevelBits'(1));
      else assert (span == '0);
    end
  end

  // One element, marked by the solver at a push of its choice, is followed to the output: it keeps
  // its place in the queue and its value, so nothing is lost, doubled, reordered or changed.
  (* anyseq *) logic mark;
  logic live_q;
  logic [LevelBits-1:0] place_q;   // elements in front of it
  logic [Width-1:0] value_q;
  logic [31:0] slot;
  initial live_q = 1'b0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      live_q <= 1'b0;
    end else if (live_q) begin
      if (pop && place_q == '0) live_q <= 1'b0;
      if (pop) place_q <= place_q - LevelBits'(1);
    end else if (push && mark) begin
      live_q  <= 1'b1;
      place_q <= level_q - LevelBits'(pop);
      value_q <= in_data_i;
    end
  end
  always_comb begin
    slot = 32'(rd_ptr_q) + 32'(place_q) - 32'd1;
    if (slot >= MemDepth) slot = slot - MemDepth;
    if (seen_reset_q && live_q) begin
      assert (place_q < level_q);
      if (place_q == '0) assert (head_q == value_q);
      else assert (mem[slot[PtrBits-1:0]] == value_q);
    end
  end
`endif
endmodule
