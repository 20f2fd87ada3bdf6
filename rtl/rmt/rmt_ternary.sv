// SPDX-License-Identifier: Apache-2.0
//
// Ternary match of a stage: every row's value and mask stand in registers and are compared with the
// key in step 2; the lowest matching row is known at its end and its action is there in step 3.
// Rows are compared in groups of 16 side by side, so that the path is 16 + Rows / 16 rows long.

module rmt_ternary #(
  parameter int unsigned Rows = rmt_pkg::TernaryRows,  // of one bank; a power of two, >= 2
  localparam int unsigned RowBits   = $clog2(Rows),
  localparam int unsigned ActBits   = $clog2(rmt_pkg::NumActions),
  localparam int unsigned ParamBits = 32 * rmt_pkg::ParamWords,
  localparam int unsigned KeyBits   = rmt_pkg::KeyBits
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  // Step 2
  input  logic                 run_i,
  input  logic                 bank_i,
  input  logic [KeyBits-1:0]   key_i,      // not masked
  // Step 3
  output logic                 hit_o,
  output logic [ActBits-1:0]   action_o,   // 0 without a hit, so are params
  output logic [ParamBits-1:0] params_o,

  // Table port: row = {bank, row}; data in the cycle after t_re_i.
  input  logic                 t_clear_i,
  input  logic                 t_we_i,
  input  logic                 t_re_i,
  input  logic [RowBits:0]     t_addr_i,
  input  logic [rmt_pkg::TernaryEntryBits-1:0] t_wdata_i,
  output logic [rmt_pkg::TernaryEntryBits-1:0] t_rdata_o
);

  localparam int unsigned Depth     = rmt_pkg::NumBanks * Rows;
  localparam int unsigned GroupRows = (Rows < 16) ? Rows : 16;
  localparam int unsigned GroupBits = $clog2(GroupRows);
  localparam int unsigned Groups    = Rows / GroupRows;
  localparam int unsigned DataBits  = ActBits + ParamBits;
  localparam int unsigned RestBits  = KeyBits - 32;

  // The first word stands by itself: most rows differ there, and a simulator need not look further.
  logic                valid_q  [Depth];
  logic [31:0]         value0_q [Depth];
  logic [31:0]         mask0_q  [Depth];
  logic [RestBits-1:0] value_q  [Depth];
  logic [RestBits-1:0] mask_q   [Depth];
  logic [DataBits-1:0] data_q   [Depth];   // {params, action}

  rmt_pkg::ternary_entry_t t_row;
  assign t_row = t_clear_i ? '0 : t_wdata_i;
  always_ff @(posedge clk_i) begin
    if (t_clear_i | t_we_i) begin
      valid_q[t_addr_i]  <= t_row.valid;
      value0_q[t_addr_i] <= t_row.value[31:0];
      mask0_q[t_addr_i]  <= t_row.mask[31:0];
      value_q[t_addr_i]  <= t_row.value[KeyBits-1:32];
      mask_q[t_addr_i]   <= t_row.mask[KeyBits-1:32];
      data_q[t_addr_i]   <= {t_row.params, t_row.action};
    end
    if (t_re_i) begin
      t_rdata_o <= {mask_q[t_addr_i], mask0_q[t_addr_i], value_q[t_addr_i], value0_q[t_addr_i],
                    data_q[t_addr_i], valid_q[t_addr_i]};
    end
  end

  // ---------------------------------------------------------------- step 2
  logic [Groups-1:0]           g_hit;
  logic [Groups*GroupBits-1:0] g_row;   // within its group
  logic [RowBits:0]            at;
  always_comb begin
    g_hit = '0;
    g_row = '0;
    at    = '0;
    if (run_i) begin
      for (int unsigned i = 0; i < Rows; i++) begin
        at = {bank_i, RowBits'(i)};
        if (((key_i[31:0] ^ value0_q[at]) & mask0_q[at]) == '0) begin
          if (valid_q[at] && !g_hit[i / GroupRows]) begin
            if (((key_i[KeyBits-1:32] ^ value_q[at]) & mask_q[at]) == '0) begin
              g_hit[i / GroupRows] = 1'b1;
              g_row[GroupBits * (i / GroupRows) +: GroupBits] = GroupBits'(i);
            end
          end
        end
      end
    end
  end

  logic               hit_d, hit_q;
  logic [RowBits-1:0] row_d;
  logic [RowBits:0]   row_q;            // {bank, row}
  always_comb begin
    hit_d = 1'b0;
    row_d = '0;
    for (int unsigned g = 0; g < Groups; g++) begin
      if (g_hit[g] && !hit_d) begin
        hit_d = 1'b1;
        row_d = RowBits'(GroupRows * g) | RowBits'(g_row[GroupBits * g +: GroupBits]);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      hit_q <= 1'b0;
    end else begin
      hit_q <= hit_d;
    end
  end
  always_ff @(posedge clk_i) begin
    if (hit_d) begin
      row_q <= {bank_i, row_d};
    end
  end

  // ---------------------------------------------------------------- step 3
  assign hit_o = hit_q;
  assign {params_o, action_o} = hit_q ? data_q[row_q] : '0;

endmodule
