// SPDX-License-Identifier: Apache-2.0
//
// `run --save-at CYCLE FILE` and `run --restore FILE` (docs/checkpoint.md).
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim-tb/platform/platform.hpp"

namespace fp::cli {

struct CheckpointOptions {
  std::vector<std::pair<std::string, std::string>> save_at;  // CYCLE, FILE
  std::string restore;
};

void add_checkpoint_options(CLI::App& command, CheckpointOptions& options);

// What a run was asked for beside what platform::Config shows.
struct RunFlags {
  uint64_t seed = 1;
  std::string pipeline;    // program built in, or a file
  std::string tables;      // file that --config or its kin gave, empty for none
  std::string console_in;  // file, empty for none
};

// Sets what `config` needs for saving and restoring; the rest of it is complete but for the output
// directory. Reads and judges the file to restore. Throws Failure, io::InputError.
void prepare_checkpoints(const CheckpointOptions& options, const RunFlags& flags,
                         platform::Config& config);

// What the checkpoints add to the exit status of a run that is over: complains and returns another
// one when one was not written, else `status`.
int checkpoint_status(const platform::Config& config, const platform::Result& result, int status);

}  // namespace fp::cli
