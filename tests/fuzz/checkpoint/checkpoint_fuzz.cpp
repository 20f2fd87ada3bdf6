// SPDX-License-Identifier: Apache-2.0
//
// Arbitrary bytes as a checkpoint: refused with one line, or loaded into the parts that make the
// most of them (the host library's objects, the flows of ideal_stream, the CSR model). The checksum
// is made right, so that it hides nothing behind it.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "cmodel/common/crc32c.hpp"
#include "cmodel/soc/csr_model.hpp"
#include "sim-tb/io/errors.hpp"
#include "sim-tb/platform/checkpoint.hpp"
#include "sim-tb/platform/ideal_stream.hpp"
#include "sim-tb/platform/inproc_host.hpp"

namespace {

using namespace fp;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "checkpoint_fuzz: found %s\n", what);
  std::abort();
}

template <class E>
void one_line(const E& e) {
  const std::string text = e.what();
  require(text.find(": found ") != std::string::npos &&
              text.find(", expected ") != std::string::npos && text.find('\n') == std::string::npos,
          "a complaint of another form");
}

// What is loaded says the same when it is saved again.
void load(Block& block, const std::vector<uint8_t>& image) {
  try {
    StateIo in = StateIo::load(image);
    block.checkpoint(in);
    in.finish();
  } catch (const StateError& e) {
    one_line(e);
    return;
  }
  std::vector<uint8_t> once, twice;
  StateIo out = StateIo::save(once);
  block.checkpoint(out);
  StateIo in = StateIo::load(once);
  block.checkpoint(in);
  StateIo again = StateIo::save(twice);
  block.checkpoint(again);
  require(once == twice, "another state after a second round");
}

void parse(const std::vector<uint8_t>& file) {
  try {
    const platform::Checkpoint c = platform::parse_checkpoint("file", file);
    for (const auto& [name, value] : c.traits) {
      require((name + value).find('\n') == std::string::npos, "a trait of two lines");
    }
    soc::CsrModel csr;
    csr.reset();
    load(csr, c.image);
    platform::InprocHost host(4);
    host.reset();
    load(host, c.image);
    platform::IdealStream stream(4);
    stream.reset();
    load(stream, c.image);
  } catch (const io::InputError& e) {
    one_line(e);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The first byte: a whole file, the image alone for the host, for the stream.
  if (size == 0) return 0;
  std::vector<uint8_t> bytes(data + 1, data + size);
  switch (data[0] % 4) {
    case 0: {
      parse(bytes);
      if (bytes.size() < 4) return 0;
      const uint32_t sum = crc32c(std::span(bytes).first(bytes.size() - 4));
      for (size_t i = 0; i < 4; ++i) {
        bytes[bytes.size() - 4 + i] = static_cast<uint8_t>(sum >> (8 * i));
      }
      parse(bytes);
      break;
    }
    case 1: {
      platform::InprocHost host(4);
      host.reset();
      load(host, bytes);
      break;
    }
    case 2: {
      platform::IdealStream stream(4);
      stream.reset();
      load(stream, bytes);
      break;
    }
    default: {
      soc::CsrModel csr;
      csr.reset();
      load(csr, bytes);
      break;
    }
  }
  return 0;
}

// libsystemc's own main() refers to it.
extern "C" int sc_main(int, char**);
extern "C" int sc_main(int, char**) { return 0; }
