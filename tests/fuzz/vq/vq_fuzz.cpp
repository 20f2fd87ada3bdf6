// SPDX-License-Identifier: Apache-2.0
//
// Fuzzes the VQ block's model with what a host decides: any doorbell at any address, and ring and
// queue rows as firmware would bind them for it, with messages coming in meanwhile. Whatever it
// writes, no DMA leaves the windows of its function, PCIe's rules hold (world.hpp), every message's
// cells are freed once, and the block comes to rest and still answers.
//
// Input: records of six bytes. Byte 0: what (bits 2:0) and 8 times how many cycles pass afterwards
// (bits 7:3). Byte 1: where. Bytes 2..5: a value, little-endian.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "cmodel/vq/vq_model.hpp"
#include "tests/unit/vq/bench.hpp"

namespace {

using namespace fp;
using namespace fp::vq;
using test::Bench;
using test::Host;

constexpr unsigned kRings = 4;

struct Range {
  uint64_t first, pages;
  bool holds(uint64_t addr, uint64_t bytes) const {
    return addr >> kPageLog2 >= first && (addr + bytes - 1) >> kPageLog2 < first + pages;
  }
};

class Run {
 public:
  Run() : b_(dut_, {.stall = 10, .refuse = 5, .no_credit = 5}, {.rings = kRings, .ev_log2 = 5}) {
    b_.configure();
    b_.w.on_write = [](const PcieWr& w) {
      ASSERT_TRUE((Range{Host::kEvPage, 1}.holds(w.addr, w.nbytes)) ||
                  (Range{Host::kRxPage, kRings}.holds(w.addr, w.nbytes)))
          << std::hex << w.addr;
    };
    b_.w.on_read = [](const PcieRd& r) {
      ASSERT_TRUE((Range{Host::kTxPage, kRings}.holds(r.addr, r.len))) << std::hex << r.addr;
    };
  }

  void record(const uint8_t* p) {
    const uint32_t value = p[2] | p[3] << 8 | p[4] << 16 | uint32_t{p[5]} << 24;
    const unsigned ring = p[1] & 3, word = p[1] >> 2 & 3;
    Host& h = b_.host;
    switch (p[0] & 7) {
      case 0:  // any index
        bell(h.slot_addr(ring, word), level_[ring][word] = value);
        break;
      case 1:  // an index that went on
        bell(h.slot_addr(ring, word), level_[ring][word] += value & 0xfff);
        break;
      case 2:
        bell(h.vq_addr(p[1] & 1), value);
        break;
      case 3:  // anywhere, of any function
        b_.w.doorbell(p[1], value, value ^ 0x55);
        break;
      case 4:
        message(h.rings[ring], value);
        break;
      case 5:  // a word of the next row
        b_.write(reg::kTblData + 4 * (p[1] & 7), value);
        break;
      case 6:  // ring, ring_state or vq: windows are firmware's own
        b_.command(p[1] % 3, value & 0xffff, p[1] >> 4);
        break;
      default:  // the row of a ring as it should be
        b_.table(TableId::kRing, ring, TableOp::kWrite, h.ring_cfg(ring));
        level_[ring] = {};
        break;
    }
    b_.run((p[0] >> 3) * 8u);
  }

  void finish() {
    EXPECT_TRUE(b_.settle(200'000, 1000)) << "goes on for ever";
    EXPECT_EQ(b_.w.live_cells(), 0u) << "cells not freed";
    EXPECT_EQ(b_.read(reg::kStatus) & 1, 1u);
  }

 private:
  void bell(uint32_t addr, uint32_t value) { b_.w.doorbell(b_.host.o.fn, addr, value); }
  void message(const Host::Ring& ring, uint32_t value) {
    const std::vector<uint8_t> bytes(value & 0x7ff, 0xa5);
    common::MsgDesc d = b_.w.message(ring.conn_id ^ (value >> 16 & 1),
                                     static_cast<uint8_t>(ring.gen ^ (value >> 17 & 1)), bytes);
    d.fin = value >> 18 & 1;
    d.rst = value >> 19 & 1;
    d.err = value >> 20 & 1;
    if (d.n_cells != 0) b_.w.set_desc(d);
    if (d.n_cells != 0 && (value >> 21 & 1) != 0) b_.w.cut_read(d.first_cell, value >> 22 & 7);
    b_.w.desc_rx.items.push_back(d);
  }

  VqModel dut_;
  Bench b_;
  std::array<std::array<uint32_t, 4>, kRings> level_ = {};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  GTEST_FLAG_SET(break_on_failure, true);
  Run run;
  for (size_t at = 0; at + 6 <= size; at += 6) run.record(data + at);
  run.finish();
  return 0;
}
