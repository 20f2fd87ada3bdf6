// SPDX-License-Identifier: Apache-2.0
//
// The run behind `flatproxy-sim run`, for every command that lets captures go through the DPU.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cmodel/rmt/observer.hpp"
#include "sim-tb/cli/boot_image.hpp"
#include "sim-tb/cli/checkpoint_options.hpp"
#include "sim-tb/cli/command.hpp"
#include "sim-tb/platform/platform.hpp"

namespace fp::cli {

struct RunOptions {
  std::string config, pipeline = "mesh", out_dir, rate = "capture", profile = "paper", seed = "1",
                      max_cycles, filter, gdb;
  std::string trace_fst, trace_window, trace_packet, trace_perfetto, console_in;
  std::vector<std::string> in, fidelity;
  bool progress = false;  // also when stderr is no terminal
  // Without --config the built-in one, whatever the environment and the folder say.
  bool builtin_config = false;
  // Gives every block every clock edge: shows that skipping changes nothing. For tests.
  bool no_skip = false;
  // A rerun that only records a waveform, in block time; see record_difference().
  std::string rerun_window;
  // "p0:7": writes that frame's stay into out_dir/stay, for --trace-packet.
  std::string find_packet;
  CheckpointOptions checkpoint;
};

// Adds run's flags to `sub`; without `out_dir`, all but --out-dir. `o` must outlive the parse.
void add_run_flags(CLI::App& sub, RunOptions& o, bool out_dir);

// What a command may want of a run beside its files. Every member may be left empty.
struct RunHooks {
  rmt::Observer* observer = nullptr;        // the RMT is then a model or in lockstep
  std::function<void(BootImage&)> booting;  // what is about to be loaded; `image` is copied
  std::function<void(const platform::Result&)> ended;
  bool quiet = false;  // no closing table
};

// Runs and writes the files of docs/cli.md into o.out_dir; answers the exit status. One run per
// process. Throws Failure, config::InputError, io::InputError, io::EnvironmentError,
// platform::PlatformError.
int run(const RunOptions& o, const RunHooks& hooks = {});

}  // namespace fp::cli
