// SPDX-License-Identifier: Apache-2.0
//
// Inside the VQ block: what its engines ask of the ring unit (vq_ring.sv). Nothing here is visible
// to software. C++ twin: cmodel/vq/ring_unit.hpp.

/* verilator lint_off UNUSEDPARAM */
package vq_int_pkg;
  // Clients of the ring unit, in the order of its arbiter.
  localparam int unsigned NumClients = 7;
  localparam int unsigned ClTbl = 0;
  localparam int unsigned ClRx = 1;
  localparam int unsigned ClTxi = 2;
  localparam int unsigned ClTxw = 3;
  localparam int unsigned ClDb = 4;
  localparam int unsigned ClEv = 5;
  localparam int unsigned ClCevt = 6;

  typedef enum logic [3:0] {
    OpNone     = 4'd0,
    OpRead     = 4'd1,   // table read: nothing changes
    OpBind     = 4'd2,   // table write
    OpClear    = 4'd3,   // table clear: start closing
    OpOpen     = 4'd4,   // announce with an OPEN event
    OpRxBegin  = 4'd5,   // message for conn_id: may it go into its ring?
    OpRxEnd    = 4'd6,   // its bytes are written (or a window refused them)
    OpTxBegin  = 4'd7,   // ring from the schedule: is there anything to fetch?
    OpTxIssue  = 4'd8,   // fetch this much, or why not
    OpTxCheck  = 4'd9,   // may this fetched segment be written into mbuf?
    OpTxDone   = 4'd10,  // what became of it
    OpDb       = 4'd11,  // take over the doorbell slot
    OpEvent    = 4'd12,  // take one event that is due
    OpCredit   = 4'd13   // conn_id has credit again
  } op_e;

  // OpRxBegin's answer.
  localparam logic [2:0] ResOk = 3'd0;
  localparam logic [2:0] ResUnknown = 3'd1;
  localparam logic [2:0] ResStale = 3'd2;
  localparam logic [2:0] ResClosed = 3'd3;
  localparam logic [2:0] ResOverrun = 3'd4;
  // Every other operation's.
  localparam logic [2:0] ResNo = 3'd1;

  // OpTxIssue.kind
  localparam logic [1:0] IssueGo = 2'd0;      // reads may start
  localparam logic [1:0] IssuePark = 2'd1;    // mbuf has no credit: it will say when
  localparam logic [1:0] IssueWait = 2'd2;    // segments in flight have spoken for the credit
  localparam logic [1:0] IssueFault = 2'd3;   // outside the windows
  // OpTxDone.kind
  localparam logic [1:0] DoneOk = 2'd0;       // stored
  localparam logic [1:0] DoneRefused = 2'd1;  // mbuf stored nothing: fetch again
  localparam logic [1:0] DoneDrop = 2'd2;     // OpTxCheck said no
  localparam logic [1:0] DoneErr = 2'd3;      // a read failed

  typedef struct packed {
    logic [3:0]  op;
    logic [15:0] ring;          // not for OpRxBegin and OpCredit, which look conn_id up
    logic [19:0] conn_id;
    logic [3:0]  gen;
    logic [31:0] start;         // TX index of the segment's first byte
    logic [15:0] len;           // bytes
    logic [1:0]  kind;
    logic        fin;
    logic        rst;
    logic        err;           // OpRxEnd: the message itself carries an error
    logic        fault;         // OpRxEnd: a window refused the write
    logic [31:0] info;          // for the error record
  } ring_req_t;
  localparam int unsigned RingReqBits = 4 + 16 + 20 + 4 + 32 + 16 + 2 + 4 + 32;
endpackage
/* verilator lint_on UNUSEDPARAM */
