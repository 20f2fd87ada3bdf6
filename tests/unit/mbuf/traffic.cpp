// SPDX-License-Identifier: Apache-2.0
//
// What the producers, consumers and firmware of the scoreboard do; traffic_checks.cpp looks at what
// comes out.
#include "tests/unit/mbuf/traffic.hpp"

#include <algorithm>

namespace fp::mbuf::test {

Traffic::Traffic(MbufIf& dut, const Config& config)
    : Ends(dut, config.seed, config.pause), cfg_(config), conn_(config.params.num_conns) {}

void Traffic::start() {
  for (unsigned i = 0; i < 3; ++i) {
    sent_[i].clear(), asked_[i].clear(), inbox_[i].clear(), reads_[i].clear(), reading_[i].clear();
  }
  graveyard_.clear();
  table_busy_ = false;
  open_rows_ = 0;
  for (auto& c : conn_) c = {};
  segments = bytes = refusals = evil_done = beats = events = maybe_faults_ = 0;
  refused.clear();
  const bool was = producing;
  producing = false;
  bring_up();
  write_csr(reg::kRespFloor, std::min<uint32_t>(8, cfg_.params.num_cells / 8));
  for (unsigned i = 0; i < cfg_.conns && !stopped(); ++i) {
    open(i);
    while (table_busy_ && !stopped()) cycle();
  }
  producing = was;
}

void Traffic::cycle() {
  for (unsigned i = 0; i < 3; ++i) {
    take_desc(i);
    take_credit(i);
    take_rdata(i);
    while (!cevt[i].got.empty()) {
      ++events;
      const common::ConnRef r = cevt[i].got.front();
      cevt[i].got.pop_front();
      if (r.conn_id >= conn_.size()) {
        fail("event for a connection that is not there");
      } else if (conn_[r.conn_id].prod[0] != i && conn_[r.conn_id].prod[1] != i) {
        fail("event at a producer that is not the connection's");
      }
    }
    if (producing) {
      produce(i);
      query(i);
    }
    consume(i);
  }
  if (cfg_.churn != 0 || table_busy_) firmware();

  clock();
}

// ---- producers ----

int Traffic::pick_conn(unsigned p, bool& dir) {
  const unsigned start = static_cast<unsigned>(random.below(cfg_.conns));
  for (unsigned k = 0; k < cfg_.conns; ++k) {
    const unsigned id = (start + k) % cfg_.conns;
    const Conn& c = conn_[id];
    if (c.phase != Phase::kOpen && c.phase != Phase::kClosing) continue;
    const bool first = random.chance(50);
    for (const bool d : {first, !first}) {
      if (c.prod[d] == p) {
        dir = d;
        return static_cast<int>(id);
      }
    }
  }
  return -1;
}

void Traffic::add_beats(unsigned p, Expected& e, unsigned evil) {
  MbufWr b;
  b.conn = e.conn;
  b.dir = e.dir;
  b.cls = static_cast<common::MsgCls>(random.below(3));
  b.ts = random.next() & 0xffffffffffff;
  b.epoch = static_cast<uint8_t>(random.next());
  size_t at = 0;
  const bool even = random.chance(70);  // full beats only
  // The beat that breaks a rule, if one does.
  const bool bad_beat = evil == low(Reason::kMbufBadBeat);
  const bool bad_cls = bad_beat && random.chance(30);
  if (bad_cls) b.cls = static_cast<common::MsgCls>(3);
  const bool late_marker = !e.text.empty() && random.chance(10);
  do {
    const size_t left = e.text.size() - at;
    size_t n = even ? std::min<size_t>(64, left) : std::min<size_t>(1 + random.below(64), left);
    b.nbytes = static_cast<uint8_t>(n);
    for (size_t i = 0; i < 64; ++i) {
      b.data[i] =
          i < n ? static_cast<uint8_t>(e.text[at + i]) : static_cast<uint8_t>(random.next());
    }
    at += n;
    b.last = at == e.text.size() && !late_marker;
    if (bad_beat && !bad_cls && at == e.text.size()) {
      b.nbytes = b.last ? static_cast<uint8_t>(65 + random.below(63))
                        : static_cast<uint8_t>(random.chance(50) ? 0 : 127);
    }
    b.som = random.chance(50), b.eom = random.chance(50), b.fin = random.chance(20);
    b.rst = random.chance(5), b.err = random.chance(5);
    b.err_code = b.err ? static_cast<uint8_t>(random.next() | 0x80) : 0;  // no mbuf reason
    wr[p].queue.push_back(b);
  } while (at < e.text.size());
  if (late_marker) {
    b.nbytes = 0;
    b.last = true;
    wr[p].queue.push_back(b);
  }
  e.last = b;
}

void Traffic::produce(unsigned p) {
  if (wr[p].queue.size() > 8) return;
  bool dir = false;
  const int id = pick_conn(p, dir);
  if (id < 0) return;
  Conn& c = conn_[static_cast<unsigned>(id)];
  Expected e;
  e.conn = {static_cast<uint32_t>(id), c.gen};
  e.dir = dir;
  e.born = now;
  const unsigned shape = static_cast<unsigned>(random.below(10));
  size_t len = shape < 3   ? 1 + random.below(3)
               : shape < 5 ? random.below(65)
               : shape < 6 ? 64 * (1 + random.below(8))
               : shape < 7 ? 256 * (1 + random.below(3))
                           : random.below(cfg_.max_len + 1);
  len = std::min<size_t>(len, cfg_.max_len);
  if (random.chance(cfg_.evil)) {
    switch (random.below(4)) {
      case 0:
        e.evil = low(Reason::kMbufStale);
        e.conn.gen = static_cast<uint8_t>((c.gen + 1 + random.below(14)) & 15);
        break;
      case 1:
        e.evil = low(Reason::kMbufBadConn);
        e.conn.conn_id = static_cast<uint32_t>(cfg_.params.num_conns +
                                               random.below((1u << 20) - cfg_.params.num_conns));
        break;
      case 2:
        if (c.prod[!dir] == p) break;
        e.evil = low(Reason::kMbufForeignPort);
        e.dir = !dir;
        break;
      default:
        e.evil = low(Reason::kMbufBadBeat);
        len = std::max<size_t>(len, 1);
        break;
    }
  }
  e.text.resize(len);
  for (char& ch : e.text) ch = static_cast<char>(random.next() >> 40);
  add_beats(p, e, e.evil);
  if (e.evil == 0) ++c.dir[dir].in_flight;
  sent_[p].push_back(std::move(e));
}

void Traffic::query(unsigned p) {
  if (!cq[p].queue.empty() || !random.chance(5)) return;
  bool dir = false;
  const int id = pick_conn(p, dir);
  if (id < 0) return;
  common::ConnRef r{static_cast<uint32_t>(id), conn_[static_cast<unsigned>(id)].gen};
  if (random.chance(cfg_.evil)) {
    r.conn_id = static_cast<uint32_t>(cfg_.params.num_conns + random.below(1000));
    ++evil_done;
  }
  cq[p].queue.push_back(r);
  asked_[p].push_back(r);
}

// ---- consumers ----

void Traffic::consume(unsigned c) {
  if (!inbox_[c].empty() && reading_[c].size() < 4 && random.chance(producing ? 60 : 100)) {
    if (producing && inbox_[c].size() > 1 && random.chance(cfg_.hold)) {
      // Out of order: another one first.
      std::swap(inbox_[c].front(), inbox_[c][random.below(inbox_[c].size())]);
      if (random.chance(70)) return;
    }
    Chain ch = std::move(inbox_[c].front());
    inbox_[c].pop_front();
    const size_t size = ch.text.size();
    ch.reads = size == 0 ? 0 : static_cast<unsigned>(random.below(10) < 8 ? 1 : 2);
    for (unsigned k = 0; k < ch.reads; ++k) {
      const size_t skip_max = std::min<size_t>(size - 1, 255u - ch.d.offset);
      const bool whole = random.chance(60);
      const size_t skip = whole ? 0 : random.below(skip_max + 1);
      const size_t len = whole ? size : 1 + random.below(size - skip);
      rd[c].queue.push_back({{ch.d.conn_id, ch.d.gen},
                             ch.d.first_cell,
                             static_cast<uint8_t>(ch.d.offset + skip),
                             static_cast<uint16_t>(len)});
      ExpectedRead r;
      r.text = ch.text.substr(skip, len);
      r.whole = len == size;
      reads_[c].push_back(std::move(r));
    }
    if (producing && size != 0 && random.chance(cfg_.evil)) {
      // The whole memory cannot be one chain: right bytes first, then the end of the chain.
      rd[c].queue.push_back({{ch.d.conn_id, ch.d.gen}, ch.d.first_cell, ch.d.offset, 65535});
      ExpectedRead r;
      r.text = ch.text;
      r.evil = low(Reason::kMbufBadChain);
      r.open_end = true;
      reads_[c].push_back(std::move(r));
      ++ch.reads;
    }
    reading_[c].push_back(std::move(ch));
  }
  if (producing && random.chance(cfg_.evil) && rd[c].queue.size() < 4) evil_consumer(c);
  while (!reading_[c].empty() && reading_[c].front().reads == 0) {
    Chain ch = std::move(reading_[c].front());
    reading_[c].pop_front();
    free[c].queue.push_back(ch.d);
    Conn& k = conn_[ch.d.conn_id];
    DirState& s = k.dir[ch.d.dir];
    s.cells -= ch.d.n_cells;
    s.recent_cells.push_back({now, ch.d.n_cells});
    if (s.recent_cells.size() > 400) s.recent_cells.pop_front();
    --s.chains;
    if (k.phase != Phase::kOpen) {
      graveyard_.push_back(ch.d);
      if (graveyard_.size() > 50) graveyard_.pop_front();
    } else if (!ch.text.empty()) {
      cret[c].queue.push_back({{ch.d.conn_id, ch.d.gen}, static_cast<uint32_t>(ch.text.size())});
      s.returned += ch.text.size();
      s.recent.push_back({now, ch.text.size()});
      if (s.recent.size() > 400) s.recent.pop_front();
    }
  }
}

void Traffic::evil_consumer(unsigned c) {
  const uint16_t cells = static_cast<uint16_t>(cfg_.params.num_cells);
  ExpectedRead r;
  switch (random.below(8)) {
    case 0: {  // empty read
      rd[c].queue.push_back({{0, conn_[0].gen}, 0, 0, 0});
      r.evil = low(Reason::kMbufBadChain);
      reads_[c].push_back(r);
      break;
    }
    case 1: {  // cell beyond the memory
      rd[c].queue.push_back(
          {{0, conn_[0].gen}, static_cast<uint16_t>(cells + random.below(100)), 3, 9});
      r.evil = low(Reason::kMbufBadCell);
      reads_[c].push_back(r);
      break;
    }
    case 2: {  // connection beyond the table
      rd[c].queue.push_back({{cfg_.params.num_conns, 1}, 0, 0, 1});
      r.evil = low(Reason::kMbufBadConn);
      reads_[c].push_back(r);
      break;
    }
    case 3: {  // somebody else's cell, in another generation or connection
      if (inbox_[c].empty() || inbox_[c].front().text.empty()) return;
      const common::MsgDesc& d = inbox_[c].front().d;
      const bool stale = random.chance(50);
      const uint32_t other = (d.conn_id + 1) % cfg_.params.num_conns;
      rd[c].queue.push_back(
          {{stale ? d.conn_id : other, static_cast<uint8_t>(stale ? d.gen ^ 1 : d.gen)},
           d.first_cell,
           d.offset,
           5});
      r.evil = low(stale ? Reason::kMbufStale : Reason::kMbufForeignCell);
      reads_[c].push_back(r);
      break;
    }
    case 4: {  // credit nobody may return
      common::ConnRef ref{cfg_.params.num_conns + 5, 0};
      if (random.chance(50)) ref = {0, static_cast<uint8_t>(conn_[0].gen ^ 8)};
      cret[c].queue.push_back({ref, 1000});
      break;
    }
    case 5: {  // numbers beyond memory and table
      common::MsgDesc d;
      d.n_cells = 1;
      d.first_cell = cells;
      if (random.chance(50)) d.first_cell = 0, d.last_cell = cells;
      if (random.chance(30)) d.conn_id = cfg_.params.num_conns;
      free[c].queue.push_back(d);
      break;
    }
    case 6: {  // a live chain, in another's name or with the wrong shape
      if (inbox_[c].empty() || inbox_[c].front().text.empty()) return;
      common::MsgDesc d = inbox_[c].front().d;
      switch (random.below(5)) {
        case 0:
          d.conn_id = (d.conn_id + 1) % cfg_.params.num_conns;
          break;
        case 1:
          d.gen ^= 1;
          break;
        case 2:
          d.dir = !d.dir;
          break;
        case 3:
          d.n_cells = 255;
          break;
        default:
          d.last_cell = static_cast<uint16_t>((d.last_cell + 1) % cells);
          break;
      }
      free[c].queue.push_back(d);
      break;
    }
    default: {  // freed long ago
      if (graveyard_.empty()) return;
      const common::MsgDesc d = graveyard_[random.below(graveyard_.size())];
      const Conn& k = conn_[d.conn_id];
      if (d.n_cells == 0 || (k.phase != Phase::kOpen && k.phase != Phase::kClosed) ||
          k.gen == d.gen)
        return;
      free[c].queue.push_back(d);
      break;
    }
  }
  ++evil_done;
}

// ---- firmware ----

// Reads TBL_STATUS until BUSY falls.
void Traffic::when_table_done(std::function<void(uint32_t)> then) {
  csr.read(reg::kTblStatus, [this, then = std::move(then)](uint32_t v) {
    if (v & 1) {
      when_table_done(then);
    } else {
      then(v);
    }
  });
}

void Traffic::open(unsigned id) {
  Conn& c = conn_[id];
  ConnRow row;
  c.gen = static_cast<uint8_t>((c.gen + 1) & 15);
  c.prod = {static_cast<uint8_t>(random.below(3)), static_cast<uint8_t>(random.below(3))};
  if (c.prod[0] == c.prod[1]) c.prod[1] = static_cast<uint8_t>((c.prod[1] + 1) % 3);
  c.cls = static_cast<common::MsgCls>(random.below(3));
  c.dir = {};
  row.valid = true;
  row.gen = c.gen;
  row.cls = c.cls;
  row.prod0 = c.prod[0];
  row.prod1 = c.prod[1];
  row.cap = static_cast<uint8_t>(cfg_.cap);
  row.credit0 = row.credit1 = cfg_.credit;
  uint32_t words[ConnRow::kWords];
  row.pack(words);
  for (unsigned k = 0; k < ConnRow::kWords; ++k) {
    csr.write(static_cast<uint16_t>(reg::kTblData + 4 * k), words[k]);
  }
  csr.write(reg::kTblCmd, id | 1u << 28);
  c.phase = Phase::kOpening;
  table_busy_ = true;
  when_table_done([this, id](uint32_t v) {
    table_busy_ = false;
    const bool refused_open = (v & 2) != 0;
    conn_[id].phase = refused_open ? Phase::kClosed : Phase::kOpen;
    open_rows_ += !refused_open;
  });
}

void Traffic::firmware() {
  if (table_busy_ || !csr.done()) return;
  if (!producing) return;
  const unsigned id = static_cast<unsigned>(random.below(cfg_.conns));
  Conn& c = conn_[id];
  if (c.phase == Phase::kClosing) {
    if (c.dir[0].in_flight + c.dir[1].in_flight + c.dir[0].chains + c.dir[1].chains == 0) {
      // All its chains are given back: the row must drain by itself.
      c.phase = Phase::kDraining;
      table_busy_ = true;
      csr.write(reg::kTblCmd, id | 2u << 28);
      when_table_done([this, id](uint32_t) {
        csr.read(static_cast<uint16_t>(reg::kTblData + 12), [this, id](uint32_t v) {
          table_busy_ = false;
          conn_[id].phase = (v & 0x3ffff) == 0 ? Phase::kClosed : Phase::kClosing;
        });
      });
    }
    return;
  }
  if (!random.chance(cfg_.churn)) return;
  if (c.phase == Phase::kClosed) {
    open(id);
  } else if (c.phase == Phase::kOpen) {
    c.phase = Phase::kClosing;
    --open_rows_;
    table_busy_ = true;
    for (unsigned d = 0; d < 2; ++d) maybe_faults_ += cret[c.prod[d]].queue.size();
    maybe_faults_ += 20;
    csr.write(reg::kTblData, 0);
    csr.write(reg::kTblCmd, id | 1u << 28);
    when_table_done([this](uint32_t v) {
      table_busy_ = false;
      if (v & 2) fail("close refused");
    });
  }
}

bool Traffic::finish() {
  producing = false;
  for (const uint64_t end = now + 200000; now < end;) {
    cycle();
    if (stopped()) return false;
    bool busy = table_busy_ || !csr.done() || !dut_.idle();
    for (unsigned i = 0; i < 3; ++i) {
      busy |= !wr[i].queue.empty() || !sent_[i].empty() || !inbox_[i].empty() ||
              !reading_[i].empty() || !reads_[i].empty() || !free[i].queue.empty() ||
              !cret[i].queue.empty() || !asked_[i].empty() || !cq[i].queue.empty();
    }
    if (!busy) return true;
  }
  return false;
}

}  // namespace fp::mbuf::test
