// SPDX-License-Identifier: Apache-2.0
//
// One slot of every bucket of rmt_lpm: the bucket's row is read in one cycle and compared in the next.

module rmt_lpm_slot #(
  parameter int unsigned Depth = rmt_pkg::NumBanks * rmt_pkg::LpmPivots,  // buckets of all banks
  localparam int unsigned AddrBits = $clog2(Depth),
  localparam int unsigned RowBits  = rmt_pkg::LpmEntryBits,
  localparam int unsigned DataBits = $clog2(rmt_pkg::NumActions) + 32 * rmt_pkg::ParamWords
) (
  input  logic                          clk_i,

  input  logic                          read_i,
  input  logic [AddrBits-1:0]           bucket_i,
  // In the next cycle
  input  logic                          compare_i,
  input  logic [rmt_pkg::LpmKeyBits-1:0] key_i,
  output logic                          match_o,
  output logic [DataBits-1:0]           data_o,     // {params, action}

  input  logic                          t_clear_i,  // table port, see rmt_table_ram
  input  logic                          t_we_i,
  input  logic                          t_re_i,
  input  logic [AddrBits-1:0]           t_addr_i,
  input  logic [RowBits-1:0]            t_wdata_i,
  output logic [RowBits-1:0]            t_rdata_o
);

  rmt_pkg::lpm_entry_t entry;

  rmt_table_ram #(
    .Width(RowBits),
    .Depth(Depth)
  ) u_ram (
    .clk_i,
    .a_en_i   (read_i),
    .a_addr_i (bucket_i),
    .a_rdata_o(entry),
    .t_clear_i,
    .t_we_i,
    .t_re_i,
    .t_addr_i,
    .t_wdata_i,
    .t_rdata_o
  );

  assign data_o = {entry.params, entry.action};

  always_comb begin
    match_o = 1'b0;
    if (compare_i & entry.valid) begin
      if (((key_i[31:0] ^ entry.value[31:0]) & entry.mask[31:0]) == '0) begin
        match_o = ((key_i ^ entry.value) & entry.mask) == '0;
      end
    end
  end

endmodule
