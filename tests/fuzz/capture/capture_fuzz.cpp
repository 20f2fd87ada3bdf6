// SPDX-License-Identifier: Apache-2.0
//
// Arbitrary bytes as a capture: refused with one line, or read to frames within a MAC's bounds.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "contract/common.hpp"
#include "sim-tb/io/capture.hpp"

namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "capture_fuzz: found %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fp::io;
  const int fd = memfd_create("capture", 0);
  require(fd >= 0 && write(fd, data, size) == static_cast<ssize_t>(size), "no memory file");
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  try {
    CapturedFrame frame;
    CaptureReader reader(path);
    uint64_t last = 0, records = 0;
    while (reader.next(frame)) {
      require(frame.record == ++records, "a record number out of order");
      require(frame.time_ns >= last, "time running backwards");
      last = frame.time_ns;
      require(!frame.bytes.empty() && frame.bytes.size() <= fp::common::kMaxFrame,
              "a frame outside a MAC's bounds");
      require(frame.mark != FrameMark::kNone || frame.bytes.size() >= kMinFrameBytes,
              "a whole runt");
      require(frame.wire_bytes >= kMinFrameBytes, "a runt on the wire");
      require(frame.sender.bytes <= frame.sender.address.size(), "an endless address");
    }
    uint64_t sides = 0;
    for (const int side : {0, 1}) {
      PortFrames half(path, side);
      while (half.next(frame)) ++sides;
    }
    require(sides == records, "a frame in both directions or none");
  } catch (const InputError& e) {
    const std::string text = e.what();
    require(text.find(": found ") != std::string::npos &&
                text.find(", expected ") != std::string::npos &&
                text.find('\n') == std::string::npos,
            "a complaint of another form");
  }
  close(fd);
  return 0;
}
