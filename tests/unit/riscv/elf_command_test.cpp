// SPDX-License-Identifier: Apache-2.0
// `flatproxy-sim elf` as its users see it: exit status, stdout, stderr and the signature file.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace fp::riscv::test {
namespace {

namespace fs = std::filesystem;

struct Result {
  int status = -1;  // exit status, or 128 + n
  std::string out;
  std::string err;
};

std::string slurp(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class ElfCommand : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    char name[] = "/tmp/elf_command_XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    dir_ = name;
  }
  void TearDown() override { fs::remove_all(dir_); }

  Result run(const std::string& arguments) {
    const std::string command = std::string(FP_ELF_MAIN) + " elf " + arguments + " >" +
                                (dir_ / "out").string() + " 2>" + (dir_ / "err").string();
    const int status = std::system(command.c_str());
    Result result;
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    result.out = slurp(dir_ / "out");
    result.err = slurp(dir_ / "err");
    return result;
  }
  // Runs guest program `name` on the core under test.
  Result run_guest(const std::string& name, const std::string& more = "") {
    return run("--core " + GetParam() + " " + more + " " + guest(GetParam(), name));
  }
  static std::string guest(const std::string& core, const std::string& name) {
    return std::string(FP_GUEST_DIR) + "/" + core + "/" + name + ".elf";
  }
  static bool no_guests() { return !fs::exists(guest("embedded", "pass")); }

  fs::path dir_;
};

#define SKIP_WITHOUT_GUESTS() \
  if (no_guests()) GTEST_SKIP() << "no riscv64-unknown-elf-gcc: guest programs were not built"

TEST_P(ElfCommand, PassIsSilentAndZero) {
  SKIP_WITHOUT_GUESTS();
  for (const char* name : {"pass", "traps", "timer"}) {
    const Result r = run_guest(name);
    EXPECT_EQ(r.status, 0) << name;
    EXPECT_EQ(r.out, "") << name;
  }
}

TEST_P(ElfCommand, FailNamesTheTest) {
  SKIP_WITHOUT_GUESTS();
  const Result r = run_guest("fail");
  EXPECT_EQ(r.status, 1);
  EXPECT_EQ(r.out, "FAIL test 1337\n");
}

TEST_P(ElfCommand, TohostWordsInAnyOrder) {
  SKIP_WITHOUT_GUESTS();
  EXPECT_EQ(run_guest("tohost_once").out, "FAIL test 5\n");
  const Result r = run_guest("tohost_high_first");
  EXPECT_EQ(r.status, 0);
  EXPECT_EQ(r.out, "hi");
}

TEST_P(ElfCommand, PrintsWhatTheGuestPrints) {
  SKIP_WITHOUT_GUESTS();
  const Result r = run_guest("console");
  EXPECT_EQ(r.status, 0);
  EXPECT_EQ(r.out, "ok\nhello\n");
}

TEST_P(ElfCommand, WritesTheSignature) {
  SKIP_WITHOUT_GUESTS();
  const fs::path file = dir_ / "sig";
  EXPECT_EQ(run_guest("signature", "--signature " + file.string()).status, 0);
  EXPECT_EQ(slurp(file), "01234567\nfffebeef\n00000080\n");
}

TEST_P(ElfCommand, FullDiskIsNamed) {
  SKIP_WITHOUT_GUESTS();
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  const Result r = run_guest("signature", "--signature /dev/full");
  EXPECT_EQ(r.status, 4);
  EXPECT_NE(r.err.find("flatproxy-sim: --signature: found /dev/full (No space left on device), "
                       "expected room for the signature\n"),
            std::string::npos)
      << r.err;
}

TEST_P(ElfCommand, SignatureThatCannotBeOpened) {
  SKIP_WITHOUT_GUESTS();
  EXPECT_EQ(run_guest("signature", "--signature " + (dir_ / "no/such").string()).status, 2);
}

