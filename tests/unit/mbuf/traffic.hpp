// SPDX-License-Identifier: Apache-2.0
//
// Untimed scoreboard and random traffic for the message buffer: three producers, three consumers
// and the firmware's part (opening and closing connections), working on any MbufIf. It knows the
// page and the contract, never the model: streams are kept as std::string, sums computed from RFC
// 1071.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cmodel/mbuf/mbuf_if.hpp"
#include "sim-tb/lockstep/random.hpp"

namespace fp::mbuf::test {

// RFC 1071 sum of the bytes, not inverted, odd end padded with zero.
uint16_t rfc1071(const std::string& bytes);

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

// Register accesses in order, one at a time.
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

struct Config {
  Params params;
  uint64_t seed = 1;
  unsigned conns = 6;       // opened
  unsigned pause = 20;      // percent, every stream
  unsigned evil = 0;        // percent of operations that break a rule
  unsigned churn = 0;       // percent of idle CSR slots that close or reopen a connection
  unsigned max_len = 1500;  // bytes of a segment
  unsigned hold = 20;       // percent of consumer turns that put a chain aside
  unsigned credit = 4096;   // bytes per direction
  unsigned cap = 8;         // cells per direction
};

class Traffic : public Ends {
 public:
  Traffic(MbufIf& dut, const Config& config);

  // Resets both sides and lets the block sweep its memories; then opens the connections.
  void start();
  void cycle() override;
  // No new work; runs until everything is freed. False after 200,000 cycles.
  bool finish();
  // Fails the test when the end state is not what the scoreboard says.
  void check_end();

  std::vector<std::string> errors;       // what was wrong, in words
  std::map<unsigned, uint64_t> refused;  // per reason
  uint64_t segments = 0, bytes = 0, refusals = 0, evil_done = 0, beats = 0, events = 0;
  bool producing = true;

 private:
  struct Chain {
    common::MsgDesc d;
    std::string text;
    unsigned reads = 0;
  };
  struct Expected {  // a segment on its way
    common::ConnRef conn;
    bool dir;
    std::string text;
    MbufWr last;
    unsigned evil = 0;  // reason it must be refused with
    uint64_t born = 0;
  };
  struct ExpectedRead {
    std::string text;
    unsigned evil = 0;      // reason it must end with
    bool open_end = false;  // more bytes than text may come before the end
    bool whole = false;     // text is the whole segment
    size_t at = 0;
    unsigned owner = 0;
  };
  struct DirState {
    uint64_t accepted = 0, returned = 0;
    std::deque<std::pair<uint64_t, uint64_t>>
        recent;         // cycle, bytes: returned but maybe not yet counted
    int64_t cells = 0;  // sum of n_cells of chains not freed
    std::deque<std::pair<uint64_t, int64_t>> recent_cells;
    unsigned in_flight = 0;  // segments
    unsigned chains = 0;
  };
  enum class Phase { kClosed, kOpening, kOpen, kClosing, kDraining };
  struct Conn {
    Phase phase = Phase::kClosed;
    uint8_t gen = 0;
    std::array<uint8_t, 2> prod{};
    common::MsgCls cls{};
    std::array<DirState, 2> dir;
  };

  void fail(const std::string& what);
  void produce(unsigned p);
  void query(unsigned p);
  void consume(unsigned c);
  void take_desc(unsigned p);
  void take_rdata(unsigned c);
  void take_credit(unsigned p);
  void count_read(unsigned c);
  void evil_consumer(unsigned c);
  void firmware();
  void open(unsigned id);
  void when_table_done(std::function<void(uint32_t)> then);
  void add_beats(unsigned p, Expected& e, unsigned evil);
  int pick_conn(unsigned p, bool& dir);

  Config cfg_;
  std::vector<Conn> conn_;
  std::array<std::deque<Expected>, 3> sent_;
  std::array<std::deque<common::ConnRef>, 3> asked_;
  std::array<std::deque<Chain>, 3> inbox_;
  std::array<std::deque<ExpectedRead>, 3> reads_;
  std::array<std::deque<Chain>, 3> reading_;
  std::deque<common::MsgDesc> graveyard_;  // descriptors of connections that are gone
  uint64_t maybe_faults_ = 0;              // faults that depend on timing
  unsigned open_rows_ = 0;
  bool table_busy_ = false;
};

}  // namespace fp::mbuf::test
