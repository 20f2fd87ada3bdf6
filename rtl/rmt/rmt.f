# SPDX-License-Identifier: Apache-2.0
# Format: docs/uarch/common.md
+pkg rmt
rtl/common/crc32c.sv
rtl/rmt/rmt_ram.sv
rtl/rmt/rmt_alus.sv
rtl/rmt/rmt_stage.sv
rtl/rmt/rmt_queue.sv
rtl/rmt/rmt_tm.sv
rtl/rmt/rmt_input.sv
rtl/rmt/rmt_tables.sv
rtl/rmt/rmt_window.sv
rtl/rmt/rmt_parser_engine.sv
rtl/rmt/rmt_parser.sv
rtl/rmt/rmt_deparser_step.sv
rtl/rmt/rmt_deparser_csum.sv
rtl/rmt/rmt_deparser.sv
rtl/rmt/rmt.sv
