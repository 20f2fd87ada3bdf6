// SPDX-License-Identifier: Apache-2.0
//
// One output queue of the traffic manager: a ring of beats in RAM. Beats become visible to the
// output only when their frame is committed; a frame that is not goes back out of the ring. The
// RAM's read register is the output register.

module rmt_queue #(
  parameter int unsigned Width = 32,    // bits of a beat
  parameter int unsigned Depth = 1024,  // beats, a power of two
  localparam int unsigned PtrBits = $clog2(Depth)
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               write_i,     // store data_i; not when full_o
  input  logic [Width-1:0]   data_i,
  input  logic               commit_i,    // the open frame, a beat written now included, is whole
  input  logic               rollback_i,  // the open frame never was; not together with commit_i
  output logic               full_o,
  output logic [PtrBits:0]   level_o,     // beats held, those of the open frame included

  output logic               valid_o,
  output logic [Width-1:0]   data_o,
  input  logic               ready_i,

  output logic               empty_o      // nothing held, nothing on the output
);

  logic [Width-1:0] mem [Depth];

  // One bit more than an address: the difference tells full from empty.
  logic [PtrBits:0] wr_q, wr_d, cm_q, rd_q;
  logic             load;

  assign level_o = wr_q - rd_q;
  assign full_o  = level_o[PtrBits];
  assign empty_o = (wr_q == rd_q) & !valid_o;
  assign wr_d    = rollback_i ? cm_q : wr_q + {{PtrBits{1'b0}}, write_i};
  assign load    = (cm_q != rd_q) & (!valid_o | ready_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wr_q    <= '0;
      cm_q    <= '0;
      rd_q    <= '0;
      valid_o <= 1'b0;
    end else begin
      wr_q    <= wr_d;
      if (commit_i) begin
        cm_q <= wr_d;
      end
      if (load) begin
        rd_q <= rd_q + 1'b1;
      end
      valid_o <= load | (valid_o & !ready_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (write_i) begin
      mem[wr_q[PtrBits-1:0]] <= data_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      data_o <= mem[rd_q[PtrBits-1:0]];
    end
  end

`ifdef FORMAL
  // The ring never holds more than Depth beats, and what is committed lies between rd and wr.
  always_comb begin
    if (rst_ni) begin
      assert (level_o <= (PtrBits+1)'(Depth));
      assert ((PtrBits+1)'(cm_q - rd_q) <= level_o);
    end
  end
  always_comb begin
    assume (!(write_i & full_o));
    assume (!(commit_i & rollback_i));
    assume (!(write_i & rollback_i));
  end
`endif

endmodule
