// SPDX-License-Identifier: Apache-2.0
//
// Traffic manager: gives every frame its final verdict at its last beat and queues what leaves.
// It takes a beat every cycle; one RAM a port keeps the outputs from disturbing each other.

module rmt_tm #(
  parameter int unsigned Depth = 1024,  // beats a queue; a power of two, > 144 (a 9216-byte frame)
  localparam int unsigned Ports    = rmt_pkg::NumPorts,
  localparam int unsigned BeatBits = common_pkg::PktBeatBits
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,

  // From the deparser; the side band is constant over a frame.
  input  logic                           valid_i,
  input  common_pkg::pkt_beat_t          beat_i,
  input  rmt_pkg::verdict_e              verdict_i,
  input  logic [7:0]                     reason_i,
  input  logic [7:0]                     out_port_i,
  input  logic [7:0]                     epoch_i,
  input  logic [7:0]                     stage_hit_i,
  input  logic [63:0]                    stage_action_i,

  output logic [Ports-1:0]               out_valid_o,
  output logic [Ports*BeatBits-1:0]      out_data_o,
  input  logic [Ports-1:0]               out_ready_i,

  // One pulse a frame in the cycle after its last beat -> platform, counters, in-flight counts.
  output logic                           verdict_valid_o,
  output rmt_pkg::verdict_report_t       verdict_o,
  output logic [7:0]                     bad_port_o,    // the port named, when reason is bad_port

  input  logic                           lossless_i,    // CTRL.LOSSLESS
  input  logic [15:0]                    threshold_i,   // PAUSE_THRESH, beats
  output logic                           pause_o,       // no new frames, please -> rmt_input

  output logic                           idle_o
);

  localparam int unsigned LevelBits = $clog2(Depth) + 1;
  localparam int unsigned PortBits  = common_pkg::PortIdBits;

  localparam logic [$clog2(Ports)-1:0] SlowPort = $clog2(Ports)'(common_pkg::PortIdCpu);

  localparam logic [7:0] ReasonBadPort    = 8'(rmt_pkg::ReasonBadPort);
  localparam logic [7:0] ReasonFrameError = 8'(rmt_pkg::ReasonFrameError);
  localparam logic [7:0] ReasonTailDrop   = 8'(rmt_pkg::ReasonTmTailDrop);

  logic [Ports-1:0]           sel;        // queue this frame goes to, none for a drop
  logic [Ports-1:0]           full, empty;
  logic [Ports*LevelBits-1:0] level;
  logic                       overflow_q, overflow_d;  // the open frame has lost a beat
  logic                       bad_port, eop, commit;

  assign bad_port = (verdict_i == rmt_pkg::VerdictForward) & (out_port_i >= 8'(Ports));
  assign eop      = valid_i & beat_i.eop;

  always_comb begin
    sel = '0;
    if (valid_i) begin
      case (verdict_i)
        rmt_pkg::VerdictSlow:    sel[SlowPort] = 1'b1;
        rmt_pkg::VerdictForward: begin
          for (int unsigned p = 0; p < Ports; p++) begin
            sel[p] = out_port_i == 8'(p);
          end
        end
        default: ;
      endcase
    end
  end

  assign overflow_d = overflow_q | (|(sel & full));
  assign commit     = eop & !beat_i.err & !overflow_d;

  for (genvar p = 0; p < Ports; p++) begin : gen_queue
    rmt_queue #(
      .Width(BeatBits),
      .Depth(Depth)
    ) u_queue (
      .clk_i,
      .rst_ni,
      .write_i   (sel[p] & !overflow_d & !(eop & beat_i.err)),
      .data_i    (beat_i),
      .commit_i  (sel[p] & commit),
      .rollback_i(sel[p] & eop & !commit),
      .full_o    (full[p]),
      .level_o   (level[p*LevelBits +: LevelBits]),
      .valid_o   (out_valid_o[p]),
      .data_o    (out_data_o[p*BeatBits +: BeatBits]),
      .ready_i   (out_ready_i[p]),
      .empty_o   (empty[p])
    );
  end

  // ---------------------------------------------------------------- verdict
  rmt_pkg::verdict_e   verdict_d;
  logic [7:0]          reason_d;
  logic [PortBits-1:0] port_d;

  always_comb begin
    verdict_d = rmt_pkg::VerdictDrop;
    reason_d  = reason_i;
    port_d    = '0;
    if (beat_i.err) begin
      reason_d = ReasonFrameError;
    end else if (bad_port) begin
      reason_d = ReasonBadPort;
    end else if (|sel) begin
      port_d = (verdict_i == rmt_pkg::VerdictSlow) ? PortBits'(common_pkg::PortIdCpu)
                                                   : out_port_i[PortBits-1:0];
      if (overflow_d) begin
        reason_d = ReasonTailDrop;
      end else if (verdict_i == rmt_pkg::VerdictForward) begin
        verdict_d = rmt_pkg::VerdictForward;
        reason_d  = '0;
      end else begin
        verdict_d = rmt_pkg::VerdictSlow;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      overflow_q      <= 1'b0;
      verdict_valid_o <= 1'b0;
    end else begin
      overflow_q      <= overflow_d & !eop;
      verdict_valid_o <= eop;
    end
  end

  always_ff @(posedge clk_i) begin
    if (eop) begin
      verdict_o.tag          <= beat_i.tag;
      verdict_o.port         <= beat_i.port;
      verdict_o.verdict      <= verdict_d;
      verdict_o.reason       <= reason_d;
      verdict_o.out_port     <= port_d;
      verdict_o.epoch        <= epoch_i;
      verdict_o.stage_hit    <= stage_hit_i;
      verdict_o.stage_action <= stage_action_i;
      bad_port_o             <= out_port_i;
    end
  end

  // ---------------------------------------------------------------- lossless
  logic pause_d;
  always_comb begin
    pause_d = 1'b0;
    for (int unsigned p = 0; p < Ports; p++) begin
      pause_d = pause_d | (16'(level[p*LevelBits +: LevelBits]) > threshold_i);
    end
    pause_d = pause_d & lossless_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pause_o <= 1'b0;
    end else begin
      pause_o <= pause_d;
    end
  end

  assign idle_o = (&empty) & !verdict_valid_o & !pause_o;

endmodule
