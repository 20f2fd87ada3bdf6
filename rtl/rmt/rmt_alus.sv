// SPDX-License-Identifier: Apache-2.0
//
// The VLIW part of a stage, combinational: one ALU a container. Every slot reads the header vector
// as it entered the stage, so slots cannot see each other's results.

module rmt_alus (
  input  logic                              run_i,     // otherwise the vector passes unchanged
  input  rmt_pkg::action_instr_t            instr_i,
  input  logic [32*rmt_pkg::ParamWords-1:0] params_i,  // action data of the entry
  input  logic [31:0]                       hash_i,    // CRC32C over the masked key
  input  rmt_pkg::phv_t                     phv_i,
  output rmt_pkg::phv_t                     phv_o,
  output logic [rmt_pkg::NumContainers-1:0] wrote_o    // containers an operation wrote
);

  // Written out for each width: a simulator numbers calls of functions, and then cannot share the
  // code of eight stages. Operations above xor do nothing.
  rmt_pkg::alu8_t  s8;
  rmt_pkg::alu16_t s16;
  rmt_pkg::alu32_t s32;
  logic [31:0]     b, r;

  always_comb begin
    phv_o   = phv_i;
    wrote_o = '0;
    s8      = '0;
    s16     = '0;
    s32     = '0;
    b       = '0;
    r       = '0;
    if (run_i) begin
      for (int unsigned i = 0; i < rmt_pkg::NumC8; i++) begin
        s8 = instr_i.a8[i];
        if (s8.op != rmt_pkg::AluOpNop && s8.op <= rmt_pkg::AluOpXor) begin
          case (s8.b)
            rmt_pkg::AluBContainer: b = {24'h0, phv_i.c8[s8.src]};
            rmt_pkg::AluBImm:       b = {24'h0, s8.imm};
            rmt_pkg::AluBParam:     b = {24'h0, params_i[{s8.imm[3:0], 3'b0} +: 8]};
            default:                b = {24'h0, hash_i[7:0]};
          endcase
          case (s8.op)
            rmt_pkg::AluOpSet: r = b;
            rmt_pkg::AluOpAdd: r = {24'h0, phv_i.c8[i]} + b;
            rmt_pkg::AluOpSub: r = {24'h0, phv_i.c8[i]} - b;
            rmt_pkg::AluOpAnd: r = {24'h0, phv_i.c8[i]} & b;
            rmt_pkg::AluOpOr:  r = {24'h0, phv_i.c8[i]} | b;
            default:           r = {24'h0, phv_i.c8[i]} ^ b;
          endcase
          phv_o.c8[i] = r[7:0];
          wrote_o[i]  = 1'b1;
        end
      end
      for (int unsigned i = 0; i < rmt_pkg::NumC16; i++) begin
        s16 = instr_i.a16[i];
        if (s16.op != rmt_pkg::AluOpNop && s16.op <= rmt_pkg::AluOpXor) begin
          case (s16.b)
            rmt_pkg::AluBContainer: b = {16'h0, phv_i.c16[s16.src]};
            rmt_pkg::AluBImm:       b = {16'h0, s16.imm};
            rmt_pkg::AluBParam:     b = {16'h0, params_i[{s16.imm[2:0], 4'b0} +: 16]};
            default:                b = {16'h0, hash_i[15:0]};
          endcase
          case (s16.op)
            rmt_pkg::AluOpSet: r = b;
            rmt_pkg::AluOpAdd: r = {16'h0, phv_i.c16[i]} + b;
            rmt_pkg::AluOpSub: r = {16'h0, phv_i.c16[i]} - b;
            rmt_pkg::AluOpAnd: r = {16'h0, phv_i.c16[i]} & b;
            rmt_pkg::AluOpOr:  r = {16'h0, phv_i.c16[i]} | b;
            default:           r = {16'h0, phv_i.c16[i]} ^ b;
          endcase
          phv_o.c16[i] = r[15:0];
          wrote_o[rmt_pkg::C16Base + i] = 1'b1;
        end
      end
      for (int unsigned i = 0; i < rmt_pkg::NumC32; i++) begin
        s32 = instr_i.a32[i];
        if (s32.op != rmt_pkg::AluOpNop && s32.op <= rmt_pkg::AluOpXor) begin
          case (s32.b)
            rmt_pkg::AluBContainer: b = phv_i.c32[s32.src];
            rmt_pkg::AluBImm:       b = s32.imm;
            rmt_pkg::AluBParam:     b = params_i[{s32.imm[1:0], 5'b0} +: 32];
            default:                b = hash_i;
          endcase
          case (s32.op)
            rmt_pkg::AluOpSet: r = b;
            rmt_pkg::AluOpAdd: r = phv_i.c32[i] + b;
            rmt_pkg::AluOpSub: r = phv_i.c32[i] - b;
            rmt_pkg::AluOpAnd: r = phv_i.c32[i] & b;
            rmt_pkg::AluOpOr:  r = phv_i.c32[i] | b;
            default:           r = phv_i.c32[i] ^ b;
          endcase
          phv_o.c32[i] = r;
          wrote_o[rmt_pkg::C32Base + i] = 1'b1;
        end
      end
    end
  end

endmodule
