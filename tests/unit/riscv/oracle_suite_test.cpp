// SPDX-License-Identifier: Apache-2.0
// Runs the riscv-tests binaries found under $FLATPROXY_ORACLES through the elf command; skips
// without them.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fp::riscv::test {
namespace {

namespace fs = std::filesystem;

// Tests of things these cores do not have: misaligned accesses in hardware and PMP.
constexpr std::string_view kNotForUs[] = {"-ma_data", "-pmpaddr"};

std::vector<fs::path> find_suite(const std::vector<std::string>& prefixes) {
  const char* const root = std::getenv("FLATPROXY_ORACLES");
  std::vector<fs::path> found;
  if (root == nullptr || !fs::is_directory(root)) return found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || entry.path().has_extension()) continue;
    const bool wanted =
        std::any_of(prefixes.begin(), prefixes.end(),
                    [&](const std::string& prefix) { return name.rfind(prefix, 0) == 0; });
    const bool ours = std::none_of(std::begin(kNotForUs), std::end(kNotForUs),
                                   [&](std::string_view part) { return name.ends_with(part); });
    if (wanted && ours) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

void run_suite(const std::string& core, const std::vector<std::string>& prefixes) {
  const std::vector<fs::path> suite = find_suite(prefixes);
  if (suite.empty()) GTEST_SKIP() << "no riscv-tests binaries in $FLATPROXY_ORACLES";
  for (const fs::path& file : suite) {
    const std::string command = std::string(FP_ELF_MAIN) + " elf --core " + core +
                                " --max-instructions 10000000 '" + file.string() + "' 2>/dev/null";
    const int status = std::system(command.c_str());
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << file;
  }
}

TEST(RiscvTests, Embedded) {
  run_suite("embedded", {"rv32ui-p-", "rv32um-p-", "rv32ua-p-", "rv32uc-p-", "rv32mi-p-"});
}

TEST(RiscvTests, Np) { run_suite("np", {"rv32um-p-"}); }

}  // namespace
}  // namespace fp::riscv::test
