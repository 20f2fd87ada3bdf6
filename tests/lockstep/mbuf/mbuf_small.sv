// SPDX-License-Identifier: Apache-2.0
//
// The message buffer at the size the tests use: 64 cells and 12 connections, so that lists run empty,
// rows collide and pools dry up within a few thousand cycles. Same ports; mutants are made of this.
module mbuf_small (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic [63:0] now_i,
  output logic idle_o,
  output logic [63:0] wake_at_o,
  input  common_pkg::axil_req_t axil_req_i,
  output common_pkg::axil_rsp_t axil_rsp_o,
  output logic irq_o,
  input  logic [2:0] wr_valid_i,
  input  logic [3*mbuf_pkg::MbufWrBits-1:0] wr_data_i,
  output logic [2:0] wr_ready_o,
  output logic [2:0] desc_valid_o,
  output logic [3*common_pkg::MsgDescBits-1:0] desc_data_o,
  input  logic [2:0] desc_ready_i,
  input  logic [2:0] cq_valid_i,
  input  logic [3*common_pkg::ConnRefBits-1:0] cq_data_i,
  output logic [2:0] cq_ready_o,
  output logic [2:0] cr_valid_o,
  output logic [3*mbuf_pkg::MbufCreditBits-1:0] cr_data_o,
  input  logic [2:0] cr_ready_i,
  output logic [2:0] cevt_valid_o,
  output logic [3*common_pkg::ConnRefBits-1:0] cevt_data_o,
  input  logic [2:0] cevt_ready_i,
  input  logic [2:0] rd_valid_i,
  input  logic [3*mbuf_pkg::MbufRdBits-1:0] rd_data_i,
  output logic [2:0] rd_ready_o,
  output logic [2:0] rdata_valid_o,
  output logic [3*mbuf_pkg::MbufRdataBits-1:0] rdata_data_o,
  input  logic [2:0] rdata_ready_i,
  input  logic [2:0] free_valid_i,
  input  logic [3*common_pkg::MsgDescBits-1:0] free_data_i,
  output logic [2:0] free_ready_o,
  input  logic [2:0] cret_valid_i,
  input  logic [3*mbuf_pkg::MbufCretBits-1:0] cret_data_i,
  output logic [2:0] cret_ready_o
);
  mbuf #(.NumCells(64), .NumConns(12)) u_mbuf (.*);
endmodule
