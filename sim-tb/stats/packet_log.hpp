// SPDX-License-Identifier: Apache-2.0
//
// Follows every frame from the wire to its verdict and its copies, writes packets.jsonl
// (docs/cli.md) and counts what stats.json reports.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cmodel/common/state_io.hpp"
#include "contract/common.hpp"
#include "contract/rmt.hpp"
#include "firmware/linux/pipeline/field_map.hpp"
#include "sim-tb/io/capture.hpp"
#include "sim-tb/io/pcapng_writer.hpp"
#include "sim-tb/stats/field_values.hpp"
#include "sim-tb/stats/latency.hpp"

namespace fp::stats {

// Frames with this bit in their tag were made inside the DPU (docs/uarch/interfaces.md).
inline constexpr uint32_t kOriginatedTag = 0x8000'0000;
// Other tags: the MAC port in bits 30:29, below it the frame's number on that port, from 1. Ports
// number their frames alone, so that no order between ports enters a tag.
inline constexpr unsigned kTagPortShift = 29;
inline constexpr unsigned kNumWires = 4;
constexpr uint32_t frame_tag(unsigned wire, uint64_t n) {
  return wire << kTagPortShift | static_cast<uint32_t>(n & ((1u << kTagPortShift) - 1));
}
constexpr unsigned tag_wire(uint32_t tag) { return tag >> kTagPortShift & (kNumWires - 1); }
constexpr uint32_t tag_number(uint32_t tag) { return tag & ((1u << kTagPortShift) - 1); }
// "p1 packet 7", "originated packet 3".
std::string tag_text(uint32_t tag);

// Cycles of one frame: its first beat was accepted in `first`, its last sign was seen in `last`.
struct Stay {
  uint64_t first = 0;
  uint64_t last = 0;
  bool operator==(const Stay&) const = default;
};

// Names of one match-action stage, for people.
struct StageNames {
  std::string table;  // of a lookup that ran no action
  struct ActionNames {
    std::string table, action;
  };
  std::vector<ActionNames> actions;  // by instruction index
};

struct Totals {
  uint64_t in = 0;  // frames whose first beat was accepted from a wire
  uint64_t forwarded = 0;
  uint64_t dropped = 0;
  uint64_t slow = 0;
  uint64_t held = 0;                // not judged when the run was cut short
  uint64_t originated = 0;          // frames out that no wire brought
  uint64_t originated_dropped = 0;  // frames made inside that no port sent
  // Every reason there is, in code order, with its frames: "rmt.no_route", "oversize".
  std::vector<std::pair<std::string, uint64_t>> drops;
  std::vector<std::pair<std::string, uint64_t>> slows;
  LatencyCounts latency;  // first beat in to first beat of the first copy out, cycles
};

class PacketLog {
 public:
  // Writes to `path`. Throws io::EnvironmentError, also from every member that writes.
  PacketLog(const std::string& path, pipeline::FieldMap fields, std::vector<StageNames> stages);

  // A frame's first beat was accepted in `cycle`. Frames of one port come in order.
  void accepted(uint32_t tag, io::FrameMark mark, uint64_t cycle);
  void parsed(const rmt::ParseReport& report);
  void judged(const rmt::VerdictReport& report);
  // A frame on its way out, for people: where it came from, its verdict, and the tables that hit
  // with their actions, as far as they are reported. To be asked before left().
  std::string comment(uint32_t tag);
  // A frame has left through `port` as its n-th; its first beat left in `cycle`.
  void left(uint32_t tag, common::PortId port, uint64_t n, uint64_t cycle);

  // Follows one frame from the wire; `now` gives the cycle of a report. Before the first frame.
  void watch(uint32_t tag, std::function<uint64_t()> now) {
    watched_ = tag;
    now_ = std::move(now);
  }
  // Of the watched frame, from its first beat in to its verdict and to the last beat of its last
  // copy out; nothing if it was not accepted.
  const std::optional<Stay>& stay() const { return stay_; }

  // Calls `f` with every wire's frame when its line is written: its cycle_in, whether it is over
  // (not when the run was cut short) and the line without the frame's fields, a JSON object. Before
  // the first frame.
  using FrameEnd =
      std::function<void(uint32_t tag, uint64_t cycle_in, bool over, std::string_view line)>;
  void on_end(FrameEnd f) { on_end_ = std::move(f); }

  // The run is over: what has no verdict is held. Closes the file.
  void finish();

  const Totals& totals() const { return totals_; }
  // The file so far and all that is counted or under way.
  void checkpoint(StateIo& io);
  // Frames accepted whose way is not over yet.
  uint64_t open() const { return open_; }

 private:
  enum class Verdict : uint8_t { kNone, kForward, kDrop, kSlow };
  struct Copy {
    common::PortId port{};
    uint64_t n = 0;
    uint64_t cycle = 0;
  };
  struct Entry {
    bool accepted = false;
    bool parsed = false;
    Verdict verdict = Verdict::kNone;
    io::FrameMark mark = io::FrameMark::kNone;
    uint8_t stage_hit = 0;
    std::array<uint8_t, 8> stage_action{};
    const char* reason = nullptr;  // element of names_
    uint64_t cycle_in = 0;
    unsigned copies_due = 0;  // known with the verdict
    std::vector<Copy> copies;
    uint32_t hdr_valid = 0;
    rmt::Phv phv;
  };

  Entry& entry(uint32_t tag);
  // Of stage `s`: the table that owns the action and its name; a number where the program has none.
  std::pair<std::string, std::string> action_names(size_t s, size_t action) const;
  void seen(uint32_t tag) {
    if (tag == watched_ && stay_) stay_->last = now_();
  }
  bool complete(const Entry& e) const;
  void flush(unsigned wire);
  void write(unsigned wire, uint64_t n, Entry& e);
  const char* count_reason(uint8_t code, io::FrameMark mark, Verdict verdict);

  std::optional<uint32_t> watched_;
  std::function<uint64_t()> now_;
  std::optional<Stay> stay_;
  FrameEnd on_end_;
  io::OutputFile file_;
  FieldWriter fields_;
  std::vector<StageNames> stages_;
  // Frames of one wire whose line is not written yet, from number `first` on.
  struct Wire {
    std::deque<Entry> entries;
    uint64_t first = 1;
  };
  std::array<Wire, kNumWires> wires_;
  uint64_t open_ = 0;
  std::string line_;
  std::array<std::string, 256> names_;  // "rmt." reason by code
  std::array<int, 256> drop_index_{};   // into totals_.drops, -1: not a drop reason
  std::array<int, 256> slow_index_{};
  size_t mark_index_ = 0;  // of "capture.truncated"; "oversize" follows
  Totals totals_;
};

}  // namespace fp::stats
