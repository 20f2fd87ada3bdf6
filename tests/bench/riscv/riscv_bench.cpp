// SPDX-License-Identifier: Apache-2.0
// Instructions per second of the hart: compiled code on both ISAs, in long runs and in the quanta a
// platform uses, a device loop, and single steps.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmodel/riscv/elf_image.hpp"
#include "cmodel/riscv/hart.hpp"

namespace {

using fp::riscv::BusReply;
using fp::riscv::Hart;

constexpr std::uint32_t kRam = 0x80000000;
constexpr std::size_t kRamBytes = 1 << 20;

// A device register that answers at once.
class Device final : public fp::riscv::Bus {
 public:
  BusReply read(std::uint32_t, unsigned, std::uint32_t& out) override {
    out = value_;
    return {};
  }
  BusReply write(std::uint32_t, unsigned, std::uint32_t value) override {
    value_ = value;
    return {};
  }

 private:
  std::uint32_t value_ = 0;
};

struct Machine {
  explicit Machine(const fp::riscv::Isa& isa) : hart({.isa = isa, .reset_pc = kRam}, device) {
    hart.add_memory(kRam, ram);
  }
  void put(const std::vector<std::uint32_t>& words) {
    std::memcpy(ram.data(), words.data(), words.size() * sizeof(words[0]));
  }

  Device device;
  std::vector<std::uint8_t> ram = std::vector<std::uint8_t>(kRamBytes);
  Hart hart;
};

void report(benchmark::State& state, const Hart& hart) {
  state.counters["instructions/s"] =
      benchmark::Counter(static_cast<double>(hart.retired()), benchmark::Counter::kIsRate);
  if (hart.traps() != 0) state.SkipWithError("the guest trapped");
}

void run_quanta(benchmark::State& state, Machine& machine) {
  const auto quantum = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) machine.hart.run(quantum);
  report(state, machine.hart);
}

#ifdef FP_WORKLOAD_DIR
void compiled(benchmark::State& state, const char* core, const fp::riscv::Isa& isa) {
  fp::riscv::ElfError error;
  const auto image =
      fp::riscv::ElfImage::read(std::string(FP_WORKLOAD_DIR) + "/workload_" + core + ".elf", error);
  Machine machine(isa);
  if (!image || !image->place(machine.ram, kRam, error)) {
    state.SkipWithError(error.text().c_str());
    return;
  }
  run_quanta(state, machine);
}
BENCHMARK_CAPTURE(compiled, embedded, "embedded", fp::riscv::kIsaEmbedded)
    ->Arg(1'000'000)
    ->Arg(1'000)
    ->Arg(100)
    ->Arg(10);
BENCHMARK_CAPTURE(compiled, np, "np", fp::riscv::kIsaNp)->Arg(1'000'000)->Arg(1'000);
#endif

// A hand-assembled loop, for hosts without a RISC-V compiler: a xorshift generator that stores and
// sums.
void hand_assembled(benchmark::State& state) {
  Machine machine(fp::riscv::kIsaNp);
  machine.put({0x80080437,    // lui s0, 0x80080
               0x00100513,    // li a0, 1
               0x00d51593,    // slli a1, a0, 13
               0x00b54533,    // xor a0, a0, a1
               0x01155593,    // srli a1, a0, 17
               0x00b54533,    // xor a0, a0, a1
               0x00551593,    // slli a1, a0, 5
               0x00b54533,    // xor a0, a0, a1
               0x0ff57613,    // andi a2, a0, 0xff
               0x00261613,    // slli a2, a2, 2
               0x00860633,    // add a2, a2, s0
               0x00062683,    // lw a3, 0(a2)
               0x00a686b3,    // add a3, a3, a0
               0x00d62023,    // sw a3, 0(a2)
               0xfc0698e3});  // bnez a3, -48
  run_quanta(state, machine);
}
BENCHMARK(hand_assembled)->Arg(1'000'000);

// Polls a device register: every second instruction leaves for the bus.
void device_loop(benchmark::State& state) {
  Machine machine(fp::riscv::kIsaNp);
  machine.put({0x00002503,    // lw a0, 0(zero)
               0xffdff06f});  // j -4
  run_quanta(state, machine);
}
BENCHMARK(device_loop)->Arg(1'000'000);

void single_steps(benchmark::State& state) {
  Machine machine(fp::riscv::kIsaNp);
  machine.put({0x00150513,    // addi a0, a0, 1
               0xffdff06f});  // j -4
  for (auto _ : state) benchmark::DoNotOptimize(machine.hart.step());
  report(state, machine.hart);
}
BENCHMARK(single_steps);

}  // namespace

BENCHMARK_MAIN();
