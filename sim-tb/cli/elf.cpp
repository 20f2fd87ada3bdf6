// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/cli/elf.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "cmodel/riscv/elf_image.hpp"
#include "cmodel/riscv/elf_runner.hpp"

namespace fp::cli {
namespace {

constexpr int kExitOk = 0;
constexpr int kExitNo = 1;
constexpr int kExitUsage = 2;
constexpr int kExitLimit = 3;
constexpr int kExitEnvironment = 4;
constexpr int kExitUnsupported = 77;
constexpr int kExitSignalBase = 128;

// A few seconds of host time; enough for any ISA test, and an end for a program without one.
constexpr std::uint64_t kDefaultMaxInstructions = 1'000'000'000;

struct Options {
  std::string core;
  std::string fidelity;
  std::string signature;
  std::uint64_t max_instructions = kDefaultMaxInstructions;
  std::string file;
};

volatile std::sig_atomic_t g_signal = 0;

extern "C" void note_signal(int number) { g_signal = number; }

// Notes SIGINT and SIGTERM in g_signal while it lives.
class SignalScope {
 public:
  SignalScope() {
    g_signal = 0;
    struct sigaction action{};
    action.sa_handler = note_signal;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &old_int_);
    sigaction(SIGTERM, &action, &old_term_);
  }
  SignalScope(const SignalScope&) = delete;
  SignalScope& operator=(const SignalScope&) = delete;
  ~SignalScope() {
    sigaction(SIGINT, &old_int_, nullptr);
    sigaction(SIGTERM, &old_term_, nullptr);
  }

 private:
  struct sigaction old_int_{};
  struct sigaction old_term_{};
};

void complain(const std::string& subject, const std::string& found, const std::string& expected) {
  std::fprintf(stderr, "flatproxy-sim: %s: found %s, expected %s\n", subject.c_str(), found.c_str(),
               expected.c_str());
}

std::string system_message(int error) { return std::generic_category().message(error); }

bool is_shortage(int error) { return error == ENOSPC || error == EDQUOT || error == EROFS; }

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Writes one four-byte little-endian word a line, as eight hex digits; a last partial word is
// filled with zeros.
bool write_words(std::FILE* file, std::span<const std::uint8_t> bytes) {
  for (std::size_t at = 0; at < bytes.size(); at += 4) {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 4 && at + i < bytes.size(); ++i) {
      word |= std::uint32_t{bytes[at + i]} << (8 * i);
    }
    if (std::fprintf(file, "%08x\n", word) < 0) return false;
  }
  return std::fflush(file) == 0;
}

int write_signature(const std::string& path, std::span<const std::uint8_t> bytes) {
  std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "w"));
  if (file == nullptr) {
    const int error = errno;
    complain("--signature", path + " (" + system_message(error) + ")",
             "a file that can be written");
    return is_shortage(error) ? kExitEnvironment : kExitUsage;
  }
  bool written = write_words(file.get(), bytes);
  const int write_error = errno;
  const bool closed = std::fclose(file.release()) == 0;
  const int error = written ? errno : write_error;
  written = written && closed;
  if (written) return kExitOk;
  complain("--signature", path + " (" + system_message(error) + ")", "room for the signature");
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) std::filesystem::remove(path, ignored);
  return kExitEnvironment;
}

// The simulator here has one form of each core, the model. Returns an exit status, kExitOk to go
// on.
int check_fidelity(const std::string& text) {
  if (text.empty()) return kExitOk;
  const char* const kSyntax = "BLOCK=model|rtl|lockstep, comma-separated";
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string item = text.substr(at, end - at);
    const std::size_t equals = item.find('=');
    if (equals == std::string::npos || equals == 0) {
      complain("--fidelity", item.empty() ? "an empty item" : item, kSyntax);
      return kExitUsage;
    }
    const std::string block = item.substr(0, equals);
    const std::string value = item.substr(equals + 1);
    if (value != "model" && value != "rtl" && value != "lockstep") {
      complain("--fidelity", item, kSyntax);
      return kExitUsage;
    }
    // "all" means every block that has RTL, and no core of this command has.
    if (block != "all" && value != "model") {
      complain("--fidelity", item, "model, this command has no RTL of a core");
      return kExitUnsupported;
    }
    at = end + 1;
  }
  return kExitOk;
}

// begin_signature..end_signature, checked before the run. False after a message.
struct SignatureRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

