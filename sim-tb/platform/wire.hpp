// SPDX-License-Identifier: Apache-2.0
//
// The wires at the edge of the DPU: a store-and-forward MAC that offers captured frames, and one
// that records what leaves. Rate models, no protocol: a MAC whose buffer is full pauses its sender.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cmodel/common/block.hpp"
#include "cmodel/common/ports.hpp"
#include "cmodel/common/state_io.hpp"
#include "contract/common.hpp"
#include "sim-tb/io/capture.hpp"
#include "sim-tb/io/pcapng_writer.hpp"
#include "sim-tb/platform/profile.hpp"
#include "sim-tb/platform/stream_out.hpp"
#include "sim-tb/stats/packet_log.hpp"
#include "sim-tb/trace/perfetto.hpp"

namespace fp::platform {

// What an Ethernet line spends beside a frame's bytes (IEEE 802.3): preamble and start delimiter,
// FCS, gap to the next frame.
inline constexpr uint32_t kPreambleBytes = 8;
inline constexpr uint32_t kFcsBytes = 4;
inline constexpr uint32_t kGapBytes = 12;
// Shortest frame without its FCS (IEEE 802.3 clause 4.2.3.3); a MAC pads with zeros.
inline constexpr uint32_t kMinFrameBytes = 60;

// A frame left the DPU marked bad, or broke the stream's rules: a fault of ours.
class WireError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// Model time at which a run begins, shared by its wires.
struct Epoch {
  uint64_t cycle0 = 0;    // block time of READY
  uint64_t first_ns = 0;  // stamp of the earliest frame, since 1970
};

// Offers one port's frames. A frame shows up when its last byte has arrived at line rate; the MAC
// holds one frame behind the one it presents, so a sender that finds both taken waits (IEEE 802.3
// annex 31B).
class WireSource : public Block {
 public:
  Tx<common::PktBeat> out;

  // `frames` may be null: a port without input. `log` must outlive the block.
  WireSource(unsigned wire, const Profile& profile, Rate rate,
             std::unique_ptr<io::PortFrames> frames, stats::PacketLog& log);

  // Frames come from the next cycle on. Before this the wire is silent.
  void start(const Epoch& epoch);
  // Shows its beats there as well; null: nowhere. It must outlive the last cycle.
  void trace(sim::PerfettoTrace* trace) { trace_ = trace; }
  // No frame is left.
  bool exhausted() const { return started_ && !arriving_ && !presenting_ && !out.valid; }

  void reset() override;
  void eval(uint64_t now) override;
  void commit() override { out_.commit(); }
  bool idle() const override { return !out.valid && !presenting_; }
  uint64_t wake_at() const override { return arriving_ ? arrival_ : kNever; }

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("out", a.out, b.out);
  }

  void checkpoint(StateIo& io) override {
    checkpoint_ports<WireSource>(io, *this);
    io.place("wire source");
    io(epoch_, started_, arriving_, presenting_, next_, current_, arrival_, line_free_, number_,
       sent_, out_, asked_);
    // The file is not state: what was read before is read again and thrown away.
    io::CapturedFrame unused;
    for (uint64_t i = 0; io.loading() && frames_ && i < asked_ && frames_->next(unused); ++i) {
    }
  }

 private:
  // Bit times since cycle 0: 2^64 would end after two years at 100 Gb/s.
  using BitTime = unsigned __int128;

  void load(uint64_t now, bool waited);

  const unsigned wire_;
  const Profile profile_;
  const Rate rate_;
  std::unique_ptr<io::PortFrames> frames_;
  stats::PacketLog& log_;
  sim::PerfettoTrace* trace_ = nullptr;
  Epoch epoch_;
  bool started_ = false;
  bool arriving_ = false;
  bool presenting_ = false;
  io::CapturedFrame next_;     // arriving
  io::CapturedFrame current_;  // presented
  uint64_t arrival_ = 0;       // cycle from which next_ may be presented
  BitTime line_free_ = 0;
  uint64_t asked_ = 0;   // frames asked of frames_
  uint64_t number_ = 0;  // of current_
  uint32_t sent_ = 0;    // bytes of current_ handed over
  StreamOut<common::PktBeat> out_{out};
};

// Assembles the frames of one beat stream, files and logs them.
class FrameRecorder {
 public:
  // A capture `DIR/NAME.pcapng`. `log` must outlive the recorder.
  FrameRecorder(const std::string& dir, common::PortId port, const Profile& profile,
                stats::PacketLog& log);

