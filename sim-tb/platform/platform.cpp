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

// Cycles between two looks at interrupts and mailboxes while the core runs: the quantum.
constexpr uint64_t kQuantum = 100;
// Mailboxes and signals are looked at in cycles that are multiples of this while the core sleeps: a
// phase that does not depend on which idle time was skipped.
constexpr uint64_t kSlice = 200;
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
      rmt_("rmt", make_rmt(config_.fidelity[kRmt])),
      mbuf_("mbuf", make_mbuf(config_.fidelity[kMbuf])),
      vq_("vq", make_vq(config_.fidelity[kVq])),
      csr_("csr", make_csr(config_.fidelity[kCsr])),
      stream_("ideal_stream", std::make_unique<IdealStream>(config_.profile.ns_per_cycle)),
      admin_(config_.image, config_.listens, config_.lossless, config_.addresses),
      reports_(log_) {
  soc::SocConfig soc_config;
  soc_config.clock_hz = 1'000'000'000 / config_.profile.ns_per_cycle;
  soc::SocHost& time = *this;
  soc_ = std::make_unique<soc::EmbeddedSoc>("soc", soc_config, time, [this](char c) {
    console_.append(std::string_view(&c, 1));
    if (config_.debugger != nullptr) config_.debugger->console(c);
  });
  const std::string complaint = soc_->load(config_.firmware);
  if (!complaint.empty()) throw io::InputError(complaint);
  connect_blocks();
  add_wires();
  if (config_.observer != nullptr) model_of(rmt_.block()).observe(config_.observer);
  if (config_.debugger != nullptr) attach_debugger();
  SC_THREAD(main_thread);
  // Verilated code keeps wide values on the stack; SystemC's default has no room for a whole
  // pipeline and nothing that would notice.
  set_stack_size(16u << 20);
}

Platform::~Platform() = default;

