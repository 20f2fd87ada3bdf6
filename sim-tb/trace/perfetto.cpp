// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/trace/perfetto.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "contract/mailbox.hpp"
#include "sim-tb/stats/packet_log.hpp"

namespace fp::sim {
namespace {

// One process; its threads in the order of a frame's way. Outputs follow by port_id.
constexpr int kPid = 1;
constexpr int kFirstIn = 1;
constexpr int kRmt = 10;
constexpr int kFirstOut = 20;
constexpr int kCore = 40;

constexpr std::array kOutputs = {common::PortId::kP0, common::PortId::kP1,  common::PortId::kP2,
                                 common::PortId::kP3, common::PortId::kToe, common::PortId::kCpu,
                                 common::PortId::kVf};

constexpr size_t kFlushBytes = size_t{64} << 10;

}  // namespace

PerfettoTrace::PerfettoTrace(const std::string& path, uint32_t ns_per_cycle)
    : file_(path), ns_per_cycle_(ns_per_cycle) {
  event(fmt::format(
      R"({{"ph":"M","ts":0,"pid":{},"tid":0,"name":"process_name","args":{{"name":"flatproxy"}}}})",
      kPid));
  for (unsigned w = 0; w < stats::kNumWires; ++w) {
    name_thread(kFirstIn + static_cast<int>(w), fmt::format("p{} in", w));
  }
  name_thread(kRmt, "RMT");
  for (const common::PortId port : kOutputs) {
    name_thread(kFirstOut + static_cast<int>(port), fmt::format("{} out", to_string(port)));
  }
  name_thread(kCore, "control core");
  flush();
}

std::string PerfettoTrace::stamp(uint64_t cycle) const {
  const uint64_t ns = cycle * ns_per_cycle_;
  return fmt::format("{}.{:03}", ns / 1000, ns % 1000);
}

void PerfettoTrace::flush() {
  try {
    file_.append(buffer_);
  } catch (...) {
    failed_ = true;
    throw;
  }
  buffer_.clear();
}

void PerfettoTrace::event(std::string_view json) {
  if (failed_) return;
  buffer_ += first_event_ ? "[\n" : ",\n";
  first_event_ = false;
  buffer_ += json;
  // In whole events: a run that was killed leaves a file that can be read up to its last line.
  if (buffer_.size() >= kFlushBytes) flush();
}

void PerfettoTrace::name_thread(int tid, std::string_view name) {
  event(fmt::format(
      R"({{"ph":"M","ts":0,"pid":{},"tid":{},"name":"thread_name","args":{{"name":"{}"}}}})", kPid,
      tid, name));
  event(fmt::format(
      R"({{"ph":"M","ts":0,"pid":{},"tid":{},"name":"thread_sort_index","args":{{"sort_index":{}}}}})",
      kPid, tid, tid));
}

void PerfettoTrace::slice(int tid, std::string_view name, uint64_t first, uint64_t end,
                          std::string_view args) {
  event(fmt::format(
      R"({{"ph":"X","ts":{},"dur":{},"pid":{},"tid":{},"cat":"{}","name":"{}","args":{}}})",
      stamp(first), stamp(end - first), kPid, tid, tid == kCore ? "core" : "wire", name, args));
}

void PerfettoTrace::transferred(int tid, const Transfer& t, uint64_t end) {
  slice(tid, stats::tag_text(t.tag), t.first, end, fmt::format(R"({{"bytes":{}}})", t.bytes));
}

void PerfettoTrace::ready(uint64_t now) {
  event(fmt::format(
      R"({{"ph":"i","s":"p","ts":{},"pid":{},"tid":{},"cat":"core","name":"READY","args":{{}}}})",
      stamp(now), kPid, kCore));
}

void PerfettoTrace::beat(Side side, common::PortId port, const common::PktBeat& b, uint64_t now) {
  const int tid = (side == Side::kIn ? kFirstIn : kFirstOut) + static_cast<int>(port);
  // A frame that a checkpoint cut in two begins with the trace.
  Transfer& t = transfers_.try_emplace(tid, Transfer{b.tag, b.sop ? now : begin_, 0}).first->second;
  t.bytes += b.nbytes;
  if (!b.eop) return;
  transferred(tid, t, now + 1);
  transfers_.erase(tid);
  if (side == Side::kOut && (b.tag & stats::kOriginatedTag) == 0) {
    uint64_t& last = signs_[b.tag].last;
    last = std::max(last, now);
  }
}

void PerfettoTrace::judged(uint32_t tag, uint64_t now) {
  if ((tag & stats::kOriginatedTag) != 0) return;
  Signs& signs = signs_[tag];
  signs.verdict = now;
  signs.last = std::max(signs.last, now);
}

void PerfettoTrace::frame(uint32_t tag, uint64_t first, std::optional<uint64_t> cut,
                          std::string_view args) {
  Signs signs;
  if (const auto it = signs_.find(tag); it != signs_.end()) {
    signs = it->second;
    signs_.erase(it);
  } else if (!cut) {
    return;  // over before the checkpoint from which the run went on
  }
  first = std::max(first, begin_);
  const uint64_t end = std::max({signs.last + 1, cut.value_or(0), first});
  // One name for all of a wire's: viewers make a track of each name. Numbers tell the frames apart.
  const std::string name = fmt::format("RMT from p{}", stats::tag_wire(tag));
  const auto edge = [&](char ph, uint64_t cycle, std::string_view what, std::string_view about) {
    event(fmt::format(
        R"({{"ph":"{}","ts":{},"pid":{},"tid":{},"cat":"rmt","id":"{:#x}","name":"{}","args":{}}})",
        ph, stamp(cycle), kPid, kRmt, tag, what, about));
  };
  edge('b', first, name, args);
  if (signs.verdict) {
    edge('b', first, "to the verdict", "{}");
    edge('e', *signs.verdict + 1, "to the verdict", "{}");
  }
  edge('e', end, name, "{}");
}

void PerfettoTrace::core(bool running, uint64_t now) {
  if (running_ == running) return;
  if (running_ && now > core_since_) {
    slice(kCore, *running_ ? "running" : "asleep", core_since_, now, "{}");
  }
  running_ = running;
  core_since_ = now;
}

void PerfettoTrace::message(const char* kind, bool to_core, unsigned channel, uint64_t now) {
  event(fmt::format(
      R"({{"ph":"i","s":"t","ts":{},"pid":{},"tid":{},"cat":"mailbox","name":"{}","args":{{"to":"{}"}}}})",
      stamp(now), kPid, kCore, kind,
      to_core                              ? "core"
      : channel == mailbox::kChannelConfig ? "configuration plane"
                                           : "host"));
}

void PerfettoTrace::finish(uint64_t now) {
  for (const auto& [tid, t] : transfers_) transferred(tid, t, std::max(now, t.first));
  transfers_.clear();
  if (running_) core(!*running_, now);
  if (failed_) return;
  buffer_ += "\n]\n";
  flush();
  file_.close();
}

}  // namespace fp::sim
