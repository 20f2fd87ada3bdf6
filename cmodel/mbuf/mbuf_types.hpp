// SPDX-License-Identifier: Apache-2.0
//
// State types that the parts of the mbuf model share; the twins of rtl/mbuf/mbuf_types_pkg.sv.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "cmodel/common/state_io.hpp"
#include "contract/common.hpp"
#include "contract/mbuf.hpp"

namespace fp::mbuf {

inline constexpr unsigned kCellSize = 256;  // bytes, common.CellBytes
static_assert(kCellSize == common::kCellBytes);

// What a cell was granted as; 0..2 are the classes of common.msg_cls.
inline constexpr uint8_t kGrantReserved = 3;

inline constexpr uint8_t code_of(Reason r) { return static_cast<uint8_t>(r); }
inline constexpr uint8_t kCodeStale = code_of(Reason::kMbufStale);
inline constexpr uint8_t kCodeBadConn = code_of(Reason::kMbufBadConn);
inline constexpr uint8_t kCodeNoCredit = code_of(Reason::kMbufNoCredit);
inline constexpr uint8_t kCodeCellCap = code_of(Reason::kMbufCellCap);
inline constexpr uint8_t kCodeNoCells = code_of(Reason::kMbufNoCells);
inline constexpr uint8_t kCodeForeignPort = code_of(Reason::kMbufForeignPort);
inline constexpr uint8_t kCodeBadBeat = code_of(Reason::kMbufBadBeat);
inline constexpr uint8_t kCodeBadCell = code_of(Reason::kMbufBadCell);
inline constexpr uint8_t kCodeDeadCell = code_of(Reason::kMbufDeadCell);
inline constexpr uint8_t kCodeForeignCell = code_of(Reason::kMbufForeignCell);
inline constexpr uint8_t kCodeBadChain = code_of(Reason::kMbufBadChain);
inline constexpr uint8_t kCodeLeak = code_of(Reason::kMbufLeak);

// Side row of a cell; allocated while `tog` differs from the cell's released-toggle bit.
struct Row {
  uint32_t conn_id = 0;
  uint16_t next = 0;
  uint16_t sum = 0;
  uint8_t gen = 0;
  uint8_t grant = 0;
  bool dir = false;
  bool next_v = false;
  bool tog = false;
  bool shared = false;
};

// A row as a RAM's output register shows it.
struct RowRead {
  Row row;
  bool dead = true;
};

// One direction of a connection.
struct Dir {
  uint32_t credit = 0;  // bytes
  uint16_t open_cell = 0;
  uint16_t open_fill = 0;  // bytes, 1..256
  uint16_t open_live = 0;  // chains, plus one while a segment is written
  uint16_t open_sum = 0;
  uint8_t held = 0;  // cells
  uint8_t open_grant = 0;
  bool rsv_used = false;
  bool want = false;
  bool lock = false;
  bool touched = false;
  bool open_v = false;
  bool open_tog = false;
};

// One row of table conn.
struct Ctx {
  std::array<Dir, 2> dir;
  uint8_t gen = 0;
  uint8_t cls = 0;
  std::array<uint8_t, 2> prod{};
  uint8_t cap = 0;
  bool valid = false;
};

// Flags of a segment, from its last beat.
struct SegFlags {
  uint64_t ts = 0;
  bool som = false, eom = false, fin = false, rst = false, err = false;
  uint8_t err_code = 0;
  uint8_t epoch = 0;
};

// A finished segment on its way to its descriptor.
struct Slot {
  SegFlags flags;
  uint32_t conn_id = 0;
  uint16_t seg_len = 0;
  uint16_t first = 0, last = 0;
  uint16_t pos = 0;
  uint16_t sum = 0;
  uint8_t code = 0;
  uint8_t gen = 0;
  uint8_t cls = 0;
  uint8_t n_cells = 0, offset = 0, n_new = 0;
  uint8_t grant = 0;
  bool dir = false;
  bool noctx = false;
  bool rsv_taken = false, rsv_left = false, used_p = false;
  bool tog = false;
};

// Answer to the start of a segment.
struct Start {
  uint32_t credit = 0;
  uint16_t open_cell = 0, open_fill = 0, open_sum = 0;
  uint8_t code = 0;
  uint8_t cells_left = 0;
  uint8_t open_grant = 0;
  bool rsv_avail = false;
  bool open_v = false;
  bool open_tog = false;
};

// A chain to free.
struct Job {
  uint32_t conn_id = 0;
  uint16_t first = 0, last = 0;
  uint8_t gen = 0;
  uint8_t n_cells = 0;
  bool dir = false;
};

// A fault or refusal to count; code 0 is none.
struct Fault {
  uint32_t conn_id = 0;
  uint8_t code = 0;
  Source source = Source::kWr;
  uint8_t port = 0;
  uint8_t gen = 0;
};

// Grants one of up to 32 requesters; the one after the last granted goes first.
class RoundRobin {
 public:
  explicit RoundRobin(unsigned n) : n_(n) {}
  void reset() { ptr_ = 0; }
  // Index granted, -1 for none; moves the pointer.
  int grant(uint32_t req) {
    if (req == 0) return -1;
    const uint32_t from = req >> ptr_ << ptr_;
    const int k = std::countr_zero(from != 0 ? from : req);
    ptr_ = static_cast<unsigned>(k) + 1 == n_ ? 0 : static_cast<unsigned>(k) + 1;
    return k;
  }

