// SPDX-License-Identifier: Apache-2.0
//
// flatproxy-sim: the simulator's command line. docs/cli.md is the contract.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "firmware/linux/common/yaml.hpp"
#include "sim-tb/cli/command.hpp"
#include "sim-tb/cli/elf.hpp"
#include "sim-tb/io/errors.hpp"

namespace fp::cli {
namespace {

int complain(int status, const std::string& line) {
  std::fprintf(stderr, "%s: %s\n", kProgram, line.c_str());
  return status;
}

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

int run_main(int argc, char** argv) {
  CLI::App app{"Cycle-level simulator of the flatproxy DPU.", kProgram};
  app.set_version_flag("--version", std::string(kProgram) + " " + FP_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  flatproxy-sim run --in p0=capture.pcap --out-dir out\n"
      "  flatproxy-sim run --config network.yaml --in p0,p1=both-ways.pcapng --out-dir out\n"
      "  flatproxy-sim elf --core embedded rv32ui-p-add.elf\n"
      "Exit: 0 ok, 1 the answer is no, 2 usage or input, 3 limit, 4 environment, 70 our bug,\n"
      "77 unsupported, 128+n signal n.");
  int status = kOk;
  register_run(app, status);
  register_elf(app, status);
  register_unsupported(app, status);
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
  } catch (const config::InputError& e) {
    return complain(kUsage, e.what());
  } catch (const io::InputError& e) {
    return complain(kUsage, e.what());
  } catch (const io::EnvironmentError& e) {
    return complain(kEnvironment, e.what());
  } catch (const std::bad_alloc&) {
    return complain(kEnvironment, "memory: found none left, expected more");
  } catch (const std::exception& e) {
    return complain(kInternal, e.what());
  }
}

}  // namespace
}  // namespace fp::cli

int main(int argc, char** argv) {
  // The library's banner is nobody's result.
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  return fp::cli::run_main(argc, argv);
}

// libsystemc's own main() refers to it.
extern "C" int sc_main(int, char**);
extern "C" int sc_main(int, char**) { return 0; }
