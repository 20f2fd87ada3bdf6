// SPDX-License-Identifier: Apache-2.0
//
// Cell accounting: free cells, reservations not in use, shared cells in use per class, cells held by
// committed segments. Proof: tests/unit/formal/mbuf. Decides who may take a shared cell; every decision reads registers only.
module mbuf_pool #(
  parameter int unsigned NumCells = 4096,
  parameter logic [1:0] RespClass = 2'd1  // common.msg_cls response
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        list_push_i,     // free list, during and after its first filling
  input  logic        list_pop_i,

  input  logic [16*3-1:0] limit_i,     // SHARED_LIMIT, class 0 lowest
  input  logic [15:0] floor_i,         // RESP_FLOOR
  output logic [2:0]  shared_ok_o,     // a shared cell may be granted
  output logic [8*3-1:0] shared_avail_o,  // how many, cut to 255
  output logic        open_ok_o,       // two reservations may be added (one cell may go meanwhile)

  input  logic        alloc_i,         // a cell was granted (list_pop_i is set as well)
  input  logic        alloc_rsv_i,     // ... out of a reservation
  input  logic [1:0]  alloc_cls_i,     // ... or as a shared cell of this class
  input  logic        rel_i,           // a cell came back (list_push_i is set as well)
  input  logic [1:0]  rel_grant_i,
  input  logic [1:0]  rsv_add_i,       // reservations that appear (0..2)
  input  logic [1:0]  rsv_sub_i,       // ... and vanish, by the connection engine
  input  logic [7:0]  held_add_i,      // cells of a committed segment

  output logic [16:0] free_o,
  output logic [16:0] rsv_o,
  output logic [16*3-1:0] used_o,
  output logic [16:0] held_o,
  output logic        leak_o           // free + held is not NumCells; means something only at rest
);
  logic [16:0] free_q, rsv_q, held_q;
  logic [16:0] spare;  // cells nobody has reserved
  logic [2:0] ok;

  assign spare = free_q - rsv_q;
  assign open_ok_o = spare >= 17'd3;
  assign leak_o = ({1'b0, free_q} + {1'b0, held_q}) != 18'(NumCells);

  for (genvar c = 0; c < 3; c++) begin : g_class
    logic [16:0] floor, room_pool, room_class, room;
    logic [15:0] used_q;
    assign floor = (2'(c) == RespClass) ? 17'd0 : {1'b0, floor_i};
    assign room_pool = (spare > floor) ? spare - floor : 17'd0;
    assign room_class = (limit_i[16*c+:16] > used_q) ? {1'b0, limit_i[16*c+:16] - used_q} : 17'd0;
    assign room = (room_pool < room_class) ? room_pool : room_class;
    assign ok[c] = room != 17'd0;
    assign shared_avail_o[8*c+:8] = (room > 17'd255) ? 8'd255 : room[7:0];
    assign used_o[16*c+:16] = used_q;

    logic take, give;
    assign take = alloc_i & ~alloc_rsv_i & (alloc_cls_i == 2'(c));
    assign give = rel_i & (rel_grant_i == 2'(c));
    always_ff @(posedge clk_i) begin
      if (!rst_ni) used_q <= 16'd0;
      else used_q <= used_q + {15'd0, take} - {15'd0, give};
    end
  end
  assign shared_ok_o = ok;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      free_q <= 17'd0;
      rsv_q <= 17'd0;
      held_q <= 17'd0;
    end else begin
      free_q <= free_q + {16'd0, list_push_i} - {16'd0, list_pop_i};
      rsv_q <= rsv_q + {15'd0, rsv_add_i} - {15'd0, rsv_sub_i} - {16'd0, alloc_i & alloc_rsv_i};
      held_q <= held_q + {9'd0, held_add_i} - {16'd0, rel_i};
    end
  end
  assign free_o = free_q;
  assign rsv_o = rsv_q;
  assign held_o = held_q;
endmodule
