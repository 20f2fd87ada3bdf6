// SPDX-License-Identifier: Apache-2.0
// Feeds arbitrary bytes to the ELF reader and, if they are an executable that fits, runs it for a
// while on both cores. Nothing a file holds may crash the reader, the hart or the tohost protocol.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>

#include "cmodel/riscv/elf_image.hpp"
#include "cmodel/riscv/elf_runner.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fp::riscv::ElfError error;
  const std::optional<fp::riscv::ElfImage> image =
      fp::riscv::ElfImage::parse(std::span(data, size), error);
  if (!image) {
    if (error.field.empty() || error.found.empty() || error.expected.empty()) std::abort();
    return 0;
  }
  for (const fp::riscv::Isa& isa : {fp::riscv::kIsaEmbedded, fp::riscv::kIsaNp}) {
    fp::riscv::ElfRunner runner(
        {.isa = isa, .ram_bytes = 1u << 16, .max_steps = 2000, .console = {}, .interrupted = {}},
        *image, error);
    if (!runner.ok()) continue;
    runner.run();
    const auto begin = image->symbol("begin_signature");
    const auto end = image->symbol("end_signature");
    if (begin && end) {
      std::uint32_t sum = 0;
      for (const std::uint8_t byte : runner.memory(*begin, *end)) sum += byte;
      if (sum == 0xffffffff) std::abort();
    }
  }
  return 0;
}
