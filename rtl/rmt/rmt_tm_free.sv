// SPDX-License-Identifier: Apache-2.0
//
// Free list of the traffic manager: whole chains come back as {head, cells}, single cells go out.
// A walker follows a chain's links and keeps four cells ready, so one cell a cycle can be had.
// After reset every cell is put in as a chain of its own.

module rmt_tm_free #(
  parameter int unsigned Cells   = rmt_pkg::TmCells,  // a power of two, >= 8
  parameter int unsigned Waiting = 64,                // frames that may wait for their decision
  localparam int unsigned CellBits  = $clog2(Cells),
  localparam int unsigned ChainBits = rmt_tm_pkg::ChainBits
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  // A free cell                                             -> rmt_tm_write
  output logic                 valid_o,
  output logic [CellBits-1:0]  cell_o,
  input  logic                 get_i,         // only with valid_o

  // Chains whose last copy has left                         <- rmt_tm_release
  input  logic                 put_valid_i,
  input  logic [CellBits-1:0]  put_head_i,
  input  logic [ChainBits-1:0] put_cells_i,   // 1..
  // Chains of dropped frames                                <- rmt_tm_decide
  input  logic                 drop_valid_i,
  input  logic [CellBits-1:0]  drop_head_i,
  input  logic [ChainBits-1:0] drop_cells_i,

  // Link behind a cell, in the next cycle; keeps until the next read   <-> rmt_tm_cells
  output logic                 link_re_o,
  output logic [CellBits-1:0]  link_addr_o,
  input  logic [CellBits-1:0]  link_i,

  output logic [CellBits:0]    free_o,        // cells not in use
  output logic                 sweeping_o,    // after reset; other memories use the same count
  output logic [CellBits-1:0]  sweep_o,
  output logic                 settled_o      // the next edge moves nothing by itself
);
  localparam int unsigned Ready = 4;          // cells kept ready
  localparam int unsigned ReadyLog = $clog2(Ready);
  localparam int unsigned EntryBits = CellBits + ChainBits;

  // ---------------------------------------------------------------- sweep
  logic [CellBits:0] sweep_q;
  assign sweeping_o = !sweep_q[CellBits];
  assign sweep_o    = sweep_q[CellBits-1:0];
  always_ff @(posedge clk_i) begin
    if (!rst_ni) sweep_q <= '0;
    else if (sweeping_o) sweep_q <= sweep_q + 1'b1;
  end

  // ---------------------------------------------------------------- chains that are free
  logic                 main_push, main_pop, main_valid, main_settled;
  logic                 drop_pop, drop_valid, drop_settled;
  logic [EntryBits-1:0] main_in, main_out, drop_out;

  assign main_push = sweeping_o | put_valid_i;
  assign main_in   = sweeping_o ? {sweep_o, ChainBits'(1)} : {put_head_i, put_cells_i};

  rmt_ram_fifo #(
    .Width(EntryBits),
    .Depth(Cells)          // a chain has a cell at least
  ) u_main (
    .clk_i,
    .rst_ni,
    .push_i   (main_push),
    .data_i   (main_in),
    .pop_i    (main_pop),
    .valid_o  (main_valid),
    .data_o   (main_out),
    .settled_o(main_settled)
  );

  // Its chains are used first: docs/uarch/rmt-tm.md shows that it never holds more.
  rmt_ram_fifo #(
    .Width(EntryBits),
    .Depth(2 * Waiting)
  ) u_drop (
    .clk_i,
    .rst_ni,
    .push_i   (drop_valid_i),
    .data_i   ({drop_head_i, drop_cells_i}),
    .pop_i    (drop_pop),
    .valid_o  (drop_valid),
    .data_o   (drop_out),
    .settled_o(drop_settled)
  );

  // ---------------------------------------------------------------- walker
  logic                 cur_q;        // a cell is at hand
  logic                 linked_q;     // it is link_i, else cell_q
  logic [CellBits-1:0]  cell_q, cur;
  logic [ChainBits-1:0] left_q;       // cells of the chain, this one included
  logic                 give, more, load;
  logic [ReadyLog:0]    level_q;      // cells ready

  assign cur       = linked_q ? link_i : cell_q;
  assign give      = cur_q & !level_q[ReadyLog];
  assign more      = left_q != ChainBits'(1);
  assign load      = !cur_q | (give & !more);
  assign drop_pop  = load & drop_valid;
  assign main_pop  = load & !drop_valid & main_valid;

  assign link_re_o   = give & more;
  assign link_addr_o = cur;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      cur_q    <= 1'b0;
      linked_q <= 1'b0;
    end else if (load) begin
      cur_q    <= drop_valid | main_valid;
      linked_q <= 1'b0;
    end else if (give) begin
      linked_q <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (drop_pop) {cell_q, left_q} <= drop_out;
    else if (main_pop) {cell_q, left_q} <= main_out;
    else if (give) left_q <= left_q - 1'b1;
  end

  // ---------------------------------------------------------------- cells kept ready
  logic [CellBits-1:0] ready_q [Ready];
  logic [ReadyLog-1:0] wptr_q, rptr_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q  <= '0;
      rptr_q  <= '0;
      level_q <= '0;
    end else begin
      if (give) wptr_q <= wptr_q + 1'b1;
      if (get_i) rptr_q <= rptr_q + 1'b1;
      if (give != get_i) level_q <= give ? level_q + 1'b1 : level_q - 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (give) ready_q[wptr_q] <= cur;
  end

  assign valid_o = level_q != '0;
  assign cell_o  = ready_q[rptr_q];

  // ---------------------------------------------------------------- count
  logic [CellBits:0] put_n, drop_n;
  assign put_n  = put_valid_i ? (CellBits + 1)'(put_cells_i) : '0;
  assign drop_n = drop_valid_i ? (CellBits + 1)'(drop_cells_i) : '0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) free_o <= (CellBits + 1)'(Cells);
    else free_o <= free_o + put_n + drop_n - (CellBits + 1)'(get_i);
  end

  assign settled_o = !give & !(load & (drop_valid | main_valid)) & main_settled & drop_settled &
                     !sweeping_o;
endmodule
