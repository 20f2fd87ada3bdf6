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

`ifdef FORMAL
  logic                             seen_reset_q;
  logic [Cells:0]                   main_there;
  logic [(Cells+1)*EntryBits-1:0]   main_entries;
  logic [2*Waiting:0]               drop_there;
  logic [(2*Waiting+1)*EntryBits-1:0] drop_entries;
`endif
  assign main_push = sweeping_o | put_valid_i;
  assign main_in   = sweeping_o ? {sweep_o, ChainBits'(1)} : {put_head_i, put_cells_i};

  rmt_ram_fifo #(
    .Width(EntryBits),
    .Depth(Cells)          // a chain has a cell at least
  ) u_main (
    .clk_i,
    .rst_ni,
`ifdef FORMAL
    .reset_seen_i(seen_reset_q),
    .there_o  (main_there),
    .entries_o(main_entries),
`endif
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
`ifdef FORMAL
    .reset_seen_i(seen_reset_q),
    .there_o  (drop_there),
    .entries_o(drop_entries),
`endif
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

`ifdef FORMAL
  // Every cell is in one place at any time: not swept yet, in a chain of a FIFO, in the walker's
  // chain, ready, or in use. So none is handed out twice and none is lost. Chains of up to Longest
  // cells; the memory of links belongs to the solver as far as it is written like rmt_tm_write does.
  localparam int unsigned Longest = 2;
  logic [CellBits-1:0] links_q [Cells];
  logic [CellBits-1:0] links   [Cells];      // with this cycle's write
  logic [CellBits-1:0] link_q;
  logic [Cells-1:0]    used_q, used, put_set, drop_set;
  (* anyseq *) logic                link_we;
  (* anyseq *) logic [CellBits-1:0] link_waddr, link_wdata;

  // Cells of a chain as a set; `twice` if one comes again.
  logic put_twice, drop_twice;
  initial seen_reset_q = 1'b0;

  always_comb begin
    for (int unsigned c = 0; c < Cells; c++) links[c] = links_q[c];
    if (link_we) links[link_waddr] = link_wdata;
    used = used_q;
    if (get_i) used[cell_o] = 1'b1;
  end

  logic [CellBits-1:0] walk;
  always_comb begin
    put_set    = '0;
    put_twice  = 1'b0;
    drop_set   = '0;
    drop_twice = 1'b0;
    walk       = put_head_i;
    for (int unsigned n = 0; n < Longest; n++) begin
      if (put_valid_i && ChainBits'(n) < put_cells_i) begin
        put_twice     = put_twice | put_set[walk];
        put_set[walk] = 1'b1;
        walk          = links[walk];
      end
    end
    walk = drop_head_i;
    for (int unsigned n = 0; n < Longest; n++) begin
      if (drop_valid_i && ChainBits'(n) < drop_cells_i) begin
        drop_twice     = drop_twice | drop_set[walk];
        drop_set[walk] = 1'b1;
        walk           = links[walk];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned c = 0; c < Cells; c++) links_q[c] <= links[c];
    if (link_re_o) link_q <= links_q[link_addr_o];
    if (!rst_ni) begin
      seen_reset_q <= 1'b1;
      used_q       <= '0;
    end else begin
      used_q <= used & ~put_set & ~drop_set;
    end
  end

  always_comb begin
    assume (link_i == link_q);
    assume (!get_i || valid_o);
    assume (!sweeping_o || !(get_i || put_valid_i || drop_valid_i));
    // What comes back was taken, no cell twice; links of cells that are free stay.
    assume (!put_valid_i || (put_cells_i != '0 && put_cells_i <= ChainBits'(Longest)));
    assume (!drop_valid_i || (drop_cells_i != '0 && drop_cells_i <= ChainBits'(Longest)));
    assume (!put_twice && !drop_twice && (put_set & drop_set) == '0);
    assume ((put_set & ~used) == '0 && (drop_set & ~used) == '0);
    assume (!link_we || used[link_waddr]);
  end

  // Every place that may name a cell, and which one; then how often each cell is named.
  localparam int unsigned Chains = Cells + 1 + 2 * Waiting + 1 + 1;
  localparam int unsigned Places = Chains * Longest + Ready;
  logic [Places-1:0]          named;
  logic [Places*CellBits-1:0] name;
  logic [CellBits-1:0]        at;
  logic [ChainBits-1:0]       rest;
  logic                       is_there, lengths_ok;
  logic [CellBits+1:0]        total;         // of all lengths
  always_comb begin
    lengths_ok = 1'b1;
    total      = (CellBits + 2)'(level_q);
    if (sweeping_o) total = total + (CellBits + 2)'(Cells) - (CellBits + 2)'(sweep_o);
    named      = '0;
    name       = '0;
    for (int unsigned i = 0; i < Chains; i++) begin
      if (i <= Cells) begin
        is_there   = main_there[i];
        {at, rest} = main_entries[i*EntryBits +: EntryBits];
      end else if (i < Chains - 1) begin
        is_there   = drop_there[i-Cells-1];
        {at, rest} = drop_entries[(i-Cells-1)*EntryBits +: EntryBits];
      end else begin
        is_there   = cur_q;
        {at, rest} = {cur, left_q};
      end
      if (is_there && (rest == '0 || rest > ChainBits'(Longest))) lengths_ok = 1'b0;
      if (is_there) total = total + (CellBits + 2)'(rest);
      for (int unsigned n = 0; n < Longest; n++) begin
        named[i*Longest+n] = is_there && ChainBits'(n) < rest;
        name[(i*Longest+n)*CellBits +: CellBits] = at;
        at = links_q[at];
      end
    end
    for (int unsigned i = 0; i < Ready; i++) begin
      named[Chains*Longest+i] = {1'b0, ReadyLog'(i) - rptr_q} < level_q;
      name[(Chains*Longest+i)*CellBits +: CellBits] = ready_q[i];
    end
  end

  logic [Cells-1:0] once, twice;             // named, named again
  always_comb begin
    for (int unsigned c = 0; c < Cells; c++) begin
      once[c]  = used_q[c];
      twice[c] = 1'b0;
      if (sweeping_o && CellBits'(c) >= sweep_o) begin
        twice[c] = once[c];
        once[c]  = 1'b1;
      end
      for (int unsigned i = 0; i < Places; i++) begin
        if (named[i] && name[i*CellBits +: CellBits] == CellBits'(c)) begin
          twice[c] = twice[c] | once[c];
          once[c]  = 1'b1;
        end
      end
    end
  end

  logic [CellBits:0] unused_cells;
  always_comb begin
    unused_cells = '0;
    for (int unsigned c = 0; c < Cells; c++) begin
      unused_cells = unused_cells + {{CellBits{1'b0}}, !used_q[c]};
    end
    if (seen_reset_q) begin
      assert (once == '1);                   // none is lost
      assert (twice == '0);                  // none is in two places
      assert (lengths_ok);
      assert (total == {1'b0, free_o});      // spares the solver counting cells one by one
      assert (level_q <= (ReadyLog + 1)'(Ready));
      assert (wptr_q == rptr_q + level_q[ReadyLog-1:0]);
      assert (!valid_o || !used_q[cell_o]);
      assert (free_o == unused_cells);
      assert (!sweep_q[CellBits] || sweep_q[CellBits-1:0] == '0);
      assert (cur_q || !linked_q);
    end
  end
`endif
endmodule
