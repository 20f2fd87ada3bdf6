// SPDX-License-Identifier: Apache-2.0
//
// One output of the traffic manager: turns what a reader fetched into a packet stream and inserts the
// frame's edit on the way. An unedited frame leaves at one beat a cycle; an edited one is put
// together anew from the insertion on. The output is a register.

module rmt_egress #(
  localparam int unsigned DataBits = common_pkg::BeatBytes * 8,
  localparam int unsigned RecBits  = rmt_tm_pkg::RecBits,
  localparam int unsigned RowBits  = rmt_pkg::EgressEditBits
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,

  // A beat, its frame's record and row with the first one     <- rmt_tm_read and the memories
  input  logic                          valid_i,
  input  logic                          first_i,
  input  logic                          last_i,
  input  logic                          edit_i,      // constant over a frame
  input  logic [DataBits-1:0]           data_i,      // zeros behind the frame's end
  input  logic [RecBits-1:0]            rec_i,       // rmt_tm_pkg::rec_t
  input  logic [RowBits-1:0]            row_i,       // rmt_pkg::egress_edit_t
  output logic                          take_o,      // a beat's place is free again
  output logic                          edit_free_o, // the edit register is

  output logic                          valid_o,
  output common_pkg::pkt_beat_t         beat_o,
  output logic [rmt_tm_pkg::AgainBits-1:0] again_o,  // rmt_tm_pkg::again_t, for recirculation
  input  logic                          ready_i,

  output logic                          empty_o
);
  localparam int unsigned Buffer    = 4;             // beats; rmt_tm_read counts them
  localparam int unsigned BufferLog = $clog2(Buffer);
  localparam int unsigned BeatBytes = common_pkg::BeatBytes;
  localparam int unsigned EditBytes = rmt_pkg::EditBytes;
  localparam int unsigned EditBits  = EditBytes * 8;
  localparam int unsigned Halves    = EditBytes / 2;
  localparam int unsigned WideBits  = DataBits + EditBits;
  localparam int unsigned CountBits = 8;             // bytes, up to BeatBytes + EditBytes

  // ---------------------------------------------------------------- the edit as bytes
  // Half words most significant byte first; offsets name half words, those past the data none.
  function automatic logic [EditBits-1:0] put(input logic [EditBits-1:0] bytes, input logic en,
                                              input logic [5:0] at, input logic [15:0] value);
    put = bytes;
    if (en && 32'(at) < Halves) put[{at, 4'h0} +: 16] = {value[7:0], value[15:8]};
  endfunction

  // verilator lint_off UNUSEDSIGNAL
  rmt_tm_pkg::rec_t      rec_new;                    // views: not every field counts
  rmt_pkg::egress_edit_t row;                        // offsets name half words
  // verilator lint_on UNUSEDSIGNAL
  logic [15:0]           len0, len1, other;
  logic [16:0]           sum;
  logic [6:0]            row_len;
  logic [EditBits-1:0]   bytes_d;
  logic                  load_edit;

  assign rec_new   = rec_i;
  assign row       = row_i;
  assign load_edit = valid_i & first_i & edit_i;

  always_comb begin
    len0    = '0;
    len1    = '0;
    other   = '0;
    sum     = '0;
    row_len = '0;
    bytes_d = '0;
    if (load_edit) begin
      row_len = (row.len > 7'(EditBytes)) ? 7'(EditBytes) : row.len;
      if (rec_new.len <= rmt_tm_pkg::LenBits'(row.at)) row_len = '0;
      len0    = 16'(rec_new.len) + row.len0_add;
      len1    = 16'(rec_new.len) + row.len1_add;
      bytes_d = row.data;
      if (32'(row.csum_at[6:1]) < Halves) other = bytes_d[{row.csum_at[6:1], 4'h0} +: 16];
      other   = {other[7:0], other[15:8]};
      sum     = {1'b0, other} + {1'b0, len0};
      sum     = {1'b0, sum[15:0]} + 17'(sum[16]);
      bytes_d = put(bytes_d, row.len0_en, row.len0_at[6:1], len0);
      bytes_d = put(bytes_d, row.len1_en, row.len1_at[6:1], len1);
      bytes_d = put(bytes_d, row.csum_en, row.csum_at[6:1], ~sum[15:0]);
      bytes_d = put(bytes_d, row.hash_en, row.hash_at[6:1], {2'b11, rec_new.entropy});
      bytes_d = bytes_d & ~({EditBits{1'b1}} << {row_len, 3'b000});
    end
  end

  logic [EditBits-1:0] ins_q;
  logic [6:0]          ins_len_q;
  logic [4:0]          ins_at_q;
  always_ff @(posedge clk_i) begin
    if (load_edit) begin
      ins_q     <= bytes_d;
      ins_len_q <= row_len;
      ins_at_q  <= row.at;
    end
  end

  // ---------------------------------------------------------------- buffer
  localparam int unsigned SlotBits = RecBits + 3 + DataBits;
  logic [SlotBits-1:0]  mem [Buffer];
  logic [BufferLog-1:0] wptr_q, rptr_q;
  logic [BufferLog:0]   level_q;
  logic                 held, in_valid, in_first, in_last, in_edit, take, push, pop;
  logic [DataBits-1:0]  in_data;
  logic [RecBits-1:0]   in_rec;

  // A beat goes by the buffer if that is empty and no edit has to be put together first.
  assign held     = level_q != '0;
  assign in_valid = held | (valid_i & !load_edit);
  always_comb begin
    {in_rec, in_edit, in_last, in_first, in_data} = '0;
    if (held) begin
      {in_rec, in_edit, in_last, in_first, in_data} = mem[rptr_q];
    end else if (valid_i) begin
      {in_rec, in_edit, in_last, in_first, in_data} = {rec_i, edit_i, last_i, first_i, data_i};
    end
  end
  assign push   = valid_i & !(take & !held);
  assign pop    = take & held;
  assign take_o = take;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q  <= '0;
      rptr_q  <= '0;
      level_q <= '0;
    end else begin
      if (push) wptr_q <= wptr_q + 1'b1;
      if (pop) rptr_q <= rptr_q + 1'b1;
      if (push != pop) level_q <= push ? level_q + 1'b1 : level_q - 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (push) mem[wptr_q] <= {rec_i, edit_i, last_i, first_i, data_i};
  end

  // ---------------------------------------------------------------- put together
  logic [EditBits-1:0]  carry_q, carry_d;            // bytes taken and not sent, zeros behind them
  logic [CountBits-1:0] kept_q, kept_d;              // how many
  logic                 flush_q, flush_d;            // the frame's last beat is taken
  logic                 alone;                       // a beat leaves without one being taken
  logic                 room, send, eop;
  logic [WideBits-1:0]  wide, above;
  logic [CountBits-1:0] total, nb, at_end;
  rmt_tm_pkg::rec_t     rec_q;
  // verilator lint_off UNUSEDSIGNAL
  rmt_tm_pkg::rec_t     rec;                         // a view: only the length
  // verilator lint_on UNUSEDSIGNAL

  assign alone = (kept_q >= CountBits'(BeatBytes)) | flush_q;
  assign room  = !valid_o | ready_i;
  assign take  = room & !alone & in_valid;
  assign send  = room & (alone | in_valid);
  assign rec   = (in_first & !alone) ? in_rec : rec_q;
  assign edit_free_o = take & in_first & in_edit;

  always_comb begin
    wide   = '0;
    above  = '0;
    nb     = '0;
    total  = '0;
    at_end = '0;
    if (send) begin
      if (alone) begin
        wide[EditBits-1:0] = carry_q;
        total = kept_q;
      end else begin
        nb = CountBits'(BeatBytes);
        if (in_last && rec.len[5:0] != '0) nb = CountBits'(rec.len[5:0]);
        if (edit_free_o && ins_len_q != '0) begin
          at_end = CountBits'(ins_at_q) + CountBits'(ins_len_q);
          above[DataBits-1:0] = in_data >> {ins_at_q, 3'b000};
          wide[DataBits-1:0]  = in_data & ~({DataBits{1'b1}} << {ins_at_q, 3'b000});
          wide  = wide | (WideBits'(ins_q) << {ins_at_q, 3'b000}) | (above << {at_end, 3'b000});
          total = nb + CountBits'(ins_len_q);
        end else if (!in_first && kept_q != '0) begin
          wide  = WideBits'(carry_q) | (WideBits'(in_data) << {kept_q[5:0], 3'b000});
          total = nb + kept_q;
        end else begin
          wide[DataBits-1:0] = in_data;
          total = nb;
        end
      end
    end
  end

  // What is left of a frame whose last beat is taken goes out by itself.
  assign flush_d = (alone ? flush_q : in_last) & (total > CountBits'(BeatBytes));
  assign eop     = (alone ? flush_q : in_last) & (total <= CountBits'(BeatBytes));
  assign kept_d  = (total > CountBits'(BeatBytes)) ? total - CountBits'(BeatBytes) : '0;
  assign carry_d = wide[WideBits-1:DataBits];

  logic                open_q;                       // the next beat is not a frame's first
  logic                sop_q, eop_q;
  logic [DataBits-1:0] data_q;
  logic [6:0]          nbytes_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_o <= 1'b0;
      kept_q  <= '0;
      flush_q <= 1'b0;
      open_q  <= 1'b0;
    end else begin
      valid_o <= send | (valid_o & !ready_i);
      if (send) begin
        kept_q  <= kept_d;
        flush_q <= flush_d;
        open_q  <= !eop;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (send) begin
      data_q   <= wide[DataBits-1:0];
      nbytes_q <= (total > CountBits'(BeatBytes)) ? 7'(BeatBytes) : total[6:0];
      sop_q    <= !open_q;
      eop_q    <= eop;
      if (kept_d != '0) carry_q <= carry_d;
      if (in_first && !alone) rec_q <= in_rec;
    end
  end

  // In the order of pkt_beat_t; by member the port would need an enum cast.
  assign beat_o  = {rec_q.tag, rec_q.port, 1'b0, eop_q, sop_q, nbytes_q, data_q};
  assign again_o = {rec_q.recirc, rec_q.passes + 3'd1, rec_q.epoch};
  assign empty_o = !held & !valid_i & !valid_o & !alone;
endmodule
