// SPDX-License-Identifier: Apache-2.0
#include "cmodel/soc/csr_sc.hpp"

#include <utility>

#include "cmodel/soc/csr_model.hpp"

namespace fp::soc {

CsrSc::CsrSc(const sc_core::sc_module_name& name, std::unique_ptr<CsrIf> block)
    : BlockHolder(block ? std::move(block) : std::make_unique<CsrModel>()),
      ClockedModule(name, this->block(), nullptr) {}

void CsrSc::before_end_of_elaboration() {
  if (block().up_req.value == nullptr) {
    block().up_req.value = &up.req;
    up.rsp = &block().up_rsp.value;
    attach(up);
  }
  for (unsigned i = 0; i < CsrIf::kNumSlaves; ++i) {
    if (block().down_rsp[i].value != nullptr) continue;
    connect_slave(i, no_slaves_[i].port());
    attach(no_slaves_[i]);
  }
}

}  // namespace fp::soc
