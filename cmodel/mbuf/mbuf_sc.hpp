// SPDX-License-Identifier: Apache-2.0
//
// The message buffer as a SystemC module (docs/integration/mbuf.md).
#pragma once

#include <memory>
#include <systemc>

#include "cmodel/common/sc/block_module.hpp"
#include "cmodel/common/sc/stream_sockets.hpp"
#include "cmodel/mbuf/mbuf_if.hpp"

namespace fp::mbuf {

class MbufSc : public sc::BlockModule<MbufIf> {
 public:
  // The streams of MbufIf, one beat a transaction.
  sc_core::sc_vector<sc::StreamTarget<MbufWr>> wr{"wr", kNumProducers};
  sc_core::sc_vector<sc::StreamInitiator<common::MsgDesc>> desc{"desc", kNumProducers};
  sc_core::sc_vector<sc::StreamTarget<common::ConnRef>> cq{"cq", kNumProducers};
  sc_core::sc_vector<sc::StreamInitiator<MbufCredit>> cr{"cr", kNumProducers};
  sc_core::sc_vector<sc::StreamInitiator<common::ConnRef>> cevt{"cevt", kNumProducers};
  sc_core::sc_vector<sc::StreamTarget<MbufRd>> rd{"rd", kNumConsumers};
  sc_core::sc_vector<sc::StreamInitiator<MbufRdata>> rdata{"rdata", kNumConsumers};
  sc_core::sc_vector<sc::StreamTarget<common::MsgDesc>> free{"free", kNumConsumers};
  sc_core::sc_vector<sc::StreamTarget<MbufCret>> cret{"cret", kNumConsumers};

  // Without `block` the cycle model with these sizes.
  explicit MbufSc(const sc_core::sc_module_name& name, const Params& params = {},
                  std::unique_ptr<MbufIf> block = nullptr);

 private:
  void before_end_of_elaboration() override;
};

}  // namespace fp::mbuf