// Puts a block under the clock and listens for the first difference of a lockstep one.
template <class If>
void Platform::watch(ScBlock<If>& block, BlockId id) {
  blocks_.push_back(&block.block());
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

void Platform::connect_blocks() {
  rmt::RmtIf& rmt = rmt_.block();
  mbuf::MbufIf& mbuf = mbuf_.block();
  vq::VqIf& vq = vq_.block();
  soc::CsrIf& csr = csr_.block();
  IdealStream& stream = stream_.block();

  connect(stream.segments, rmt.in[kToe]);
  connect(rmt.out[kToe], stream.frames);
  // The packet queue reads along with the log: the port's ready is tied high either way.
  soc::PacketQueue& packets = soc_->packets();
  connect(rmt.out[kCpu], packets.in);
  connect(packets.out, rmt.in[kCpu]);
  connect(rmt.verdict, packets.notes);
  connect(rmt.parsed, reports_.parsed);
  connect(rmt.verdict, reports_.verdict);

  connect(stream.wr, mbuf.wr[mbuf::kToePort]);
  connect(mbuf.desc[mbuf::kToePort], stream.desc);
  connect(stream.cq, mbuf.cq[mbuf::kToePort]);
  connect(mbuf.cr[mbuf::kToePort], stream.cr);
  connect(mbuf.cevt[mbuf::kToePort], stream.cevt);
  connect(stream.rd, mbuf.rd[mbuf::kToePort]);
  connect(mbuf.rdata[mbuf::kToePort], stream.rdata);
  connect(stream.free, mbuf.free[mbuf::kToePort]);
  connect(stream.cret, mbuf.cret[mbuf::kToePort]);
  connect(vq.wr, mbuf.wr[mbuf::kVqPort]);
  connect(mbuf.desc[mbuf::kVqPort], vq.desc);
  connect(vq.cq, mbuf.cq[mbuf::kVqPort]);
  connect(mbuf.cr[mbuf::kVqPort], vq.cr);
  connect(mbuf.cevt[mbuf::kVqPort], vq.cevt);
  connect(vq.rd, mbuf.rd[mbuf::kVqPort]);
  connect(mbuf.rdata[mbuf::kVqPort], vq.rdata);
  connect(vq.free, mbuf.free[mbuf::kVqPort]);
  connect(vq.cret, mbuf.cret[mbuf::kVqPort]);
  connect(stream.desc_rx, vq.desc_rx);
  connect(vq.desc_tx, stream.desc_tx);
  if (host_ != nullptr) {
    connect(vq.dma_wr, host_->dma_wr);
    connect(vq.dma_rd, host_->dma_rd);
    connect(host_->dma_rd_data, vq.dma_rd_data);
    connect(host_->db, vq.db);
    connect(vq.msix, host_->msix);
  }

  soc::connect(csr, 0, rmt.csr);
  soc::connect(csr, 1, mbuf.csr);
  soc::connect(csr, 2, vq.csr);
  soc::connect(csr, 3, stream.csr());
  soc_->connect_csr(csr);
  soc_->set_irqs({.rmt = &rmt.irq.value,
                  .mbuf = &mbuf.irq.value,
                  .vq = &vq.irq.value,
                  .stream = &stream.irq.value});

  ticker_.add(rmt);
  ticker_.add(mbuf);
  ticker_.add(vq);
  // The bridge raises a request between two cycles.
  const auto* up = csr.up_req.value;
  ticker_.add(csr, {&up->awvalid, &up->wvalid, &up->arvalid});
  ticker_.add(stream);
  ticker_.add(packets);
  watch(rmt_, kRmt);
  watch(mbuf_, kMbuf);
  watch(vq_, kVq);
  watch(csr_, kCsr);
  blocks_.push_back(&stream);
  blocks_.push_back(&packets);
  if (host_ != nullptr) {
    ticker_.add(*host_);
    blocks_.push_back(host_);
  }
}

void Platform::add_wires() {
  rmt::RmtIf& rmt = rmt_.block();
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

  for (auto& s : sources_) {
    ticker_.add(*s);
    blocks_.push_back(s.get());
  }
  for (auto& s : sinks_) {
    ticker_.add(*s);
    blocks_.push_back(s.get());
  }
  ticker_.add(*toe_tap_);
  ticker_.add(*cpu_tap_);
  ticker_.add(reports_);
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

bool Platform::irq() const {
  return rmt_.block().irq.value || mbuf_.block().irq.value || vq_.block().irq.value ||
         stream_.block().irq.value || soc_->packets().irq();
}

uint64_t Platform::earliest() const {
  uint64_t at = kNever;
  for (const Block* b : blocks_) at = std::min(at, b->wake_at());
  return at;
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

// Some block needs the clock now, whether or not idle ones are skipped.
bool Platform::busy() {
  ticker_.set_skipping(true);
  const bool any = ticker_.busy();
  ticker_.set_skipping(config_.skipping);
  return any;
}

// Moves mailbox messages between the firmware and the software outside. Answers whether any moved.
bool Platform::pump() {
  soc::Mailbox& box = soc_->mailbox();
  bool moved = false;
  if (box.has_message(mailbox::kChannelConfig)) {
    const std::string complaint = admin_.receive(box.take(mailbox::kChannelConfig));
    if (!complaint.empty()) throw PlatformError("firmware: " + complaint);
    moved = true;
  }
  if (const pipeline::Message* m = admin_.next();
      m != nullptr && box.post(mailbox::kChannelConfig, *m)) {
    admin_.sent();
    moved = true;
  }
  if (host_ == nullptr) return moved;
  if (box.has_message(mailbox::kChannelHost)) {
    host_->receive(box.take(mailbox::kChannelHost));
    moved = true;
  }
  moved |= host_->run_software(ticker_.now());
  if (const auto m = host_->next(); m && box.post(mailbox::kChannelHost, *m)) {
    host_->sent();
    moved = true;
  }
  return moved;
}

// Runs core and blocks for at most one slice, not beyond `end`. False: nothing will ever happen.
bool Platform::slice(uint64_t end) {
  if (config_.debugger != nullptr) config_.debugger->poll();
  const uint64_t start = ticker_.now();
  const bool moved = pump();
  if (!soc_->asleep()) {
    soc_->run(std::min(end, start + kQuantum));
    ticker_.run_until(soc_->local_time());
    check_firmware();
    return true;
  }
  uint64_t until = std::min({end, soc_->wake_at(), (start / kSlice + 1) * kSlice});
  if (config_.skipping && !busy()) {
    // Nothing can raise an interrupt before the first wake-up: jump.
    const uint64_t next = std::min(earliest(), soc_->wake_at());
    if (next == kNever) return moved;
    until = std::min(end, std::max(next, start + 1));
  }
  ticker_.run_until(until, [this] { return irq() || result_.difference.has_value(); });
  soc_->sleep_until(ticker_.now());
  return true;
}

void Platform::bring_up() {
  // Registers and levels as reset leaves them; recorded cycles start here.
  ticker_.set_skipping(config_.skipping);
  ticker_.reset();
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
  if (busy() || earliest() != kNever || !soc_->asleep()) return false;
  // The last thing to move may have given software work.
  return !pump() && !busy() && soc_->asleep();
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
}

}  // namespace fp::platform
