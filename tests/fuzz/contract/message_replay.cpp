// SPDX-License-Identifier: Apache-2.0
//
// Runs the fuzz target over files without libFuzzer: the corpus as a plain test, each file also cut
// short at every length and with every bit flipped.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FILE...\n", argv[0]);
    return 2;
  }
  size_t runs = 0;
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "%s: cannot read\n", argv[i]);
      return 1;
    }
    std::vector<uint8_t> data{std::istreambuf_iterator<char>(file), {}};
    for (size_t size = 0; size <= data.size(); ++size, ++runs) {
      LLVMFuzzerTestOneInput(data.data(), size);
    }
    for (size_t bit = 0; bit < data.size() * 8; ++bit, ++runs) {
      data[bit / 8] ^= 1u << bit % 8;
      LLVMFuzzerTestOneInput(data.data(), data.size());
      data[bit / 8] ^= 1u << bit % 8;
    }
  }
  std::printf("%zu inputs\n", runs);
  return 0;
}
