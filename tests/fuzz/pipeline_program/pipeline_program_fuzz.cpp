// SPDX-License-Identifier: Apache-2.0
//
// Any text as a pipeline program: it compiles into rows that the hardware has, or is refused in one
// line that begins with the file's name; with an entry in every table too.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/bank.hpp"
#include "firmware/linux/pipeline/compiler.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const fp::pipeline::Image& image) {
  using namespace fp;
  require(image.headers.size() <= rmt::kNumHeaders);
  require(image.stages.size() <= rmt::kNumStages);
  for (const pipeline::Row& row : image.rows) {
    const pipeline::TableShape shape = pipeline::bank_table(row.table);
    require(row.index < shape.rows && row.words.size() == shape.words);
  }
  for (const auto& stage : image.stages) {
    require(!stage.tables.empty() && stage.tables.size() <= 3);
    require(stage.actions.size() <= rmt::kNumActions);
  }
  for (const pipeline::Field& field : image.fields) {
    require(field.hdr_id < image.headers.size());
    for (const pipeline::FieldPart& part : field.parts) {
      require(part.container < rmt::kNumContainers && part.lsb + part.bits <= 32);
    }
  }
}

// One entry a table: the last key field and every parameter is 1.
std::vector<fp::pipeline::Entry> entries(const fp::pipeline::Program& program) {
  std::vector<fp::pipeline::Entry> out;
  for (const auto& t : program.tables) {
    if (t.actions.empty() || t.size == 0) continue;
    fp::pipeline::Entry e{t.name, {{t.key.back().name(), {1}}}, t.actions[0], {}, "entry"};
    for (const auto& p : program.action(e.action)->params) e.params[p.name] = 1;
    out.push_back(e);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fp;
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const pipeline::Program program = pipeline::parse_program(text, "f.yaml");
    check(pipeline::compile(program, {}));
    try {
      check(pipeline::compile(program, entries(program)));
    } catch (const pipeline::InputError& e) {
      require(std::string(e.what()).rfind("entry: found ", 0) == 0);
    }
  } catch (const pipeline::InputError& e) {
    const std::string what = e.what();
    require(what.rfind("f.yaml", 0) == 0);
    require(what.find('\n') == std::string::npos);
  }
  return 0;
}
