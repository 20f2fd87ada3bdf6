// SPDX-License-Identifier: Apache-2.0
//
// The other ends of the message buffer's ports, with random pauses, and the clock: what directed
// tests and the random traffic (traffic.hpp) drive it with.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>

#include "cmodel/mbuf/mbuf_if.hpp"
#include "sim-tb/lockstep/random.hpp"

namespace fp::mbuf::test {

// Test-bench ends of a stream with random pauses.
template <class T>
struct Feeder {
  Tx<T> tx;
  std::deque<T> queue;
  unsigned pause = 0;  // percent
  uint64_t fired = 0;
  void eval(sim::Random& r) {
    took_ = tx.fires();
    valid_ = (tx.valid && !took_) || (queue.size() > (took_ ? 1u : 0u) && !r.chance(pause));
  }
  void commit() {
    if (took_) {
      queue.pop_front();
      ++fired;
    }
    tx.valid = valid_;
    if (valid_) tx.data = queue.front();
  }
  void reset() {
    tx.valid = took_ = valid_ = false;
    queue.clear();
  }

 private:
  bool took_ = false, valid_ = false;
};

template <class T>
struct Drain {
  Rx<T> rx;
  std::deque<T> got;
  unsigned pause = 0;  // percent
  bool closed = false;
  void eval(sim::Random& r) {
    if (rx.fires()) got.push_back(*rx.data);
    ready_ = !closed && !r.chance(pause);
  }
  void commit() { rx.ready = ready_; }
  void reset() {
    rx.ready = ready_ = false;
    got.clear();
  }

 private:
  bool ready_ = false;
};

// Register accesses in order, one at a time. Responses wait now and then.
class CsrMaster {
 public:
  AxilMasterPort port;
  void write(uint16_t addr, uint32_t data) { ops_.push_back({true, addr, data, {}}); }
  void read(uint16_t addr, std::function<void(uint32_t)> done) {
    ops_.push_back({false, addr, 0, std::move(done)});
  }
  bool done() const { return ops_.empty(); }
  void eval();
  void commit();
  void reset();

 private:
  struct Access {
    bool write;
    uint16_t addr;
    uint32_t data;
    std::function<void(uint32_t)> done;
  };
  std::deque<Access> ops_;
  sim::Random random_{1};
  AxilReq req_{};
  bool busy_ = false;
  bool finished_ = false;
  uint32_t answer_ = 0;
};

// The other ends of all ports, and the clock.
class Ends {
 public:
  explicit Ends(MbufIf& dut, uint64_t seed = 1, unsigned pause = 0);
  virtual ~Ends() = default;

  // Resets both sides; the block begins to sweep its memories.
  void reset();
  // One cycle; a derived class adds what it does in it.
  virtual void cycle() { clock(); }
  void run(uint64_t cycles);
  uint32_t read_csr(uint16_t addr);
  void write_csr(uint16_t addr, uint32_t data);
  // reset(), until INIT_DONE, then CTRL.ENABLE.
  void bring_up();
  // TBL_CMD on table conn; the row's index is conn_id. Returns TBL_STATUS.ERROR.
  bool table_write(uint32_t conn_id, const ConnRow& row);
  ConnRow table_read(uint32_t conn_id);

  uint64_t now = 0;
  sim::Random random;
  std::array<Feeder<MbufWr>, 3> wr;
  std::array<Drain<common::MsgDesc>, 3> desc;
  std::array<Feeder<common::ConnRef>, 3> cq;
  std::array<Drain<MbufCredit>, 3> cr;
  std::array<Drain<common::ConnRef>, 3> cevt;
  std::array<Feeder<MbufRd>, 3> rd;
  std::array<Drain<MbufRdata>, 3> rdata;
  std::array<Feeder<common::MsgDesc>, 3> free;
  std::array<Feeder<MbufCret>, 3> cret;
  CsrMaster csr;
  std::function<bool()> stop;  // asked after every cycle: true ends all waiting

 protected:
  bool stopped() const { return stop && stop(); }
  void clock();

  MbufIf& dut_;
  bool shuffle_ = true;  // tick order
};

}  // namespace fp::mbuf::test
