// SPDX-License-Identifier: Apache-2.0
//
// Table commands: checks what TBL_CMD asks for and drives the table ports of parser, stages,
// deparser and traffic manager. A bank that frames are judged by, or will be at once, is never written. After reset it
// first writes zeros to every row below StageTableBase, one a cycle; stages sweep themselves.

module rmt_tables #(
  localparam int unsigned IndexBits = $clog2(rmt_pkg::ExactWays * rmt_pkg::ExactRows)
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  // TBL_CMD and what the check needs <- registers, rmt_input
  input  logic        cmd_i,        // written in the cycle before
  input  logic [1:0]  op_i,
  input  logic [7:0]  table_i,
  input  logic        bank_i,
  input  logic [15:0] index_i,
  input  logic        enable_i,     // CTRL.ENABLE
  input  logic        epoch_bank_i, // EPOCH bit 0
  input  logic [16*rmt_pkg::NumBanks-1:0] inflight_i,
  input  logic        init_done_i,  // every table is swept
  input  logic        answer_i,     // an owner presents the row asked for

  // To the owners of the tables; address stable until the answer.
  output logic        tw_valid_o,
  output logic        tr_valid_o,
  output logic [7:0]  table_o,
  output logic        bank_o,
  output logic [IndexBits-1:0] index_o,

  output logic        swept_o,      // the sweep is over; until then rows are written with zeros

  output logic        busy_o,       // TBL_STATUS.BUSY
  output logic        error_o,      // TBL_STATUS.ERROR
  output logic        fault_o,      // pulse: refused -> error record
  output logic [7:0]  fault_code_o,
  output logic [15:0] fault_index_o
);

  localparam logic [7:0] StageMask = 8'(rmt_pkg::StageTableStride - 1);
  localparam int unsigned StageEnd =
      rmt_pkg::StageTableBase + rmt_pkg::NumStages * rmt_pkg::StageTableStride;

  // Rows of a table, 0 for an id without one.
  logic [7:0]  id;
  logic [15:0] rows;
  assign id = swept_o ? table_i : table_o;
  always_comb begin
    rows = '0;
    if (id < 8'(rmt_pkg::StageTableBase)) begin
      case (id)
        rmt_pkg::TableIdParserInit:   rows = 16'd1;
        rmt_pkg::TableIdParserTcam:   rows = 16'(rmt_pkg::ParserEntries);
        rmt_pkg::TableIdParserAction: rows = 16'(rmt_pkg::ParserEntries);
        rmt_pkg::TableIdDeparserSlot: rows = 16'(rmt_pkg::DeparserSlots);
        rmt_pkg::TableIdDeparserCsum: rows = 16'(rmt_pkg::ChecksumUnits);
        rmt_pkg::TableIdDeparserPop:  rows = 16'(rmt_pkg::NumPops);
        rmt_pkg::TableIdGroup:        rows = 16'(rmt_pkg::NumGroups);
        rmt_pkg::TableIdEdit:         rows = 16'(rmt_pkg::NumEdits);
        default:                      rows = '0;
      endcase
    end else if (id < 8'(StageEnd)) begin
      case (id & StageMask)
        rmt_pkg::TableIdStage0Key & StageMask:     rows = 16'd1;
        rmt_pkg::TableIdStage0Exact & StageMask:
          rows = 16'(rmt_pkg::ExactWays * rmt_pkg::ExactRows);
        rmt_pkg::TableIdStage0Action & StageMask:  rows = 16'(rmt_pkg::NumActions);
        rmt_pkg::TableIdStage0Default & StageMask: rows = 16'd1;
        rmt_pkg::TableIdStage0Ternary & StageMask: rows = 16'(rmt_pkg::TernaryRows);
        rmt_pkg::TableIdStage0LpmPivot & StageMask: rows = 16'(rmt_pkg::LpmPivots);
        rmt_pkg::TableIdStage0LpmEntry & StageMask:
          rows = 16'(rmt_pkg::LpmPivots * rmt_pkg::LpmSlots);
        rmt_pkg::TableIdStage0Side & StageMask:    rows = 16'(rmt_pkg::NumActions);
        rmt_pkg::TableIdStage0State & StageMask:   rows = 16'd1;
        rmt_pkg::TableIdStage0Meter & StageMask:   rows = 16'(rmt_pkg::MeterRows);
        rmt_pkg::TableIdStage0Counter & StageMask: rows = 16'(rmt_pkg::CounterRows);
        rmt_pkg::TableIdStage0MeterState & StageMask: rows = 16'(rmt_pkg::MeterRows);
        rmt_pkg::TableIdStage0Register & StageMask: rows = 16'(rmt_pkg::RegisterRows);
        default:                                   rows = '0;
      endcase
    end
  end

  // Counters, meter states and registers have one bank, which every frame may use.
  logic live;
  always_comb begin
    live = 1'b0;
    if (id >= 8'(rmt_pkg::StageTableBase)) begin
      case (id & StageMask)
        rmt_pkg::TableIdStage0Counter & StageMask,
        rmt_pkg::TableIdStage0MeterState & StageMask,
        rmt_pkg::TableIdStage0Register & StageMask: live = 1'b1;
        default:                                    live = 1'b0;
      endcase
    end
  end

  logic       write, read, in_use, refused;
  logic [7:0] code;
  assign write  = op_i == rmt_pkg::TableOpWrite;
  assign read   = op_i == rmt_pkg::TableOpRead;
  assign in_use = live ? enable_i | (inflight_i != '0) :
                  (enable_i & (bank_i == epoch_bank_i)) |
                  (bank_i ? inflight_i[31:16] != '0 : inflight_i[15:0] != '0);

  always_comb begin
    refused = 1'b1;
    code    = rmt_pkg::FaultNone;
    if (!init_done_i) begin
      code = rmt_pkg::FaultTblBankInUse;
    end else if (!write && !read) begin
      code = rmt_pkg::FaultTblBadOp;
    end else if (rows == '0) begin
      code = rmt_pkg::FaultTblBadTable;
    end else if (index_i >= rows) begin
      code = rmt_pkg::FaultTblBadIndex;
    end else if (write && in_use) begin
      code = rmt_pkg::FaultTblBankInUse;
    end else begin
      refused = 1'b0;
    end
  end

  // Sweep: index, then bank, then table; an id without rows ends it.
  logic row_last, sweep_last;
  assign row_last   = 16'(index_o) == rows - 16'd1;
  assign sweep_last = row_last & bank_o & (table_o == rmt_pkg::TableIdEdit);

  logic take, reading_q;
  assign take = cmd_i & !busy_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      swept_o    <= 1'b0;
      tw_valid_o <= 1'b0;
      tr_valid_o <= 1'b0;
      fault_o    <= 1'b0;
      reading_q  <= 1'b0;
      error_o    <= 1'b0;
    end else begin
      if (tw_valid_o & sweep_last) begin
        swept_o <= 1'b1;
      end
      tw_valid_o <= swept_o ? take & write & !refused : !(tw_valid_o & sweep_last);
      tr_valid_o <= take & read & !refused;
      fault_o    <= take & refused;
      reading_q  <= (take & read & !refused) | (reading_q & !answer_i);
      if (take) begin
        error_o <= refused;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      table_o <= '0;
      bank_o  <= 1'b0;
      index_o <= '0;
    end else if (!swept_o) begin
      if (tw_valid_o) begin
        index_o <= row_last ? '0 : index_o + 1'b1;
        bank_o  <= bank_o ^ row_last;
        table_o <= table_o + {7'h0, row_last & bank_o};
      end
    end else if (take & !refused) begin
      table_o <= table_i;
      bank_o  <= bank_i;
      index_o <= index_i[IndexBits-1:0];
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      fault_code_o  <= code;
      fault_index_o <= (code == rmt_pkg::FaultTblBadTable) ? {8'h0, table_i} : index_i;
    end
  end

  assign busy_o = (tw_valid_o & swept_o) | fault_o | reading_q;

endmodule