  void start(const Epoch& epoch) { epoch_ = epoch; }
  // As WireSource's.
  void trace(sim::PerfettoTrace* trace) { trace_ = trace; }
  // One beat moved in cycle `now`. Answers whether it ended a frame. Throws WireError.
  bool beat(const common::PktBeat& b, uint64_t now);
  void close() { file_.close(); }
  uint64_t frames() const { return frames_; }

  void checkpoint(StateIo& io) {
    io.place("recorder");
    io(file_, epoch_, inside_, tag_, first_cycle_, frames_);
    io.resized(bytes_);
  }

 private:
  const common::PortId port_;
  const Profile profile_;
  stats::PacketLog& log_;
  sim::PerfettoTrace* trace_ = nullptr;
  io::PcapngWriter file_;
  Epoch epoch_;
  std::vector<uint8_t> bytes_;
  bool inside_ = false;
  uint32_t tag_ = 0;
  uint64_t first_cycle_ = 0;
  uint64_t frames_ = 0;
};

// A MAC that sends. Its buffer holds one frame of common.MaxFrame; what does not fit waits in the
// pipeline's queue.
class WireSink : public Block {
 public:
  Rx<common::PktBeat> in;

  // Without `paced` a beat is taken every cycle.
  WireSink(FrameRecorder& recorder, const Profile& profile, bool paced)
      : recorder_(recorder), profile_(profile), paced_(paced) {}

  void reset() override;
  void eval(uint64_t now) override;
  void commit() override;
  // While ready is low only time raises it.
  bool idle() const override { return in.ready || raise_at_ != kNever; }
  uint64_t wake_at() const override { return in.ready ? kNever : raise_at_; }

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("in", a.in, b.in);
  }

  void checkpoint(StateIo& io) override {
    checkpoint_ports<WireSink>(io, *this);
    io(drained_, ready_, raise_at_);
  }

 private:
  FrameRecorder& recorder_;
  const Profile profile_;
  const bool paced_;
  using BitTime = unsigned __int128;
  BitTime drained_ = 0;  // bit time at which the line has sent all that was taken
  bool ready_ = false;
  uint64_t raise_at_ = kNever;
};

// Records a stream between two blocks without taking part in it.
class FrameTap : public Block {
 public:
  Rx<common::PktBeat> seen;  // valid and data of `stream`; never ready by itself

  // Both must outlive the tap.
  FrameTap(const Tx<common::PktBeat>& stream, FrameRecorder& recorder)
      : stream_(stream), recorder_(recorder) {
    seen.valid = &stream.valid;
    seen.data = &stream.data;
  }

  void reset() override {}
  void eval(uint64_t now) override {
    if (stream_.fires()) recorder_.beat(stream_.data, now);
  }
  void commit() override {}
  bool idle() const override { return true; }
  uint64_t wake_at() const override { return kNever; }

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("seen", a.seen, b.seen);
  }

  void checkpoint(StateIo& io) override { checkpoint_ports<FrameTap>(io, *this); }

 private:
  const Tx<common::PktBeat>& stream_;
  FrameRecorder& recorder_;
};

// Takes the pipeline's reports.
class ReportSink : public Block {
 public:
  Rx<rmt::ParseReport> parsed;
  Rx<rmt::VerdictReport> verdict;

  explicit ReportSink(stats::PacketLog& log) : log_(log) {}

  // As WireSource's.
  void trace(sim::PerfettoTrace* trace) { trace_ = trace; }

  void reset() override { parsed.ready = verdict.ready = true; }
  void eval(uint64_t now) override {
    if (*parsed.valid) log_.parsed(*parsed.data);
    if (!*verdict.valid) return;
    if (trace_ != nullptr) trace_->judged(verdict.data->tag, now);
    log_.judged(*verdict.data);
  }
  void commit() override {}
  bool idle() const override { return true; }
  uint64_t wake_at() const override { return kNever; }

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("parsed", a.parsed, b.parsed);
    f("verdict", a.verdict, b.verdict);
  }

  void checkpoint(StateIo& io) override { checkpoint_ports<ReportSink>(io, *this); }

 private:
  stats::PacketLog& log_;
  sim::PerfettoTrace* trace_ = nullptr;
};

}  // namespace fp::platform
