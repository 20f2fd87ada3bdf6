// SPDX-License-Identifier: Apache-2.0
//
// Any text as table entries of a program: rows that the hardware has, or one line of complaint.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "firmware/linux/pipeline/entries_file.hpp"
#include "firmware/linux/pipeline/shipped.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fp;
  static const pipeline::Program program = pipeline::flowstats_program();
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const pipeline::Configured c = pipeline::parse_entries(program, text, "f.yaml");
    for (const pipeline::Row& row : pipeline::compile(program, c.entries, c.extras).rows) {
      require(!row.words.empty() && row.words.size() <= rmt::reg::kTblDataCount);
    }
  } catch (const pipeline::InputError& e) {
    const std::string what = e.what();
    require(what.rfind("f.yaml", 0) == 0);
    require(what.find('\n') == std::string::npos);
  }
  return 0;
}
