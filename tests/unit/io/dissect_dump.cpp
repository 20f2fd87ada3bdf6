// SPDX-License-Identifier: Apache-2.0
//
// dissect_dump CAPTURE: every field that io::dissect() finds, one a line: frame, name, first bit,
// bits, value. A test compares it with tshark.
#include <cstdio>

#include "sim-tb/io/capture.hpp"
#include "sim-tb/io/dissect.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    fp::io::CaptureReader reader(argv[1]);
    fp::io::CapturedFrame frame;
    while (reader.next(frame)) {
      for (const fp::io::FrameField& f : fp::io::dissect(frame.bytes)) {
        std::printf("%llu\t%s\t%u\t%u\t%s\n", static_cast<unsigned long long>(frame.record), f.name,
                    f.bit, f.bits, fp::io::field_text(f, frame.bytes).c_str());
      }
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "dissect_dump: %s\n", e.what());
    return 2;
  }
  return 0;
}
