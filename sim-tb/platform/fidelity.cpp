// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/platform/fidelity.hpp"

#include <stdexcept>

#include "cmodel/mbuf/mbuf_model.hpp"
#include "cmodel/rmt/rmt_model.hpp"
#include "cmodel/soc/csr_model.hpp"
#include "cmodel/vq/vq_model.hpp"
#include "sim-tb/lockstep/lockstep.hpp"

#if FP_RTL_RMT
#include "sim-tb/rtl_adapters/rmt_rtl.hpp"
#endif
#if FP_RTL_MBUF
#include "Vrtl_mbuf.h"
#include "sim-tb/rtl_adapters/mbuf_rtl.hpp"
#endif
#if FP_RTL_VQ
#include "sim-tb/rtl_adapters/vq_rtl.hpp"
#endif
#if FP_RTL_CSR
#include "sim-tb/rtl_adapters/csr_rtl.hpp"
#endif

namespace fp::platform {
namespace {

// What stands for the RTL class of a block that was built without RTL.
struct NoRtl {};

template <class If, class Model, class Rtl>
std::unique_ptr<If> make(Fidelity f) {
  if constexpr (std::is_same_v<Rtl, NoRtl>) {
    if (f != Fidelity::kModel) throw std::logic_error("a block without RTL was asked for RTL");
    return std::make_unique<Model>();
  } else {
    switch (f) {
      case Fidelity::kRtl:
        return std::make_unique<Rtl>();
      case Fidelity::kLockstep:
        return std::make_unique<sim::Lockstep<If>>(std::make_unique<Rtl>(),
                                                   std::make_unique<Model>());
      case Fidelity::kModel:
        break;
    }
    return std::make_unique<Model>();
  }
}

#if FP_RTL_RMT
using RmtRtl = rmt::RmtRtl<>;
#else
using RmtRtl = NoRtl;
#endif
#if FP_RTL_MBUF
using MbufRtl = mbuf::MbufRtl<Vrtl_mbuf>;
#else
using MbufRtl = NoRtl;
#endif
#if FP_RTL_VQ
using VqRtl = vq::VqRtl<>;
#else
using VqRtl = NoRtl;
#endif
#if FP_RTL_CSR
using CsrRtl = soc::CsrRtl<>;
#else
using CsrRtl = NoRtl;
#endif

template <class Rtl>
constexpr bool kHas = !std::is_same_v<Rtl, NoRtl>;

}  // namespace

bool has_rtl(BlockId block) {
  switch (block) {
    case kRmt:
      return kHas<RmtRtl>;
    case kMbuf:
      return kHas<MbufRtl>;
    case kVq:
      return kHas<VqRtl>;
    case kCsr:
      return kHas<CsrRtl>;
    default:
      return false;
  }
}

bool can_save(BlockId, Fidelity f) {
#if FP_SAVABLE
  return f == Fidelity::kModel || f == Fidelity::kRtl || f == Fidelity::kLockstep;
#else
  return f == Fidelity::kModel;
#endif
}

std::unique_ptr<rmt::RmtIf> make_rmt(Fidelity f) {
  return make<rmt::RmtIf, rmt::RmtModel, RmtRtl>(f);
}
std::unique_ptr<mbuf::MbufIf> make_mbuf(Fidelity f) {
  return make<mbuf::MbufIf, mbuf::MbufModel, MbufRtl>(f);
}
std::unique_ptr<vq::VqIf> make_vq(Fidelity f) { return make<vq::VqIf, vq::VqModel, VqRtl>(f); }
std::unique_ptr<soc::CsrIf> make_csr(Fidelity f) {
  return make<soc::CsrIf, soc::CsrModel, CsrRtl>(f);
}

}  // namespace fp::platform
