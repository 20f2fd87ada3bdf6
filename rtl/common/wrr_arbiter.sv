// SPDX-License-Identifier: Apache-2.0
//
// Weighted round robin among N requesters in frames per turn, held from the first to the last beat
// of a frame. Rules: docs/uarch/common.md. C++ twin: WrrArbiter in cmodel/common/arbiter.hpp.
module wrr_arbiter #(
  parameter int unsigned N = 4,            // requesters, 2..64
  parameter int unsigned WeightBits = 4,   // bits of one weight
  localparam int unsigned IdxBits = $clog2(N)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic [N*WeightBits-1:0] weight_i,       // frames per turn, 0 counts as 1  <- registers
  input  logic [N-1:0]            req_i,          // a beat is there       <- the caller's registers
  input  logic                    accept_i,       // the granted beat moves in this cycle
  input  logic                    last_i,         // ... and ends its frame
  output logic                    grant_valid_o,  // somebody is granted
  output logic [N-1:0]            grant_o,        // who, one-hot or 0
  output logic [IdxBits-1:0]      grant_idx_o     // who, as an index; 0 with nobody
);
  if (N < 2 || N > 64) begin : g_bad_n
    $error("wrr_arbiter: N must be 2..64");
  end

  logic [N-1:0] from_q;            // ones at and above the pointer
  logic [N-1:0] lock_q;            // one-hot owner of an unfinished frame, or 0
  logic [WeightBits-1:0] left_q;   // frames left in the pointer's turn; 0: no turn is open

  logic [N-1:0] preferred, pick, grant;
  assign preferred = req_i & from_q;
  assign pick = (preferred != '0) ? (preferred & (~preferred + N'(1))) : (req_i & (~req_i + N'(1)));
  assign grant = (lock_q != '0) ? (lock_q & req_i) : pick;

  logic [WeightBits-1:0] weight;   // of the granted requester
  always_comb begin
    grant_idx_o = '0;
    weight = '0;
    for (int unsigned i = 0; i < N; i++) begin
      if (grant[i]) begin
        grant_idx_o = grant_idx_o | IdxBits'(i);
        weight = weight | weight_i[i*WeightBits +: WeightBits];
      end
    end
  end
  assign grant_o = grant;
  assign grant_valid_o = grant != '0;

  logic [N-1:0] above, at_and_above, from_here, head;
  assign above = ~(grant | (grant - N'(1)));
  assign at_and_above = ~(grant - N'(1));
  assign from_here = (above == '0) ? '1 : above;
  assign head = from_q & (~from_q + N'(1));   // the pointer, one-hot

  logic [WeightBits-1:0] left_d;
  always_comb begin
    if (grant == head && left_q != '0) left_d = left_q - WeightBits'(1);
    else if (weight == '0) left_d = '0;
    else left_d = weight - WeightBits'(1);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      from_q <= '1;
      lock_q <= '0;
      left_q <= '0;
    end else if (accept_i) begin
      if (last_i) begin
        lock_q <= '0;
        left_q <= left_d;
        from_q <= (left_d == '0) ? from_here : at_and_above;
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
      assert (from_q[N-1]);
      assert ((from_q & ~{1'b1, from_q[N-1:1]}) == '0);
    end
  end
`endif
endmodule
