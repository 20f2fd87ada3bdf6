// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/cli/elf.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "cmodel/riscv/elf_image.hpp"
#include "cmodel/riscv/elf_runner.hpp"
#include "sim-tb/cli/command.hpp"

namespace fp::cli {
namespace {

// A few seconds of host time; enough for any ISA test, and an end for a program without one.
constexpr const char* kDefaultMaxInstructions = "1000000000";

struct Options {
  std::string core;
  std::string fidelity;
  std::string signature;
  std::string max_instructions = kDefaultMaxInstructions;
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

void write_signature(const std::string& path, std::span<const std::uint8_t> bytes) {
  std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "w"));
  if (file == nullptr) {
    const int error = errno;
    throw Failure(is_shortage(error) ? kEnvironment : kUsage,
                  "--signature: found " + path + " (" + system_message(error) +
                      "), expected a file that can be written");
  }
  int error = write_words(file.get(), bytes) ? 0 : errno;
  if (std::fclose(file.release()) != 0 && error == 0) error = errno;
  if (error == 0) return;
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) std::filesystem::remove(path, ignored);
  throw Failure(kEnvironment, "--signature: found " + path + " (" + system_message(error) +
                                  "), expected room for the signature");
}

// The cores of this command are models only.
void check_fidelity(const std::string& text) {
  constexpr const char* kSyntax = "BLOCK=model|rtl|lockstep, comma-separated";
  for (std::size_t at = 0; !text.empty() && at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string item = text.substr(at, end - at);
    at = end + 1;
    const std::size_t equals = item.find('=');
    if (equals == std::string::npos || equals == 0) refuse_flag("--fidelity", item, kSyntax);
    const std::string value = item.substr(equals + 1);
    if (value != "model" && value != "rtl" && value != "lockstep") {
      refuse_flag("--fidelity", item, kSyntax);
    }
    // "all" means every block that has RTL, and no core of this command has.
    if (item.substr(0, equals) != "all" && value != "model") {
      throw Failure(kUnsupported, "--fidelity: found " + item + ", expected " +
                                      item.substr(0, equals) +
                                      "=model: there is no RTL of it here");
    }
  }
}

struct SignatureRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// begin_signature..end_signature, checked before the run.
SignatureRange find_signature(const std::string& file, const riscv::ElfImage& image,
                              const riscv::ElfRunner& runner) {
  const std::optional<std::uint32_t> begin = image.symbol("begin_signature");
  const std::optional<std::uint32_t> end = image.symbol("end_signature");
  if (!begin || !end) {
    throw Failure(kUsage, file + ": " + (begin ? "end_signature" : "begin_signature") +
                              ": found no such symbol, expected one, for --signature");
  }
  if (*end < *begin || (*end != *begin && runner.memory(*begin, *end).empty())) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "0x%x..0x%x", *begin, *end);
    throw Failure(kUsage, file + ": begin_signature..end_signature: found " + text.data() +
                              ", expected a range in RAM");
  }
  return {.begin = *begin, .end = *end};
}

// Prints the verdict. Throws where it is an error line.
int report(const Options& options, const riscv::Hart& hart, const riscv::Outcome& outcome) {
  switch (outcome.verdict) {
    case riscv::Verdict::kPass:
      return kOk;
    case riscv::Verdict::kFail:
      if (outcome.test) {
        std::printf("FAIL test %llu\n", static_cast<unsigned long long>(*outcome.test));
      } else {
        std::printf("FAIL %s\n", outcome.detail.c_str());
      }
      return kNo;
    case riscv::Verdict::kLimit: {
      const std::string count =
          std::to_string(hart.retired() + hart.traps()) + " instructions and traps";
      throw Failure(kLimit, options.file + ": --max-instructions: found " +
                                (outcome.detail.empty() ? "" : outcome.detail + " after ") + count +
                                ", expected the program to end");
    }
    case riscv::Verdict::kInterrupted:
      return kSignalBase + g_signal;
  }
  return kInternal;
}

int run_elf(const Options& options) {
  if (options.core != "embedded" && options.core != "np") {
    refuse_flag("--core", options.core, "embedded or np");
  }
  check_fidelity(options.fidelity);
  const std::uint64_t max_steps = parse_number("--max-instructions", options.max_instructions);

  riscv::ElfError error;
  const std::optional<riscv::ElfImage> image = riscv::ElfImage::read(options.file, error);
  if (!image) throw Failure(kUsage, options.file + ": " + error.text());
  const SignalScope signals;
  riscv::ElfRunner runner(
      {.isa = options.core == "np" ? riscv::kIsaNp : riscv::kIsaEmbedded,
       .max_steps = max_steps,
       .console = [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); },
       .interrupted = [] { return g_signal != 0; }},
      *image, error);
  if (!runner.ok()) throw Failure(kUsage, options.file + ": " + error.text());
  const bool with_signature = !options.signature.empty();
  const SignatureRange signature =
      with_signature ? find_signature(options.file, *image, runner) : SignatureRange{};

  const riscv::Outcome outcome = runner.run();
  const riscv::Hart& hart = runner.hart();
  std::fprintf(stderr, "elf: core=%s instructions=%llu traps=%llu cycles=%llu\n",
               options.core.c_str(), static_cast<unsigned long long>(hart.retired()),
               static_cast<unsigned long long>(hart.traps()),
               static_cast<unsigned long long>(hart.cycle()));
  const int status = report(options, hart, outcome);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    throw Failure(kEnvironment,
                  "stdout: found " + system_message(errno) + ", expected room for the output");
  }
  if (with_signature && (status == kOk || status == kNo)) {
    write_signature(options.signature, runner.memory(signature.begin, signature.end));
  }
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
