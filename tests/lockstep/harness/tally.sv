// SPDX-License-Identifier: Apache-2.0
//
// The block on which the lockstep harness is tried out: two item streams, arbitrated, added up and
// queued; registers, an interrupt, a timer with wake_at. Also an example of a block's usual shape.
module tally (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  input  logic [63:0]                     now_i,
  output logic                            idle_o,
  output logic [63:0]                     wake_at_o,
  input  common_pkg::axil_req_t           axil_req_i,
  output common_pkg::axil_rsp_t           axil_rsp_o,
  output logic                            irq_o,
  input  logic [1:0]                      in_valid_i,
  input  logic [2*tally_pkg::ItemBits-1:0] in_data_i,
  output logic [1:0]                      in_ready_o,
  output logic                            out_valid_o,
  output logic [tally_pkg::ResultBits-1:0] out_data_o,
  input  logic                            out_ready_i
);
  localparam int unsigned ItemBits = tally_pkg::ItemBits;

  tally_pkg::reg2hw_t reg2hw;
  tally_pkg::hw2reg_t hw2reg;
  tally_regs u_regs (
    .clk_i, .rst_ni,
    .axil_i(axil_req_i), .axil_o(axil_rsp_o),
    .reg2hw_o(reg2hw), .hw2reg_i(hw2reg)
  );

  // Inputs.
  logic [1:0] skid_valid, skid_ready;
  logic [2*ItemBits-1:0] skid_data;
  for (genvar i = 0; i < 2; i++) begin : g_in
    skid_buffer #(.Width(ItemBits)) u_skid (
      .clk_i, .rst_ni, .hold_i(1'b0),
      .in_valid_i(in_valid_i[i]),
      .in_data_i(in_data_i[i*ItemBits +: ItemBits]),
      .in_ready_o(in_ready_o[i]),
      .out_valid_o(skid_valid[i]),
      .out_data_o(skid_data[i*ItemBits +: ItemBits]),
      .out_ready_i(skid_ready[i])
    );
  end

  // Choice.
  logic grant_valid, grant_idx, accept, fifo_ready;
  logic [1:0] grant;
  rr_arbiter #(.N(2)) u_arb (
    .clk_i, .rst_ni,
    .req_i(skid_valid & {2{reg2hw.ctrl_enable_q}}),
    .accept_i(accept), .last_i(1'b1),
    .grant_valid_o(grant_valid), .grant_o(grant), .grant_idx_o(grant_idx)
  );
  assign accept = grant_valid & fifo_ready;
  assign skid_ready = grant & {2{fifo_ready}};

  // Sum.
  tally_pkg::item_t item;
  tally_pkg::result_t result;
  logic [20:0] sum0_q, sum1_q, sum;
  assign item = grant_idx ? skid_data[ItemBits +: ItemBits] : skid_data[0 +: ItemBits];
  assign sum = (grant_idx ? sum1_q : sum0_q) + {5'h0, item.value};
  always_comb begin
    result.item = item;
    result.tag = item.tag;
    result.sum = sum;
    result.source = grant_idx;
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      sum0_q <= '0;
      sum1_q <= '0;
    end else if (accept) begin
      if (grant_idx) sum1_q <= sum;
      else sum0_q <= sum;
    end
  end

  // Output.
  logic fifo_empty, fifo_full;
  logic [2:0] fifo_level;
  stream_fifo #(.Width(tally_pkg::ResultBits), .Depth(4)) u_fifo (
    .clk_i, .rst_ni, .hold_i(1'b0),
    .in_valid_i(grant_valid), .in_data_i(result), .in_ready_o(fifo_ready),
    .out_valid_o, .out_data_o, .out_ready_i,
    .level_o(fifo_level), .full_o(fifo_full), .empty_o(fifo_empty)
  );
  logic unused;
  assign unused = ^{fifo_level, fifo_full};

  // Timer: a deadline, never a counter of edges.
  logic [63:0] deadline_q;
  logic expired;
  assign expired = now_i >= deadline_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      deadline_q <= '1;
    end else if (reg2hw.period_qe) begin
      deadline_q <= (reg2hw.period_cycles_q == '0) ? '1 : now_i + {48'h0, reg2hw.period_cycles_q};
    end else if (expired) begin
      deadline_q <= deadline_q + {48'h0, reg2hw.period_cycles_q};
    end
  end
  assign wake_at_o = deadline_q;

  assign hw2reg.status_tick_d = 1'b1;
  assign hw2reg.status_tick_de = expired;
  assign hw2reg.items_inc = accept;
  assign irq_o = reg2hw.status_tick_q & reg2hw.intr_en_tick_q;
  assign idle_o = (skid_valid == '0) & fifo_empty & (in_ready_o == '1) & fifo_ready
      & axil_rsp_o.awready & axil_rsp_o.wready & axil_rsp_o.arready & ~reg2hw.period_qe;
endmodule
