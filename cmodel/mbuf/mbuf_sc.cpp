// SPDX-License-Identifier: Apache-2.0
#include "cmodel/mbuf/mbuf_sc.hpp"

#include <utility>

#include "cmodel/mbuf/mbuf_model.hpp"

namespace fp::mbuf {

MbufSc::MbufSc(const sc_core::sc_module_name& name, const Params& params,
               std::unique_ptr<MbufIf> block)
    : BlockModule(name, block ? std::move(block) : std::make_unique<MbufModel>(params)) {}

void MbufSc::before_end_of_elaboration() {
  take_csr();
  take_all(wr, block().wr);
  take_all(desc, block().desc);
  take_all(cq, block().cq);
  take_all(cr, block().cr);
  take_all(cevt, block().cevt);
  take_all(rd, block().rd);
  take_all(rdata, block().rdata);
  take_all(free, block().free);
  take_all(cret, block().cret);
}

}  // namespace fp::mbuf
