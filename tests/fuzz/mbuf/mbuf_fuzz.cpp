// SPDX-License-Identifier: Apache-2.0
//
// Fuzzes the message buffer's model (16 cells, 4 connections): every six bytes of the input are one
// offer at one port, with fields as they come. Whatever is offered, nothing is written outside the
// memories (the sanitizers), everything comes to rest, and free + held cells are all cells then.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "cmodel/mbuf/mbuf_model.hpp"

namespace {

using namespace fp;
using namespace fp::mbuf;

constexpr Params kTiny{16, 4};

struct Bench {
  MbufModel dut{kTiny};
  AxilReq req;
  uint64_t now = 0;
  bool wr_v[3] = {}, cq_v[3] = {}, rd_v[3] = {}, free_v[3] = {}, cret_v[3] = {};
  MbufWr wr[3];
  common::ConnRef cq[3];
  MbufRd rd[3];
  common::MsgDesc freed[3];
  common::MsgDesc last[3];  // descriptors that came out: freed as they are, or changed
  MbufCret cret[3];

  Bench() {
    for (unsigned p = 0; p < 3; ++p) {
      dut.wr[p].valid = &wr_v[p], dut.wr[p].data = &wr[p];
      dut.cq[p].valid = &cq_v[p], dut.cq[p].data = &cq[p];
      dut.rd[p].valid = &rd_v[p], dut.rd[p].data = &rd[p];
      dut.free[p].valid = &free_v[p], dut.free[p].data = &freed[p];
      dut.cret[p].valid = &cret_v[p], dut.cret[p].data = &cret[p];
      dut.desc[p].ready = dut.cr[p].ready = dut.cevt[p].ready = dut.rdata[p].ready = &kHigh;
    }
    dut.csr.req = &req;
  }
  void step() {
    bool w[3], c[3], r[3], f[3], t[3];
    for (unsigned p = 0; p < 3; ++p) {
      w[p] = dut.wr[p].fires(), c[p] = dut.cq[p].fires(), r[p] = dut.rd[p].fires();
      f[p] = dut.free[p].fires(), t[p] = dut.cret[p].fires();
      if (dut.desc[p].valid && dut.desc[p].data.n_cells != 0) last[p] = dut.desc[p].data;
    }
    dut.eval(now++);
    dut.commit();
    for (unsigned p = 0; p < 3; ++p) {
      wr_v[p] &= !w[p], cq_v[p] &= !c[p], rd_v[p] &= !r[p], free_v[p] &= !f[p];
      cret_v[p] &= !t[p];
    }
  }
  uint32_t access(bool write, uint16_t addr, uint32_t data) {
    req = {};
    req.awvalid = req.wvalid = req.bready = write;
    req.arvalid = req.rready = !write;
    req.awaddr = req.araddr = addr;
    req.wdata = data;
    req.wstrb = 0xf;
    for (unsigned i = 0; i < 1000; ++i) {
      const AxilRsp rsp = dut.csr.rsp;
      step();
      if (rsp.awready && req.awvalid) req.awvalid = false;
      if (rsp.wready && req.wvalid) req.wvalid = false;
      if (rsp.arready && req.arvalid) req.arvalid = false;
      if (rsp.bvalid || rsp.rvalid) {
        req = {};
        return rsp.rdata;
      }
    }
    std::abort();  // a register access always ends
  }
  void table(const uint8_t* b) {
    ConnRow row;
    row.valid = b[1] & 1;
    row.gen = 1;
    row.prod0 = b[2] & 3;
    row.prod1 = b[2] >> 2 & 3;
    row.cap = b[3] & 7;
    row.credit0 = row.credit1 = b[4] * 16u;
    uint32_t words[ConnRow::kWords];
    row.pack(words);
    for (unsigned k = 0; k < ConnRow::kWords; ++k) {
      access(true, static_cast<uint16_t>(reg::kTblData + 4 * k), words[k]);
    }
    access(true, reg::kTblCmd, (b[1] >> 1 & 7) | 1u << 28);
  }
  void offer(const uint8_t* b) {
    const unsigned p = b[0] % 3;
    const common::ConnRef conn{b[1] & 7u, static_cast<uint8_t>(b[1] & 8 ? 2 : 1)};
    switch (b[0] / 3 % 7) {
      case 0:
      case 1:
        if (wr_v[p]) break;
        wr[p].conn = conn;
        wr[p].dir = b[2] & 1;
        wr[p].cls = static_cast<common::MsgCls>(b[2] >> 1 & 3);
        wr[p].last = b[2] >> 3 & 1;
        wr[p].nbytes = b[3] & 127;
        wr[p].data.fill(b[4]);
        wr_v[p] = true;
        break;
      case 2:
        cq[p] = conn;
        cq_v[p] = true;
        break;
      case 3:
        if (rd_v[p]) break;
        rd[p] = {conn, static_cast<uint16_t>(b[2] & 31), b[3],
                 static_cast<uint16_t>(b[4] | (b[5] & 3) << 8)};
        rd_v[p] = true;
        break;
      case 4:
        if (free_v[p]) break;
        freed[p] = last[b[1] % 3];
        if (b[2] & 1) freed[p].first_cell = b[3] & 31;
        if (b[2] & 2) freed[p].last_cell = b[4] & 31;
        if (b[2] & 4) freed[p].n_cells = b[5];
        if (b[2] & 8) freed[p].conn_id = b[5] & 7;
        free_v[p] = true;
        break;
      case 5:
        if (cret_v[p]) break;
        cret[p] = {conn, b[2] * 16777216u + b[3]};
        cret_v[p] = true;
        break;
      default:
        table(b);
        break;
    }
    for (unsigned i = 0; i < (b[5] & 15u); ++i) step();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bench b;
  for (unsigned i = 0; i < kTiny.num_cells + 4; ++i) b.step();
  b.access(true, reg::kCtrl, 1);
  b.access(true, reg::kRespFloor, 1);
  for (size_t at = 0; at + 6 <= size; at += 6) b.offer(data + at);
  // Open segments are ended, then the block must come to rest and account for every cell.
  for (unsigned i = 0; i < 5000 && !b.dut.idle(); ++i) {
    for (unsigned p = 0; p < 3; ++p) {
      if (!b.wr_v[p] && i % 64 == 10 * p) {
        b.wr[p].nbytes = 0;
        b.wr[p].last = true;
        b.wr_v[p] = i < 2000;
      }
    }
    b.step();
  }
  if (!b.dut.idle()) std::abort();
  const uint32_t cells = b.access(false, reg::kCells, 0);
  if ((cells & 0xffff) + (cells >> 16) != kTiny.num_cells) std::abort();
  if (b.access(false, reg::kFaultLeak, 0) != 0) std::abort();
  return 0;
}
