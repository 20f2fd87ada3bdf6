# SPDX-License-Identifier: Apache-2.0
# Format: docs/uarch/common.md
+pkg common
+pkg soc
rtl/soc/csr.sv
