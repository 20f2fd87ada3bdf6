// SPDX-License-Identifier: Apache-2.0
//
// The VLIW part of a stage, combinational: one ALU a container. Every slot reads the header vector
// as it entered the stage, so slots cannot see each other's results.

module rmt_alus (
  input  logic                              run_i,     // otherwise the vector passes unchanged
  input  rmt_pkg::action_instr_t            instr_i,
  input  logic [32*rmt_pkg::ParamWords-1:0] params_i,  // action data of the entry
  input  rmt_pkg::phv_t                     phv_i,
  output rmt_pkg::phv_t                     phv_o,
  output logic [rmt_pkg::NumContainers-1:0] wrote_o    // containers an operation wrote
);

  // Values above xor do nothing.
  function automatic logic writes(input logic [3:0] op);
    writes = op != rmt_pkg::AluOpNop && op <= rmt_pkg::AluOpXor;
  endfunction

  function automatic logic [31:0] alu(input logic [3:0] op, input logic [31:0] a,
                                      input logic [31:0] b);
    case (op)
      rmt_pkg::AluOpSet: alu = b;
      rmt_pkg::AluOpAdd: alu = a + b;
      rmt_pkg::AluOpSub: alu = a - b;
      rmt_pkg::AluOpAnd: alu = a & b;
      rmt_pkg::AluOpOr:  alu = a | b;
      rmt_pkg::AluOpXor: alu = a ^ b;
      default:           alu = a;
    endcase
  endfunction

  rmt_pkg::alu8_t  s8;
  rmt_pkg::alu16_t s16;
  rmt_pkg::alu32_t s32;
  logic [31:0]     b;

  always_comb begin
    phv_o   = phv_i;
    wrote_o = '0;
    s8      = '0;
    s16     = '0;
    s32     = '0;
    b       = '0;
    if (run_i) begin
      for (int unsigned i = 0; i < rmt_pkg::NumC8; i++) begin
        s8 = instr_i.a8[i];
        if (writes(s8.op)) begin
          case (s8.b)
            rmt_pkg::AluBContainer: b = {24'h0, phv_i.c8[s8.src]};
            rmt_pkg::AluBImm:       b = {24'h0, s8.imm};
            rmt_pkg::AluBParam:     b = {24'h0, params_i[{s8.imm[3:0], 3'b0} +: 8]};
            default:                b = '0;
          endcase
          phv_o.c8[i] = 8'(alu(s8.op, {24'h0, phv_i.c8[i]}, b));
          wrote_o[i]  = 1'b1;
        end
      end
      for (int unsigned i = 0; i < rmt_pkg::NumC16; i++) begin
        s16 = instr_i.a16[i];
        if (writes(s16.op)) begin
          case (s16.b)
            rmt_pkg::AluBContainer: b = {16'h0, phv_i.c16[s16.src]};
            rmt_pkg::AluBImm:       b = {16'h0, s16.imm};
            rmt_pkg::AluBParam:     b = {16'h0, params_i[{s16.imm[2:0], 4'b0} +: 16]};
            default:                b = '0;
          endcase
          phv_o.c16[i] = 16'(alu(s16.op, {16'h0, phv_i.c16[i]}, b));
          wrote_o[rmt_pkg::C16Base + i] = 1'b1;
        end
      end
      for (int unsigned i = 0; i < rmt_pkg::NumC32; i++) begin
        s32 = instr_i.a32[i];
        if (writes(s32.op)) begin
          case (s32.b)
            rmt_pkg::AluBContainer: b = phv_i.c32[s32.src];
            rmt_pkg::AluBImm:       b = s32.imm;
            rmt_pkg::AluBParam:     b = params_i[{s32.imm[1:0], 5'b0} +: 32];
            default:                b = '0;
          endcase
          phv_o.c32[i] = alu(s32.op, phv_i.c32[i], b);
          wrote_o[rmt_pkg::C32Base + i] = 1'b1;
        end
      end
    end
  end

endmodule
