// SPDX-License-Identifier: Apache-2.0
// Names and numbers of the RISC-V ISA that the hart, its CSR file and its owners share: extension
// sets, trap causes, interrupt bits and CSR addresses. Source: RISC-V Privileged Architecture,
// version 20211203.
#pragma once

#include <cstdint>

namespace fp::riscv {

/// The extensions a hart implements beside RV32IM_Zicsr, which every hart has.
struct Isa {
  bool a = false;         ///< Atomics (LR/SC and AMO).
  bool c = false;         ///< Compressed; instruction alignment is 2 bytes with it, 4 without.
  bool zifencei = false;  ///< FENCE.I
  bool zicntr = false;    ///< cycle, time, instret and their high halves

  friend constexpr bool operator==(const Isa&, const Isa&) = default;
};

/// Control core: RV32IMAC_Zicsr_Zifencei_Zicntr.
inline constexpr Isa kIsaEmbedded{.a = true, .c = true, .zifencei = true, .zicntr = true};
/// Network processor core: RV32IM_Zicsr.
inline constexpr Isa kIsaNp{};

/// mcause of a synchronous exception.
enum Cause : std::uint32_t {
  kFetchMisaligned = 0,
  kFetchFault = 1,
  kIllegalInstruction = 2,
  kBreakpoint = 3,
  kLoadMisaligned = 4,
  kLoadFault = 5,
  kStoreMisaligned = 6,
  kStoreFault = 7,
  kEcallMachine = 11,
};

inline constexpr std::uint32_t kCauseInterrupt = 1u << 31;

/// Interrupt lines as bits of mip and mie; the bit's number is the interrupt's cause.
inline constexpr std::uint32_t kMsip = 1u << 3;
inline constexpr std::uint32_t kMtip = 1u << 7;
inline constexpr std::uint32_t kMeip = 1u << 11;
inline constexpr std::uint32_t kMipAll = kMsip | kMtip | kMeip;

inline constexpr std::uint32_t kMstatusMie = 1u << 3;
inline constexpr std::uint32_t kMstatusMpie = 1u << 7;
inline constexpr std::uint32_t kMstatusMpp = 3u << 11;

/// CSR addresses.
enum Csr : std::uint32_t {
  kMstatus = 0x300,
  kMisa = 0x301,
  kMie = 0x304,
  kMtvec = 0x305,
  kMstatush = 0x310,
  kMcountinhibit = 0x320,
  kMhpmevent3 = 0x323,
  kMhpmevent31 = 0x33f,
  kMscratch = 0x340,
  kMepc = 0x341,
  kMcause = 0x342,
  kMtval = 0x343,
  kMip = 0x344,
  kTselect = 0x7a0,
  kTdata1 = 0x7a1,
  kTdata2 = 0x7a2,
  kTdata3 = 0x7a3,
  kTinfo = 0x7a4,
  kMcycle = 0xb00,
  kMinstret = 0xb02,
  kMhpmcounter3 = 0xb03,
  kMhpmcounter31 = 0xb1f,
  kMcycleh = 0xb80,
  kMinstreth = 0xb82,
  kMhpmcounter3h = 0xb83,
  kMhpmcounter31h = 0xb9f,
  kCycle = 0xc00,
  kTime = 0xc01,
  kInstret = 0xc02,
  kCycleh = 0xc80,
  kTimeh = 0xc81,
  kInstreth = 0xc82,
  kMvendorid = 0xf11,
  kMarchid = 0xf12,
  kMimpid = 0xf13,
  kMhartid = 0xf14,
  kMconfigptr = 0xf15,
};

}  // namespace fp::riscv
