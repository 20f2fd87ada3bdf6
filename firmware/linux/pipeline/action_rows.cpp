// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "firmware/linux/pipeline/emit.hpp"

namespace fp::pipeline {

namespace {

unsigned first_of(unsigned bits) {
  return bits == 8 ? 0 : bits == 16 ? rmt::kC16Base : rmt::kC32Base;
}

class InstructionBuilder {
 public:
  InstructionBuilder(const Program& program, const PhvLayout& layout, const Action& action,
                     const ParamLayout& params)
      : program_(program),
        layout_(layout),
        action_(action),
        params_(params),
        written_(rmt::kNumContainers) {}

  rmt::ActionInstr run() {
    if (action_.reg && action_.reg->to) written_[register_target(layout_, action_)] = true;
    for (const Statement& s : action_.body) statement(s);
    return instr_;
  }

  static unsigned register_target(const PhvLayout& layout, const Action& action) {
    const FieldRef& to = *action.reg->to;
    const unsigned id = whole_container(layout, to);
    if (container_bits(id) != 32) to.where.expected("a field of 32 bits");
    return id;
  }

 private:
  struct Source {
    rmt::AluB b = rmt::AluB::kImm;
    unsigned src = 0;
    uint32_t imm = 0;
  };

  static std::string shape(const std::vector<unsigned>& to) {
    std::string out;
    for (unsigned c : to) {
      out += (out.empty() ? "" : " + ") + std::to_string(container_bits(c));
    }
    return out + " bits";
  }

  uint64_t number(const Statement& s, unsigned bits) const {
    uint64_t value = s.from.number;
    if (s.from.kind == Operand::Kind::kName) {
      const auto named = value_of_name(program_, s.to.name(), bits, s.from.name);
      if (!named) {
        if (s.to.name() == "meta.reason") s.where.fail(s.from.name, "a reason of rmt.yaml");
        s.where.fail(
            s.from.name,
            "a number, a parameter ($name), hash, INSTANCE.FIELD or a name for " + s.to.name());
      }
      value = *named;
    }
    if (bits < 64 && value >> bits)
      s.where.expected("a number of " + std::to_string(bits) + " bits");
    return value;
  }

  // Where each container of the target takes its operand from, most significant first.
  std::vector<Source> sources(const Statement& s, const std::vector<unsigned>& to) const {
    std::vector<Source> out(to.size());
    unsigned bits = 0;
    for (unsigned c : to) bits += container_bits(c);
    switch (s.from.kind) {
      case Operand::Kind::kNumber:
      case Operand::Kind::kName: {
        uint64_t value = number(s, bits);
        for (size_t i = to.size(); i-- > 0;) {
          const unsigned width = container_bits(to[i]);
          out[i].imm = static_cast<uint32_t>(width == 32 ? value : value & ((1u << width) - 1));
          value >>= width;
        }
        break;
      }
      case Operand::Kind::kParam: {
        const std::vector<ParamPart>& parts = params_.parts.at(s.from.name);
        bool same = parts.size() == to.size();
        for (size_t i = 0; same && i < to.size(); ++i)
          same = parts[i].bits == container_bits(to[i]);
        if (!same) s.where.expected("a parameter of " + shape(to));
        for (size_t i = 0; i < to.size(); ++i) {
          out[i] = {rmt::AluB::kParam, 0, parts[i].bit / parts[i].bits};
        }
        break;
      }
      case Operand::Kind::kField: {
        const std::vector<unsigned> from = whole_containers(layout_, *s.from.field);
        bool same = from.size() == to.size();
        for (size_t i = 0; same && i < to.size(); ++i) {
          same = container_bits(from[i]) == container_bits(to[i]);
        }
        if (!same) s.where.expected("a field of " + shape(to));
        for (size_t i = 0; i < to.size(); ++i) {
          out[i] = {rmt::AluB::kContainer, from[i] - first_of(container_bits(from[i])), 0};
        }
        break;
      }
      case Operand::Kind::kHash:
        out[0].b = rmt::AluB::kHash;
        break;
    }
    return out;
  }