TEST_P(ElfCommand, SignatureNeedsItsSymbols) {
  SKIP_WITHOUT_GUESTS();
  const fs::path file = dir_ / "sig";
  const Result r = run_guest("pass", "--signature " + file.string());
  EXPECT_EQ(r.status, 2);
  EXPECT_EQ(r.err, "flatproxy-sim: " + guest(GetParam(), "pass") +
                       ": begin_signature: found no such symbol, expected one, for --signature\n");
  EXPECT_FALSE(fs::exists(file));
}

TEST_P(ElfCommand, LimitIsReachedInLoopsAndTrapStorms) {
  SKIP_WITHOUT_GUESTS();
  for (const char* name : {"loop", "trap_storm"}) {
    const Result r = run_guest(name, "--max-instructions 100000");
    EXPECT_EQ(r.status, 3) << name;
    EXPECT_EQ(r.out, "");
    EXPECT_NE(r.err.find("100000 instructions and traps, expected the program to end\n"),
              std::string::npos)
        << r.err;
  }
}

TEST_P(ElfCommand, LimitIsExact) {
  SKIP_WITHOUT_GUESTS();
  // Its eighth instruction stores the verdict.
  EXPECT_EQ(run_guest("tohost_once", "--max-instructions 7").status, 3);
  EXPECT_EQ(run_guest("tohost_once", "--max-instructions 8").status, 1);
  // pass takes more steps than these to its first store to tohost.
  for (const char* limit : {"1", "5"}) {
    const Result r = run_guest("pass", std::string("--max-instructions ") + limit);
    EXPECT_EQ(r.status, 3);
    EXPECT_NE(r.err.find(std::string("found ") + limit + " instructions and traps"),
              std::string::npos);
  }
  EXPECT_EQ(run_guest("pass", "--max-instructions 0").status, 3);
}

// Where nothing can change any more, the limit need not be waited for.
TEST_P(ElfCommand, EndlessStatesReachTheLimitAtOnce) {
  SKIP_WITHOUT_GUESTS();
  const Result storm = run_guest("trap_storm", "--max-instructions 1000000000000");
  EXPECT_EQ(storm.status, 3);
  EXPECT_NE(storm.err.find("a trap handler at 0x40000000 that traps, mcause 0x1"),
            std::string::npos);
  const Result spin = run_guest("bare_spin", "--max-instructions 1000000000000");
  EXPECT_EQ(spin.status, 3);
  EXPECT_NE(spin.err.find("a jump to itself at pc 0x80000004 after"), std::string::npos)
      << spin.err;
}

TEST_P(ElfCommand, EndsWithoutAVerdictFail) {
  SKIP_WITHOUT_GUESTS();
  const Result trap = run_guest("no_handler");
  EXPECT_EQ(trap.status, 1);
  EXPECT_EQ(trap.out, "FAIL trap without a handler: mcause 0x4, mepc 0x80000000, mtval 0x1\n");
  const Result sleep = run_guest("wfi_forever");
  EXPECT_EQ(sleep.status, 1);
  EXPECT_EQ(sleep.out.substr(0, 24), "FAIL asleep in WFI at pc");
}

TEST_P(ElfCommand, ProgramsWithoutTohost) {
  SKIP_WITHOUT_GUESTS();
  EXPECT_EQ(run_guest("bare_ebreak_0").status, 0);
  const Result nine = run_guest("bare_ebreak_9");
  EXPECT_EQ(nine.status, 1);
  EXPECT_EQ(nine.out, "FAIL test 9\n");
  const fs::path file = dir_ / "sig";
  EXPECT_EQ(run_guest("bare_wfi", "--signature " + file.string()).status, 0);
  EXPECT_EQ(slurp(file), "0000600d\n");
}

