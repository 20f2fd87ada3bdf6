// SPDX-License-Identifier: Apache-2.0
//
// Saving a run and going on from it (docs/checkpoint.md). Between two slices of the loop nothing of
// a run is on the stack, so the members listed here are all of it.
#include <fmt/format.h>

#include "sim-tb/platform/platform.hpp"

namespace fp::platform {

void Platform::checkpoint(StateIo& io) {
  io.place("platform");
  io(ticker_, cycle0_, result_.boot_cycles);
  for (const auto& [name, block] : {std::pair<const char*, Block*>{"rmt", &rmt_.block()},
                                    {"mbuf", &mbuf_.block()},
                                    {"vq", &vq_.block()},
                                    {"csr", &csr_.block()},
                                    {"ideal_stream", &stream_.block()}}) {
    io.place(name);
    io(*block);
  }
  io(*soc_);
  io.place("admin session");
  io(admin_);
  if (host_ != nullptr) io(*host_);
  io.place("wires");
  io(toe_tap_, cpu_tap_, reports_);
  for (auto& r : recorders_) io(*r);
  for (auto& s : sources_) io(*s);
  for (auto& s : sinks_) io(*s);
  io(log_);
  io.place("console");
  io(console_);
}

void Platform::save_when_due() {
  const auto& saves = config_.saves;
  while (result_.saved < saves.size() && ticker_.now() - cycle0_ >= saves[result_.saved].cycle) {
    const SavePoint& point = saves[result_.saved++];
    try {
      Checkpoint file{config_.traits, ticker_.now() - cycle0_, {}};
      StateIo io = StateIo::save(file.image);
      checkpoint(io);
      write_checkpoint(point.file, file);
    } catch (const io::EnvironmentError& e) {
      // The run itself is not hurt.
      if (result_.save_error.empty()) result_.save_error = e.what();
    }
  }
}

void Platform::restore() {
  ticker_.set_skipping(config_.skipping);
  ticker_.reset();
  StateIo io = StateIo::load(*config_.restore);
  try {
    checkpoint(io);
    io.finish();
  } catch (const StateError& e) {
    throw io::InputError(fmt::format("{}: {}", config_.restore_file, e.what()));
  }
  config_.restore.reset();
  if (config_.perfetto != nullptr) config_.perfetto->resume(ticker_.now());
  running_ = true;
  if (config_.trace) set_trace();
}

}  // namespace fp::platform