  void statement(const Statement& s) {
    static const std::map<Statement::Op, rmt::AluOp> ops = {
        {Statement::Op::kSet, rmt::AluOp::kSet}, {Statement::Op::kAdd, rmt::AluOp::kAdd},
        {Statement::Op::kSub, rmt::AluOp::kSub}, {Statement::Op::kAnd, rmt::AluOp::kAnd},
        {Statement::Op::kOr, rmt::AluOp::kOr},   {Statement::Op::kXor, rmt::AluOp::kXor}};
    const bool one = s.op == Statement::Op::kAdd || s.op == Statement::Op::kSub ||
                     s.from.kind == Operand::Kind::kHash;
    const std::vector<unsigned> to = one ? std::vector<unsigned>{whole_container(layout_, s.to)}
                                         : whole_containers(layout_, s.to);
    const std::vector<Source> from = sources(s, to);
    for (size_t i = 0; i < to.size(); ++i) {
      if (written_[to[i]]) s.to.where.fail(s.to.name() + " again", "each field once in an action");
      written_[to[i]] = true;
      set(to[i], ops.at(s.op), from[i]);
    }
  }

  void set(unsigned to, rmt::AluOp op, const Source& from) {
    const auto src = static_cast<uint8_t>(from.src);
    const unsigned width = container_bits(to);
    const unsigned slot = to - first_of(width);
    if (width == 8) {
      instr_.a8[slot] = {op, from.b, src, static_cast<uint8_t>(from.imm)};
    } else if (width == 16) {
      instr_.a16[slot] = {op, from.b, src, static_cast<uint16_t>(from.imm)};
    } else {
      instr_.a32[slot] = {op, from.b, src, from.imm};
    }
  }

  const Program& program_;
  const PhvLayout& layout_;
  const Action& action_;
  const ParamLayout& params_;
  std::vector<bool> written_;
  rmt::ActionInstr instr_;
};

}  // namespace

rmt::ActionInstr instruction_of(const Program& program, const PhvLayout& layout,
                                const Action& action, const ParamLayout& params) {
  return InstructionBuilder(program, layout, action, params).run();
}

rmt::ActionSide side_of(const PhvLayout& layout, const Action& action, const ParamLayout& params) {
  static const std::map<RegisterUse::Op, rmt::RegOp> ops = {
      {RegisterUse::Op::kRead, rmt::RegOp::kRead},
      {RegisterUse::Op::kWrite, rmt::RegOp::kWrite},
      {RegisterUse::Op::kAdd, rmt::RegOp::kAdd},
      {RegisterUse::Op::kMax, rmt::RegOp::kMax},
      {RegisterUse::Op::kOr, rmt::RegOp::kOr}};
  rmt::ActionSide side;
  side.count = action.count.has_value();
  side.meter = action.meter.has_value();
  side.red_drop = action.meter && action.meter->red_drop;
  if (!action.reg) return side;
  side.reg_op = ops.at(action.reg->op);
  const Operand& x = action.reg->from;
  if (x.kind == Operand::Kind::kField) {
    const unsigned id = whole_container(layout, *x.field);
    if (container_bits(id) != 32) x.field->where.expected("a field of 32 bits");
    side.x = rmt::RegX::kContainer;
    side.x_src = static_cast<uint8_t>(id - rmt::kC32Base);
  } else if (x.kind == Operand::Kind::kParam) {
    side.x = rmt::RegX::kParam;
    side.x_src = static_cast<uint8_t>(params.parts.at(x.name)[0].bit / 32);
  }
  if (action.reg->to) {
    side.reg_wr = true;
    side.reg_dst =
        static_cast<uint8_t>(InstructionBuilder::register_target(layout, action) - rmt::kC32Base);
  }
  return side;
}

}  // namespace fp::pipeline
