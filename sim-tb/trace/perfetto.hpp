// SPDX-License-Identifier: Apache-2.0
//
// A run on a time line, for ui.perfetto.dev and chrome://tracing: frames on the wires, their stay
// in the RMT, the control core and its mailbox. Chrome's Trace Event Format, JSON array layout,
// whose closing bracket readers do not require.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "contract/common.hpp"
#include "sim-tb/io/pcapng_writer.hpp"

namespace fp::sim {

// Times given are block time in cycles since reset; a slice ends with the cycle it is told last.
// One thread. What is kept is what is under way; events go to the file as they end.
class PerfettoTrace {
 public:
  enum class Side : uint8_t { kIn, kOut };

  // Creates or empties `path`. Throws io::EnvironmentError naming the file, as every other member
  // may; after that nothing more is written.
  PerfettoTrace(const std::string& path, uint32_t ns_per_cycle);

  // The run goes on from a checkpoint: nothing is shown before `now`. Before all else.
  void resume(uint64_t now) { begin_ = now; }
  // Frames may come from now on.
  void ready(uint64_t now);
  // A beat moved through a port of the DPU.
  void beat(Side side, common::PortId port, const common::PktBeat& b, uint64_t now);
  // A wire's frame got its verdict. To be told before frame().
  void judged(uint32_t tag, uint64_t now);
  // Nothing more will be heard of this frame, whose first beat came in `first`. `cut`: it had not
  // ended when the run did, in that cycle. `args`: what to show of it, a JSON object.
  void frame(uint32_t tag, uint64_t first, std::optional<uint64_t> cut, std::string_view args);
  // The core executes, or sleeps, from `now` on.
  void core(bool running, uint64_t now);
  // A message of this kind was handed over, to the core or from it.
  void message(const char* kind, bool to_core, unsigned channel, uint64_t now);
  // Ends what is under way and closes the file.
  void finish(uint64_t now);

 private:
  struct Transfer {
    uint32_t tag = 0;
    uint64_t first = 0;
    uint64_t bytes = 0;
  };
  // Of a frame that has not ended.
  struct Signs {
    std::optional<uint64_t> verdict;
    uint64_t last = 0;  // verdict or last beat of a copy
  };

  // "12.004": microseconds at the start of a cycle.
  std::string stamp(uint64_t cycle) const;
  void event(std::string_view json);
  void name_thread(int tid, std::string_view name);
  void slice(int tid, std::string_view name, uint64_t first, uint64_t end, std::string_view args);
  void transferred(int tid, const Transfer& t, uint64_t end);
  void flush();

  io::OutputFile file_;
  const uint32_t ns_per_cycle_;
  uint64_t begin_ = 0;
  std::string buffer_;  // whole events
  bool first_event_ = true;
  bool failed_ = false;
  std::map<int, Transfer> transfers_;  // by thread
  std::unordered_map<uint32_t, Signs> signs_;
  std::optional<bool> running_;
  uint64_t core_since_ = 0;
};

}  // namespace fp::sim
