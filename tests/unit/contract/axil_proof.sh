#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Proves axil_slave's immediate assertions by induction from reset: one response at a time, and only
# for an access that is held. Usage: axil_proof.sh COMMON_PKG AXIL_SLAVE ; 77 without yosys.
set -euo pipefail
command -v yosys >/dev/null || { echo "yosys is not installed: skipped"; exit 77; }
yosys -q -p "read_verilog -sv $1; read_verilog -sv -formal -DFORMAL $2; prep -top axil_slave;
  flatten; async2sync; dffunmap; opt_clean;
  sat -tempinduct -prove-asserts -set-at 1 rst_ni 0 -seq 1 -maxsteps 8 -verify"
