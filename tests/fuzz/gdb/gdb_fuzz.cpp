// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as what a GDB sends: framing, dispatch, points and stops on a core with a little RAM.
// Answers are packets of legal length, memory outside RAM is never touched, and a resumption comes
// back within its budget.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "sim-tb/gdb/packet.hpp"
#include "sim-tb/gdb/target.hpp"
#include "tests/unit/gdb/core.hpp"

using namespace fp::gdb;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Core core{lui(1, kRam >> 12),   addi(1, 1, 0x100), store(kWord, 2, 1, 0),
            load(kWord, 2, 1, 0), amo(0, 2, 1, 2),   addi(2, 2, 1),
            0xff1ff06fu};
  RunLoop loop(core.hart);
  const auto inside = [&](uint32_t addr, size_t bytes) {
    return addr >= kRam && addr - kRam <= core.ram.size() &&
           bytes <= core.ram.size() - (addr - kRam);
  };
  Target target(core.hart, loop,
                {.read =
                     [&](uint32_t addr, std::span<uint8_t> out) {
                       if (!inside(addr, out.size())) return size_t{0};
                       std::copy_n(core.ram.begin() + (addr - kRam), out.size(), out.begin());
                       return out.size();
                     },
                 .write =
                     [&](uint32_t addr, std::span<const uint8_t> bytes) {
                       if (!inside(addr, bytes.size())) return false;
                       std::copy(bytes.begin(), bytes.end(), core.ram.begin() + (addr - kRam));
                       core.hart.notify_write(addr, static_cast<uint32_t>(bytes.size()));
                       return true;
                     },
                 .monitor = [](std::string_view command) { return std::string(command); }});
  PacketReader reader;
  for (size_t i = 0; i < size; ++i) {
    if (reader.push(static_cast<char>(data[i])) != PacketReader::Kind::kPacket) continue;
    const std::string payload = reader.payload();
    const Target::Answer answer = target.handle(payload);
    for (const std::string& packet : answer.packets) {
      require(packet.size() <= kPacketSize);
      PacketReader back;
      auto kind = PacketReader::Kind::kNothing;
      for (const char byte : frame(packet)) kind = back.push(byte);
      require(kind == PacketReader::Kind::kPacket && back.payload() == packet);
    }
    if (answer.resume != Resume::kContinue && answer.resume != Resume::kStep) continue;
    const uint64_t before = core.hart.cycle();
    const RunLoop::Outcome outcome = loop.run(200, answer.resume == Resume::kStep);
    require(outcome.stop || outcome.over);
    // One bus access and one trap may run past it.
    require(core.hart.cycle() - before <= 200 + 16);
    if (outcome.stop) target.set_stop(*outcome.stop);
  }
  return 0;
}
