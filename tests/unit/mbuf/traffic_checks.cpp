// SPDX-License-Identifier: Apache-2.0
//
// What must come out of the message buffer: credit answers, descriptors, read data, the end state.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/mbuf/traffic.hpp"

namespace fp::mbuf::test {
namespace {

using common::kCellBytes;
constexpr uint64_t kSettle = 3000;  // cycles after which a return or a free has surely been counted

}  // namespace

uint16_t rfc1071(const std::string& bytes) {
  uint64_t sum = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const uint64_t b = static_cast<uint8_t>(bytes[i]);
    sum += i % 2 == 0 ? b * 256 : b;
  }
  while (sum > 0xffff) sum = sum % 0x10000 + sum / 0x10000;
  return static_cast<uint16_t>(sum);
}

void Traffic::fail(const std::string& what) {
  if (errors.size() < 20) errors.push_back("cycle " + std::to_string(now) + ": " + what);
}

void Traffic::take_credit(unsigned p) {
  while (!cr[p].got.empty()) {
    const MbufCredit a = cr[p].got.front();
    cr[p].got.pop_front();
    if (asked_[p].empty()) {
      fail("credit answer nobody asked for");
      return;
    }
    const common::ConnRef r = asked_[p].front();
    asked_[p].pop_front();
    if (!(a.conn == r)) fail("credit answer for another connection");
    if (r.conn_id >= cfg_.params.num_conns) {
      if (a.ok || a.bytes != 0) fail("credit of a connection beyond the table");
      continue;
    }
    const Conn& c = conn_[r.conn_id];
    if (!a.ok) {
      if (c.phase == Phase::kOpen && c.gen == r.gen) fail("credit refused to an open connection");
      ++maybe_faults_;
      continue;
    }
    const unsigned d = c.prod[0] == p ? 0 : 1;
    const DirState& s = c.dir[d];
    if (c.gen == r.gen && a.bytes > cfg_.credit + s.returned) {
      fail("more credit than was ever given");
    }
    if (a.cells > cfg_.cap) fail("more cells than the cap");
  }
}

void Traffic::take_desc(unsigned p) {
  while (!desc[p].got.empty()) {
    const common::MsgDesc d = desc[p].got.front();
    desc[p].got.pop_front();
    if (sent_[p].empty()) {
      fail("descriptor without a segment");
      return;
    }
    Expected e = std::move(sent_[p].front());
    sent_[p].pop_front();
    const MbufWr& b = e.last;
    if (d.conn_id != e.conn.conn_id || d.gen != e.conn.gen || d.dir != e.dir) {
      fail("descriptor of another connection");
    }
    if (d.som != b.som || d.eom != b.eom || d.fin != b.fin || d.rst != b.rst ||
        d.epoch != b.epoch || d.ts != b.ts) {
      fail("descriptor's flags are not the last beat's");
    }
    Conn* c = e.conn.conn_id < conn_.size() ? &conn_[e.conn.conn_id] : nullptr;
    DirState* s = c != nullptr ? &c->dir[e.dir] : nullptr;
    if (e.evil == 0) --s->in_flight;
    const bool refusal = d.err && d.seg_len == 0 && d.n_cells == 0 &&
                         (!e.text.empty() || !b.err || d.err_code != b.err_code);
    if (e.evil != 0 && !refusal) {
      fail("a segment that breaks rule " + std::to_string(e.evil) + " was taken");
      continue;
    }
    if (refusal) {
      ++refusals;
      ++refused[d.err_code];
      // Cells that the segment had taken are still on their way back.
      const auto cells_return = [&] {
        s->recent_cells.push_back({now, static_cast<int64_t>(e.text.size() / kCellBytes) + 2});
      };
      if (e.evil == low(Reason::kMbufBadBeat)) cells_return();
      if (e.evil != 0) {
        // A connection that closes meanwhile, or the lack of credit, may be seen first.
        if (d.err_code != e.evil) {
          const bool credit =
              d.err_code >= low(Reason::kMbufNoCredit) && d.err_code <= low(Reason::kMbufNoCells);
          if (!credit && d.err_code != low(Reason::kMbufStale)) {
            fail("refused with " + std::to_string(d.err_code) + " instead of " +
                 std::to_string(e.evil));
          }
          if (credit) continue;
        }
        ++evil_done;
        continue;
      }
      if (d.err_code == low(Reason::kMbufStale)) {
        if (c->phase == Phase::kOpen && c->gen == e.conn.gen) fail("open connection called stale");
        ++evil_done;
      } else if (d.err_code == low(Reason::kMbufNoCredit)) {
        uint64_t sure = cfg_.credit + s->returned;
        for (const auto& [cycle, n] : s->recent) {
          if (cycle + kSettle > e.born) sure -= n;
        }
        if (e.text.size() <= sure - s->accepted) fail("refused although there was credit");
      } else if (d.err_code == low(Reason::kMbufCellCap)) {
        int64_t most = s->cells + static_cast<int64_t>(e.text.size() / kCellBytes) + 2;
        for (const auto& [cycle, n] : s->recent_cells) {
          if (cycle + kSettle > e.born) most += n;
        }
        if (most <= static_cast<int64_t>(cfg_.cap)) fail("refused although cells were left");
      } else if (d.err_code != low(Reason::kMbufNoCells)) {
        fail("refused with " + std::to_string(d.err_code));
      }
      cells_return();
      continue;
    }
    ++segments;
    bytes += e.text.size();
    s->accepted += e.text.size();
    if (s->accepted > cfg_.credit + s->returned) fail("taken beyond the credit");
    if (d.seg_len != e.text.size()) fail("segment length");
    if (d.err != b.err || d.err_code != b.err_code) fail("producer's error flag");
    const unsigned cells =
        e.text.empty()
            ? 0
            : static_cast<unsigned>((d.offset + e.text.size() + kCellBytes - 1) / kCellBytes);
    if (d.n_cells != cells) fail("cell count");
    if (cells == 1 && d.first_cell != d.last_cell) fail("one cell with two numbers");
    if (d.first_cell >= cfg_.params.num_cells || d.last_cell >= cfg_.params.num_cells) {
      fail("cell number");
    }
    s->cells += d.n_cells;
    ++s->chains;
    inbox_[c->prod[!e.dir]].push_back({d, std::move(e.text)});
  }
}

