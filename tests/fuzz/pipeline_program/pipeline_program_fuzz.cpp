// SPDX-License-Identifier: Apache-2.0
//
// Any text as a pipeline program: it compiles into rows that the hardware has, or is refused in one
// line that begins with the file's name.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/compiler.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fp;
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const pipeline::Image image = pipeline::compile(pipeline::parse_program(text, "f.yaml"), {});
    require(image.headers.size() <= rmt::kNumHeaders);
    require(image.stages.size() <= rmt::kNumStages);
    for (const pipeline::Row& row : image.rows) {
      require(!row.words.empty() && row.words.size() <= rmt::reg::kTblDataCount);
      require(row.table < rmt::kStageTableBase + rmt::kNumStages * rmt::kStageTableStride);
    }
    for (const pipeline::Field& field : image.fields) {
      require(field.hdr_id < image.headers.size());
      for (const pipeline::FieldPart& part : field.parts) {
        require(part.container < rmt::kNumContainers && part.lsb + part.bits <= 32);
      }
    }
  } catch (const pipeline::InputError& e) {
    const std::string what = e.what();
    require(what.rfind("f.yaml", 0) == 0);
    require(what.find('\n') == std::string::npos);
  }
  return 0;
}
