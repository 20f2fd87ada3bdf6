// SPDX-License-Identifier: Apache-2.0
//
// mbuf_pool in the weakest surroundings the block guarantees: it is filled once, a cell is granted
// only to somebody entitled, every cell comes back as what it was granted. Then reservations can
// always be honoured and no count leaves its range.
module mbuf_pool_proof #(
  parameter int unsigned NumCells = 16
) (
  input logic clk_i,
  input logic rst_ni,
  input logic [47:0] limit_i,
  input logic [15:0] floor_i,
  input logic want_alloc_i, want_rsv_i,
  input logic [1:0] want_cls_i,
  input logic want_rel_i,
  input logic [1:0] want_grant_i,
  input logic open_i, close_i,
  input logic [1:0] sub_i
);
  logic [2:0] ok;
  logic [23:0] avail;
  logic open_ok, leak;
  logic [16:0] free, rsv, held;
  logic [47:0] used;

  // Filling, then work.
  logic [16:0] fill_q;
  logic filled;
  assign filled = fill_q == 17'(NumCells);

  // Cells out: reservations and shared ones.
  logic [16:0] out_rsv_q, out_q;
  logic alloc, alloc_rsv, rel, give_rsv;
  logic cls_ok;
  assign cls_ok = (want_cls_i == 2'd0) ? ok[0] : (want_cls_i == 2'd1) ? ok[1]
      : (want_cls_i == 2'd2) ? ok[2] : 1'b0;
  assign alloc_rsv = want_rsv_i & (rsv != 17'd0);
  assign alloc = filled & want_alloc_i & (free != 17'd0) & (want_rsv_i ? alloc_rsv : cls_ok);
  logic rel_ok;
  assign rel_ok = (want_grant_i == 2'd3) ? (out_rsv_q != 17'd0)
      : (want_grant_i == 2'd0) ? (used[15:0] != 16'd0)
      : (want_grant_i == 2'd1) ? (used[31:16] != 16'd0) : (used[47:32] != 16'd0);
  assign rel = filled & want_rel_i & rel_ok;
  assign give_rsv = rel & (want_grant_i == 2'd3) & close_i;  // its connection is still open

  // One engine operation a cycle: a release, an open, or a close.
  logic [1:0] add, sub;
  logic [16:0] sub_room;
  assign sub_room = rsv - {16'd0, alloc & alloc_rsv};
  assign add = rel ? {1'b0, give_rsv} : (filled & open_i & open_ok) ? 2'd2 : 2'd0;
  assign sub = (rel | open_i) ? 2'd0 : ({15'd0, sub_i} <= sub_room && sub_i != 2'd3) ? sub_i : 2'd0;

  mbuf_pool #(.NumCells(NumCells)) u_pool (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .list_push_i(filled ? rel : 1'b1), .list_pop_i(alloc),
    .limit_i(limit_i), .floor_i(floor_i), .shared_ok_o(ok), .shared_avail_o(avail),
    .open_ok_o(open_ok), .alloc_i(alloc), .alloc_rsv_i(alloc & alloc_rsv), .alloc_cls_i(want_cls_i),
    .rel_i(rel), .rel_grant_i(want_grant_i), .rsv_add_i(add), .rsv_sub_i(sub), .held_add_i(8'd0),
    .free_o(free), .rsv_o(rsv), .used_o(used), .held_o(held), .leak_o(leak)
  );

  logic seen_reset_q;
  initial seen_reset_q = 1'b0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      seen_reset_q <= 1'b1;
      fill_q <= 17'd0;
      out_q <= 17'd0;
      out_rsv_q <= 17'd0;
    end else begin
      if (!filled) fill_q <= fill_q + 17'd1;
      out_q <= out_q + {16'd0, alloc} - {16'd0, rel};
      out_rsv_q <= out_rsv_q + {16'd0, alloc & alloc_rsv}
          - {16'd0, rel & (want_grant_i == 2'd3)};
    end
  end

  logic [17:0] used_sum;
  assign used_sum = {2'd0, used[15:0]} + {2'd0, used[31:16]} + {2'd0, used[47:32]};
`ifdef FORMAL
  always_comb begin
    if (seen_reset_q) begin
      assert (fill_q <= 17'(NumCells));
      assert (free + out_q == fill_q);                       // conservation
      assert (free <= 17'(NumCells) && out_q <= 17'(NumCells));
      assert (rsv <= free);                                  // a reservation is always there
      assert (filled || (rsv == 17'd0 && out_q == 17'd0));
      assert (used_sum + {1'b0, out_rsv_q} == {1'b0, out_q});  // every cell out is something
      assert (used[15:0] <= 16'(NumCells) && used[31:16] <= 16'(NumCells)
              && used[47:32] <= 16'(NumCells) && out_rsv_q <= 17'(NumCells));
      // Others than responses leave the floor alone.
      assert (!ok[0] || free > rsv + {1'b0, floor_i});
      assert (!ok[2] || free > rsv + {1'b0, floor_i});
    end
  end
`endif
  logic unused;
  assign unused = ^{avail, leak, held};
endmodule
