// SPDX-License-Identifier: Apache-2.0
//
// Flows of ideal_stream: who they are, which bytes of them wait for the message buffer, and how far
// each direction has come. Plain state; ideal_stream.hpp moves it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cmodel/common/state_io.hpp"
#include "contract/common.hpp"
#include "contract/ideal_stream.hpp"
#include "sim-tb/platform/tcp_segment.hpp"

namespace fp::platform {

// In-order bytes of one flow that mbuf has not taken, with a bit per byte where a message ends.
class Park {
 public:
  uint32_t size() const { return size_; }
  uint32_t room() const { return ideal_stream::kParkBytes - size_; }
  // `bytes` must fit in room(); `ends` marks the last byte as a message's end.
  void push(std::span<const uint8_t> bytes, bool ends);
  // Copies up to `most` bytes from offset `at` (< size()) and stops behind a message's end, which
  // `ends` then tells. Answers the number copied.
  uint32_t copy(uint32_t at, uint32_t most, uint8_t* to, bool& ends) const;
  void pop(uint32_t n);
  void clear();

  void checkpoint(StateIo& io) {
    io.resized(bytes_);
    io(ends_, head_, size_);
  }

 private:
  std::vector<uint8_t> bytes_;  // ring, allocated with the first byte
  std::vector<bool> ends_;
  uint32_t head_ = 0;
  uint32_t size_ = 0;
};

struct Flow {
  enum class State : uint8_t {
    kEmpty,
    kNew,    // waits for software to take it
    kTaken,  // waits for its answer
    kOpen,
    kRefused,  // its segments are left
    kClosed,   // waits for software to free it
    kFreed,    // still known, so that late segments do not open it again
  };
  State state = State::kEmpty;
  FlowKey key;
  LinkHeader link;
  common::PortId wire{};  // MAC port of its first segment
  bool began_with_syn = false;
  common::ConnRef conn;

  // From the peer.
  uint32_t rcv_nxt = 0;
  uint32_t peer_ack = 0;
  bool have_ack = false;
  Park park;
  bool fin_in = false;       // the peer's FIN is in order
  bool fin_written = false;  // ... and mbuf has its marker
  bool rst_in = false;
  bool mid_message = false;  // the last byte mbuf took did not end a message
  bool queued = false;       // in the writer's queue
  bool wants_credit = false;
  bool credit_event = false;  // came while a query was out

  // To the peer.
  uint32_t snd_nxt = 0;
  bool sending = false;  // snd_nxt is set
  bool fin_out = false;
  uint16_t ip_id = 0;
  bool reset = false;       // closed by RST or a fault
  bool free_asked = false;  // software is done with it

  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  uint64_t out_of_order = 0;
  uint64_t trimmed = 0;
  uint64_t no_room = 0;

  // Something waits to be written to mbuf.
  bool has_work() const { return park.size() > 0 || (fin_in && !fin_written) || rst_in; }
  bool known() const { return state != State::kEmpty; }
};

// What stats.json keeps of a flow.
struct FlowSummary {
  FlowKey key;
  bool accepted = false;
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  uint64_t out_of_order = 0;
  uint64_t trimmed = 0;
  uint64_t no_room = 0;
};

class FlowTable {
 public:
  FlowTable();
  void reset();

  // Slot of the flow, or nothing.
  std::optional<uint16_t> find(const FlowKey& key) const;
  // A cleared slot for `key`: an empty one, else the longest freed or refused one; nothing when all
  // are in use. What the slot held goes to history().
  std::optional<uint16_t> allocate(const FlowKey& key);
  // The slot's flow begins again, empty, under the same key.
  void restart(uint16_t index);

  Flow& operator[](uint16_t index) { return flows_[index]; }
  const Flow& operator[](uint16_t index) const { return flows_[index]; }

  // All flows so far in the order they began.
  std::vector<FlowSummary> summaries() const;

  void checkpoint(StateIo& io) {
    io(flows_, born_, buckets_, births_, next_);
    io.resized(history_);
  }

 private:
  static uint32_t hash(const FlowKey& key);
  void index_all();
  void remember(uint16_t index);

  std::vector<Flow> flows_;
  std::vector<uint64_t> born_;     // order in which the slots' flows began
  std::vector<uint16_t> buckets_;  // open addressing, slot + 1, 0: empty
  std::vector<std::pair<uint64_t, FlowSummary>> history_;
  uint64_t births_ = 0;
  uint16_t next_ = 0;
};

}  // namespace fp::platform
