// SPDX-License-Identifier: Apache-2.0
//
// Input stage: a two-beat FIFO per input, a weighted round robin that passes whole frames, the epoch
// stamp, and the count of frames in flight per bank. Input 7 is recirculation: its frames keep
// epoch, tag and source, and neither CTRL.ENABLE nor the pause flag holds them up.

module rmt_input #(
  localparam int unsigned Ports     = rmt_pkg::NumPorts,
  localparam int unsigned Inputs    = rmt_pkg::NumInputs,
  localparam int unsigned BeatBits  = common_pkg::PktBeatBits,
  localparam int unsigned AgainBits = rmt_tm_pkg::AgainBits
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,

  input  logic [Ports-1:0]              in_valid_i,
  input  logic [Ports*BeatBits-1:0]     in_data_i,
  output logic [Ports-1:0]              in_ready_o,
  // Recirculated frames                                    <- rmt_tm
  input  logic                          again_valid_i,
  input  logic [BeatBits-1:0]           again_beat_i,
  input  logic [AgainBits-1:0]          again_i,        // with each beat
  output logic                          again_ready_o,

  input  logic                          enable_i,       // CTRL.ENABLE
  input  logic                          init_done_i,    // every RAM is swept
  input  logic                          pause_i,        // lossless mode: no new frames <- rmt_tm
  input  logic [7:0]                    epoch_i,        // EPOCH
  input  logic [Inputs*4-1:0]           weight_i,       // IN_WEIGHT

  // One beat a cycle, frames never interleaved -> rmt_window
  output logic                          valid_o,
  output common_pkg::pkt_beat_t         beat_o,
  output logic [AgainBits-1:0]          side_o,         // rmt_tm_pkg::again_t, constant over the frame

  // Frames dropped, frames whose last copy has left <- rmt_tm
  input  logic                          dropped_i,
  input  logic                          dropped_bank_i,
  input  logic                          gone_i,
  input  logic                          gone_bank_i,
  output logic [16*rmt_pkg::NumBanks-1:0] inflight_o,   // frames per bank

  output logic                          cnt_frame_o,    // a new frame's last beat was granted -> PKT_IN
  output logic                          idle_o
);

  localparam int unsigned IdxBits    = $clog2(Inputs);
  localparam int unsigned PortIdBits = common_pkg::PortIdBits;
  localparam int unsigned Again      = Inputs - 1;

  // Slot 2p and 2p+1 are input p's.
  logic [BeatBits-1:0]  mem [2*Inputs];
  logic [AgainBits-1:0] again_mem [2];
  logic [1:0]           count_q [Inputs];  // beats held, 0..2
  logic [1:0]           count_d [Inputs];
  logic [Inputs-1:0]    tail_q, head_q;    // slot written, read next
  logic [Inputs-1:0]    open_q, open_d;    // a frame has begun and not ended at the input
  logic [Inputs-1:0]    full, some, push, pop, ready_d, ready_q, allowed;
  logic [Inputs-1:0]    in_valid, in_eop;
  logic [Inputs*BeatBits-1:0] in_data;

  assign in_valid      = {again_valid_i, in_valid_i};
  assign in_data       = {again_beat_i, in_data_i};
  assign in_ready_o    = ready_q[Ports-1:0];
  assign again_ready_o = ready_q[Again];
  // What comes again has begun long ago.
  assign allowed       = {init_done_i, {Ports{enable_i & init_done_i}}};

  // A struct view of which only eop matters here.
  // verilator lint_off UNUSEDSIGNAL
  common_pkg::pkt_beat_t beat;
  // verilator lint_on UNUSEDSIGNAL
  always_comb begin
    beat   = '0;
    in_eop = '0;
    for (int unsigned p = 0; p < Inputs; p++) begin
      if (push[p]) begin
        beat      = in_data[p*BeatBits +: BeatBits];
        in_eop[p] = beat.eop;
      end
    end
  end

  // ---------------------------------------------------------------- FIFOs
  for (genvar p = 0; p < Inputs; p++) begin : gen_port
    assign push[p]    = in_valid[p] & ready_q[p];
    assign some[p]    = count_q[p] != 2'd0;
    assign count_d[p] = count_q[p] + {1'b0, push[p]} - {1'b0, pop[p]};
    assign full[p]    = count_d[p][1];
    assign open_d[p]  = push[p] ? !in_eop[p] : open_q[p];
    assign ready_d[p] = !full[p] & (open_d[p] | allowed[p]);

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        count_q[p] <= '0;
        tail_q[p]  <= 1'b0;
        head_q[p]  <= 1'b0;
        open_q[p]  <= 1'b0;
        ready_q[p] <= 1'b0;
      end else begin
        count_q[p] <= count_d[p];
        tail_q[p]  <= tail_q[p] ^ push[p];
        head_q[p]  <= head_q[p] ^ pop[p];
        open_q[p]  <= open_d[p];
        ready_q[p] <= ready_d[p];
      end
    end

    always_ff @(posedge clk_i) begin
      if (push[p]) begin
        mem[2 * p + 32'(tail_q[p])] <= in_data[p*BeatBits +: BeatBits];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (push[Again]) again_mem[tail_q[Again]] <= again_i;
  end

  // ---------------------------------------------------------------- arbiter
  logic                locked_q;  // a frame is open
  logic [Inputs-1:0]   req;
  logic [IdxBits-1:0]  source;
  logic                grant, first, fresh;
  common_pkg::pkt_beat_t head;

  // An open frame goes on whatever holds up new ones.
  assign req = locked_q ? some
                        : some & {1'b1, {Ports{enable_i & !pause_i}}};

  wrr_arbiter #(
    .N         (Inputs),
    .WeightBits(4)
  ) u_arbiter (
    .clk_i,
    .rst_ni,
    .weight_i,
    .req_i        (req),
    .accept_i     (grant),
    .last_i       (head.eop),
    .grant_valid_o(grant),
    .grant_o      (pop),
    .grant_idx_o  (source)
  );

  assign head  = mem[{source, head_q[source]}];
  assign first = grant & !locked_q;
  assign fresh = source != IdxBits'(Again);

  // The source port a frame is judged by: its input, except that the TOE's place may name the MAC
  // port a frame of its own is meant for (common.port_id toe_p0..toe_p3), and that a recirculated
  // frame keeps what it had.
  logic [PortIdBits-1:0] head_port, source_port;
  assign head_port   = head.port;
  assign source_port = (!fresh || (32'(source) == 32'(common_pkg::PortIdToe) &&
                                   head_port[PortIdBits-1:2] == 2'b10)) ? head_port
                                                                        : PortIdBits'(source);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      locked_q <= 1'b0;
      valid_o  <= 1'b0;
    end else begin
      valid_o <= grant;
      if (grant) begin
        locked_q <= !head.eop;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (grant) begin
      beat_o      <= head;
      {beat_o.port} <= source_port;  // concatenated: yosys has no cast to an enum
    end
    if (first) begin
      side_o <= fresh ? AgainBits'(epoch_i) : again_mem[head_q[Again]];
    end
  end

  // ---------------------------------------------------------------- frames in flight
  logic [15:0] inflight_q [rmt_pkg::NumBanks];
  logic [rmt_pkg::NumBanks-1:0] more, less, gone, none;

  for (genvar b = 0; b < rmt_pkg::NumBanks; b++) begin : gen_bank
    assign more[b] = first & fresh & (epoch_i[0] == 1'(b));
    assign less[b] = dropped_i & (dropped_bank_i == 1'(b));
    assign gone[b] = gone_i & (gone_bank_i == 1'(b));
    assign none[b] = inflight_q[b] == '0;
    assign inflight_o[16*b +: 16] = inflight_q[b];
    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        inflight_q[b] <= '0;
      end else begin
        inflight_q[b] <= inflight_q[b] + {15'h0, more[b]} - {15'h0, less[b]} - {15'h0, gone[b]};
      end
    end
  end

  assign cnt_frame_o = grant & head.eop & fresh;

  // Ready must have settled too: it follows ENABLE one cycle later.
  assign idle_o = !(|some) & (&none) & !valid_o & (ready_q == allowed);

endmodule
