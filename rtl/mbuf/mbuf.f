// SPDX-License-Identifier: Apache-2.0
//
// Sources in compile order: message buffer, top mbuf. Paths are relative to this file (verilator -F); the
// generated packages lie in $FLATPROXY_CONTRACT. Format: docs/uarch/common.md.
${FLATPROXY_CONTRACT}/common_pkg.sv
${FLATPROXY_CONTRACT}/mbuf_pkg.sv
../common/axil_slave.sv
${FLATPROXY_CONTRACT}/mbuf_regs.sv
../common/stream_fifo.sv
../common/rr_arbiter.sv
../common/ram_1r1w.sv
mbuf_types_pkg.sv
mbuf_sum.sv
mbuf_bank.sv
mbuf_xbar_arb.sv
mbuf_banks.sv
mbuf_rows.sv
mbuf_writer.sv
mbuf_reader.sv
mbuf_job.sv
mbuf_free.sv
mbuf_pool.sv
mbuf_step.sv
mbuf_ctx.sv
mbuf_events.sv
mbuf_csr.sv
mbuf.sv
// +param mbuf NumCells=64 NumConns=16
// +param mbuf_bank Words=64
// +param mbuf_banks NumCells=64
// +param mbuf_rows NumCells=64
// +param mbuf_ctx NumCells=64 NumConns=16
// +param mbuf_events NumConns=16
