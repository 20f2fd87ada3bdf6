// SPDX-License-Identifier: Apache-2.0
//
// The bench around the DPU (dpu.hpp): sources that offer captures, recorders, logs, and the
// configuration plane at the mailbox. Firmware brings the DPU up, captures drive it, the run ends
// when nothing is left to do.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <systemc>
#include <vector>

#include "cmodel/rmt/observer.hpp"
#include "contract/mailbox.hpp"
#include "firmware/linux/pipeline/admin.hpp"
#include "firmware/linux/pipeline/compiler.hpp"
#include "sim-tb/io/console_script.hpp"
#include "sim-tb/lockstep/difference.hpp"
#include "sim-tb/platform/checkpoint.hpp"
#include "sim-tb/platform/dpu.hpp"
#include "sim-tb/platform/fidelity.hpp"
#include "sim-tb/platform/host_side.hpp"
#include "sim-tb/platform/profile.hpp"
#include "sim-tb/platform/wire.hpp"
#include "sim-tb/stats/packet_log.hpp"
#include "sim-tb/trace/fst_window.hpp"
#include "sim-tb/trace/perfetto.hpp"

namespace fp::gdb {
class Server;
}

namespace fp::platform {

// The firmware died, did not come up, or lost frames: exit status 70.
class PlatformError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// One `--in`: a file for a port, or for two ports whose directions it holds.
struct Input {
  std::string file;
  unsigned wire = 0;
  std::optional<unsigned> second;
};

// One `--save-at`: after so many cycles from READY, into this file.
struct SavePoint {
  uint64_t cycle = 0;
  std::string file;
};

struct Config {
  Profile profile = kPaper;
  Rate rate = Rate::kCapture;
  FidelityMap fidelity{};
  std::vector<Input> inputs;
  std::string filter;                    // of pcap-filter(7) over all inputs; empty: every frame
  uint64_t first_ns = 0;                 // earliest stamp over all inputs
  std::string out_dir;                   // exists
  std::string firmware;                  // ELF
  pipeline::Image image;                 // RMT tables
  std::vector<mailbox::Listen> listens;  // TCP destinations served
  std::vector<mailbox::InterfaceAddress> addresses;  // the control core answers for
  bool lossless = false;
  std::vector<io::TypedLine> typed;     // at the firmware's console
  std::optional<uint64_t> max_cycles;   // after READY
  std::optional<sim::FstWindow> trace;  // cycles after READY, or block time if `absolute`
  bool trace_absolute = false;
  bool skipping = true;  // false: every block gets every clock edge
  // Watches frames in the RMT, which is then not RTL alone; null: nobody. It outlives the run.
  rmt::Observer* observer = nullptr;
  // Block time at which the run ends by itself: a rerun that only makes a waveform.
  std::optional<uint64_t> stop_at;
  sim::PerfettoTrace* perfetto = nullptr;       // time line of the run; outlives the platform
  std::optional<uint32_t> watched;              // tag of a frame whose stay is wanted
  gdb::Server* debugger = nullptr;              // executes the core for GDB; outlives the platform
  std::vector<SavePoint> saves;                 // by cycle
  RunTraits traits;                             // go into these files
  std::string restore_file;                     // for messages
  std::optional<std::vector<uint8_t>> restore;  // image to go on from instead of booting
};

// What one entry of a table counted.
struct EntryCount {
  std::string table;
  std::string entry;  // who asked for it, as in "acl[0]"; "default" for none
  uint64_t packets = 0;
  uint64_t bytes = 0;
};

enum class End : uint8_t { kDone, kLimit, kSignal, kDifference };

struct Result {
  End end = End::kDone;
  uint64_t boot_cycles = 0;
  uint64_t cycles = 0;  // after READY
  std::optional<sim::Difference> difference;
  std::string differing_block;
  std::vector<std::string> traces;  // FST files asked for, by block
  std::optional<stats::Stay> stay;  // of the watched frame, cycles after READY
  std::string save_error;           // first checkpoint that could not be written, and why
  size_t saved = 0;                 // of Config::saves; fewer when the run ended before
};

// SystemC allows one elaboration per process, hence one Platform.
class Platform : public sc_core::sc_module {
 public:
  // `host` may be null: no services, ring requests are refused. It must outlive the platform.
  Platform(const sc_core::sc_module_name& name, Config config, HostSide* host);
  ~Platform() override;

  // Boots, runs to the end and closes all files. `interrupted` is polled; `progress` is called now
  // and then with the cycle. Throws PlatformError, io::EnvironmentError, io::InputError.
  Result run(const std::function<bool()>& interrupted,
             const std::function<void(uint64_t cycle, uint64_t frames)>& progress);

  const stats::Totals& totals() const { return log_.totals(); }
  // Counters of table entries, read by the firmware after the last frame; empty when the run was
  // cut short.
  const std::vector<EntryCount>& counts() const { return counts_; }
  std::vector<FlowSummary> flows() const { return stream_.block().flows(); }

 private:
  SC_HAS_PROCESS(Platform);

  template <class If>
  void watch(ScBlock<If>& block, BlockId id);
  void add_wires();
  void attach_debugger();
  void main_thread();
  void bring_up();
  void execute();
  bool slice(uint64_t end);
  bool pump();
  void check_firmware();
  bool all_done();
  void start_wires();
  void set_trace();
  void draw_frames();
  void draw_message(std::span<const uint32_t> words, bool to_core, unsigned channel);
  // platform_state.cpp
  void checkpoint(StateIo& io);
  void restore();
  void save_when_due();
  void collect();
  void finish();

  Config config_;
  HostSide* const host_;
  stats::PacketLog log_;
  io::OutputFile console_;
  Dpu dpu_;
  ScBlock<rmt::RmtIf>& rmt_ = dpu_.rmt();
  ScBlock<mbuf::MbufIf>& mbuf_ = dpu_.mbuf();
  ScBlock<vq::VqIf>& vq_ = dpu_.vq();
  ScBlock<soc::CsrIf>& csr_ = dpu_.csr();
  ScBlock<IdealStream>& stream_ = dpu_.stream();
  soc::EmbeddedSoc* const soc_ = &dpu_.soc();
  sim::Ticker& ticker_ = dpu_.ticker();
  pipeline::AdminSession admin_;

  std::vector<std::unique_ptr<FrameRecorder>> recorders_;
  std::vector<std::unique_ptr<WireSource>> sources_;
  std::vector<std::unique_ptr<WireSink>> sinks_;
  std::unique_ptr<FrameTap> toe_tap_;
  std::unique_ptr<FrameTap> cpu_tap_;
  ReportSink reports_;
  std::vector<std::pair<std::string, sim::Traceable*>> traceable_;

  std::function<bool()> interrupted_;
  std::function<void(uint64_t, uint64_t)> progress_;
  std::exception_ptr error_;
  std::vector<EntryCount> counts_;
  uint64_t cycle0_ = 0;
  bool running_ = false;
  Result result_;
};

}  // namespace fp::platform
