# SPDX-License-Identifier: Apache-2.0
# Format: docs/uarch/common.md
+pkg soc
rtl/soc/csr.sv
