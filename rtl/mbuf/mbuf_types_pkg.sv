// SPDX-License-Identifier: Apache-2.0
//
// Types that the parts of mbuf share among themselves; nothing of it is seen outside the block.
// Cell numbers are 16 bits and conn_ids 20 bits here, as on the ports.
/* verilator lint_off UNUSEDPARAM */
package mbuf_types_pkg;
  localparam int unsigned CellIdBits = 32'd16;
  localparam int unsigned FillBits = 32'd9;     // 0..256 bytes of a cell
  localparam int unsigned LiveBits = 32'd9;     // chains in one cell, 0..257
  localparam int unsigned CellSize = 32'd256;   // common.CellBytes


  // What a cell was granted as; 0..2 are the classes of common.msg_cls.
  localparam logic [1:0] GrantReserved = 2'd3;

  // Operations of the connection engine.
  localparam logic [2:0] OpStart = 3'd0;
  localparam logic [2:0] OpCommit = 3'd1;
  localparam logic [2:0] OpQuery = 3'd2;
  localparam logic [2:0] OpCret = 3'd3;
  localparam logic [2:0] OpFreed = 3'd4;
  localparam logic [2:0] OpTable = 3'd5;

  // Side row of a cell. The cell is allocated while `tog` differs from the cell's bit in the
  // released-toggle RAM; so writers and the free engine never write the same RAM.
  localparam int unsigned RowBits = 32'd62;
  typedef struct packed {
    logic        next_v;   // the chain goes on
    logic [15:0] next;
    logic [15:0] sum;      // RFC 1071 sum of the bytes written, not inverted
    logic [19:0] conn_id;  // owner
    logic [3:0]  gen;
    logic        dir;
    logic [1:0]  grant;
    logic        tog;
    logic        shared;   // bytes of more than one segment
  } row_t;

  // One direction of a connection. "tracked" is the cell that the next segment appends to.
  localparam int unsigned DirBits = 32'd98;
  typedef struct packed {
    logic [31:0] credit;     // bytes that may still be written
    logic [7:0]  held;       // cells of committed segments
    logic        rsv_used;   // the reserved cell is in use (or the connection is closed)
    logic        want;       // the producer waits for an event
    logic        lock;       // a segment is being written
    logic        touched;    // credit or cells came back since its start
    logic        open_v;     // there is a tracked cell
    logic [15:0] open_cell;
    logic [8:0]  open_fill;  // bytes used, 1..256
    logic [8:0]  open_live;  // chains in it that are not freed, plus one while a segment is written
    logic [15:0] open_sum;
    logic        open_tog;
    logic [1:0]  open_grant;
  } dir_t;

  localparam int unsigned HdrBits = 32'd19;
  typedef struct packed {
    logic       valid;
    logic [3:0] gen;
    logic [1:0] cls;
    logic [1:0] prod0;
    logic [1:0] prod1;
    logic [7:0] cap;
  } hdr_t;

  localparam int unsigned CtxBits = HdrBits + 2 * DirBits;

  // A finished segment on its way to its descriptor.
  localparam int unsigned SlotBits = 32'd208;
  typedef struct packed {
    logic        noctx;      // refused before it took the direction: nothing to update
    logic [7:0]  code;       // 0, or why it is refused
    logic [19:0] conn_id;
    logic [3:0]  gen;
    logic        dir;
    logic [1:0]  cls;
    logic        som;
    logic        eom;
    logic        fin;
    logic        rst;
    logic        err;
    logic [7:0]  err_code;
    logic [7:0]  epoch;
    logic [47:0] ts;
    logic [15:0] seg_len;    // bytes taken into cells (also of a refused segment)
    logic [15:0] first;
    logic [15:0] last;
    logic [7:0]  n_cells;
    logic [7:0]  offset;
    logic [7:0]  n_new;      // cells allocated for it
    logic        rsv_taken;  // the start took the reservation ...
    logic        rsv_left;   // ... and it was not used
    logic        used_p;     // bytes went into the tracked cell
    logic [8:0]  pos;        // fill of the last cell
    logic [15:0] sum;        // sum of the last cell
    logic        tog;
    logic [1:0]  grant;
  } slot_t;

  // Answer to OpStart.
  localparam int unsigned StartBits = 32'd94;
  typedef struct packed {
    logic [7:0]  code;  // 0: the direction is taken
    logic [31:0] credit;
    logic [7:0]  cells_left;
    logic        rsv_avail;
    logic        open_v;
    logic [15:0] open_cell;
    logic [8:0]  open_fill;
    logic [15:0] open_sum;
    logic        open_tog;
    logic [1:0]  open_grant;
  } start_t;

  // A chain to free.
  localparam int unsigned JobBits = 32'd65;
  typedef struct packed {
    logic [19:0] conn_id;
    logic [3:0]  gen;
    logic        dir;
    logic [15:0] first;
    logic [15:0] last;
    logic [7:0]  n_cells;
  } job_t;

  // A fault or refusal to count; code 0 is none.
  localparam int unsigned FaultBits = 32'd37;
  typedef struct packed {
    logic [7:0]  code;
    logic [2:0]  source;
    logic [1:0]  port;
    logic [19:0] conn_id;
    logic [3:0]  gen;
  } fault_t;
endpackage
/* verilator lint_on UNUSEDPARAM */
