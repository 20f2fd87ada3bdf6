// SPDX-License-Identifier: Apache-2.0
//
// Binds the assertions and covers of the RMT pipeline.
/* verilator lint_off DECLFILENAME */  // a bind, no module

bind rmt rmt_sva u_rmt_sva (
    .enable(reg2hw.ctrl_enable_q), .epoch_bank(reg2hw.epoch_epoch_q[0]), .*);
