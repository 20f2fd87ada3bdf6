// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/gdb/registers.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

#include "cmodel/riscv/isa.hpp"

namespace fp::gdb {
namespace {

// Names of the RISC-V psABI and of the privileged architecture; GDB wants them in this order.
constexpr std::array<const char*, 32> kGeneralNames = {
    "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "fp", "s1", "a0",
    "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
    "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

constexpr std::pair<uint32_t, const char*> kCsrNames[] = {
    {riscv::kMstatus, "mstatus"},
    {riscv::kMisa, "misa"},
    {riscv::kMie, "mie"},
    {riscv::kMtvec, "mtvec"},
    {riscv::kMstatush, "mstatush"},
    {riscv::kMcountinhibit, "mcountinhibit"},
    {riscv::kMscratch, "mscratch"},
    {riscv::kMepc, "mepc"},
    {riscv::kMcause, "mcause"},
    {riscv::kMtval, "mtval"},
    {riscv::kMip, "mip"},
    {riscv::kTselect, "tselect"},
    {riscv::kTdata1, "tdata1"},
    {riscv::kTdata2, "tdata2"},
    {riscv::kTdata3, "tdata3"},
    {riscv::kTinfo, "tinfo"},
    {riscv::kMcycle, "mcycle"},
    {riscv::kMinstret, "minstret"},
    {riscv::kMcycleh, "mcycleh"},
    {riscv::kMinstreth, "minstreth"},
    {riscv::kCycle, "cycle"},
    {riscv::kTime, "time"},
    {riscv::kInstret, "instret"},
    {riscv::kCycleh, "cycleh"},
    {riscv::kTimeh, "timeh"},
    {riscv::kInstreth, "instreth"},
    {riscv::kMvendorid, "mvendorid"},
    {riscv::kMarchid, "marchid"},
    {riscv::kMimpid, "mimpid"},
    {riscv::kMhartid, "mhartid"},
    {riscv::kMconfigptr, "mconfigptr"},
};

std::vector<std::pair<uint32_t, std::string>> csr_names() {
  std::vector<std::pair<uint32_t, std::string>> names(std::begin(kCsrNames), std::end(kCsrNames));
  for (uint32_t n = 3; n < 32; ++n) {
    names.emplace_back(riscv::kMhpmcounter3 + n - 3, fmt::format("mhpmcounter{}", n));
    names.emplace_back(riscv::kMhpmcounter3h + n - 3, fmt::format("mhpmcounter{}h", n));
    names.emplace_back(riscv::kMhpmevent3 + n - 3, fmt::format("mhpmevent{}", n));
  }
  return names;
}

}  // namespace

std::optional<uint32_t> read_register(riscv::Hart& hart, uint32_t number) {
  if (number < kPc) return hart.reg(number);
  if (number == kPc) return hart.pc();
  return number >= kFirstCsr ? hart.csr(number - kFirstCsr) : std::nullopt;
}

bool write_register(riscv::Hart& hart, uint32_t number, uint32_t value) {
  if (number < kPc) {
    hart.set_reg(number, value);
    return true;
  }
  if (number == kPc) {
    hart.set_pc(value);
    return true;
  }
  return number >= kFirstCsr && hart.set_csr(number - kFirstCsr, value);
}

std::string describe(riscv::Hart& hart) {
  std::string xml =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
      "<target version=\"1.0\">\n<architecture>riscv:rv32</architecture>\n"
      "<feature name=\"org.gnu.gdb.riscv.cpu\">\n";
  for (uint32_t n = 0; n < kPc; ++n) {
    const char* type = n == 1                                 ? "code_ptr"
                       : n == 2 || n == 3 || n == 4 || n == 8 ? "data_ptr"
                                                              : "int";
    xml += fmt::format("<reg name=\"{}\" bitsize=\"32\" regnum=\"{}\" type=\"{}\"/>\n",
                       kGeneralNames[n], n, type);
  }
  xml += fmt::format(
      "<reg name=\"pc\" bitsize=\"32\" regnum=\"{}\" type=\"code_ptr\"/>\n</feature>\n"
      "<feature name=\"org.gnu.gdb.riscv.csr\">\n",
      kPc);
  for (const auto& [number, name] : csr_names()) {
    if (!hart.csr(number)) continue;
    xml +=
        fmt::format("<reg name=\"{}\" bitsize=\"32\" regnum=\"{}\" type=\"int\" group=\"csr\"/>\n",
                    name, kFirstCsr + number);
  }
  return xml + "</feature>\n</target>\n";
}

}  // namespace fp::gdb
