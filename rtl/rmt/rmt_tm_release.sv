// SPDX-License-Identifier: Apache-2.0
//
// Gives chains back when their last copy has left. A frame with one destination goes at once; of a
// multicast frame a count says how many copies the replicator made less those that have left:
// it is 0 while the cell is nobody's, below 0 (mod 2^n) while copies leave before the replicator has
// finished, and 0 again when all have left. One event a cycle.

module rmt_tm_release #(
  parameter int unsigned Cells = rmt_pkg::TmCells,
  localparam int unsigned Readers   = rmt_pkg::TmReaders,
  localparam int unsigned CellBits  = $clog2(Cells),
  localparam int unsigned ChainBits = rmt_tm_pkg::ChainBits,
  localparam int unsigned CopyBits  = rmt_tm_pkg::CopyBits,
  localparam int unsigned RelBits   = CellBits + ChainBits + 3
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,

  // The replicator has finished with a frame and made these copies (> 0); taken at once.
  input  logic                        end_valid_i,
  input  logic [CellBits-1:0]         end_head_i,
  input  logic [ChainBits-1:0]        end_cells_i,
  input  logic [CopyBits-1:0]         end_copies_i,
  input  logic                        end_bank_i,
  // A copy's last beat is read: {head, cells, shared, bank, again}   <- rmt_tm_read
  input  logic [Readers-1:0]          rel_valid_i,     // only with rel_room_o
  input  logic [Readers*RelBits-1:0]  rel_i,
  output logic [Readers-1:0]          rel_room_o,

  output logic                        put_valid_o,     // -> rmt_tm_free
  output logic [CellBits-1:0]         put_head_o,
  output logic [ChainBits-1:0]        put_cells_o,
  // The frame is gone for good (not: gone to the input again)  -> in-flight counts
  output logic                        gone_o,
  output logic                        gone_bank_o,

  input  logic                        sweeping_i,      // after reset every count becomes 0
  input  logic [CellBits-1:0]         sweep_i,
  output logic                        empty_o
);
  localparam int unsigned Depth = 4;                   // releases that wait, a reader
  localparam int unsigned DepthLog = $clog2(Depth);
  // Room for -GroupCopies..GroupCopies where only 0 has to be told from the others.
  localparam int unsigned CountBits = CopyBits;

  // ---------------------------------------------------------------- waiting releases
  logic [RelBits-1:0]   mem [Readers*Depth];
  logic [DepthLog-1:0]  wptr_q [Readers];
  logic [DepthLog-1:0]  rptr_q [Readers];
  logic [DepthLog:0]    level_q [Readers];
  logic [Readers-1:0]   some, pop, pick;
  logic                 any;
  logic [$clog2(Readers)-1:0] pick_idx;

  for (genvar r = 0; r < Readers; r++) begin : gen_wait
    assign some[r]       = level_q[r] != '0;
    assign rel_room_o[r] = !level_q[r][DepthLog];
    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        wptr_q[r]  <= '0;
        rptr_q[r]  <= '0;
        level_q[r] <= '0;
      end else begin
        if (rel_valid_i[r]) wptr_q[r] <= wptr_q[r] + 1'b1;
        if (pop[r]) rptr_q[r] <= rptr_q[r] + 1'b1;
        if (rel_valid_i[r] != pop[r]) begin
          level_q[r] <= pop[r] ? level_q[r] - 1'b1 : level_q[r] + 1'b1;
        end
      end
    end
    always_ff @(posedge clk_i) begin
      if (rel_valid_i[r]) mem[r * Depth + 32'(wptr_q[r])] <= rel_i[r*RelBits +: RelBits];
    end
  end

  rr_arbiter #(.N(Readers)) u_turn (
    .clk_i,
    .rst_ni,
    .req_i        (some),
    .accept_i     (any & !end_valid_i),
    .last_i       (1'b1),
    .grant_valid_o(any),
    .grant_o      (pick),
    .grant_idx_o  (pick_idx)
  );
  assign pop = end_valid_i ? '0 : pick;

  // ---------------------------------------------------------------- one event a cycle
  logic [RelBits-1:0]   head_rel;
  logic                 ev_valid_q, ev_shared_q, ev_bank_q, ev_again_q;
  logic [CellBits-1:0]  ev_head_q, ev_head;
  logic [ChainBits-1:0] ev_cells_q;
  logic [CountBits-1:0] ev_add_q;
  logic                 ev_shared;

  assign head_rel  = mem[{pick_idx, rptr_q[pick_idx]}];
  assign ev_head   = end_valid_i ? end_head_i : head_rel[RelBits-1 -: CellBits];
  assign ev_shared = end_valid_i | head_rel[2];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) ev_valid_q <= 1'b0;
    else ev_valid_q <= end_valid_i | any;
  end

  always_ff @(posedge clk_i) begin
    if (end_valid_i) begin
      ev_head_q   <= end_head_i;
      ev_cells_q  <= end_cells_i;
      ev_add_q    <= end_copies_i;
      ev_shared_q <= 1'b1;
      ev_bank_q   <= end_bank_i;
      ev_again_q  <= 1'b0;
    end else if (any) begin
      {ev_head_q, ev_cells_q, ev_shared_q, ev_bank_q, ev_again_q} <= head_rel;
      ev_add_q <= '1;                                  // - 1
    end
  end

  // ---------------------------------------------------------------- counts
  logic [CountBits-1:0] count_mem [Cells];
  logic [CountBits-1:0] read_q, old, new_count, last_q;
  logic                 ref_we, last_valid_q, re;
  logic [CellBits-1:0]  last_head_q;

  assign re = (end_valid_i | any) & ev_shared;

  always_ff @(posedge clk_i) begin
    if (re) read_q <= count_mem[ev_head];
  end

  // The count written in the cycle of the read is not in the read register.
  assign old       = (last_valid_q & (last_head_q == ev_head_q)) ? last_q : read_q;
  assign new_count = old + ev_add_q;
  assign ref_we    = ev_valid_q & ev_shared_q;

  always_ff @(posedge clk_i) begin
    if (sweeping_i) count_mem[sweep_i] <= '0;
    else if (ref_we) count_mem[ev_head_q] <= new_count;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) last_valid_q <= 1'b0;
    else last_valid_q <= ref_we;
  end

  always_ff @(posedge clk_i) begin
    if (ref_we) begin
      last_head_q <= ev_head_q;
      last_q      <= new_count;
    end
  end

