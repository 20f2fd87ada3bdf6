// SPDX-License-Identifier: Apache-2.0
//
// Arbitrary text as case.yaml: a case that can fail, or one line of complaint. The same bytes as a
// frame: fields in order, without gaps, by names that case.yaml may use.
#include <cstdio>
#include <cstdlib>

#include "sim-tb/check/case_file.hpp"
#include "sim-tb/io/dissect.hpp"

namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "case_file_fuzz: found %s\n", what);
  std::abort();
}

void read_as_case(const std::string& text) {
  try {
    const auto c = fp::check::read_case(fp::config::Yaml::load_text(text, "fuzz"));
    require(!c.in.empty(), "a case without input");
    require(!c.expect.empty() || !c.stats.empty(), "a case that cannot fail");
    for (const std::string& a : c.args) require(a.rfind("--in", 0) != 0 || a.size() > 4, "--in");
    for (const auto& s : c.stats) {
      require(!s.steps.empty() && !s.value.is_structured(), "a value of stats without a place");
    }
  } catch (const fp::config::InputError& e) {
    const std::string message = e.what();
    require(message.rfind("fuzz:", 0) == 0 && message.find(": found ") != std::string::npos &&
                message.find(", expected ") != std::string::npos &&
                message.find('\n') == std::string::npos,
            "a complaint of another form");
  }
}

void read_as_frame(std::span<const uint8_t> frame) {
  uint32_t next = 0;
  for (const fp::io::FrameField& f : fp::io::dissect(frame)) {
    require(f.bit == next && f.bits > 0, "a gap or an overlap of fields");
    require(fp::io::is_field_name(f.name), "a field without a known name");
    require(!fp::io::field_text(f, frame).empty(), "a field without a text");
    next = f.bit + f.bits;
  }
  require(next == 8 * frame.size(), "bytes that no field has");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  read_as_case(std::string(reinterpret_cast<const char*>(data), size));
  read_as_frame({data, size});
  return 0;
}
