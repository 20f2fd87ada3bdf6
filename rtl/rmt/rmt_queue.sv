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
  // What rmt_tm guarantees.
  always_comb begin
    assume (!(write_i & full_o));
    assume (!(commit_i & rollback_i));
    assume (!(write_i & rollback_i));
  end

  // From the first reset on the ring never holds more than Depth beats, what is committed lies
  // between rd and wr, and no frame under way is ever given out.
  logic seen_reset_q;
  initial seen_reset_q = 1'b0;
  always_ff @(posedge clk_i) if (!rst_ni) seen_reset_q <= 1'b1;

  logic [PtrBits:0] committed;
  assign committed = cm_q - rd_q;
  always_comb begin
    if (seen_reset_q) begin
      assert (level_o <= (PtrBits+1)'(Depth));
      assert (committed <= level_o);
      assert (!(load & (committed == '0)));
    end
  end

  // One beat, marked by the solver at a write of its choice, is followed: unless its frame is rolled
  // back it leaves in its turn with its value, so nothing is lost, doubled, reordered or changed.
  (* anyseq *) logic mark;
  logic             live_q, safe_q, there_q;
  logic [PtrBits:0] slot_q;
  logic [Width-1:0] value_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      live_q  <= 1'b0;
      safe_q  <= 1'b0;
      there_q <= 1'b0;
    end else begin
      if (!live_q && !there_q && mark && write_i) begin
        live_q  <= 1'b1;
        safe_q  <= commit_i;
        slot_q  <= wr_q;
        value_q <= data_i;
      end else if (live_q) begin
        if (commit_i) safe_q <= 1'b1;
        if (rollback_i && !safe_q) live_q <= 1'b0;
        if (load && rd_q == slot_q) begin
          live_q  <= 1'b0;
          there_q <= 1'b1;
        end
      end
      if (there_q && ready_i) there_q <= 1'b0;
    end
  end
  logic [PtrBits:0] from_rd;
  assign from_rd = slot_q - rd_q;
  always_comb begin
    if (seen_reset_q) begin
      if (live_q) assert (mem[slot_q[PtrBits-1:0]] == value_q);
      if (live_q) assert (from_rd < level_o);
      if (live_q) assert (safe_q == (from_rd < committed));
      if (there_q) assert (valid_o && data_o == value_q);
    end
  end
`endif

endmodule