// One more read of the oldest chain that waits for any.
void Traffic::count_read(unsigned c) {
  for (Chain& ch : reading_[c]) {
    if (ch.reads == 0) continue;
    --ch.reads;
    return;
  }
}

void Traffic::take_rdata(unsigned c) {
  while (!rdata[c].got.empty()) {
    const MbufRdata b = rdata[c].got.front();
    rdata[c].got.pop_front();
    ++beats;
    if (reads_[c].empty()) {
      fail("read data nobody asked for");
      return;
    }
    ExpectedRead& r = reads_[c].front();
    if (b.err) {
      // A read beyond its chain follows the connection's later cells, which may be free already.
      const bool later_cell = r.open_end && (b.err_code == low(Reason::kMbufDeadCell) ||
                                             b.err_code == low(Reason::kMbufForeignCell));
      if (r.evil == 0 || (b.err_code != r.evil && !later_cell) || b.nbytes != 0 || !b.last) {
        fail("read ended with " + std::to_string(b.err_code) + ", expected " +
             std::to_string(r.evil));
      } else if (r.open_end && r.at + 64 < r.text.size()) {
        fail("chain cut short");
      }
      if (r.open_end) {
        ++evil_done;
        count_read(c);
      }
      reads_[c].pop_front();
      continue;
    }
    const size_t left = r.text.size() - std::min(r.at, r.text.size());
    if (r.open_end) {
      const std::string got(b.data.begin(), b.data.begin() + b.nbytes);
      const size_t n = std::min<size_t>(left, 64);
      if (b.last || got.compare(0, n, r.text, std::min(r.at, r.text.size()), n) != 0) {
        fail("wrong bytes on the way to the chain's end");
      }
      r.at += 64;
      continue;
    }
    if (r.evil != 0) fail("a bad read gave bytes");
    const size_t n = std::min<size_t>(left, 64);
    if (b.nbytes != n || b.last != (left <= 64)) fail("beat of the wrong length");
    if (std::string(b.data.begin(), b.data.begin() + n) != r.text.substr(r.at, n)) {
      fail("wrong bytes");
    }
    if (std::any_of(b.data.begin() + n, b.data.end(), [](uint8_t x) { return x != 0; })) {
      fail("bytes beyond the end are not zero");
    }
    r.at += n;
    if (!b.last) continue;
    if (r.whole && !b.shared && b.csum != rfc1071(r.text)) fail("sum of an unshared chain");
    count_read(c);
    reads_[c].pop_front();
  }
}

void Traffic::check_end() {
  const auto wide = [this](uint16_t addr) {
    const uint64_t lo = read_csr(addr);
    return lo | static_cast<uint64_t>(read_csr(static_cast<uint16_t>(addr + 4))) << 32;
  };
  EXPECT_EQ(read_csr(reg::kCells), cfg_.params.num_cells & 0xffff) << "FREE = all, HELD = 0";
  EXPECT_EQ(read_csr(reg::kStatus) & 0xf, 0x5u) << "INIT_DONE and IDLE, not busy, no leak";
  EXPECT_EQ(read_csr(reg::kReserved), 2 * open_rows_);
  for (unsigned k = 0; k < 3; ++k) {
    EXPECT_EQ(read_csr(static_cast<uint16_t>(reg::kSharedUsed + 4 * k)), 0u);
  }
  EXPECT_EQ(wide(reg::kSegments), segments);
  EXPECT_EQ(wide(reg::kBytes), bytes);
  EXPECT_EQ(wide(reg::kAllocs), wide(reg::kFrees));
  EXPECT_EQ(wide(reg::kRdBeats), beats);
  EXPECT_EQ(wide(reg::kEvents), events);
  EXPECT_EQ(read_csr(reg::kDropNoCredit), refused[low(Reason::kMbufNoCredit)]);
  EXPECT_EQ(read_csr(reg::kDropCellCap), refused[low(Reason::kMbufCellCap)]);
  EXPECT_EQ(read_csr(reg::kDropNoCells), refused[low(Reason::kMbufNoCells)]);
  EXPECT_EQ(read_csr(reg::kFaultLeak), 0u);
  const uint32_t faults = read_csr(reg::kErrCount);
  EXPECT_GE(faults, evil_done);
  EXPECT_LE(faults, evil_done + maybe_faults_);
  for (const std::string& e : errors) ADD_FAILURE() << e;
}

}  // namespace fp::mbuf::test
