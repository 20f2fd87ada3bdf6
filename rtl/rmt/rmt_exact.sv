// SPDX-License-Identifier: Apache-2.0
//
// Exact match of a stage: ExactWays RAMs, each indexed by a byte of the hash over the masked key,
// read in step 2 and compared in step 3. The lowest hitting way wins.

module rmt_exact #(
  localparam int unsigned RowBits   = $clog2(rmt_pkg::ExactRows),
  localparam int unsigned WayBits   = $clog2(rmt_pkg::ExactWays),
  localparam int unsigned ActBits   = $clog2(rmt_pkg::NumActions),
  localparam int unsigned ParamBits = 32 * rmt_pkg::ParamWords,
  localparam int unsigned EntryBits = rmt_pkg::ExactEntryBits
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,

  // Step 2
  input  logic                        run_i,
  input  logic                        bank_i,
  input  logic [8*rmt_pkg::ExactWays-1:0] crc_i,
  input  logic [rmt_pkg::KeyBits-1:0] key_i,      // masked
  // Step 3
  output logic                        hit_o,
  output logic [ActBits-1:0]          action_o,   // 0 without a hit, so are params
  output logic [ParamBits-1:0]        params_o,

  // Table port: row = {bank, way, row of the way}; data in the cycle after t_re_i.
  input  logic                        t_clear_i,  // this row of every way
  input  logic                        t_we_i,
  input  logic                        t_re_i,
  input  logic [RowBits+WayBits:0]    t_addr_i,
  input  logic [EntryBits-1:0]        t_wdata_i,
  output logic [EntryBits-1:0]        t_rdata_o
);

  localparam int unsigned Ways = rmt_pkg::ExactWays;

  logic                        run_q;
  logic [rmt_pkg::KeyBits-1:0] key_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      run_q <= 1'b0;
    end else begin
      run_q <= run_i;
    end
  end
  always_ff @(posedge clk_i) begin
    if (run_i) begin
      key_q <= key_i;
    end
  end

  logic [EntryBits-1:0] way_row   [Ways];
  logic [EntryBits-1:0] way_tdata [Ways];
  logic [WayBits-1:0]   t_way, t_way_q;
  assign t_way = t_addr_i[RowBits +: WayBits];

  for (genvar w = 0; w < Ways; w++) begin : gen_way
    logic here;
    assign here = t_way == WayBits'(w);
    rmt_table_ram #(
      .Width(EntryBits),
      .Depth(rmt_pkg::NumBanks * rmt_pkg::ExactRows)
    ) u_ram (
      .clk_i,
      .a_en_i   (run_i),
      .a_addr_i ({bank_i, crc_i[8 * w +: RowBits]}),
      .a_rdata_o(way_row[w]),
      .t_clear_i,
      .t_we_i   (t_we_i & here),
      .t_re_i   (t_re_i & here),
      .t_addr_i ({t_addr_i[RowBits+WayBits], t_addr_i[RowBits-1:0]}),
      .t_wdata_i,
      .t_rdata_o(way_tdata[w])
    );
  end

  always_ff @(posedge clk_i) begin
    if (t_re_i) begin
      t_way_q <= t_way;
    end
  end
  assign t_rdata_o = way_tdata[t_way_q];

  rmt_pkg::exact_entry_t entry;
  always_comb begin
    hit_o    = 1'b0;
    action_o = '0;
    params_o = '0;
    entry    = '0;
    if (run_q) begin
      for (int unsigned w = 0; w < Ways; w++) begin
        entry = way_row[w];
        if (!hit_o && entry.valid && entry.key == key_q) begin
          hit_o    = 1'b1;
          action_o = entry.action;
          params_o = entry.params;
        end
      end
    end
  end

endmodule
