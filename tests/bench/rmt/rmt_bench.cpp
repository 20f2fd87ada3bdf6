// SPDX-License-Identifier: Apache-2.0
//
// Speed of the RMT pipeline: model, Verilated RTL and both in lockstep, one 64-byte frame a cycle.
//   rmt_bench [frames [model|rtl|lockstep [full|mesh]]]      prints cycles/s and frames/s of each
//
// full: every stage looks every frame up in a ternary, an exact and an LPM table, counts it, meters
// it and adds to a register. mesh: the shipped program with the configuration of its tests.
#include "tests/unit/rmt/rmt_bench.hpp"

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string_view>

#include "cmodel/rmt/rmt_model.hpp"
#include "firmware/linux/network/lower.hpp"
#include "firmware/linux/pipeline/shipped.hpp"
#include "tests/unit/rmt/random_match.hpp"
#ifdef FP_RMT_RTL
#include "sim-tb/lockstep/lockstep.hpp"
#include "sim-tb/rtl_adapters/rmt_rtl.hpp"
#endif

namespace fp::rmt::test {
namespace {

// Rows of the tables and frames of 64 bytes for every port; a port without frames is silent.
struct Workload {
  struct Row {
    unsigned table;
    unsigned index;
    std::array<uint32_t, reg::kTblDataCount> words;
  };
  std::vector<Row> rows;
  std::array<std::vector<common::PktBeat>, kNumPorts> beats;
};

// Inputs that offer frames always and outputs that take always, at no cost of their own.
class Load {
 public:
  Load(RmtIf& dut, const Workload& work) : dut_(dut), beats_(work.beats) {
    for (unsigned p = 0; p < kNumPorts; ++p) {
      if (beats_[p].empty()) {
        dut.in[p].valid = &kLow;
        beats_[p].resize(1);
      } else {
        dut.in[p].valid = &on_;
        used_[p] = true;
      }
      beat_[p] = beats_[p][0];
      dut.in[p].data = &beat_[p];
      dut.out[p].ready = &kHigh;
    }
    connect(axil_.port, dut.csr);
    dut.reset();
    for (unsigned i = 0; i < kTmCells + 100; ++i) step();
    for (const Workload::Row& row : work.rows) {
      for (unsigned i = 0; i < reg::kTblDataCount; ++i) {
        if (shadow_[i] == row.words[i]) continue;
        shadow_[i] = row.words[i];
        axil_.write(static_cast<uint16_t>(reg::TblData::offset_of(i)), row.words[i]);
      }
      axil_.write(reg::kTblCmd, reg::TblCmd{}
                                    .set_index(static_cast<uint16_t>(row.index))
                                    .set_table_id(static_cast<uint8_t>(row.table))
                                    .set_op(static_cast<uint8_t>(TableOp::kWrite))
                                    .raw);
    }
    axil_.write(reg::kCtrl, reg::Ctrl{}.set_enable(true).raw);
    while (!axil_.done()) {
      axil_.eval(now_);
      step();
      axil_.commit();
    }
    on_ = true;
    for (unsigned i = 0; i < 200; ++i) step();
    frames_ = forwarded_ = hits_ = 0;
  }

  void step() {
    std::array<bool, kNumPorts> fires{};
    for (unsigned p = 0; p < kNumPorts; ++p) fires[p] = on_ && used_[p] && dut_.in[p].ready;
    dut_.eval(now_++);
    dut_.commit();
    for (unsigned p = 0; p < kNumPorts; ++p) {
      if (fires[p]) beat_[p] = beats_[p][++at_[p] % beats_[p].size()];
    }
    frames_ += dut_.verdict.valid;
    if (dut_.verdict.valid) {
      hits_ += static_cast<unsigned>(std::popcount(dut_.verdict.data.stage_hit));
    }
    forwarded_ += dut_.verdict.valid && dut_.verdict.data.verdict == Verdict::kForward;
  }
  uint64_t now() const { return now_; }
  uint64_t frames() const { return frames_; }
  uint64_t forwarded() const { return forwarded_; }
  uint64_t hits() const { return hits_; }

