// SPDX-License-Identifier: Apache-2.0
//
// Reads captures as they are: pcap and pcapng of either byte order and either time resolution, with
// every frame turned into what an Ethernet MAC would have received (docs/architecture.md, 5).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cmodel/common/state_io.hpp"
#include "sim-tb/io/errors.hpp"

namespace fp::io {

// Ethernet's shortest frame without FCS (IEEE 802.3, 4.4.2): shorter ones are padded.
inline constexpr uint32_t kMinFrameBytes = 60;

// Why a frame may not be committed, known before it enters.
enum class FrameMark : uint8_t {
  kNone,
  kCutByRecorder,  // the capture holds fewer bytes than the wire carried
  kOversize,       // longer than common.MaxFrame; only the first MaxFrame bytes are kept
};

// Name of a mark as a drop reason: "capture.truncated", "oversize"; "" for kNone.
const char* mark_reason(FrameMark mark);

// Who sent a frame: source MAC, or source IP address where the capture has no link layer. Padded
// with zeros; `bytes` tells them apart (0: unknown).
struct Sender {
  std::array<uint8_t, 16> address{};
  uint8_t bytes = 0;
  bool operator==(const Sender&) const = default;
};

struct CapturedFrame {
  uint64_t record = 0;      // position in the file, from 1
  uint64_t time_ns = 0;     // since 1970, never less than the previous record's
  uint32_t wire_bytes = 0;  // length on an Ethernet wire without FCS, at least kMinFrameBytes
  FrameMark mark = FrameMark::kNone;
  bool wanted = true;  // matches the reader's filter
  Sender sender;
  std::vector<uint8_t> bytes;  // from the destination MAC on, at least one byte

  void checkpoint(StateIo& io) {
    io(record, time_ns, wire_bytes, mark, sender);
    io.resized(bytes);
  }
};

// One pass over a capture file.
class CaptureReader {
 public:
  // Opens and checks the header. `filter` is one of pcap-filter(7); empty: every frame is wanted.
  // Throws InputError, for a wrong filter with libpcap's words.
  explicit CaptureReader(const std::string& path, const std::string& filter = "");
  ~CaptureReader();
  CaptureReader(CaptureReader&&) noexcept;
  CaptureReader& operator=(CaptureReader&&) noexcept;

  // Reads the next frame into `frame` (its buffer is reused). False at the end of the file. Throws
  // InputError on a damaged record.
  bool next(CapturedFrame& frame);

  const std::string& path() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What a first pass over a file found.
struct CaptureSummary {
  uint64_t frames = 0;  // that match the filter
  uint64_t left_out = 0;
  uint64_t first_ns = 0;  // stamp of the first that matches
};

// Reads `path` once to its end, so that a damaged file is refused before a run starts. Throws
// InputError; also for anything that cannot be read twice (a pipe).
CaptureSummary check_capture(const std::string& path, const std::string& filter = "");

// The frames of one port: all of a file, or one direction of a two-way recording. The side of the
// first sender is direction 0.
class PortFrames {
 public:
  // direction: -1 all frames, 0 or 1 one side. Only frames that match `filter` are given, but all
  // count for who sends first.
  PortFrames(const std::string& path, int direction, const std::string& filter = "");

  // As CaptureReader::next, skipping the other direction. `frame.bytes` of direction 1 of a capture
  // without link layer carries the fixed Ethernet header with its addresses exchanged.
  bool next(CapturedFrame& frame);

 private:
  CaptureReader reader_;
  int direction_;
  bool have_first_ = false;
  Sender first_;
};

}  // namespace fp::io
