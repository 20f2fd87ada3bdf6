// SPDX-License-Identifier: Apache-2.0
//
// The compiler's parts: each turns one aspect of a program into rows. Used by compiler.cpp only.
#pragma once

#include <algorithm>
#include <vector>

#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/compiler.hpp"
#include "firmware/linux/pipeline/phv_layout.hpp"
#include "firmware/linux/pipeline/stage_plan.hpp"

namespace fp::pipeline {

// Collects rows; zero ones are left out (Image::rows).
class RowSink {
 public:
  explicit RowSink(std::vector<Row>& rows) : rows_(rows) {}

  template <class T>
  void emit(rmt::TableId table, unsigned index, const T& row) {
    emit(static_cast<unsigned>(table), index, row);
  }
  template <class T>
  void emit(unsigned table, unsigned index, const T& row) {
    std::vector<uint32_t> words(T::kWords);
    row.pack(words.data());
    if (std::all_of(words.begin(), words.end(), [](uint32_t w) { return w == 0; })) return;
    rows_.push_back({static_cast<uint8_t>(table), static_cast<uint16_t>(index), std::move(words)});
  }

 private:
  std::vector<Row>& rows_;
};

// Header id of an instance that exists.
unsigned header_id(const Program& program, const std::string& instance);

// All throw InputError as compile() does.
void emit_parser(const Program& program, const PhvLayout& layout, RowSink& out);
void emit_deparser(const Program& program, const PhvLayout& layout, RowSink& out);
void emit_extras(const Extras& extras, RowSink& out);  // edits and groups

rmt::ActionInstr instruction_of(const Program& program, const PhvLayout& layout,
                                const Action& action, const ParamLayout& params);
rmt::ActionSide side_of(const PhvLayout& layout, const Action& action, const ParamLayout& params);

// A stage's rows, its key last.
void emit_stage(const Program& program, const PhvLayout& layout, unsigned stage,
                const StagePlan& plan, std::span<const Entry> entries, const Extras& extras,
                Image::Stage& info, RowSink& out);

}  // namespace fp::pipeline
