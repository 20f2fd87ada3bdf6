// SPDX-License-Identifier: Apache-2.0
//
// Test data: takes demo_pkg::everything_t apart by member name and puts it together again, so that
// the SystemVerilog compiler's layout can be held against the C++ pack() and unpack().
module demo_probe (
    input demo_pkg::everything_t struct_i,

    output logic [127:0] bytes_o,
    output logic bit0_o,
    output logic [39:0] skewed_o,
    output logic [99:0] wide_skewed_o,
    output logic [3:0] nibble_o,
    output logic [63:0] word64_o,
    output logic [60:0] odd64_o,
    output logic [1:0] one_kind_o,
    output logic [4:0] one_odd2_o,
    output logic [19:0] one_conn_id_o,
    output logic [3:0] one_conn_gen_o,
    output logic [3:0] one_port_o,
    output demo_pkg::inner_t many2_o,
    output logic [13:0] enums_o,
    output logic [8:0] flags_o,
    output logic mode_o,
    output logic [299:0] long_run_o,
    output logic [2:0] long_run77_o,
    output logic [63:0] halves_o,
    output logic [319:0] key_o,
    output logic [71:0] wide_array1_o,

    // The same struct with every named part replaced from the inputs.
    input logic [127:0] bytes_i,
    input logic [60:0] odd64_i,
    input logic [19:0] one_conn_id_i,
    input logic [299:0] long_run_i,
    input demo_pkg::inner_t many0_i,
    output demo_pkg::everything_t struct_o
);
  assign bytes_o = struct_i.bytes;
  assign bit0_o = struct_i.bit0;
  assign skewed_o = struct_i.skewed;
  assign wide_skewed_o = struct_i.wide_skewed;
  assign nibble_o = struct_i.nibble;
  assign word64_o = struct_i.word64;
  assign odd64_o = struct_i.odd64;
  assign one_kind_o = struct_i.one.kind;
  assign one_odd2_o = struct_i.one.odd[2];
  assign one_conn_id_o = struct_i.one.conn.conn_id;
  assign one_conn_gen_o = struct_i.one.conn.gen;
  assign one_port_o = struct_i.one.port;
  assign many2_o = struct_i.many[2];
  assign enums_o = struct_i.enums;
  assign flags_o = struct_i.flags;
  assign mode_o = struct_i.mode;
  assign long_run_o = struct_i.long_run;
  assign long_run77_o = struct_i.long_run[77];
  assign halves_o = struct_i.halves;
  assign key_o = struct_i.key;
  assign wide_array1_o = struct_i.wide_array[1];

  always_comb begin
    struct_o = struct_i;
    struct_o.bytes = bytes_i;
    struct_o.odd64 = odd64_i;
    struct_o.one.conn.conn_id = one_conn_id_i;
    struct_o.long_run = long_run_i;
    struct_o.many[0] = many0_i;
  end
endmodule
