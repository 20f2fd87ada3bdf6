// SPDX-License-Identifier: Apache-2.0
//
// Binds the assertions and covers of the common parts into every instance of them. What goes into
// a queue is the concern of who drives it: behind an arbiter an offer may change until it is taken.
/* verilator lint_off DECLFILENAME */  // several binds, no module

bind stream_fifo fifo_sva #(.Depth(Depth)) u_fifo_sva (.*);
bind stream_fifo stream_sva #(.Width(Width)) u_out_sva (
    .clk_i(clk_i), .rst_ni(rst_ni), .valid(out_valid_o), .ready(out_ready_i), .data(out_data_o));

bind skid_buffer stream_sva #(.Width(Width)) u_out_sva (
    .clk_i(clk_i), .rst_ni(rst_ni), .valid(out_valid_o), .ready(out_ready_i), .data(out_data_o));

bind rr_arbiter arbiter_sva #(.N(N), .MaxWait(N - 1)) u_arbiter_sva (.*);
bind wrr_arbiter arbiter_sva #(.N(N), .MaxWait((N - 1) * ((1 << WeightBits) - 1))) u_arbiter_sva (
    .*);

bind ram_1r1w ram_sva #(.Width(Width), .Depth(Depth)) u_ram_sva (.*);