TEST_P(ElfCommand, SignalEndsItWithItsNumber) {
  SKIP_WITHOUT_GUESTS();
  for (const int number : {SIGINT, SIGTERM}) {
    const std::string file = guest(GetParam(), "loop");
    const pid_t child = fork();
    if (child == 0) {
      std::signal(SIGINT, SIG_DFL);
      static_cast<void>(std::freopen("/dev/null", "w", stderr));
      execl(FP_ELF_MAIN, FP_ELF_MAIN, "elf", "--core", GetParam().c_str(), "--max-instructions",
            "1000000000000", file.c_str(), nullptr);
      _exit(99);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    kill(child, number);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 128 + number);
  }
}

TEST_P(ElfCommand, SameRunSameBytes) {
  SKIP_WITHOUT_GUESTS();
  const Result first = run_guest("console");
  const Result second = run_guest("console");
  EXPECT_EQ(first.out, second.out);
  EXPECT_EQ(first.err, second.err);
}

INSTANTIATE_TEST_SUITE_P(Cores, ElfCommand, ::testing::Values("embedded", "np"),
                         [](const auto& info) { return info.param; });

class ElfUsage : public ElfCommand {};
INSTANTIATE_TEST_SUITE_P(Once, ElfUsage, ::testing::Values("embedded"),
                         [](const auto& info) { return info.param; });

TEST_P(ElfUsage, AtomicsAndCompressedAreTheEmbeddedCoresOnly) {
  SKIP_WITHOUT_GUESTS();
  EXPECT_EQ(run_guest("atomics").status, 0);
  const Result r = run("--core np " + guest("embedded", "atomics"));
  EXPECT_EQ(r.status, 1);
}

TEST_P(ElfUsage, BadFlags) {
  SKIP_WITHOUT_GUESTS();
  const std::string file = " " + guest("np", "pass");
  const Result core = run("--core big" + file);
  EXPECT_EQ(core.status, 2);
  EXPECT_EQ(core.err, "flatproxy-sim: --core: found big, expected embedded or np\n");
  EXPECT_EQ(run(file).status, 2);
  EXPECT_EQ(run("--core np").status, 2);
  const Result many = run("--core np --max-instructions many" + file);
  EXPECT_EQ(many.status, 2);
  EXPECT_EQ(many.err.substr(0, 52), "flatproxy-sim: --max-instructions: found many, expec");
  EXPECT_EQ(run("--core np --fidelity np" + file).status, 2);
  EXPECT_EQ(run("--core np --fidelity np=fast" + file).status, 2);
  EXPECT_EQ(run("--core np --fidelity ''" + file).status, 0);
}

TEST_P(ElfUsage, Fidelity) {
  SKIP_WITHOUT_GUESTS();
  const std::string file = " " + guest("np", "pass");
  EXPECT_EQ(run("--core np --fidelity np=model" + file).status, 0);
  EXPECT_EQ(run("--core np --fidelity all=rtl" + file).status, 0);
  EXPECT_EQ(run("--core np --fidelity np=rtl" + file).status, 77);
  EXPECT_EQ(run("--core np --fidelity all=model,np=lockstep" + file).status, 77);
  EXPECT_EQ(run("--core embedded --fidelity embedded=rtl" + file).status, 77);
}

TEST_P(ElfUsage, BadFiles) {
  const std::string absent = (dir_ / "absent.elf").string();
  const Result r = run("--core np " + absent);
  EXPECT_EQ(r.status, 2);
  EXPECT_EQ(r.err, "flatproxy-sim: " + absent +
                       ": file: found No such file or directory, expected a readable ELF file\n");
  const fs::path text = dir_ / "text.elf";
  std::ofstream(text) << std::string(100, 'x');
  EXPECT_EQ(run("--core np " + text.string()).err,
            "flatproxy-sim: " + text.string() +
                ": e_ident: found no ELF magic, expected 0x7f 'E' 'L' 'F'\n");
  EXPECT_EQ(run("--core np " + dir_.string()).status, 2);
}

}  // namespace
}  // namespace fp::riscv::test