 private:
  RmtIf& dut_;
  static constexpr bool kLow = false;
  sim::AxilBench axil_;
  std::array<std::vector<common::PktBeat>, kNumPorts> beats_;
  std::array<common::PktBeat, kNumPorts> beat_{};
  std::array<bool, kNumPorts> used_{};
  std::array<size_t, kNumPorts> at_{};
  std::array<uint32_t, reg::kTblDataCount> shadow_{};
  bool on_ = false;
  uint64_t now_ = 0;
  uint64_t frames_ = 0;
  uint64_t forwarded_ = 0;
  uint64_t hits_ = 0;
};

Workload full_work() {
  sim::Random r(2);
  const Program parse = random_program(r, ProgramShape{});
  StageShape shape;
  shape.actions = 20;
  shape.ternary = 150;
  shape.pivots = 50;
  shape.prefixes = 400;
  RmtProgram program = random_rmt_program(r, parse, shape, 100);
  for (StageProgram& stage : program.stages) {
    stage.key.en = {true, true, true};
    stage.key.gw_mask = {};
    stage.dflt.en = true;
    stage.state.counter_src = stage.state.meter_src = stage.state.reg_src = IndexSrc::kParam;
    for (ActionSide& side : stage.sides) {
      side.count = side.meter = true;
      side.reg_op = RegOp::kAdd;
    }
  }
  Workload work;
  sim::Random traffic(1);
  program.for_each_row([&](unsigned table, unsigned index, const uint32_t* words) {
    work.rows.push_back({table, index, {}});
    std::copy_n(words, reg::kTblDataCount, work.rows.back().words.begin());
  });
  for (unsigned p = 0; p < kNumPorts; ++p) {
    while (work.beats[p].size() < 256) {
      Frame f = random_frame(traffic, program.parse);
      f.port = static_cast<common::PortId>(p);
      f.bytes.resize(64);
      f.err = false;
      append_beats(f, work.beats[p]);
    }
  }
  return work;
}

// UDP over IPv4 in 64 bytes, with a VLAN tag if `vlan` is one.
Frame udp_frame(uint64_t to_mac, uint64_t from_mac, unsigned vlan, uint32_t from, uint32_t to,
                uint16_t from_port, uint16_t to_port) {
  Frame f;
  const auto put = [&](uint64_t value, unsigned bytes) {
    while (bytes-- > 0) f.bytes.push_back(static_cast<uint8_t>(value >> (8 * bytes)));
  };
  put(to_mac, 6);
  put(from_mac, 6);
  if (vlan != 0) put(0x8100'0000u | vlan, 4);
  put(0x0800, 2);
  const size_t ip = f.bytes.size();
  put(0x4500'0000u | static_cast<unsigned>(64 - ip), 4);
  put(0x0000'4000, 4);
  put(0x4011'0000, 4);
  put(from, 4);
  put(to, 4);
  uint32_t sum = 0;
  for (size_t i = ip; i < f.bytes.size(); i += 2) sum += f.bytes[i] << 8 | f.bytes[i + 1];
  sum = (sum & 0xffff) + (sum >> 16);
  sum = ~((sum & 0xffff) + (sum >> 16));
  f.bytes[ip + 10] = static_cast<uint8_t>(sum >> 8);
  f.bytes[ip + 11] = static_cast<uint8_t>(sum);
  put(from_port, 2);
  put(to_port, 2);
  put(64 - f.bytes.size() + 4, 2);
  put(0, 2);
  f.bytes.resize(64);
  return f;
}

// p0 and p1 are a wire; p2 is routed to p3 with two tags put on, p3 to p2 with its tag taken off; a
// quarter of p2's frames goes through the VXLAN tunnel. Addresses: tests/data/network.yaml.
Workload mesh_work() {
  const auto config = network::load_network_config(FP_SOURCE_DIR "/tests/data/network.yaml");
  const network::MeshTables tables = network::mesh_tables(config, "network.yaml", 250'000'000);
  Workload work;
  for (const pipeline::Row& row :
       pipeline::compile(pipeline::mesh_program(), tables.entries, tables.extras).rows) {
    work.rows.push_back({row.table, row.index, {}});
    std::copy(row.words.begin(), row.words.end(), work.rows.back().words.begin());
  }
  constexpr uint64_t kStation = 0x0200'0000'1002, kTunnelled = 0x0200'0000'1009,
                     kOther = 0x0200'0000'1003, kRouter = 0x0200'0000'1001;
  sim::Random r(1);
  for (unsigned i = 0; i < 256; ++i) {
    const auto flow = static_cast<uint32_t>(r.below(64));
    const auto port = static_cast<uint16_t>(1024 + flow);
    const std::array<Frame, 4> frames = {
        udp_frame(kOther, kStation, 0, 0x0a01'0000 + flow, 0x0a02'0001, port, 53),
        udp_frame(kStation, kOther, 0, 0x0a02'0001, 0x0a01'0000 + flow, 53, port),
        udp_frame(i % 4 == 3 ? kTunnelled : kRouter, kStation, 0, 0x0a00'0a02, 0x0808'0000 + flow,
                  port, 53),
        udp_frame(kRouter, kOther, 10, 0x0a00'0a03, 0xc0a8'0000 + flow, port, 53)};
    for (unsigned p = 0; p < frames.size(); ++p) {
      Frame f = frames[p];
      f.port = static_cast<common::PortId>(p);
      append_beats(f, work.beats[p]);
    }
  }
  return work;
}

// Whether the two sides of a lockstep pair have stayed equal; true for anything else.
bool equal(const RmtIf& dut) {
#ifdef FP_RMT_RTL
  const auto* pair = dynamic_cast<const fp::sim::Lockstep<RmtIf>*>(&dut);
  return pair == nullptr || !pair->diverged();
#else
  static_cast<void>(dut);
  return true;
#endif
}

void measure(const char* name, const char* program, const Workload& work,
             std::unique_ptr<RmtIf> dut, uint64_t frames) {
  Load load(*dut, work);
  const uint64_t first = load.now();
  const std::clock_t start = std::clock();  // this process alone, other load aside
  while (load.frames() < frames) load.step();
  const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  const double judged = static_cast<double>(load.frames());
  std::printf(
      "%-9s %-5s %8.0f cycles/s %8.0f frames/s (%.0f frames, %.0f %% forwarded, "
      "%.1f stages hit)\n",
      name, program, static_cast<double>(load.now() - first) / took, judged / took, judged,
      100.0 * static_cast<double>(load.forwarded()) / judged,
      static_cast<double>(load.hits()) / judged);
  if (!equal(*dut)) {
    std::printf("%s: RTL and model differ\n", name);
    std::exit(1);
  }
}

}  // namespace
}  // namespace fp::rmt::test

int main(int argc, char** argv) {
  using namespace fp::rmt;
  const uint64_t frames = argc > 1 ? std::strtoull(argv[1], nullptr, 0) : 200'000;
  const std::string_view only = argc > 2 ? argv[2] : "";
  const std::string_view which = argc > 3 ? argv[3] : "";
  const auto wanted = [&](std::string_view name) { return only.empty() || only == name; };
  for (const char* program : {"full", "mesh"}) {
    if (!which.empty() && which != program) continue;
    const bool full = program == std::string_view("full");
    const test::Workload work = full ? test::full_work() : test::mesh_work();
    if (wanted("model"))
      test::measure("model", program, work, std::make_unique<RmtModel>(), frames);
#ifdef FP_RMT_RTL
    if (wanted("rtl")) test::measure("rtl", program, work, std::make_unique<RmtRtl<>>(), frames);
    if (wanted("lockstep")) {
      test::measure("lockstep", program, work,
                    std::make_unique<fp::sim::Lockstep<RmtIf>>(std::make_unique<RmtRtl<>>(),
                                                               std::make_unique<RmtModel>()),
                    frames);
    }
#endif
  }
  return 0;
}
