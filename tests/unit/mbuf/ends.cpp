// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/mbuf/ends.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace fp::mbuf::test {
namespace {

constexpr unsigned kResponsePause = 25;  // percent of cycles

}  // namespace

void CsrMaster::reset() {
  ops_.clear();
  port.req = req_ = {};
  busy_ = finished_ = false;
}

void CsrMaster::eval() {
  req_ = port.req;
  finished_ = false;
  const AxilRsp& rsp = *port.rsp;
  if (req_.awvalid && rsp.awready) req_.awvalid = false;
  if (req_.wvalid && rsp.wready) req_.wvalid = false;
  if (req_.arvalid && rsp.arready) req_.arvalid = false;
  if (busy_ && ((rsp.bvalid && port.req.bready) || (rsp.rvalid && port.req.rready))) {
    finished_ = true;
    answer_ = rsp.rdata;
    EXPECT_EQ(rsp.rvalid ? rsp.rresp : rsp.bresp, common::AxiResp::kOkay);
    req_.bready = req_.rready = false;
  }
  if (busy_ && !finished_) {
    const bool take = !random_.chance(kResponsePause);
    req_.bready = take && ops_.front().write;
    req_.rready = take && !ops_.front().write;
  }
  if (!busy_ && !ops_.empty()) {
    const Access& a = ops_.front();
    busy_ = true;
    req_ = {};
    req_.awvalid = req_.wvalid = req_.bready = a.write;
    req_.arvalid = req_.rready = !a.write;
    req_.awaddr = req_.araddr = a.addr;
    req_.wdata = a.data;
    req_.wstrb = 0xf;
  }
}

void CsrMaster::commit() {
  port.req = req_;
  if (!finished_) return;
  busy_ = false;
  const auto done = std::move(ops_.front().done);
  ops_.pop_front();
  if (done) done(answer_);
}

Ends::Ends(MbufIf& dut, uint64_t seed, unsigned pause) : random(seed), dut_(dut) {
  for (unsigned i = 0; i < 3; ++i) {
    connect(wr[i].tx, dut.wr[i]);
    connect(dut.desc[i], desc[i].rx);
    connect(cq[i].tx, dut.cq[i]);
    connect(dut.cr[i], cr[i].rx);
    connect(dut.cevt[i], cevt[i].rx);
    connect(rd[i].tx, dut.rd[i]);
    connect(dut.rdata[i], rdata[i].rx);
    connect(free[i].tx, dut.free[i]);
    connect(cret[i].tx, dut.cret[i]);
    wr[i].pause = cq[i].pause = rd[i].pause = free[i].pause = cret[i].pause = pause;
    desc[i].pause = cr[i].pause = cevt[i].pause = rdata[i].pause = pause;
  }
  connect(csr.port, dut.csr);
}

void Ends::reset() {
  for (unsigned i = 0; i < 3; ++i) {
    wr[i].reset(), cq[i].reset(), rd[i].reset(), free[i].reset(), cret[i].reset();
    desc[i].reset(), cr[i].reset(), cevt[i].reset(), rdata[i].reset();
  }
  csr.reset();
  dut_.reset();
}

void Ends::clock() {
  const bool dut_first = shuffle_ && random.chance(50);
  if (dut_first) dut_.eval(now);
  for (unsigned i = 0; i < 3; ++i) {
    wr[i].eval(random), desc[i].eval(random), cq[i].eval(random), cr[i].eval(random);
    cevt[i].eval(random), rd[i].eval(random), rdata[i].eval(random), free[i].eval(random);
    cret[i].eval(random);
  }
  csr.eval();
  if (!dut_first) dut_.eval(now);
  const bool commit_first = shuffle_ && random.chance(50);
  if (commit_first) dut_.commit();
  for (unsigned i = 0; i < 3; ++i) {
    wr[i].commit(), desc[i].commit(), cq[i].commit(), cr[i].commit(), cevt[i].commit();
    rd[i].commit(), rdata[i].commit(), free[i].commit(), cret[i].commit();
  }
  csr.commit();
  if (!commit_first) dut_.commit();
  ++now;
}

void Ends::run(uint64_t cycles) {
  for (const uint64_t end = now + cycles; now < end;) {
    cycle();
    if (stopped()) return;
  }
}

uint32_t Ends::read_csr(uint16_t addr) {
  uint32_t value = 0;
  bool done = false;
  csr.read(addr, [&](uint32_t v) {
    value = v;
    done = true;
  });
  while (!done && !stopped()) cycle();
  return value;
}

void Ends::write_csr(uint16_t addr, uint32_t data) {
  csr.write(addr, data);
  while (!csr.done() && !stopped()) cycle();
}

void Ends::bring_up() {
  reset();
  while (!(read_csr(reg::kStatus) & 1) && !stopped()) continue;
  write_csr(reg::kCtrl, 1);
}

bool Ends::table_write(uint32_t conn_id, const ConnRow& row) {
  uint32_t words[ConnRow::kWords];
  row.pack(words);
  for (unsigned k = 0; k < ConnRow::kWords; ++k) {
    write_csr(static_cast<uint16_t>(reg::kTblData + 4 * k), words[k]);
  }
  write_csr(reg::kTblCmd, conn_id | static_cast<uint32_t>(TblOp::kWrite) << 28);
  uint32_t status = 1;
  while ((status & 1) && !stopped()) status = read_csr(reg::kTblStatus);
  return (status & 2) != 0;
}

ConnRow Ends::table_read(uint32_t conn_id) {
  write_csr(reg::kTblCmd, conn_id | static_cast<uint32_t>(TblOp::kRead) << 28);
  while ((read_csr(reg::kTblStatus) & 1) && !stopped()) continue;
  uint32_t words[ConnRow::kWords];
  for (unsigned k = 0; k < ConnRow::kWords; ++k) {
    words[k] = read_csr(static_cast<uint16_t>(reg::kTblData + 4 * k));
  }
  return ConnRow::unpack(words);
}

}  // namespace fp::mbuf::test
