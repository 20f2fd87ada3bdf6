# SPDX-License-Identifier: Apache-2.0
# Format: docs/uarch/common.md
+pkg common
rtl/common/axil_slave.sv
rtl/common/stream_fifo.sv
rtl/common/skid_buffer.sv
rtl/common/rr_arbiter.sv
rtl/common/wrr_arbiter.sv
rtl/common/ram_1r1w.sv
rtl/common/crc32c.sv
rtl/common/toeplitz.sv
rtl/common/csum_add.sv
+param stream_fifo Width=640 Depth=8
+param skid_buffer Width=640
+param rr_arbiter N=8
+param wrr_arbiter N=8
