// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/platform/wire.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fp::platform {

using common::kBeatBytes;

WireSource::WireSource(unsigned wire, const Profile& profile, Rate rate,
                       std::unique_ptr<io::PortFrames> frames, stats::PacketLog& log)
    : wire_(wire), profile_(profile), rate_(rate), frames_(std::move(frames)), log_(log) {}

void WireSource::reset() { out_.reset(); }

void WireSource::start(const Epoch& epoch) {
  epoch_ = epoch;
  started_ = true;
  load(epoch.cycle0, false);
}

// Takes the next frame off the line. `waited`: the MAC had no room before `now`.
void WireSource::load(uint64_t now, bool waited) {
  arriving_ = frames_ && frames_->next(next_);
  ++asked_;
  if (!arriving_) return;
  if (rate_ == Rate::kMax) {
    arrival_ = now;
    return;
  }
  BitTime start = line_free_;
  if (rate_ == Rate::kCapture) {
    start = std::max(start, BitTime{next_.time_ns - epoch_.first_ns} * profile_.bits_per_ns);
  }
  const uint32_t per_cycle = profile_.bits_per_cycle();
  if (waited) start = std::max(start, BitTime{now - epoch_.cycle0} * per_cycle);
  const BitTime end = start + 8 * (BitTime{kPreambleBytes + kFcsBytes} + next_.wire_bytes);
  line_free_ = end + 8 * kGapBytes;
  arrival_ = epoch_.cycle0 + static_cast<uint64_t>((end + per_cycle - 1) / per_cycle);
}

void WireSource::eval(uint64_t now) {
  if (out.fires() && out.data.sop) log_.accepted(out.data.tag, current_.mark, now - epoch_.cycle0);
  if (trace_ != nullptr && out.fires()) {
    trace_->beat(sim::PerfettoTrace::Side::kIn, out.data.port, out.data, now);
  }
  out_.begin();
  // The last beat is in the register or gone: the frame's place is free.
  if (presenting_ && sent_ == current_.bytes.size() && out_.can_push()) presenting_ = false;
  if (!presenting_ && arriving_ && arrival_ <= now) {
    std::swap(current_, next_);
    presenting_ = true;
    sent_ = 0;
    ++number_;
    load(now, arrival_ < now);
  }
  if (presenting_ && out_.can_push()) {
    common::PktBeat b;
    const auto left = static_cast<uint32_t>(current_.bytes.size()) - sent_;
    const uint32_t n = std::min(left, kBeatBytes);
    std::copy_n(current_.bytes.begin() + sent_, n, b.data.begin());
    b.nbytes = static_cast<uint8_t>(n);
    b.sop = sent_ == 0;
    b.eop = n == left;
    b.err = b.eop && current_.mark != io::FrameMark::kNone;
    b.port = static_cast<common::PortId>(wire_);
    b.tag = stats::frame_tag(wire_, number_);
    out_.push(b);
    sent_ += n;
  }
}

FrameRecorder::FrameRecorder(const std::string& dir, common::PortId port, const Profile& profile,
                             stats::PacketLog& log)
    : port_(port),
      profile_(profile),
      log_(log),
      file_(fmt::format("{}/{}.pcapng", dir, common::to_string(port)), common::to_string(port)) {
  bytes_.reserve(common::kMaxFrame);
}

bool FrameRecorder::beat(const common::PktBeat& b, uint64_t now) {
  const auto fail = [&](const char* what) {
    throw WireError(fmt::format("{}: {}: found {}, expected a whole frame",
                                common::to_string(port_), stats::tag_text(b.tag), what));
  };
  if (b.sop == inside_) fail(b.sop ? "a second first beat" : "a beat outside a frame");
  if (b.nbytes == 0 || b.nbytes > kBeatBytes || (!b.eop && b.nbytes != kBeatBytes)) {
    fail("a beat of wrong length");
  }
  if (b.sop) {
    bytes_.clear();
    tag_ = b.tag;
    first_cycle_ = now - epoch_.cycle0;
  }
  if (b.tag != tag_) fail("another frame's beat");
  if (trace_ != nullptr) trace_->beat(sim::PerfettoTrace::Side::kOut, port_, b, now);
  bytes_.insert(bytes_.end(), b.data.begin(), b.data.begin() + b.nbytes);
  inside_ = !b.eop;
  if (!b.eop) return false;
  if (b.err) fail("the error mark");
  // A MAC sends no frame shorter than that; the pipeline may have made one.
  const bool wire = static_cast<unsigned>(port_) < stats::kNumWires;
  if (wire && bytes_.size() < kMinFrameBytes) bytes_.resize(kMinFrameBytes);
  ++frames_;
  file_.write(epoch_.first_ns + first_cycle_ * profile_.ns_per_cycle, bytes_, log_.comment(b.tag));
  log_.left(b.tag, port_, frames_, first_cycle_);
  return true;
}

void WireSink::reset() {
  in.ready = false;
  ready_ = false;
  raise_at_ = kNever;
  drained_ = 0;
}

void WireSink::eval(uint64_t now) {
  const uint32_t per_cycle = profile_.bits_per_cycle();
  if (in.fires()) {
    const common::PktBeat& b = *in.data;
    recorder_.beat(b, now);
    if (paced_) {
      const bool runt = b.sop && b.eop && b.nbytes < kMinFrameBytes;
      const uint32_t overhead = (b.sop ? kPreambleBytes : 0) + (b.eop ? kFcsBytes + kGapBytes : 0) +
                                (runt ? kMinFrameBytes - b.nbytes : 0);
      drained_ = std::max(drained_, BitTime{now} * per_cycle) + 8 * (b.nbytes + overhead);
    }
  }
  // Ready when a further beat fits beside what the line has not sent yet.
  constexpr uint32_t kRoom = 8 * (common::kMaxFrame - kBeatBytes);
  const BitTime full_until = drained_ > kRoom ? drained_ - kRoom : 0;
  const auto at = static_cast<uint64_t>((full_until + per_cycle - 1) / per_cycle);
  ready_ = !paced_ || at <= now + 1;
  // A tick in the cycle before ready is due raises it in time.
  raise_at_ = ready_ ? kNever : at - 1;
}

void WireSink::commit() { in.ready = ready_; }

}  // namespace fp::platform
