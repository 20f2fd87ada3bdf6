// SPDX-License-Identifier: Apache-2.0
//
// Credit events of one producer. The queue has a place for every direction of every connection that
// may be waiting; a producer that lets more gather than that is held off (ok_o), so none is lost.
module mbuf_events #(
  parameter int unsigned NumConns = 1024
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        fire_i,
  input  logic [23:0] conn_i,
  input  logic        arm_i,      // a direction begins to wait
  input  logic        disarm0_i,  // a direction waits no more (fired or closed)
  input  logic        disarm1_i,
  output logic        ok_o,       // register-only: a start or query may be done
  output logic        valid_o,
  output logic [23:0] conn_o,
  input  logic        ready_i
);
  localparam int unsigned Depth = 2 * NumConns + 8;
  localparam int unsigned LevelBits = $clog2(Depth + 1);

  logic [LevelBits-1:0] level, armed_q;
  logic in_ready, full, empty;
  stream_fifo #(.Width(24), .Depth(Depth)) u_fifo (
    .clk_i, .rst_ni, .hold_i(1'b0), .in_valid_i(fire_i), .in_data_i(conn_i), .in_ready_o(in_ready),
    .out_valid_o(valid_o), .out_data_o(conn_o), .out_ready_i(ready_i),
    .level_o(level), .full_o(full), .empty_o(empty)
  );
  always_ff @(posedge clk_i) begin
    if (!rst_ni) armed_q <= '0;
    else begin
      armed_q <= armed_q + LevelBits'(arm_i) - LevelBits'(disarm0_i) - LevelBits'(disarm1_i);
    end
  end
  // At most three more operations of this producer are under way when one is held off.
  assign ok_o = ({1'b0, level} + {1'b0, armed_q}) < (LevelBits + 1)'(Depth - 4);

  logic unused;
  assign unused = ^{in_ready, full, empty};
endmodule
