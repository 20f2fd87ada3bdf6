// SPDX-License-Identifier: Apache-2.0
//
// Input stage: a two-beat FIFO per input, a round-robin arbiter that passes whole frames, the epoch
// stamp, and the count of frames in flight per bank.

module rmt_input #(
  localparam int unsigned Ports    = rmt_pkg::NumPorts,
  localparam int unsigned BeatBits = common_pkg::PktBeatBits
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,

  input  logic [Ports-1:0]              in_valid_i,
  input  logic [Ports*BeatBits-1:0]     in_data_i,
  output logic [Ports-1:0]              in_ready_o,

  input  logic                          enable_i,       // CTRL.ENABLE
  input  logic                          init_done_i,    // every RAM is swept
  input  logic                          pause_i,        // lossless mode: no new frames <- rmt_tm
  input  logic [7:0]                    epoch_i,        // EPOCH

  // One beat a cycle, frames never interleaved -> rmt_window
  output logic                          valid_o,
  output common_pkg::pkt_beat_t         beat_o,
  output logic [7:0]                    epoch_o,        // constant over the frame

  // Judged frames <- rmt_tm
  input  logic                          judged_i,
  input  logic                          judged_bank_i,
  output logic [16*rmt_pkg::NumBanks-1:0] inflight_o,   // frames per bank

  output logic                          cnt_frame_o,    // a last beat was granted -> PKT_IN
  output logic                          idle_o
);

  localparam int unsigned PortBits = $clog2(Ports);
  localparam int unsigned PortIdBits = common_pkg::PortIdBits;

  // Slot 2p and 2p+1 are input p's.
  logic [BeatBits-1:0] mem [2*Ports];
  logic [1:0]          count_q [Ports];  // beats held, 0..2
  logic [1:0]          count_d [Ports];
  logic [Ports-1:0]    tail_q, head_q;   // slot written, read next
  logic [Ports-1:0]    open_q, open_d;   // a frame has begun and not ended at the input
  logic [Ports-1:0]    full, some, push, pop, ready_d;
  logic [Ports-1:0]    in_eop;

  // A struct view of which only eop matters here.
  // verilator lint_off UNUSEDSIGNAL
  common_pkg::pkt_beat_t beat;
  // verilator lint_on UNUSEDSIGNAL
  always_comb begin
    beat   = '0;
    in_eop = '0;
    for (int unsigned p = 0; p < Ports; p++) begin
      if (push[p]) begin
        beat      = in_data_i[p*BeatBits +: BeatBits];
        in_eop[p] = beat.eop;
      end
    end
  end

  // ---------------------------------------------------------------- FIFOs
  for (genvar p = 0; p < Ports; p++) begin : gen_port
    assign push[p]    = in_valid_i[p] & in_ready_o[p];
    assign some[p]    = count_q[p] != 2'd0;
    assign count_d[p] = count_q[p] + {1'b0, push[p]} - {1'b0, pop[p]};
    assign full[p]    = count_d[p][1];
    assign open_d[p]  = push[p] ? !in_eop[p] : open_q[p];
    assign ready_d[p] = !full[p] & (open_d[p] | (enable_i & init_done_i));

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        count_q[p]    <= '0;
        tail_q[p]     <= 1'b0;
        head_q[p]     <= 1'b0;
        open_q[p]     <= 1'b0;
        in_ready_o[p] <= 1'b0;
      end else begin
        count_q[p]    <= count_d[p];
        tail_q[p]     <= tail_q[p] ^ push[p];
        head_q[p]     <= head_q[p] ^ pop[p];
        open_q[p]     <= open_d[p];
        in_ready_o[p] <= ready_d[p];
      end
    end

    always_ff @(posedge clk_i) begin
      if (push[p]) begin
        mem[2 * p + 32'(tail_q[p])] <= in_data_i[p*BeatBits +: BeatBits];
      end
    end
  end

  // ---------------------------------------------------------------- arbiter
  logic [PortBits-1:0] ptr_q;     // first in turn
  logic [PortBits-1:0] owner_q;   // input of the open frame
  logic                locked_q;  // a frame is open
  logic [PortBits-1:0] pick, source;
  logic                any, grant, first;
  common_pkg::pkt_beat_t head;

  // The first non-empty input from ptr_q upwards; those below ptr_q only if none above has a beat.
  always_comb begin
    pick = '0;
    any  = 1'b0;
    for (int unsigned p = 0; p < Ports; p++) begin
      if (some[p] && !any && PortBits'(p) >= ptr_q) begin
        pick = PortBits'(p);
        any  = 1'b1;
      end
    end
    for (int unsigned p = 0; p < Ports; p++) begin
      if (some[p] && !any) begin
        pick = PortBits'(p);
        any  = 1'b1;
      end
    end
  end

  assign first  = !locked_q & any & enable_i & !pause_i;
  assign source = locked_q ? owner_q : pick;
  assign grant  = first | (locked_q & some[source]);
  assign head   = mem[{source, head_q[source]}];

  // The source port a frame is judged by: its input, except that the TOE's place may name the MAC
  // port a frame of its own is meant for (common.port_id toe_p0..toe_p3).
  logic [PortIdBits-1:0] head_port, source_port;
  assign head_port   = head.port;
  assign source_port = (32'(source) == 32'(common_pkg::PortIdToe) &&
                        head_port[PortIdBits-1:2] == 2'b10) ? head_port : PortIdBits'(source);

  always_comb begin
    pop = '0;
    pop[source] = grant;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      ptr_q    <= '0;
      owner_q  <= '0;
      locked_q <= 1'b0;
      valid_o  <= 1'b0;
    end else begin
      valid_o <= grant;
      if (grant) begin
        owner_q  <= source;
        locked_q <= !head.eop;
        if (head.eop) begin
          ptr_q <= (source == PortBits'(Ports - 1)) ? '0 : source + 1'b1;
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (grant) begin
      beat_o      <= head;
      {beat_o.port} <= source_port;  // concatenated: yosys has no cast to an enum
    end
    if (first) begin
      epoch_o <= epoch_i;
    end
  end

  // ---------------------------------------------------------------- frames in flight
  logic [15:0] inflight_q [rmt_pkg::NumBanks];
  logic [rmt_pkg::NumBanks-1:0] more, less, none;

  for (genvar b = 0; b < rmt_pkg::NumBanks; b++) begin : gen_bank
    assign more[b] = first & (epoch_i[0] == 1'(b));
    assign less[b] = judged_i & (judged_bank_i == 1'(b));
    assign none[b] = inflight_q[b] == '0;
    assign inflight_o[16*b +: 16] = inflight_q[b];
    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        inflight_q[b] <= '0;
      end else begin
        inflight_q[b] <= inflight_q[b] + {15'h0, more[b]} - {15'h0, less[b]};
      end
    end
  end

  assign cnt_frame_o = grant & head.eop;

  // Ready must have settled too: it follows ENABLE one cycle later.
  assign idle_o = !(|some) & (&none) & !valid_o & (in_ready_o == {Ports{enable_i & init_done_i}});

endmodule