std::optional<SignatureRange> find_signature(const std::string& file, const riscv::ElfImage& image,
                                             const riscv::ElfRunner& runner) {
  const std::optional<std::uint32_t> begin = image.symbol("begin_signature");
  const std::optional<std::uint32_t> end = image.symbol("end_signature");
  if (!begin || !end) {
    complain(file + ": " + (begin ? "end_signature" : "begin_signature"), "no such symbol",
             "one, for --signature");
    return std::nullopt;
  }
  if (*end < *begin || (*end != *begin && runner.memory(*begin, *end).empty())) {
    char text[64];
    std::snprintf(text, sizeof(text), "0x%x..0x%x", *begin, *end);
    complain(file + ": begin_signature..end_signature", text, "a range in RAM");
    return std::nullopt;
  }
  return SignatureRange{*begin, *end};
}

int report(const Options& options, const riscv::ElfRunner& runner, const riscv::Outcome& outcome) {
  switch (outcome.verdict) {
    case riscv::Verdict::kPass:
      return kExitOk;
    case riscv::Verdict::kFail:
      if (outcome.test) {
        std::printf("FAIL test %llu\n", static_cast<unsigned long long>(*outcome.test));
      } else {
        std::printf("FAIL %s\n", outcome.detail.c_str());
      }
      return kExitNo;
    case riscv::Verdict::kLimit: {
      const riscv::Hart& hart = runner.hart();
      const std::string count =
          std::to_string(hart.retired() + hart.traps()) + " instructions and traps";
      complain(options.file + ": --max-instructions",
               outcome.detail.empty() ? count : outcome.detail + " after " + count,
               "the program to end");
      return kExitLimit;
    }
    case riscv::Verdict::kInterrupted:
      return kExitSignalBase + g_signal;
  }
  return kExitNo;
}

int run_elf(const Options& options) {
  if (options.core != "embedded" && options.core != "np") {
    complain("--core", options.core, "embedded or np");
    return kExitUsage;
  }
  if (const int status = check_fidelity(options.fidelity); status != kExitOk) return status;

  riscv::ElfError error;
  const std::optional<riscv::ElfImage> image = riscv::ElfImage::read(options.file, error);
  if (!image) {
    complain(options.file + ": " + error.field, error.found, error.expected);
    return kExitUsage;
  }
  const SignalScope signals;
  riscv::ElfRunner runner(
      {.isa = options.core == "np" ? riscv::kIsaNp : riscv::kIsaEmbedded,
       .max_steps = options.max_instructions,
       .console = [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); },
       .interrupted = [] { return g_signal != 0; }},
      *image, error);
  if (!runner.ok()) {
    complain(options.file + ": " + error.field, error.found, error.expected);
    return kExitUsage;
  }
  SignatureRange signature;
  if (!options.signature.empty()) {
    const auto found = find_signature(options.file, *image, runner);
    if (!found) return kExitUsage;
    signature = *found;
  }

  const riscv::Outcome outcome = runner.run();
  int status = report(options, runner, outcome);
  const bool ended = status == kExitOk || status == kExitNo;
  if (ended && !options.signature.empty()) {
    const int written =
        write_signature(options.signature, runner.memory(signature.begin, signature.end));
    if (written != kExitOk) status = written;
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    complain("stdout", system_message(errno), "room for the output");
    status = kExitEnvironment;
  }
  std::fprintf(stderr, "elf: core=%s instructions=%llu traps=%llu cycles=%llu\n",
               options.core.c_str(), static_cast<unsigned long long>(runner.hart().retired()),
               static_cast<unsigned long long>(runner.hart().traps()),
               static_cast<unsigned long long>(runner.hart().cycle()));
  return status;
}

}  // namespace

void register_elf(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  CLI::App* const command =
      app.add_subcommand("elf", "Run an ISA test program on the embedded or NP core");
  command->add_option("--core", options->core, "embedded (RV32IMAC_Zicsr) or np (RV32IM_Zicsr)")
      ->required();
  command->add_option("--fidelity", options->fidelity, "BLOCK=model|rtl|lockstep, default model");
  command->add_option("--signature", options->signature,
                      "write begin_signature..end_signature, one 4-byte hex word a line");
  command
      ->add_option("--max-instructions", options->max_instructions,
                   "give up after N instructions and traps, exit 3")
      ->capture_default_str();
  command->add_option("FILE", options->file, "32-bit RISC-V executable")->required();
  command->footer(
      "RAM is 16 MiB at 0x80000000, a CLINT stands at 0x02000000. A program ends by writing "
      "tohost: "
      "1 exits 0,\nanother odd value exits 1 and prints FAIL test N.\n\n"
      "Examples:\n"
      "  flatproxy-sim elf --core embedded rv32ui-p-add\n"
      "  flatproxy-sim elf --core np --signature add.sig --max-instructions 1000000 add-01.elf");
  command->callback([options, &exit_code] { exit_code = run_elf(*options); });
}

}  // namespace fp::cli
