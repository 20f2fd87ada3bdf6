// SPDX-License-Identifier: Apache-2.0
//
// Sources in compile order: VQ/DMA, top vq. Paths are relative to this file (verilator -F); the
// generated packages lie in $FLATPROXY_CONTRACT. Format: docs/uarch/common.md.
${FLATPROXY_CONTRACT}/common_pkg.sv
${FLATPROXY_CONTRACT}/mbuf_pkg.sv
${FLATPROXY_CONTRACT}/vq_pkg.sv
../common/axil_slave.sv
${FLATPROXY_CONTRACT}/vq_regs.sv
vq_int_pkg.sv
../common/ram_1r1w.sv
../common/stream_fifo.sv
../common/skid_buffer.sv
../common/rr_arbiter.sv
vq_xlate.sv
vq_ring.sv
vq_db.sv
vq_rx.sv
vq_txi.sv
vq_txw.sv
vq_ev.sv
vq_tbl.sv
vq.sv
