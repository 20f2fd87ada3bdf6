// SPDX-License-Identifier: Apache-2.0
//
// Which implementation of each block a run uses, and how one is made.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "cmodel/mbuf/mbuf_if.hpp"
#include "cmodel/rmt/rmt_if.hpp"
#include "cmodel/soc/csr_if.hpp"
#include "cmodel/vq/vq_if.hpp"

namespace fp::platform {

enum class Fidelity : uint8_t { kModel, kRtl, kLockstep };

constexpr const char* to_string(Fidelity f) {
  return f == Fidelity::kModel ? "model" : f == Fidelity::kRtl ? "rtl" : "lockstep";
}

enum BlockId : uint8_t { kRmt, kMbuf, kVq, kCsr, kNumBlocks };
inline constexpr std::array<const char*, kNumBlocks> kBlockNames = {"rmt", "mbuf", "vq", "csr"};

using FidelityMap = std::array<Fidelity, kNumBlocks>;

// Whether this build holds the block's RTL.
bool has_rtl(BlockId block);

// Whether a block in this fidelity can be saved: models always, RTL when built with FP_SAVABLE.
bool can_save(BlockId block, Fidelity f);

// New blocks; `f` other than kModel needs has_rtl(). A lockstep block is a sim::Lockstep<If>, one
// with RTL a sim::Traceable.
std::unique_ptr<rmt::RmtIf> make_rmt(Fidelity f);
std::unique_ptr<mbuf::MbufIf> make_mbuf(Fidelity f);
std::unique_ptr<vq::VqIf> make_vq(Fidelity f);
std::unique_ptr<soc::CsrIf> make_csr(Fidelity f);

}  // namespace fp::platform
