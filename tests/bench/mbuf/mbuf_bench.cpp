// SPDX-License-Identifier: Apache-2.0
//
// Speed of the message buffer, model and RTL at the default size: mbuf_bench [cycles]. Load: three
// producers write 1460-byte segments without pause, three consumers read and free them at once.
// Prints cycles per second of CPU time, and what the block moved per cycle.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <memory>
#include <vector>

#include "Vrtl_mbuf.h"
#include "cmodel/mbuf/mbuf_model.hpp"
#include "sim-tb/lockstep/axil_bench.hpp"
#include "sim-tb/rtl_adapters/mbuf_rtl.hpp"

namespace {

using namespace fp;
using namespace fp::mbuf;

constexpr unsigned kConnsPerPort = 8;
constexpr unsigned kSegment = 1460;  // bytes: an Ethernet MSS

double cpu_seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

// Port p writes connections p * 8 .. p * 8 + 7 and reads what it wrote (prod0 = prod1 = p).
struct Load {
  explicit Load(MbufIf& dut) : dut_(dut) {
    for (unsigned p = 0; p < 3; ++p) {
      for (unsigned k = 0; k < kConnsPerPort; ++k) {
        for (unsigned at = 0; at < kSegment; at += 64) {
          MbufWr w;
          w.conn = {p * kConnsPerPort + k, 1};
          w.nbytes = static_cast<uint8_t>(kSegment - at < 64 ? kSegment - at : 64);
          w.last = at + 64 >= kSegment;
          beats_[p].push_back(w);
        }
      }
      dut.wr[p].valid = &on_;
      dut.wr[p].data = &beats_[p][0];
      dut.desc[p].ready = dut.cr[p].ready = dut.cevt[p].ready = dut.rdata[p].ready = &kHigh;
      dut.rd[p].valid = &reading_[p];
      dut.rd[p].data = &rd_[p];
      dut.free[p].valid = &freeing_[p];
      dut.free[p].data = &free_[p];
      dut.cret[p].valid = &returning_[p];
      dut.cret[p].data = &cret_[p];
    }
  }

  void step(uint64_t now) {
    std::array<bool, 3> wrote, read, freed, returned;
    for (unsigned p = 0; p < 3; ++p) {
      wrote[p] = dut_.wr[p].fires();
      read[p] = dut_.rd[p].fires();
      freed[p] = dut_.free[p].fires();
      returned[p] = dut_.cret[p].fires();
      if (dut_.desc[p].valid) {
        if (dut_.desc[p].data.err) {
          ++refused;
        } else {
          stored_[p].push_back(dut_.desc[p].data);
        }
      }
      if (dut_.rdata[p].valid) {
        ++read_beats;
        if (dut_.rdata[p].data.last) {
          done_[p].push_back(busy_[p].front());
          busy_[p].pop_front();
        }
      }
    }
    dut_.eval(now);
    dut_.commit();
    for (unsigned p = 0; p < 3; ++p) {
      if (wrote[p]) {
        ++written_beats;
        at_[p] = (at_[p] + 1) % beats_[p].size();
        dut_.wr[p].data = &beats_[p][at_[p]];
      }
      if (read[p]) reading_[p] = false;
      if (!reading_[p] && !stored_[p].empty()) {
        const common::MsgDesc& d = stored_[p].front();
        rd_[p] = {{d.conn_id, d.gen}, d.first_cell, d.offset, d.seg_len};
        busy_[p].push_back(d);
        stored_[p].pop_front();
        reading_[p] = true;
      }
      if (returned[p]) returning_[p] = false;
      if (freed[p]) freeing_[p] = false;
      if (!freeing_[p] && !returning_[p] && !done_[p].empty()) {
        free_[p] = done_[p].front();
        cret_[p] = {{free_[p].conn_id, 1}, free_[p].seg_len};
        done_[p].pop_front();
        freeing_[p] = returning_[p] = true;
      }
    }
  }

  bool on_ = false;
  uint64_t written_beats = 0, read_beats = 0, refused = 0;

 private:
  MbufIf& dut_;
  std::array<std::vector<MbufWr>, 3> beats_;
  std::array<size_t, 3> at_{};
  std::array<bool, 3> reading_{}, freeing_{}, returning_{};
  std::array<MbufRd, 3> rd_;
  std::array<common::MsgDesc, 3> free_;
  std::array<MbufCret, 3> cret_;
  std::array<std::deque<common::MsgDesc>, 3> stored_, busy_, done_;
};

void open_all(MbufIf& dut, Load& load, uint64_t& now) {
  sim::AxilBench master;
  connect(master.port, dut.csr);
  const uint64_t ready = kNumCells + 100;
  for (uint32_t id = 0; id < 3 * kConnsPerPort; ++id) {
    ConnRow row;
    row.valid = true;
    row.gen = 1;
    row.prod0 = row.prod1 = static_cast<uint8_t>(id / kConnsPerPort);
    row.cap = 255;
    row.credit0 = row.credit1 = 1 << 30;
    uint32_t words[ConnRow::kWords];
    row.pack(words);
    for (unsigned k = 0; k < ConnRow::kWords; ++k) {
      master.write(static_cast<uint16_t>(reg::kTblData + 4 * k), words[k], ready);
    }
    master.write(reg::kTblCmd, id | 1u << 28);
    for (unsigned k = 0; k < 4; ++k) master.read(reg::kTblStatus);
  }
  master.write(reg::kCtrl, 1);
  while (!master.done()) {
    master.eval(now);
    load.step(now++);
    master.commit();
  }
  dut.csr.req = &kAxilIdle;
}

void measure(const char* name, MbufIf& dut, uint64_t cycles) {
  dut.reset();
  Load load(dut);
  uint64_t now = 0;
  open_all(dut, load, now);
  double start = cpu_seconds();
  for (uint64_t i = 0; i < cycles; ++i) {
    dut.eval(now++);
    dut.commit();
  }
  const double idle = cpu_seconds() - start;
  load.on_ = true;
  for (unsigned i = 0; i < 2000; ++i) load.step(now++);
  load.written_beats = load.read_beats = 0;
  start = cpu_seconds();
  for (uint64_t i = 0; i < cycles; ++i) load.step(now++);
  const double busy = cpu_seconds() - start;
  const double n = static_cast<double>(cycles);
  std::printf(
      "%-6s idle %6.2f M cycles/s   loaded %6.3f M cycles/s   %.2f beats written and %.2f "
      "read per cycle, %llu refused\n",
      name, n / idle / 1e6, n / busy / 1e6, static_cast<double>(load.written_beats) / n,
      static_cast<double>(load.read_beats) / n, static_cast<unsigned long long>(load.refused));
}

}  // namespace

int main(int argc, char** argv) {
  const uint64_t cycles = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200000;
  MbufModel model;
  measure("model", model, cycles * 5);
  MbufRtl<Vrtl_mbuf> rtl;
  measure("rtl", rtl, cycles);
}
