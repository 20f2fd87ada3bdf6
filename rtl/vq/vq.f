# VQ/DMA block: sources in compile order (docs/uarch/common.md has the format).
+pkg mbuf
+pkg vq
rtl/vq/vq_int_pkg.sv
rtl/common/ram_1r1w.sv
rtl/common/stream_fifo.sv
rtl/common/skid_buffer.sv
rtl/common/rr_arbiter.sv
rtl/vq/vq_xlate.sv
rtl/vq/vq_ring.sv
rtl/vq/vq_db.sv
rtl/vq/vq_rx.sv
rtl/vq/vq_txi.sv
rtl/vq/vq_txw.sv
rtl/vq/vq_ev.sv
rtl/vq/vq_tbl.sv
rtl/vq/vq.sv
