// SPDX-License-Identifier: Apache-2.0
#include "hostdrv/tools/common/command_line.hpp"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <new>
#include <vector>

namespace fp::cli {
namespace {

// CLI11's complaints in the contract's form. Its texts name the option first or last.
std::string usage_line(const CLI::ParseError& e, int argc, char** argv) {
  const std::string text = e.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&e) != nullptr) {
    for (int i = 1; i < argc; ++i) {
      const std::string arg = argv[i];
      if (arg.rfind('-', 0) == 0 && text.find(arg) != std::string::npos) {
        return arg.substr(0, arg.find('=')) + ": found an unknown flag, expected one of --help";
      }
    }
    const size_t colon = text.rfind(": ");
    return "arguments: found " + (colon == std::string::npos ? text : text.substr(colon + 2)) +
           ", expected none";
  }
  if (dynamic_cast<const CLI::RequiredError*>(&e) != nullptr) {
    if (text.find("subcommand") != std::string::npos) {
      return std::string("COMMAND: found ") + (argc > 1 ? argv[1] : "nothing") +
             ", expected one of --help";
    }
    return text.substr(0, text.find(' ')) + ": found nothing, expected a value";
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&e) != nullptr) {
    return text.substr(0, text.find_first_of(": ")) + ": found nothing, expected a value";
  }
  return "arguments: found " + text + ", expected what --help says";
}

}  // namespace

void refuse_flag(const std::string& flag, const std::string& found, const std::string& expected) {
  throw Failure(kUsage,
                flag + ": found " + (found.empty() ? "nothing" : found) + ", expected " + expected);
}

void print_result(const std::string& text) {
  errno = 0;
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return;
  throw Failure(kEnvironment, std::string("stdout: found ") + std::strerror(errno) +
                                  ", expected room for the result");
}

uint64_t parse_number(const std::string& flag, const std::string& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    refuse_flag(flag, text, "a number from 0 to 18446744073709551615");
  }
  return value;
}

void add_missing_command(CLI::App& app, const std::string& name, const std::string& text) {
  CLI::App* sub = app.add_subcommand(name, text + " (not in this build)");
  // Whatever follows, also behind "--".
  sub->allow_extras();
  sub->add_option_function<std::vector<std::string>>("ARGUMENTS", [](const auto&) {})
      ->expected(0, -1);
  sub->group("Not in this build");
  sub->callback([name] {
    throw Failure(
        kUnsupported,
        name + ": found a command that this build does not support, expected one of --help");
  });
}

int run_program(CLI::App& app, const int& status, int argc, char** argv,
                int (*classify)(const std::exception&)) {
  const auto complain = [&app](int exit_status, const std::string& line) {
    std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), line.c_str());
    return exit_status;
  };
  try {
    app.parse(argc, argv);
    return status;
  } catch (const CLI::CallForHelp& e) {
    return app.exit(e);
  } catch (const CLI::CallForAllHelp& e) {
    return app.exit(e);
  } catch (const CLI::CallForVersion& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    return complain(kUsage, usage_line(e, argc, argv));
  } catch (const Failure& e) {
    return complain(e.status(), e.what());
  } catch (const std::bad_alloc&) {
    return complain(kEnvironment, "memory: found none left, expected more");
  } catch (const std::exception& e) {
    return complain(classify(e), e.what());
  }
}

}  // namespace fp::cli
