// SPDX-License-Identifier: Apache-2.0
//
// Binds the assertions and covers of one match-action stage.
/* verilator lint_off DECLFILENAME */  // several binds, no module

bind rmt_stage rmt_stage_sva u_stage_sva (
    .looked(run_q[2]), .use_live(cnt3_q | met3_q | reg3_q), .*);
bind rmt_live_ram rmt_live_ram_sva u_live_ram_sva (.*);
bind rmt_counters rmt_counters_sva u_counters_sva (
    .packets_over(packets[64]), .bytes_over(bytes[64]), .*);
