// SPDX-License-Identifier: Apache-2.0
//
// What the parts of the traffic manager hand to each other, and the sizes they share. yosys 0.23 has
// no packages that name others: numbers that follow from the contract are checked in rmt_tm.
/* verilator lint_off UNUSEDPARAM */  // not every build uses all of it
package rmt_tm_pkg;
  localparam int unsigned CellBeats = 4;  // common.CellBytes / common.BeatBytes
  localparam int unsigned LenBits   = 14;  // bytes of a frame: common.MaxFrame and MaxPasses edits fit
  localparam int unsigned BeatsBits = LenBits - 6;  // beats of a frame
  localparam int unsigned ChainBits = BeatsBits - 2;  // cells of a frame
  localparam int unsigned CopyBits  = 5;  // copies of a frame, up to rmt.GroupCopies
  localparam int unsigned OutBits   = 3;  // rmt.NumOutputs
  localparam int unsigned QueueBits = 2;  // rmt.NumQueues
  localparam int unsigned Queues    = 32;  // rmt.NumOutputs x rmt.NumQueues
  localparam int unsigned GroupLog  = 8;  // rmt.NumGroups
  localparam int unsigned EditLog   = 8;  // rmt.NumEdits
  // Destinations that share a reader: port p uses reader p mod TmReaders.
  localparam int unsigned Lanes     = 4;
  localparam int unsigned LaneBits  = 2;

  localparam logic [OutBits-1:0] OutRecirc = 3'd7;  // common.port_id recirc

  // What the deparser says of a frame with each of its beats.
  typedef struct packed {
    logic [1:0]           verdict;       // rmt.verdict
    logic [7:0]           reason;        // 0 with forward
    logic [7:0]           out_port;      // forward: unchecked; slow: cpu
    logic [QueueBits-1:0] out_queue;
    logic [EditLog-1:0]   edit;
    logic [GroupLog-1:0]  group;
    logic [13:0]          entropy;
    logic [31:0]          recirc;        // word for the next pass
    logic [2:0]           passes;        // times the frame was recirculated
    logic [7:0]           stage_hit;
    logic [63:0]          stage_action;
    logic [7:0]           epoch;         // last: bit 0 is the bank
  } side_t;
  localparam int unsigned SideBits = 2 + 8 + 8 + QueueBits + EditLog + GroupLog +
                                     14 + 32 + 3 + 8 + 64 + 8;

  // What is kept of a frame at its head cell.
  typedef struct packed {
    logic [31:0]          tag;
    logic [3:0]           port;          // source
    logic [LenBits-1:0]   len;           // bytes
    logic [13:0]          entropy;
    logic [31:0]          recirc;
    logic [2:0]           passes;
    logic [7:0]           epoch;
  } rec_t;
  localparam int unsigned RecBits = 32 + 4 + LenBits + 14 + 32 + 3 + 8;

  // What goes with a recirculated frame beside its beats.
  typedef struct packed {
    logic [31:0]          recirc;
    logic [2:0]           passes;
    logic [7:0]           epoch;
  } again_t;
  localparam int unsigned AgainBits = 32 + 3 + 8;
endpackage
