// SPDX-License-Identifier: Apache-2.0
//
// AXI4-Lite front end of every register block: 32-bit data, 16-bit offsets, every output a register,
// one access at a time. A write whose address and data are both held goes before a held read.
//
//   cycle t    last of AW/W (or AR) accepted: valid and ready both one
//   cycle t+1  reg_en_o for one cycle (if no response is pending); read data is taken at its end
//   cycle t+2  BVALID or RVALID, held until BREADY/RREADY; a written register shows its new value
//   cycle t+3  (response taken in t+2) AWREADY/WREADY or ARREADY again
//
// READY is low during reset and rises in the first cycle after it. VALID never waits for READY.
module axil_slave (
    input logic clk_i,
    input logic rst_ni,

    input  common_pkg::axil_req_t axil_i,
    output common_pkg::axil_rsp_t axil_o,

    output logic        reg_en_o,     // an access happens in this cycle -> register block
    output logic        reg_we_o,     // it is a write with full strobes
    output logic [15:0] reg_addr_o,   // byte offset, stable while reg_en_o
    output logic [31:0] reg_wdata_o,
    input  logic [31:0] reg_rdata_i,  // same cycle as reg_en_o; zero where nothing is mapped
    input  logic        reg_err_i     // same cycle as reg_en_o: nothing is mapped here
);
  logic aw_held_q, w_held_q, ar_held_q;
  logic awready_q, wready_q, arready_q;
  logic bvalid_q, rvalid_q;
  logic [15:0] awaddr_q, araddr_q;
  logic [31:0] wdata_q, rdata_q;
  logic [3:0] wstrb_q;
  logic bslverr_q, rslverr_q;

  logic aw_fire, w_fire, ar_fire, b_fire, r_fire;
  assign aw_fire = axil_i.awvalid & awready_q;
  assign w_fire = axil_i.wvalid & wready_q;
  assign ar_fire = axil_i.arvalid & arready_q;
  assign b_fire = bvalid_q & axil_i.bready;
  assign r_fire = rvalid_q & axil_i.rready;

  logic busy, do_write, do_read, strb_ok;
  assign busy = bvalid_q | rvalid_q;
  assign do_write = ~busy & aw_held_q & w_held_q;
  assign do_read = ~busy & ar_held_q & ~do_write;
  assign strb_ok = wstrb_q == 4'hf;

  assign reg_en_o = do_write | do_read;
  assign reg_we_o = do_write & strb_ok;
  assign reg_addr_o = do_write ? awaddr_q : araddr_q;
  assign reg_wdata_o = wdata_q;

  // An address stays held until its response is taken, so that READY shows "one at a time".
  logic aw_held_d, w_held_d, ar_held_d;
  assign aw_held_d = (aw_held_q & ~b_fire) | aw_fire;
  assign w_held_d = (w_held_q & ~b_fire) | w_fire;
  assign ar_held_d = (ar_held_q & ~r_fire) | ar_fire;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      aw_held_q <= 1'b0;
      w_held_q  <= 1'b0;
      ar_held_q <= 1'b0;
      awready_q <= 1'b0;
      wready_q  <= 1'b0;
      arready_q <= 1'b0;
      bvalid_q  <= 1'b0;
      rvalid_q  <= 1'b0;
      awaddr_q  <= 16'h0;
      araddr_q  <= 16'h0;
      wdata_q   <= 32'h0;
      wstrb_q   <= 4'h0;
      rdata_q   <= 32'h0;
      bslverr_q <= 1'b0;
      rslverr_q <= 1'b0;
    end else begin
      aw_held_q <= aw_held_d;
      w_held_q  <= w_held_d;
      ar_held_q <= ar_held_d;
      awready_q <= ~aw_held_d;
      wready_q  <= ~w_held_d;
      arready_q <= ~ar_held_d;
      bvalid_q  <= (bvalid_q & ~b_fire) | do_write;
      rvalid_q  <= (rvalid_q & ~r_fire) | do_read;
      if (aw_fire) awaddr_q <= axil_i.awaddr;
      if (ar_fire) araddr_q <= axil_i.araddr;
      if (w_fire) begin
        wdata_q <= axil_i.wdata;
        wstrb_q <= axil_i.wstrb;
      end
      if (do_write) bslverr_q <= reg_err_i | ~strb_ok;
      if (do_read) begin
        rdata_q   <= reg_rdata_i;
        rslverr_q <= reg_err_i;
      end
    end
  end

  assign axil_o.awready = awready_q;
  assign axil_o.wready = wready_q;
  assign axil_o.arready = arready_q;
  assign axil_o.bvalid = bvalid_q;
  assign axil_o.bresp = bslverr_q ? common_pkg::AxiRespSlverr : common_pkg::AxiRespOkay;
  assign axil_o.rvalid = rvalid_q;
  assign axil_o.rdata = rdata_q;
  assign axil_o.rresp = rslverr_q ? common_pkg::AxiRespSlverr : common_pkg::AxiRespOkay;

`ifdef FORMAL
  // At most one response is up, and only for an access that is still held.
  always_comb begin
    if (rst_ni) begin
      assert (!(bvalid_q && rvalid_q));
      assert (!bvalid_q || (aw_held_q && w_held_q));
      assert (!rvalid_q || ar_held_q);
    end
  end
`endif
endmodule
