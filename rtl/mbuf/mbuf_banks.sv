// SPDX-License-Identifier: Apache-2.0
//
// The cells' bytes: NumBanks banks with one write and one read each per cycle. Word w of cell c is
// word (4c + w) / NumBanks of bank (4c + w) mod NumBanks. Three writers and three readers each ask
// for at most one word a cycle.
module mbuf_banks #(
  parameter int unsigned NumCells = 4096,
  parameter int unsigned NumBanks = 8
) (
  input  logic           clk_i,
  input  logic           rst_ni,
  output logic           init_done_o,
  input  logic [2:0]     wr_req_i,
  input  logic [3*16-1:0] wr_cell_i,
  input  logic [3*2-1:0] wr_idx_i,
  input  logic [3*512-1:0] wr_data_i,
  input  logic [3*64-1:0] wr_mask_i,
  output logic [2:0]     wr_gnt_o,
  input  logic [2:0]     rd_req_i,
  input  logic [3*16-1:0] rd_cell_i,
  input  logic [3*2-1:0] rd_idx_i,
  output logic [2:0]     rd_gnt_o,
  output logic [3*512-1:0] rd_data_o  // the cycle after rd_gnt_o, for that cycle
);
  localparam int unsigned WordBits = $clog2(NumCells * 4);
  localparam int unsigned BankBits = $clog2(NumBanks);
  localparam int unsigned RowBits = WordBits - BankBits;

  logic [3*WordBits-1:0] waddr, raddr;
  logic [3*BankBits-1:0] wbank, rbank;
  for (genvar p = 0; p < 3; p++) begin : g_addr
    assign waddr[p*WordBits+:WordBits] = {wr_cell_i[p*16+:WordBits-2], wr_idx_i[p*2+:2]};
    assign raddr[p*WordBits+:WordBits] = {rd_cell_i[p*16+:WordBits-2], rd_idx_i[p*2+:2]};
    assign wbank[p*BankBits+:BankBits] = waddr[p*WordBits+:BankBits];
    assign rbank[p*BankBits+:BankBits] = raddr[p*WordBits+:BankBits];
  end

  mbuf_xbar_arb #(.BankBits(BankBits)) u_wr_arb (
    .clk_i, .rst_ni, .req_i(wr_req_i), .bank_i(wbank), .gnt_o(wr_gnt_o)
  );
  mbuf_xbar_arb #(.BankBits(BankBits)) u_rd_arb (
    .clk_i, .rst_ni, .req_i(rd_req_i), .bank_i(rbank), .gnt_o(rd_gnt_o)
  );

  logic [NumBanks-1:0] done;
  logic [NumBanks*512-1:0] rdata;
  for (genvar b = 0; b < NumBanks; b++) begin : g_bank
    logic [2:0] wsel, rsel;
    for (genvar p = 0; p < 3; p++) begin : g_sel
      assign wsel[p] = wr_gnt_o[p] & (wbank[p*BankBits+:BankBits] == BankBits'(b));
      assign rsel[p] = rd_gnt_o[p] & (rbank[p*BankBits+:BankBits] == BankBits'(b));
    end
    logic [RowBits-1:0] wrow, rrow;
    logic [511:0] wdata;
    logic [63:0] wmask;
    always_comb begin
      wrow = waddr[BankBits+:RowBits];
      wdata = wr_data_i[511:0];
      wmask = wr_mask_i[63:0];
      if (wsel[1]) begin
        wrow = waddr[WordBits+BankBits+:RowBits];
        wdata = wr_data_i[1023:512];
        wmask = wr_mask_i[127:64];
      end
      if (wsel[2]) begin
        wrow = waddr[2*WordBits+BankBits+:RowBits];
        wdata = wr_data_i[1535:1024];
        wmask = wr_mask_i[191:128];
      end
      rrow = raddr[BankBits+:RowBits];
      if (rsel[1]) rrow = raddr[WordBits+BankBits+:RowBits];
      if (rsel[2]) rrow = raddr[2*WordBits+BankBits+:RowBits];
    end
    mbuf_bank #(.Words(1 << RowBits)) u_bank (
      .clk_i, .rst_ni, .init_done_o(done[b]),
      .wr_en_i(wsel != 3'd0), .wr_addr_i(wrow), .wr_data_i(wdata), .wr_mask_i(wmask),
      .rd_en_i(rsel != 3'd0), .rd_addr_i(rrow), .rd_data_o(rdata[b*512+:512])
    );
  end
  assign init_done_o = &done;

  for (genvar p = 0; p < 3; p++) begin : g_rdata
    logic [BankBits-1:0] bank_q;
    always_ff @(posedge clk_i) begin
      if (rd_gnt_o[p]) bank_q <= rbank[p*BankBits+:BankBits];
    end
    logic [511:0] word;
    always_comb begin
      word = rdata[511:0];
      for (int b = 1; b < NumBanks; b++) begin
        if (bank_q == BankBits'(b)) word = rdata[b*512+:512];
      end
    end
    assign rd_data_o[p*512+:512] = word;
  end

  // Cell numbers are 16 bits on the ports; the writers and readers never ask beyond NumCells.
  if (WordBits - 2 < 16) begin : g_unused
    logic [2:0] unused;
    for (genvar p = 0; p < 3; p++) begin : g_bits
      assign unused[p] = ^{wr_cell_i[p*16+WordBits-2+:18-WordBits], rd_cell_i[p*16+WordBits-2+:18-WordBits]};
    end
  end
endmodule
