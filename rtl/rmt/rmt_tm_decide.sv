// SPDX-License-Identifier: Apache-2.0
//
// Decides what becomes of a frame, in order, one a cycle: into a queue, into several (the copies of a
// multicast group, one a cycle in row order), to the input again, or nowhere. Frames that come while
// a group is being copied wait in a FIFO; docs/uarch/rmt-tm.md shows that it cannot overflow.

module rmt_tm_decide #(
  parameter int unsigned Cells   = rmt_pkg::TmCells,
  parameter int unsigned Waiting = 64,          // frames that may wait: > 2 x (GroupCopies + 1)
  localparam int unsigned CellBits   = $clog2(Cells),
  localparam int unsigned ChainBits  = rmt_tm_pkg::ChainBits,
  localparam int unsigned BeatsBits  = rmt_tm_pkg::BeatsBits,
  localparam int unsigned SideBits   = rmt_tm_pkg::SideBits,
  localparam int unsigned QueueBits  = rmt_tm_pkg::QueueBits,
  localparam int unsigned OutBits    = rmt_tm_pkg::OutBits,
  localparam int unsigned EditLog    = rmt_tm_pkg::EditLog,
  localparam int unsigned CopyBits   = rmt_tm_pkg::CopyBits,
  localparam int unsigned GroupBits  = rmt_pkg::McastGroupBits
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,

  // A frame has ended                                       <- deparser, rmt_tm_write
  input  logic                     valid_i,
  input  logic                     err_i,
  input  logic                     lost_i,        // beats found no cell
  input  logic [CellBits-1:0]      head_i,
  input  logic [ChainBits-1:0]     cells_i,       // held
  input  logic [BeatsBits-1:0]     beats_i,
  input  logic [31:0]              tag_i,
  input  logic [3:0]               port_i,        // source
  input  logic [SideBits-1:0]      side_i,        // rmt_tm_pkg::side_t

  // Into a queue, if the frame fits there                   <-> rmt_tm_queues
  output logic                     enq_valid_o,
  output logic [OutBits-1:0]       enq_dest_o,
  output logic [QueueBits-1:0]     enq_queue_o,
  output logic [CellBits-1:0]      enq_head_o,
  output logic [BeatsBits-1:0]     enq_beats_o,
  output logic [ChainBits-1:0]     enq_cells_o,
  output logic [EditLog-1:0]       enq_edit_o,
  output logic                     enq_bank_o,
  output logic                     enq_shared_o,
  input  logic                     enq_fits_i,

  // All copies are queued                                   -> rmt_tm_release
  output logic                     end_valid_o,
  output logic [CopyBits-1:0]      end_copies_o,
  // A frame that holds cells goes nowhere                   -> rmt_tm_free
  output logic                     drop_valid_o,
  output logic [CellBits-1:0]      head_o,        // of both
  output logic [ChainBits-1:0]     cells_o,
  output logic                     bank_o,

  // One pulse a frame in the cycle after its decision, none for one that comes again.
  output logic                     verdict_valid_o,
  output logic [rmt_pkg::VerdictReportBits-1:0] verdict_o,
  output logic                     bad_port_valid_o,   // pulse: verdict bad_port, or a bad copy
  output logic [7:0]               bad_port_o,
  // Pulses for the counters, in the cycle after
  output logic                     cnt_copy_o,
  output logic                     cnt_copy_drop_o,
  output logic                     cnt_again_o,

  // Table `group`                                           <- rmt_tables
  input  logic                     tw_valid_i,
  input  logic                     tr_valid_i,
  input  logic [rmt_tm_pkg::GroupLog:0] t_addr_i,  // {bank, index}
  input  logic [GroupBits-1:0]     tw_data_i,
  output logic [GroupBits-1:0]     tr_data_o,

  output logic                     empty_o
);
  localparam int unsigned PtrBits = $clog2(Waiting);
  localparam int unsigned Copies  = rmt_pkg::GroupCopies;

  typedef struct packed {
    logic                    err;
    logic                    lost;
    logic [CellBits-1:0]     head;
    logic [ChainBits-1:0]    cells;
    logic [BeatsBits-1:0]    beats;
    logic [31:0]             tag;
    logic [3:0]              port;
    logic [SideBits-1:0]     side;
  } entry_t;
  localparam int unsigned EntryBits = 2 + CellBits + ChainBits + BeatsBits + 32 + 4 + SideBits;

  // ---------------------------------------------------------------- frames that wait
  logic [EntryBits-1:0] mem [Waiting];
  logic [PtrBits-1:0]   wptr_q, rptr_q;
  logic [PtrBits:0]     level_q;
  logic                 waiting, push, pop, done, over;
  entry_t               newest, cur;
  // verilator lint_off UNUSEDSIGNAL
  rmt_tm_pkg::side_t    side;               // entropy and word are in the record
  // verilator lint_on UNUSEDSIGNAL
  logic                 cur_valid;

  assign newest    = {err_i, lost_i, head_i, cells_i, beats_i, tag_i, port_i, side_i};
  assign waiting   = level_q != '0;
  assign cur_valid = waiting | valid_i;
  assign push      = valid_i & (waiting | !done);
  assign pop       = waiting & done;
  assign over      = level_q > (PtrBits + 1)'(Waiting / 2);

  always_comb begin
    cur = '0;
    if (waiting) cur = mem[rptr_q];
    else if (valid_i) cur = newest;
  end
  assign side = cur.side;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q  <= '0;
      rptr_q  <= '0;
      level_q <= '0;
    end else begin
      if (push) wptr_q <= wptr_q + 1'b1;
      if (pop) rptr_q <= rptr_q + 1'b1;
      if (push != pop) level_q <= push ? level_q + 1'b1 : level_q - 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (push) mem[wptr_q] <= newest;
  end

  // ---------------------------------------------------------------- what the frame wants
  logic forward, to_port, to_group, to_again, single, many, bad_port, limit;

  assign forward  = side.verdict == rmt_pkg::VerdictForward;
  assign to_port  = side.out_port < 8'(rmt_pkg::NumPorts);
  assign to_group = side.out_port == 8'(rmt_pkg::OutMulticast);
  assign to_again = side.out_port == 8'(common_pkg::PortIdRecirc);
  assign bad_port = forward & !to_port & !to_group & !to_again;
  assign limit    = forward & to_again & (side.passes >= 3'(rmt_pkg::MaxPasses));
  assign single   = !cur.err & !cur.lost & !limit &
                    ((side.verdict == rmt_pkg::VerdictSlow) | (forward & (to_port | to_again)));
  assign many     = !cur.err & !cur.lost & forward & to_group;

  // ---------------------------------------------------------------- copies of a group
  logic [GroupBits-1:0]       row_bits;
  // verilator lint_off UNUSEDSIGNAL
  rmt_pkg::group_copy_t       copy;         // en is in the mask
  // verilator lint_on UNUSEDSIGNAL
  logic                       busy_q, first_q, start, copy_any, copy_bad, copy_try, last;
  logic [Copies-1:0]          mask_q, mask, mask_d, one;
  logic [CopyBits-1:0]        made_q, made;
  logic                       tried_q, tried;

  assign start = cur_valid & many & !busy_q & !over;

  rmt_ram #(
    .Width(GroupBits),
    .Depth(rmt_pkg::NumBanks * rmt_pkg::NumGroups)
  ) u_groups (
    .clk_i,
    .a_en_i   (start),
    .a_addr_i ({side.epoch[0], side.group}),
    .a_rdata_o(row_bits),
    .b_we_i   (tw_valid_i),
    .b_re_i   (tr_valid_i),
    .b_addr_i (t_addr_i),
    .b_wdata_i(tw_data_i),
    .b_rdata_o(tr_data_o)
  );

  // The lowest copy that is left; x & -x leaves the lowest bit.
  always_comb begin
    mask = mask_q;
    one  = '0;
    copy = '0;
    if (busy_q) begin
      if (first_q) begin
        for (int unsigned i = 0; i < Copies; i++) begin
          mask[i] = row_bits[i*rmt_pkg::GroupCopyBits];  // en
        end
      end
      one = mask & (~mask + Copies'(1));
      for (int unsigned i = 0; i < Copies; i++) begin
        if (one[i]) copy = row_bits[i*rmt_pkg::GroupCopyBits +: rmt_pkg::GroupCopyBits];
      end
    end
  end
  assign mask_d   = mask & ~one;
  assign copy_any = busy_q & (one != '0);
  assign copy_bad = copy_any & (4'(copy.port) >= 4'(rmt_pkg::NumPorts));
  assign copy_try = copy_any & !copy_bad & !(copy.prune & (4'(copy.port) == cur.port));
  assign tried    = (tried_q & !first_q) | copy_try;
  assign made     = (first_q ? '0 : made_q) + {{(CopyBits-1){1'b0}}, copy_try & enq_fits_i};
  assign last     = busy_q & (mask_d == '0);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) busy_q <= 1'b0;
    else busy_q <= start | (busy_q & !last);
  end

  always_ff @(posedge clk_i) begin
    if (start) begin
      first_q <= 1'b1;
    end else if (busy_q) begin
      first_q <= 1'b0;
      mask_q  <= mask_d;
      made_q  <= made;
      tried_q <= tried;
    end
  end

  // ---------------------------------------------------------------- decision
  assign enq_valid_o  = (cur_valid & single) | copy_try;
  assign enq_dest_o   = busy_q ? copy.port : side.out_port[OutBits-1:0];
  assign enq_queue_o  = busy_q ? copy.queue : side.out_queue;
  assign enq_edit_o   = busy_q ? copy.edit : side.edit;
  assign enq_shared_o = busy_q;
  assign enq_head_o   = cur.head;
  assign enq_beats_o  = cur.beats;
  assign enq_cells_o  = cur.cells;
  assign enq_bank_o   = side.epoch[0];

  logic                            into, again;     // with done: queued somewhere, for the input
  logic [rmt_pkg::VerdictBits-1:0] verdict;
  logic [7:0]                      reason;
  logic [3:0]                      out_port;

  assign done  = cur_valid & (!many | (busy_q ? last : over));
  assign into  = busy_q ? (made != '0) : (single & enq_fits_i);
  assign again = single & forward & to_again & enq_fits_i;

  always_comb begin
    verdict  = rmt_pkg::VerdictDrop;
    reason   = side.reason;
    out_port = '0;
    if (cur.err) begin
      reason = 8'(rmt_pkg::ReasonFrameError);
    end else if (bad_port) begin
      reason = 8'(rmt_pkg::ReasonBadPort);
    end else if (limit) begin
      reason = 8'(rmt_pkg::ReasonRecircLimit);
    end else if (cur.lost) begin
      reason = 8'(rmt_pkg::ReasonTmNoCell);
    end else if (single) begin
      out_port = side.out_port[3:0];
      if (enq_fits_i) verdict = side.verdict;
      else reason = 8'(rmt_pkg::ReasonTmTailDrop);
    end else if (many) begin
      if (into) begin
        verdict = rmt_pkg::VerdictForward;
      end else begin
        reason = (busy_q & !tried) ? 8'(rmt_pkg::ReasonNoRoute) : 8'(rmt_pkg::ReasonTmTailDrop);
      end
    end
  end

  assign end_valid_o  = busy_q & last & (made != '0);
  assign end_copies_o = made;
  assign drop_valid_o = done & !into & (cur.cells != '0);
  assign head_o       = cur.head;
  assign cells_o      = cur.cells;
  assign bank_o       = side.epoch[0];

  rmt_pkg::verdict_report_t report;
  always_comb begin
    report = '0;
    if (done) begin
      report.tag          = cur.tag;
      report.port         = cur.port;
      report.reason       = reason;
      report.out_port     = out_port;
      report.copies       = busy_q ? made : CopyBits'(into);
      report.passes       = side.passes;
      report.epoch        = side.epoch;
      report.stage_hit    = side.stage_hit;
      report.stage_action = side.stage_action;
    end
  end
  localparam int unsigned VerdictAt = 36;  // bit of verdict in verdict_report

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      verdict_valid_o  <= 1'b0;
      bad_port_valid_o <= 1'b0;
      cnt_copy_o       <= 1'b0;
      cnt_copy_drop_o  <= 1'b0;
      cnt_again_o      <= 1'b0;
    end else begin
      verdict_valid_o  <= done & !again;
      bad_port_valid_o <= copy_bad | (done & bad_port & !cur.err);
      cnt_copy_o       <= enq_valid_o & enq_fits_i & !again;
      cnt_copy_drop_o  <= copy_try & !enq_fits_i;
      cnt_again_o      <= done & again;
    end
  end

  always_ff @(posedge clk_i) begin
    if (done & !again) begin
      // By parts: yosys has no cast to an enum.
      verdict_o <= report | (rmt_pkg::VerdictReportBits'(verdict) << VerdictAt);
    end
    if (copy_bad) bad_port_o <= 8'(copy.port);
    else if (done & bad_port) bad_port_o <= side.out_port;
  end

  assign empty_o = !waiting & !busy_q & !verdict_valid_o & !bad_port_valid_o & !cnt_copy_o &
                   !cnt_copy_drop_o & !cnt_again_o;

`ifdef FORMAL
  // What waits never exceeds Waiting / 2 + GroupCopies frames, a frame ending in every cycle: a group
  // is begun at Waiting / 2 at most, and the frames that come during its copies are paid for by the
  // copies still to be made.
  logic              seen_reset_q;
  logic [CopyBits:0] to_make;
  initial seen_reset_q = 1'b0;
  always_ff @(posedge clk_i) if (!rst_ni) seen_reset_q <= 1'b1;
  always_comb begin
    to_make = '0;
    for (int unsigned i = 0; i < Copies; i++) to_make = to_make + (CopyBits + 1)'(mask_q[i]);
    if (seen_reset_q) begin
      assert (level_q <= (PtrBits + 1)'(Waiting / 2 + Copies));
      assert (!push || !level_q[PtrBits]);           // nothing is overwritten
      assert (wptr_q == rptr_q + level_q[PtrBits-1:0]);
      if (busy_q && first_q) assert (level_q <= (PtrBits + 1)'(Waiting / 2 + 1));
      if (busy_q && !first_q) begin
        assert (mask_q != '0);
        assert (level_q + (PtrBits + 1)'(to_make) <= (PtrBits + 1)'(Waiting / 2 + Copies + 1));
      end
    end
  end
`endif
endmodule
