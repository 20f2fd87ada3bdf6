// SPDX-License-Identifier: Apache-2.0
//
// The generated register tests on the RMT model and on RTL in lockstep with it, also under traffic.
#include "contract/rmt_csr_table.hpp"
#include "tests/lockstep/rmt/rmt_pair.hpp"
#include "tests/unit/contract/csr_suite.hpp"

namespace {

using fp::rmt::kNumPorts;

struct MakeModel {
  static std::unique_ptr<fp::rmt::RmtIf> make() { return std::make_unique<fp::rmt::RmtModel>(); }
};
struct MakePair {
  static std::unique_ptr<fp::rmt::RmtIf> make() { return fp::rmt::test::make_pair_of<>(); }
};

template <class Make>
struct RmtCsr {
  static constexpr std::span<const fp::contract::CsrRow> kTable = fp::rmt::kCsrTable;
  static constexpr uint32_t kSize = fp::rmt::kCsrSize;

  fp::AxilReq req;

  RmtCsr() : dut_(Make::make()) {
    dut_->csr.req = &req;
    for (unsigned p = 0; p < kNumPorts; ++p) {
      dut_->in[p].valid = &valid_[p];
      dut_->in[p].data = &beat_[p];
      dut_->out[p].ready = &fp::kHigh;
      beat_[p].sop = beat_[p].eop = true;
      beat_[p].nbytes = 64;
      beat_[p].port = static_cast<fp::common::PortId>(p);
    }
  }
  ~RmtCsr() {
    if (const auto* pair = dynamic_cast<const fp::rmt::test::Pair*>(dut_.get())) {
      EXPECT_TRUE(fp::rmt::test::agrees(*pair));
    }
  }

  const fp::AxilRsp& rsp() { return dut_->csr.rsp; }
  void step() {
    std::array<bool, kNumPorts> fires{};
    for (unsigned p = 0; p < kNumPorts; ++p) fires[p] = dut_->in[p].fires();
    dut_->eval(now_++);
    dut_->commit();
    for (unsigned p = 0; p < kNumPorts; ++p) {
      if (fires[p]) beat_[p].tag += kNumPorts;
      if (fires[p] || !valid_[p]) valid_[p] = load_;
    }
  }
  // The sweep included: TBL_CMD is taken and traffic can flow.
  void reset() {
    req = {};
    valid_ = {};
    load_ = false;
    dut_->reset();
    for (unsigned i = 0; i < fp::rmt::kTmCells + 100; ++i) step();
  }
  void load(bool on) { load_ = on; }

 private:
  std::unique_ptr<fp::rmt::RmtIf> dut_;
  std::array<bool, kNumPorts> valid_{};
  std::array<fp::common::PktBeat, kNumPorts> beat_{};
  bool load_ = false;
  uint64_t now_ = 0;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(RmtModel, CsrSuite, RmtCsr<MakeModel>);
INSTANTIATE_TYPED_TEST_SUITE_P(RmtPair, CsrSuite, RmtCsr<MakePair>);
