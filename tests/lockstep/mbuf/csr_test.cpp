// SPDX-License-Identifier: Apache-2.0
//
// The generated register tests on the mbuf model and on RTL in lockstep with it, also under
// traffic.
#include "contract/mbuf_csr_table.hpp"
#include "tests/lockstep/mbuf/mbuf_pair.hpp"
#include "tests/unit/contract/csr_suite.hpp"

namespace {

struct MakeModel {
  static std::unique_ptr<fp::mbuf::MbufIf> make() { return fp::mbuf::test::make_model(); }
};
struct MakePair {
  static std::unique_ptr<fp::mbuf::MbufIf> make() { return fp::mbuf::test::make_pair_of(); }
};

template <class Make>
struct MbufCsr {
  static constexpr std::span<const fp::contract::CsrRow> kTable = fp::mbuf::kCsrTable;
  static constexpr uint32_t kSize = fp::mbuf::kCsrSize;

  fp::AxilReq req;

  MbufCsr() : dut_(Make::make()) {
    dut_->csr.req = &req;
    for (unsigned p = 0; p < 3; ++p) {
      dut_->wr[p].valid = dut_->cq[p].valid = dut_->rd[p].valid = &load_;
      dut_->free[p].valid = dut_->cret[p].valid = &load_;
      dut_->wr[p].data = &segment_;
      dut_->cq[p].data = &conn_;
      dut_->rd[p].data = &read_;
      dut_->free[p].data = &desc_;
      dut_->cret[p].data = &credit_;
      dut_->desc[p].ready = dut_->cr[p].ready = dut_->cevt[p].ready = &fp::kHigh;
      dut_->rdata[p].ready = &fp::kHigh;
    }
    segment_.nbytes = 3;
    segment_.last = true;
    desc_.n_cells = 1;
    read_.len = 5;
  }
  ~MbufCsr() {
    if (const auto* pair = dynamic_cast<const fp::mbuf::test::Pair*>(dut_.get())) {
      if (pair->diverged()) ADD_FAILURE() << pair->difference()->text();
    }
  }

  const fp::AxilRsp& rsp() { return dut_->csr.rsp; }
  void step() {
    dut_->eval(now_++);
    dut_->commit();
  }
  // The sweep included: TBL_CMD is taken and traffic, all of it refused, can flow.
  void reset() {
    req = {};
    load_ = false;
    dut_->reset();
    for (unsigned i = 0; i < 100; ++i) step();
  }
  void load(bool on) { load_ = on; }

 private:
  std::unique_ptr<fp::mbuf::MbufIf> dut_;
  fp::mbuf::MbufWr segment_;
  fp::common::ConnRef conn_;
  fp::mbuf::MbufRd read_;
  fp::common::MsgDesc desc_;
  fp::mbuf::MbufCret credit_;
  bool load_ = false;
  uint64_t now_ = 0;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(MbufModel, CsrSuite, MbufCsr<MakeModel>);
INSTANTIATE_TYPED_TEST_SUITE_P(MbufPair, CsrSuite, MbufCsr<MakePair>);
