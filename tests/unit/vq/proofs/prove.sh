#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Proves the immediate assertions of one VQ part by induction from reset.
#   prove.sh TOP "yosys commands before prep" FILE...   ; 77 without yosys
set -euo pipefail
command -v yosys >/dev/null || { echo "yosys is not installed: skipped"; exit 77; }
top=$1
before=$2
shift 2
reads=""
for file in "$@"; do reads+="read_verilog -sv -formal -DFORMAL $file; "; done
yosys -q -p "$reads $before prep -top $top; flatten; memory -nordff; async2sync; dffunmap;
  opt -full; opt_clean;
  sat -tempinduct -prove-asserts -set-assumes -set-at 1 rst_ni 0 -seq 1 -maxsteps 12 -verify"
