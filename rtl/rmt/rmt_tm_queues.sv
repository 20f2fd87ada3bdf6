// SPDX-License-Identifier: Apache-2.0
//
// Egress queues: NumQueues a destination, each a ring of frames with a limit in cells. A weighted
// round robin a destination picks the next frame; picked frames wait in a short FIFO, the jobs of
// the readers. One frame a cycle comes in, one a cycle and reader goes out.

module rmt_tm_queues #(
  parameter int unsigned Cells       = rmt_pkg::TmCells,
  parameter int unsigned QueueFrames = rmt_pkg::QueueFrames,  // a power of two
  localparam int unsigned Outputs   = rmt_pkg::NumOutputs,
  localparam int unsigned PerDest   = rmt_pkg::NumQueues,
  localparam int unsigned Queues    = rmt_tm_pkg::Queues,
  localparam int unsigned Readers   = rmt_pkg::TmReaders,
  localparam int unsigned Lanes     = rmt_tm_pkg::Lanes,
  localparam int unsigned LaneBits  = rmt_tm_pkg::LaneBits,
  localparam int unsigned OutBits   = rmt_tm_pkg::OutBits,
  localparam int unsigned QueueBits = rmt_tm_pkg::QueueBits,
  localparam int unsigned CellBits  = $clog2(Cells),
  localparam int unsigned ChainBits = rmt_tm_pkg::ChainBits,
  localparam int unsigned BeatsBits = rmt_tm_pkg::BeatsBits,
  localparam int unsigned EditLog   = rmt_tm_pkg::EditLog,
  localparam int unsigned LimitBits = 12,
  // {head, beats, edit, bank, shared}; a job has its queue on top.
  localparam int unsigned FrameBits = CellBits + BeatsBits + EditLog + 2,
  localparam int unsigned JobBits   = QueueBits + FrameBits
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,

  input  logic [Queues*4-1:0]         weight_i,       // Q_WEIGHT
  input  logic [Queues*LimitBits-1:0] limit_i,        // Q_LIMIT
  input  logic                        lossless_i,
  input  logic [15:0]                 threshold_i,    // PAUSE_THRESH
  output logic                        above_o,        // lossless and a queue above the threshold

  input  logic                        enq_valid_i,    // queued if fits_o
  input  logic [OutBits-1:0]          enq_dest_i,
  input  logic [QueueBits-1:0]        enq_queue_i,
  input  logic [ChainBits-1:0]        enq_cells_i,
  input  logic [FrameBits-1:0]        enq_frame_i,
  output logic                        fits_o,

  // Oldest job of each destination; done takes it away      <-> rmt_tm_read
  output logic [Outputs-1:0]          job_valid_o,
  output logic [Outputs*JobBits-1:0]  job_o,
  input  logic [Outputs-1:0]          job_done_i,     // one a cycle and reader at most

  output logic                        empty_o
);
  localparam int unsigned IdxBits   = OutBits + QueueBits;
  localparam int unsigned PtrBits   = $clog2(QueueFrames);
  localparam int unsigned LevelBits = CellBits + 1;
  localparam int unsigned CellLog   = $clog2(rmt_tm_pkg::CellBeats);
  localparam int unsigned Jobs      = 4;              // a destination, those on their way included
  localparam int unsigned JobLog    = $clog2(Jobs);

  logic [PtrBits:0]     frames_q [Queues];            // in the ring
  logic [PtrBits-1:0]   wptr_q   [Queues];
  logic [PtrBits-1:0]   rptr_q   [Queues];
  logic [LevelBits-1:0] cells_q  [Queues];            // of frames not yet read to their end
  logic [Queues-1:0]    some_q, some_d;               // the ring holds a frame

  // ---------------------------------------------------------------- enqueue
  logic [IdxBits-1:0]   enq_idx;
  logic                 enq;
  logic [LevelBits-1:0] enq_level;                    // the queue's cells with the frame

  assign enq_idx   = {enq_dest_i, enq_queue_i};
  always_comb begin
    fits_o    = 1'b0;
    enq_level = '0;
    if (enq_valid_i) begin
      enq_level = cells_q[enq_idx] + LevelBits'(enq_cells_i);
      fits_o    = !frames_q[enq_idx][PtrBits] &
                  (16'(enq_level) <= 16'(limit_i[enq_idx*LimitBits +: LimitBits]));
    end
  end
  assign enq = enq_valid_i & fits_o;

  // ---------------------------------------------------------------- who is next
  logic [Readers-1:0]           pop_valid;
  logic [Readers*IdxBits-1:0]   pop_idx;
  logic [Readers-1:0]           got_q;                // the ring's read register shows a frame
  logic [Readers*LaneBits-1:0]  got_lane_q;
  logic [Readers*QueueBits-1:0] got_queue_q;
  logic [Readers*FrameBits-1:0] got;
  logic [Outputs-1:0]           room, popped;
  logic [Outputs*QueueBits-1:0] turn;                 // queue whose turn it is

  for (genvar d = 0; d < Outputs; d++) begin : gen_dest
    // verilator lint_off PINCONNECTEMPTY
    wrr_arbiter #(
      .N         (PerDest),
      .WeightBits(4)
    ) u_wrr (
      .clk_i,
      .rst_ni,
      .weight_i     (weight_i[d*PerDest*4 +: PerDest*4]),
      .req_i        (some_q[d*PerDest +: PerDest]),
      .accept_i     (popped[d]),
      .last_i       (1'b1),
      .grant_valid_o(),
      .grant_o      (),
      .grant_idx_o  (turn[d*QueueBits +: QueueBits])
    );
    // verilator lint_on PINCONNECTEMPTY
  end

  for (genvar r = 0; r < Readers; r++) begin : gen_reader
    logic [FrameBits-1:0] ring [Lanes * PerDest * QueueFrames];
    logic [Lanes-1:0]     want;
    logic [LaneBits-1:0]  lane;
    logic                 any;
    logic [OutBits-1:0]   dest;
    logic [QueueBits-1:0] queue;
    logic [FrameBits-1:0] got_q_frame;

    for (genvar j = 0; j < Lanes; j++) begin : gen_lane
      localparam int unsigned D = j * Readers + r;
      assign want[j]   = room[D] & (some_q[D*PerDest +: PerDest] != '0);
      assign popped[D] = any & (lane == LaneBits'(j));
    end

    // verilator lint_off PINCONNECTEMPTY
    rr_arbiter #(.N(Lanes)) u_rr (
      .clk_i,
      .rst_ni,
      .req_i        (want),
      .accept_i     (any),
      .last_i       (1'b1),
      .grant_valid_o(any),
      .grant_o      (),
      .grant_idx_o  (lane)
    );
    // verilator lint_on PINCONNECTEMPTY

    assign dest  = OutBits'(lane) * OutBits'(Readers) + OutBits'(r);
    assign queue = turn[dest*QueueBits +: QueueBits];
    assign pop_valid[r] = any;
    assign pop_idx[r*IdxBits +: IdxBits] = {dest, queue};

    always_ff @(posedge clk_i) begin
      if (enq && (32'(enq_dest_i) % Readers) == r) begin
        ring[{enq_dest_i[OutBits-1 -: LaneBits], enq_queue_i, wptr_q[enq_idx]}] <= enq_frame_i;
      end
    end
    always_ff @(posedge clk_i) begin
      if (any) got_q_frame <= ring[{lane, queue, rptr_q[{dest, queue}]}];
    end
    assign got[r*FrameBits +: FrameBits] = got_q_frame;

    always_ff @(posedge clk_i) begin
      if (!rst_ni) got_q[r] <= 1'b0;
      else got_q[r] <= any;
    end
    always_ff @(posedge clk_i) begin
      if (any) begin
        got_lane_q[r*LaneBits +: LaneBits]    <= lane;
        got_queue_q[r*QueueBits +: QueueBits] <= queue;
      end
    end
  end

  // ---------------------------------------------------------------- jobs
  logic [JobBits-1:0]   job_mem [Outputs*Jobs];
  logic [JobLog-1:0]    job_wptr_q [Outputs];
  logic [JobLog-1:0]    job_rptr_q [Outputs];
  logic [JobLog:0]      held_q     [Outputs];         // picked and not done
  logic [JobLog:0]      job_level_q[Outputs];         // of these, in job_mem
  logic [Outputs-1:0]   arrive;

  for (genvar d = 0; d < Outputs; d++) begin : gen_jobs
    localparam int unsigned R = d % Readers;
    assign arrive[d] = got_q[R] & (got_lane_q[R*LaneBits +: LaneBits] == LaneBits'(d / Readers));
    assign room[d]   = !held_q[d][JobLog];
    assign job_valid_o[d] = job_level_q[d] != '0;
    assign job_o[d*JobBits +: JobBits] = job_mem[d * Jobs + 32'(job_rptr_q[d])];

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        job_wptr_q[d]  <= '0;
        job_rptr_q[d]  <= '0;
        held_q[d]      <= '0;
        job_level_q[d] <= '0;
      end else begin
        if (arrive[d]) job_wptr_q[d] <= job_wptr_q[d] + 1'b1;
        if (job_done_i[d]) job_rptr_q[d] <= job_rptr_q[d] + 1'b1;
        if (popped[d] != job_done_i[d]) begin
          held_q[d] <= popped[d] ? held_q[d] + 1'b1 : held_q[d] - 1'b1;
        end
        if (arrive[d] != job_done_i[d]) begin
          job_level_q[d] <= arrive[d] ? job_level_q[d] + 1'b1 : job_level_q[d] - 1'b1;
        end
      end
    end
    always_ff @(posedge clk_i) begin
      if (arrive[d]) begin
        job_mem[d * Jobs + 32'(job_wptr_q[d])] <=
            {got_queue_q[R*QueueBits +: QueueBits], got[R*FrameBits +: FrameBits]};
      end
    end
  end

  // ---------------------------------------------------------------- levels
  // A reader ends one job a cycle at most; the two readers' queues are different ones.
  logic [Readers-1:0]           end_valid;
  logic [Readers*IdxBits-1:0]   end_idx;
  logic [Readers*LevelBits-1:0] end_cells;
  // verilator lint_off UNUSEDSIGNAL
  logic [JobBits-1:0]           job;        // queue and beats count
  logic [BeatsBits-1:0]         job_beats;  // rounded up to cells
  // verilator lint_on UNUSEDSIGNAL

  always_comb begin
    end_valid = '0;
    end_idx   = '0;
    end_cells = '0;
    job       = '0;
    job_beats = '0;
    for (int unsigned d = 0; d < Outputs; d++) begin
      if (job_done_i[d]) begin
        job = job_o[d*JobBits +: JobBits];
        job_beats = job[EditLog + 2 +: BeatsBits] + BeatsBits'(rmt_tm_pkg::CellBeats - 1);
        end_valid[d % Readers] = 1'b1;
        end_idx[(d % Readers)*IdxBits +: IdxBits] = {OutBits'(d), job[JobBits-1 -: QueueBits]};
        end_cells[(d % Readers)*LevelBits +: LevelBits] =
            LevelBits'(job_beats[BeatsBits-1:CellLog]);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned q = 0; q < Queues; q++) begin
        frames_q[q] <= '0;
        cells_q[q]  <= '0;
        wptr_q[q]   <= '0;
        rptr_q[q]   <= '0;
      end
    end else begin
      if (enq) begin
        wptr_q[enq_idx]   <= wptr_q[enq_idx] + 1'b1;
        frames_q[enq_idx] <= frames_q[enq_idx] + 1'b1;
        cells_q[enq_idx]  <= enq_level;
      end
      for (int unsigned r = 0; r < Readers; r++) begin
        if (pop_valid[r]) begin
          rptr_q[pop_idx[r*IdxBits +: IdxBits]] <= rptr_q[pop_idx[r*IdxBits +: IdxBits]] + 1'b1;
          frames_q[pop_idx[r*IdxBits +: IdxBits]] <= frames_q[pop_idx[r*IdxBits +: IdxBits]] -
              (PtrBits + 1)'(!(enq && enq_idx == pop_idx[r*IdxBits +: IdxBits]));
        end
        if (end_valid[r]) begin
          cells_q[end_idx[r*IdxBits +: IdxBits]] <=
              ((enq && enq_idx == end_idx[r*IdxBits +: IdxBits])
                   ? enq_level : cells_q[end_idx[r*IdxBits +: IdxBits]]) -
              end_cells[r*LevelBits +: LevelBits];
        end
      end
    end
  end

  always_comb begin
    some_d = some_q;
    for (int unsigned r = 0; r < Readers; r++) begin
      if (pop_valid[r] && frames_q[pop_idx[r*IdxBits +: IdxBits]] == (PtrBits + 1)'(1)) begin
        some_d[pop_idx[r*IdxBits +: IdxBits]] = 1'b0;
      end
    end
    if (enq) some_d[enq_idx] = 1'b1;
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) some_q <= '0;
    else some_q <= some_d;
  end

  // ---------------------------------------------------------------- lossless, idle
  always_comb begin
    above_o = 1'b0;
    if (lossless_i) begin
      for (int unsigned q = 0; q < Queues; q++) begin
        above_o = above_o | (16'(cells_q[q]) > threshold_i);
      end
    end
  end

  logic [Outputs-1:0] held_any;
  for (genvar d = 0; d < Outputs; d++) begin : gen_held
    assign held_any[d] = held_q[d] != '0;
  end
  assign empty_o = (some_q == '0) & (held_any == '0);
endmodule
