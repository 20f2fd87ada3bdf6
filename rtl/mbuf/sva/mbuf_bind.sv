// SPDX-License-Identifier: Apache-2.0
//
// Binds the assertions and covers of the message buffer.
/* verilator lint_off DECLFILENAME */  // several binds, no module

bind mbuf mbuf_sva #(.NumCells(NumCells)) u_mbuf_sva (.*);
bind mbuf_writer mbuf_writer_sva u_writer_sva (.*);
bind mbuf_reader mbuf_reader_sva u_reader_sva (.*);
