// SPDX-License-Identifier: Apache-2.0
//
// Who may use which data bank: three ports, at most one per bank and cycle, any number of banks at
// once. The order is ptr, ptr+1, ptr+2 (mod 3); a port loses to an earlier one on the same bank.
// ptr advances by one at the end of every cycle in which somebody lost, so nobody loses three times
// in a row.
module mbuf_xbar_arb #(
  parameter int unsigned BankBits = 3
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic [2:0]            req_i,
  input  logic [3*BankBits-1:0] bank_i,  // port 0 lowest
  output logic [2:0]            gnt_o    // combinational from req_i, bank_i and ptr
);
  logic [1:0] ptr_q;
  logic same01, same02, same12;
  assign same01 = req_i[0] & req_i[1] & (bank_i[0+:BankBits] == bank_i[BankBits+:BankBits]);
  assign same02 = req_i[0] & req_i[2] & (bank_i[0+:BankBits] == bank_i[2*BankBits+:BankBits]);
  assign same12 = req_i[1] & req_i[2] & (bank_i[BankBits+:BankBits] == bank_i[2*BankBits+:BankBits]);

  logic [2:0] lose;
  always_comb begin
    case (ptr_q)
      2'd0:    lose = {same02 | same12, same01, 1'b0};          // order 0, 1, 2
      2'd1:    lose = {same12, 1'b0, same01 | same02};          // order 1, 2, 0
      default: lose = {1'b0, same12 | same01, same02};          // order 2, 0, 1
    endcase
  end
  assign gnt_o = req_i & ~lose;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) ptr_q <= 2'd0;
    else if (lose != 3'd0) ptr_q <= (ptr_q == 2'd2) ? 2'd0 : ptr_q + 2'd1;
  end

`ifdef FORMAL
  // Times in a row that each port lost, and its place in the order.
  logic [5:0] lost_q;
  logic [5:0] place;
  logic seen_reset_q;
  initial seen_reset_q = 1'b0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) seen_reset_q <= 1'b1;
    for (int p = 0; p < 3; p++) begin
      if (!rst_ni || !lose[p]) lost_q[2*p+:2] <= 2'd0;
      else lost_q[2*p+:2] <= lost_q[2*p+:2] + 2'd1;
    end
  end
  always_comb begin
    for (int p = 0; p < 3; p++) begin
      place[2*p+:2] = (2'(p) >= ptr_q) ? 2'(p) - ptr_q : 2'(p) + 2'd3 - ptr_q;
    end
  end
  always_comb begin
    if (seen_reset_q) begin
      assert (ptr_q != 2'd3);
      assert (!(gnt_o[0] & gnt_o[1] & same01));
      assert (!(gnt_o[0] & gnt_o[2] & same02));
      assert (!(gnt_o[1] & gnt_o[2] & same12));
      assert ((req_i == 3'd0) || (gnt_o != 3'd0));
      // Every loss moves the loser one place forward, and the first place never loses.
      for (int p = 0; p < 3; p++) begin
        assert (lost_q[2*p+:2] == 2'd0 || {1'b0, lost_q[2*p+:2]} + {1'b0, place[2*p+:2]} <= 3'd2);
      end
    end
  end
`endif
endmodule
