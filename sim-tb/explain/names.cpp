// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/explain/names.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "contract/common.hpp"
#include "contract/reasons.hpp"
#include "sim-tb/stats/field_values.hpp"

namespace fp::explain {
namespace {

using pipeline::FieldRef;

// Fields that every program has (docs/pipeline-programs.md), in the PHV's order.
constexpr const char* kBuiltIn[] = {"in_port", "out_port", "verdict", "reason",  "queue",
                                    "edit",    "pop",      "group",   "entropy", "recirc"};

}  // namespace

std::string reason_name(uint8_t code) {
  constexpr uint16_t kRmt = static_cast<uint16_t>(rmt::Reason::kNoRoute) & 0xff00;
  const ReasonInfo* info = find_reason(static_cast<Reason>(kRmt | code));
  return info == nullptr ? fmt::format("rmt.{}", code)
                         : fmt::format("{}.{}", info->block, info->name);
}

Names::Names(const pipeline::Program& program) : program_(program) {
  const pipeline::PhvLayout layout(program);
  const auto bits = [](const pipeline::Field& f) {
    unsigned n = 0;
    for (const auto& part : f.parts) n += part.bits;
    return n;
  };
  for (size_t i = 0; i < program.states.size(); ++i) {
    const pipeline::State& state = program.states[i];
    for (const pipeline::HeaderField& h : state.header->fields) {
      const FieldRef ref{state.name, h.name, state.where};
      Named n{ref.name(),
              static_cast<int>(i),
              {ref.name(), static_cast<uint8_t>(i), h.kind, static_cast<uint8_t>((h.bits + 3) / 4),
               layout.parts(ref)}};
      // What nobody uses is not extracted.
      if (bits(n.field) == h.bits) named_.push_back(std::move(n));
    }
  }
  std::vector<std::string> metadata(std::begin(kBuiltIn), std::end(kBuiltIn));
  for (const auto& m : program.metadata) metadata.push_back(m.name);
  for (const std::string& m : metadata) {
    const FieldRef ref{"meta", m, program.tables.at(0).where};
    named_.push_back(
        {ref.name(), -1, {ref.name(), 0, pipeline::FieldKind::kDecimal, 0, layout.parts(ref)}});
  }
}

const Names::Named* Names::find(const std::string& name) const {
  const auto at =
      std::find_if(named_.begin(), named_.end(), [&](const Named& n) { return n.name == name; });
  return at == named_.end() ? nullptr : &*at;
}

std::string Names::text(const Named& n, const rmt::Phv& phv) {
  std::string value;
  stats::append_value(n.field, phv, value);
  if (n.name == "meta.verdict") {
    const uint8_t v = phv.c8[rmt::kMetaVerdict];
    if (v == static_cast<uint8_t>(rmt::Verdict::kDrop)) return "drop";
    if (v == static_cast<uint8_t>(rmt::Verdict::kForward)) return "forward";
    if (v == static_cast<uint8_t>(rmt::Verdict::kSlow)) return "slow";
  }
  if (n.name == "meta.reason" && value != "0") return reason_name(phv.c8[rmt::kMetaReason]);
  if (n.name == "meta.out_port" || n.name == "meta.in_port") {
    const uint8_t port = phv.c8[n.name == "meta.in_port" ? rmt::kMetaInPort : rmt::kMetaOutPort];
    if (port == rmt::kOutMulticast) return "multicast";
    if (port <= static_cast<uint8_t>(common::PortId::kRecirc)) {
      return common::to_string(static_cast<common::PortId>(port));
    }
  }
  return value;
}

std::optional<Names::Value> Names::key_value(const FieldRef& field, uint32_t hdr_valid,
                                             const rmt::Phv& phv) const {
  const Named* own = find(field.name());
  if (own != nullptr && present(*own, hdr_valid)) return Value{own->name, text(*own, phv)};
  for (const pipeline::Same& same : program_.same) {
    const auto is = [&](const FieldRef& f) { return f.name() == field.name(); };
    if (std::none_of(same.fields.begin(), same.fields.end(), is)) continue;
    for (const FieldRef& f : same.fields) {
      const Named* other = find(f.name());
      if (other != nullptr && present(*other, hdr_valid)) {
        return Value{other->name, text(*other, phv)};
      }
    }
  }
  return {};
}

std::vector<std::pair<Names::Value, Names::Value>> Names::changes(uint32_t hdr_valid,
                                                                  const rmt::Phv& before,
                                                                  const rmt::Phv& after) const {
  std::vector<std::pair<Value, Value>> out;
  for (const Named& n : named_) {
    if (!present(n, hdr_valid)) continue;
    Value a{n.name, text(n, before)}, b{n.name, text(n, after)};
    if (a != b) out.emplace_back(std::move(a), std::move(b));
  }
  return out;
}

}  // namespace fp::explain
