// SPDX-License-Identifier: Apache-2.0
#include "cmodel/riscv/csr_file.hpp"

namespace fp::riscv {
namespace {

constexpr std::uint32_t kInhibitCycle = 1u << 0;
constexpr std::uint32_t kInhibitInstret = 1u << 2;

constexpr std::uint32_t kTvecVectored = 1;

// tinfo of a hart without triggers: only type 0, "there is no trigger here".
constexpr std::uint32_t kTinfoNone = 1;

constexpr std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}

constexpr std::uint64_t with_low(std::uint64_t value, std::uint32_t half) {
  return (value & ~std::uint64_t{0xffffffff}) | half;
}

constexpr std::uint64_t with_high(std::uint64_t value, std::uint32_t half) {
  return (value & 0xffffffff) | (std::uint64_t{half} << 32);
}

constexpr bool in(std::uint32_t number, std::uint32_t first, std::uint32_t last) {
  return number >= first && number <= last;
}

constexpr bool is_hpm(std::uint32_t number) {
  return in(number, kMhpmcounter3, kMhpmcounter31) || in(number, kMhpmcounter3h, kMhpmcounter31h) ||
         in(number, kMhpmevent3, kMhpmevent31);
}

}  // namespace

std::uint32_t CsrFile::misa() const {
  constexpr auto kLetter = [](char letter) { return 1u << (letter - 'A'); };
  return (1u << 30) | kLetter('I') | kLetter('M') | (isa_.a ? kLetter('A') : 0) |
         (isa_.c ? kLetter('C') : 0);
}

std::optional<std::uint32_t> CsrFile::read(std::uint32_t number, const CounterTotals& now) const {
  switch (number) {
    case kMstatus:
      return kMstatusMpp | (mpie_bit_ ? kMstatusMpie : 0) | (mie_bit_ ? kMstatusMie : 0);
    case kMisa:
      return misa();
    case kMie:
      return mie_;
    case kMtvec:
      return mtvec_;
    case kMcountinhibit:
      return (mcycle_.inhibited() ? kInhibitCycle : 0) |
             (minstret_.inhibited() ? kInhibitInstret : 0);
    case kMscratch:
      return mscratch_;
    case kMepc:
      return mepc_;
    case kMcause:
      return mcause_;
    case kMtval:
      return mtval_;
    case kMip:
      return mip_;
    case kMcycle:
      return low(mcycle_.value(now.cycles));
    case kMcycleh:
      return high(mcycle_.value(now.cycles));
    case kMinstret:
      return low(minstret_.value(now.retired));
    case kMinstreth:
      return high(minstret_.value(now.retired));
    case kTinfo:
      return kTinfoNone;
    case kMhartid:
      return hart_id_;
    case kMstatush:
    case kTselect:
    case kTdata1:
    case kTdata2:
    case kTdata3:
    case kMvendorid:
    case kMarchid:
    case kMimpid:
    case kMconfigptr:
      return 0;
    default:
      break;
  }
  if (is_hpm(number)) return 0;
  if (!isa_.zicntr) return std::nullopt;
  switch (number) {
    case kCycle:
      return low(mcycle_.value(now.cycles));
    case kCycleh:
      return high(mcycle_.value(now.cycles));
    case kTime:
      return low(now.time);
    case kTimeh:
      return high(now.time);
    case kInstret:
      return low(minstret_.value(now.retired));
    case kInstreth:
      return high(minstret_.value(now.retired));
    default:
      return std::nullopt;
  }
}

void CsrFile::write(std::uint32_t number, std::uint32_t value, const CounterTotals& now,
                    const CounterTotals& after) {
  switch (number) {
    case kMstatus:
      mie_bit_ = (value & kMstatusMie) != 0;
      mpie_bit_ = (value & kMstatusMpie) != 0;
      break;
    case kMie:
      mie_ = value & kMipAll;
      break;
    case kMtvec:
      mtvec_ = value & ~2u;
      break;
    case kMcountinhibit:
      mcycle_.set_inhibited((value & kInhibitCycle) != 0, after.cycles);
      minstret_.set_inhibited((value & kInhibitInstret) != 0, after.retired);
      break;
    case kMscratch:
      mscratch_ = value;
      break;
    case kMepc:
      mepc_ = value & pc_mask();
      break;
    case kMcause:
      mcause_ = value;
      break;
    case kMtval:
      mtval_ = value;
      break;
    case kMcycle:
      mcycle_.set(with_low(mcycle_.value(now.cycles), value), after.cycles);
      break;
    case kMcycleh:
      mcycle_.set(with_high(mcycle_.value(now.cycles), value), after.cycles);
      break;
    case kMinstret:
      minstret_.set(with_low(minstret_.value(now.retired), value), after.retired);
      break;
    case kMinstreth:
      minstret_.set(with_high(minstret_.value(now.retired), value), after.retired);
      break;
    default:
      break;  // misa, mip, the event counters and the trigger registers keep no bit of a write
  }
}

std::uint32_t CsrFile::enter_trap(std::uint32_t cause, std::uint32_t tval, std::uint32_t epc) {
  mpie_bit_ = mie_bit_;
  mie_bit_ = false;
  mepc_ = epc & pc_mask();
  mcause_ = cause;
  mtval_ = tval;
  const std::uint32_t base = mtvec_ & ~3u;
  const bool vectored = (mtvec_ & kTvecVectored) != 0 && (cause & kCauseInterrupt) != 0;
  return vectored ? base + 4 * (cause & ~kCauseInterrupt) : base;
}

std::uint32_t CsrFile::leave_trap() {
  mie_bit_ = mpie_bit_;
  mpie_bit_ = true;
  return mepc_;
}

std::optional<std::uint32_t> CsrFile::interrupt() const {
  const std::uint32_t lines = mie_bit_ ? awake_lines() : 0;
  if (lines == 0) return std::nullopt;
  for (const std::uint32_t number : {11u, 3u, 7u}) {
    if ((lines >> number & 1u) != 0) return kCauseInterrupt | number;
  }
  return std::nullopt;
}

}  // namespace fp::riscv
