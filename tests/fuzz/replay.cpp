// SPDX-License-Identifier: Apache-2.0
//
// Runs a fuzz target over the files of a corpus folder, for builds without libFuzzer: each file as
// it is, and a small one also cut short at every length and with every bit flipped.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kSmall = 128;  // bytes

size_t replay(std::vector<uint8_t> data) {
  LLVMFuzzerTestOneInput(data.data(), data.size());
  if (data.size() > kSmall) return 1;
  for (size_t size = 0; size < data.size(); ++size) LLVMFuzzerTestOneInput(data.data(), size);
  for (size_t bit = 0; bit < data.size() * 8; ++bit) {
    data[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    LLVMFuzzerTestOneInput(data.data(), data.size());
    data[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
  }
  return 1 + data.size() * 9;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i], error)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  if (error || files.empty()) {
    std::fprintf(stderr, "replay: corpus: found no files, expected a folder of inputs\n");
    return 1;
  }
  size_t runs = 0;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    runs += replay({std::istreambuf_iterator<char>(in), {}});
  }
  std::printf("%zu files, %zu inputs\n", files.size(), runs);
  return 0;
}
