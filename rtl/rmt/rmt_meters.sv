// SPDX-License-Identifier: Apache-2.0
//
// Meters of a stage: configuration (two banks) and state (live) are read in step 4; in step 5 the
// frame is marked (rmt_trtcm) and the state written.

module rmt_meters #(
  parameter int unsigned Rows = rmt_pkg::MeterRows,  // a power of two, >= 2
  localparam int unsigned RowBits = $clog2(Rows)
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  // Step 4
  input  logic               use_i,     // the frame has a row
  input  logic [47:0]        now_i,     // cycle; this step's, step 5 is one later
  input  logic               bank_i,
  input  logic [RowBits-1:0] row_i,
  // Step 5
  input  logic               meter_i,   // its action meters
  input  logic [15:0]        len_i,     // bytes
  input  logic               aware_i,
  input  logic [7:0]         before_i,  // colour so far, looked at when colour-aware
  output logic               done_o,    // there is a colour
  output logic [rmt_pkg::ColourBits-1:0] colour_o,

  // Table port of the configuration, row = {bank, row}; data in the cycle after ct_re_i.
  input  logic               ct_clear_i,
  input  logic               ct_we_i,
  input  logic               ct_re_i,
  input  logic [RowBits:0]   ct_addr_i,
  input  logic [rmt_pkg::MeterCfgBits-1:0] ct_wdata_i,
  output logic [rmt_pkg::MeterCfgBits-1:0] ct_rdata_o,

  // Table port of the state.
  input  logic               st_clear_i,
  input  logic               st_we_i,
  input  logic               st_re_i,
  input  logic [RowBits-1:0] st_addr_i,
  input  logic [rmt_pkg::MeterStateBits-1:0] st_wdata_i,
  output logic [rmt_pkg::MeterStateBits-1:0] st_rdata_o
);

  logic                  use_q;
  logic [47:0]           now_q;  // the cycle in which the frame is in step 5
  rmt_pkg::meter_cfg_t   cfg;
  rmt_pkg::meter_state_t old, state;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      use_q <= 1'b0;
    end else begin
      use_q <= use_i;
    end
  end
  // With a frame inside the clock does not jump, so the next cycle is known.
  always_ff @(posedge clk_i) begin
    if (use_i) begin
      now_q <= now_i + 48'd1;
    end
  end

  rmt_table_ram #(
    .Width(rmt_pkg::MeterCfgBits),
    .Depth(rmt_pkg::NumBanks * Rows)
  ) u_cfg (
    .clk_i,
    .a_en_i   (use_i),
    .a_addr_i ({bank_i, row_i}),
    .a_rdata_o(cfg),
    .t_clear_i(ct_clear_i),
    .t_we_i   (ct_we_i),
    .t_re_i   (ct_re_i),
    .t_addr_i (ct_addr_i),
    .t_wdata_i(ct_wdata_i),
    .t_rdata_o(ct_rdata_o)
  );

  rmt_live_ram #(
    .Width(rmt_pkg::MeterStateBits),
    .Depth(Rows)
  ) u_state (
    .clk_i,
    .rst_ni,
    .rd_i     (use_i),
    .row_i,
    .rdata_o  (old),
    .we_i     (done_o),
    .wdata_i  (state),
    .t_clear_i(st_clear_i),
    .t_we_i   (st_we_i),
    .t_re_i   (st_re_i),
    .t_addr_i (st_addr_i),
    .t_wdata_i(st_wdata_i),
    .t_rdata_o(st_rdata_o)
  );

  assign done_o = use_q & meter_i;

  rmt_trtcm u_marker (
    .cfg_i   (cfg),
    .state_i (old),
    .now_i   (now_q),
    .len_i,
    .aware_i,
    .before_i,
    .colour_o,
    .state_o (state)
  );

endmodule