`ifdef FORMAL
  // The count of one head of the solver's choice, in whole numbers: copies made less copies read.
  (* anyconst *) logic [CellBits-1:0] watch;
  logic signed [7:0] truth_q;
  logic              seen_reset_q, swept_q, here;
  initial seen_reset_q = 1'b0;
  assign here = ref_we & (ev_head_q == watch);
  logic signed [7:0] truth_d;
  assign truth_d = truth_q + ((ev_add_q == '1) ? -8'sd1 : $signed({3'b000, ev_add_q}));
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      seen_reset_q <= 1'b1;
      swept_q      <= 1'b0;
      truth_q      <= '0;
    end else begin
      // The sweep comes before any traffic.
      if (sweeping_i && sweep_i == watch) swept_q <= 1'b1;
      if (here) truth_q <= truth_d;
    end
  end
  always_comb begin
    assume (!sweeping_i || !(end_valid_i || rel_valid_i != '0 || any || ev_valid_q));
    assume (swept_q || sweeping_i || !(end_valid_i || rel_valid_i != '0 || any || ev_valid_q));
    assume (!swept_q || !sweeping_i || sweep_i != watch);
    // A frame has at most GroupCopies copies and each is made and read once.
    assume (end_copies_i <= CopyBits'(rmt_pkg::GroupCopies));
    assume (!here || (truth_d >= -8'sd16 && truth_d <= 8'sd16));
    if (seen_reset_q && swept_q) begin
      assert (count_mem[watch] == truth_q[CountBits-1:0]);
      if (here) assert (old == truth_q[CountBits-1:0]);
      // Freed when, and only when, all copies made have been read.
      if (here) assert (put_valid_o == (truth_d == 8'sd0));
      assert (truth_q >= -8'sd16 && truth_q <= 8'sd16);
    end
  end
`endif

  assign put_valid_o = ev_valid_q & (!ev_shared_q | (new_count == '0));
  assign put_head_o  = ev_head_q;
  assign put_cells_o = ev_cells_q;
  assign gone_o      = put_valid_o & !ev_again_q;
  assign gone_bank_o = ev_bank_q;
  assign empty_o     = !(|some) & !ev_valid_q & !last_valid_q;
endmodule
