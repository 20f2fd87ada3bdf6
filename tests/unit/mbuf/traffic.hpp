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

#include "tests/unit/mbuf/ends.hpp"

namespace fp::mbuf::test {

// RFC 1071 sum of the bytes, not inverted, odd end padded with zero.
uint16_t rfc1071(const std::string& bytes);

// A reason as descriptors and read data carry it.
constexpr unsigned low(Reason r) { return static_cast<unsigned>(r) & 0xff; }

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
