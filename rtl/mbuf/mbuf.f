# SPDX-License-Identifier: Apache-2.0
# Format: docs/uarch/common.md
+pkg mbuf
rtl/common/stream_fifo.sv
rtl/common/rr_arbiter.sv
rtl/common/ram_1r1w.sv
rtl/mbuf/mbuf_types_pkg.sv
rtl/mbuf/mbuf_sum.sv
rtl/mbuf/mbuf_bank.sv
rtl/mbuf/mbuf_xbar_arb.sv
rtl/mbuf/mbuf_banks.sv
rtl/mbuf/mbuf_rows.sv
rtl/mbuf/mbuf_writer.sv
rtl/mbuf/mbuf_reader.sv
rtl/mbuf/mbuf_job.sv
rtl/mbuf/mbuf_free.sv
rtl/mbuf/mbuf_pool.sv
rtl/mbuf/mbuf_step.sv
rtl/mbuf/mbuf_ctx.sv
rtl/mbuf/mbuf_events.sv
rtl/mbuf/mbuf_csr.sv
rtl/mbuf/mbuf.sv
+param mbuf NumCells=64 NumConns=16
+param mbuf_bank Words=64
+param mbuf_banks NumCells=64
+param mbuf_rows NumCells=64
+param mbuf_ctx NumCells=64 NumConns=16
+param mbuf_events NumConns=16
