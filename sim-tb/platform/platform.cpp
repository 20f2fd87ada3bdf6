// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/platform/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cmodel/rmt/rmt_model.hpp"
#include "contract/common.hpp"
#include "sim-tb/gdb/server.hpp"
#include "sim-tb/lockstep/lockstep.hpp"

namespace fp::platform {
namespace {

using common::PortId;

// A firmware that says nothing for so long has died: loading every table takes a fiftieth.
constexpr uint64_t kBootLimit = 50'000'000;

constexpr unsigned kToe = static_cast<unsigned>(PortId::kToe);
constexpr unsigned kCpu = static_cast<unsigned>(PortId::kCpu);

std::vector<stats::StageNames> stage_names(const pipeline::Image& image) {
  std::vector<stats::StageNames> names;
  for (const auto& s : image.stages) {
    stats::StageNames stage{s.name(), {}};
    for (const std::string& action : s.actions) {
      // The table that has the action, or all that share it.
      std::vector<std::string> owners;
      for (const auto& t : s.tables) {
        if (std::find(t.actions.begin(), t.actions.end(), action) != t.actions.end()) {
          owners.push_back(t.name);
        }
      }
      stage.actions.push_back({owners.size() == 1 ? owners[0] : stage.table, action});
    }
    names.push_back(std::move(stage));
  }
  return names;
}

// The model in the pipeline's place, or beside its RTL.
rmt::RmtModel& model_of(rmt::RmtIf& block) {
  rmt::RmtIf* inner = &block;
  if (auto* lockstep = dynamic_cast<sim::Lockstep<rmt::RmtIf>*>(inner)) inner = &lockstep->model();
  return dynamic_cast<rmt::RmtModel&>(*inner);
}

// "wave.fst" -> "wave.rmt.fst" when there are several blocks to record.
std::string trace_path(const std::string& path, const std::string& block, bool several) {
  if (!several) return path;
  const std::filesystem::path p(path);
  return (p.parent_path() / (p.stem().string() + "." + block + p.extension().string())).string();
}

}  // namespace

Platform::Platform(const sc_core::sc_module_name& name, Config config, HostSide* host)
    : sc_core::sc_module(name),
      config_(std::move(config)),
      host_(host),
      log_(config_.out_dir + "/packets.jsonl", config_.image.fields, stage_names(config_.image)),
      console_(config_.out_dir + "/console.log"),
      dpu_("dpu",
           {.profile = config_.profile,
            .firmware = config_.firmware,
            .console =
                [this](char c) {
                  console_.append(std::string_view(&c, 1));
                  if (config_.debugger != nullptr) config_.debugger->console(c);
                },
            .skipping = config_.skipping},
           {.rmt = make_rmt(config_.fidelity[kRmt]),
            .mbuf = make_mbuf(config_.fidelity[kMbuf]),
            .vq = make_vq(config_.fidelity[kVq]),
            .csr = make_csr(config_.fidelity[kCsr])},
           host),
      admin_(config_.image, config_.listens, config_.lossless, config_.addresses),
      reports_(log_) {
  watch(rmt_, kRmt);
  watch(mbuf_, kMbuf);
  watch(vq_, kVq);
  watch(csr_, kCsr);
  add_wires();
  if (config_.observer != nullptr) model_of(rmt_.block()).observe(config_.observer);
  if (config_.debugger != nullptr) attach_debugger();
  if (config_.perfetto != nullptr) draw_frames();
  SC_THREAD(main_thread);
  // Verilated code keeps wide values on the stack; SystemC's default has no room for a whole
  // pipeline and nothing that would notice.
  set_stack_size(16u << 20);
}

Platform::~Platform() = default;

// Listens for the first difference of a lockstep block.
template <class If>
void Platform::watch(ScBlock<If>& block, BlockId id) {
  if (auto* traceable = dynamic_cast<sim::Traceable*>(&block.block())) {
    traceable_.emplace_back(kBlockNames[id], traceable);
  }
  if (auto* lockstep = dynamic_cast<sim::Lockstep<If>*>(&block.block())) {
    lockstep->on_difference = [this, id](const sim::Difference& d) {
      if (result_.difference) return;
      result_.difference = d;
      result_.differing_block = kBlockNames[id];
    };
  }
}

void Platform::add_wires() {
  rmt::RmtIf& rmt = rmt_.block();
  connect(rmt.parsed, reports_.parsed);
  connect(rmt.verdict, reports_.verdict);
  const auto recorder = [this](PortId port) -> FrameRecorder& {
    recorders_.push_back(
        std::make_unique<FrameRecorder>(config_.out_dir, port, config_.profile, log_));
    return *recorders_.back();
  };
  for (unsigned w = 0; w < stats::kNumWires; ++w) {
    std::unique_ptr<io::PortFrames> frames;
    for (const Input& in : config_.inputs) {
      if (in.wire == w)
        frames = std::make_unique<io::PortFrames>(in.file, in.second ? 0 : -1, config_.filter);
      if (in.second == w) frames = std::make_unique<io::PortFrames>(in.file, 1, config_.filter);
    }
    sources_.push_back(
        std::make_unique<WireSource>(w, config_.profile, config_.rate, std::move(frames), log_));
    connect(sources_.back()->out, rmt.in[w]);
    sinks_.push_back(std::make_unique<WireSink>(recorder(static_cast<PortId>(w)), config_.profile,
                                                config_.rate != Rate::kMax));
    connect(rmt.out[w], sinks_.back()->in);
  }
  // Frames for the virtual functions' packet queues: recorded, nobody reads them yet.
  sinks_.push_back(std::make_unique<WireSink>(recorder(PortId::kVf), config_.profile, false));
  connect(rmt.out[static_cast<unsigned>(PortId::kVf)], sinks_.back()->in);
  cpu_tap_ = std::make_unique<FrameTap>(rmt.out[kCpu], recorder(PortId::kCpu));
  toe_tap_ = std::make_unique<FrameTap>(rmt.out[kToe], recorder(PortId::kToe));

  for (auto& s : sources_) dpu_.add(*s);
  for (auto& s : sinks_) dpu_.add(*s);
  dpu_.add(*toe_tap_);
  dpu_.add(*cpu_tap_);
  dpu_.add(reports_);
}

void Platform::draw_frames() {
  sim::PerfettoTrace* const trace = config_.perfetto;
  for (auto& s : sources_) s->trace(trace);
  for (auto& r : recorders_) r->trace(trace);
  reports_.trace(trace);
  log_.on_end([this, trace](uint32_t tag, uint64_t cycle_in, bool over, std::string_view line) {
    trace->frame(tag, cycle0_ + cycle_in, over ? std::nullopt : std::optional(ticker_.now()), line);
  });
}

Result Platform::run(const std::function<bool()>& interrupted,
                     const std::function<void(uint64_t, uint64_t)>& progress) {
  interrupted_ = interrupted;
  progress_ = progress;
  sc_core::sc_start();
  if (error_) std::rethrow_exception(error_);
  return result_;
}

void Platform::main_thread() {
  // An exception must not cross the kernel, which would forget its type.
  try {
    try {
      if (config_.restore) {
        restore();
      } else {
        bring_up();
      }
      execute();
      if (result_.end == End::kDone && running_) collect();
    } catch (...) {
      error_ = std::current_exception();
    }
    finish();
  } catch (...) {
    if (!error_) error_ = std::current_exception();
  }
  sc_core::sc_stop();
}

void Platform::check_firmware() {
  if (soc_->crash_record() != 0) {
    throw PlatformError(
        fmt::format("firmware: found a crash (record at 0x{:08x}), expected none; "
                    "see {}/console.log",
                    soc_->crash_record(), config_.out_dir));
  }
  if (const soc::Watchdog* w = soc_->expired_watchdog()) {
    throw PlatformError(
        fmt::format("firmware: found it stuck at pc 0x{:08x}, expected a sign of life within {} "
                    "cycles; see {}/console.log",
                    soc_->hart().pc(), w->timeout(), config_.out_dir));
  }
}

void Platform::draw_message(std::span<const uint32_t> words, bool to_core, unsigned channel) {
  if (config_.perfetto == nullptr || words.empty()) return;
  const auto id = static_cast<mailbox::MsgId>(mailbox::MsgHeader::unpack(words.data()).id);
  config_.perfetto->message(mailbox::to_string(id), to_core, channel, ticker_.now());
}

// Moves mailbox messages between the firmware and the software outside. Answers whether any moved.
bool Platform::pump() {
  soc::Mailbox& box = soc_->mailbox();
  bool moved = false;
  if (box.has_message(mailbox::kChannelConfig)) {
    const std::vector<uint32_t> words = box.take(mailbox::kChannelConfig);
    draw_message(words, false, mailbox::kChannelConfig);
    const std::string complaint = admin_.receive(words);
    if (!complaint.empty()) throw PlatformError("firmware: " + complaint);
    moved = true;
  }
  if (const pipeline::Message* m = admin_.next();
      m != nullptr && box.post(mailbox::kChannelConfig, *m)) {
    draw_message(*m, true, mailbox::kChannelConfig);
    admin_.sent();
    moved = true;
  }
  if (host_ == nullptr) return moved;
  if (box.has_message(mailbox::kChannelHost)) {
    const std::vector<uint32_t> words = box.take(mailbox::kChannelHost);
    draw_message(words, false, mailbox::kChannelHost);
    host_->receive(words);
    moved = true;
  }
  moved |= host_->run_software(ticker_.now());
  if (const auto m = host_->next(); m && box.post(mailbox::kChannelHost, *m)) {
    draw_message(*m, true, mailbox::kChannelHost);
    host_->sent();
    moved = true;
  }
  return moved;
}

// Serves the mailbox, then runs a slice of the DPU. False: nothing will ever happen.
bool Platform::slice(uint64_t end) {
  if (config_.debugger != nullptr) config_.debugger->poll();
  const bool moved = pump();
  if (config_.perfetto != nullptr) config_.perfetto->core(!soc_->asleep(), ticker_.now());
  const bool alive = dpu_.slice(end, moved, [this] { return result_.difference.has_value(); });
  check_firmware();
  return alive;
}

void Platform::bring_up() {
  // Registers and levels as reset leaves them; recorded cycles start here.
  dpu_.reset();
  if (config_.trace && config_.trace_absolute) set_trace();
  while (!admin_.ready()) {
    if (interrupted_ && interrupted_()) {
      result_.end = End::kSignal;
      return;
    }
    if (result_.difference || (config_.stop_at && ticker_.now() >= *config_.stop_at)) {
      if (!config_.stop_at || ticker_.now() >= *config_.stop_at) {
        result_.end = End::kDifference;
        return;
      }
    }
    const uint64_t limit = config_.stop_at ? std::min(*config_.stop_at, kBootLimit) : kBootLimit;
    if (!slice(limit) || (ticker_.now() >= kBootLimit && !admin_.ready())) {
      throw PlatformError(
          fmt::format("firmware: found no READY after {} cycles, expected one; see "
                      "{}/console.log",
                      ticker_.now(), config_.out_dir));
    }
  }
  cycle0_ = result_.boot_cycles = ticker_.now();
  if (config_.perfetto != nullptr) config_.perfetto->ready(cycle0_);
  if (config_.watched) log_.watch(*config_.watched, [this] { return ticker_.now() - cycle0_; });
  if (config_.trace && !config_.trace_absolute) set_trace();
  running_ = true;
  for (const io::TypedLine& line : config_.typed) {
    soc_->console().type(cycle0_ + line.cycle, line.text);
  }
  start_wires();
}

void Platform::start_wires() {
  const Epoch epoch{.cycle0 = cycle0_, .first_ns = config_.first_ns};
  for (auto& r : recorders_) r->start(epoch);
  for (auto& s : sources_) s->start(epoch);
}

void Platform::set_trace() {
  sim::FstWindow window = *config_.trace;
  if (!config_.trace_absolute) {
    window.first += cycle0_;
    window.end = window.end > kNever - cycle0_ ? kNever : window.end + cycle0_;
  }
  for (auto& [block, traceable] : traceable_) {
    sim::FstWindow w = window;
    w.path = trace_path(window.path, block, traceable_.size() > 1);
    traceable->trace(w);
    result_.traces.push_back(w.path);
  }
}

// Quiescence; a firmware that only waits for its timer does not keep a run alive.
bool Platform::all_done() {
  for (const auto& s : sources_) {
    if (!s->exhausted()) return false;
  }
  const soc::Mailbox& box = soc_->mailbox();
  if (soc_->console().next_arrival() != kNever) return false;
  if (box.has_message(0) || box.has_message(1)) return false;
  if (!box.can_post(0) || !box.can_post(1)) return false;
  if (host_ != nullptr && !host_->quiet()) return false;
  if (dpu_.busy() || dpu_.earliest() != kNever || !soc_->asleep()) return false;
  // The last thing to move may have given software work.
  return !pump() && !dpu_.busy() && soc_->asleep();
}

void Platform::execute() {
  if (!running_) return;
  const uint64_t limit = config_.max_cycles && *config_.max_cycles < kNever - cycle0_
                             ? cycle0_ + *config_.max_cycles
                             : kNever;
  const uint64_t end = config_.stop_at ? std::min(limit, *config_.stop_at) : limit;
  const double ns = config_.profile.ns_per_cycle;
  uint64_t shown = cycle0_;
  for (;;) {
    save_when_due();
    if (result_.difference && !config_.stop_at) {
      result_.end = End::kDifference;
      break;
    }
    if (interrupted_ && interrupted_()) {
      result_.end = End::kSignal;
      break;
    }
    if (all_done()) {
      result_.end = End::kDone;
      break;
    }
    if (ticker_.now() >= end) {
      result_.end =
          config_.stop_at && ticker_.now() >= *config_.stop_at ? End::kDifference : End::kLimit;
      break;
    }
    const uint64_t before = ticker_.now();
    if (!slice(end) && ticker_.now() == before) {
      throw PlatformError(
          fmt::format("platform: found {} frames under way and nothing moving, "
                      "expected every frame judged",
                      log_.open()));
    }
    // SystemC's clock follows; its 64 bits of picoseconds end before a long capture does.
    const double total = static_cast<double>(ticker_.now()) * ns;
    if (ticker_.now() > before && total < 1e16) {
      wait(static_cast<double>(ticker_.now() - before) * ns, sc_core::SC_NS);
    }
    if (progress_ && ticker_.now() - shown >= 100'000) {
      shown = ticker_.now();
      progress_(ticker_.now() - cycle0_, log_.totals().in);
    }
  }
  result_.cycles = ticker_.now() - cycle0_;
  if (result_.end == End::kDone && log_.open() != 0) {
    throw PlatformError(fmt::format(
        "platform: found {} frames without an end, expected every frame judged", log_.open()));
  }
}

// Asks the firmware for every counter that an entry has.
void Platform::collect() {
  std::vector<pipeline::RowAddress> rows;
  const auto ask = [&](size_t stage, uint16_t row, const std::string& table, std::string entry) {
    constexpr unsigned kCounters = static_cast<unsigned>(rmt::TableId::kStage0Counter);
    rows.push_back({static_cast<uint8_t>(kCounters + stage * rmt::kStageTableStride), row});
    // Without the file, which may lie anywhere.
    if (const size_t colon = entry.rfind(": "); colon != std::string::npos) {
      entry.erase(0, colon + 2);
    }
    counts_.push_back({table, std::move(entry)});
  };
  const auto& stages = config_.image.stages;
  for (size_t s = 0; s < stages.size(); ++s) {
    for (const auto& table : stages[s].tables) {
      for (const auto& e : table.entries) {
        if (e.counter_row) ask(s, *e.counter_row, table.name, e.where);
      }
    }
    if (stages[s].default_counter_row) {
      ask(s, *stages[s].default_counter_row, stages[s].name(), "default");
    }
  }
  admin_.collect(rows);
  while (!admin_.ready()) {
    if (!slice(kNever)) {
      throw PlatformError("firmware: found no answer to table_read, expected table_row");
    }
  }
  for (size_t i = 0; i < counts_.size(); ++i) {
    const auto row = rmt::CounterRow::unpack(admin_.collected()[i].data());
    counts_[i].packets = row.packets;
    counts_[i].bytes = row.bytes;
  }
}

void Platform::finish() {
  for (auto& [block, traceable] : traceable_) traceable->end_trace();
  log_.finish();
  result_.stay = log_.stay();
  for (auto& r : recorders_) r->close();
  console_.close();
  if (config_.perfetto != nullptr) config_.perfetto->finish(ticker_.now());
}

}  // namespace fp::platform