  void checkpoint(StateIo& io) { io(ptr_); }

 private:
  unsigned n_;
  unsigned ptr_ = 0;
};

// At most one of three ports per bank and cycle (rtl/mbuf/mbuf_xbar_arb.sv).
class XbarArb {
 public:
  void reset() { ptr_ = 0; }
  // Ports granted, bit per port; `req` likewise. Moves the pointer when somebody lost.
  unsigned grant(unsigned req, const std::array<unsigned, 3>& bank) {
    if ((req & (req - 1)) == 0) return req;
    unsigned granted = 0;
    for (unsigned i = 0; i < 3; ++i) {
      const unsigned p = ptr_ + i < 3 ? ptr_ + i : ptr_ + i - 3;
      if (!((req >> p) & 1)) continue;
      bool lost = false;
      for (unsigned q = 0; q < 3; ++q) lost |= ((granted >> q) & 1) && bank[q] == bank[p];
      if (!lost) granted |= 1u << p;
    }
    if (granted != req) ptr_ = ptr_ == 2 ? 0 : ptr_ + 1;
    return granted;
  }

  void checkpoint(StateIo& io) { io(ptr_); }

 private:
  unsigned ptr_ = 0;
};

// Ring of up to N elements, the state of a stream_fifo; ports are published by the model.
template <class T>
class Ring {
 public:
  explicit Ring(size_t depth) : slots_(depth) {}
  void reset() { head_ = level_ = 0; }
  bool empty() const { return level_ == 0; }
  bool full() const { return level_ == slots_.size(); }
  size_t level() const { return level_; }
  const T& front() const { return slots_[head_]; }
  void pop() {
    head_ = head_ + 1 == slots_.size() ? 0 : head_ + 1;
    --level_;
  }
  // The place of the new last element, to be filled in.
  T& push() {
    size_t at = head_ + level_;
    if (at >= slots_.size()) at -= slots_.size();
    ++level_;
    return slots_[at];
  }

  void checkpoint(StateIo& io) { io(slots_, head_, level_); }

 private:
  std::vector<T> slots_;
  size_t head_ = 0;
  size_t level_ = 0;
};

// Adds `data`, one 64-byte word, to a running RFC 1071 sum exactly as mbuf_sum.sv does.
inline uint16_t sum_word(const uint8_t* data, uint16_t base) {
  uint32_t total = base;
  for (unsigned i = 0; i < 64; i += 2) total += static_cast<uint32_t>(data[i]) << 8 | data[i + 1];
  total = (total & 0xffff) + (total >> 16);
  return static_cast<uint16_t>((total & 0xffff) + (total >> 16));
}

}  // namespace fp::mbuf
