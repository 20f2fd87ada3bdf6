// SPDX-License-Identifier: Apache-2.0
//
// Sources in compile order: CSR interconnect, top csr. Paths are relative to this file (verilator -F); the
// generated packages lie in $FLATPROXY_CONTRACT. Format: docs/uarch/common.md.
${FLATPROXY_CONTRACT}/common_pkg.sv
${FLATPROXY_CONTRACT}/soc_pkg.sv
csr.sv
