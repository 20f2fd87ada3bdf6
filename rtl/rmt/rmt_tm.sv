// SPDX-License-Identifier: Apache-2.0
//
// Traffic manager: one cell memory for all queues, a verdict a frame, multicast, weighted queues and
// egress edits. It takes a beat every cycle and never stalls its producer. docs/uarch/rmt-tm.md.

module rmt_tm #(
  parameter int unsigned Cells       = rmt_pkg::TmCells,      // a power of two, >= 8
  parameter int unsigned QueueFrames = rmt_pkg::QueueFrames,  // a power of two
  parameter int unsigned Waiting     = 64,   // frames that may wait for a group's copies
  parameter int unsigned PauseCells  = 128,  // fewer free cells pause the inputs in lossless mode
  localparam int unsigned Ports     = rmt_pkg::NumPorts,
  localparam int unsigned Outputs   = rmt_pkg::NumOutputs,
  localparam int unsigned Queues    = rmt_tm_pkg::Queues,
  localparam int unsigned BeatBits  = common_pkg::PktBeatBits,
  localparam int unsigned SideBits  = rmt_tm_pkg::SideBits,
  localparam int unsigned AgainBits = rmt_tm_pkg::AgainBits,
  localparam int unsigned RowBits   = rmt_pkg::EgressEditBits  // the longer of both tables
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,

  // From the deparser; the side band is constant over a frame.
  input  logic                           valid_i,
  input  common_pkg::pkt_beat_t          beat_i,
  input  logic [SideBits-1:0]            side_i,        // rmt_tm_pkg::side_t

  output logic [Ports-1:0]               out_valid_o,
  output logic [Ports*BeatBits-1:0]      out_data_o,
  input  logic [Ports-1:0]               out_ready_i,

  // Frames for the input again                              -> rmt_input
  output logic                           again_valid_o,
  output common_pkg::pkt_beat_t          again_beat_o,
  output logic [AgainBits-1:0]           again_o,       // rmt_tm_pkg::again_t, with each beat
  input  logic                           again_ready_i,

  // One pulse a frame in the cycle after its decision -> platform, counters.
  output logic                           verdict_valid_o,
  output logic [rmt_pkg::VerdictReportBits-1:0] verdict_o,
  output logic                           bad_port_valid_o,  // pulse -> error record
  output logic [7:0]                     bad_port_o,        // the port named
  output logic                           cnt_copy_o,
  output logic                           cnt_copy_drop_o,
  output logic                           cnt_again_o,
  // A frame's last copy has left                            -> in-flight counts
  output logic                           gone_o,
  output logic                           gone_bank_o,

  input  logic [Queues*4-1:0]            weight_i,      // Q_WEIGHT
  input  logic [Queues*12-1:0]           limit_i,       // Q_LIMIT
  input  logic                           lossless_i,    // CTRL.LOSSLESS
  input  logic [15:0]                    threshold_i,   // PAUSE_THRESH, cells
  output logic                           pause_o,       // no new frames, please -> rmt_input
  output logic [15:0]                    free_o,        // CELLS_FREE

  // Tables `group` and `edit`, one cycle per row            <- rmt_tables
  input  logic                           tw_valid_i,
  input  logic                           tr_valid_i,
  input  logic [7:0]                     t_table_i,
  input  logic                           t_bank_i,
  input  logic [7:0]                     t_index_i,
  input  logic [RowBits-1:0]             tw_data_i,
  output logic                           tr_valid_o,    // one of this module's tables
  output logic [RowBits-1:0]             tr_data_o,

  output logic                           init_done_o,   // memories are cleared
  output logic                           idle_o
);
  localparam int unsigned Readers   = rmt_pkg::TmReaders;
  localparam int unsigned Lanes     = rmt_tm_pkg::Lanes;
  localparam int unsigned OutBits   = rmt_tm_pkg::OutBits;
  localparam int unsigned QueueBits = rmt_tm_pkg::QueueBits;
  localparam int unsigned CellBits  = $clog2(Cells);
  localparam int unsigned IdxBits   = $clog2(rmt_tm_pkg::CellBeats);
  localparam int unsigned ChainBits = rmt_tm_pkg::ChainBits;
  localparam int unsigned BeatsBits = rmt_tm_pkg::BeatsBits;
  localparam int unsigned LenBits   = rmt_tm_pkg::LenBits;
  localparam int unsigned CopyBits  = rmt_tm_pkg::CopyBits;
  localparam int unsigned EditLog   = rmt_tm_pkg::EditLog;
  localparam int unsigned RecBits   = rmt_tm_pkg::RecBits;
  localparam int unsigned DataBits  = common_pkg::BeatBytes * 8;
  localparam int unsigned GroupBits = rmt_pkg::McastGroupBits;
  localparam int unsigned FrameBits = CellBits + BeatsBits + EditLog + 2;
  localparam int unsigned JobBits   = QueueBits + FrameBits;
  localparam int unsigned RelBits   = CellBits + ChainBits + 3;

  if (rmt_tm_pkg::CellBeats != common_pkg::CellBytes / common_pkg::BeatBytes ||
      CopyBits != $clog2(rmt_pkg::GroupCopies) + 1 || OutBits != $clog2(Outputs) ||
      QueueBits != $clog2(rmt_pkg::NumQueues) || Queues != Outputs * rmt_pkg::NumQueues ||
      rmt_tm_pkg::GroupLog != $clog2(rmt_pkg::NumGroups) ||
      EditLog != $clog2(rmt_pkg::NumEdits) || Lanes * Readers != Outputs ||
      rmt_tm_pkg::LaneBits != $clog2(Lanes) ||
      32'(rmt_tm_pkg::OutRecirc) != 32'(common_pkg::PortIdRecirc)) begin : g_bad_sizes
    $error("rmt_tm_pkg does not follow the contract");
  end

  // ---------------------------------------------------------------- in: beats into cells
  // verilator lint_off UNUSEDSIGNAL
  rmt_tm_pkg::side_t           side;                 // a view: rmt_tm_decide looks at the rest
  // verilator lint_on UNUSEDSIGNAL
  logic                        store, get, cell_valid, w_end, w_lost;
  logic [CellBits-1:0]         cell_id, w_head;
  logic [ChainBits-1:0]        w_cells;
  logic [LenBits-1:0]          w_len;
  logic                        data_we, link_we;
  logic [CellBits+IdxBits-1:0] data_waddr;
  logic [CellBits-1:0]         link_waddr, link_wdata;

  assign side = side_i;
  // What leaves, as far as it can be known before the last beat.
  assign store = (side.verdict == rmt_pkg::VerdictSlow) |
                 ((side.verdict == rmt_pkg::VerdictForward) &
                  ((side.out_port < 8'(Ports)) |
                   (side.out_port == 8'(rmt_pkg::OutMulticast)) |
                   ((side.out_port == 8'(common_pkg::PortIdRecirc)) &
                    (side.passes < 3'(rmt_pkg::MaxPasses)))));

  rmt_tm_write #(.Cells(Cells)) u_write (
    .clk_i,
    .rst_ni,
    .valid_i,
    .sop_i       (beat_i.sop),
    .eop_i       (beat_i.eop),
    .nbytes_i    (beat_i.nbytes),
    .store_i     (store),
    .cell_valid_i(cell_valid),
    .cell_i      (cell_id),
    .get_o       (get),
    .data_we_o   (data_we),
    .data_addr_o (data_waddr),
    .link_we_o   (link_we),
    .link_addr_o (link_waddr),
    .link_o      (link_wdata),
    .end_o       (w_end),
    .head_o      (w_head),
    .cells_o     (w_cells),
    .len_o       (w_len),
    .lost_o      (w_lost)
  );

  // ---------------------------------------------------------------- memories
  logic [Readers-1:0]          data_re, rec_re;
  logic [Readers*(CellBits+IdxBits)-1:0] data_raddr;
  logic [Readers*DataBits-1:0] data_r;
  logic [Readers*CellBits-1:0] heads;
  logic [Readers*RecBits-1:0]  rec_r;
  logic [Readers:0]            link_re;
  logic [(Readers+1)*CellBits-1:0] link_raddr, link_r;

  rmt_tm_cells #(.Cells(Cells)) u_cells (
    .clk_i,
    .data_we_i   (data_we),
    .data_waddr_i(data_waddr),
    .data_i      (beat_i.data),
    .link_we_i   (link_we),
    .link_waddr_i(link_waddr),
    .link_i      (link_wdata),
    .rec_we_i    (w_end & (w_cells != '0)),
    .rec_waddr_i (w_head),
    .rec_i       ({beat_i.tag, beat_i.port, w_len, side.entropy, side.recirc, side.passes,
                   side.epoch}),
    .data_re_i   (data_re),
    .data_raddr_i(data_raddr),
    .data_o      (data_r),
    .rec_re_i    (rec_re),
    .rec_raddr_i (heads),
    .rec_o       (rec_r),
    .link_re_i   (link_re),
    .link_raddr_i(link_raddr),
    .link_o      (link_r)
  );

  // ---------------------------------------------------------------- free list
  logic                 put_valid, drop_valid, sweeping, free_settled;
  logic [CellBits-1:0]  put_head, d_head, sweep;
  logic [ChainBits-1:0] put_cells, d_cells;
  logic [CellBits:0]    free_cells;

  rmt_tm_free #(
    .Cells  (Cells),
    .Waiting(Waiting)
  ) u_free (
    .clk_i,
    .rst_ni,
    .valid_o     (cell_valid),
    .cell_o      (cell_id),
    .get_i       (get),
    .put_valid_i (put_valid),
    .put_head_i  (put_head),
    .put_cells_i (put_cells),
    .drop_valid_i(drop_valid),
    .drop_head_i (d_head),
    .drop_cells_i(d_cells),
    .link_re_o   (link_re[Readers]),
    .link_addr_o (link_raddr[Readers*CellBits +: CellBits]),
    .link_i      (link_r[Readers*CellBits +: CellBits]),
    .free_o      (free_cells),
    .sweeping_o  (sweeping),
    .sweep_o     (sweep),
    .settled_o   (free_settled)
  );
  assign init_done_o = !sweeping;
  assign free_o      = 16'(free_cells);

  // ---------------------------------------------------------------- decision
  logic                 enq_valid, enq_fits, enq_bank, enq_shared, end_valid, d_bank, decide_empty;
  logic [OutBits-1:0]   enq_dest;
  logic [QueueBits-1:0] enq_queue;
  logic [CellBits-1:0]  enq_head;
  logic [BeatsBits-1:0] enq_beats;
  logic [ChainBits-1:0] enq_cells;
  logic [EditLog-1:0]   enq_edit;
  logic [CopyBits-1:0]  end_copies;
  logic                 t_group, t_edit;
  logic [GroupBits-1:0] group_row;

  assign t_group = t_table_i == rmt_pkg::TableIdGroup;
  assign t_edit  = t_table_i == rmt_pkg::TableIdEdit;

  rmt_tm_decide #(
    .Cells  (Cells),
    .Waiting(Waiting)
  ) u_decide (
    .clk_i,
    .rst_ni,
    .valid_i         (w_end),
    .err_i           (beat_i.err),
    .lost_i          (w_lost),
    .head_i          (w_head),
    .cells_i         (w_cells),
    .beats_i         (BeatsBits'((w_len + LenBits'(common_pkg::BeatBytes - 1)) /
                                 LenBits'(common_pkg::BeatBytes))),
    .tag_i           (beat_i.tag),
    .port_i          (beat_i.port),
    .side_i,
    .enq_valid_o     (enq_valid),
    .enq_dest_o      (enq_dest),
    .enq_queue_o     (enq_queue),
    .enq_head_o      (enq_head),
    .enq_beats_o     (enq_beats),
    .enq_cells_o     (enq_cells),
    .enq_edit_o      (enq_edit),
    .enq_bank_o      (enq_bank),
    .enq_shared_o    (enq_shared),
    .enq_fits_i      (enq_fits),
    .end_valid_o     (end_valid),
    .end_copies_o    (end_copies),
    .drop_valid_o    (drop_valid),
    .head_o          (d_head),
    .cells_o         (d_cells),
    .bank_o          (d_bank),
    .verdict_valid_o,
    .verdict_o,
    .bad_port_valid_o,
    .bad_port_o,
    .cnt_copy_o,
    .cnt_copy_drop_o,
    .cnt_again_o,
    .tw_valid_i      (tw_valid_i & t_group),
    .tr_valid_i      (tr_valid_i & t_group),
    .t_addr_i        ({t_bank_i, t_index_i}),
    .tw_data_i       (tw_data_i[GroupBits-1:0]),
    .tr_data_o       (group_row),
    .empty_o         (decide_empty)
  );

  // ---------------------------------------------------------------- queues
  logic [Outputs-1:0]         job_valid, job_done;
  // verilator lint_off UNUSEDSIGNAL
  logic [Outputs*JobBits-1:0] job;                   // readers do not look at the queue
  // verilator lint_on UNUSEDSIGNAL
  logic                       above, queues_empty;

  rmt_tm_queues #(
    .Cells      (Cells),
    .QueueFrames(QueueFrames)
  ) u_queues (
    .clk_i,
    .rst_ni,
    .weight_i,
    .limit_i,
    .lossless_i,
    .threshold_i,
    .above_o    (above),
    .enq_valid_i(enq_valid),
    .enq_dest_i (enq_dest),
    .enq_queue_i(enq_queue),
    .enq_cells_i(enq_cells),
    .enq_frame_i({enq_head, enq_beats, enq_edit, enq_bank, enq_shared}),
    .fits_o     (enq_fits),
    .job_valid_o(job_valid),
    .job_o      (job),
    .job_done_i (job_done),
    .empty_o    (queues_empty)
  );

  // ---------------------------------------------------------------- readers, edits, outputs
  logic [Readers-1:0]         rel_valid, rel_room, edit_re;
  logic [Readers*RelBits-1:0] rel;
  logic [Outputs-1:0]         take, edit_free, egress_empty;
  logic [RowBits-1:0]         edit_t [Readers];
  logic [Outputs-1:0]         o_valid, o_ready;
  logic [Outputs*BeatBits-1:0]  o_beat;
  logic [Outputs*AgainBits-1:0] o_again;

  assign o_ready = {again_ready_i, out_ready_i};

  for (genvar r = 0; r < Readers; r++) begin : gen_reader
    logic [Lanes-1:0]           r_valid, r_done, r_take, r_edit_free, r_beat;
    logic [Lanes*FrameBits-1:0] r_job;
    logic                       first, last, edited;
    logic [EditLog:0]           edit_addr;
    logic [RowBits-1:0]         row;

    for (genvar j = 0; j < Lanes; j++) begin : gen_lane
      localparam int unsigned D = j * Readers + r;
      assign r_valid[j]     = job_valid[D];
      assign r_take[j]      = take[D];
      assign r_edit_free[j] = edit_free[D];
      assign job_done[D]    = r_done[j];
      assign r_job[j*FrameBits +: FrameBits] = job[D*JobBits +: FrameBits];

      logic [AgainBits-1:0]  again;
      common_pkg::pkt_beat_t beat;
      rmt_egress u_egress (
        .clk_i,
        .rst_ni,
        .valid_i    (r_beat[j]),
        .first_i    (first),
        .last_i     (last),
        .edit_i     (edited),
        .data_i     (data_r[r*DataBits +: DataBits]),
        .rec_i      (rec_r[r*RecBits +: RecBits]),
        .row_i      (row),
        .take_o     (take[D]),
        .edit_free_o(edit_free[D]),
        .valid_o    (o_valid[D]),
        .beat_o     (beat),
        .again_o    (again),
        .ready_i    (o_ready[D]),
        .empty_o    (egress_empty[D])
      );
      assign o_beat[D*BeatBits +: BeatBits]    = beat;
      assign o_again[D*AgainBits +: AgainBits] = again;
    end

    rmt_tm_read #(
      .Reader(r),
      .Cells (Cells)
    ) u_read (
      .clk_i,
      .rst_ni,
      .job_valid_i (r_valid),
      .job_i       (r_job),
      .job_done_o  (r_done),
      .data_re_o   (data_re[r]),
      .data_addr_o (data_raddr[r*(CellBits+IdxBits) +: CellBits+IdxBits]),
      .rec_re_o    (rec_re[r]),
      .head_o      (heads[r*CellBits +: CellBits]),
      .link_re_o   (link_re[r]),
      .link_addr_o (link_raddr[r*CellBits +: CellBits]),
      .link_i      (link_r[r*CellBits +: CellBits]),
      .edit_re_o   (edit_re[r]),
      .edit_addr_o (edit_addr),
      .beat_valid_o(r_beat),
      .beat_first_o(first),
      .beat_last_o (last),
      .beat_edit_o (edited),
      .take_i      (r_take),
      .edit_free_i (r_edit_free),
      .rel_valid_o (rel_valid[r]),
      .rel_o       (rel[r*RelBits +: RelBits]),
      .rel_room_i  (rel_room[r])
    );

    // A copy of the table a reader.
    rmt_ram #(
      .Width(RowBits),
      .Depth(rmt_pkg::NumBanks * rmt_pkg::NumEdits)
    ) u_edits (
      .clk_i,
      .a_en_i   (edit_re[r]),
      .a_addr_i (edit_addr),
      .a_rdata_o(row),
      .b_we_i   (tw_valid_i & t_edit),
      .b_re_i   (tr_valid_i & t_edit),
      .b_addr_i ({t_bank_i, t_index_i}),
      .b_wdata_i(tw_data_i),
      .b_rdata_o(edit_t[r])
    );
  end

  assign out_valid_o   = o_valid[Ports-1:0];
  assign out_data_o    = o_beat[Ports*BeatBits-1:0];
  assign again_valid_o = o_valid[rmt_tm_pkg::OutRecirc];
  assign again_beat_o  = o_beat[Ports*BeatBits +: BeatBits];
  assign again_o       = o_again[Ports*AgainBits +: AgainBits];

  // Only frames for the input again need what goes with them; the copies of a table are equal.
  logic unused;
  assign unused = ^{o_again[Ports*AgainBits-1:0], edit_t[Readers-1]};

  // ---------------------------------------------------------------- release
  logic release_empty;
  rmt_tm_release #(.Cells(Cells)) u_release (
    .clk_i,
    .rst_ni,
    .end_valid_i (end_valid),
    .end_head_i  (d_head),
    .end_cells_i (d_cells),
    .end_copies_i(end_copies),
    .end_bank_i  (d_bank),
    .rel_valid_i (rel_valid),
    .rel_i       (rel),
    .rel_room_o  (rel_room),
    .put_valid_o (put_valid),
    .put_head_o  (put_head),
    .put_cells_o (put_cells),
    .gone_o,
    .gone_bank_o,
    .sweeping_i  (sweeping),
    .sweep_i     (sweep),
    .empty_o     (release_empty)
  );

  // ---------------------------------------------------------------- table read-back
  logic tr_edit_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      tr_valid_o <= 1'b0;
      tr_edit_q  <= 1'b0;
    end else begin
      tr_valid_o <= tr_valid_i & (t_group | t_edit);
      tr_edit_q  <= t_edit;
    end
  end
  assign tr_data_o = tr_edit_q ? edit_t[0] : RowBits'(group_row);

  // ---------------------------------------------------------------- lossless, idle
  logic pause_d;
  assign pause_d = above | (lossless_i & (16'(free_cells) < 16'(PauseCells)));
  always_ff @(posedge clk_i) begin
    if (!rst_ni) pause_o <= 1'b0;
    else pause_o <= pause_d;
  end

  assign idle_o = decide_empty & queues_empty & release_empty & free_settled & (&egress_empty) &
                  !pause_o & (free_cells == (CellBits + 1)'(Cells));
endmodule
