// SPDX-License-Identifier: Apache-2.0
//
// Binds the assertions and covers of the VQ block.
/* verilator lint_off DECLFILENAME */  // several binds, no module

bind vq stream_sva #(.Width(common_pkg::MsgDescBits)) u_desc_tx_sva (
    .valid(desc_tx_valid_o), .ready(desc_tx_ready_i), .data(desc_tx_data_o), .*);
bind vq stream_sva #(.Width(mbuf_pkg::MbufRdBits)) u_rd_sva (
    .valid(rd_valid_o), .ready(rd_ready_i), .data(rd_data_o), .*);
bind vq stream_sva #(.Width(common_pkg::MsgDescBits)) u_free_sva (
    .valid(free_valid_o), .ready(free_ready_i), .data(free_data_o), .*);
bind vq stream_sva #(.Width(mbuf_pkg::MbufCretBits)) u_cret_sva (
    .valid(cret_valid_o), .ready(cret_ready_i), .data(cret_data_o), .*);
bind vq stream_sva #(.Width(common_pkg::ConnRefBits)) u_cq_sva (
    .valid(cq_valid_o), .ready(cq_ready_i), .data(cq_data_o), .*);
bind vq stream_sva #(.Width(mbuf_pkg::MbufWrBits)) u_wr_sva (
    .valid(wr_valid_o), .ready(wr_ready_i), .data(wr_data_o), .*);
bind vq stream_sva #(.Width(vq_pkg::PcieWrBits)) u_dma_wr_sva (
    .valid(dma_wr_valid_o), .ready(dma_wr_ready_i), .data(dma_wr_data_o), .*);
bind vq stream_sva #(.Width(vq_pkg::PcieRdBits)) u_dma_rd_sva (
    .valid(dma_rd_valid_o), .ready(dma_rd_ready_i), .data(dma_rd_data_o), .*);
bind vq stream_sva #(.Width(vq_pkg::MsixBits)) u_msix_sva (
    .valid(msix_valid_o), .ready(msix_ready_i), .data(msix_data_o), .*);
bind vq_ring vq_ring_sva u_ring_sva (.op(req_q.op), .*);
bind vq_db vq_db_sva #(.NumRings(NumRings), .RingBits(RingBits)) u_db_sva (.*);
bind vq_ev vq_ev_sva u_ev_sva (.*);
