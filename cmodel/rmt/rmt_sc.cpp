// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/rmt_sc.hpp"

#include <utility>

#include "cmodel/rmt/rmt_model.hpp"

namespace fp::rmt {

RmtSc::RmtSc(const sc_core::sc_module_name& name, std::unique_ptr<RmtIf> block)
    : BlockModule(name, block ? std::move(block) : std::make_unique<RmtModel>()) {}

void RmtSc::before_end_of_elaboration() {
  take_csr();
  take_all(in, block().in);
  take_all(out, block().out);
  take(parsed, block().parsed);
  take(verdict, block().verdict);
}

}  // namespace fp::rmt
