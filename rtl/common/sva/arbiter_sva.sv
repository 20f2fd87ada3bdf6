// SPDX-License-Identifier: Apache-2.0
//
// One-hot grants, frames kept together and bounded waiting of rr_arbiter and wrr_arbiter.
module arbiter_sva #(
  parameter int unsigned N = 4,
  // Frames of others that may end while a requester waits: N - 1 times the largest turn.
  parameter int unsigned MaxWait = 3,
  localparam int unsigned IdxBits = $clog2(N)
) (
  input logic               clk_i,
  input logic               rst_ni,
  input logic [N-1:0]       req_i,
  input logic               accept_i,
  input logic               last_i,
  input logic               grant_valid_o,
  input logic [N-1:0]       grant_o,
  input logic [IdxBits-1:0] grant_idx_o
);
  logic locked_q;
  logic [IdxBits-1:0] owner_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      locked_q <= 1'b0;
      owner_q  <= '0;
    end else if (accept_i) begin
      locked_q <= ~last_i;
      owner_q  <= grant_idx_o;
    end
  end

  one_hot: assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0(grant_o));
  only_who_asks: assert property (@(posedge clk_i) disable iff (!rst_ni) (grant_o & ~req_i) == '0);
  index_agrees: assert property (@(posedge clk_i) disable iff (!rst_ni)
      grant_valid_o == (grant_o != '0) && (!grant_valid_o || grant_o[grant_idx_o]));
  work_conserving: assert property (@(posedge clk_i) disable iff (!rst_ni)
      !locked_q && req_i != '0 |-> grant_valid_o);
  frame_together: assert property (@(posedge clk_i) disable iff (!rst_ni)
      locked_q && grant_valid_o |-> grant_idx_o == owner_q);
  accept_needs_grant: assert property (@(posedge clk_i) disable iff (!rst_ni)
      accept_i |-> grant_valid_o);

  tie: cover property (@(posedge clk_i) disable iff (!rst_ni) !locked_q && $countones(req_i) > 1);
  all_at_once: cover property (@(posedge clk_i) disable iff (!rst_ni) &req_i);
  bubble_in_frame: cover property (@(posedge clk_i) disable iff (!rst_ni)
      locked_q && !grant_valid_o && req_i != '0);
  grant_not_accepted: cover property (@(posedge clk_i) disable iff (!rst_ni)
      grant_valid_o && !accept_i);
  wrapped: cover property (@(posedge clk_i) disable iff (!rst_ni)
      accept_i && !locked_q && grant_idx_o < owner_q);
  again: cover property (@(posedge clk_i) disable iff (!rst_ni)
      accept_i && !locked_q && grant_idx_o == owner_q && $countones(req_i) > 1);

  for (genvar i = 0; i < N; i++) begin : g_req
    // Frames of others that ended since requester i began to wait.
    logic [31:0] waited_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni || !req_i[i] || grant_o[i]) waited_q <= '0;
      else if (accept_i && last_i) waited_q <= waited_q + 32'd1;
    end
    bounded_wait: assert property (@(posedge clk_i) disable iff (!rst_ni) waited_q <= MaxWait);
    served: cover property (@(posedge clk_i) disable iff (!rst_ni) accept_i && grant_o[i]);
    waited_longest: cover property (@(posedge clk_i) disable iff (!rst_ni) waited_q == N - 1);
  end
endmodule
