// SPDX-License-Identifier: Apache-2.0
//
// A tally block (model, RTL, lockstep, ...) between random streams and a register master.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "sim-tb/lockstep/axil_bench.hpp"
#include "sim-tb/lockstep/stream_bench.hpp"
#include "sim-tb/lockstep/ticker.hpp"
#include "tests/lockstep/harness/tally_if.hpp"

namespace fp::tally {

inline std::vector<Item> random_items(size_t n, uint64_t seed) {
  sim::Random random(seed);
  std::vector<Item> items(n);
  for (size_t i = 0; i < n; ++i) {
    Item& item = items[i];
    item.conn.conn_id = static_cast<uint32_t>(random.below(1 << common::kConnIdBits));
    item.conn.gen = static_cast<uint8_t>(random.below(1 << common::kConnGenBits));
    item.tag = static_cast<uint32_t>(i);
    item.value = static_cast<uint16_t>(random.below(1 << 16));
    for (auto& byte : item.bytes) byte = static_cast<uint8_t>(random.below(256));
    item.note = static_cast<uint8_t>(random.below(8));
  }
  return items;
}

struct TallyBench {
  std::unique_ptr<TallyIf> block;
  sim::StreamSource<Item> source0;
  sim::StreamSource<Item> source1;
  sim::StreamSink<Result> sink;
  sim::AxilBench csr;
  sim::Ticker ticker;

  TallyBench(std::unique_ptr<TallyIf> b, uint64_t seed, sim::StallPattern idle = sim::kSomeStalls,
             sim::StallPattern stall = sim::kSomeStalls, size_t items = 400, unsigned pause = 30)
      : block(std::move(b)),
        source0(random_items(items, seed), idle, seed + 1),
        source1(random_items(items, seed + 7), idle, seed + 2),
        sink(stall, seed + 3),
        csr(seed + 4, pause) {
    connect(source0.out, block->in[0]);
    connect(source1.out, block->in[1]);
    connect(block->out, sink.in);
    connect(csr.port, block->csr);
    ticker.add(*block);
    ticker.add(source0);
    ticker.add(source1);
    ticker.add(sink);
    ticker.add(csr);
    // Registers under load: the timer on, status read and cleared, items counted, a short stop.
    csr.write(reg::kIntrEn, 1);
    csr.write(reg::kPeriod, 37);
    for (int i = 0; i < 12; ++i) {
      csr.read(reg::kItems);
      csr.read(reg::kStatus);
      csr.write(reg::kStatus, 1);
      csr.write(reg::kCtrl, i % 4 != 1);
    }
    csr.write(reg::kCtrl, 1);
    csr.read(0x44);  // unmapped
    for (uint64_t t : {4000u, 4400u, 4900u}) csr.write(reg::kStatus, 1, t);
    csr.write(reg::kPeriod, 0, 5000);
    csr.read(reg::kItems, 11000);
  }

  void run(uint64_t cycles) {
    ticker.reset();
    ticker.run_until(cycles);
  }
};

}  // namespace fp::tally
