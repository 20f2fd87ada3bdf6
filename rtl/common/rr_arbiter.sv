// SPDX-License-Identifier: Apache-2.0
//
// Fair choice among N requesters, held from the first to the last beat of a frame. Rules:
// docs/uarch/common.md. C++ twin: RrArbiter in cmodel/common/arbiter.hpp.
module rr_arbiter #(
  parameter int unsigned N = 4,   // requesters, 2..64
  localparam int unsigned IdxBits = $clog2(N)
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic [N-1:0]       req_i,          // a beat is there       <- the caller's registers
  input  logic               accept_i,       // the granted beat moves in this cycle
  input  logic               last_i,         // ... and ends its frame
  output logic               grant_valid_o,  // somebody is granted
  output logic [N-1:0]       grant_o,        // who, one-hot or 0
  output logic [IdxBits-1:0] grant_idx_o     // who, as an index; 0 with nobody
);
  if (N < 2 || N > 64) begin : g_bad_n
    $error("rr_arbiter: N must be 2..64");
  end

  logic [N-1:0] from_q;   // ones at and above the pointer: these are preferred
  logic [N-1:0] lock_q;   // one-hot owner of an unfinished frame, or 0

  logic [N-1:0] preferred, pick, grant;
  assign preferred = req_i & from_q;
  // x & -x leaves the lowest one.
  assign pick = (preferred != '0) ? (preferred & (~preferred + N'(1))) : (req_i & (~req_i + N'(1)));
  assign grant = (lock_q != '0) ? (lock_q & req_i) : pick;

  always_comb begin
    grant_idx_o = '0;
    for (int unsigned i = 0; i < N; i++) begin
      if (grant[i]) grant_idx_o = grant_idx_o | IdxBits'(i);
    end
  end
  assign grant_o = grant;
  assign grant_valid_o = grant != '0;

  // Ones above the granted bit; all ones after the last requester, where the circle closes.
  logic [N-1:0] above;
  assign above = ~(grant | (grant - N'(1)));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      from_q <= '1;
      lock_q <= '0;
    end else if (accept_i) begin
      if (last_i) begin
        lock_q <= '0;
        from_q <= (above == '0) ? '1 : above;
      end else begin
        lock_q <= grant;
      end
    end
  end

`ifdef FORMAL
  logic seen_reset_q;
  initial seen_reset_q = 1'b0;
  always_ff @(posedge clk_i) if (!rst_ni) seen_reset_q <= 1'b1;
  always_comb begin
    assume (!accept_i || grant_valid_o);
    if (seen_reset_q) begin
      assert ((grant & (grant - N'(1))) == '0);
      assert ((lock_q & (lock_q - N'(1))) == '0);
      assert ((grant & ~req_i) == '0);
      assert (lock_q != '0 || grant_valid_o == (req_i != '0));
      // from_q is a run of ones that ends at the top.
      assert (from_q[N-1]);
      assert ((from_q & ~{1'b1, from_q[N-1:1]}) == '0);
    end
  end
  // Fairness, for one requester chosen by the solver: while it waits, at most N - 1 frames of
  // others end. age_q counts them.
  (* anyconst *) logic [IdxBits-1:0] watched;
  logic [IdxBits:0] age_q;
  logic [N-1:0] between;    // others between the pointer and the watched requester
  logic [IdxBits:0] left;   // how many
  always_comb begin
    assume (watched < N);
    left = '0;
    between = '0;
    for (int unsigned i = 0; i < N; i++) begin
      between[i] = from_q[watched] ? (from_q[i] && i < watched) : (from_q[i] || i < watched);
      left = left + {{IdxBits{1'b0}}, between[i]};
    end
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni || !req_i[watched] || grant[watched]) age_q <= '0;
    else if (accept_i && last_i) age_q <= age_q + 1'b1;
  end
  always_comb begin
    // Each frame of another moves the pointer nearer; when nothing is left the turn is here. A frame
    // that began before the wait may belong to anybody, but then it is the first.
    if (seen_reset_q) begin
      assert (age_q + left <= N - 1);
      assert (lock_q == '0 || age_q == '0 || (lock_q & between) != '0);
    end
  end
`endif
endmodule
