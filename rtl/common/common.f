// SPDX-License-Identifier: Apache-2.0
//
// Sources in compile order: parts that every block uses. Paths are relative to this file (verilator -F); the
// generated packages lie in $FLATPROXY_CONTRACT. Format: docs/uarch/common.md.
${FLATPROXY_CONTRACT}/common_pkg.sv
axil_slave.sv
stream_fifo.sv
skid_buffer.sv
rr_arbiter.sv
wrr_arbiter.sv
ram_1r1w.sv
crc32c.sv
toeplitz.sv
csum_add.sv
// +param stream_fifo Width=640 Depth=8
// +param skid_buffer Width=640
// +param rr_arbiter N=8
// +param wrr_arbiter N=8
