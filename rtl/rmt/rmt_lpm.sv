// SPDX-License-Identifier: Apache-2.0
//
// Longest-prefix match of a stage ("ALPM"): the lowest pivot that matches names a bucket in step 2,
// the bucket's slots are read and compared in step 3, the lowest that matches wins. Firmware keeps
// a bucket longest prefix first.

module rmt_lpm #(
  parameter int unsigned Pivots = rmt_pkg::LpmPivots,  // of one bank; a power of two, >= 2
  localparam int unsigned PivotBits = $clog2(Pivots),
  localparam int unsigned SlotBits  = $clog2(rmt_pkg::LpmSlots),
  localparam int unsigned ActBits   = $clog2(rmt_pkg::NumActions),
  localparam int unsigned ParamBits = 32 * rmt_pkg::ParamWords,
  localparam int unsigned KeyBits   = rmt_pkg::LpmKeyBits
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

  // Table port of the pivots, row = {bank, pivot}; data in the cycle after pt_re_i.
  input  logic                 pt_clear_i,
  input  logic                 pt_we_i,
  input  logic                 pt_re_i,
  input  logic [PivotBits:0]   pt_addr_i,
  input  logic [rmt_pkg::LpmPivotBits-1:0] pt_wdata_i,
  output logic [rmt_pkg::LpmPivotBits-1:0] pt_rdata_o,

  // Table port of the entries, row = {bank, pivot, slot}; data in the cycle after et_re_i.
  input  logic                 et_clear_i,  // this row of every slot
  input  logic                 et_we_i,
  input  logic                 et_re_i,
  input  logic [PivotBits+SlotBits:0] et_addr_i,
  input  logic [rmt_pkg::LpmEntryBits-1:0] et_wdata_i,
  output logic [rmt_pkg::LpmEntryBits-1:0] et_rdata_o
);

  localparam int unsigned Depth     = rmt_pkg::NumBanks * Pivots;
  localparam int unsigned Slots     = rmt_pkg::LpmSlots;
  localparam int unsigned GroupRows = (Pivots < 16) ? Pivots : 16;
  localparam int unsigned GroupBits = $clog2(GroupRows);
  localparam int unsigned Groups    = Pivots / GroupRows;
  localparam int unsigned RestBits  = KeyBits - 32;
  localparam int unsigned DataBits  = ActBits + ParamBits;

  // ---------------------------------------------------------------- pivots
  logic                valid_q  [Depth];
  logic [31:0]         value0_q [Depth];
  logic [31:0]         mask0_q  [Depth];
  logic [RestBits-1:0] value_q  [Depth];
  logic [RestBits-1:0] mask_q   [Depth];

  rmt_pkg::lpm_pivot_t pt_row;
  assign pt_row = pt_clear_i ? '0 : pt_wdata_i;
  always_ff @(posedge clk_i) begin
    if (pt_clear_i | pt_we_i) begin
      valid_q[pt_addr_i]  <= pt_row.valid;
      value0_q[pt_addr_i] <= pt_row.value[31:0];
      mask0_q[pt_addr_i]  <= pt_row.mask[31:0];
      value_q[pt_addr_i]  <= pt_row.value[KeyBits-1:32];
      mask_q[pt_addr_i]   <= pt_row.mask[KeyBits-1:32];
    end
    if (pt_re_i) begin
      pt_rdata_o <= {mask_q[pt_addr_i], mask0_q[pt_addr_i], value_q[pt_addr_i],
                     value0_q[pt_addr_i], valid_q[pt_addr_i]};
    end
  end

  // ---------------------------------------------------------------- step 2: which bucket
  logic [Groups-1:0]           g_hit;
  logic [Groups*GroupBits-1:0] g_row;   // within its group
  logic [PivotBits:0]          at;
  always_comb begin
    g_hit = '0;
    g_row = '0;
    at    = '0;
    if (run_i) begin
      for (int unsigned i = 0; i < Pivots; i++) begin
        at = {bank_i, PivotBits'(i)};
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

  logic                 found_d, found_q;
  logic [PivotBits-1:0] bucket_d;
  always_comb begin
    found_d  = 1'b0;
    bucket_d = '0;
    for (int unsigned g = 0; g < Groups; g++) begin
      if (g_hit[g] && !found_d) begin
        found_d  = 1'b1;
        bucket_d = PivotBits'(GroupRows * g) | PivotBits'(g_row[GroupBits * g +: GroupBits]);
      end
    end
  end

  logic [KeyBits-1:0] key_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      found_q <= 1'b0;
    end else begin
      found_q <= found_d;
    end
  end
  always_ff @(posedge clk_i) begin
    if (found_d) begin
      key_q <= key_i;
    end
  end

  // ---------------------------------------------------------------- bucket
  logic [SlotBits-1:0] t_slot, t_slot_q;
  logic [Slots-1:0]    match;
  logic [DataBits-1:0] data    [Slots];  // {params, action}
  logic [rmt_pkg::LpmEntryBits-1:0] t_rdata [Slots];
  assign t_slot = et_addr_i[SlotBits-1:0];

  for (genvar s = 0; s < Slots; s++) begin : gen_slot
    logic here;
    assign here = t_slot == SlotBits'(s);
    rmt_lpm_slot #(
      .Depth(Depth)
    ) u_slot (
      .clk_i,
      .read_i   (found_d),
      .bucket_i ({bank_i, bucket_d}),
      .compare_i(found_q),
      .key_i    (key_q),
      .match_o  (match[s]),
      .data_o   (data[s]),
      .t_clear_i(et_clear_i),
      .t_we_i   (et_we_i & here),
      .t_re_i   (et_re_i & here),
      .t_addr_i (et_addr_i[PivotBits+SlotBits:SlotBits]),
      .t_wdata_i(et_wdata_i),
      .t_rdata_o(t_rdata[s])
    );
  end

  always_ff @(posedge clk_i) begin
    if (et_re_i) begin
      t_slot_q <= t_slot;
    end
  end
  assign et_rdata_o = t_rdata[t_slot_q];

  // ---------------------------------------------------------------- step 3: the lowest slot
  always_comb begin
    hit_o = 1'b0;
    {params_o, action_o} = '0;
    if (match != '0) begin
      for (int unsigned s = 0; s < Slots; s++) begin
        if (match[s] && !hit_o) begin
          hit_o = 1'b1;
          {params_o, action_o} = data[s];
        end
      end
    end
  end

endmodule
