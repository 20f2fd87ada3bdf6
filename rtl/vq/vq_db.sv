// SPDX-License-Identifier: Apache-2.0
//
// Doorbell front end: every write lands in its ring's slot (levels, newest wins), and the ring is
// queued once, however many writes follow. One pending bit per ring: the queue cannot overflow,
// which the FORMAL section proves. C++ twin: cmodel/vq/doorbells.hpp.
//
//   t    head of the input FIFO is decoded; slot word written, pending bit set, ring queued
//   t+1  the ring may be granted by the ring unit: the slot is read and the pending bit cleared;
//        a write in that same cycle queues the ring again
module vq_db #(
    parameter int unsigned NumRings = vq_pkg::NumRings,
    localparam int unsigned RingBits = $clog2(NumRings)
) (
    input logic clk_i,
    input logic rst_ni,
    input logic flush_i,      // forget what is queued (function-level reset)
    input logic hold_i,       // accept nothing

    output logic init_done_o,
    output logic idle_o,

    input  logic        db_valid_i,
    input  logic [7:0]  db_fn_i,
    input  logic [31:0] db_addr_i,
    input  logic [31:0] db_data_i,
    output logic        db_ready_o,

    input logic        vq_valid_i,       // queue 0
    input logic [7:0]  vq_fn_i,
    input logic [12:0] vq_ring_count_i,

    output logic                ring_valid_o,  // a ring whose slot changed -> ring unit
    output logic [RingBits-1:0] ring_o,
    input  logic                ring_take_i,   // granted: its slot is being read
    input  logic [RingBits-1:0] slot_rd_ring_i,
    input  logic                slot_rd_i,
    output vq_pkg::ring_slot_t  slot_o,        // the cycle after slot_rd_i
    input  logic                slot_clr_i,    // a ring is bound: zeros
    input  logic [RingBits-1:0] slot_clr_ring_i,

    output logic        ev_head_valid_o,       // pulses -> event unit
    output logic        arm_valid_o,
    output logic        bad_valid_o,           // -> error record
    output logic [11:0] slot_num_o,
    output logic [31:0] addr_o,
    output logic [31:0] data_o,
    output logic        inc_db_o,
    output logic        inc_merged_o
);
  localparam int unsigned InBits = 8 + 32 + 32;

  // --- input -----------------------------------------------------------------------------------
  logic in_valid, in_pop;
  logic [7:0] fn;
  logic [31:0] addr, data;
  skid_buffer #(.Width(InBits)) u_in (
      .clk_i, .rst_ni, .hold_i,
      .in_valid_i(db_valid_i), .in_data_i({db_fn_i, db_addr_i, db_data_i}),
      .in_ready_o(db_ready_o),
      .out_valid_o(in_valid), .out_data_o({fn, addr, data}), .out_ready_i(in_pop)
  );
  // The slots have one write port, and a bind takes it for one cycle.
  assign in_pop = in_valid & ~slot_clr_i;

  logic region_ok, is_vq, is_ring, set;
  logic [RingBits-1:0] ring;
  assign slot_num_o = addr[15:4];
  assign addr_o = addr;
  assign data_o = data;
  assign ring = slot_num_o[RingBits-1:0];
  assign region_ok = vq_valid_i & (fn == vq_fn_i) & (addr[31:16] == '0) & (addr[1:0] == '0);
  assign is_vq = region_ok & (slot_num_o == 12'(vq_pkg::DbVqSlot)) & ~addr[3];
  assign is_ring = region_ok & ({1'b0, slot_num_o} < vq_ring_count_i)
                 & ({20'h0, slot_num_o} < NumRings);
  assign ev_head_valid_o = in_pop & is_vq & ~addr[2];
  assign arm_valid_o = in_pop & is_vq & addr[2];
  assign bad_valid_o = in_pop & ~is_vq & ~is_ring;
  assign inc_db_o = in_pop;
  assign set = in_pop & is_ring;

  // --- slots -----------------------------------------------------------------------------------
  logic [3:0] word_we, word_done;
  logic [RingBits-1:0] wr_ring;
  logic [31:0] wr_data;
  assign wr_ring = slot_clr_i ? slot_clr_ring_i : ring;
  assign wr_data = slot_clr_i ? '0 : data;
  always_comb begin
    word_we = {4{slot_clr_i}};
    if (set) word_we[addr[3:2]] = 1'b1;
  end
  logic [31:0] tx_tail, rx_head, tx_seen;
  logic [1:0] ctl;
  ram_1r1w #(.Width(32), .Depth(NumRings)) u_tx_tail (
      .clk_i, .rst_ni, .init_done_o(word_done[0]),
      .wr_en_i(word_we[0]), .wr_addr_i(wr_ring), .wr_data_i(wr_data),
      .rd_en_i(slot_rd_i), .rd_addr_i(slot_rd_ring_i), .rd_data_o(tx_tail)
  );
  ram_1r1w #(.Width(32), .Depth(NumRings)) u_rx_head (
      .clk_i, .rst_ni, .init_done_o(word_done[1]),
      .wr_en_i(word_we[1]), .wr_addr_i(wr_ring), .wr_data_i(wr_data),
      .rd_en_i(slot_rd_i), .rd_addr_i(slot_rd_ring_i), .rd_data_o(rx_head)
  );
  ram_1r1w #(.Width(2), .Depth(NumRings)) u_ctl (
      .clk_i, .rst_ni, .init_done_o(word_done[2]),
      .wr_en_i(word_we[2]), .wr_addr_i(wr_ring), .wr_data_i(wr_data[1:0]),
      .rd_en_i(slot_rd_i), .rd_addr_i(slot_rd_ring_i), .rd_data_o(ctl)
  );
  ram_1r1w #(.Width(32), .Depth(NumRings)) u_tx_seen (
      .clk_i, .rst_ni, .init_done_o(word_done[3]),
      .wr_en_i(word_we[3]), .wr_addr_i(wr_ring), .wr_data_i(wr_data),
      .rd_en_i(slot_rd_i), .rd_addr_i(slot_rd_ring_i), .rd_data_o(tx_seen)
  );
  assign init_done_o = &word_done;
  assign slot_o = {tx_seen, 30'h0, ctl, rx_head, tx_tail};

  // --- pending bits and queue --------------------------------------------------------------------
  logic [NumRings-1:0] pending_q, pending_d;
  logic push, flushed, empty;
  logic [RingBits-1:0] mem [NumRings];
  logic [RingBits:0] wr_ptr_q, rd_ptr_q;
  assign empty = wr_ptr_q == rd_ptr_q;
  assign ring_valid_o = ~empty;
  assign ring_o = mem[rd_ptr_q[RingBits-1:0]];
  assign push = set & (~pending_q[ring] | (ring_take_i & (ring_o == ring)));
  assign inc_merged_o = set & ~push;
  always_comb begin
    pending_d = pending_q;
    if (ring_take_i) pending_d[ring_o] = 1'b0;
    if (set) pending_d[ring] = 1'b1;
  end
  assign flushed = ~rst_ni | flush_i;
  always_ff @(posedge clk_i) begin
    if (flushed) begin
      pending_q <= '0;
      wr_ptr_q  <= '0;
      rd_ptr_q  <= '0;
    end else begin
      pending_q <= pending_d;
      if (push) wr_ptr_q <= wr_ptr_q + (RingBits + 1)'(1);
      if (ring_take_i) rd_ptr_q <= rd_ptr_q + (RingBits + 1)'(1);
    end
  end
  always_ff @(posedge clk_i) begin
    if (push) mem[wr_ptr_q[RingBits-1:0]] <= ring;
  end
  assign idle_o = ~in_valid & empty & (db_ready_o == ~hold_i);

  if (NumRings != 1 << RingBits) begin : g_bad_rings
    $error("vq_db: NumRings must be a power of two");
  end

`ifdef FORMAL
  // The queue holds exactly the pending rings, each once: it always has room for one that is not.
  logic past_reset_q;
  always_ff @(posedge clk_i) past_reset_q <= ~flushed;
  logic [RingBits:0] level, pendings;
  assign level = wr_ptr_q - rd_ptr_q;
  always_comb begin
    pendings = '0;
    for (int unsigned i = 0; i < NumRings; i++) begin
      pendings = pendings + {{RingBits{1'b0}}, pending_q[i]};
    end
  end
  always_comb begin
    assume (!(ring_take_i && empty));
    if (past_reset_q) begin
      assert (level == pendings);
      assert (level <= (RingBits + 1)'(NumRings));
      assert (!(push && level == (RingBits + 1)'(NumRings) && !ring_take_i));
      for (int unsigned i = 0; i < NumRings; i++) begin
        for (int unsigned j = 0; j < NumRings; j++) begin
          // Entry i places behind the head.
          if (i < {{(32 - RingBits - 1) {1'b0}}, level}) begin
            assert (pending_q[mem[rd_ptr_q[RingBits-1:0] + RingBits'(i)]]);
            if (j < i) begin
              assert (mem[rd_ptr_q[RingBits-1:0] + RingBits'(i)]
                      != mem[rd_ptr_q[RingBits-1:0] + RingBits'(j)]);
            end
          end
        end
      end
    end
  end
`endif
  logic unused;
  assign unused = ^wr_data[31:2];
endmodule
