// SPDX-License-Identifier: Apache-2.0
//
// The generated register tests on the VQ model and on RTL in lockstep with it, also while doorbells
// come in.
#include <memory>
#include <span>

#include "Vrtl_vq_x.h"
#include "cmodel/vq/vq_model.hpp"
#include "contract/vq_csr_table.hpp"
#include "sim-tb/lockstep/lockstep.hpp"
#include "sim-tb/rtl_adapters/vq_rtl.hpp"
#include "tests/unit/contract/csr_suite.hpp"

namespace {

using fp::vq::VqIf;
using Pair = fp::sim::Lockstep<VqIf>;

struct MakeModel {
  static std::unique_ptr<VqIf> make() { return std::make_unique<fp::vq::VqModel>(); }
};
struct MakePair {
  static std::unique_ptr<VqIf> make() {
    return std::make_unique<Pair>(std::make_unique<fp::vq::VqRtl<Vrtl_vq_x>>(),
                                  std::make_unique<fp::vq::VqModel>());
  }
};

template <class Make>
struct VqCsr {
  static constexpr std::span<const fp::contract::CsrRow> kTable = fp::vq::kCsrTable;
  static constexpr uint32_t kSize = fp::vq::kCsrSize;

  fp::AxilReq req;

  VqCsr() : dut_(Make::make()) {
    dut_->csr.req = &req;
    dut_->db.valid = &valid_;
    dut_->db.data = &bell_;
  }
  ~VqCsr() {
    if (const auto* pair = dynamic_cast<const Pair*>(dut_.get())) {
      EXPECT_FALSE(pair->diverged()) << pair->difference()->text();
    }
  }

  const fp::AxilRsp& rsp() { return dut_->csr.rsp; }
  void step() {
    const bool fires = dut_->db.fires();
    dut_->eval(now_++);
    dut_->commit();
    if (fires) bell_.addr += 4;
    if (fires || !valid_) valid_ = load_;
  }
  // The sweep included: table commands are done and doorbells are taken.
  void reset() {
    req = {};
    valid_ = load_ = false;
    dut_->reset();
    for (unsigned i = 0; i < fp::vq::kNumConns + 10; ++i) step();
  }
  void load(bool on) { load_ = on; }

 private:
  std::unique_ptr<VqIf> dut_;
  fp::vq::PcieMmio bell_;
  bool valid_ = false;
  bool load_ = false;
  uint64_t now_ = 0;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(VqModel, CsrSuite, VqCsr<MakeModel>);
INSTANTIATE_TYPED_TEST_SUITE_P(VqPair, CsrSuite, VqCsr<MakePair>);
