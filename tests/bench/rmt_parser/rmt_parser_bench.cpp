// SPDX-License-Identifier: Apache-2.0
//
// How fast window, parser and deparser run: model and Verilated RTL, saturated with 64-byte TCP and
// UDP frames whose TTL is written back, and the RTL without traffic. Figures are per CPU second.
#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

#include "Vrmt_edge_fast_rtl.h"
#include "tests/unit/rmt/classic_program.hpp"
#include "tests/unit/rmt/edge_model.hpp"

namespace {

using namespace fp;
using namespace fp::rmt;
using namespace fp::rmt::test;

constexpr unsigned kLatency = 10;  // cycles in place of the stages

double seconds_since(std::clock_t start) {
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

std::vector<common::PktBeat> make_beats() {
  sim::Random r(1);
  std::vector<common::PktBeat> beats(256);
  for (unsigned i = 0; i < beats.size(); ++i) {
    std::vector<uint8_t> bytes = ipv4_packet(r, i % 2 != 0 ? 6 : 17, 0, 10);
    bytes.resize(common::kBeatBytes);
    std::copy(bytes.begin(), bytes.end(), beats[i].data.begin());
    beats[i].nbytes = common::kBeatBytes;
    beats[i].sop = beats[i].eop = true;
  }
  return beats;
}

void run_model(const Program& program, const std::vector<common::PktBeat>& beats) {
  constexpr unsigned kCycles = 4'000'000;
  auto model = std::make_unique<EdgeModel>(kLatency);
  model->load(0, program);
  uint64_t out = 0;
  const std::clock_t start = std::clock();
  for (unsigned i = 0; i < kCycles; ++i) {
    if (const SlotIndex slot = model->leaving(); slot != kNoSlot) {
      FrameSlot& f = model->ring[slot];
      --f.phv.c8[box::kTtl];
      f.set_dirty(box::kTtl);
    }
    model->step({true, &beats[i % beats.size()], 0});
    out += model->deparser.out().valid;
  }
  std::printf("model, saturated: %.2f M packets/s\n",
              static_cast<double>(out) / seconds_since(start) / 1e6);
}

class Rtl {
 public:
  explicit Rtl(const Program& program) {
    top_->rst_ni = 0;
    edge();
    edge();
    top_->rst_ni = 1;
    program.for_each_row([&](TableId table, unsigned index, const uint32_t* words) {
      top_->t_table_i = static_cast<uint8_t>(table);
      top_->t_index_i = static_cast<uint8_t>(index);
      std::memcpy(&top_->tw_data_i[0], words, sizeof top_->tw_data_i);
      top_->tw_valid_i = 1;
      edge();
      top_->tw_valid_i = 0;
    });
  }

  // Prints cycles per second; `beats` empty: no traffic.
  void run(const char* name, const std::vector<common::PktBeat>& beats) {
    constexpr unsigned kCycles = 300'000;
    uint64_t out = 0;
    const std::clock_t start = std::clock();
    for (unsigned i = 0; i < kCycles; ++i) {
      top_->in_valid_i = !beats.empty();
      if (!beats.empty()) beats[i % beats.size()].pack(&top_->in_i[0]);
      Held& held = line_[i % kLatency];
      top_->m_valid_i = held.valid;
      std::memcpy(&top_->m_phv_i[0], held.phv.data(), sizeof held.phv);
      top_->m_dirty_i[0] = 1u << box::kTtl;
      held.valid = top_->p_valid_o;
      std::memcpy(held.phv.data(), &top_->p_phv_o[0], sizeof held.phv);
      edge();
      out += top_->o_valid_o;
    }
    const double s = seconds_since(start);
    std::printf("RTL, %s: %.0f k cycles/s, %.0f k beats/s out\n", name, kCycles / s / 1e3,
                static_cast<double>(out) / s / 1e3);
  }

 private:
  struct Held {
    bool valid = false;
    std::array<uint32_t, Phv::kWords> phv{};
  };

  void edge() {
    top_->clk_i = 0;
    top_->eval();
    top_->clk_i = 1;
    top_->eval();
  }

  std::unique_ptr<Vrmt_edge_fast_rtl> top_ = std::make_unique<Vrmt_edge_fast_rtl>();
  std::array<Held, kLatency> line_;
};

}  // namespace

int main() {
  const std::vector<common::PktBeat> beats = make_beats();
  Program program = classic_program();
  program.slots[0] = {true, hdr::kIpv4, box::kTtl, 8, 1};
  program.units[0] = {true, hdr::kIpv4, 10, false};
  run_model(program, beats);
  Rtl rtl(program);
  rtl.run("idle", {});
  rtl.run("saturated", beats);
}
