#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# yosys must read the given SystemVerilog files in this order and elaborate TOP without latches,
# loops or undriven nets. Usage: yosys_reads.sh TOP FILE... ; 77 when yosys is not installed.
set -euo pipefail
command -v yosys >/dev/null || { echo "yosys is not installed: skipped"; exit 77; }
top=$1
shift
script=""
for file in "$@"; do script+="read_verilog -sv $file; "; done
# A package alone has no module to elaborate.
if [ "$top" != "-" ]; then
  script+="hierarchy -check -top $top; proc; opt; select -assert-none t:\$dlatch t:\$adlatch; check -assert"
fi
yosys -q -p "$script"
