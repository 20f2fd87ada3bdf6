// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/cli/checkpoint_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "sim-tb/cli/command.hpp"

namespace fp::cli {
namespace {

const char* rate_name(platform::Rate rate) {
  switch (rate) {
    case platform::Rate::kCapture:
      return "capture";
    case platform::Rate::kLine:
      return "line";
    case platform::Rate::kMax:
      return "max";
  }
  return "";
}

// Programs that are built in go with the program's own identity.
std::string pipeline_trait(const std::string& pipeline) {
  if (pipeline == "mesh" || pipeline == "flowstats") return pipeline;
  return platform::file_digest(pipeline);
}

std::string file_trait(const std::string& file) {
  return file.empty() ? "none" : platform::file_digest(file);
}

platform::RunTraits run_traits(const RunFlags& flags, const platform::Config& config) {
  platform::RunTraits traits{
      {"program", platform::program_id()},  {"firmware", platform::file_digest(config.firmware)},
      {"profile", config.profile.name},     {"rate", rate_name(config.rate)},
      {"seed", std::to_string(flags.seed)}, {"pipeline", pipeline_trait(flags.pipeline)},
      {"config", file_trait(flags.tables)}, {"console-in", file_trait(flags.console_in)}};
  for (size_t b = 0; b < config.fidelity.size(); ++b) {
    traits.emplace_back(fmt::format("fidelity {}", platform::kBlockNames[b]),
                        platform::to_string(config.fidelity[b]));
  }
  for (const platform::Input& in : config.inputs) {
    const std::string ports =
        in.second ? fmt::format("p{},p{}", in.wire, *in.second) : fmt::format("p{}", in.wire);
    traits.emplace_back("in " + ports, platform::file_digest(in.file));
  }
  // Inputs may be named in any order.
  std::stable_sort(traits.end() - static_cast<std::ptrdiff_t>(config.inputs.size()), traits.end());
  return traits;
}

void require_saveable(const char* flag, const platform::FidelityMap& map) {
  for (uint8_t b = 0; b < platform::kNumBlocks; ++b) {
    const auto id = static_cast<platform::BlockId>(b);
    if (platform::can_save(id, map[b])) continue;
    throw Failure(kUnsupported,
                  fmt::format("{}: found {}={}, expected a model, or a build with FP_SAVABLE=ON",
                              flag, platform::kBlockNames[b], platform::to_string(map[b])));
  }
}

}  // namespace

void add_checkpoint_options(CLI::App& command, CheckpointOptions& options) {
  command
      .add_option("--save-at", options.save_at,
                  "CYCLE FILE: write a checkpoint once CYCLE cycles from READY have passed and go "
                  "on; repeatable")
      ->type_name("CYCLE FILE");
  command.add_option("--restore", options.restore,
                     "go on from a checkpoint of the same run; --out-dir ends with the same bytes");
}

void prepare_checkpoints(const CheckpointOptions& options, const RunFlags& flags,
                         platform::Config& config) {
  if (options.save_at.empty() && options.restore.empty()) return;
  require_saveable(options.restore.empty() ? "--save-at" : "--restore", config.fidelity);
  for (const auto& [cycle, file] : options.save_at) {
    config.saves.push_back({parse_number("--save-at", cycle), file});
  }
  std::stable_sort(config.saves.begin(), config.saves.end(),
                   [](const auto& a, const auto& b) { return a.cycle < b.cycle; });
  config.traits = run_traits(flags, config);
  if (options.restore.empty()) return;
  platform::Checkpoint checkpoint = platform::read_checkpoint(options.restore);
  platform::require_same(options.restore, checkpoint.traits, config.traits);
  for (const platform::SavePoint& save : config.saves) {
    if (save.cycle > checkpoint.cycle) continue;
    refuse_flag("--save-at", std::to_string(save.cycle),
                fmt::format("a cycle behind {}'s {}", options.restore, checkpoint.cycle));
  }
  std::fprintf(stderr, "restore: %s, cycle %llu\n", options.restore.c_str(),
               static_cast<unsigned long long>(checkpoint.cycle));
  config.restore_file = options.restore;
  config.restore = std::move(checkpoint.image);
}

int checkpoint_status(const platform::Config& config, const platform::Result& result, int status) {
  if (!result.save_error.empty()) {
    std::fprintf(stderr, "%s: %s\n", kProgram, result.save_error.c_str());
    return kEnvironment;
  }
  // A run that was cut short has said so itself.
  if (result.saved == config.saves.size() || status != kOk) return status;
  std::fprintf(stderr, "%s: --save-at: found %llu, expected a cycle of the run, which had %llu\n",
               kProgram, static_cast<unsigned long long>(config.saves[result.saved].cycle),
               static_cast<unsigned long long>(result.cycles));
  return kUsage;
}

}  // namespace fp::cli
